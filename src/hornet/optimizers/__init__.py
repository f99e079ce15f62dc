"""Keras's optimizers."""

from typing import Any

from hornet.core.checks import suggesting
from hornet.core.config import serialize
from hornet.optimizers.adaptive import Adam, RMSprop
from hornet.optimizers.optimizer import Optimizer, registry
from hornet.optimizers.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "deserialize", "get", "serialize"]

__getattr__ = suggesting(__name__, __all__)


def get(identifier: Any) -> Any:
    """Return an optimizer by name, class, config or object; see `Registry.get`.

    Example:
        >>> get("sgd").learning_rate
        0.01
    """
    return registry.get(identifier)


deserialize = get
