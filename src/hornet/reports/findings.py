"""All that is computed for a report or a model card: from a model and rows to numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import joblib
import numpy as np

from hornet.core.checks import non_negative_int, positive_int
from hornet.estimators.labels import labels_as_given
from hornet.reports.baselines import Baseline, baselines, rows_for
from hornet.reports.columns import Described, described, described_labels
from hornet.reports.influence import MOST_COLUMNS, Dependence, dependence, importances
from hornet.reports.metrics import Measured, measured
from hornet.reports.outcomes import MULTILABEL, REGRESSION, Outcome
from hornet.reports.rows import Rows
from hornet.reports.subject import Subject, subject_of

MOST_OUTCOMES = 4
"""Outputs that a report looks at; of others it has the metrics."""
_BASELINE_ROWS, _INFLUENCE_ROWS = 5_000, 1_000
_WORST, _CELLS = 10, 6
_DEPENDENCES = 6


@dataclass(frozen=True)
class Worst:
    """A row that is predicted badly.

    Args:
        place: Its number among the rows that were given, from 0.
        at: Its number among the rows of the report.
        true: What is true.
        predicted: What was predicted.
        loss: How bad that is.
        cells: Its most important columns.
    """

    place: int
    at: int
    true: str
    predicted: str
    loss: float
    cells: Sequence[str]


@dataclass(frozen=True)
class Judged:
    """What is found of one output.

    Args:
        outcome: Its predictions, and the truth.
        labels: What the labels are.
        measured: The metrics, with their intervals.
        baselines: What simple models get.
        baseline_rows: The number of rows of these.
        missing_baselines: A sentence on those that are not there, or `""`.
        importances: How much worse the loss gets when a column is shuffled, several times, by name.
        dependences: The mean prediction over the values of the most important columns.
        worst: The rows that are predicted worst.
        cell_names: The columns of which these show cells.
    """

    outcome: Outcome
    labels: Described
    measured: Sequence[Measured]
    baselines: Sequence[Baseline] = ()
    baseline_rows: int = 0
    missing_baselines: str = ""
    importances: Mapping[str, np.ndarray] = field(default_factory=dict)
    dependences: Sequence[Dependence] = ()
    worst: Sequence[Worst] = ()
    cell_names: Sequence[str] = ()


@dataclass(frozen=True)
class Findings:
    """What is found of a model.

    Args:
        subject: The model, and what is known of it.
        rows: The rows that were looked at.
        given: How many there were.
        seed: What they, and all else, were drawn from.
        resamples: How often rows were drawn for an interval.
        columns: What the columns are.
        judged: What is found of each output.
        without_influence: A sentence on why there are no importances, or `""`.
        fingerprint: A digest of the rows and labels, to tell whether others are the same.
        pos_label: The class that was named as the positive one; `None` if none was.
    """

    subject: Subject
    rows: Rows
    given: int
    seed: int
    resamples: int
    columns: Sequence[Described]
    judged: Sequence[Judged]
    without_influence: str
    fingerprint: str
    pos_label: Any = None


def find(
    model: Any,
    x: Any,
    y: Any,
    *,
    rows: int,
    seed: int,
    resamples: int,
    class_names: Sequence[Any] | None = None,
    pos_label: Any = None,
    feature_names: Sequence[Any] | None = None,
    history: Any = None,
    is_whole: bool = True,
) -> Findings:
    """Return what is found of a model on some rows.

    Args:
        model: The model, estimator, search or study.
        x: Rows.
        y: Their labels.
        rows: The most rows to look at; they are drawn.
        seed: What is drawn from.
        resamples: How often rows are drawn for an interval.
        class_names: What the classes are called.
        pos_label: Which of two classes is the positive one.
        feature_names: What the columns of an array are called.
        history: The history of a model's training.
        is_whole: Whether to look at columns, baselines and single rows as well as at metrics.

    Raises:
        TypeError: If the model is none, or rows or labels are nothing that holds such.
        ValueError: If the model is not trained, or rows and labels do not fit together or to it.
    """
    positive_int("rows", rows)
    positive_int("resamples", resamples)
    non_negative_int("seed", seed)
    subject = subject_of(model, history)
    whole, labels = Rows(x, feature_names or subject.names_of(x)), Rows(y, argument="y")
    if whole.count != labels.count:
        raise ValueError(f"`x` has {whole.count} rows and `y` {labels.count}. Pass a label for each row.")
    if not isinstance(labels.x, Mapping | list | tuple):
        labels_as_given(labels.x)
    places = np.arange(whole.count)
    if whole.count > rows:
        places = np.sort(np.random.default_rng(seed).choice(whole.count, rows, replace=False))
    taken, labels = whole.take(places), labels.take(places)
    outcomes_of = partial(subject.outcomes, class_names=class_names, pos_label=pos_label)
    outcomes = outcomes_of(taken.x, labels.x)
    for outcome in outcomes:
        _refuse_nan_predicted(outcome, places)
    target = str(getattr(y, "name", None) or "label")  # of a series
    found = [
        Judged(outcome, described_labels(outcome, target), measured(outcome, resamples, seed)) for outcome in outcomes
    ]
    reason = _without_influence(taken)
    if is_whole:
        found = _looked_into(outcomes_of, taken, labels, places, found, seed, not reason)
    fingerprint = str(joblib.hash((taken.x, labels.x)))
    return Findings(
        subject, taken, whole.count, seed, resamples, described(taken), found, reason, fingerprint, pos_label
    )


def _refuse_nan_predicted(outcome: Outcome, places: np.ndarray) -> None:
    wrong = np.flatnonzero(~np.isfinite(outcome.values).all(axis=1))
    if len(wrong):
        where = f"{len(wrong)} of {len(places)} rows, first for row {places[wrong[0]]}"
        raise ValueError(f"The model predicts NaN or infinity for {where}. Look for gaps in `x`, or train it again.")


def _looked_into(
    outcomes_of: Callable[[Any, Any], list[Outcome]],
    rows: Rows,
    labels: Rows,
    places: np.ndarray,
    judged: Sequence[Judged],
    seed: int,
    has_influence: bool,
) -> list[Judged]:
    """Return what is found of the first outputs with baselines, influences and the worst rows."""
    drawn = np.random.default_rng(seed).permutation(rows.count)
    sample = np.sort(drawn[:_INFLUENCE_ROWS])
    sampled, sampled_labels = rows.take(sample), labels.take(sample).x

    def predict(x: Any) -> list[Outcome]:
        return outcomes_of(x, sampled_labels)[:MOST_OUTCOMES]

    ranks = importances(sampled, predict, seed) if has_influence else [{}] * len(judged)
    seen = _seen(ranks[: len(judged)], rows.names)
    curves = dependence(sampled, predict, seen) if has_influence else []
    found, first = list(judged), 0
    for place, one in enumerate(judged[:MOST_OUTCOMES]):
        few = np.sort(drawn[: rows_for(len(rows.names), one.outcome) or _BASELINE_ROWS])
        others, sentence = baselines(rows.take(few), one.outcome.take(few), seed)
        width = one.outcome.values.shape[1]
        own = [
            Dependence(curve.column, curve.at, curve.average[first : first + width])
            for curve in curves
            if curve.column.name in list(ranks[place])
        ]
        first += width
        cells = [rows.names[at] for at in seen] if seen else rows.names[:_CELLS]
        worst = _worst(one.outcome, rows, places, cells)
        found[place] = Judged(
            one.outcome, one.labels, one.measured, others, len(few), sentence, ranks[place], own, worst, cells
        )
    return found


def _seen(ranks: Sequence[Mapping[str, np.ndarray]], names: Sequence[str]) -> list[int]:
    """Return the places of the columns that matter most, over all outputs."""
    if not ranks or not ranks[0]:
        return []
    means = np.array([[each[name].mean() for name in names] for each in ranks])
    shares = means / np.maximum(means.max(axis=1, keepdims=True), 1e-12)
    return np.argsort(-shares.max(axis=0), kind="stable")[:_DEPENDENCES].tolist()


def _without_influence(rows: Rows) -> str:
    names = rows.names
    if not names:
        return "Importances and partial dependence are of columns, and rows such as pictures and series have none."
    if len(names) > MOST_COLUMNS:
        return f"Importances and partial dependence are left out: {len(names)} columns would take long."
    return ""


def losses_of(outcome: Outcome) -> np.ndarray:
    """Return how badly each row is predicted: its absolute error, or the negative log of the truth's probability."""
    if outcome.kind == REGRESSION:
        return np.abs(outcome.true - outcome.predicted)
    if outcome.probabilities is None:
        wrong = outcome.true != outcome.predicted
        return wrong.reshape(len(wrong), -1).mean(axis=1)
    tiny = np.finfo(np.float64).tiny
    if outcome.kind == MULTILABEL:
        of_truth = np.where(outcome.true > 0, outcome.probabilities, 1 - outcome.probabilities)
        return -np.log(np.maximum(of_truth, tiny)).mean(axis=1)
    return -np.log(np.maximum(outcome.probabilities[np.arange(len(outcome.true)), outcome.true], tiny))


def _worst(outcome: Outcome, rows: Rows, places: np.ndarray, cells: Sequence[str]) -> list[Worst]:
    losses = losses_of(outcome)
    columns = [rows.column(rows.names.index(name)) for name in cells]
    return [
        Worst(
            int(places[at]),
            int(at),
            *_said(outcome, at),
            float(losses[at]),
            ["" if column is None else column.said(at) for column in columns],
        )
        for at in np.argsort(-losses, kind="stable")[:_WORST].tolist()
    ]


def _said(outcome: Outcome, at: int) -> tuple[str, str]:
    """Return the truth and the prediction of a row."""
    if outcome.kind == REGRESSION:
        return f"{outcome.true[at]:.5g}", f"{outcome.predicted[at]:.5g}"
    if outcome.kind == MULTILABEL:
        names = np.asarray(outcome.classes, dtype=object)
        of_truth, found = (", ".join(names[row[at] > 0]) for row in (outcome.true, outcome.predicted))
        return of_truth or "none", found or "none"
    true, predicted = outcome.classes[outcome.true[at]], outcome.classes[outcome.predicted[at]]
    if outcome.probabilities is None:
        return true, predicted
    return true, f"{predicted} ({outcome.probabilities[at, outcome.predicted[at]]:.1%})"
