"""The base of every optimizer: the loop over tensors, clipping and weight decay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from hornet.core.checks import reject_unknown_arguments
from hornet.core.config import constructor_arguments
from hornet.core.module import Module, unique_name
from hornet.core.registry import Registry
from hornet.core.variable import Hyperparameter

registry = Registry("optimizer", "keras.optimizers")

Tensors = Mapping[str, Any]
Slots = Mapping[str, Mapping[str, Any]]


class Optimizer(Module):
    """Turns gradients into new weights: base of all optimizers.

    An optimizer holds only numbers. What it remembers of each weight (its *slots*, such as a momentum) is
    made by `init` and passed through `update`, both pure functions of dicts. A member writes
    `slot_names` and `update_one`; its numbers are arguments of programs, so assigning one between epochs,
    such as `optimizer.learning_rate = 0.001`, compiles nothing.

    Args:
        learning_rate: Size of a step, at least 0. `lr=` is the older spelling.
        weight_decay: Part of each weight, times the learning rate, taken away at each step; `None` for none.
        clipnorm: Greatest norm of each gradient; `None` for any.
        clipvalue: Greatest absolute value of each gradient's elements; `None` for any.
        global_clipnorm: Greatest norm of all gradients together; `None` for any.
        name: A name; by default the class's.

    Raises:
        ValueError: If more than one kind of clipping is asked for, or a number is out of its range.
    """

    learning_rate = Hyperparameter(at_least=0.0)
    weight_decay = Hyperparameter(at_least=0.0)
    clipnorm = Hyperparameter(above=0.0)
    clipvalue = Hyperparameter(above=0.0)
    global_clipnorm = Hyperparameter(above=0.0)

    def __init__(
        self,
        learning_rate: float = 0.01,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        **older: Any,
    ) -> None:
        reject_unknown_arguments(type(self).__name__, older, ("lr", *constructor_arguments(type(self))))
        self.learning_rate = older.get("lr", learning_rate)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.name = name or unique_name(type(self))
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError("`clipnorm`, `clipvalue` and `global_clipnorm` cannot be used together. Pass one of them.")

    @property
    def lr(self) -> float:
        """The learning rate, under its older name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    def structure(self) -> Any:
        return (super().structure(), self.slot_names)

    # --- what a member writes -------------------------------------------------------------------------

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of what is remembered of each weight."""
        return ()

    def update_one(self, gradient: Any, weight: Any, slots: Tensors, step: Any) -> tuple[Any, Tensors]:
        """Return one tensor's new weight and slots; `step` counts the updates before this one."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `update_one`. Write one.")

    # --- the loop over tensors ------------------------------------------------------------------------

    def init(self, weights: Tensors) -> dict[str, dict[str, Any]]:
        """Return the slots of weights that were never updated."""
        return {path: {name: jnp.zeros_like(weight) for name in self.slot_names} for path, weight in weights.items()}

    def update(self, gradients: Tensors, weights: Tensors, slots: Slots, step: Any) -> tuple[Tensors, Slots]:
        """Return new weights and slots, all by path.

        Args:
            gradients: The loss's gradient in each weight.
            weights: The weights.
            slots: What `init` or the last `update` returned.
            step: The number of updates before this one.
        """
        clipped = self._clip(gradients)
        new_weights: dict[str, Any] = {}
        new_slots: dict[str, Tensors] = {}
        for path, weight in weights.items():
            if self.weight_decay is not None:
                weight = weight - weight * self.weight_decay * self.learning_rate
            new_weights[path], new_slots[path] = self.update_one(clipped[path], weight, slots[path], step)
        return new_weights, new_slots

    def _clip(self, gradients: Tensors) -> Tensors:
        if self.clipvalue is not None:
            return {path: jnp.clip(one, -self.clipvalue, self.clipvalue) for path, one in gradients.items()}
        if self.clipnorm is not None:
            return {path: one * _shrink(_norm([one]), self.clipnorm) for path, one in gradients.items()}
        if self.global_clipnorm is not None:
            factor = _shrink(_norm(gradients.values()), self.global_clipnorm)
            return {path: one * factor for path, one in gradients.items()}
        return gradients


def _norm(tensors: Any) -> Any:
    return jnp.sqrt(sum(jnp.sum(jnp.square(one)) for one in tensors))


def _shrink(norm: Any, limit: Any) -> Any:
    """Return the factor that brings a norm down to its limit."""
    return limit / jnp.maximum(norm, limit)
