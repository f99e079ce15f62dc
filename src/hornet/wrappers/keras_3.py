"""The wrappers of Keras 3."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from hornet import estimators
from hornet.callbacks import History
from hornet.estimators import Job
from hornet.estimators.base import Rows
from hornet.estimators.keras import KerasEstimator
from hornet.estimators.tables import first_of_words
from hornet.estimators.targets import Classes, Numbers, Target


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

    def _settings(self, fit_arguments: Mapping[str, Any], rows: int) -> dict[str, Any]:
        return super()._settings({**(self.fit_kwargs or {}), **fit_arguments}, rows)

    def _takes_table(self, X: Any) -> bool:
        return first_of_words(X) is not None  # a function gets an array of numbers where it does in Keras

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True  # there is no `random_state`
        for kind in (tags.classifier_tags, tags.regressor_tags):
            if kind is not None:
                kind.poor_score = True  # as nobody knows what the function builds
        return tags


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
        outputs = self._outputs(X)
        if isinstance(self.target_encoder_, Classes) and len(self.classes_) == 2:
            probabilities = self.predict_proba(X)
            return probabilities[:, 1] - probabilities[:, 0]  # one number a row, as scikit-learn's scorers want
        return outputs

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


class SKLearnTransformer(TransformerMixin, SKLearnEstimator):
    """Transformer around a Keras model, with the arguments of Keras 3's: what the trained model puts out are features.

    Args:
        model: A compiled model, or a function of `X` and `y` that returns one.
        warm_start: Whether `fit` goes on with the model of the last `fit`.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Example:
        >>> from hornet import Sequential, layers
        >>> from sklearn.datasets import load_iris
        >>> X, _ = load_iris(return_X_y=True)
        >>> autoencoder = Sequential([layers.Dense(2, input_shape=(4,)), layers.Dense(4)])
        >>> autoencoder.compile(loss="mse", optimizer="adam")
        >>> SKLearnTransformer(autoencoder).fit(X, X).transform(X).shape
        (150, 4)
    """

    def transform(self, X: Any) -> Any:
        """Return the model's outputs for some rows.

        Args:
            X: Rows of features.
        """
        return self._outputs(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the model's outputs in the shape of the labels.

        Args:
            X: Rows of features.
        """
        outputs = self._outputs(X)
        return self.target_encoder_.decode(outputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # outputs have the model's type
        return tags

    def _make_target(self, y: np.ndarray, sample_weight: np.ndarray | None) -> Target:
        return Numbers(y)

    def _check_rows(self, X: Any, y: Any, reset: bool) -> Any:
        x, y = super()._check_rows(X, y, reset)
        return x, y if np.issubdtype(y.dtype, np.number) else y.astype(np.float64)
