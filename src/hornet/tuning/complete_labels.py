"""Labels as arrays, none of them missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.core.containers import is_sparse
from hornet.core.errors import ArgumentError


def complete_labels(said: str, y: Any) -> np.ndarray:
    """Return labels as an array.

    Args:
        said: What an error calls them.
        y: The labels; a single column becomes an axis less.

    Raises:
        ValueError: If one is missing.
    """
    labels = np.asarray(y.toarray() if is_sparse(y) else y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind in "mM":
        raise ArgumentError(f"{said} holds dates, which no network predicts. Pass a number, such as the days to come.")
    if labels.dtype.kind in "fO":
        missing = [label is None or label != label or type(label).__name__ == "NAType" for label in labels.ravel()]
        if any(missing):
            row = missing.index(True) // max(1, labels[:1].size)
            raise ValueError(
                f"{said} lacks {sum(missing)} of {len(labels)} labels, the first in row {row}. Drop such rows, or fill "
                "in their labels."
            )
    return _without_objects(labels)


def _without_objects(labels: np.ndarray) -> np.ndarray:
    """Return numbers that are held as objects as numbers, all else as it is."""
    if labels.dtype != object or any(isinstance(label, str | bytes) for label in labels.ravel()):
        return labels
    found = np.array(labels.tolist())
    return found if found.dtype.kind in "biuf" and found.shape == labels.shape else labels
