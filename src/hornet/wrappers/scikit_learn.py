"""The wrappers of Keras 2, as the books use them."""

from __future__ import annotations

from typing import Any

from hornet import estimators
from hornet.core.config import constructor_arguments
from hornet.core.imports import publish
from hornet.estimators.keras import KerasEstimator
from hornet.training.evaluation import evaluation_batch

__all__ = ["KerasClassifier", "KerasRegressor"]

publish(__name__, __all__)


class BuiltByFunction(KerasEstimator):
    """How Keras 2's wrappers differ: `build_fn` builds the model, and `model` is the trained one.

    Args:
        build_fn: A function that returns a model.
        **sk_params: Arguments of the function, and what `hornet.estimators.KerasRegressor` takes.

    Raises:
        TypeError: If the function is passed as `model`.
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        if "model" in sk_params:
            kind = type(self).__name__
            raise TypeError(
                f"`{kind}` here has Keras 2's arguments, none of them `model`. Pass `build_fn=` and arguments of the "
                f"function; `hornet.estimators.{kind}` takes `model=` and `model__...=`, as SciKeras does."
            )
        super().__init__(build_fn, **sk_params)

    @property
    def model(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The trained model; before training the function that builds it."""
        return vars(self).get("model_", self.build_fn)

    @model.setter
    def model(self, function: Any) -> None:
        self.build_fn = function

    @property
    def build_function(self) -> Any:
        return self.build_fn

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return sorted({*constructor_arguments(cls)} - {"model"})


class KerasClassifier(BuiltByFunction, estimators.KerasClassifier):
    """Classifier around a function that builds a Keras model; `score` is the accuracy.

    Args:
        build_fn: A function that returns a model.
        **sk_params: Arguments of the function, and what `hornet.estimators.KerasClassifier` takes.
    """


class KerasRegressor(BuiltByFunction, estimators.KerasRegressor):
    """Regressor around a function that builds a Keras model; `score` is minus the loss, as in Keras 2.

    Args:
        build_fn: A function that returns a model.
        **sk_params: Arguments of the function, and what `hornet.estimators.KerasRegressor` takes.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> def build_model(n_neurons=30):
        ...     model = Sequential([layers.Dense(n_neurons, "relu", input_shape=(2,)), layers.Dense(1)])
        ...     model.compile(loss="mse", optimizer="sgd")
        ...     return model
        >>> X = np.random.default_rng(0).normal(size=(100, 2))
        >>> regressor = KerasRegressor(build_model).fit(X, X[:, 0], epochs=50)
        >>> regressor.score(X, X[:, 0]) > -0.05, regressor.model.count_params()
        (True, 121)
    """

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return minus the loss on some rows, so that more is better.

        Args:
            X: Rows of features.
            y: Labels.
            sample_weight: Weight of each row.
        """
        x = self._checked_again(X)
        labels = self.target_encoder_.encode(y)
        batch_size = evaluation_batch(self.model_, x.shape[0], 32)
        logs = self.model_.evaluate(x, labels, batch_size, 0, sample_weight=sample_weight, return_dict=True)
        return -logs["loss"]
