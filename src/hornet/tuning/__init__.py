"""Many models trained at once, and searches over hyperparameters by them."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish
from hornet.population.learning_rates import LearningRateCurve, find_learning_rate
from hornet.population.population import train_population
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.importances import importances
from hornet.tuning.picture import plot_history, plot_importances, plot_parallel, plot_slices
from hornet.tuning.schedules import Full, Hyperband, SuccessiveHalving
from hornet.tuning.space import Choice, Fixed, Float, Int, Space
from hornet.tuning.suggestions import suggest

if TYPE_CHECKING:
    # which need scikit-learn
    from hornet.tuning.builder import HyperModel
    from hornet.tuning.guided_search import BayesSearchCV, EvolutionSearchCV
    from hornet.tuning.one_call import tune
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
    from hornet.tuning.trial_logs import write_tensorboard
    from hornet.tuning.tuner import Tuner

__all__ = [
    "BayesSearchCV",
    "Choice",
    "EvolutionSearchCV",
    "Fixed",
    "Float",
    "Full",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperModel",
    "HyperParameters",
    "Hyperband",
    "Int",
    "LearningRateCurve",
    "RandomizedSearchCV",
    "Space",
    "SuccessiveHalving",
    "Tuner",
    "find_learning_rate",
    "importances",
    "plot_history",
    "plot_importances",
    "plot_parallel",
    "plot_slices",
    "suggest",
    "train_population",
    "tune",
    "write_tensorboard",
]

_LATER = {
    "builder": ["HyperModel"],
    "guided_search": ["BayesSearchCV", "EvolutionSearchCV"],
    "one_call": ["tune"],
    "search": ["GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"],
    "trial_logs": ["write_tensorboard"],
    "tuner": ["Tuner"],
}
_FILES = {name: f"{__name__}.{file}" for file, names in _LATER.items() for name in names}
publish(__name__, __all__, later=_FILES, extra="sklearn")
