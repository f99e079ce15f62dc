"""Arrays in memory maps, whose pages count as the process's memory from their first reading on."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

_PIECE_BYTES = 1 << 25


def map_of(array: Any) -> np.memmap | None:
    """Return the memory map that an array is, or is a view of; `None` if its numbers are in memory."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and array.filename and isinstance(array.base, mmap.mmap):
            return array
        array = array.base
    return None


def pieces(array: np.ndarray) -> Iterator[Any]:
    """Yield indices that cover the rows of an array: one, or several slices where it is a large memory map.

    Behind each of several the pages of the map are let go of: they stay in the system's cache, and are no longer the
    process's. So whoever copies the rows piece by piece has them in memory once.

    Example:
        >>> list(pieces(np.zeros((3, 2))))
        [Ellipsis]
    """
    held = map_of(array) if array.nbytes > _PIECE_BYTES else None
    if held is None:
        yield ...
        return
    rows = max(1, len(array) * _PIECE_BYTES // array.nbytes)
    for start in range(0, len(array), rows):
        yield slice(start, start + rows)
        if held.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):  # whose changes are in these pages alone
            held_by: Any = held.base
            held_by.madvise(mmap.MADV_DONTNEED)
