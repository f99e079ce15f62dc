"""A model as rows: what its table lists and its plot shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Row:
    """A layer, or another operation, of a model.

    Args:
        name: Its name, unique in the model; behind those of the models around it, as in `"model/dense"`.
        operation: The layer, or a function of arrays.
        input_shape: Shape of what it takes, or shapes in their structure; `None` where it is not known.
        output_shape: Shape of what it returns, or shapes in their structure.
        sources: Names of the rows whose outputs it takes; `None` where the model is not a graph.
        depth: Number of models around it, the outermost one not counted.
    """

    name: str
    operation: Any
    input_shape: Any
    output_shape: Any
    sources: tuple[str, ...] | None = None
    depth: int = 0

    @property
    def kind(self) -> str:
        """The class of the layer, or the name of the function."""
        known = getattr(self.operation, "keras_name", None) or getattr(self.operation, "__name__", None)
        return known or type(self.operation).__name__

    @property
    def size(self) -> int:
        """The number of elements of the weights."""
        return sum(weight.size for weight in getattr(self.operation, "weights", ()))

    @property
    def label(self) -> str:
        """The name without those of the models around."""
        return self.name.rpartition("/")[2]


def expanded(rows: Sequence[Row]) -> list[Row]:
    """Return rows, each model's followed by those of its own layers, to any depth."""
    return list(_expand(rows))


def _expand(rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        inner = getattr(row.operation, "_outline", None)
        for nested in inner(expand_nested=True) if inner is not None else ():
            sources = None if nested.sources is None else tuple(f"{row.name}/{source}" for source in nested.sources)
            yield replace(nested, name=f"{row.name}/{nested.name}", sources=sources, depth=nested.depth + 1)


def is_chain(rows: Sequence[Row]) -> bool:
    """Return whether each row takes what the one before returns, so that sources need not be shown."""
    names = [row.name for row in rows]
    return all(row.sources in (None, tuple(names[place - 1 : place])) for place, row in enumerate(rows) if place)
