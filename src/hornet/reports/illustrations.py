"""Which pictures a report has: for each kind of output, of training, of a study, of the model."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from hornet import plots
from hornet.reports.baselines import Baseline
from hornet.reports.findings import Findings, Judged, losses_of
from hornet.reports.influence import Dependence
from hornet.reports.metrics import Measured, deciding, values_of
from hornet.reports.outcomes import BINARY, MULTICLASS, MULTILABEL, REGRESSION, Outcome
from hornet.reports.pictures import SETTINGS, Picture, draw, inside, pixels
from hornet.reports.rows import Rows
from hornet.reports.subject import Subject

_MOST_LAYERS = 30
_MOST_CURVES = 10
"""Curves that a picture of `plots` has at most."""
_MOST_LINES = 4
"""Classes with a line each in a picture of partial dependence."""


def of_predictions(outcome: Outcome) -> list[Picture]:
    """Return pictures of what is predicted beside what is true."""
    if outcome.kind == REGRESSION:
        return _of_numbers(outcome)
    found = [] if outcome.kind == MULTILABEL else [_confusion(outcome)]
    return found + (_of_probabilities(outcome) if outcome.probabilities is not None else [])


def _of_numbers(outcome: Outcome) -> list[Picture]:
    true, predicted = outcome.true, outcome.predicted
    fit = float(np.corrcoef(true, predicted)[0, 1]) if np.ptp(true) and np.ptp(predicted) else float("nan")
    middle = float(np.mean(true - predicted))
    return [
        draw(
            "Truth over prediction",
            lambda axes: plots.residuals(true, predicted, "actual_vs_predicted", axes=axes),
            f"A point for each of {len(true):,} rows; the correlation is {fit:.3f}.",
            "On the dashed line predictions are right.",
        ),
        draw(
            "Residuals",
            lambda axes: plots.residuals(true, predicted, axes=axes),
            f"What is true less what was predicted, over the prediction; the mean is {middle:.4g}.",
            "A bend or a funnel says that something is left to be learnt.",
        ),
    ]


def _confusion(outcome: Outcome) -> Picture:
    true, predicted = outcome.named
    size = float(np.clip(2.2 + 0.32 * len(outcome.classes), 3.4, 8.5))
    right = float(np.mean(outcome.true == outcome.predicted))
    return draw(
        "Confusion matrix",
        lambda axes: plots.confusion_matrix(true, predicted, labels=list(outcome.classes), axes=axes),
        f"True classes downwards, predicted ones across; {right:.1%} of the rows are on the diagonal.",
        "Darker is a larger part of the row's class.",
        (max(4.6, size), size),
    )


def _of_probabilities(outcome: Outcome) -> list[Picture]:
    true = outcome.true if outcome.kind == MULTILABEL else outcome.named[0]
    scores, labels = outcome.probabilities, list(outcome.classes)
    assert scores is not None
    area = next(value for name, value in values_of(outcome).items() if name.startswith("ROC AUC"))
    if not np.isfinite(area):  # where no class has rows that are of it and rows that are not
        return []
    of_what = {BINARY: f"of {labels[-1]}", MULTICLASS: "of each class against the rest", MULTILABEL: "of each label"}
    said = of_what[outcome.kind] if len(labels) <= _MOST_CURVES else f"of the {_MOST_CURVES} most frequent of them"
    return [
        draw(
            "ROC curve",
            lambda axes: plots.roc_curve(true, scores, labels, axes=axes),
            f"True positive rate over false positive rate {said}; the area is {area:.3f}.",
            "The dotted line is guessing.",
        ),
        draw(
            "Precision and recall",
            lambda axes: plots.precision_recall_curve(true, scores, labels, axes=axes),
            f"Precision over recall {said}.",
            "AP is the average precision, the area below.",
        ),
        draw(
            "Calibration",
            lambda axes: plots.calibration(true, np.clip(scores, 0, 1), labels, axes=axes),
            "How often it is so over the predicted probability, in ten groups of rows.",
            "On the dotted line probabilities are true; below it they are too sure.",
        ),
    ]


def of_importances(judged: Judged) -> Picture | None:
    """Return a picture of the columns by how much they matter."""
    if not judged.importances:
        return None
    ranked = sorted(judged.importances.items(), key=lambda item: -float(item[1].mean()))
    first = ", ".join(f"{name} ({values.mean():.3g})" for name, values in ranked[:5])
    size = (4.6, max(1.8, 0.9 + 0.26 * min(len(ranked), 20)))
    return draw(
        "Permutation importance",
        lambda axes: plots.importances(judged.importances, axes=axes),
        f"The largest are {first}.",
        size=size,
    )


def of_dependence(judged: Judged, dependence: Dependence) -> Picture:
    """Return a picture of the mean prediction over the values of a column."""
    lines, labels = _lines(judged.outcome, dependence)
    column, values = dependence.column, dependence.values
    heights = np.concatenate([_lines(judged.outcome, each)[0].ravel() for each in judged.dependences])
    low, high = float(heights.min()), float(heights.max())
    margin = 0.05 * ((high - low) or 1.0)

    def paint(axes: Any) -> None:
        plots.partial_dependence(values, lines, column.name, labels, axes=axes)
        axes.set_ylim(low - margin, high + margin)  # one scale for all columns, so that the small ones look small

    moved = "; ".join(
        f"{label + ': ' if label else ''}from {line[0]:.4g} to {line[-1]:.4g}"
        for label, line in zip(labels or [""], lines, strict=True)
    )
    return draw(
        column.name,
        paint,
        f"For {column.said(dependence.at[0])} to {column.said(dependence.at[-1])}: {moved}.",
        size=(3.4, 2.6),
    )


def _lines(outcome: Outcome, dependence: Dependence) -> tuple[np.ndarray, list[str] | None]:
    """Return the lines of a picture, one for each class or label, and what they are called."""
    if outcome.kind == REGRESSION or outcome.probabilities is None:
        return dependence.average, None
    if outcome.kind == BINARY:
        return dependence.average[1:], None
    is_of_class = outcome.true if outcome.kind == MULTILABEL else np.eye(len(outcome.classes))[outcome.true]
    share = is_of_class.mean(axis=0)
    shown = sorted(np.argsort(-share, kind="stable")[:_MOST_LINES].tolist())
    return dependence.average[shown], [outcome.classes[place] for place in shown]


def of_worst(judged: Judged, rows: Rows) -> Picture | None:
    """Return the images that are predicted worst, where rows are images."""
    shape = rows.shape or ()
    if not (len(shape) == 3 or (len(shape) == 4 and shape[-1] in (1, 3))) or min(shape[1:3]) < 4:
        return None
    captions = [f"{row.true}, not {row.predicted}" if row.true != row.predicted else row.true for row in judged.worst]
    images = [rows.x[row.at] for row in judged.worst]
    return pixels("What is predicted worst", images, captions, "The images of the table's rows, in its order.")


def of_training(subject: Subject) -> Picture | None:
    """Return the curves of a training run."""
    history = subject.history
    if not history:
        return None
    epochs = range(max(map(len, history.values())))
    drawn = {name: values for name, values in history.items() if name != "learning_rate"}
    groups = [[name for name in drawn if name.endswith("loss")], [name for name in drawn if not name.endswith("loss")]]
    groups = [group for group in groups if group]
    last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in drawn.items())

    def paint(axes: Any) -> None:
        for panel, group in zip(axes if len(groups) > 1 else [axes], groups, strict=True):
            plots.plot_history({name: drawn[name] for name in group}, list(epochs), panel)

    if not groups:
        return None
    return draw(
        "Learning curves",
        paint,
        f"{len(epochs)} epochs; at the end: {last}.",
        "Dashed lines are of rows that were held out.",
        (4.6 * len(groups), 3.2),
        len(groups),
    )


def of_study(subject: Subject) -> list[Picture]:
    """Return pictures of a study: its trials, and how much each hyperparameter mattered."""
    tuner = subject.search
    if tuner is None:
        return []
    found = [
        draw(
            "Trials",
            lambda axes: tuner.plot_history(axes=axes),
            f"The value of each of {len(tuner.ended)} trials, and the best so far: {tuner.best_value:.4g}.",
        )
    ]
    if len(tuner.ranked) >= 4 and len(tuner.space) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of hyperparameters that did not vary
            shares = tuner.importances()
            found.append(
                draw(
                    "What mattered among hyperparameters",
                    lambda axes: tuner.plot_importances(axes=axes),
                    ", ".join(f"{name} {share:.2f}" for name, share in shares.items()) + ".",
                )
            )
    return found


def of_model(subject: Subject) -> tuple[Picture | None, str]:
    """Return the model's picture, or a sentence on why there is none."""
    model = subject.model
    if model is None:
        return None, "There is no network in this estimator."
    count = len(model._outline(expand_nested=True))
    if count > _MOST_LAYERS:
        return None, f"The model has {count} layers, too many to be drawn here; `utils.plot_model` draws them."
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.svg"
        try:
            with mpl.rc_context({name: SETTINGS[name] for name in ("svg.fonttype", "svg.hashsalt")}):
                plots.plot_model(model, path, show_shapes=True, show_layer_names=True, expand_nested=True)
        except ImportError as error:
            return None, f"The model is not drawn: {error}"
        picture = inside(path.read_text(encoding="utf-8"), "model")
    return Picture("The model", picture, f"{count} layers, which the table lists.", is_wide=True), ""


