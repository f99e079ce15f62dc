"""The base of optimizers that leave the work to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hornet.core.checks import describe
from hornet.core.module import unique_name
from hornet.core.variable import Variable
from hornet.optimizers.optimizer import Optimizer, registry


class Wrapper(Optimizer):
    """An optimizer around others: what it is told, it tells them.

    Args:
        name: A name; by default the class's.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or unique_name(type(self))
        self.use_ema = False
        self.gradient_accumulation_steps = None

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that do the work."""
        return []

    @property
    def step(self) -> Any:
        """The number of steps so far."""
        return vars(self).get("_step", Optimizer.step)

    @step.setter
    def step(self, value: Any) -> None:
        self._step = value
        for one in self.optimizers:
            one.step = value

    def build(self, variables: Mapping[str, Variable]) -> None:
        for one in self.optimizers:
            one.build(variables)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        variables, names = list(var_list or ()), list(var_names or ())
        for one in self.optimizers:
            one.exclude_from_weight_decay(variables, names)


def inner(given: Any) -> Optimizer:
    """Return the optimizer that a user means by a name, a config or an object, its gradients scaled outside."""
    found = registry.get(given)
    if not isinstance(found, Optimizer):
        raise TypeError(f"{describe(given)} is no optimizer. Pass an optimizer, or the name of one.")
    found.loss_scale_factor = None
    return found
