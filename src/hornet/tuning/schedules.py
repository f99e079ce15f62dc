"""How long the trials of a study are trained: at which epochs they pause, and which of them go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from hornet.core.checks import one_of, positive_int


@dataclass(frozen=True)
class Bracket:
    """What is planned for the trials of a generation.

    Args:
        size: How many trials begin.
        rungs: The epochs at which they pause, the last one at which they end.
    """

    size: int
    rungs: tuple[int, ...]


class Schedule(Protocol):
    """Says how long trials are trained. Those that go on are trained from where they paused."""

    def bracket(self, generation: int, size: int, epochs: int) -> Bracket:
        """Return the plan for a generation.

        Args:
            generation: Its number.
            size: How many trials it would have if all were trained to the end.
            epochs: Epochs of a trial that is trained to the end.
        """
        ...

    def keep(self, count: int) -> int:
        """Return how many go on of so many trials that have reached a rung; the best do."""
        ...


@dataclass(frozen=True)
class Full:
    """Every trial is trained to the end."""

    def bracket(self, generation: int, size: int, epochs: int) -> Bracket:
        """Return a bracket of one rung."""
        return Bracket(size, (epochs,))

    def keep(self, count: int) -> int:
        """Return how many go on: all."""
        return count


@dataclass(frozen=True)
class SuccessiveHalving:
    """The best of a generation go on at each rung, the others stop (Jamieson & Talwalkar, 2016).

    What ranks trials early is trained as it will be late: prefer a constant learning rate, or an optimizer without a
    schedule, to one that falls over the whole training.

    Args:
        factor: One in how many goes on.
        rungs: The parts of all epochs at which trials pause, rising. The first one decides how good a guess the
            ranking is; below a quarter of the epochs it is often wrong.

    Example:
        >>> SuccessiveHalving().bracket(0, 27, epochs=36)
        Bracket(size=27, rungs=(9, 18, 36))
    """

    factor: int = 3
    rungs: tuple[float, ...] = (1 / 4, 1 / 2)

    def __post_init__(self) -> None:
        _check_factor(self.factor)
        if list(self.rungs) != sorted(set(self.rungs)) or not all(0 < rung < 1 for rung in self.rungs):
            raise ValueError(f"`rungs` must be rising parts of all epochs, between 0 and 1, not {self.rungs!r}.")

    def bracket(self, generation: int, size: int, epochs: int) -> Bracket:
        """Return a bracket with the rungs that these epochs have."""
        early = {max(1, round(rung * epochs)) for rung in self.rungs}
        return Bracket(size, (*sorted(early - {epochs}), epochs))

    def keep(self, count: int) -> int:
        """Return how many go on: one in `factor`, at least one."""
        return max(1, count // self.factor)


@dataclass(frozen=True)
class Hyperband:
    """Generations of many trials that begin with few epochs take turns with such of few that begin with many.

    No one has to know how early a ranking can be believed (Li et al., 2018).

    Args:
        factor: One in how many goes on at each rung, which has as many times the epochs.

    Example:
        >>> [Hyperband().bracket(number, 16, epochs=27) for number in (0, 3)]
        [Bracket(size=27, rungs=(1, 3, 9, 27)), Bracket(size=4, rungs=(27,))]
    """

    factor: int = 3

    def __post_init__(self) -> None:
        _check_factor(self.factor)

    def bracket(self, generation: int, size: int, epochs: int) -> Bracket:
        """Return the next of the brackets, which follow one another in a circle; `size` has no effect."""
        most = int(math.log(epochs, self.factor) + 1e-9)
        bracket = most - generation % (most + 1)
        rungs = {max(1, round(epochs / self.factor**left)) for left in range(bracket + 1)}
        return Bracket(math.ceil((most + 1) / (bracket + 1) * self.factor**bracket), tuple(sorted(rungs)))

    def keep(self, count: int) -> int:
        """Return how many go on: one in `factor`, at least one."""
        return max(1, count // self.factor)


SCHEDULES: dict[str, type[Any]] = {"full": Full, "halving": SuccessiveHalving, "hyperband": Hyperband}


def schedule_of(given: Any) -> Schedule:
    """Return the schedule that a name or an object says.

    Raises:
        ValueError: If it is neither.
    """
    if isinstance(given, str):
        return SCHEDULES[one_of("schedule", given, tuple(SCHEDULES))]()
    if not all(hasattr(given, name) for name in ("bracket", "keep")):
        raise ValueError(f"`schedule` must be a name or a schedule, not {given!r}. Pass one of {', '.join(SCHEDULES)}.")
    return given


def _check_factor(factor: Any) -> None:
    if positive_int("factor", factor) < 2:
        raise ValueError("`factor` must be 2 or more: one in so many goes on at each rung.")
