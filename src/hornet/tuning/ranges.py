"""Whole numbers and fractions between two ends."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from hornet.tuning.domains import NEAR, Domain, Edge


@dataclass(frozen=True)
class _Range(Domain):
    """Numbers between two ends, which belong to it."""

    low: float
    high: float
    step: float | None = None
    log: bool = False
    reverse: bool = False

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
        if self.count is None:
            return "lower" if place <= NEAR else "upper" if place >= 1 - NEAR else None
        return "lower" if value <= self.at(0) else "upper" if value >= self.at(1) else None

    def grid(self, most: int | None = None) -> list[Any]:
        if self._is_stepped:
            return self.spread(self.count or 1)
        if self.count is None:
            return self.spread(most or 1)
        everything = list(range(math.ceil(self.low), math.floor(self.high) + 1)) if self.count > 1 else [self.low]
        return everything if most is None or most >= self.count else self.spread(most)

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
        if not self.reverse:
            return self._number("value", self.low * self.step**index)
        return self._number("value", self.high + self.low - self.low * self.step ** (self._steps() - 1 - index))

    def _index(self, value: float) -> int:
        assert self.step is not None
        if not self.log:
            return round((value - self.low) / self.step)
        if not self.reverse:
            return round(self._logarithm(value / self.low))
        return self._steps() - 1 - round(self._logarithm((self.high + self.low - value) / self.low))

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
