"""What a study looks for: a metric in the logs, or a scorer of scikit-learn's, and which of its values are better."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from sklearn.metrics import get_scorer, get_scorer_names

from hornet import losses, metrics
from hornet.callbacks import EarlyStopping
from hornet.callbacks.monitor import Monitor
from hornet.core.checks import one_of
from hornet.core.errors import ArgumentError
from hornet.core.suggestions import did_you_mean
from hornet.training.compiled import compiled_of
from hornet.tuning.ensembles import LOSSES, Loss, Predicted, mean_of

_LOSSES_OF_METRICS = {
    metrics.MeanSquaredError: "mse",
    metrics.MeanAbsoluteError: "mae",
    metrics.SparseCategoricalCrossentropy: "log_loss",
}
"""Metrics that NumPy computes much faster of few rows than programs do."""
_DIRECTIONS = {None: "auto", "auto": "auto", "min": "min", "max": "max", "minimize": "min", "maximize": "max"}


@dataclass(frozen=True)
class Objective:
    """What a study looks for.

    Args:
        name: A name in the logs, such as `"val_loss"`, or the scorer's.
        direction: `"min"`, `"max"`, or `"auto"`: what the metric itself says; a scorer's is `"max"`.
        scorer: A scorer `(estimator, x, y) -> float`; `None` for a name in the logs.
    """

    name: str = "val_loss"
    direction: str = "auto"
    scorer: Callable[..., float] | None = None

    @classmethod
    def of(cls, given: Any, direction: str | None = None, has_scorers: bool = True) -> Objective:
        """Return what a user describes: a name, a scorer, an object with `name` and `direction`, as KerasTuner's.

        Args:
            given: What the user passed.
            direction: `"min"` or `"max"`; by default what the metric says.
            has_scorers: Whether a name may be that of a scorer.

        Raises:
            ValueError: If it is none of these.
        """
        direction = _DIRECTIONS[one_of("direction", direction, tuple(_DIRECTIONS))]
        if isinstance(given, list | tuple):
            if len(given) != 1:
                raise ValueError(
                    "`objective` must be one, not several. Pass one, or a scorer that weighs them against each other."
                )
            return cls.of(given[0], direction, has_scorers)
        if isinstance(given, cls):
            return given
        if isinstance(given, str):
            is_scorer = has_scorers and not given.startswith("val_") and given in get_scorer_names()
            scorer: Any = get_scorer(given) if is_scorer else None
            return cls(given, "max" if is_scorer else direction, scorer)
        if hasattr(given, "name") and hasattr(given, "direction"):
            return cls.of(given.name, given.direction, has_scorers)
        if callable(given):
            scorer = cast(Callable[..., float], given)
            if not hasattr(given, "_response_method") and _arguments(given) == 2:
                raise ArgumentError(
                    "`objective` must be a scorer `(estimator, x, y)`, and takes two arguments. Pass "
                    "`sklearn.metrics.make_scorer(function)`."
                )
            return cls(getattr(given, "__name__", "score"), "max" if direction == "auto" else direction, scorer)
        raise ValueError(
            f"`objective` must be the name of a metric or of a scorer of scikit-learn's, or a scorer, not {given!r}. "
            "Pass 'val_loss', for example."
        )

    @property
    def sign(self) -> int:
        """What to multiply a value with for one that is to be minimized."""
        return -1 if self.direction == "max" else 1

    def is_logged(self, model: Any) -> bool:
        """Return whether it is a name in the logs of a model that is built and compiled."""
        return self.scorer is None and self.name in _names_in_logs(model)

    def checked(self, model: Any, is_returned: bool = False) -> Objective:
        """Return the objective with its direction known, for a model that is built and compiled.

        Args:
            model: The model.
            is_returned: Whether a `fit` of the user's own may return what the model does not measure.

        Raises:
            ValueError: If the model measures nothing of this name, or does not say which values are better.
        """
        names = _names_in_logs(model)
        if self.scorer is not None or (is_returned and self.name not in names and self.direction != "auto"):
            return self
        if self.name not in names:
            if is_returned:
                raise ValueError(
                    f"`objective` is {self.name!r}, which the model does not measure, so it does not say which "
                    "values are better. Pass `direction='min'` or 'max', in an `Objective` to KerasTuner's classes."
                )
            # A scorer's name that is none here was passed where only logs count.
            others = "" if self.name in get_scorer_names() else "; or name a scorer of scikit-learn's, such as 'r2'"
            raise ValueError(
                f"`objective` is {self.name!r}, which the model does not measure.{did_you_mean(self.name, names)} "
                f"There are: {', '.join(names)}{others}."
            )
        higher = Monitor(self.name, self.direction).higher_is_better(model)
        return replace(self, direction="max" if higher else "min")

    def keeper(self, epochs: int) -> EarlyStopping:
        """Return the callback that ends training with the weights of the best epoch, for a name in the logs."""
        return EarlyStopping(self.name, patience=epochs, mode=self.direction, restore_best_weights=True)

    def score(self, x: Any, y: Any, prediction: Any) -> float:
        """Return what the scorer says of the prediction for some rows."""
        assert self.scorer is not None
        return float(self.scorer(Predicted.of(y, prediction), x, np.asarray(y)))

    def is_weighted(self, model: Any) -> bool:
        """Return whether the weights of rows count: in the loss and in `weighted_metrics` they do."""
        is_loss = self.name.removeprefix("val_") == "loss"
        return self.scorer is None and (is_loss or not compiled_of(model, "evaluate").arguments.metrics)

    def loss(self, model: Any) -> Loss:
        """Return a function of labels and predictions that is the less the better, for choosing an ensemble by.

        Args:
            model: A compiled model, whose loss or metric it is where the objective is one of its logs.
        """
        if self.scorer is not None:
            return lambda y, prediction, weight=None: self.sign * self.score(prediction, y, prediction)
        name = self.name.removeprefix("val_")
        measures: dict[str, Any] = dict(zip(model.metrics_names, model.metrics, strict=True))
        if name not in measures:
            raise ValueError(
                f"An ensemble is chosen by what models measure, and only a `fit` of the `HyperModel` knows {name!r}. "
                "Choose members yourself, of `best_models`, and put them together with `models.average`."
            )
        measure = measures[name]
        if type(measure) in _LOSSES_OF_METRICS and not getattr(measure, "from_logits", False):
            mean: Any = LOSSES[_LOSSES_OF_METRICS[type(measure)]]
            return lambda y, prediction, weight=None: mean(
                y, prediction, None if weight is None else weight / np.mean(weight)
            )
        if name != "loss":
            return lambda y, prediction, weight=None: self.sign * measured(measure, y, prediction, weight)
        known = [loss for loss in (model.loss, getattr(model.loss, "name", None)) if isinstance(loss, str)]
        from_logits = getattr(model.loss, "from_logits", False)
        for name in () if from_logits else known:
            name = "log_loss" if name.endswith("crossentropy") else name
            if name in LOSSES:
                return LOSSES[name]
        function = losses.get(model.loss)
        return lambda y, prediction, weight=None: mean_of(np.asarray(function(y, prediction)), weight)


def _arguments(function: Callable[..., Any]) -> int | None:
    """Return how many arguments a function must have; `None` where it does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return sum(each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)


def measured(metric: Any, y: Any, prediction: Any, weight: Any = None) -> float:
    """Return a metric of predictions; the metric's own count is begun anew."""
    metric.reset_state()
    metric.update_state(y, prediction, weight)
    return float(metric.result())


def _names_in_logs(model: Any) -> list[str]:
    return [f"{part}{name}" for part in ("val_", "") for name in model.metrics_names]


def is_number(value: Any) -> bool:
    """Return whether a value is one that can be ranked."""
    return isinstance(value, int | float | np.number) and math.isfinite(value)


def logs_of(history: Mapping[str, list[Any]], place: int) -> dict[str, float]:
    """Return the numbers of an epoch, by their names; `place` is its place among those in the history."""
    found = {name: values[place] for name, values in history.items() if -len(values) <= place < len(values)}
    return {name: float(value) for name, value in found.items() if is_number(value)}
