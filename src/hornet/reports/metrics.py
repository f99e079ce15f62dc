"""What is measured of each kind of task, by scikit-learn, with how far other rows could have moved it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn import metrics

from hornet.reports.outcomes import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Outcome

_MOST_SORTED = 100_000
"""Rows times classes up to which slow metrics have an interval."""
_MEASURE = Callable[[Outcome], float]


@dataclass(frozen=True)
class Metric:
    """A metric.

    Args:
        name: What it is called.
        measure: What it is of an outcome.
        rises: Whether more is better.
        needs: Whether it is of probabilities.
        is_slow: Whether it sorts the rows for each class.
    """

    name: str
    measure: _MEASURE
    rises: bool = True
    needs: bool = False
    is_slow: bool = False


@dataclass(frozen=True)
class Measured:
    """A metric's value, and the interval in which it lies.

    Args:
        metric: The metric.
        value: Its value on the rows.
        low: The 2.5th percentile of its values on rows that are drawn from these.
        high: The 97.5th.
    """

    metric: Metric
    value: float
    low: float
    high: float


def _of_regression(function: Callable[..., float]) -> _MEASURE:
    return lambda outcome: function(outcome.true, outcome.predicted)


def _of_columns(outcome: Outcome, function: Callable[..., float]) -> float:
    """Return the mean over the classes, of all that some rows are of and some are not."""
    known = outcome.true if outcome.kind == MULTILABEL else np.eye(len(outcome.classes))[outcome.true]
    there = (known.sum(axis=0) > 0) & (known.sum(axis=0) < len(known))
    assert outcome.probabilities is not None
    return float(np.mean([function(known[:, at], outcome.probabilities[:, at]) for at in np.flatnonzero(there)]))


def _of_second(function: Callable[..., float]) -> _MEASURE:
    def measure(outcome: Outcome) -> float:
        assert outcome.probabilities is not None
        return function(outcome.true, outcome.probabilities[:, 1])

    return measure


def _log_loss(outcome: Outcome) -> float:
    assert outcome.probabilities is not None
    if outcome.kind == MULTILABEL:
        tiny = np.finfo(np.float64).eps
        prob = np.clip(outcome.probabilities, tiny, 1 - tiny)
        return float(-np.mean(np.where(outcome.true > 0, np.log(prob), np.log1p(-prob))))
    sums = outcome.probabilities.sum(axis=1, keepdims=True)  # which are 1 up to the last digits of a float32
    return metrics.log_loss(outcome.true, outcome.probabilities / sums, labels=range(len(outcome.classes)))


_ACCURACY = Metric("accuracy", lambda outcome: metrics.accuracy_score(outcome.true, outcome.predicted))
_BALANCED = Metric(
    "balanced accuracy", lambda outcome: metrics.balanced_accuracy_score(outcome.true, outcome.predicted)
)
_LOG_LOSS = Metric("log loss", _log_loss, rises=False, needs=True)


def _f1(average: str) -> _MEASURE:
    score: Any = metrics.f1_score
    return lambda one: float(score(one.true, one.predicted, average=average, zero_division=0.0))


METRICS: dict[str, Sequence[Metric]] = {
    REGRESSION: (
        Metric("RMSE", _of_regression(metrics.root_mean_squared_error), rises=False),
        Metric("MAE", _of_regression(metrics.mean_absolute_error), rises=False),
        Metric("median absolute error", _of_regression(metrics.median_absolute_error), rises=False),
        Metric("R²", _of_regression(metrics.r2_score)),
    ),
    BINARY: (
        _ACCURACY,
        _BALANCED,
        Metric("F1", _f1("binary")),
        Metric("ROC AUC", _of_second(metrics.roc_auc_score), needs=True),
        Metric("average precision", _of_second(metrics.average_precision_score), needs=True),
        _LOG_LOSS,
        Metric("Brier score", _of_second(metrics.brier_score_loss), rises=False, needs=True),
    ),
    MULTICLASS: (
        _ACCURACY,
        _BALANCED,
        Metric("F1, mean of classes", _f1("macro")),
        Metric(
            "ROC AUC, mean of classes", lambda one: _of_columns(one, metrics.roc_auc_score), needs=True, is_slow=True
        ),
        _LOG_LOSS,
    ),
    MULTILABEL: (
        Metric("all labels right", lambda outcome: metrics.accuracy_score(outcome.true, outcome.predicted)),
        Metric("F1, mean of labels", _f1("macro")),
        Metric("F1 of all labels together", _f1("micro")),
        Metric(
            "ROC AUC, mean of labels", lambda one: _of_columns(one, metrics.roc_auc_score), needs=True, is_slow=True
        ),
        Metric(
            "average precision, mean of labels",
            lambda one: _of_columns(one, metrics.average_precision_score),
            needs=True,
            is_slow=True,
        ),
        _LOG_LOSS,
    ),
}


def metrics_of(outcome: Outcome) -> list[Metric]:
    """Return what is measured of an outcome."""
    return [metric for metric in METRICS[outcome.kind] if outcome.probabilities is not None or not metric.needs]


def loss_of(outcome: Outcome) -> Metric:
    """Return the metric that says how much worse predictions are: RMSE or log loss; without probabilities accuracy."""
    if outcome.kind == REGRESSION:
        return METRICS[REGRESSION][0]
    return METRICS[outcome.kind][0] if outcome.probabilities is None else _LOG_LOSS


def deciding(outcome: Outcome) -> list[Metric]:
    """Return the metrics that say whether a model is better than another, however rare a class is.

    The accuracy of saying the most frequent class each time is that class's share, so that it is none of them.
    """
    known = metrics_of(outcome)
    if outcome.kind == REGRESSION:
        return known[:1]
    if outcome.probabilities is None:
        return known[1:2]  # balanced accuracy, or the mean F1 of labels
    return [metric for metric in known if metric.name.startswith("ROC AUC") or metric is _LOG_LOSS]


def values_of(outcome: Outcome, chosen: Sequence[Metric] | None = None) -> dict[str, float]:
    """Return the value of each metric by name; NaN of what the rows do not have, such as the AUC of one class.

    Args:
        outcome: The predictions, and the truth.
        chosen: Which metrics; by default all.
    """
    with _quick(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are not among the rows
        return {metric.name: _value(metric, outcome) for metric in chosen or metrics_of(outcome)}


def measured(outcome: Outcome, resamples: int, seed: int) -> list[Measured]:
    """Return each metric with its 95% interval by the bootstrap: of as many rows, drawn with replacement.

    Where rows are many and classes too, slow metrics have none.

    Source:
        Efron 1979, the percentile interval.
    """
    rng, count = np.random.default_rng(seed), len(outcome.true)
    whole, size = values_of(outcome), count * len(outcome.classes)
    chosen = [metric for metric in metrics_of(outcome) if size <= _MOST_SORTED or not metric.is_slow]
    drawn = [values_of(outcome.take(rng.integers(count, size=count)), chosen) for _ in range(resamples)]
    found = []
    for metric in metrics_of(outcome):
        values = np.array([each.get(metric.name, np.nan) for each in drawn])
        values = values[np.isfinite(values)]
        low, high = np.quantile(values, [0.025, 0.975]) if len(values) else (np.nan, np.nan)
        found.append(Measured(metric, whole[metric.name], float(low), float(high)))
    return found


def _value(metric: Metric, outcome: Outcome) -> float:
    try:
        return float(metric.measure(outcome))
    except ValueError:  # such as by an AUC where all rows are of one class
        return float("nan")


def _quick() -> Any:
    return sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
