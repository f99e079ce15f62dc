"""Checks of labels on the host, before anything compiles: what is wrong, then what to do."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.dtypes import is_float
from hornet.core.row_names import row_name
from hornet.core.shapes import Shape


def check_elementwise(loss: str, y: np.ndarray, output_shape: Shape) -> None:
    """Raise unless there is one label for each number of the output."""
    _check_numeric(loss, y)
    if _fits(y.shape, output_shape):
        return
    if _is_repeated(y.shape, output_shape):
        warn(
            f"{_mismatch(loss, y, output_shape)} by repeating the narrower of them in each column, as Keras does. "
            f"Give the last layer {y.shape[-1]} units if each column has an output of its own."
        )
        return
    advice = f"Pass `y` of shape {_text(output_shape)}"
    if len(output_shape) == 2 and y.ndim in (1, 2):
        units = 1 if y.ndim == 1 else y.shape[1]
        advice += f", or give the last layer {units} unit{'s' if units > 1 else ''}"
    raise ValueError(f"{_mismatch(loss, y, output_shape)} number by number. {advice}.")


def check_repeated(loss: str, y: np.ndarray, output_shape: Shape, count: int, what: str) -> None:
    """Raise unless there is one label for each row of `count` numbers of the output, one for each of `what`."""
    _check_numeric(loss, y)
    if output_shape[-1] != count:
        raise ValueError(
            f"`{loss}` takes an output for each of {count} {what}, and the output has shape {_text(output_shape)}. "
            f"Give the last layer {count} units."
        )
    if not _fits(y.shape, output_shape[:-1]):
        raise ValueError(
            f"`{loss}` compares one label with {count} outputs, but `y` has shape {y.shape} where the output has "
            f"{_text(output_shape)}. Pass `y` of shape {_text(output_shape[:-1])}."
        )


def check_class_indices(loss: str, y: np.ndarray, output_shape: Shape, axis: int, ignored: int | None) -> None:
    """Raise unless labels are integers from 0 to the number of classes minus one."""
    _check_numeric(loss, y)
    classes = output_shape[axis]
    _check_several(loss, classes)
    without = tuple(size for position, size in enumerate(output_shape) if position != axis % len(output_shape))
    if y.ndim == len(output_shape) and y.shape[axis] == classes:
        raise ValueError(
            f"`{loss}` takes the index of each row's class, but `y` of shape {y.shape} holds one column a class. "
            "Use the loss 'categorical_crossentropy', or pass `np.asarray(y).argmax(-1)`."
        )
    if y.ndim == len(output_shape) and is_one_hot(y):
        raise ValueError(
            f"`{loss}` takes the index of each row's class, but `y` of shape {y.shape} holds one column a class, as "
            f"`get_dummies` makes them. Pass `np.asarray(y).argmax(-1)`, and give the last layer {y.shape[-1]} units."
        )
    if not _fits(y.shape, without):
        raise ValueError(
            f"`{loss}` takes one class index a row, but `y` has shape {y.shape} where the output has "
            f"{_text(output_shape)}. Pass `y` of shape {_text(without)}."
        )
    if classes is not None:
        index = _first_outside(y, classes, ignored)
        if index is not None:
            raise ValueError(_wrong_index(loss, y[index], index[0], classes))


def check_one_hot(loss: str, y: np.ndarray, output_shape: Shape, axis: int = -1) -> None:
    """Raise unless there is one column of labels for each class."""
    _check_numeric(loss, y)
    classes = output_shape[axis]
    _check_several(loss, classes)
    if _fits(y.shape, output_shape):
        return
    problem = f"{_mismatch(loss, y, output_shape)} class by class."
    if y.ndim < len(output_shape) or y.shape[-1] == 1:
        raise ValueError(
            f"{problem} `y` looks like class indices: use the loss 'sparse_categorical_crossentropy', "
            f"or pass `to_categorical(y, {classes})`."
        )
    raise ValueError(f"{problem} Give the last layer one unit a class: {y.shape[-1]}.")


def check_probabilities(loss: str, y: np.ndarray, output_shape: Shape) -> None:
    """Raise unless labels have the output's shape and lie between 0 and 1."""
    _check_numeric(loss, y)
    if not _fits(y.shape, output_shape):
        problem = f"{_mismatch(loss, y, output_shape)} number by number."
        if len(output_shape) == 2 and (y.ndim == 1 or y.shape[1:] == (1,)):
            raise ValueError(
                f"{problem} Give the last layer 1 unit for two classes, or use the loss "
                "'sparse_categorical_crossentropy' for more."
            )
        raise ValueError(f"{problem} Pass `y` of shape {_text(output_shape)}.")
    if y.dtype == bool or y.size == 0:
        return
    low, high = y.min(), y.max()
    if low >= 0 and high <= 1:
        return
    missing = _replace_nan(low)
    if missing:
        raise ValueError(f"`{loss}` takes labels from 0 to 1, but `y` holds nan. {missing}")
    # Without the values, so that noisy labels of one batch after another are told of once.
    warn(
        f"`{loss}` takes labels from 0 to 1, but `y` holds others. Training goes on, as noisy labels are wanted "
        "sometimes; number two classes 0 and 1, and use 'sparse_categorical_crossentropy' for more."
    )


