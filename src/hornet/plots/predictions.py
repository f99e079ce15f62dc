"""What the pictures of results take, in any container and as a column of a matrix too: classes, numbers and scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.core.containers import to_numbers


def column(values: Any) -> np.ndarray:
    """Return an array; of a matrix of one column this column, as models with one output predict it."""
    array = np.asarray(values)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def numbers_of(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays of as many numbers.

    Raises:
        ValueError: If one holds words, or they have different shapes or no rows.
    """
    true, predicted = column(to_numbers("y_true", y_true)), column(to_numbers("y_pred", y_pred))
    _require_as_many_rows(true, "y_pred", predicted)
    if true.shape != predicted.shape:
        raise ValueError(
            f"`y_true` has the shape {true.shape} and `y_pred` {predicted.shape}. Pass one column of each, such as "
            "`y_pred[:, 0]`."
        )
    return np.ravel(true), np.ravel(predicted)


def classes_of(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays with a class for each row.

    Raises:
        ValueError: If they hold columns, probabilities, or classes of different kinds, or have different lengths.
    """
    true, predicted = _a_class_each("y_true", y_true), _a_class_each("y_pred", y_pred)
    _require_as_many_rows(true, "y_pred", predicted)
    first, other = true[:1].tolist()[0], predicted[:1].tolist()[0]
    if isinstance(first, str) != isinstance(other, str):
        raise ValueError(
            f"`y_true` holds {first!r} and `y_pred` {other!r}. Pass both as names, or both as numbers; of an array of "
            "`names` in order, `names[places]` are those of places."
        )
    return true, predicted


def each_class(
    y_true: Any, argument: str, y_score: Any, labels: Any, pos_label: Any
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return of each class that not all rows or none are of its name, which rows are of it, and their scores.

    Args:
        y_true: The class of each row, or columns of 0 and 1.
        argument: What the scores are called, for errors.
        y_score: A column for each class; of two classes that of the positive one is enough.
        labels: The classes in the order of the columns; by default those that occur, sorted.
        pos_label: The only class to return; by default all, and of two the second.

    Raises:
        ValueError: If rows, columns and classes are not as many, or a class is not known.
    """
    true, score = column(y_true), column(to_numbers(argument, y_score))
    _require_as_many_rows(true, argument, score)
    if true.ndim > 1:
        if pos_label is not None:
            raise ValueError("`pos_label` is one of two classes, and `y_true` has columns. Pass one column of both.")
        names = [""] * true.shape[1] if labels is None else list(labels)
        _require_a_column_each(names, argument, score)
        return _frequent([(name, true[:, at] > 0, score[:, at]) for at, name in enumerate(names)])
    names = _names(true, labels)
    if pos_label is not None and pos_label not in names:
        raise ValueError(f"`pos_label` is {pos_label!r}, which is none of {_listed(names)}. Pass one of these.")
    if score.ndim > 1:
        _require_a_column_each(names, argument, score)
    elif len(names) != 2:
        raise ValueError(
            f"`{argument}` has one probability a row, and there are the {len(names)} classes {_listed(names)}. Pass a "
            "column for each class, and the classes of the columns as `labels`."
        )
    if len(names) > 2 and pos_label is None:
        return _frequent([(name, true == name, score[:, at]) for at, name in enumerate(names)])
    positive = names[-1] if pos_label is None else pos_label
    name = "" if labels is None and pos_label is None else str(positive)
    return [(name, true == positive, score if score.ndim == 1 else score[:, names.index(positive)])]


MOST_CURVES = 10
"""Classes of which a picture has curves: the most frequent ones."""


def _frequent(columns: list[tuple[Any, np.ndarray, np.ndarray]]) -> list[tuple[str, np.ndarray, np.ndarray]]:
    columns = [one for one in columns if 0 < one[1].sum() < len(one[1])]
    kept = sorted(range(len(columns)), key=lambda place: -columns[place][1].sum())[:MOST_CURVES]
    return [(str(name), of_it, scores) for name, of_it, scores in (columns[place] for place in sorted(kept))]


def _names(true: np.ndarray, labels: Any) -> list[Any]:
    """Return the classes in the order of the columns."""
    there = np.unique(true).tolist()
    if labels is None:
        few: list[list[Any]] = [[0, 1], [-1, 1]]  # of which all rows may be of one
        return next((pair for pair in few if set(there) <= set(pair)), there)
    names = np.asarray(labels).tolist()
    unknown = [name for name in there if name not in names]
    if unknown:
        raise ValueError(
            f"`y_true` has {unknown[0]!r}, which is none of `labels`, {_listed(names)}. Pass the classes as `y_true` "
            "has them, in the order of the columns."
        )
    return names


def _a_class_each(argument: str, values: Any) -> np.ndarray:
    array = column(values)
    if array.ndim != 1:
        is_of_labels = array.dtype.kind in "buif" and set(np.unique(array).tolist()) <= {0, 1}
        advice = f"Of probabilities or one-hot columns pass the classes, `{argument}.argmax(axis=-1)`."
        if is_of_labels and array.ndim == 2 and not (array.sum(axis=1) == 1).all():
            advice = f"Of several labels a row draw one for each column, such as `{argument}[:, 0]`."
        raise ValueError(
            f"`{argument}` has the shape {array.shape}, and a confusion matrix is of one class a row. {advice}"
        )
    between = array[array != np.round(array)] if array.dtype.kind == "f" else array[:0]
    if len(between):
        raise ValueError(
            f"`{argument}` holds {between[0]:.4g}, which is no class. Of probabilities pass `{argument} > 0.5`."
        )
    return array


def _require_as_many_rows(true: np.ndarray, argument: str, other: np.ndarray) -> None:
    counts = [len(array) if array.ndim else 0 for array in (true, other)]
    if counts[0] != counts[1] or not counts[0]:
        raise ValueError(
            f"`y_true` has {counts[0]} rows and `{argument}` {counts[1]}. Pass one of each for every row, and at least "
            "one row."
        )


def _require_a_column_each(names: list[Any], argument: str, score: np.ndarray) -> None:
    width = score.shape[1] if score.ndim == 2 else 1
    if score.ndim > 2 or width != len(names):
        known = f", {_listed(names)}" if any(name != "" for name in names) else ""
        raise ValueError(
            f"`{argument}` has the shape {score.shape}, and there are {len(names)} classes{known}. Pass a column for "
            "each, and the classes of the columns as `labels`."
        )


def _listed(names: list[Any]) -> str:
    return ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
