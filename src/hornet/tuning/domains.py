"""The values that one hyperparameter may take, and where each lies on the unit scale."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

Edge = Literal["lower", "upper"]

NEAR = 0.02
"""How near to an end of the unit scale a value of a continuous domain lies on the edge."""


class Domain(ABC):
    """The values of one hyperparameter.

    Each value has a place on the unit scale, where uniform numbers are the domain's own distribution. Samplers work
    there, so none of them knows of logarithms, steps or categories.
    """

    @property
    @abstractmethod
    def count(self) -> int | None:
        """How many values there are; `None` for a continuum."""

    @property
    def is_ordered(self) -> bool:
        """Whether neighbours on the unit scale are alike."""
        return True

    @abstractmethod
    def at(self, unit: float) -> Any:
        """Return the value at a place from 0 to 1: a native Python object, on the step if there is one."""

    @abstractmethod
    def place(self, value: Any) -> float:
        """Return where a value lies, from 0 to 1: the inverse of `at`."""

    @abstractmethod
    def encode(self, value: Any) -> int | float:
        """Return the number that stands for a value in a file.

        Raises:
            ValueError: If it is none of the domain's.
        """

    @abstractmethod
    def decode(self, stored: Any) -> Any:
        """Return the value that a number stands for.

        Raises:
            ValueError: If it stands for none.
        """

    @abstractmethod
    def is_edge(self, value: Any) -> Edge | None:
        """Return the end of the domain that a value lies on; `None` inside, and where there is no order."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return what the domain is, as JSON: two domains of one description have the same values."""

    @abstractmethod
    def grid(self, most: int | None = None) -> list[Any]:
        """Return values for a grid: all, where they are steps or choices.

        Args:
            most: How many of a domain without steps, at equal distances on the unit scale; by default all, which are
                countable.
        """

    def spread(self, count: int) -> list[Any]:
        """Return different values at equal distances on the unit scale."""
        return list(dict.fromkeys(self.at((index + 0.5) / count) for index in range(count)))


