"""Optax's gradient transformations as optimizers; Optax itself is not needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import jax.numpy as jnp

from hornet.core.config import structure_of
from hornet.optimizers.entries import Entry, WeightNames
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors
from hornet.optimizers.wrapper import Wrapper


class OptaxOptimizer(Wrapper):
    """Makes the steps of an Optax transformation.

    Its numbers, the learning rate among them, belong to the transformation and are part of the program; its state
    takes the place of slots.

    Args:
        transformation: Any object with Optax's pure functions `init(weights)` and `update(gradients, state, weights)`.
        name: A name; by default the class's.

    Example:
        >>> from collections import namedtuple
        >>> Transformation = namedtuple("Transformation", ["init", "update"])
        >>> descent = Transformation(lambda weights: (), lambda gradients, state, weights: (
        ...     {path: -0.5 * gradient for path, gradient in gradients.items()}, state))
        >>> weights, state = OptaxOptimizer(descent).update({"w": 2.0}, {"w": 3.0}, (), step=0)
        >>> float(weights["w"])
        2.0
    """

    _is_listed = False

    def __init__(self, transformation: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.transformation = transformation

    @property
    def learning_rate(self) -> Any:
        """Part of the transformation."""
        raise AttributeError("The learning rate is inside Optax's transformation. Give that a schedule to change it.")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(
            f"The learning rate is inside Optax's transformation and cannot become {value!r}. Give that a schedule."
        )

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError("An Optax transformation cannot be serialized. Save the weights alone.")

    def _structure(self) -> Any:
        return (type(self), structure_of(self.transformation))

    def entries(self, slots: Slots, weights: WeightNames, counts: dict[str, Any]) -> Iterator[Entry]:
        raise NotImplementedError(
            "The state of an Optax transformation is no list of variables. In a loop of your own use `stateless_init`."
        )

    def init(self, weights: Tensors) -> Slots:
        return self.transformation.init(dict(weights))

    def _update_weights(
        self, gradients: Tensors, weights: Tensors, slots: Slots, step: Any, undecayed: Collection[str]
    ) -> tuple[Tensors, Slots]:
        given = {path: gradients.get(path, jnp.zeros_like(weight)) for path, weight in weights.items()}
        moves, state = self.transformation.update(given, slots, dict(weights))
        moved = {
            path: jnp.asarray(weight + moves[path], jnp.result_type(weight)) if path in gradients else weight
            for path, weight in weights.items()
        }
        return moved, state


def is_transformation(value: Any) -> bool:
    """Return whether a value is a transformation of Optax's kind."""
    functions = callable(getattr(value, "init", None)) and callable(getattr(value, "update", None))
    return functions and not isinstance(value, type | Optimizer)
