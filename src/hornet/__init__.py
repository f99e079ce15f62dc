"""Neural networks with the Keras API, compiled end to end by XLA.

`import hornet as keras` runs the book's code.
"""

from typing import TYPE_CHECKING

from hornet.core import xla as _xla

_xla.configure()

from hornet import (  # noqa: E402  (settings come before anything that may start JAX)
    activations,
    backend,
    callbacks,
    config,
    constraints,
    data,
    datasets,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    mixed_precision,
    models,
    ops,
    optimizers,
    plots,
    preprocessing,
    random,
    regularizers,
    saving,
    tree,
    utils,
)
from hornet.core.devices import device  # noqa: E402
from hornet.core.errors import CorruptFileError, MissingObjectError, UnsafeFileError  # noqa: E402
from hornet.core.imports import publish  # noqa: E402
from hornet.core.scope import StatelessScope  # noqa: E402
from hornet.core.symbolic import SymbolicTensor as KerasTensor  # noqa: E402
from hornet.core.variable import Variable  # noqa: E402
from hornet.dtype_policies import DTypePolicy, FloatDTypePolicy  # noqa: E402
from hornet.initializers import Initializer  # noqa: E402
from hornet.layers import Input, InputSpec, Layer  # noqa: E402
from hornet.losses import Loss  # noqa: E402
from hornet.metrics import Metric  # noqa: E402
from hornet.models import Model, Sequential  # noqa: E402
from hornet.optimizers import Optimizer  # noqa: E402
from hornet.regularizers import Regularizer  # noqa: E402

if TYPE_CHECKING:
    from hornet import applications, estimators, reports, serving, tuning, wrappers
    from hornet.reports import model_card, report
    from hornet.serving import serve

__version__ = "0.1.0.dev0"

__all__ = [
    "CorruptFileError",
    "DTypePolicy",
    "FloatDTypePolicy",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "MissingObjectError",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "StatelessScope",
    "UnsafeFileError",
    "Variable",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "data",
    "datasets",
    "device",
    "dtype_policies",
    "estimators",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "model_card",
    "models",
    "ops",
    "optimizers",
    "plots",
    "preprocessing",
    "random",
    "regularizers",
    "report",
    "reports",
    "saving",
    "serve",
    "serving",
    "tree",
    "tuning",
    "utils",
    "version",
    "wrappers",
]

publish(
    __name__,
    __all__,
    later={
        name: f"hornet.{name}" for name in ("applications", "estimators", "reports", "serving", "tuning", "wrappers")
    }
    | {"model_card": "hornet.reports", "report": "hornet.reports", "serve": "hornet.serving"},
)


def version() -> str:
    """Return this package's version."""
    return __version__
