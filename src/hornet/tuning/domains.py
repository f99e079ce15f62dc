"""The values that one hyperparameter may take, and where each lies on the unit scale."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

Edge = Literal["lower", "upper"]

_NEAR = 0.02
"""How near to an end of the unit scale a value of a continuous domain lies on the edge."""


class Domain(ABC):
    """The values of one hyperparameter.

    Each value has a place on the unit scale, where uniform numbers are the domain's own distribution. Samplers work
    there, so none of them knows of logarithms, steps or categories.
    """

    count: int | None
    """How many values there are; `None` for a continuum."""

    is_ordered: bool
    """Whether neighbours on the unit scale are alike."""

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

    def grid(self, most: int = 10) -> list[Any]:
        """Return all values if they are countable, else `most` of equal distance on the unit scale.

        Args:
            most: How many of a continuum.
        """
        count = most if self.count is None else self.count
        return list(dict.fromkeys(self.at((index + 0.5) / count) for index in range(count)))


@dataclass(frozen=True)
class _Range(Domain):
    """Numbers between two ends, which belong to it."""

    low: float
    high: float
    step: float | None = None
    log: bool = False
    reverse: bool = False

    is_ordered = True

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            value = getattr(self, name)
            if value is not None or name != "step":
                object.__setattr__(self, name, self._number(name, value))
        problem = self._problem()
        if problem:
            raise ValueError(f"{type(self).__name__}({self.low!r}, {self.high!r}) is no range: {problem}")

    def _problem(self) -> str | None:
        if not math.isfinite(self.low) or not math.isfinite(self.high):
            return "both of its ends have to be finite numbers."
        if self.low > self.high:
            return "its lower end is greater than the upper one."
        if self.reverse and not self.log:
            return "`reverse` turns a logarithmic scale around, so pass `log=True` as well."
        if self.log and self.low <= 0:
            return "a logarithmic scale needs a lower end greater than 0."
        if self.step is not None and self.step <= self.log:
            return f"its step {self.step!r} has to be greater than {int(self.log)}" + (
                ", as a logarithmic scale multiplies by it." if self.log else "."
            )
        return None

    def _number(self, name: str, value: Any) -> float:
        raise NotImplementedError

    @property
    def _top(self) -> float:
        """The end of the unit scale, which is not always the greatest value."""
        return self.high

    def at(self, unit: float) -> Any:
        if self._is_stepped:
            count = self.count or 1
            return self._stepped(min(int(unit * count), count - 1))
        return self._number("value", min(max(self._warped(unit), self.low), self.high))

    def place(self, value: Any) -> float:
        if self._is_stepped:
            count = self.count or 1
            return (min(max(self._index(value), 0), count - 1) + 0.5) / count
        return min(max(self._unwarped(value), 0.0), 1.0)

    def encode(self, value: Any) -> int | float:
        try:
            number = self._number("value", value)
        except (TypeError, ValueError):
            number = math.nan
        if not self.low <= number <= self.high:
            raise ValueError(f"{value!r} is not in {self}.")
        return number

    def decode(self, stored: Any) -> Any:
        return self.encode(stored)

    def is_edge(self, value: Any) -> Edge | None:
        if self.low == self.high:
            return None
        place = self.place(value)
        near = _NEAR if self.count is None else 0.75 / self.count
        return "lower" if place <= near else "upper" if place >= 1 - near else None

    def describe(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    @property
    def _is_stepped(self) -> bool:
        return self.step is not None

    def _steps(self) -> int:
        assert self.step is not None
        steps = self._logarithm(self.high / self.low) if self.log else (self.high - self.low) / self.step
        return int(steps + 1e-9) + 1

    def _stepped(self, index: int) -> Any:
        assert self.step is not None
        if not self.log:
            return self._number("value", self.low + index * self.step)
        power = self.low * self.step**index
        return self._number("value", self.high + self.low - power if self.reverse else power)

    def _index(self, value: float) -> int:
        assert self.step is not None
        if not self.log:
            return round((value - self.low) / self.step)
        return round(self._logarithm((self.high + self.low - value if self.reverse else value) / self.low))

    def _logarithm(self, ratio: float) -> float:
        assert self.step is not None
        return math.log(ratio) / math.log(self.step)

    def _warped(self, unit: float) -> float:
        low, top = self.low, self._top
        if not self.log:
            return low + unit * (top - low)
        power = low * (top / low) ** (1 - unit if self.reverse else unit)
        return top + low - power if self.reverse else power

    def _unwarped(self, value: float) -> float:
        low, top = self.low, self._top
        if top == low:
            return 0.5
        if not self.log:
            return (value - low) / (top - low)
        unit = math.log((top + low - value if self.reverse else value) / low) / math.log(top / low)
        return 1 - unit if self.reverse else unit


@dataclass(frozen=True)
class Int(_Range):
    """Whole numbers from `low` to `high`, both included.

    >>> Int(1, 9, step=4).grid()
    [1, 5, 9]
    >>> Int(2, 40, step=2, log=True).grid()
    [2, 4, 8, 16, 32]

    Args:
        low: The least.
        high: The greatest.
        step: The distance of neighbours; with `log` the factor between them. By default every whole number.
        log: Whether values of equal ratios are equally likely, as fits widths and batch sizes.
        reverse: Whether, of a logarithmic scale, the upper end is the one with the fine steps.

    Raises:
        ValueError: If these are no whole numbers, or no range.
    """

    low: int
    high: int
    step: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step is None and not self.log:
            object.__setattr__(self, "step", 1)

    @cached_property
    def count(self) -> int | None:
        return self.high - self.low + 1 if self.step is None else self._steps()

    @property
    def _top(self) -> int:
        return self.high + 1

    def place(self, value: Any) -> float:
        return super().place(value if self._is_stepped else value + 0.5)

    def _number(self, name: str, value: Any) -> int:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"`{name}` of an Int is {value!r}. Both of its ends have to be finite numbers.")
        if name == "value" and isinstance(value, float):
            return math.floor(value)
        number = int(value)
        if number != value:
            raise ValueError(f"`{name}` of an Int is {value!r}, which is no whole number. Use a Float for fractions.")
        return number

    def encode(self, value: Any) -> int | float:
        if isinstance(value, float) and not value.is_integer():
            raise ValueError(f"{value!r} is not in {self}.")
        return super().encode(value)


@dataclass(frozen=True)
class Float(_Range):
    """Numbers from `low` to `high`, both included.

    >>> Float(0, 0.5, step=0.1).grid()
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    >>> Float(1e-4, 1, log=True).at(0.5)
    0.01

    Args:
        low: The least.
        high: The greatest.
        step: The distance of neighbours; with `log` the factor between them. By default a continuum.
        log: Whether values of equal ratios are equally likely, as fits learning rates and penalties.
        reverse: Whether, of a logarithmic scale, the upper end is the one with the fine steps, as fits momentum.

    Raises:
        ValueError: If these are no range.
    """

    @cached_property
    def count(self) -> int | None:
        if self.step is not None:
            return self._steps()
        return 1 if self.low == self.high else None

    def _number(self, name: str, value: Any) -> float:
        return float(value)

    def _stepped(self, index: int) -> float:
        # 0.1 * 3 is 0.30000000000000004, which nobody wants to read
        return min(max(float(f"{super()._stepped(index):.12g}"), self.low), self.high)


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

    def grid(self, most: int = 10) -> list[Any]:
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

    count = 1
    is_ordered = False

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

    def grid(self, most: int = 10) -> list[Any]:
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

    is_ordered = True

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
        return "lower" if place <= _NEAR else "upper" if place >= 1 - _NEAR else None

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
