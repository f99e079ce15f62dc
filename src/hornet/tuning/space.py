"""A search space: which hyperparameters there are, what each may be, and under which conditions each exists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.suggestions import did_you_mean
from hornet.tuning.domains import Choice, Distribution, Domain, Fixed, is_same, native
from hornet.tuning.ranges import Float, Int

__all__ = ["Choice", "Condition", "Distribution", "Domain", "Fixed", "Float", "Int", "Parameter", "Space"]

Condition = tuple[str, tuple[Any, ...]]
"""The name of another hyperparameter, and those of its values with which one exists."""


@dataclass(frozen=True)
class Parameter:
    """A hyperparameter of a space.

    Args:
        name: Its name.
        domain: Its values.
        conditions: Under which it exists; all have to hold.
    """

    name: str
    domain: Domain
    conditions: tuple[Condition, ...] = ()

    def is_active(self, params: Mapping[str, Any]) -> bool:
        """Return whether it exists in a candidate of some values."""
        return all(
            name in params and any(is_same(params[name], value) for value in values) for name, values in self.conditions
        )


class Space(Mapping[str, Domain]):
    """Hyperparameters by their names, in an order in which a condition comes after what it is about.

    A name may be there more than once under conditions that exclude each other; the mapping has the first of them.

    >>> space = Space.of({"units": [8, 16, 32], "rate": Float(1e-4, 1e-1, log=True)})
    >>> space.encode({"units": 16, "rate": 0.01})
    {'units': 1, 'rate': 0.01}

    Args:
        parameters: The hyperparameters.
    """

    def __init__(self, parameters: Iterable[Parameter] = ()) -> None:
        self.parameters = tuple(parameters)
        self._first: dict[str, Parameter] = {}
        for parameter in self.parameters:
            for parent, _ in parameter.conditions:
                if parent not in self._first:
                    raise ValueError(f"{parameter.name!r} depends on {parent!r}, which is not in the space before it.")
            self._first.setdefault(parameter.name, parameter)

    @classmethod
    def of(cls, given: Any) -> Space:
        """Return the space that a user describes.

        Args:
            given: A space, or a dict from names to domains, lists of values, distributions of SciPy's, the spaces or
                distributions of scikit-optimize, sklearn-genetic-opt and Optuna, or the tuples `(low, high)`,
                `(low, high, "log-uniform")` and Talos's `(low, high, steps)`, without the upper end.

        Raises:
            ValueError: If it is empty, or an entry is none of these.
        """
        if isinstance(given, Space):
            space = given
        elif isinstance(given, Mapping):
            space = cls(Parameter(str(name), _domain_of(name, values)) for name, values in given.items())
        else:
            raise ValueError(f"A space is a dict from names to values, and this is {given!r}.")
        if not space:
            raise ValueError("The space is empty. Give at least one hyperparameter something to choose from.")
        return space

    def __getitem__(self, name: str) -> Domain:
        return self._first[name].domain

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def __repr__(self) -> str:
        return f"Space({', '.join(f'{name}={domain}' for name, domain in self.items())})"

    @property
    def conditions(self) -> dict[str, tuple[Condition, ...]]:
        """The conditions of those hyperparameters that have any."""
        return {name: first.conditions for name, first in self._first.items() if first.conditions}

    @property
    def is_finite(self) -> bool:
        """Whether all candidates can be counted."""
        return all(parameter.domain.count is not None for parameter in self.parameters)

    def active(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return those values whose conditions hold, in the space's order."""
        return {parameter.name: params[parameter.name] for parameter in self.active_parameters(params)}

    def active_parameters(self, params: Mapping[str, Any]) -> Iterator[Parameter]:
        """Yield those hyperparameters that a candidate of some values has."""
        seen: dict[str, Any] = {}
        for parameter in self.parameters:
            name = parameter.name
            if name in params and name not in seen and parameter.is_active(seen):
                seen[name] = params[name]
                yield parameter

    def encode(self, params: Mapping[str, Any]) -> dict[str, int | float]:
        """Return the numbers that stand for a candidate in a file.

        Raises:
            ValueError: If it has a name or a value that the space does not.
        """
        for name in params:
            if name not in self._first:
                raise ValueError(f"The space has no hyperparameter {name!r}.{did_you_mean(name, self._first)}")
        return {parameter.name: self._encoded(parameter, params) for parameter in self.active_parameters(params)}

    def decode(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the candidate that numbers of a file stand for.

        Raises:
            ValueError: If they stand for none.
        """
        for name in stored:
            if name not in self._first:
                raise ValueError(f"The space has no hyperparameter {name!r}.{did_you_mean(name, self._first)}")
        params: dict[str, Any] = {}
        for parameter in self.parameters:
            name = parameter.name
            if name in stored and name not in params and parameter.is_active(params):
                params[name] = parameter.domain.decode(stored[name])
        return params

    def digest(self) -> str:
        """Return a hash of what the space is, by which a store knows it again."""
        described = [
            [parameter.name, parameter.domain.describe(), parameter.conditions] for parameter in self.parameters
        ]
        return hashlib.sha256(json.dumps(described, sort_keys=True, default=repr).encode()).hexdigest()

    def key(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what two candidates have in common if and only if they are the same."""
        return tuple(
            (parameter.name, _key(parameter.domain, params[parameter.name]))
            for parameter in self.active_parameters(params)
        )

    def at(self, units: Sequence[float]) -> dict[str, Any]:
        """Return the candidate at a point of the unit cube, which has an axis for each of `parameters`."""
        params: dict[str, Any] = {}
        for parameter, unit in zip(self.parameters, units, strict=True):
            if parameter.name not in params and parameter.is_active(params):
                params[parameter.name] = parameter.domain.at(unit)
        return params

    def places(self, params: Mapping[str, Any]) -> list[float | None]:
        """Return where a candidate lies in the unit cube; `None` on the axes of what it does not have."""
        active = {id(parameter) for parameter in self.active_parameters(params)}
        return [
            parameter.domain.place(params[parameter.name]) if id(parameter) in active else None
            for parameter in self.parameters
        ]

    def candidates(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield all candidates, the last hyperparameter first in turn.

        Args:
            most: How many values of a domain without steps are among them; by default all, of a space that is finite.
        """
        grids = [parameter.domain.grid(most) for parameter in self.parameters]

        def after(index: int, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
            if index == len(grids):
                yield params
                return
            parameter = self.parameters[index]
            if parameter.name in params or not parameter.is_active(params):
                yield from after(index + 1, params)
                return
            for value in grids[index]:
                yield from after(index + 1, {**params, parameter.name: value})

        return after(0, {})

    @staticmethod
    def _encoded(parameter: Parameter, params: Mapping[str, Any]) -> int | float:
        try:
            return parameter.domain.encode(params[parameter.name])
        except ValueError as error:
            error.args = (f"{parameter.name!r}: {error}",)
            raise


def _key(domain: Domain, value: Any) -> int | float | str:
    try:
        return domain.encode(value)
    except (TypeError, ValueError):  # a known point may lie outside
        return repr(value)


# --- what users write -------------------------------------------------------------------------------------------


def _domain_of(name: Any, given: Any) -> Domain:
    try:
        domain = _recognized(given)
    except ValueError as error:
        error.args = (f"The space of {name!r}: {error}",)
        raise
    if domain is None:
        raise ValueError(
            f"The space of {name!r} is {given!r}, which is no list, range or distribution. "
            f"If it is the only value, write [{given!r}]."
        )
    return domain


def _recognized(given: Any) -> Domain | None:
    if isinstance(given, Domain):
        return given
    if isinstance(given, str | bytes | Mapping):
        return None
    if hasattr(given, "rvs") and hasattr(given, "support"):
        return _of_scipy(given)
    for names in ("choices", "categories"):
        if hasattr(given, names):
            return Choice(tuple(getattr(given, names)))
    if hasattr(given, "low") or hasattr(given, "lower"):
        return _of_library(given)
    if isinstance(given, tuple) and _is_range(given):
        return _of_tuple(*given)
    if not isinstance(given, Iterable):
        return None
    values = tuple(native(value) for value in given)
    return Choice(values, ordered=_is_monotone(values))


def _of_scipy(given: Any) -> Domain:
    frozen = given if hasattr(given, "dist") else given()
    ends = frozen.support()
    if frozen.dist.name in ("uniform", "loguniform", "reciprocal") and np.isfinite(ends).all():
        return Float(float(ends[0]), float(ends[1]), log=frozen.dist.name != "uniform")
    if frozen.dist.name == "randint":
        return Int(int(ends[0]), int(ends[1]))
    return Distribution(frozen)


def _of_library(given: Any) -> Domain:
    """Return the range that another library's object describes: Optuna's, scikit-optimize's, sklearn-genetic-opt's."""
    low = given.low if hasattr(given, "low") else given.lower
    high = given.high if hasattr(given, "high") else given.upper
    log = getattr(given, "log", False) or "log-uniform" in (
        getattr(given, "prior", None),
        getattr(given, "distribution", None),
    )
    kind = Int if type(given).__name__.startswith("Int") else Float
    return kind(low, high, None if log else getattr(given, "step", None), log)


def _is_range(given: tuple[Any, ...]) -> bool:
    return len(given) in (2, 3) and all(_is_number(end) for end in given[:2])


def _of_tuple(low: Any, high: Any, third: Any = "uniform") -> Domain:
    kind = Int if isinstance(native(low), int) and isinstance(native(high), int) else Float
    if third in ("uniform", "log-uniform"):
        return kind(low, high, log=third == "log-uniform")
    if not isinstance(third, int) or third < 1 or not low < high:
        raise ValueError(
            f"The tuple {(low, high, third)} has to be (low, high), (low, high, 'log-uniform') or (low, high, steps). "
            "Write a list for values to choose from."
        )
    values = np.linspace(low, high, third, endpoint=False)
    return Choice(tuple(values.astype(int) if kind is Int else values), ordered=True)


def _is_number(value: Any) -> bool:
    return isinstance(native(value), int | float) and not isinstance(value, bool)


def _is_monotone(values: Sequence[Any]) -> bool:
    if not all(map(_is_number, values)):
        return False
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())
