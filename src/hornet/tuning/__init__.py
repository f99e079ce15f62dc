"""Many models trained at once, and searches over hyperparameters by them."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish
from hornet.tuning.learning_rates import LearningRateCurve, find_learning_rate
from hornet.tuning.population import train_population
from hornet.tuning.suggestions import suggest

if TYPE_CHECKING:
    # which need scikit-learn
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "LearningRateCurve",
    "RandomizedSearchCV",
    "find_learning_rate",
    "suggest",
    "train_population",
]

publish(__name__, __all__, later={name: "hornet.tuning.search" for name in __all__ if name.endswith("SearchCV")})
