"""What boosted trees predict for the same held-out rows, so that a model is honest about itself."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from hornet.tabular.tasks import OfNumbers, Task
from hornet.tabular.training import Rows

TREES = "hist_gradient_boosting"
_PART = 0.1
"""The part of the time of training that a comparison may take; where all folds would take more, one does."""


def compared(
    rows: Rows, task: Task, outputs: Sequence[tuple[str, np.ndarray]], seconds: float, seed: int
) -> dict[str, Any]:
    """Return the error of scikit-learn's boosted trees with their defaults on held-out rows, beside that of others.

    Args:
        rows: The rows.
        task: What is predicted.
        outputs: Names of others, and their outputs for all held-out rows.
        seconds: How long training took.
        seed: Of the trees.

    Returns:
        Errors by name, and with how many `"folds"`.
    """
    begun = perf_counter()
    found = [_trees(rows, task, *rows.folds[0], seed)]
    is_short = (perf_counter() - begun) * len(rows.folds) <= _PART * seconds
    folds = rows.folds if is_short else rows.folds[:1]
    found += [_trees(rows, task, *fold, seed) for fold in folds[1:]]
    held = np.concatenate([held for _, held in folds])
    places = np.searchsorted(rows.held_out, held)
    labels, weights = rows.y[held], None if rows.weights is None else rows.weights[held]

    def error(predicted: np.ndarray) -> float:
        deviations = task.deviations(predicted, labels)
        return task.error(deviations.reshape(len(deviations), -1), weights)

    errors = {name: error(predicted[places]) for name, predicted in outputs}
    return {**errors, TREES: error(np.concatenate(found)), "folds": len(folds)}


def _trees(rows: Rows, task: Task, kept: np.ndarray, held: np.ndarray, seed: int) -> np.ndarray:
    """Return the outputs of boosted trees for the rows that a fold holds out."""
    x, y, weights = rows.part("robust", kept)
    x_held = rows.x["robust"][held]
    if isinstance(task, OfNumbers) and len(task.quantiles):
        trees = [
            _fitted(HistGradientBoostingRegressor, x, y[:, 0], weights, seed, loss="quantile", quantile=level)
            for level in task.quantiles
        ]
        return np.stack([each.predict(x_held) for each in trees], 1)
    if isinstance(task, OfNumbers):
        return np.stack(
            [_fitted(HistGradientBoostingRegressor, x, one, weights, seed).predict(x_held) for one in y.T], 1
        )
    if task.activation == "sigmoid":
        return np.stack([_probabilities(x, one, weights, x_held, 2, seed)[:, 1] for one in y.T], 1)
    return _probabilities(x, y.argmax(axis=1), weights, x_held, task.columns, seed)


def _probabilities(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray | None, x_held: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    found = np.zeros((len(x_held), classes))
    present = np.unique(y).astype(int)
    if len(present) == 1:
        found[:, present] = 1.0
    else:
        found[:, present] = _fitted(HistGradientBoostingClassifier, x, y, weights, seed).predict_proba(x_held)
    return found


def _fitted(kind: Any, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None, seed: int, **how: Any) -> Any:
    # Early stopping splits rows off by class, which a class of one row does not survive.
    rare = np.unique(y, return_counts=True)[1].min() < 2 if kind is HistGradientBoostingClassifier else False
    how |= {"early_stopping": False} if rare else {}
    with threadpool_limits(
        1
    ):  # which wait for one another in loops: a hundred times the work on a machine that is busy
        return kind(random_state=seed, **how).fit(x, y, sample_weight=weights)
