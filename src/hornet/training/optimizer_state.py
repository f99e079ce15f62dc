"""A model's optimizer, and what it needs for the next update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hornet.optimizers import Optimizer
from hornet.optimizers.numbers import Count


@dataclass(eq=False)
class OptimizerState:
    """The state of an optimizer for one model; models that share an optimizer have a state each.

    Args:
        optimizer: The optimizer.
        slots: Its slots, of most optimizers by weight: `{"hidden/kernel": {"momentum": array}}`.
        step: The number of steps so far.
    """

    optimizer: Optimizer
    slots: Any = field(default_factory=dict)
    step: Count = field(default_factory=Count)

    def prepare(self, weights: Mapping[str, Any]) -> None:
        """Give slots to weights that have none, drop those of other weights, and let the optimizer count here.

        Args:
            weights: The values of the weights that are trained, by path.
        """
        self.slots = self.optimizer.renew(self.slots, weights)
        self.optimizer._count_in(self.step)
