"""The base of the layers that prepare data, which have nothing to train and learn from data by `adapt`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from hornet.core.checks import describe
from hornet.core.containers import column_names, to_numbers, without_keys
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library, refuse_lazy
from hornet.core.row_names import part_of_data, row_name
from hornet.layers.layer import Layer

SLICE_BYTES = 1 << 25
"""Of arrays that are larger, rows are taken in slices of about as many bytes, since they may lie in a file."""


class Preprocessing(Layer):
    """Base of the layers that have nothing to train."""

    autocast = False  # a short floating-point type does not hold every number that there may be

    def _check_is_tensor(self, inputs: Any) -> None:
        """Take a single number, and a string where these are tokens."""

    def get_config(self) -> dict[str, Any]:
        omitted = {"activity_regularizer": None, "trainable": True}  # which some of Keras's layers do not take
        config = super().get_config()
        return {name: value for name, value in config.items() if name not in omitted or value != omitted[name]}


def array_of(rows: Any) -> np.ndarray:
    """Return rows as an array.

    Raises:
        ValueError: If they differ in length.
    """
    try:
        return np.asarray(rows)
    except ValueError:
        raise ValueError("There are rows of different lengths. Pass as many elements in each.") from None


def batches_of(
    data: Any, steps: int | None = None, convert: Callable[[Any], np.ndarray] = array_of
) -> Iterator[np.ndarray]:
    """Yield the arrays that data consist of: one, or the batches, or slices of a large one.

    Args:
        data: Array, frame or list of rows; or an iterable of batches, of which a tuple's first element is taken. A
            batch with a single axis is one row.
        steps: Number of batches to take of an iterable; `None` for all.
        convert: Makes an array of data, or of a batch.

    Raises:
        TypeError: If it is a dict, or nothing that has rows.
        ValueError: If there are no rows, which shows at the end.

    Example:
        >>> [batch.shape for batch in batches_of(np.ones((size, 2)) for size in (3, 1))]
        [(3, 2), (1, 2)]
    """
    refuse_lazy("data", data)
    data = without_keys(data)
    if isinstance(data, Mapping) and data:
        raise ArgumentError(
            f"`adapt` takes the rows of one input, not a dict of {', '.join(map(repr, list(data)[:5]))}. Pass one of "
            f"them (`data[{next(iter(data))!r}]`), or all as columns of one (`pd.DataFrame(data)`)."
        )
    if isinstance(data, Mapping | str) or not (hasattr(data, "shape") or isinstance(data, Iterable)):
        raise ArgumentError(
            f"`adapt` takes rows or batches of one input, not {describe(data)}. Pass an array or a list."
        )
    if _is_of_batches(data):
        batches = (np.atleast_2d(convert(_inputs(batch))) for batch in islice(data, steps))
    else:
        batches = map(np.atleast_1d, _slices(data, convert))
    size = 0
    for batch in batches:
        size += batch.size
        yield batch
    if not size:
        raise ValueError("`adapt` got no rows. Pass at least one.")


def _slices(rows: Any, convert: Callable[[Any], np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the array that rows are, or several where it is large."""
    size = getattr(rows, "nbytes", 0)
    if not isinstance(size, int) or size <= SLICE_BYTES or is_of_frame_library(rows) or not rows.shape:
        yield convert(rows)
        return
    length = max(1, len(rows) * SLICE_BYTES // size)
    for start in range(0, len(rows), length):
        with part_of_data(start):
            part = convert(rows[start : start + length])
        yield part


def numbers_of(data: Any, steps: int | None = None) -> Iterator[np.ndarray]:
    """Yield the arrays that data consist of, in float64.

    Args:
        data: See `batches_of`.
        steps: See `batches_of`.

    Raises:
        TypeError: If they are not numbers.
        ValueError: If a number is NaN or infinite, or there are no rows.

    Example:
        >>> next(numbers_of([[1, 2], [3, 4]])).mean(0)
        array([2., 3.])
    """
    return batches_of(data, steps, _finite)


def _finite(rows: Any) -> np.ndarray:
    numbers = to_numbers("data", rows).astype("float64")
    if numbers.ndim == 0:
        raise ArgumentError(f"`adapt` got {rows!r} where it takes rows, or batches of them. Pass an array or a list.")
    if not np.isfinite(numbers).all():
        row, *rest = index = tuple(map(int, np.argwhere(~np.isfinite(numbers))[0]))
        names = column_names(rows)
        if names and len(rest) == 1:
            where = f"in column {names[rest[0]]!r} (first in row {row_name(row)})"
            raise ValueError(f"`adapt` got {numbers[index]} {where}. Fill in or drop such rows.")
        place = ", ".join(map(str, [row_name(row), *rest]))
        raise ValueError(f"`adapt` got {numbers[index]} at ({place}). Fill in or drop such rows.")
    return numbers


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) and batch else batch


def _is_of_batches(data: Any) -> bool:
    if hasattr(data, "shape") or is_of_frame_library(data):
        return False
    if isinstance(data, list | tuple):
        return any(getattr(_inputs(batch), "ndim", 0) > 1 for batch in data)
    return True
