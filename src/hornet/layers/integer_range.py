"""The check of layers that know the integers from 0 to a number."""

from __future__ import annotations

import numpy as np

from hornet.core.dtypes import is_float
from hornet.core.row_names import row_name


def check_range(layer: str, integers: np.ndarray, stop: int, argument: str, source: str = "") -> None:
    """Raise `ValueError` for the first number that is not an integer from 0 to `stop - 1`.

    Args:
        layer: The layer's name.
        integers: The integers, of any type.
        stop: The number of integers.
        argument: The layer's argument that says it.
        source: The name of the data that they come from, where these are rows.
    """
    is_whole = not is_float(integers.dtype) or bool((integers == np.floor(integers)).all())
    if not integers.size or (is_whole and integers.min() > -1 and integers.max() < stop):  # all false for NaN
        return
    index = np.argwhere(~((integers > -1) & (integers < stop) & (integers == np.floor(integers))))[0]
    where = f" in row {row_name(index[0])} of `{source}`" if source else ""
    raise ValueError(
        f"Layer {layer!r} got {integers[tuple(index)]}{where}, but knows the integers from 0 to {stop - 1}. "
        f"Pass such integers, or a larger `{argument}`."
    )
