"""Frames and series of pandas, polars, Arrow and others, read by narwhals, which knows them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from hornet.core.errors import ArgumentError

_LIBRARIES = frozenset(("pandas", "polars", "pyarrow", "modin", "cudf", "dask", "duckdb", "ibis", "pyspark"))
_TILE_BYTES, _TILE_ROWS = 1 << 19, 256
"""The bytes of rows into which columns are put at a time, so few that they stay in a processor's cache; and at least
how many rows these are."""
_EAGER = ("pandas", "pyarrow")
"""Those that have no lazy frames."""
_COLLECT = {"polars": "collect()", "dask": "compute()", "duckdb": "df()", "ibis": "execute()", "pyspark": "toPandas()"}
"""What gives the rows of a lazy frame."""


def is_of_frame_library(value: Any) -> bool:
    """Return whether a value is an object of a library of frames; none is imported for it."""
    return any(base.__module__.partition(".")[0] in _LIBRARIES for base in type(value).__mro__)


def index_of_schema(schema: Any) -> list[str]:
    """Return the columns of an Arrow schema that were the index of the frame of pandas' that the table was made of."""
    noted: dict[str, Any] = schema.pandas_metadata or {}
    return [name for name in noted.get("index_columns", ()) if isinstance(name, str)]


def columns_of_arrow(value: Any) -> list[str] | None:
    """Return the names of an Arrow table's columns but those of an index, if others are left; `None` for all else."""
    if not type(value).__module__.startswith("pyarrow") or not hasattr(value, "column_names"):
        return None
    index = index_of_schema(value.schema)
    return [name for name in value.column_names if name not in index] or list(value.column_names)


def array_of_frame(name: str, value: Any, check: Callable[[str, Any, Any], Any]) -> Any:
    """Return a frame as an array with a column for each of its own, or a series as one of a single axis.

    Args:
        name: What to call it in errors.
        value: A frame, a series, or what else is of such a library.
        check: Returns a column's array as one of numbers: `(name, array, column) -> array`.

    Raises:
        TypeError: If its rows are not there yet.
        ValueError: If a column holds no numbers.
    """
    import narwhals.stable.v2 as nw

    labels = _repeated_names(value)
    if labels is not None:  # narwhals tells columns by their names
        value = value.set_axis(range(len(labels)), axis=1)
    refuse_lazy(name, value)
    wanted = columns_of_arrow(value)
    if wanted is not None and len(wanted) < len(value.column_names):
        value = value.select(wanted)
    read: Any = nw.from_native(value, pass_through=True, allow_series=True)
    if isinstance(read, nw.Series):
        return check(name, _array_of(read), None)
    if not isinstance(read, nw.DataFrame):  # an index, say
        return check(name, np.asarray(value), None)
    kinds = read.schema.values()
    if all(kind.is_numeric() for kind in kinds) or all(kind == nw.Boolean for kind in kinds):
        if read.implementation.is_pyarrow():
            array = _side_by_side([column.to_numpy() for column in cast(Any, read.to_native()).columns])
        else:
            array = read.to_numpy()
        if array.dtype != object:
            return array
    named = zip(labels or read.columns, read.iter_columns(), strict=True)
    return np.column_stack([check(name, _array_of(column), label) for label, column in named])


def refuse_lazy(name: str, value: Any) -> None:
    """Refuse a frame whose rows are not there yet.

    Args:
        name: What to call it in the error.
        value: Anything.

    Raises:
        TypeError: If it is one.
    """
    if not is_of_frame_library(value) or type(value).__module__.partition(".")[0] in _EAGER:
        return
    import narwhals.stable.v2 as nw

    if isinstance(nw.from_native(value, pass_through=True, allow_series=True), nw.LazyFrame):
        way = _COLLECT.get(type(value).__module__.partition(".")[0], "collect()")
        raise ArgumentError(f"`{name}` is a lazy frame, whose rows are not there yet. Pass `{name}.{way}`.")


def rows_of_frame(value: Any, start: int, stop: int) -> Any:
    """Return rows of a frame or a series, by their places."""
    import narwhals.stable.v2 as nw

    return nw.from_native(value, allow_series=True)[start:stop].to_native()


def _side_by_side(columns: Sequence[Any]) -> Any:
    """Return columns as an array of rows, as `np.column_stack` does, in a fraction of its time."""
    array = np.empty((len(columns[0]), len(columns)), np.result_type(*columns))
    rows = max(_TILE_ROWS, _TILE_BYTES // (array.itemsize * len(columns)))
    for start in range(0, len(array), rows):
        for place, column in enumerate(columns):
            array[start : start + rows, place] = column[start : start + rows]
    return array


def _repeated_names(value: Any) -> list[Any] | None:
    """Return the names of columns of which some are the same, as pandas allows; `None` if all differ."""
    axes = getattr(value, "axes", ())
    return list(axes[1]) if len(axes) == 2 and not axes[1].is_unique else None


def _array_of(series: Any) -> Any:
    """Return a series of narwhals' as an array: missing numbers are NaN, times those that the clocks of a zone show."""
    import narwhals.stable.v2 as nw

    if series.dtype == nw.Datetime and series.dtype.time_zone is not None:
        series = series.dt.replace_time_zone(None)
    array = series.to_numpy()
    holds_numbers = series.dtype.is_numeric() or series.dtype == nw.Boolean
    return series.cast(nw.Float64).to_numpy() if array.dtype == object and holds_numbers else array
