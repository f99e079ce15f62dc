"""KerasTuner's modules of single classes."""

from hornet.core.imports import publish
from hornet.tuning.keras_tuner.engine import hypermodel, hyperparameters, objective, trial, tuner

__all__ = ["hypermodel", "hyperparameters", "objective", "trial", "tuner"]
publish(__name__, __all__)
