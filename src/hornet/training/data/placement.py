"""Arrays on the device: their types, and rows that are rounded up so that programs fit data of other lengths."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from hornet.core.dtypes import is_float
from hornet.core.settings import floatx
from hornet.training.data.maps import pieces
from hornet.training.data.sparse import SparseRows


def padded_rows(rows: int) -> int:
    """Return a round number of rows, at most an eighth more, so that data of other lengths fits the same program.

    Example:
        >>> padded_rows(11610), padded_rows(11000), padded_rows(3)
        (12288, 11264, 3)
    """
    grain = 1 << max(0, rows.bit_length() - 4)
    return -(-rows // grain) * grain


def to_device(array: np.ndarray | SparseRows, capacity: int | None = None, dtype: Any = None) -> Any:
    """Return a program's array of a host's, copied exactly once.

    Args:
        array: The host's array, or rows of a sparse matrix.
        capacity: Rows of the result; `padded_rows` of the array's by default. The unused ones are zeros.
        dtype: The type; `program_dtype` of the array's by default.
    """
    shape = (padded_rows(len(array)) if capacity is None else capacity, *array.shape[1:])
    buffer = allocate_aligned(shape, dtype or program_dtype(array.dtype))
    if isinstance(array, SparseRows):
        array.copy_into(buffer[: len(array)])
    else:
        for rows in pieces(array):
            buffer[: len(array)][rows] = array[rows]
    buffer[len(array) :] = 0
    return jax.device_put(buffer, may_alias=True)


def program_dtype(dtype: Any) -> Any:
    """Return the type that a program sees: `floatx()` for floats and booleans, at most 32 bits for integers."""
    if is_float(dtype) or dtype == np.bool_:
        return floatx()
    return jax.dtypes.canonicalize_dtype(dtype)


def allocate_aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an empty array that XLA can use where it lies: one that starts at a multiple of 64 bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)
