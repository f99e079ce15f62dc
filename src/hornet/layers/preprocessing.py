"""What the layers share that prepare data: no weights to train, and `adapt`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from hornet.layers.layer import Layer


class Preprocessing(Layer):
    """Base of the layers that have nothing to train."""

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for argument in ("activity_regularizer", "trainable"):  # which Keras's layers do not take
            config.pop(argument)
        return config


def rows_of(data: Any, steps: int | None = None) -> np.ndarray:
    """Return data as one array.

    Args:
        data: Array, frame or list of rows; or an iterable of batches, of which a tuple's first element is taken.
        steps: Number of batches to take of an iterable; `None` for all.

    Raises:
        ValueError: If there are no rows, or numbers among them are NaN.

    Example:
        >>> rows_of(np.ones((2, 3)) for _ in range(4)).shape
        (8, 3)
    """
    if _is_of_batches(data):
        batches = [np.asarray(batch[0] if isinstance(batch, tuple) else batch) for batch in islice(data, steps)]
        array = np.concatenate([np.atleast_1d(batch) for batch in batches]) if batches else np.empty(0)
    else:
        array = np.asarray(data)
    if not array.size:
        raise ValueError("`adapt` got no rows. Pass at least one.")
    if array.dtype.kind == "f" and np.isnan(array).any():
        place = tuple(int(one) for one in np.argwhere(np.isnan(array))[0])
        raise ValueError(f"`adapt` got NaN at {place}. Fill in or drop such rows.")
    return array


def _is_of_batches(data: Any) -> bool:
    if hasattr(data, "shape"):
        return False
    if isinstance(data, list | tuple):
        return any(getattr(batch, "ndim", 0) > 1 for batch in data)
    return isinstance(data, Iterable)
