"""`tune`: a search for the hyperparameters of the best model, in one call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from hornet.core.containers import is_sparse, is_tensor
from hornet.core.errors import ArgumentError
from hornet.core.frames import is_of_frame_library
from hornet.core.suggestions import did_you_mean
from hornet.estimators import MLPClassifier, MLPRegressor
from hornet.estimators.mlp_base import MLP
from hornet.models.model import Model
from hornet.tuning.labelled import name_classes, rows_and_labels
from hornet.tuning.network_tuner import NetworkTuner
from hornet.tuning.networks import Networks
from hornet.tuning.tuner import Tuner


def tune(
    build_model: Any = None, x: Any = None, y: Any = None, *, target: str | None = None, **arguments: Any
) -> Tuner:
    """Look for the hyperparameters of the best model; further arguments are those of `Tuner` and of its `search`.

    Without `build_model`, as `tune(X, y)` or `tune(frame, target="price")`, it tunes a multilayer perceptron on the
    rows: an `MLPClassifier` where labels are words or few whole numbers, else an `MLPRegressor`. The columns of a frame
    are encoded as by `hornet.preprocessing.encode`. `best_model` takes such rows as they come, and `best_estimator` is
    the fitted estimator. `tune(MLPRegressor(), X, y)` says which it is, with other parameters than the default ones.

    Args:
        build_model: What makes a model, see `Tuner`; rows; or an `MLPClassifier` or `MLPRegressor`, or its class.
        x: Rows; labels where the first argument is rows.
        y: Labels.
        target: The name of the column that holds the labels, of a frame or a dict of columns.
        **arguments: Arguments of `Tuner`, such as `space`, `trials`, `minutes` and `storage`, and of its `search`, such
            as `cv` and `sample_weight`.

    Raises:
        TypeError: If there is neither a function nor rows, or labels are missing.
        ValueError: If an argument is none of what it may be.

    Example:
        >>> import numpy as np
        >>> from scipy.stats import loguniform
        >>> from hornet import Sequential, layers, optimizers
        >>> def build_model(units, rate):
        ...     model = Sequential([layers.Dense(units, "relu"), layers.Dense(1)])
        ...     model.compile(loss="mse", optimizer=optimizers.Adam(rate))
        ...     return model
        >>> x = np.random.default_rng(0).normal(size=(60, 2))
        >>> space = {"units": [4, 8], "rate": loguniform(1e-3, 1e-1)}
        >>> tuner = tune(build_model, x, x.sum(axis=1), space=space, trials=3, epochs=2)
        >>> sorted(tuner.best_params), len(tuner.trials)
        (['rate', 'units'], 3)
        >>> table = {"area": x[:, 0], "city": ["oslo", "rome"] * 30, "price": x[:, 0] * 50 + 300}
        >>> tuner = tune(table, target="price", space={"n_neurons": [4, 8]}, trials=2, epochs=2)
        >>> tuner.best_model.predict({"area": [0.5], "city": ["oslo"]}, verbose=0).shape
        (1, 1)
    """
    kind: Any = build_model if isinstance(build_model, type) else type(build_model)
    if _holds_rows(build_model):
        if x is not None and y is not None:
            raise ArgumentError(
                "`tune` got rows, labels and a third thing. Pass `tune(X, y)`, and weights by `sample_weight=`."
            )
        return _tune_networks(None, build_model, y if x is None else x, target, arguments)
    if build_model is None or issubclass(kind, MLP):
        estimator: Any = None if build_model is None else kind() if kind is build_model else clone(build_model)
        return _tune_networks(estimator, x, y, target, arguments)
    if issubclass(kind, BaseEstimator):
        raise ArgumentError(
            f"`tune` takes no `{kind.__name__}`. Pass rows and labels, an `MLPRegressor` or `MLPClassifier`, or a "
            "function that makes a model; `BayesSearchCV` takes any estimator."
        )
    if target is not None:
        raise ArgumentError("`target` goes with a frame, and there is a `build_model`. Pass labels as `y`.")
    mine, others = _parted(arguments)
    return Tuner(build_model, **mine).search(x, y, **others)


_OF_ROWS = ("sample_weight", "cv", "validation_data", "validation_split", "class_weight")
"""Arguments of `search` that say what networks are trained on."""


def _tune_networks(estimator: MLP | None, x: Any, y: Any, target: str | None, arguments: Mapping[str, Any]) -> Tuner:
    rows, labels = rows_and_labels(x, y, target)
    if "hp" in arguments:
        raise ArgumentError("`hp` goes with a `build_model`. Pass `space`, a dict of an estimator's parameters.")
    if estimator is None:
        estimator = MLPClassifier() if name_classes(labels) else MLPRegressor()
    mine, others = _parted(arguments)
    given = {name: others.pop(name) for name in _OF_ROWS if name in others}
    if target is not None and _holds_rows(given.get("validation_data")):
        given["validation_data"] = rows_and_labels(given["validation_data"], None, target)
    of_space = {name: mine.pop(name) for name in ("space", "fixed") if name in mine}
    seed, verbose = mine.get("seed", 0), bool(others.get("verbose", False))
    networks = Networks(estimator, rows, labels, **given, **of_space, seed=seed, verbose=verbose)
    return NetworkTuner(networks, **mine).search(None, **others)


_OTHERS = {
    **dict.fromkeys(("n_trials", "max_trials", "n_iter", "max_evals"), "trials"),
    "timeout": "minutes",
    "directory": "storage",
    "tuner": "sampler",
    "scoring": "objective",
    "max_epochs": "epochs",
}
"""What other libraries call the arguments."""


def _parted(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of `Tuner`, and those of its `search`."""
    of_tuner = inspect.signature(Tuner).parameters
    known = [*of_tuner, *inspect.signature(Tuner.search).parameters, *inspect.signature(Model.fit).parameters]
    for name in arguments:
        if name not in known:
            advice = f" Did you mean {_OTHERS[name]!r}?" if name in _OTHERS else did_you_mean(name, known)
            raise ArgumentError(f"`tune` has no argument `{name}`.{advice}")
    mine = {name: value for name, value in arguments.items() if name in of_tuner}
    return mine, {name: value for name, value in arguments.items() if name not in of_tuner}


def _holds_rows(value: Any) -> bool:
    """Return whether a value is rows, and nothing that makes models."""
    is_held = is_of_frame_library(value) or is_sparse(value) or is_tensor(value)
    return is_held or isinstance(value, np.ndarray | Mapping | list)
