"""Hornet's networks as scikit-learn's estimators."""

from hornet.core.imports import optional_module, publish

optional_module("sklearn", "sklearn")

from hornet.estimators.base import Job  # noqa: E402  (the check above words the error where scikit-learn is missing)
from hornet.estimators.keras import KerasClassifier, KerasRegressor  # noqa: E402
from hornet.estimators.mlp import MLPClassifier, MLPRegressor  # noqa: E402
from hornet.estimators.perceptron import Perceptron  # noqa: E402

__all__ = ["Job", "KerasClassifier", "KerasRegressor", "MLPClassifier", "MLPRegressor", "Perceptron"]

publish(__name__, __all__)