def summary_of(findings: Findings) -> Sequence[str]:
    """Return what is found in a few sentences."""
    found = []
    for judged in findings.judged[:1]:
        found += [*_against_baselines(judged), *_what_matters(judged), *_outliers(judged)]
    return found


def _against_baselines(judged: Judged) -> list[str]:
    """Return how the model does beside the best of the baselines, a sentence for each metric that decides."""
    names = [metric.name for metric in deciding(judged.outcome)]
    return [
        sentence
        for one in judged.measured
        if one.metric.name in names and np.isfinite([one.value, one.low]).all()
        for sentence in _beside_the_best(one, judged.baselines)
    ]


def _beside_the_best(one: Measured, baselines: Sequence[Baseline]) -> list[str]:
    others = [(other.name, other.values.get(one.metric.name, float("nan"))) for other in baselines]
    others = [(name, value) for name, value in others if np.isfinite(value)]
    if not others:
        return []
    sign = 1 if one.metric.rises else -1
    name, value = max(others, key=lambda other: sign * other[1])
    found = f"{one.value:.4g}, against {value:.4g}"
    if one.low <= value <= one.high:
        return [
            f"By {one.metric.name} it is as good as the best of the baselines ({name}), as far as these rows tell: "
            f"{found}."
        ]
    word = "better" if sign * (one.value - value) > 0 else "worse"
    return [f"By {one.metric.name} it is {word} than the best of the baselines ({name}): {found}."]


def _what_matters(judged: Judged) -> list[str]:
    ranked = sorted(judged.importances.items(), key=lambda item: -float(item[1].mean()))
    names = [name for name, values in ranked[:3] if values.mean() > 2 * values.std() > 0 or values.mean() > 0]
    return [f"Predictions depend most on {', '.join(names)}."] if names else []


def _outliers(judged: Judged) -> list[str]:
    losses = np.sort(losses_of(judged.outcome))[::-1]
    few = max(1, len(losses) // 100)
    share = float(losses[:few].sum() / losses.sum()) if losses.sum() > 0 else 0.0
    rows = "1 row" if few == 1 else f"{few} rows"
    return [f"The worst {rows} of {len(losses):,} make up {share:.0%} of the whole error."] if share > 0.1 else []
