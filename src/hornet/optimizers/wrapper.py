"""The base of optimizers that delegate to others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.names import unique_name
from hornet.core.variable import Variable
from hornet.optimizers.in_place import Held
from hornet.optimizers.numbers import Count
from hornet.optimizers.optimizer import Optimizer, Slots, Tensors, registry


class Wrapper(Optimizer):
    """An optimizer that delegates to others; by itself the optimizer of a model that is not trained.

    Args:
        name: A name; by default the class's.
    """

    clipnorm = clipvalue = global_clipnorm = weight_decay = loss_scale_factor = ema_overwrite_frequency = None
    """Those of the optimizers that do the work count."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or unique_name(type(self))
        self.use_ema = False
        self.gradient_accumulation_steps = None
        self._step = Count()
        self._held = Held()

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that do the work."""
        return []

    def _count_in(self, step: Count) -> None:
        super()._count_in(step)
        for optimizer in self.optimizers:
            optimizer._count_in(step)

    def init(self, weights: Tensors) -> Slots:
        return {}

    def loss_scale(self, slots: Slots) -> Any:
        return None

    @property
    def _decays_all_weights(self) -> bool:
        return all(optimizer._decays_all_weights for optimizer in self.optimizers)

    def undecayed_paths(self, weights: Mapping[str, Any]) -> frozenset[str]:
        return frozenset().union(*(optimizer.undecayed_paths(weights) for optimizer in self.optimizers))

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        variables, names = list(var_list or ()), list(var_names or ())
        for optimizer in self.optimizers:
            optimizer.exclude_from_weight_decay(variables, names)


def inner(given: Any) -> Optimizer:
    """Return the optimizer that a user means by a name, a config or an object.

    The wrapper scales the loss, so an inner factor has no effect; one that is made here has none.
    """
    optimizer = registry.get(given)
    if not isinstance(optimizer, Optimizer):
        raise ArgumentError(f"{describe(given)} is not a valid optimizer. Pass an optimizer, or the name of one.")
    if optimizer is not given and not isinstance(optimizer, Wrapper):
        optimizer.loss_scale_factor = None
    return optimizer
