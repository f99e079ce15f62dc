"""What a report is about: a model, an estimator, or what a search found; and what is known of how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.validation import check_is_fitted

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.estimators.targets import output_losses
from hornet.models import Model
from hornet.reports.outcomes import Outcome, of_estimator, of_model, of_positive
from hornet.tabular.base import Tabular
from hornet.training.outputs import Outputs
from hornet.tuning.session import last_step
from hornet.tuning.trial_table import row_of
from hornet.tuning.tuner import Tuner

_MOST_LINES = 20
"""Lines of a leaderboard that are shown."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under headings.

    Args:
        headings: What the columns are called.
        lines: The cells of each row.
        of: How many rows there are, these included.
    """

    headings: Sequence[str]
    lines: Sequence[Sequence[Any]]
    of: int


@dataclass(frozen=True)
class Subject:
    """What is reported on.

    Args:
        name: What it is called.
        predictor: The estimator that predicts, or the model.
        model: The network; `None` if there is none.
        history: Metrics of every epoch by name; `{}` where they are not recorded.
        seeds: What draws came from, by name.
        settings: Parameters by name.
        leaderboard: The candidates that it was chosen from, the best first.
        space: What hyperparameters could be, by name.
        search: A study, which has pictures of its own.
        compared: Errors that were measured out of fold in training, by name.
    """

    name: str
    predictor: Any
    model: Any
    history: Mapping[str, Sequence[Any]]
    seeds: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    leaderboard: Table | None = None
    space: Mapping[str, str] = field(default_factory=dict)
    search: Any = None
    compared: Mapping[str, Any] = field(default_factory=dict)

    def outcomes(
        self, x: Any, y: Any, class_names: Sequence[Any] | None = None, pos_label: Any = None
    ) -> list[Outcome]:
        """Return what it predicts for some rows, beside their labels; one for each output."""
        if self.predictor is not self.model:
            found = of_estimator(self.predictor, x, y, class_names)
        else:
            predicted, names = self.model.predict(x, verbose=0), _output_names(self.model)
            found = of_model(predicted, _losses(self.model), names, y, class_names)
        return found if pos_label is None else of_positive(found, pos_label)

    def names_of(self, x: Any) -> Sequence[Any] | None:
        """Return what the columns of an array were called in training; `None` where they were not."""
        known = getattr(self.predictor, "feature_names_in_", None)
        return known if known is not None and len(known) == (getattr(x, "shape", None) or (0, 0))[-1] else None


def subject_of(given: Any, history: Any = None) -> Subject:
    """Return what is to be reported on.

    Args:
        given: A built model, a fitted estimator, a fitted search, or a study that was searched.
        history: The history of a model's training, what `fit` returned or a dict, in the place of its own.

    Raises:
        TypeError: If it is none of these.
        ValueError: If it is not trained yet.
    """
    recorded = _recorded(history)
    if isinstance(given, Model):
        if not given.built:
            raise ValueError(f"{given.name!r} is not built, so it predicts nothing yet. Train it first.")
        return Subject(f"{type(given).__name__} {given.name!r}", given, given, recorded or _recorded(given.history))
    if isinstance(given, Tuner):
        return _of_study(given, recorded)
    if not hasattr(given, "predict") or not hasattr(given, "get_params"):
        raise ArgumentError(
            f"`model` must be a model, an estimator, a search or a study, not {describe(given)}. Pass one that is "
            "trained; `keras.models.load_model` reads a file."
        )
    if hasattr(given, "cv_results_") or hasattr(given, "best_params_"):
        return _of_search(given, recorded)
    check_is_fitted(given)
    return _of_estimator(given, recorded)


def _of_estimator(estimator: Any, recorded: Mapping[str, Any]) -> Subject:
    if not (is_classifier(estimator) or is_regressor(estimator)):
        raise ArgumentError(
            f"`model` must be a classifier or a regressor, not {describe(estimator)}. Pass one of these."
        )
    last = last_step(estimator)
    parameters = dict(last.get_params(deep=False))
    compared = dict(last.comparison_) if isinstance(last, Tabular) else {}
    seeds = {"random_state": parameters.pop("random_state")} if "random_state" in parameters else {}
    return Subject(
        type(last).__name__ if last is estimator else f"{type(estimator).__name__} with {type(last).__name__}",
        estimator,
        getattr(last, "model_", None),
        recorded or _recorded(getattr(last, "history_", None)),
        seeds,
        parameters,
        _of_candidates(last) if isinstance(last, Tabular) else None,
        compared={"metric": last.metric_, **compared} if compared else {},
    )


def _of_search(search: Any, recorded: Mapping[str, Any]) -> Subject:
    if not hasattr(search, "best_estimator_"):
        raise ValueError(
            f"{type(search).__name__} has no best estimator. Fit it with `refit=True`, or with the name of the score "
            "that decides where there are several."
        )
    inner = _of_estimator(search.best_estimator_, recorded)
    spaces = next(
        (
            getattr(search, name)
            for name in ("param_grid", "param_distributions", "search_spaces", "space")
            if hasattr(search, name)
        ),
        {},
    )
    each = [spaces] if isinstance(spaces, Mapping) else [part for part in spaces if isinstance(part, Mapping)]
    space = {name: _said(domain) for part in each for name, domain in part.items()}
    return Subject(
        f"the best {inner.name} of a {type(search).__name__}",
        search.best_estimator_,
        inner.model,
        inner.history,
        {**inner.seeds, **({"search": search.random_state} if hasattr(search, "random_state") else {})},
        inner.settings,
        _of_results(search),
        space,
        compared=inner.compared,
    )


def _of_study(tuner: Tuner, recorded: Mapping[str, Any]) -> Subject:
    estimator = getattr(tuner, "best_estimator", None)
    model = tuner.best_model
    inner = None if estimator is None else _of_estimator(estimator, recorded)
    lines = [row_of(trial, tuner.space) for trial in tuner.ranked]
    facts = ["number", "value", "epochs", "seconds"]
    space = {name: _said(domain) for name, domain in tuner.space.items()}
    return Subject(
        f"the best of {len(tuner.ended)} trials of a study",
        model if inner is None else estimator,
        model if inner is None else inner.model,
        recorded if inner is None else inner.history,
        {"study": tuner.seed},
        dict(tuner.best_params),
        Table(
            ["trial", str(tuner.objective.name), *facts[2:], *space],
            [[line[name] for name in (*facts, *space)] for line in lines[:_MOST_LINES]],
            len(lines),
        ),
        space,
        tuner,
    )


def _of_candidates(estimator: Any) -> Table:
    metric = estimator.metric_
    lines = [
        [place + 1, line["kind"], line[metric], line["share"], line["seconds"], _said(line["settings"])]
        for place, line in enumerate(estimator.leaderboard_[:_MOST_LINES])
    ]
    headings = ["rank", "kind", f"{metric}, out of fold", "share", "seconds", "settings"]
    return Table(headings, lines, len(estimator.leaderboard_))


def _of_results(search: Any) -> Table:
    results = search.cv_results_
    refit = getattr(search, "refit", True)
    metric = refit if isinstance(refit, str) else "score"
    mean, spread = (results[f"{summed}_test_{metric}"] for summed in ("mean", "std"))
    order = np.argsort(results[f"rank_test_{metric}"], kind="stable")[:_MOST_LINES]
    names = [name for name in results if name.startswith("param_")]
    lines = [
        [
            int(results[f"rank_test_{metric}"][place]),
            float(mean[place]),
            float(spread[place]),
            float(results["mean_fit_time"][place]),
            *("" if results[name][place] is np.ma.masked else _said(results[name][place]) for name in names),
        ]
        for place in order
    ]
    scoring = search.scoring if isinstance(search.scoring, str) and metric == "score" else metric
    headings = ["rank", f"{scoring}, mean", "deviation", "seconds a fit", *(name[6:] for name in names)]
    return Table(headings, lines, len(mean))


def _recorded(history: Any) -> dict[str, list[Any]]:
    """Return a history's metrics that are one number an epoch, by name."""
    found = getattr(history, "history", history) or {}
    return {
        str(name): [float(value) for value in values]
        for name, values in found.items()
        if len(values) and np.ndim(values[0]) == 0
    }


def _losses(model: Any) -> list[Any]:
    """Return the loss of each output; `None` where the model has none."""
    count = len(_output_names(model))
    return [loss for _, loss in output_losses(model)] if getattr(model, "compiled", False) else [None] * count


def _output_names(model: Any) -> list[str]:
    return list(Outputs.of(model).shapes)


def _said(value: Any) -> str:
    """Return a parameter, or what it may be, in few words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_said(each)}" for name, each in value.items())
    if isinstance(value, float):
        return f"{value:.4g}"
    if hasattr(value, "dist") and hasattr(value, "args"):  # a distribution of SciPy's
        arguments = [*value.args, *(f"{name}={each}" for name, each in value.kwds.items())]
        return f"{value.dist.name}({', '.join(map(str, arguments))})"
    if isinstance(value, np.ndarray | range) and len(value) > 8:
        return f"{len(value)} values from {value[0]} to {value[-1]}"
    text = " ".join(str(getattr(value, "__name__", value)).split())
    return text if len(text) <= 120 else f"{text[:119]}…"
