"""The labels that an estimator gets, checked before anything is made of them, and the weights of their classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import compute_sample_weight

from hornet.core.checks import describe, number
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.frames import refuse_lazy


def labels_as_given(y: Any) -> Any:
    """Return labels of which none is missing, in their own type where the container has another.

    Raises:
        TypeError: If they are not there yet.
        ValueError: If one is missing, which names its row; if they are lists of different lengths.

    Example:
        >>> import pandas as pd
        >>> labels_as_given(pd.Series([True, False], dtype="boolean"))
        array([ True, False])
    """
    refuse_lazy("y", y)
    if issparse(y):
        return y.toarray()
    try:
        labels = np.asarray(y)
    except ValueError:
        raise ArgumentError(
            "`y` has lists of different lengths. Pass one label a row; of sets of labels a column of 0 and 1 for each, "
            "as scikit-learn's `MultiLabelBinarizer` makes them."
        ) from None
    if not labels.ndim and y is not None:
        raise ArgumentError(
            f"`y` must be a label for each row, not {describe(y)}. Pass a column, such as `frame['price']`, and as `X` "
            "the frame without it."
        )
    places = _missing(labels)
    if len(places):
        word, row = _word_of(labels[tuple(places[0])]), int(places[0][0])
        raise ValueError(f"`y` has {word} (first in row {row}). Drop such rows, or fill in their labels.")
    dtype = getattr(y, "dtype", None)
    is_own = dtype is not None and not isinstance(dtype, np.dtype)  # which scikit-learn would turn into fractions
    return labels if is_own and labels.dtype != object else y


def numbers_of(y: np.ndarray) -> np.ndarray:
    """Return labels of a regression as numbers.

    Raises:
        TypeError: If they are text that is no number, or dates.

    Example:
        >>> numbers_of(np.array(["1.5", "2"])), numbers_of(np.array([True, False]))
        (array([1.5, 2. ]), array([1., 0.]))
    """
    if np.issubdtype(y.dtype, np.number):
        return y
    if y.dtype.kind in "mM":
        raise ArgumentError(
            "`y` holds dates or durations, and a regressor predicts numbers. Pass a number of days, say: of durations "
            "`y.dt.total_seconds() / 86400`, of dates that of `y - y.min()`."
        )
    try:
        return y.astype(np.float64)
    except (TypeError, ValueError):
        word = next(each for each in y.ravel().tolist() if not _is_number(each))
        raise ArgumentError(
            f"`y` holds {word!r}, and a regressor predicts numbers. Use a classifier for classes, or convert the "
            "labels to numbers."
        ) from None


def weights_of_classes(class_weight: Any, y: np.ndarray) -> np.ndarray:
    """Return the weight of each row by its class.

    Args:
        class_weight: Weights by class, which are 1 for those that it has not; `"balanced"`; or of several columns of
            labels a list of such dicts.
        y: Labels.

    Raises:
        TypeError: If it is nothing of these.
        ValueError: If it has none of the classes, or weights that are not finite numbers of at least 0.

    Example:
        >>> weights_of_classes({"rare": 3}, np.array(["rare", "often", "often"]))
        array([3., 1., 1.])
    """
    is_one = isinstance(class_weight, Mapping) or (isinstance(class_weight, list) and y.ndim > 1)
    if not is_one and str(class_weight) != "balanced":
        raise ArgumentError(
            f"`class_weight` must be a dict of weights by class, or 'balanced', not {describe(class_weight)}. Pass one."
        )
    for weights in class_weight if isinstance(class_weight, list) else [class_weight]:
        for name, weight in weights.items() if isinstance(weights, Mapping) else ():
            number(f"class_weight[{name!r}]", weight, at_least=0.0)
    if isinstance(class_weight, Mapping) and y.ndim == 1:
        classes = np.unique(y).tolist()
        unknown = next((name for name in class_weight if name not in classes), None)
        if unknown is not None and not set(classes) <= set(class_weight):
            raise ValueError(f"`class_weight` has {unknown!r}, which is no class of `y`: {classes}. Use their names.")
    return compute_sample_weight(class_weight, y)


def _missing(labels: np.ndarray) -> np.ndarray:
    """Return the indices of labels that are missing."""
    if is_float(labels.dtype):
        return np.argwhere(np.isnan(labels))
    if labels.dtype.kind in "mM":
        return np.argwhere(np.isnat(labels))
    if labels.dtype != object or not labels.ndim:
        return np.empty((0, labels.ndim), int)
    missing = [each is None or type(each).__name__ == "NAType" or each != each for each in labels.ravel().tolist()]
    return np.argwhere(np.reshape(missing, labels.shape))


def _word_of(label: Any) -> str:
    return "None" if label is None else "NaN" if isinstance(label, float | np.floating) else str(label)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
