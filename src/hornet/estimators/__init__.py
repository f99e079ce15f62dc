"""Hornet's networks as scikit-learn's estimators."""

from typing import TYPE_CHECKING

from hornet.core.imports import optional_module, publish

optional_module("sklearn", "sklearn")

from hornet.estimators.base import Job  # noqa: E402  (the check above words the error where scikit-learn is missing)
from hornet.estimators.keras import KerasClassifier, KerasRegressor  # noqa: E402
from hornet.estimators.mlp import MLPClassifier, MLPRegressor  # noqa: E402
from hornet.estimators.perceptron import Perceptron  # noqa: E402

if TYPE_CHECKING:
    # which stand above the training of many models at once
    from hornet.tabular.estimators import TabularClassifier, TabularRegressor

__all__ = [
    "Job",
    "KerasClassifier",
    "KerasRegressor",
    "MLPClassifier",
    "MLPRegressor",
    "Perceptron",
    "TabularClassifier",
    "TabularRegressor",
]

_LATER = dict.fromkeys(["TabularClassifier", "TabularRegressor"], "hornet.tabular.estimators")
publish(__name__, __all__, later=_LATER, extra="sklearn")
