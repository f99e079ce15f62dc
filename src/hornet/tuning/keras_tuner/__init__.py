"""KerasTuner's names: a program that is written for it runs with `import hornet.tuning.keras_tuner as keras_tuner`.

The search itself is that of `hornet.tuning.Tuner`: candidates are trained together, and a search that was killed goes
on.
"""

from hornet.core.imports import publish
from hornet.tuning.keras_tuner import engine, tuners
from hornet.tuning.keras_tuner.engine.hypermodel import HyperModel
from hornet.tuning.keras_tuner.engine.hyperparameters import HyperParameter, HyperParameters
from hornet.tuning.keras_tuner.engine.objective import Objective
from hornet.tuning.keras_tuner.engine.tuner import Tuner
from hornet.tuning.keras_tuner.tuners import BayesianOptimization, GridSearch, Hyperband, RandomSearch

__all__ = [
    "BayesianOptimization",
    "GridSearch",
    "HyperModel",
    "HyperParameter",
    "HyperParameters",
    "Hyperband",
    "Objective",
    "RandomSearch",
    "Tuner",
    "engine",
    "tuners",
]
publish(__name__, __all__)
