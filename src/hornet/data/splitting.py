"""Data in two parts."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from typing import Any

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.data import ordering, stages
from hornet.data.dataset import Dataset
from hornet.data.stages import Pass, Stage


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[Dataset, Dataset]:
    """Part rows into a left and a right dataset, as for training and validation.

    Args:
        dataset: An array, or a tuple, list or dict of arrays of one length; or a dataset of this package, of
            TensorFlow or of PyTorch. Batches of one made by `batch` are parted row by row, and batched again.
        left_size: The part of the rows, from 0 to 1, or their number; by default what `right_size` leaves.
        right_size: The same of the right dataset, which gets the last rows.
        shuffle: Whether rows are shuffled before.
        seed: A seed for that; by default drawn from Python's generator, as in Keras.
        preferred_backend: Accepted as in Keras; the datasets are this package's either way.

    Raises:
        TypeError: If `dataset` is nothing of that, or a size no number.
        ValueError: If a size is out of its range, a part would be empty, or the parts are more than there is.

    Example:
        >>> import numpy as np
        >>> left, right = split_dataset((np.arange(5), np.arange(5) % 2), left_size=0.6)
        >>> len(left), len(right)
        (3, 2)
    """
    stage, size = _rows_of(dataset)
    if left_size is None and right_size is None:
        raise ValueError("Neither `left_size` nor `right_size` is given. Pass one, such as `left_size=0.8`.")
    keys = list(stage.keys(Pass(None, (0,)))) if stage.count() != float("inf") else None
    if keys is None:
        raise ValueError("`dataset` has no end, so it has no parts. Pass `dataset.take(number)`.")
    left, right = _sizes(left_size, right_size, len(keys))
    if shuffle:
        seed = random.randint(0, 10**6) if seed is None else seed
        random.Random(seed).shuffle(keys)  # as Keras draws it
    parts = (Dataset(ordering.Picked(stage, part)) for part in (keys[:left], keys[len(keys) - right :]))
    first, second = parts if size is None else (part.batch(size) for part in parts)
    return first, second


def _rows_of(dataset: Any) -> tuple[Stage, int | None]:
    """Return single rows, and the size of the batches that they were in."""
    if isinstance(dataset, Dataset):
        return dataset._stage.unbatched()
    if isinstance(dataset, list):  # of arrays, as Keras takes it
        dataset = tuple(dataset)
    if _is_of_torch(dataset):
        return stages.Generated(lambda: (dataset[place] for place in range(len(dataset)))), None
    if hasattr(dataset, "as_numpy_iterator"):
        size = getattr(dataset, "_batch_size", None)
        rows = dataset if size is None else dataset.unbatch()
        return stages.Generated(rows.as_numpy_iterator), None if size is None else int(size)
    if isinstance(dataset, tuple | Mapping) or hasattr(dataset, "shape"):
        return Dataset.from_tensor_slices(dataset)._stage, None
    raise ArgumentError(
        f"`dataset` must be an array, a tuple, list or dict of arrays, or a dataset, not {describe(dataset)}."
    )


def _is_of_torch(dataset: Any) -> bool:
    return "torch" in sys.modules and isinstance(dataset, sys.modules["torch"].utils.data.Dataset)


def _sizes(left: Any, right: Any, number: int) -> tuple[int, int]:
    """Return how many of a number of rows each part gets."""
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(f"`left_size` {left} and `right_size` {right} are more than 1 together. Pass smaller ones.")
    sizes = [_size(name, given, number) for name, given in (("left_size", left), ("right_size", right))]
    given = [size for size in sizes if size is not None]
    first, second = (number - given[0] if size is None else size for size in sizes)
    if isinstance(left, float) and isinstance(right, float):
        second = min(second, number - first)  # halves of an odd number may both be rounded up
    if first + second > number:
        raise ValueError(
            f"`left_size` and `right_size` ask for {first} and {second} of {number} rows. Pass smaller ones."
        )
    if not first or not second:
        empty = "left" if not first else "right"
        raise ValueError(f"The {empty} part of {number} rows would be empty. Pass other sizes, or more rows.")
    return first, second


def _size(argument: str, given: Any, number: int) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ArgumentError(
            f"`{argument}` must be a number, not {describe(given)}. Pass a part such as 0.8, or an integer."
        )
    highest = 1 if isinstance(given, float) else number
    if not 0 < given < highest:
        raise ValueError(
            f"`{argument}` must be between 0 and {highest}, not {given}. Pass a part of 1, or a number of rows."
        )
    return round(given * number) if isinstance(given, float) else given
