"""Which rows are trained on, and which are held out to stop, to choose and to score by."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    check_cv,
)

from hornet.core.checks import positive_int
from hornet.core.errors import said_of

Fold = tuple[np.ndarray, np.ndarray]
"""Numbers of the rows to train on, and of those that are held out."""

_HELD_OUT = 0.2


def folds_of(y: np.ndarray, classes: np.ndarray | None, groups: Any, cv: Any, folds: int, seed: int) -> list[Fold]:
    """Return the folds of some rows.

    Args:
        y: The label of each row, for a splitter that looks at them.
        classes: The class of each row, to have equal shares in the folds; `None` where there are no classes.
        groups: The group of each row, of which none is in both parts of a fold; or `None`.
        cv: A splitter of scikit-learn's, such as `TimeSeriesSplit`, or a number of folds; or `None`.
        folds: The number of folds where there is no `cv`; 1 holds a fifth of the rows out once.
        seed: What the folds are drawn from.

    Raises:
        ValueError: If the splitter cannot part the rows.
    """
    rows = len(y)
    if groups is not None and len(set(groups.tolist())) < 2:
        raise ValueError(
            f"`groups` has only one group, {groups.tolist()[0]!r}, and groups are not parted, so that no row could be "
            "held out. Pass rows of at least two, or no `groups`."
        )
    if cv is not None and not isinstance(cv, numbers.Number):
        splitter: Any = check_cv(cv)
    else:
        count = folds if cv is None else positive_int("cv", cv, "Pass a number of folds; 1 holds a fifth out once.")
        splitter = _splitter(min(count, rows), rows, classes, groups, seed)
    with warnings.catch_warnings(), said_of("cv"):
        warnings.filterwarnings("ignore", "The least populated class")
        parted = [
            (_places(kept, rows), _places(held, rows)) for kept, held in splitter.split(np.empty(rows), y, groups)
        ]
    if any(not len(kept) or not len(held) for kept, held in parted):
        raise ValueError("`cv` makes a fold without rows. Pass a splitter that leaves some in both parts.")
    return parted


def _places(given: Any, rows: int) -> np.ndarray:
    """Return the numbers of a fold's rows, also where a mask says which they are."""
    places = np.asarray(given)
    if places.dtype == bool and places.shape == (rows,):
        return np.flatnonzero(places)
    if places.size and (places.dtype.kind not in "iu" or places.min() < 0 or places.max() >= rows):
        raise ValueError(f"A fold has rows that are no numbers from 0 to {rows - 1}. Pass places of rows, not labels.")
    return places


def _splitter(folds: int, rows: int, classes: np.ndarray | None, groups: Any, seed: int) -> Any:
    counts = np.zeros(1, int) if classes is None else np.unique(classes, return_counts=True)[1]
    if folds == 1:
        count = max(1, round(_HELD_OUT * rows))
        if groups is not None:
            return GroupShuffleSplit(1, test_size=_HELD_OUT, random_state=seed)
        is_stratified = counts.min() > 1 and len(counts) <= min(count, rows - count)
        return (StratifiedShuffleSplit if is_stratified else ShuffleSplit)(1, test_size=count, random_state=seed)
    if groups is not None:
        return GroupKFold(min(folds, len(np.unique(groups))), shuffle=True, random_state=seed)
    return (StratifiedKFold if counts.max() >= folds else KFold)(folds, shuffle=True, random_state=seed)


def checked_groups(groups: Any, rows: int) -> np.ndarray:
    """Return the group of each row as an array.

    Raises:
        ValueError: If they are not as many as there are rows.
    """
    array = np.asarray(groups)
    if array.shape != (rows,):
        raise ValueError(f"`groups` must have one entry for each of {rows} rows, not shape {array.shape}. Pass that.")
    return array


def whole_batches(fold: Fold, batch_size: int, rng: np.random.Generator) -> Fold:
    """Return a fold without the few rows to train on that would be a short batch, drawn."""
    kept, held = fold
    count = len(kept) - len(kept) % min(batch_size, len(kept))
    return np.sort(rng.permutation(kept)[:count]), held


def held_out_rows(folds: Sequence[Fold]) -> np.ndarray:
    """Return the numbers of the rows that are held out by a fold, each once.

    Example:
        >>> held_out_rows([(np.array([0]), np.array([1, 2])), (np.array([0, 1]), np.array([2]))]).tolist()
        [1, 2]
    """
    return np.unique(np.concatenate([held for _, held in folds]))
