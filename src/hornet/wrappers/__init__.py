"""Keras's wrappers for scikit-learn, of old and new: the estimators of `hornet.estimators` under other names."""

from hornet.core.imports import publish
from hornet.wrappers import scikit_learn
from hornet.wrappers.keras_3 import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer", "scikit_learn"]

publish(__name__, __all__)
