"""Which hyperparameters a model-building function has, found by calling it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from hornet.tuning.domains import is_same
from hornet.tuning.hyperparameters import Draw, HyperParameters
from hornet.tuning.space import Condition, Domain, Space

_MOST_VALUES = 64
"""A hyperparameter of more values is not looked at as one that decides which others exist."""


def discover(build: Callable[[HyperParameters], Any], hp: HyperParameters | None = None) -> Space:
    """Return the space of a model-building function.

    It is called until each conditional scope has been active, with all else at its default and with all else at its
    upper end. Where the two differ in which names they ask for, as with a loop over `hp.Int("layers", 1, 5)`, it is
    called with the values of one hyperparameter after another, and the names get conditions as if they stood in scopes.

    >>> def build(hp):
    ...     for index in range(hp.Int("layers", 1, 3)):
    ...         hp.Int(f"units_{index}", 8, 64)
    >>> discover(build).conditions
    {'units_1': (('layers', (2, 3)),), 'units_2': (('layers', (3,)),)}

    Args:
        build: The function. What it returns is not looked at.
        hp: What was asked for before, such as values that are pinned; it gets to know all that is found.

    Raises:
        Exception: What `build` raises, if no call of it ends well.
    """
    calls = _Calls(build, HyperParameters() if hp is None else hp)
    contexts: list[dict[str, Any]] = [{}]
    seen: set[Any] = set()
    hidden: dict[str, list[Condition]] = {}
    for context in contexts:
        least, most = calls.used(context), calls.used(context, _upper_end)
        if least is not None and most is not None and calls.undeclared(least, most):
            for name, condition in _dependencies(calls, context, most):
                if condition not in hidden.setdefault(name, []):
                    hidden[name].append(condition)
        for conditions in calls.scopes:
            if repr(conditions) not in seen:  # values may have no hash
                seen.add(repr(conditions))
                contexts += calls.contexts_of(conditions)
    if not calls.ended_well and calls.error is not None:
        raise calls.error
    return Space(
        replace(parameter, conditions=(*parameter.conditions, *hidden.get(parameter.name, ())))
        for parameter in calls.hp.space.parameters
    )


class _Calls:
    """Calls of a function, and what they have shown.

    Args:
        build: The function.
        hp: What collects the space.
    """

    def __init__(self, build: Callable[[HyperParameters], Any], hp: HyperParameters) -> None:
        self.hp = hp
        self.scopes: list[tuple[Condition, ...]] = []
        """The conditions of all scopes that were entered."""
        self.error: Exception | None = None
        """The first that was raised."""
        self.ended_well = False
        self._build = build

    def used(self, values: Mapping[str, Any], draw: Draw | None = None) -> dict[str, Any] | None:
        """Call the function for a candidate, and return what it asked for; `None` where it raised."""
        probe = HyperParameters({**self.hp.values, **values}, draw)
        probe.merge(self.hp)
        error = None
        try:
            self._build(probe)
            self.ended_well = True
        except Exception as raised:
            error = raised
            self.error = self.error or raised
        self.hp.merge(probe)
        self.scopes += probe.scopes
        return probe.used if error is None else None

    def undeclared(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
        """Return the names that just one of two calls asked for, though by their scopes both might have."""
        names: set[str] = set()
        for parameter in self.hp.space.parameters:
            if (parameter.name in one) != (parameter.name in other):
                without = other if parameter.name in one else one
                if parameter.is_active(without):
                    names.add(parameter.name)
        return names

    def contexts_of(self, conditions: Iterable[Condition]) -> list[dict[str, Any]]:
        """Return the values with which a scope is active: one dict, or none where its conditions exclude each other."""
        space = self.hp.space
        allowed: dict[str, list[Any]] = {}
        open_conditions = list(conditions)
        for name, values in open_conditions:
            before = allowed.get(name, _values_in(space[name], values))
            allowed[name] = [value for value in before if any(is_same(value, other) for other in values)]
            open_conditions += [more for more in space.conditions.get(name, ()) if more not in open_conditions]
        return [{name: values[0] for name, values in allowed.items()}] if all(allowed.values()) else []


def _dependencies(
    calls: _Calls, context: Mapping[str, Any], most: Mapping[str, Any]
) -> Iterable[tuple[str, Condition]]:
    """Yield names, and the condition on another hyperparameter under which each is asked for."""
    order = list(calls.hp.space)
    for parent in most:
        domain = calls.hp.space[parent]
        if parent in context or domain.count is None or not 1 < domain.count <= _MOST_VALUES:
            continue
        values = domain.grid()
        if domain.is_ordered:  # one call tells whether it matters
            first = calls.used({**context, parent: values[0]}, _upper_end)
            if first is None or not calls.undeclared(first, most):
                continue
        asked = {index: calls.used({**context, parent: value}, _upper_end) for index, value in enumerate(values)}
        known = {index: used for index, used in asked.items() if used is not None}
        for name in set[str]().union(*(calls.undeclared(used, most) for used in known.values())):
            with_it = tuple(values[index] for index, used in asked.items() if used is None or name in used)
            if order.index(parent) < order.index(name):
                yield name, (parent, with_it)


def _values_in(domain: Domain, values: Iterable[Any]) -> list[Any]:
    inside: list[Any] = []
    for value in values:
        try:
            domain.encode(value)
        except ValueError:
            continue
        inside.append(value)
    return inside


def _upper_end(name: str, domain: Domain) -> Any:
    return domain.at(1.0)
