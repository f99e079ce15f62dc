"""Estimators that build their network themselves: multilayer perceptrons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hornet import activations, metrics
from hornet.core.checks import boolean
from hornet.estimators.base import NetworkClassifier, NetworkRegressor
from hornet.estimators.linear_start import start_as_line
from hornet.estimators.mlp_base import MLP
from hornet.estimators.targets import Numbers, Target


class MLPClassifier(MLP, NetworkClassifier):
    """Multilayer perceptron for classes, with scikit-learn's parameters and sound defaults.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer; see `MLP` for this and all other parameters.
        class_weight: Weight of each class, by its label, or `"balanced"`; it multiplies `sample_weight`.

    Example:
        >>> from sklearn.datasets import load_wine
        >>> X, y = load_wine(return_X_y=True)
        >>> classifier = MLPClassifier((20,), random_state=0).fit(X, y)
        >>> classifier.score(X, y) > 0.95, classifier.predict_proba(X[:2]).shape
        (True, (2, 3))
    """

    _score = "accuracy"

    def __init__(
        self,
        hidden_layer_sizes: Any = (256, 256),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.5,
        batch_size: int | str = "auto",
        learning_rate: str = "cosine",
        learning_rate_init: float | str = "auto",
        max_iter: int | str = "auto",
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 40,
        dropout: float = 0.1,
        batch_norm: bool = False,
        class_weight: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            dropout=dropout,
            batch_norm=batch_norm,
        )
        self.class_weight = class_weight

    def _ending(self, target: Target) -> tuple[str | None, str, Callable[..., Any]]:
        if target.kind == "multiclass":
            return "softmax", "sparse_categorical_crossentropy", metrics.SparseCategoricalCrossentropy
        if target.kind == "multiclass-multioutput":
            raise ValueError(
                "`y` has several columns of classes. Pass one, or wrap the estimator in scikit-learn's "
                "`MultiOutputClassifier`, which trains one for each column."
            )
        return "sigmoid", "binary_crossentropy", metrics.BinaryCrossentropy

    def _strata(self, y: np.ndarray, count: int) -> np.ndarray | None:
        if y.ndim > 1:
            return None
        sizes = np.unique(y, return_counts=True)[1]
        return y if sizes.min() > 1 and len(sizes) <= count else None


class MLPRegressor(MLP, NetworkRegressor):
    """Multilayer perceptron for numbers, with scikit-learn's parameters and sound defaults.

    The labels are scaled to mean 0 and standard deviation 1 on the way in, and back in `predict`; losses are of scaled
    labels.

    Before `fit` trains it, the network is a line, the ridge regression of its scaled inputs, and training bends it: of
    few rows it seldom learns less than the line says. Pairs of hidden units carry the line with opposite signs, so the
    activation must have `f(z) - f(-z)` in proportion to `z`, as relu, silu, gelu, leaky_relu, softplus and identity do.
    With others, such as tanh, with `batch_norm`, fewer than 4 units of a hidden layer for each output, fewer than 10
    rows, or many rows of more than 1250 columns, it begins as a constant, and so it does in `partial_fit`. The line is
    fitted to at most 20,000 rows, drawn at random; to fewer where they have more than 300 columns.

    Args:
        hidden_layer_sizes: Number of neurons of each hidden layer; see `MLP` for this and all other parameters.
        linear_start: Whether to begin as a line; `False` for a network that begins as a constant.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> MLPRegressor((20,), random_state=0).fit(X, y).score(X, y) > 0.4
        True
    """

    _score = "r2_score"

    def __init__(
        self,
        hidden_layer_sizes: Any = (256, 256),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.5,
        batch_size: int | str = "auto",
        learning_rate: str = "cosine",
        learning_rate_init: float | str = "auto",
        max_iter: int | str = "auto",
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 40,
        dropout: float = 0.1,
        batch_norm: bool = False,
        linear_start: bool = True,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            dropout=dropout,
            batch_norm=batch_norm,
        )
        self.linear_start = linear_start

    def _ending(self, target: Target) -> tuple[str | None, str, Callable[..., Any]]:
        return None, "mean_squared_error", metrics.MeanSquaredError

    def _check_parameters(self) -> None:
        super()._check_parameters()
        boolean("linear_start", self.linear_start)

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        return Numbers(y, sample_weight, scaled=True)

    def _start(self, model: Any, x: Any, y: Any, sample_weight: np.ndarray | None) -> None:
        # Batches are normalized after the kernel, which would bend the line.
        if self.linear_start and not self.batch_norm:
            start_as_line(model, x, y, sample_weight, activations.get(self._activation))
