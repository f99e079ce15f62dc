"""What errors and warnings call a row, where the rows at hand are a part of larger data."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_part: ContextVar[tuple[int, str, str]] = ContextVar("hornet_part", default=(0, "", ""))


@contextmanager
def part_of_data(first_row: int, source: str = "") -> Generator[None, None, None]:
    """Let the rows that are looked at in a block be called by what they are in the whole data.

    Args:
        first_row: The number of the first of them, in the source.
        source: The file, or the part of one, in which rows are counted; empty for data that are counted as a whole.

    Example:
        >>> with part_of_data(1000):
        ...     row_name(7)
        '1007'
        >>> with part_of_data(0, "'sales.parquet', row group 2"):
        ...     row_name(7)
        "7 of 'sales.parquet', row group 2"
    """
    token = _part.set((first_row, source, _part.get()[2]))
    try:
        yield
    finally:
        _part.reset(token)


@contextmanager
def column_of_data(column: str) -> Generator[None, None, None]:
    """Let errors in a block name the column that is looked at.

    Example:
        >>> with column_of_data("built"):
        ...     place_name(7)
        "column 'built', first in row 7"
    """
    token = _part.set((*_part.get()[:2], column))
    try:
        yield
    finally:
        _part.reset(token)


def place_name(row: int) -> str:
    """Return what to call a place: its row, and the column where that is known."""
    column = _part.get()[2]
    return f"column {column!r}, first in row {row_name(row)}" if column else f"first in row {row_name(row)}"


def row_name(row: int) -> str:
    """Return what to call a row of the arrays at hand."""
    first_row, source, _ = _part.get()
    number = str(first_row + row)
    return f"{number} of {source}" if source else number
