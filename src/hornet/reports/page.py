"""A report on a model as one HTML file, which needs nothing from elsewhere and runs nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

import hornet
from hornet.core.checks import text
from hornet.core.files import atomic_write
from hornet.core.folders import file_given, make_folder_of
from hornet.reports import illustrations
from hornet.reports.findings import Findings, Judged, find
from hornet.reports.metrics import Measured
from hornet.reports.outcomes import KINDS, MULTICLASS, MULTILABEL, Outcome
from hornet.reports.subject import Subject

_PACKAGES = ("jax", "numpy", "scikit-learn", "matplotlib", "pandas", "polars", "optuna")
_MOST_CONFUSED = 8
_MOST_CLASSES = 40
"""Classes of which the table of classes has a line each."""


def report(
    model: Any,
    x: Any,
    y: Any,
    to_file: str | os.PathLike[str] = "report.html",
    *,
    title: str | None = None,
    rows: int = 10_000,
    seed: int = 0,
    resamples: int = 200,
    class_names: Sequence[Any] | None = None,
    pos_label: Any = None,
    feature_names: Sequence[Any] | None = None,
    history: Any = None,
) -> Path:
    """Write what is found of a trained model on some rows into one HTML file.

    It has metrics with 95% intervals by the bootstrap, simple models beside, confusion matrix or residuals, ROC,
    precision and recall, calibration, permutation importance, partial dependence, the worst rows, learning curves, the
    leaderboard of a search, the model's picture, and what is needed to do it again. What is not recorded, it says.

    Pass rows that the model was not trained on: on others its numbers are too good.

    Args:
        model: A trained model, a fitted estimator, pipeline or search, or a study that was searched.
        x: Rows, as `predict` takes them: an array, a frame, a dict of columns, a list of inputs, a sparse matrix.
        y: Their labels, as the model was trained on: an array, or several in a list or dict for several outputs.
        to_file: The file.
        title: The page's title; by default what the model is.
        rows: The most rows to look at. Of more, so many are drawn, and the report says so.
        seed: What rows, intervals, folds and shuffling are drawn from.
        resamples: How often rows are drawn for an interval.
        class_names: What classes or labels are called, in the order of the model's outputs Labels of a model
            with a single output may then be these names.
        pos_label: Which of two classes is the positive one, of which F1, average precision and areas are: one of
            `classes_`, or of `class_names`. By default the second of them, which of words is that of the alphabet.
        feature_names: What the columns of an array are called.
        history: What `fit` returned, or a dict of metrics, for a model that does not have it any more, such as one
            that was read from a file.

    Returns:
        The path of the file.

    Raises:
        TypeError: If it is no model, or rows are not in memory.
        ValueError: If the model is not trained, or rows and labels do not fit together or to it.
        ImportError: If a library of the extra `report` is not installed.

    Source:
        Efron 1979, the intervals; Breiman 2001, the importances; Friedman 2001, the partial dependence.

    Example:
        >>> import tempfile
        >>> from sklearn.datasets import load_iris
        >>> from hornet.estimators import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = MLPClassifier(max_iter=5, random_state=0).fit(X, y)
        >>> path = report(classifier, X, y, Path(tempfile.mkdtemp()) / "iris.html", resamples=10)
        >>> "Confusion matrix" in path.read_text(encoding="utf-8")
        True
    """
    path = Path(file_given("to_file", to_file, "report.html"))
    make_folder_of(path)
    if title is not None:
        text("title", title)
    findings = find(
        model,
        x,
        y,
        rows=rows,
        seed=seed,
        resamples=resamples,
        class_names=class_names,
        pos_label=pos_label,
        feature_names=feature_names,
        history=history,
    )
    page = template("report.html").render(**_parts(findings, title))
    with atomic_write(path) as new:
        new.write_text(page, encoding="utf-8")
    return path


def template(name: str, **filters: Callable[..., str]) -> jinja2.Template:
    """Return a template of this package; in those of HTML what is put in is escaped.

    Args:
        name: Its file.
        **filters: What it turns values into text with, besides `number` and `setting`.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": said, "setting": setting, **filters}
    return environment.get_template(name)


