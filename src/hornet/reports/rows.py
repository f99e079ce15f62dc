"""The rows that a report is about, whatever they are held in, and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.checks import describe
from hornet.core.containers import is_sparse, table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library, refuse_lazy
from hornet.estimators.sklearn_internals import rows_at


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: What it is called.
        values: Its cells: floats, with NaN where one is missing, dates or objects.
        kind: `"numbers"`, `"dates"`, `"yes or no"` or `"words"`.
        is_missing: Whether each cell is missing.
    """

    name: str
    values: np.ndarray
    kind: str
    is_missing: np.ndarray

    def said(self, at: int) -> str:
        """Return a cell as text."""
        value = self.values[at]
        if self.is_missing[at]:
            return "missing"
        if self.kind == "yes or no":
            return "yes" if value else "no"
        if isinstance(value, np.datetime64):
            return str(value.astype("datetime64[s]")).removesuffix("T00:00:00")
        text = f"{value:.5g}" if isinstance(value, float) else " ".join(str(value).split())
        return text if len(text) <= 40 else f"{text[:39]}…"


class Rows:
    """Rows of features: an array, a frame, a dict or a list of several inputs' arrays, or a sparse matrix.

    Args:
        x: The rows.
        names: What the columns of an array are called; by default `x0`, `x1` and so on.
        argument: What to call the rows in errors.

    Raises:
        TypeError: If they are not in memory, or their number is not known.
        ValueError: If parts have different numbers of rows, or there are none.
    """

    def __init__(self, x: Any, names: Sequence[Any] | None = None, argument: str = "x") -> None:
        refuse_lazy(argument, x)
        self.x: Any = x if self._is_parts(x) or is_of_frame_library(x) or is_sparse(x) else _array(argument, x)
        counts = {_count(part) for part in self._parts}
        if len(counts) != 1 or not min(counts):
            said = "no rows" if counts == {0} else f"parts of {', '.join(map(str, sorted(counts)))} rows"
            raise ValueError(
                f"`{argument}` has {said}. Pass as many rows of each as there are labels, and at least one."
            )
        self.count: int = counts.pop()
        self._names = names

    @staticmethod
    def _is_parts(x: Any) -> bool:
        """Return whether it is a dict of columns or inputs, or a list of inputs' arrays."""
        if isinstance(x, Mapping) and not is_sparse(x):
            return True
        return isinstance(x, list | tuple) and bool(len(x)) and all(getattr(part, "ndim", 0) >= 1 for part in x)

    @property
    def _parts(self) -> list[Any]:
        if not self._is_parts(self.x):
            return [self.x]
        return list(self.x.values()) if isinstance(self.x, Mapping) else list(self.x)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of an array; `None` of all else."""
        return self.x.shape if isinstance(self.x, np.ndarray) else None

    def take(self, places: np.ndarray) -> Rows:
        """Return some of the rows; sparse ones as an array."""
        if not self._is_parts(self.x):
            taken: Any = rows_at(self.x, places)
            return Rows(taken.toarray() if is_sparse(taken) else taken, self._names)
        return Rows(self._refilled([rows_at(_array_or_frame(part), places) for part in self._parts]), self._names)

    @property
    def names(self) -> list[str]:
        """The names of the columns; none of pictures, series and other arrays with more axes."""
        if isinstance(self.x, Mapping):
            return [str(name) for name in self.x]
        table = table_of(self.x)
        if table is not None:
            return list(table)
        if self._is_parts(self.x):
            return [f"input {place}" for place in range(len(self.x))]
        if len(self.x.shape) != 2:
            return []
        known = self._names or getattr(self.x, "columns", None)
        width = self.x.shape[1]
        if known is not None and len(known) != width:
            raise ValueError(f"`feature_names` has {len(known)} names, and `x` {width} columns. Pass one for each.")
        return [f"x{place}" for place in range(width)] if known is None else [str(name) for name in known]

    def column(self, place: int) -> Column | None:
        """Return a column; `None` if what is there has more axes, such as the pictures of one input."""
        name = self.names[place]
        if self._is_parts(self.x):
            cells = self._parts[place]
        else:
            table = table_of(self.x)
            cells = table[name] if table is not None else self._at(place)
        return _column(name, cells)

    def _at(self, place: int) -> Any:
        return self.x.iloc[:, place] if hasattr(self.x, "iloc") else self.x[:, place]

    def mixed(self, places: np.ndarray) -> Any:
        """Return rows whose cells come from several.

        Args:
            places: For each new row and each column from which row to take its cell.
        """
        if self._is_parts(self.x):
            return self._refilled(
                [rows_at(_array_or_frame(part), at) for part, at in zip(self._parts, places.T, strict=True)]
            )
        if not is_of_frame_library(self.x):
            return np.take_along_axis(self.x, places, axis=0)
        import narwhals.stable.v2 as nw

        frame = nw.from_native(self.x, eager_only=True)
        own = np.arange(self.count)
        base = places[:, 0] if len(places) != self.count else own
        moved = [place for place, at in enumerate(places.T) if not np.array_equal(at, base)]
        rows = frame if base is own else frame[base]
        cells = [frame[:, place][places[:, place]] for place in moved]
        return rows.with_columns(*cells).to_native()

    def _refilled(self, parts: list[Any]) -> Any:
        return dict(zip(self.x, parts, strict=True)) if isinstance(self.x, Mapping) else type(self.x)(parts)


def _array(argument: str, x: Any) -> np.ndarray:
    """Return rows as an array, of words too."""
    try:
        array = to_numbers(argument, x)
    except (TypeError, ValueError):
        array = np.asarray(x)
    if not array.ndim:
        raise ArgumentError(
            f"`{argument}` must be an array, a frame or a dict of arrays, not {describe(x)}. Pass one of these."
        )
    return array


def _array_or_frame(part: Any) -> Any:
    return part if hasattr(part, "shape") else np.asarray(part)


def _count(part: Any) -> int:
    return part.shape[0] if hasattr(part, "shape") else len(part)


def _column(name: str, cells: Any) -> Column | None:
    array = np.asarray(cells)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if array.ndim != 1:
        return None
    if array.dtype.kind in "mM":
        return Column(name, array, "dates", np.isnat(array))
    is_category = str(getattr(cells, "dtype", "")) in ("category", "Categorical")
    try:
        numbers = None if is_category else to_numbers(name, cells if hasattr(cells, "shape") else array)
    except (TypeError, ValueError):
        numbers = None
    if numbers is not None:
        kind = "yes or no" if array.dtype.kind == "b" else "numbers"
        values = np.ravel(numbers).astype(np.float64)
        return Column(name, values, kind, np.isnan(values))
    is_missing = np.array([cell is None or cell != cell or type(cell).__name__ == "NAType" for cell in array.tolist()])
    return Column(name, array.astype(object), "words", is_missing)
