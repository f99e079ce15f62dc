"""An `apply` of the user's own in programs, where `super().apply` is the update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp

from hornet.core.checks import warn
from hornet.core.frame import Frame, current_frame
from hornet.core.package import overridden
from hornet.core.variable import Variable

if TYPE_CHECKING:
    from hornet.optimizers.optimizer import Optimizer
    from hornet.optimizers.state import Update


@dataclass
class Applied:
    """An update that is on, and waits for the `super().apply` of a user's method.

    Args:
        optimizer: The optimizer.
        update: The update, as `make_update` returned it.
        variables: The variables that are trained, by path.
        slots: The slots: after it those that it returned.
        step: The number of steps before it.
    """

    optimizer: Optimizer
    update: Update
    variables: Mapping[str, Variable]
    slots: Any
    step: Any

    def take(self, gradients: Sequence[Any], variables: Sequence[Variable] | None) -> None:
        """Assign new values to variables."""
        paths = {id(variable): path for path, variable in self.variables.items()}
        given = list(self.variables.values()) if variables is None else list(variables)
        found = {
            paths[id(variable)]: jnp.asarray(gradient)
            for gradient, variable in zip(gradients, given, strict=True)
            if gradient is not None
        }
        weights = {path: variable.value for path, variable in self.variables.items()}
        weights, self.slots = self.update(found, weights, self.slots, self.step)
        for path in found:
            self.variables[path].assign(weights[path])

    @contextmanager
    def on(self) -> Iterator[None]:
        """Be what `super().apply` of the optimizer finds."""
        self.optimizer._applied = self
        try:
            yield
        finally:
            self.optimizer._applied = None


def through_own_apply(optimizer: Optimizer, variables: Mapping[str, Variable], update: Update) -> Update:
    """Return an update that goes through the `apply`, or `apply_gradients`, by which a user's class replaces ours.

    Args:
        optimizer: The optimizer.
        variables: The variables that are trained, by path.
        update: The update without it, as `make_update` returned it.
    """
    if overridden(optimizer.stateless_apply) is not None:
        warn(
            f"`fit` does not call the `stateless_apply` of `{type(optimizer).__name__}`. Override `apply(grads, "
            "trainable_variables)` instead, and call `super().apply` in it."
        )
    by_pairs = overridden(optimizer.apply_gradients) is not None
    if not by_pairs and overridden(optimizer.apply) is None:
        return update

    def through(gradients: Mapping[str, Any], weights: Mapping[str, Any], slots: Any, step: Any) -> Any:
        outer = current_frame()
        values = {} if outer is None else dict(outer.values)
        values |= {variables[path]: weight for path, weight in weights.items()}
        values[optimizer._step] = step
        applied = Applied(optimizer, update, variables, slots, step)
        given = [variables[path] for path in gradients]
        with Frame(values).opened() as frame, applied.on():
            if by_pairs:
                optimizer.apply_gradients(list(zip(gradients.values(), given, strict=True)))
            else:
                optimizer.apply(list(gradients.values()), given)
        return {path: frame.values[variables[path]] for path in weights}, applied.slots

    return through
