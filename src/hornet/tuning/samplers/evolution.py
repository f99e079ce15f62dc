"""A genetic algorithm, as sklearn-deap and sklearn-genetic-opt have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.tuning.samplers.sampler import Proposals, Told, generator, is_finite
from hornet.tuning.space import Domain, Space

_TRIES = 16
"""How many children in a row may be known ones before one is drawn at random."""


@dataclass(frozen=True)
class EvolutionSampler:
    """Lets the best of all that was tried have children: (mu + lambda).

    The parents are the best `population_size` so far. A child has two, each the best of a tournament; it takes each
    hyperparameter from one of them, and some change: numbers by a normal step on the unit scale, categories to any.

    Source: Bäck, Fogel and Michalewicz, "Handbook of evolutionary computation" (1997).

    Args:
        population_size: How many are parents. The first ones are drawn at random.
        tournament_size: How many of them are compared each time that a parent is chosen.
        crossover_probability: How likely a hyperparameter comes from the second parent.
        mutation_probability: How likely one changes; at least one in a child does if nothing else makes it new.
        mutation_scale: The standard deviation of a number's step on the unit scale.
    """

    population_size: int = 16
    tournament_size: int = 3
    crossover_probability: float = 0.5
    mutation_probability: float = 0.2
    mutation_scale: float = 0.15

    is_exact = True

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return children of what was told; see `Sampler`."""
        rng = generator(seed, generation)
        proposals = Proposals(space, told, count, rng)
        parents = sorted((trial for trial in told if is_finite(trial.value)), key=_rank)[: self.population_size]
        if len(told) < self.population_size or len(parents) < 2:
            return proposals.fill()
        units = [space.places(trial.params) for trial in parents]
        misses = 0
        while not proposals.are_enough and misses < _TRIES:
            child = self.child(space, units, rng)
            misses = 0 if proposals.add(child) else misses + 1
        return proposals.fill()

    def child(
        self, space: Space, parents: Sequence[Sequence[float | None]], rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return a child.

        Args:
            space: The space.
            parents: Where each lies in the unit cube, the best first.
            rng: Where random numbers come from.
        """
        size = min(self.tournament_size, len(parents))
        mother, father = (parents[rng.integers(len(parents), size=size).min()] for _ in range(2))
        swapped = rng.random(len(mother)) < self.crossover_probability
        mutated = rng.random(len(mother)) < self.mutation_probability
        if mother == father and not mutated.any():
            mutated[rng.integers(len(mother))] = True
        units: list[float] = []
        for index, parameter in enumerate(space.parameters):
            first, second = (father, mother) if swapped[index] else (mother, father)
            unit = first[index] if first[index] is not None else second[index]
            if unit is None:  # neither of them has it
                units.append(rng.random())
            else:
                units.append(self._mutated(parameter.domain, unit, rng) if mutated[index] else unit)
        return space.at(units)

    def _mutated(self, domain: Domain, unit: float, rng: np.random.Generator) -> float:
        if not domain.is_ordered:
            return rng.random()
        width = max(self.mutation_scale, 1 / domain.count if domain.count else 0)  # far enough to reach a neighbour
        moved = unit + width * rng.standard_normal()
        return float(np.clip(np.abs(moved) if moved < 1 else 2 - moved, 0, 1))


def _rank(trial: Told) -> tuple[float, int]:
    assert trial.value is not None
    return trial.value, trial.number
