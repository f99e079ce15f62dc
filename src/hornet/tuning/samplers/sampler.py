"""What a sampler is: a function from what is known to what to try next."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

import numpy as np

from hornet.tuning.space import Space

_TRIES = 64
"""How many draws in a row may be known ones before the space is counted."""


@dataclass(frozen=True)
class Told:
    """A candidate that was tried.

    Args:
        number: Its number in the study.
        params: Its hyperparameters.
        value: What came out, to be minimized; `None` where it failed.
    """

    number: int
    params: dict[str, Any]
    value: float | None


class Sampler(Protocol):
    """Proposes candidates."""

    @property
    def is_exact(self) -> bool:
        """Whether proposals depend on the arguments alone, so that a resumed study makes the same ones."""
        ...

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return candidates that are all different, and none of which was told.

        Args:
            space: The space.
            told: What was tried, in the order of the numbers.
            count: How many; fewer come back where the space has no more.
            seed: The study's seed.
            generation: The number of this call in the study.
        """
        ...


class Proposals:
    """Candidates that are new.

    Args:
        space: The space.
        told: What was tried.
        count: How many are wanted.
        rng: Where random numbers come from.
    """

    def __init__(self, space: Space, told: Iterable[Told], count: int, rng: np.random.Generator) -> None:
        self.params: list[dict[str, Any]] = []
        self._space = space
        self._count = count
        self._rng = rng
        self._known = {space.key(trial.params) for trial in told}

    @property
    def are_enough(self) -> bool:
        """Whether there are as many as are wanted."""
        return len(self.params) >= self._count

    def is_new(self, params: dict[str, Any]) -> bool:
        """Return whether a candidate is none of those known."""
        return self._space.key(params) not in self._known

    def add(self, params: dict[str, Any]) -> bool:
        """Take a candidate unless it is known or there are enough; return whether it was taken."""
        key = self._space.key(params)
        if self.are_enough or key in self._known:
            return False
        self._known.add(key)
        self.params.append(params)
        return True

    def fill(self) -> list[dict[str, Any]]:
        """Return all, after adding random ones until there are enough, or no more in the space."""
        misses = 0
        while not self.are_enough and misses < _TRIES:
            misses = 0 if self.add(drawn(self._space, self._rng)) else misses + 1
        if not self.are_enough and self._space.is_finite:
            left = list(itertools.filterfalse(lambda params: not self.is_new(params), self._space.candidates()))
            for index in self._rng.permutation(len(left)):
                self.add(left[index])
        return self.params


def drawn(space: Space, rng: np.random.Generator) -> dict[str, Any]:
    """Return a candidate of the space's own distribution."""
    return space.at(rng.random(len(space.parameters)).tolist())


def generator(seed: int, generation: int) -> np.random.Generator:
    """Return the source of random numbers of a generation."""
    return np.random.default_rng([seed, generation])


def is_finite(value: float | None) -> TypeGuard[float]:
    """Return whether a candidate has come to a value that can be compared."""
    return value is not None and bool(np.isfinite(value))
