"""Samplers that do not look at what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hornet.tuning.samplers.sampler import Proposals, Told, generator
from hornet.tuning.space import Space


@dataclass(frozen=True)
class RandomSampler:
    """Draws candidates from the space's own distributions, each at most once.

    Source: Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012).
    """

    is_exact = True

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return new candidates; see `Sampler`."""
        return Proposals(space, told, count, generator(seed, generation)).fill()


@dataclass(frozen=True)
class GridSampler:
    """Goes through all candidates in order, the last hyperparameter first in turn.

    Args:
        values: How many values a continuum has in the grid.
    """

    values: int = 10

    is_exact = True

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return the next candidates; see `Sampler`."""
        proposals = Proposals(space, told, count, generator(seed, generation))
        for params in space.candidates(self.values):
            proposals.add(params)
            if proposals.are_enough:
                break
        return proposals.params
