"""What simple models of scikit-learn's predict for the same rows, so that a number says more than nothing."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from hornet.reports.metrics import values_of
from hornet.reports.outcomes import BINARY, MULTILABEL, REGRESSION, Outcome
from hornet.reports.rows import Column, Rows

FOLDS = 3
_MOST_ROWS, _FEWEST_ROWS = 5_000, 300
_MOST_CELLS = 600_000
"""Cells, times classes or labels, on which baselines are fitted: each fold then takes a second or two."""
_MOST_FITS = 20
"""Classes or labels up to which they are: boosting grows its trees for each."""


@dataclass(frozen=True)
class Baseline:
    """A simple model.

    Args:
        name: What it is called.
        values: The metrics of its predictions for rows that it was not fitted to, by name.
    """

    name: str
    values: dict[str, float]


def rows_for(columns: int, outcome: Outcome) -> int:
    """Return on how many rows baselines are compared, so that it takes seconds; 0 if these are too few."""
    fits = 1 if outcome.kind in (REGRESSION, BINARY) else len(outcome.classes)
    count = min(_MOST_ROWS, _MOST_CELLS // (max(columns, 1) * fits))
    return count if count >= _FEWEST_ROWS and fits <= _MOST_FITS else 0


def baselines(rows: Rows, outcome: Outcome, seed: int) -> tuple[list[Baseline], str]:
    """Return simple models' predictions, cross-validated on the rows, and a sentence on those that are not there.

    Args:
        rows: The rows.
        outcome: The predictions of one output, of which the truth is learnt.
        seed: Of the folds.
    """
    columns = [rows.column(place) for place in range(len(rows.names))]
    known = [column for column in columns if column is not None]
    if len(outcome.true) < 2 * FOLDS:
        return [], f"Fewer than {2 * FOLDS} rows are too few for baselines."
    kinds, reason, (table, is_words) = ["constant"], "", (np.zeros((rows.count, 1)), np.array([False]))
    if not known:
        reason = "Linear models and boosted trees are not compared: rows are no table of columns."
    elif not rows_for(len(known), outcome):
        reason = "Linear models and boosted trees are not compared: so many columns and classes would take long."
    else:
        kinds, (table, is_words) = ["constant", "linear model", "boosted trees"], _encoded(known)
    found = []
    for kind in reversed(kinds):
        predicted = _predicted(kind, table, is_words, outcome, seed)
        name = kind if kind != "constant" else ("mean" if outcome.kind == REGRESSION else "most frequent class")
        found.append(Baseline(name, values_of(predicted)))
    return found, reason


def _predicted(kind: str, table: np.ndarray, is_words: np.ndarray, outcome: Outcome, seed: int) -> Outcome:
    """Return an outcome whose predictions are a baseline's, out of fold."""
    if outcome.kind == REGRESSION:
        return replace(outcome, predicted=_out_of_fold(_model(kind, is_words, False, seed), table, outcome.true, seed))
    if outcome.kind == MULTILABEL:
        model = _model(kind, is_words, True, seed)
        each = [_probabilities(model, table, column, 2, seed)[:, 1] for column in outcome.true.T]
        found = np.stack(each, axis=1)
        return replace(outcome, probabilities=found, predicted=(found > 0.5).astype(int))
    found = _probabilities(_model(kind, is_words, True, seed), table, outcome.true, len(outcome.classes), seed)
    return replace(outcome, probabilities=found, predicted=found.argmax(axis=1))


def _probabilities(model: Any, table: np.ndarray, labels: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Return a column for each class, of those that are not among the labels 0."""
    found = np.zeros((len(labels), classes))
    there = np.unique(labels)
    if len(there) == 1:
        found[:, there] = 1.0
    else:
        found[:, there] = _out_of_fold(model, table, labels, seed, "predict_proba")
    return found


def _out_of_fold(model: Any, table: np.ndarray, labels: np.ndarray, seed: int, method: str = "predict") -> np.ndarray:
    kind = StratifiedKFold if method == "predict_proba" else KFold
    splitter = kind(FOLDS, shuffle=True, random_state=seed)
    # The threads of boosted trees wait for each other by spinning, which a busy machine pays for a hundredfold.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes with fewer rows than folds, and of solvers that could go on
        return np.asarray(cross_val_predict(model, table, labels, cv=splitter, method=method))


def _model(kind: str, is_words: np.ndarray, of_classes: bool, seed: int) -> Any:
    if kind == "constant":
        return DummyClassifier(strategy="prior") if of_classes else DummyRegressor()
    if kind == "linear model":
        numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        words = OneHotEncoder(max_categories=20, handle_unknown="infrequent_if_exist")
        encoder = make_column_transformer((numbers, ~is_words), (words, is_words))
        return make_pipeline(encoder, LogisticRegression(max_iter=300) if of_classes else Ridge())
    codes = OrdinalEncoder(max_categories=200, handle_unknown="use_encoded_value", unknown_value=np.nan)
    # A gap is a number below all others, as scikit-learn's trees fail on a fold in which a column has nothing else.
    gaps = SimpleImputer(strategy="constant", fill_value=-1e12, keep_empty_features=True)
    encoder = make_column_transformer((gaps, ~is_words), (codes, is_words))
    trees: Any = HistGradientBoostingClassifier if of_classes else HistGradientBoostingRegressor
    # The words come behind the numbers.
    return make_pipeline(encoder, trees(categorical_features=np.sort(is_words), random_state=seed))


def _encoded(columns: Sequence[Column]) -> tuple[np.ndarray, np.ndarray]:
    """Return columns as numbers, and which of these stand for words."""
    is_words = np.array([column.kind == "words" for column in columns])
    cells = [_codes(column) if column.kind == "words" else _numbers(column) for column in columns]
    return np.stack(cells, axis=1), is_words


def _numbers(column: Column) -> np.ndarray:
    if column.kind == "dates":
        days = column.values.astype("datetime64[s]" if column.values.dtype.kind == "M" else "timedelta64[s]")
        return np.where(column.is_missing, np.nan, days.astype(float))
    return np.where(np.isfinite(column.values), column.values, np.nan)


def _codes(column: Column) -> np.ndarray:
    """Return a number for each word; a gap is one, too."""
    return np.unique(np.where(column.is_missing, "", column.values.astype(str)), return_inverse=True)[1].astype(float)
