"""What a model takes for each row: the names of its columns, what they hold, and what it knows of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from hornet.core.shapes import Shape
from hornet.core.strings import STRING
from hornet.core.symbolic import SymbolicTensor
from hornet.serving.facts import Facts, facts_of

ROWS = "rows"
"""The name of the only column of a model whose columns have none."""


@dataclass(frozen=True)
class Column:
    """What a row holds in one place.

    Args:
        name: What clients call it.
        kind: `"number"`, `"integer"`, `"text"`, `"date"`, or `"written number"`, which may be a text.
        shape: The shape of one row's value, `()` of a single one; `None` for a free size.
        takes_gaps: Whether a value may be missing.
        below: What an integer that is at least 0 must be less than; `None` of one of any size.
        about: What is known of the values in training, in a few words.
        example: A value that a row may have.
    """

    name: str
    kind: str
    shape: Shape = ()
    takes_gaps: bool = False
    below: int | None = None
    about: str = ""
    example: Any = 0.0
    dtype: str = "float32"

    def array(self, values: Any) -> np.ndarray:
        """Return the values of several rows as an array; a number that is too large for the type is infinite.

        Raises:
            ValueError: If rows have several shapes.
        """
        if self.kind == "number":
            with np.errstate(over="ignore"):
                return np.asarray(values, np.float64).astype(self.dtype)
        array = np.array(values, self.dtype)
        if array.ndim != 1 + len(self.shape):
            raise ValueError("Rows have several shapes.")
        return array

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest integer that it takes."""
        return (-(2**31), 2**31 - 1) if self.below is None else (0, self.below - 1)

    @property
    def is_text(self) -> bool:
        """Whether its arrays hold objects: strings, with `None` for a gap."""
        return self.kind in ("text", "date", "written number")


@dataclass(frozen=True)
class Signature:
    """The columns of a model's rows.

    Args:
        columns: The columns, in the model's order.
        is_named: Whether a row is an object with their names; else it is the value of the only column.
        is_stacked: Whether the model takes all columns as one array.
    """

    columns: tuple[Column, ...]
    is_named: bool
    is_stacked: bool = False

    def stacked(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return arrays of columns as rows are held: in one array if the model takes them so."""
        if not self.is_stacked:
            return dict(arrays)
        return {ROWS: np.stack([arrays[column.name] for column in self.columns], axis=1)}

    def inputs_of(self, rows: Mapping[str, np.ndarray]) -> Any:
        """Return rows as the model takes them."""
        return dict(rows) if self.is_named and not self.is_stacked else rows[ROWS]

    def example_rows(self) -> dict[str, np.ndarray]:
        """Return that row as arrays."""
        return self.stacked({column.name: column.array([_filled(column)]) for column in self.columns})

    def example(self) -> Any:
        """Return a row as a client may send it."""
        values = {column.name: _filled(column) for column in self.columns}
        return values if self.is_named else values[ROWS]


def signature_of(
    model: Any, names: Sequence[str] | None = None, ranges: Mapping[str, Sequence[float]] | None = None
) -> Signature:
    """Return the columns of a built model.

    Args:
        model: The model.
        names: The names of its array's columns, if somebody knows them.
        ranges: The least and the greatest number in training of columns, by their names.

    Raises:
        ValueError: If it is not built.
    """
    given = getattr(model, "input", None) if model.built else None
    if given is None:
        raise ValueError(
            f"{model.name!r} does not say what it takes. Serve a model that begins with `Input(shape)`, or that is "
            "drawn as `Model(inputs, outputs)`."
        )
    tensors = list(given.values()) if isinstance(given, Mapping) else jax.tree.leaves(given)
    facts = facts_of(model, tensors)
    names = names if names is not None else model._column_names
    if names is not None and len(tensors) == 1 and tensors[0].shape[1:] == (len(names),):
        columns = [_column(name, tensors[0], (), facts.get((0, place))) for place, name in enumerate(names)]
        return Signature(_within(columns, ranges), is_named=True, is_stacked=True)
    if len(tensors) == 1 and not isinstance(given, Mapping):
        shape = tensors[0].shape[1:]
        is_single = tensors[0].dtype == STRING and shape in ((), (1,))
        known = [facts.get((0, place), {}) for place in range(shape[-1] or 0 if shape else 1)]
        gaps = {"takes_gaps": bool(known) and all(fact.get("takes_gaps") for fact in known)}
        fact = known[0] if len(known) == 1 else gaps if len(shape) == 1 else None
        return Signature((_column(ROWS, tensors[0], () if is_single else shape, fact),), is_named=False)
    keys = list(given) if isinstance(given, Mapping) else model.input_names
    columns = [
        _column(name, tensor, () if tensor.shape[1:] == (1,) else tensor.shape[1:], facts.get((place, 0)))
        for place, (name, tensor) in enumerate(zip(keys, tensors, strict=True))
    ]
    return Signature(_within(columns, ranges), is_named=True)


def _within(columns: Sequence[Column], ranges: Mapping[str, Sequence[float]] | None) -> tuple[Column, ...]:
    """Return columns that say between which numbers their values lay in training."""
    known = ranges or {}
    return tuple(
        replace(column, about="{:.6g} to {:.6g} in training".format(*known[column.name]))
        if column.name in known
        else column
        for column in columns
    )


def _column(name: str, tensor: SymbolicTensor, shape: Shape, fact: Facts | None) -> Column:
    """Return a column of an input, with what the layers that read it know."""
    if tensor.dtype == STRING:
        column = Column(name, "text", shape, takes_gaps=True, example="text", dtype="object")
    elif "int" in str(tensor.dtype):
        column = Column(name, "integer", shape, example=0, dtype="int32")
    else:
        column = Column(name, "number", shape, dtype="float64" if str(tensor.dtype) == "float64" else "float32")
    return replace(column, **(fact or {}))


def _filled(column: Column) -> Any:
    """Return an example of a column's value: nested lists, where it has axes."""
    return np.full([size or 1 for size in column.shape], column.example).tolist() if column.shape else column.example
