"""Keras's optimizers."""

from collections.abc import Mapping
from typing import Any, overload

from hornet.core.checks import describe
from hornet.core.config import serialize
from hornet.core.errors import ArgumentError
from hornet.core.imports import publish
from hornet.optimizers import legacy, schedules
from hornet.optimizers.adafactor import Adafactor
from hornet.optimizers.adagrad import Adadelta, Adagrad, RMSprop
from hornet.optimizers.adam import Adam, Adamax, AdamW, Lamb, Nadam
from hornet.optimizers.ftrl import Ftrl
from hornet.optimizers.lion import Lion
from hornet.optimizers.loss_scale import LossScaleOptimizer
from hornet.optimizers.multi import MultiOptimizer, OptimizerMap
from hornet.optimizers.muon import Muon
from hornet.optimizers.optimizer import Optimizer, registry
from hornet.optimizers.schedule_free import ScheduleFreeAdamW
from hornet.optimizers.sgd import SGD
from hornet.optimizers.transformation import OptaxOptimizer, is_transformation

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

publish(__name__, __all__)


@overload
def get(identifier: None) -> None: ...


@overload
def get(identifier: Any) -> Optimizer: ...


def get(identifier: Any) -> Optimizer | None:
    """Return the optimizer that a user means.

    Args:
        identifier: A name in any case, class, config or object, or an Optax transformation; `None` is returned as
            it is.

    Raises:
        ValueError: If the name is unknown; the error offers the nearest one.
        TypeError: If it is not an optimizer.

    Example:
        >>> get("sgd").learning_rate
        0.01
    """
    if is_transformation(identifier):
        return OptaxOptimizer(identifier)
    if isinstance(identifier, str) and identifier.lower() in registry:
        identifier = identifier.lower()
    optimizer = registry.get(identifier)
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise ArgumentError(
            f"{describe(identifier)} is not a valid optimizer. Pass a name, an object or an Optax transformation."
        )
    return optimizer


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
    """Return the optimizer that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize(serialize(SGD(momentum=0.9))).momentum
        0.9
    """
    return registry.get(config, custom_objects)
