"""Neural networks with the Keras API, compiled end to end by XLA.

`import hornet as keras` runs the book's code.
"""

from hornet.core import xla as _xla

_xla.configure()

from hornet import (  # noqa: E402  (settings come before anything that may start JAX)
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    utils,
)
from hornet.core.checks import suggesting  # noqa: E402
from hornet.layers import Input, Layer  # noqa: E402
from hornet.losses import Loss  # noqa: E402
from hornet.metrics import Metric  # noqa: E402
from hornet.models import Model, Sequential  # noqa: E402
from hornet.optimizers import Optimizer  # noqa: E402

__version__ = "0.1.0.dev0"

__all__ = [
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Sequential",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "utils",
]

__getattr__ = suggesting(__name__, __all__)
