"""Many models trained at once, and searches over hyperparameters by them."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish
from hornet.tuning.population import train_population

if TYPE_CHECKING:
    # which need scikit-learn
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
    from hornet.tuning.tuner import Tuner, tune

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "Tuner",
    "train_population",
    "tune",
]

_LATER = {
    "hornet.tuning.search": ["GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"],
    "hornet.tuning.tuner": ["Tuner", "tune"],
}
publish(__name__, __all__, later={name: module for module, names in _LATER.items() for name in names})