def said(value: Any) -> str:
    """Return a number with four digits, and anything else as text.

    Example:
        >>> said(0.123456), said(12345.678), said(float("nan")), said(3)
        ('0.1235', '12,346', 'not defined', '3')
    """
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return "not defined"
        return f"{value:,.0f}" if 10_000 <= abs(value) < 1e9 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def setting(value: Any) -> str:
    """Return a parameter as text of one line, without addresses."""
    shown = " ".join(repr(value).split())
    shown = getattr(value, "__name__", type(value).__name__) if " at 0x" in shown else shown
    return shown if len(shown) <= 120 else f"{shown[:119]}…"


def versions() -> dict[str, str]:
    """Return the versions of what is at work, by name."""
    found = {"hornet": hornet.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {**found, "system": f"{platform.system()} {platform.machine()}"}


def _parts(findings: Findings, title: str | None) -> Mapping[str, Any]:
    """Return what the template shows."""
    subject = findings.subject
    picture, without = illustrations.of_model(subject)
    return {
        "title": title or f"Report on {subject.name}",
        "findings": findings,
        "subject": subject,
        "kinds": KINDS,
        "summary": illustrations.summary_of(findings),
        "sections": [_section(findings, judged) for judged in findings.judged],
        "training": illustrations.of_training(subject),
        "study": illustrations.of_study(subject),
        "model_picture": picture,
        "without_model_picture": without,
        "layers": layers(subject),
        "compiled": compiled(subject),
        "versions": versions(),
        "now": f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
    }


def _section(findings: Findings, judged: Judged) -> Mapping[str, Any]:
    is_looked_into = bool(judged.worst)
    return {
        "judged": judged,
        "metrics": [(one, _of_best(one, judged)) for one in judged.measured],
        "pictures": illustrations.of_predictions(judged.outcome) if is_looked_into else [],
        "classes": _classes(judged.outcome),
        "confused": _confused(judged.outcome),
        "importances": illustrations.of_importances(judged),
        "ranked": sorted(judged.importances.items(), key=lambda item: -float(item[1].mean()))[:20],
        "dependences": [illustrations.of_dependence(judged, each) for each in judged.dependences],
        "images": illustrations.of_worst(judged, findings.rows) if is_looked_into else None,
    }


def _of_best(one: Measured, judged: Judged) -> list[tuple[float, bool]]:
    """Return a metric of the model and of each baseline, and which of them are the best."""
    values = [one.value, *(other.values[one.metric.name] for other in judged.baselines)]
    known = [value for value in values if np.isfinite(value)]
    best = (max if one.metric.rises else min)(known, default=None)
    return [(value, len(known) > 1 and value == best) for value in values]


def _classes(outcome: Outcome) -> list[tuple[str, float, float, float, int]]:
    """Return the precision, recall, F1 and number of rows of each class or label."""
    if not outcome.classes or len(outcome.classes) > _MOST_CLASSES:
        return []
    places = None if outcome.kind == MULTILABEL else list(range(len(outcome.classes)))
    judge: Any = precision_recall_fscore_support
    found = judge(outcome.true, outcome.predicted, labels=places, average=None, zero_division=0.0)
    return [
        (name, float(precision), float(recall), float(score), int(count))
        for name, precision, recall, score, count in zip(outcome.classes, *found, strict=True)
    ]


def _confused(outcome: Outcome) -> list[tuple[str, str, int]]:
    """Return the pairs of classes that are confused most: the true one, the predicted one, and how often."""
    if outcome.kind != MULTICLASS:
        return []
    counts = confusion_matrix(outcome.true, outcome.predicted, labels=range(len(outcome.classes)))
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:_MOST_CONFUSED]
    names, places = outcome.classes, [np.unravel_index(place, counts.shape) for place in order]
    return [(names[row], names[column], int(counts[row, column])) for row, column in places if counts[row, column]]


def layers(subject: Subject) -> list[tuple[str, str, str, int]]:
    """Return the name, kind, output shape and number of weights of each layer, models inside by their own layers."""
    rows = [] if subject.model is None else subject.model._outline(expand_nested=True)
    sizes = [0 if hasattr(row.operation, "_outline") else row.size for row in rows]
    return [(row.name, row.kind, str(row.output_shape), size) for row, size in zip(rows, sizes, strict=True)]


def compiled(subject: Subject) -> dict[str, str]:
    """Return how the network was compiled, by the names of the arguments."""
    model = subject.model
    if model is None or not getattr(model, "compiled", False):
        return {}
    found = {"optimizer": model.optimizer, "loss": model.loss}
    known = {name: value for name, value in found.items() if value is not None}
    return {name: value if isinstance(value, str) else setting(value) for name, value in known.items()}
