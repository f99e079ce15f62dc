"""Weights of classes, which become weights of rows."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from hornet.core.checks import describe, number, say_difference, warn
from hornet.core.errors import ArgumentError
from hornet.losses.labels import is_one_hot


def weights_of_classes(labels: np.ndarray | None, class_weight: Any, yes_or_no: bool) -> np.ndarray | None:
    """Return the weight of each row: that of its class, 1 for a class that has none.

    Args:
        labels: Class numbers, or a column for each class; numbers between classes count as the nearest, as in Keras.
        class_weight: A weight for each class, by its number; or `None`.
        yes_or_no: Whether each label of a row is judged by itself, so that the weight of a class is that of its column.

    Raises:
        TypeError: If it is no dict, or a key no number of a class.
        ValueError: If a weight is below 0, or there are no labels.
    """
    if class_weight is None:
        return None
    by_class = _by_class(class_weight)
    if labels is None:
        raise ValueError("`class_weight` needs labels. Pass `y`.")
    if yes_or_no and labels.ndim > 1 and labels.shape[-1] > 1 and not is_one_hot(labels):
        classes = np.broadcast_to(np.arange(labels.shape[-1]), labels.shape)
    elif labels.ndim > 1 and labels.shape[-1] > 1:
        classes = labels.argmax(axis=-1)
    else:
        classes = np.rint(labels.reshape(len(labels)))
    weights = np.ones(classes.shape, np.float32)
    for label, weight in by_class.items():
        weights[classes == label] = weight
    return weights


def warn_of_classes(labels: np.ndarray, class_weight: Any, columns: int, yes_or_no: bool) -> None:
    """Warn of weights for classes that an output does not have, and of labels that are no classes; say what they weigh.

    Args:
        labels: The labels.
        class_weight: A weight for each class, by its number; or `None`.
        columns: The number of columns of the output.
        yes_or_no: Whether the loss of the output judges each label by itself.
    """
    if class_weight is None:
        return
    stop = columns if columns > 1 else 2 if yes_or_no else None
    unknown = [label for label in _by_class(class_weight) if stop is not None and not 0 <= label < stop]
    if stop is not None and unknown:
        warn(
            f"`class_weight` has a weight for class {unknown[0]}, but the classes of the output are 0 to {stop - 1}. "
            "Leave it out, or number the classes from 0."
        )
    if labels.ndim > 1 and labels.shape[-1] > 1:
        if yes_or_no and not is_one_hot(labels):
            say_difference(
                "`class_weight` weighs each label of a row by its column (Keras: the row by its first largest label)"
            )
        return
    between = np.flatnonzero(labels != np.rint(labels))
    if between.size:
        warn(
            f"`class_weight` is for class numbers, and `y` holds {labels.ravel()[between[0]]} in row {between[0]}, "
            "which counts as the nearest. For a regression pass `sample_weight` instead."
        )


def _by_class(class_weight: Any) -> dict[int, float]:
    """Return the weight of each class by its number; a class may be a whole number of any type."""
    if not isinstance(class_weight, Mapping):
        raise ArgumentError(
            f"`class_weight` must be a dict from class numbers to weights, not {describe(class_weight)}. "
            "Pass one such as {0: 1.0, 1: 5.0}."
        )
    found: dict[int, float] = {}
    for label, weight in class_weight.items():
        is_number = isinstance(label, numbers.Real | np.bool_)
        if not is_number or float(label) % 1:  # pyright: ignore[reportArgumentType]
            raise ArgumentError(
                f"`class_weight` has the key {label!r}, which is not the index of a class. Pass one such as 0."
            )
        found[int(float(label))] = number(f"class_weight[{label!r}]", weight, at_least=0.0)
    return found
