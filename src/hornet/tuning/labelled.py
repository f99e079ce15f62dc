"""Rows with labels, as users hand them over, and whether labels name classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.multiclass import type_of_target

from hornet.core.checks import describe, one_of
from hornet.core.containers import column_names, is_sparse
from hornet.core.errors import ArgumentError
from hornet.core.frames import refuse_lazy
from hornet.core.imports import optional_module
from hornet.estimators.tables import is_table
from hornet.tuning.complete_labels import complete_labels

_MOST_CODES = 20
"""Whole numbers with gaps between them, or not from 0 on, name classes only if there are no more of them."""


def rows_and_labels(rows: Any, y: Any, target: Any) -> tuple[Any, np.ndarray]:
    """Return features and labels, of which the labels may be a column of the features.

    Args:
        rows: A frame, a dict of columns, an array or lists.
        y: The labels; `None` where `target` is given.
        target: The name of the column that holds them; `None` where `y` is given.

    Raises:
        TypeError: If there are no labels, or `target` is a column of something without columns.
        ValueError: If labels are given twice, there is no such column, or labels are missing.

    Example:
        >>> rows, labels = rows_and_labels({"area": [51.0, 74.5], "price": [210, 340]}, None, "price")
        >>> list(rows), labels.tolist()
        (['area'], [210, 340])
    """
    refuse_lazy("x", rows)
    if (isinstance(rows, np.ndarray) and rows.dtype.names) or (isinstance(rows, Mapping) and not is_sparse(rows)):
        rows = optional_module("pandas", "tune").DataFrame(rows)
    if target is None and y is None:
        raise ArgumentError(
            "There are no labels. Pass them as `y`, or name the column of a frame that holds them: `target='price'`."
        )
    if target is None:
        return rows, complete_labels("y", y)
    if y is not None:
        raise ValueError("Labels are given twice, as `y` and by `target`. Pass one of them.")
    if not is_table(rows):
        raise ArgumentError(
            f"`target` names a column, and {describe(rows)} has no columns with names. Pass the labels as `y`."
        )
    import narwhals  # slow to import

    table: Any = rows
    frame = narwhals.from_native(table, eager_only=True)
    one_of("target", target, column_names(rows) or ())
    return frame.drop(target).to_native(), complete_labels(f"The column {target!r}", frame[target].to_native())


def name_classes(labels: np.ndarray) -> bool:
    """Return whether labels name classes: whether they are words, say, or few whole numbers for so many rows.

    Args:
        labels: Labels of a single axis, or columns, which name classes only if they are 0 and 1.

    Example:
        >>> name_classes(np.array(["cat", "dog"] * 5)), name_classes(np.arange(10.0) / 3)
        (True, False)
    """
    if labels.ndim > 1 and labels.shape[1] > 1:
        return type_of_target(labels) == "multilabel-indicator"
    if labels.dtype.kind not in "iuf":
        return True
    values = np.unique(labels)
    if (values % 1 != 0).any() or len(values) > max(2, math.isqrt(labels.size)):
        return False
    return len(values) <= _MOST_CODES or bool((values == np.arange(len(values))).all())
