"""Linear models as members, fitted by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeCV

from hornet.layers import Dense, Input
from hornet.models import Sequential
from hornet.tabular.tasks import OfNumbers, Task

_ALPHAS = np.logspace(-2, 4, 13)


def linear_model(x: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None, task: Task) -> Sequential:
    """Return a network of one layer that is a ridge regression or a logistic regression.

    Args:
        x: Encoded rows.
        encoded: Encoded labels.
        weights: Weights of the rows, or `None`.
        task: What is predicted; not quantiles.
    """
    fit = _ridge if isinstance(task, OfNumbers) else _softmax if task.activation == "softmax" else _sigmoids
    kernel, bias = fit(x, encoded, weights)
    model = Sequential([Input((x.shape[1],)), Dense(task.columns, task.activation)])
    model.set_weights([kernel.astype("float32"), bias.astype("float32")])
    return model


def _ridge(x: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(invalid="ignore", divide="ignore"):  # of one or two rows, leaving one out leaves nothing to fit
        fitted: Any = RidgeCV(_ALPHAS).fit(x.astype("float64"), encoded, sample_weight=weights)
    return np.atleast_2d(fitted.coef_).T, np.atleast_1d(fitted.intercept_)


def _softmax(x: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = np.zeros((x.shape[1], encoded.shape[1])), np.full(encoded.shape[1], -20.0)
    present = np.flatnonzero(encoded.any(axis=0))
    if len(present) < 2:
        bias[present] = 0.0
        return kernel, bias
    fitted = _logistic(x, encoded.argmax(axis=1), weights)
    if len(present) == 2:  # scikit-learn then has the column of the second alone
        kernel[:, present[1]] = fitted.coef_[0]
        bias[present] = 0.0, fitted.intercept_[0]
    else:
        kernel[:, present], bias[present] = fitted.coef_.T, fitted.intercept_
    return kernel, bias


def _sigmoids(x: np.ndarray, encoded: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = np.zeros((x.shape[1], encoded.shape[1])), np.zeros(encoded.shape[1])
    for column, labels in enumerate(encoded.T):
        if labels.min() == labels.max():
            bias[column] = 20.0 * (labels[0] - 0.5)
            continue
        fitted = _logistic(x, labels, weights)
        kernel[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
    return kernel, bias


def _logistic(x: np.ndarray, labels: np.ndarray, weights: np.ndarray | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is reached is good enough for one member of many
        return LogisticRegression(max_iter=300).fit(x, labels, sample_weight=weights)
