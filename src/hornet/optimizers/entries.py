"""An optimizer's variables as Keras lists them in files: each with its name, its value, and where a new value goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One variable in Keras's list.

    Args:
        name: Its name.
        value: Its value.
        put: Takes a new value; what only Keras has ignores it.
    """

    name: str
    value: Any
    put: Callable[[Any], None] = lambda value: None

    @classmethod
    def stored(cls, name: str, store: MutableMapping[str, Any], key: str) -> Entry:
        """Return the entry of a value in a dict.

        Example:
            >>> slots = {"velocity": 1.0}
            >>> Entry.stored("kernel_velocity", slots, "velocity").put(2.0)
            >>> slots
            {'velocity': 2.0}
        """
        return cls(name, store[key], lambda value: store.__setitem__(key, value))

    @classmethod
    def count(cls, counts: MutableMapping[str, Any]) -> Entry:
        """Return the entry of the number of steps, which is kept under `"step"`."""
        return cls("iteration", counts["step"], lambda value: counts.update(step=value))


@dataclass(frozen=True)
class WeightNames:
    """The weights of an optimizer, as entries need them.

    Args:
        values: The weights by path.
        labels: Keras's name of each by path.
    """

    values: Mapping[str, Any]
    labels: Mapping[str, str]

    def of(self, slots: Mapping[str, Any]) -> WeightNames:
        """Return those that have slots."""
        return WeightNames({path: value for path, value in self.values.items() if path in slots}, self.labels)

    def label(self, path: str, slot: str) -> str:
        """Return Keras's name of a weight's slot."""
        return f"{self.labels[path].replace('/', '_')}_{slot}"

    def entries(self, slots: Mapping[str, Any], names: Iterable[str]) -> Iterator[Entry]:
        """Yield, weight by weight, those of some slots that it has."""
        for path in self.values:
            for name in names:
                if name in slots[path]:
                    yield Entry.stored(self.label(path, name), slots[path], name)
