"""A model card in Markdown, with the headings and the front matter of Hugging Face's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hornet.core.checks import text
from hornet.core.files import atomic_write
from hornet.core.folders import file_given, make_folder_of
from hornet.reports.findings import Findings, find
from hornet.reports.outcomes import KINDS, REGRESSION
from hornet.reports.page import compiled, layers, template, versions
from hornet.reports.subject import Subject, subject_of

_UNKNOWN = "not recorded"


def model_card(
    model: Any,
    x: Any = None,
    y: Any = None,
    to_file: str | os.PathLike[str] | None = None,
    *,
    name: str | None = None,
    license: str | None = None,
    developers: str | None = None,
    description: str | None = None,
    intended_use: str | None = None,
    training_data: str | None = None,
    limitations: str | None = None,
    rows: int = 10_000,
    seed: int = 0,
    resamples: int = 200,
    class_names: Sequence[Any] | None = None,
    pos_label: Any = None,
    feature_names: Sequence[Any] | None = None,
    history: Any = None,
) -> str:
    """Return a model card in Markdown: what a model is, how it was trained and how good it is, as far as that is known.

    Headings and front matter are Hugging Face's. What is not known, and is not given here, is "not recorded".

    Args:
        model: A trained model, a fitted estimator, pipeline or search, or a study that was searched.
        x: Rows to measure it on, best such as it was not trained on.
        y: Their labels.
        to_file: A file to write the card to, too, such as `"README.md"`.
        name: What the model is called; by default what it is.
        license: The license's identifier, such as `"apache-2.0"`.
        developers: Who made it.
        description: What it is for, in Markdown.
        intended_use: What it may be used for, in Markdown.
        training_data: What it was trained on, in Markdown.
        limitations: What is known to go wrong, in Markdown.
        rows: The most rows to look at, which are drawn.
        seed: What rows and intervals are drawn from.
        resamples: How often rows are drawn for an interval.
        class_names: What classes or labels are called, in the order of the model's outputs Labels of a model
            with a single output may then be these names.
        pos_label: Which of two classes is the positive one, of which F1, average precision and areas are: one of
            `classes_`, or of `class_names`. By default the second of them, which of words is that of the alphabet.
        feature_names: What the columns of an array are called.
        history: What `fit` returned, for a model that does not have it any more.

    Raises:
        TypeError: If it is no model, or rows are not in memory.
        ValueError: If the model is not trained, rows and labels do not fit together, or there is one without the other.
        ImportError: If a library of the extra `report` is not installed.

    Source:
        Mitchell et al. 2019.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from hornet.estimators import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> card = model_card(MLPClassifier(max_iter=5, random_state=0).fit(X, y), X, y, name="Irises", resamples=10)
        >>> card.splitlines()[0], "# Model Card for Irises" in card.splitlines(), "License:** not recorded" in card
        ('---', True, True)
    """
    given = {"name": name, "license": license, "developers": developers, "description": description}
    given |= {"intended_use": intended_use, "training_data": training_data, "limitations": limitations}
    for argument, value in given.items():
        if value is not None:
            text(argument, value)
    if (x is None) != (y is None):
        raise ValueError("A card has metrics of rows and their labels. Pass `x` and `y`, or neither.")
    path = None if to_file is None else Path(file_given("to_file", to_file, "README.md"))
    if path is not None:
        make_folder_of(path)
    names = {"class_names": class_names, "pos_label": pos_label, "feature_names": feature_names, "history": history}
    findings = x if x is None else find(model, x, y, rows=rows, seed=seed, resamples=resamples, **names, is_whole=False)
    subject = subject_of(model, history) if findings is None else findings.subject
    card = template("card.md.jinja", json=_json, plain=plain).render(**_parts(subject, findings, given))
    card = re.sub(r"\n{3,}", "\n\n", card).strip() + "\n"
    if path is not None:
        with atomic_write(path) as new:
            new.write_text(card, encoding="utf-8")
    return card


def plain(value: Any) -> str:
    r"""Return text that Markdown, and the HTML it becomes, show as it is.

    Example:
        >>> plain("<b>|a_b")
        '&lt;b&gt;\\|a\\_b'
    """
    escaped = re.sub(r"([\\`*_\[\]|#])", r"\\\1", " ".join(str(value).split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _parts(subject: Subject, findings: Findings | None, given: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what the template shows."""
    name, known = given["name"] or subject.name, layers(subject)
    kinds = [] if findings is None else list(dict.fromkeys(KINDS[one.outcome.kind] for one in findings.judged))
    of_what = f"a model for {' and '.join(kinds)}" if kinds else "a model"
    return {
        **given,
        "name": name,
        "subject": subject,
        "findings": findings,
        "kinds": kinds,
        "sentence": f"{name} is {of_what}.",
        "layers": known,
        "weights": sum(layer[3] for layer in known),
        "start": _start(subject),
        "compiled": compiled(subject),
        "epochs": max(map(len, subject.history.values()), default=0),
        "last": {name: values[-1] for name, values in subject.history.items()},
        "versions": versions(),
        "unknown": _UNKNOWN,
        "front": _front(name, given["license"], findings),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # YAML has no pairs of surrogates


def _start(subject: Subject) -> str:
    """Return a program that loads the model and predicts."""
    kind = type(subject.predictor).__name__
    if subject.predictor is subject.model:
        lines = ["import hornet", 'model = hornet.saving.load_model("model.keras")']
    elif hasattr(subject.predictor, "load"):
        lines = [f"from hornet.estimators import {kind}", f'model = {kind}.load("model.keras")']
    else:
        lines = [
            "import joblib",
            'model = joblib.load("model.joblib")  # it runs code: load files that you trust alone',
        ]
    return f"{lines[0]}\n\n{lines[1]}\npredictions = model.predict(x)"


def _front(name: str, license: str | None, findings: Findings | None) -> dict[str, Any]:
    """Return the front matter; each value is written as JSON, which is YAML."""
    front: dict[str, Any] = {"library_name": "hornet", "tags": ["hornet", "keras"]}
    if license is not None:
        front["license"] = license
    if findings is None:
        return front
    of_numbers = all(one.outcome.kind == REGRESSION for one in findings.judged)
    front["tags"] = [*front["tags"], "regression" if of_numbers else "classification"]
    if findings.rows.names:
        front["pipeline_tag"] = "tabular-regression" if of_numbers else "tabular-classification"
    results = [
        {
            "task": {"type": front.get("pipeline_tag", front["tags"][-1])},
            "dataset": {"name": _UNKNOWN, "type": "tabular" if findings.rows.names else "other"},
            "metrics": [
                {
                    "type": "_".join(re.findall(r"\w+", one.metric.name.lower())),
                    "value": one.value,
                    "name": one.metric.name,
                }
                for one in judged.measured
                if one.value == one.value
            ],
        }
        for judged in findings.judged
    ]
    return {**front, "model-index": [{"name": name, "results": results}]}
