"""The wrappers of Keras 3."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from hornet import estimators
from hornet.callbacks import History
from hornet.estimators import Job
from hornet.estimators.base import Rows
from hornet.estimators.keras import KerasEstimator
from hornet.estimators.targets import Classes


class SKLearnEstimator(KerasEstimator):
    """How Keras 3's wrappers differ: arguments are in two dicts, and the function gets `X` and `y`.

    Args:
        model: A compiled model, of which each `fit` trains a copy with new weights; or a function of `X` and `y` that
            returns one, where classes are one-hot rows in `y`.
        warm_start: Whether `fit` goes on with the model of the last `fit`.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`, in whose place those of `fit` may come.
    """

    history_: Any
    """The `History` of the last `fit`."""

    def __init__(self, model: Any, warm_start: bool = False, model_kwargs: Any = None, fit_kwargs: Any = None) -> None:
        super().__init__(model, warm_start=warm_start)
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return BaseEstimator.get_params(self, deep)

    def set_params(self, **params: Any) -> Self:
        BaseEstimator.set_params(self, **params)
        return self

    def finish(self, job: Job, history: History) -> Self:
        super().finish(job, history)
        self.history_ = history
        return self

    @property
    def _metrics_so_far(self) -> Mapping[str, list[Any]]:
        return self.history_.history

    def _fill_in(self, rows: Rows, target: Any) -> dict[str, Any]:
        return {"X": rows[0], "y": self._labels(rows[1], target)}

    def _labels(self, y: np.ndarray, target: Any) -> np.ndarray:
        return y

    def _function_arguments(self) -> dict[str, Any]:
        return copy.deepcopy(dict(self.model_kwargs or {}))

    def _settings(self, fit_arguments: Mapping[str, Any]) -> dict[str, Any]:
        return super()._settings({**(self.fit_kwargs or {}), **fit_arguments})


class SKLearnClassifier(SKLearnEstimator, estimators.KerasClassifier):
    """Classifier around a Keras model, with the arguments of Keras 3's.

    Args:
        model: A compiled model, or a function of `X` and `y` that returns one.
        warm_start: Whether `fit` goes on with the model of the last `fit`.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Example:
        >>> from hornet import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> def dynamic_model(X, y, loss):
        ...     model = Sequential([layers.Input(X.shape[1:]), layers.Dense(y.shape[1], "softmax")])
        ...     model.compile(loss=loss, optimizer="adam")
        ...     return model
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = SKLearnClassifier(dynamic_model, model_kwargs={"loss": "categorical_crossentropy"})
        >>> classifier.fit(X, y, epochs=5).decision_function(X).shape
        (150, 3)
    """

    def decision_function(self, X: Any) -> Any:
        """Return the model's outputs for some rows; of two classes how much more probable the second one is.

        Args:
            X: Rows of features.
        """
        if isinstance(self.target_encoder_, Classes) and len(self.classes_) == 2:
            probabilities = self.predict_proba(X)
            return probabilities[:, 1] - probabilities[:, 0]
        return self._outputs(X)

    def _labels(self, y: np.ndarray, target: Any) -> np.ndarray:
        return target.one_hot(y, len(target.classes)) if isinstance(target, Classes) else y


class SKLearnRegressor(SKLearnEstimator, estimators.KerasRegressor):
    """Regressor around a Keras model, with the arguments of Keras 3's.

    Args:
        model: A compiled model, or a function of `X` and `y` that returns one.
        warm_start: Whether `fit` goes on with the model of the last `fit`.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Example:
        >>> from hornet import Sequential, layers, optimizers
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = Sequential([layers.Dense(1, input_shape=(10,))])
        >>> model.compile(loss="mse", optimizer=optimizers.Adam(1.0))
        >>> SKLearnRegressor(model, fit_kwargs={"epochs": 100}).fit(X, y).score(X, y) > 0.1
        True
    """