@dataclass(frozen=True)
class Choice(Domain):
    """One of some objects: words, numbers, `None`, tuples, functions.

    Args:
        values: The objects; one that is there twice counts once.
        ordered: Whether neighbours are alike, as numbers in order are.

    Raises:
        ValueError: If there are none.
    """

    values: tuple[Any, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        values = [native(value) for value in self.values]
        if not values:
            raise ValueError("A choice needs at least one value, and this has none.")
        firsts: dict[Any, Any] = {}
        for index, value in enumerate(values):
            firsts.setdefault(_key(value) if _is_hashable(value) else index, value)
        object.__setattr__(self, "values", tuple(firsts.values()))

    @property
    def is_ordered(self) -> bool:
        return self.ordered

    @property
    def count(self) -> int:
        return len(self.values)

    def at(self, unit: float) -> Any:
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    def place(self, value: Any) -> float:
        return (self.encode(value) + 0.5) / len(self.values)

    def encode(self, value: Any) -> int:
        value = native(value)
        if _is_hashable(value):
            index = self._indices.get(_key(value))
        else:
            index = next((index for index, other in enumerate(self.values) if is_same(value, other)), None)
        if index is not None:
            return index
        raise ValueError(f"{value!r} is none of the choices {list(self.values)}.")

    def decode(self, stored: Any) -> Any:
        if isinstance(stored, int) and 0 <= stored < len(self.values):
            return self.values[stored]
        raise ValueError(f"{stored!r} is the number of none of the choices {list(self.values)}.")

    def is_edge(self, value: Any) -> Edge | None:
        index, last = self.encode(value), len(self.values) - 1
        if not self.ordered or last == 0:
            return None
        return "lower" if index == 0 else "upper" if index == last else None

    def describe(self) -> dict[str, Any]:
        return {"kind": "Choice", "values": [_described(value) for value in self.values], "ordered": self.ordered}

    def grid(self, most: int | None = None) -> list[Any]:
        return list(self.values)

    @cached_property
    def _indices(self) -> dict[Any, int]:
        return {_key(value): index for index, value in enumerate(self.values) if _is_hashable(value)}


@dataclass(frozen=True)
class Fixed(Domain):
    """One value, which is not searched.

    Args:
        value: The value.
    """

    value: Any

    @property
    def count(self) -> int:
        return 1

    @property
    def is_ordered(self) -> bool:
        return False

    def at(self, unit: float) -> Any:
        return self.value

    def place(self, value: Any) -> float:
        return 0.5

    def encode(self, value: Any) -> int:
        if not is_same(native(value), native(self.value)):
            raise ValueError(f"{value!r} is not the fixed value {self.value!r}.")
        return 0

    def decode(self, stored: Any) -> Any:
        return self.value

    def is_edge(self, value: Any) -> Edge | None:
        return None

    def describe(self) -> dict[str, Any]:
        return {"kind": "Fixed", "value": _described(self.value)}

    def grid(self, most: int | None = None) -> list[Any]:
        return [self.value]


@dataclass(frozen=True)
class Distribution(Domain):
    """A distribution of SciPy's between finite ends.

    Args:
        frozen: The distribution with its parameters, such as `scipy.stats.beta(2, 5)`.

    Raises:
        ValueError: If an end is not finite.
    """

    frozen: Any

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self._ends)):
            raise ValueError(
                f"The distribution {_name_of(self.frozen)} has no end on one side. Use one between two ends, such as "
                "`scipy.stats.truncnorm` in the place of `scipy.stats.norm`."
            )

    @cached_property
    def count(self) -> int | None:
        low, high = self._ends
        return int(high - low) + 1 if self._is_discrete else None

    def at(self, unit: float) -> Any:
        low, high = self._ends
        value = min(max(float(self.frozen.ppf(unit)), low), high)
        return int(value) if self._is_discrete else value

    def place(self, value: Any) -> float:
        inside = float(self.frozen.pmf(value)) / 2 if self._is_discrete else 0.0
        return float(self.frozen.cdf(value)) - inside

    def encode(self, value: Any) -> int | float:
        low, high = self._ends
        if not low <= value <= high:
            raise ValueError(f"{value!r} is not between {low:g} and {high:g}, the ends of {_name_of(self.frozen)}.")
        return int(value) if self._is_discrete else float(value)

    def decode(self, stored: Any) -> Any:
        return self.encode(stored)

    def is_edge(self, value: Any) -> Edge | None:
        place = self.place(value)
        return "lower" if place <= NEAR else "upper" if place >= 1 - NEAR else None

    def grid(self, most: int | None = None) -> list[Any]:
        if self.count is None:
            return self.spread(most or 1)
        everything = list(range(int(self._ends[0]), int(self._ends[1]) + 1))
        return everything if most is None or most >= self.count else self.spread(most)

    def describe(self) -> dict[str, Any]:
        return {"kind": "Distribution", "name": _name_of(self.frozen)}

    @cached_property
    def _ends(self) -> tuple[float, float]:
        low, high = self.frozen.support()
        return float(low), float(high)

    @cached_property
    def _is_discrete(self) -> bool:
        return hasattr(self.frozen, "pmf")


def native(value: Any) -> Any:
    """Return a NumPy scalar as the Python object that it is; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def is_same(value: Any, other: Any) -> bool:
    """Return whether two values are equal; of `True` and 1, which Python holds for equal, neither is the other."""
    if value is other:
        return True
    if isinstance(value, bool) is not isinstance(other, bool):
        return False
    equal = value == other
    return bool(equal.all() if isinstance(equal, np.ndarray) else equal)


def _key(value: Any) -> tuple[bool, Any]:
    return isinstance(value, bool), value  # as `True` and 1 have one hash


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _described(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_described(part) for part in value]
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    kind = type(value)
    shown = "" if kind.__repr__ is object.__repr__ else f" {value!r}"  # which is an address
    return f"{kind.__module__}.{kind.__qualname__}{shown}"


def _name_of(frozen: Any) -> str:
    dist = getattr(frozen, "dist", None)
    if dist is None:
        return type(frozen).__name__
    given = [f"{value!r}" for value in frozen.args] + [f"{name}={value!r}" for name, value in frozen.kwds.items()]
    return f"{dist.name}({', '.join(given)})"
