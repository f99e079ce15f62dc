"""Which columns matter, and how: scikit-learn's permutation importance and partial dependence of any rows.

scikit-learn shuffles and sets cells of arrays and of pandas' frames. Here it gets, for each cell, the number of the row
whose cell is meant, and the rows are put together from these, in whatever they are held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance

from hornet.reports.metrics import loss_of, values_of
from hornet.reports.outcomes import Outcome
from hornet.reports.rows import Column, Rows

_CALLS = 150
"""About how often rows are predicted for importances; of many columns each is shuffled less than five times."""
MOST_COLUMNS = 300
_GRID = 12
"""Values of a column at which its partial dependence is computed."""


@dataclass(frozen=True)
class Dependence:
    """The mean prediction over the values of a column.

    Args:
        column: The column.
        at: Rows that have the values, rising numbers or words.
        average: The mean prediction at each of them, a row for each output or class.
    """

    column: Column
    at: np.ndarray
    average: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """The values: numbers and dates as such, all else as text."""
        if self.column.kind in ("numbers", "dates"):
            return self.column.values[self.at]
        return np.array([self.column.said(at) for at in self.at])


class _ByPlaces(RegressorMixin, BaseEstimator):
    """Predicts rows that are given as the places of their cells.

    Args:
        rows: The rows.
        predict: `(x, y) -> outcomes`.
        y: Their labels.
    """

    def __init__(self, rows: Rows, predict: Callable[[Any], list[Outcome]]) -> None:
        self.rows = rows
        self.judge = predict

    def fit(self, X: Any, y: Any = None) -> _ByPlaces:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def outcomes(self, places: np.ndarray) -> list[Outcome]:
        return self.judge(self.rows.mixed(places.astype(int)))

    def predict(self, X: np.ndarray) -> np.ndarray:
        return np.concatenate([outcome.values for outcome in self.outcomes(X)], axis=1)

    def losses(self, X: np.ndarray) -> dict[str, float]:
        """Return the loss of each outcome, negative where less is better, as scikit-learn's scores are."""
        found = {}
        for place, outcome in enumerate(self.outcomes(X)):
            metric = loss_of(outcome)
            found[str(place)] = values_of(outcome)[metric.name] * (1 if metric.rises else -1)
        return found


def importances(rows: Rows, predict: Callable[[Any], list[Outcome]], seed: int) -> list[dict[str, np.ndarray]]:
    """Return for each outcome how much worse its loss gets when a column is shuffled, by the columns' names.

    Args:
        rows: Rows.
        predict: Returns the outcomes of rows that are held as these are, and have their labels.
        seed: Of the shuffling.
    """
    names = rows.names
    repeats = max(1, min(5, _CALLS // len(names)))
    found: Any = permutation_importance(
        _ByPlaces(rows, predict),
        _places(rows),
        np.zeros(rows.count),
        scoring=lambda estimator, X, y: estimator.losses(X),
        n_repeats=repeats,
        random_state=seed,
    )
    return [dict(zip(names, found[outcome].importances, strict=True)) for outcome in sorted(found, key=int)]


def dependence(rows: Rows, predict: Callable[[Any], list[Outcome]], columns: Sequence[int]) -> list[Dependence]:
    """Return the partial dependence of the predictions on some columns, which have one axis.

    Args:
        rows: Rows.
        predict: Returns the outcomes of rows that are held as these are.
        columns: Their places.
    """
    estimator, places, found = _ByPlaces(rows, predict), _places(rows), []
    for place in columns:
        column = rows.column(place)
        grid = None if column is None else _grid(column)
        if column is None or grid is None or len(grid) < 2:
            continue
        average = partial_dependence(
            estimator, places, [place], custom_values={place: grid.astype(float)}, kind="average"
        )["average"]
        found.append(Dependence(column, grid, average))
    return found


def _places(rows: Rows) -> np.ndarray:
    """Return for each cell the number of its row; floats, as scikit-learn refuses to set whole numbers."""
    return np.tile(np.arange(rows.count, dtype=float)[:, None], len(rows.names))


def _grid(column: Column) -> np.ndarray:
    """Return rows whose cells are spread over a column: quantiles of numbers, the most frequent words."""
    there = np.flatnonzero(~column.is_missing)
    values = column.values[there]
    if column.kind in ("numbers", "dates"):
        if not len(values):
            return there
        ranks = np.linspace(0.02 * len(values), 0.98 * (len(values) - 1), _GRID).astype(int)
        chosen = there[np.argsort(values, kind="stable")[ranks]]
        _, first = np.unique(column.values[chosen], return_index=True)
        return chosen[first]
    _, first, counts = np.unique(values.astype(str), return_index=True, return_counts=True)
    return there[first[np.argsort(-counts, kind="stable")[:_GRID]]]
