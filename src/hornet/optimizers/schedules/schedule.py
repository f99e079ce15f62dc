"""The base of every schedule, and the registry of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core import config as configs
from hornet.core.module import Module
from hornet.core.registry import Registry

registry = Registry("schedule", "keras.optimizers.schedules")


def serialize(learning_rate_schedule: Any) -> Any:
    """Return a schedule as a JSON-serializable config.

    Example:
        >>> from hornet.optimizers.schedules import InverseTimeDecay
        >>> serialize(InverseTimeDecay(0.5, 10, 1.0))["class_name"]
        'InverseTimeDecay'
    """
    return configs.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> LearningRateSchedule:
    """Return the schedule that `serialize` described.

    Args:
        config: What `serialize` returned.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> from hornet.optimizers.schedules import InverseTimeDecay
        >>> deserialize(serialize(InverseTimeDecay(0.5, 10, 1.0))).decay_steps
        10.0
    """
    return registry.get(config, custom_objects)


class LearningRateSchedule(Module):
    """Base of all schedules: a function from the number of updates so far to a learning rate.

    A subclass writes `__call__`, which an optimizer calls inside its program with a traced integer: use
    operators and `jax.numpy`, no `if`. A number that is declared as a `Hyperparameter` can be changed between
    epochs without compiling again. Called on plain numbers or NumPy arrays, Hornet's own schedules compute in
    NumPy, so evaluating or plotting a schedule compiles nothing.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 * 0.5**step
        >>> Halving()(3)
        0.0125
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `__call__`. Write `__call__(self, step)`.")

    def momentum(self, step: Any) -> Any:
        """Return the momentum after `step` updates; `None`, as by default, leaves the optimizer its own number."""
        return None


def numerics_of(*numbers: Any) -> Any:
    """Return the module to compute with: JAX's inside programs, NumPy's on plain numbers."""
    return jnp if any(isinstance(value, jax.Array) for value in numbers) else np
