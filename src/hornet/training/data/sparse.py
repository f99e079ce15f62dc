"""Sparse matrices as rows."""

from __future__ import annotations

from typing import Any

import numpy as np

_ROWS_AT_ONCE = 4096


class SparseRows:
    """The rows of a sparse matrix, with as much of an array's interface as rows on the host need.

    They are made dense where they are copied to the device, some at a time.

    Args:
        matrix: A matrix or array of SciPy's with two axes.

    Example:
        >>> from scipy.sparse import eye_array
        >>> rows = SparseRows(eye_array(3))
        >>> buffer = np.empty((2, 3), "float32")
        >>> rows[1:].copy_into(buffer)
        >>> buffer.tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    ndim = 2

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix.tocsr()
        self.shape: tuple[int, int] = self.matrix.shape
        self.dtype: np.dtype[Any] = self.matrix.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> SparseRows:
        return SparseRows(self.matrix[rows])

    @property
    def nbytes(self) -> int:
        """The bytes that the elements take which are not zero."""
        return self.matrix.data.nbytes + self.matrix.indices.nbytes

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.matrix.toarray(), dtype)

    def copy_into(self, buffer: np.ndarray) -> None:
        """Write the rows, zeros included, into an array of their shape."""
        for start in range(0, len(self), _ROWS_AT_ONCE):
            stop = start + _ROWS_AT_ONCE
            buffer[start:stop] = self.matrix[start:stop].toarray()
