"""Which rows the candidates of a study are trained on, and which they are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv, train_test_split
from sklearn.utils.multiclass import type_of_target

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.data.blocks import Blocks
from hornet.estimators.sklearn_internals import rows_at
from hornet.training.data.arrivals import arrivals_of

_HELD_OUT = 0.2
"""The part of the rows that is held out where nobody says what to measure on."""


@dataclass(frozen=True)
class Fold:
    """Rows to train on, and rows to measure on.

    Args:
        train: `(x, y, sample_weight)`.
        held_out: `(x, y)` or `(x, y, sample_weight)`; `None` for none.
    """

    train: tuple[Any, Any, Any]
    held_out: tuple[Any, ...] | None


def folds_of(
    x: Any,
    y: Any,
    sample_weight: Any = None,
    cv: Any = None,
    validation_data: Any = None,
    validation_split: float | None = None,
    seed: int = 0,
) -> list[Fold]:
    """Return the folds that a user describes; where nothing is said, a fifth of the rows is held out.

    Args:
        x: Rows: anything that `fit` takes in memory.
        y: Labels.
        sample_weight: Weight of each row.
        cv: A number of folds, a splitter of scikit-learn's, or pairs of indices.
        validation_data: Rows to measure on.
        validation_split: The part of the rows, the last ones, to measure on, as in `fit`.
        seed: What decides which rows are held out where nothing is said.

    Raises:
        TypeError: If rows arrive as batches.
        ValueError: If more than one is said.
    """
    _refuse_batches("x", x)
    _refuse_batches("validation_data", validation_data)
    given = [cv is not None, validation_data is not None, bool(validation_split)]
    if sum(given) > 1:
        raise ArgumentError("Pass one of `cv`, `validation_data` and `validation_split`, not several.")
    if y is not None and _count(x) != _count(y):
        raise ValueError(f"`x` has {_count(x)} rows, and `y` {_count(y)} labels. Pass a label for each row.")
    if not _count(x):
        raise ValueError("`x` has no rows. Pass some.")
    if validation_data is not None:
        return [Fold((x, y, sample_weight), tuple(validation_data))]
    rows = _count(x)
    if cv is not None:
        labels: Any = None if y is None or isinstance(y, Mapping) or _is_several(y) else np.asarray(y)
        splitter: Any = check_cv(cv, labels, classifier=_kind(y) in ("binary", "multiclass"))
        pairs = list(splitter.split(np.zeros(rows), labels))
    elif validation_split:
        first = int(rows * (1 - validation_split))
        pairs = [(np.arange(first), np.arange(first, rows))]
    else:
        classes = np.asarray(y) if _kind(y) in ("binary", "multiclass") else None
        classes = classes if classes is not None and np.unique(classes, return_counts=True)[1].min() > 1 else None
        pairs = [train_test_split(np.arange(rows), test_size=_HELD_OUT, random_state=seed, stratify=classes)]
    data = x, y, sample_weight
    return [Fold(_at(data, np.sort(train)), _at(data, np.sort(test))) for train, test in pairs]


def _refuse_batches(argument: str, given: Any) -> None:
    if isinstance(given, Blocks) or arrivals_of(argument, given) is not None:
        raise ArgumentError(
            f"`{argument}` hands over batches ({describe(given)}), and many models at once train on rows in memory. "
            "Pass arrays or frames."
        )


def _at(data: tuple[Any, Any, Any], rows: np.ndarray) -> tuple[Any, Any, Any]:
    return tuple(_rows(part, rows) for part in data)  # pyright: ignore[reportReturnType]


def _rows(part: Any, rows: np.ndarray) -> Any:
    """Return some rows of arrays or frames, in whatever structure these are."""
    if part is None:
        return None
    if isinstance(part, Mapping):
        return {name: _rows(each, rows) for name, each in part.items()}
    if _is_several(part):
        return type(part)(_rows(each, rows) for each in part)
    return rows_at(part, rows)


def _is_several(part: Any) -> bool:
    """Return whether something is a list of arrays, and not of rows."""
    return isinstance(part, list | tuple) and len(part) > 0 and hasattr(part[0], "shape") and len(part[0].shape) > 0


def _count(part: Any) -> int:
    if isinstance(part, Mapping):
        return _count(next(iter(part.values())))
    if _is_several(part):
        return _count(part[0])
    return int(part.shape[0]) if hasattr(part, "shape") else len(part)


def _kind(y: Any) -> str:
    try:
        return type_of_target(np.asarray(y))
    except (TypeError, ValueError):
        return "unknown"