def check_signs(loss: str, y: np.ndarray, output_shape: Shape) -> None:
    """Raise unless labels have the output's shape and are all -1 or 1, or all 0 or 1."""
    check_elementwise(loss, y, output_shape)
    if y.dtype == bool:
        return
    ones = y == 1
    for negative in (-1, 0):
        if np.all(ones | (y == negative)):
            return
    wrong = y[~ones & (y != -1) & (y != 0)]
    values = str(wrong.flat[0]) if wrong.size else "both -1 and 0"
    raise ValueError(f"`{loss}` takes labels -1 and 1, or 0 and 1, but `y` holds {values}. Number the two classes so.")


def check_groups(loss: str, y: np.ndarray) -> None:
    """Raise unless labels are one integer a row, which says what rows belong together."""
    _check_numeric(loss, y)
    if y.shape[1:] not in ((), (1,)):
        raise ValueError(f"`{loss}` takes the class of each row, but `y` has shape {y.shape}. Pass `y` of shape (N,).")
    if y.dtype.kind not in "biu":
        wrong = y[~(y == np.floor(y))]  # written so that NaN is wrong
        if wrong.size:
            advice = _replace_nan(wrong.flat[0]) or "Number the classes."
            raise ValueError(f"`{loss}` takes the class of each row, but `y` holds {wrong.flat[0]}. {advice}")


def is_one_hot(y: np.ndarray) -> bool:
    """Return whether each row of several columns has a single 1, and zeros."""
    several = y.ndim > 1 and y.shape[-1] > 1
    return several and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=-1) == 1).all())


# --- shapes and values ----------------------------------------------------------------------------------


def _fits(y_shape: Shape, output_shape: Shape) -> bool:
    """Return whether shapes agree behind the batch axis, but for a last axis of size 1 that one has too many."""
    labels, outputs = list(y_shape[1:]), list(output_shape[1:])
    longer = labels if len(y_shape) > len(output_shape) else outputs
    if abs(len(y_shape) - len(output_shape)) == 1 and longer[-1] == 1:
        longer.pop()
    return len(labels) == len(outputs) and all(
        output in (None, label) for label, output in zip(labels, outputs, strict=True)
    )


def _is_repeated(y_shape: Shape, output_shape: Shape) -> bool:
    """Return whether shapes agree but for a last axis of size 1, which stands for each column of the other."""
    return (
        len(y_shape) == len(output_shape) > 1
        and 1 in (y_shape[-1], output_shape[-1])
        and _fits((*y_shape[:-1], 1), (*output_shape[:-1], 1))
    )


def _check_numeric(loss: str, y: np.ndarray) -> None:
    if y.size and y.dtype.kind not in "biu" and not is_float(y.dtype):
        raise ValueError(
            f"`{loss}` takes numbers, but `y` holds {y.dtype.name} values such as {y.ravel()[:1].tolist()[0]!r}. "
            "Give each class or target a number."
        )


def _check_several(loss: str, classes: int | None) -> None:
    if classes == 1:
        raise ValueError(
            f"`{loss}` compares classes, but the last layer has 1 unit. Give it one unit a class, "
            "or use the loss 'binary_crossentropy' for two classes."
        )


def _first_outside(y: np.ndarray, classes: int, ignored: int | None) -> tuple[int, ...] | None:
    """Return where the first label is that is not a class index, or `None`."""
    if y.dtype == bool or y.size == 0:
        return None
    outside = ~((y >= 0) & (y < classes))  # written so that NaN is outside
    if y.dtype.kind not in "iu":
        outside |= y != np.floor(y)
    if ignored is not None:
        outside &= y != ignored
    return tuple(map(int, np.argwhere(outside)[0])) if outside.any() else None


def _wrong_index(loss: str, wrong: Any, row: int, classes: int) -> str:
    problem = (
        f"`{loss}` takes class indices from 0 to {classes - 1} for {classes} outputs, but `y` holds {wrong} in row "
        f"{row_name(row)}."
    )
    if wrong >= classes:
        return f"{problem} Give the last layer one unit a class, or number the classes from 0."
    if wrong < 0:
        return f"{problem} Number the classes from 0, or name the label to skip in `ignore_class`."
    return f"{problem} {_replace_nan(wrong) or 'Number the classes, or use a loss of numbers such as mse.'}"


def _replace_nan(value: Any) -> str:
    return "Fill in the missing labels, or drop their rows." if np.isnan(value) else ""


def _mismatch(loss: str, y: np.ndarray, output_shape: Shape) -> str:
    return f"`{loss}` compares `y` of shape {y.shape} with the output of shape {_text(output_shape)}"


def _text(shape: Shape) -> str:
    """Return a shape as text, its unknown batch axis as `N`."""
    sizes = ["N" if position == 0 else str(size) for position, size in enumerate(shape)]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
