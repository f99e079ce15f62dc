"""Many models trained at once, and searches over hyperparameters by them."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.population import train_population
from hornet.tuning.space import Choice, Fixed, Float, Int, Space

if TYPE_CHECKING:
    # which need scikit-learn
    from hornet.tuning.guided_search import BayesSearchCV, EvolutionSearchCV
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

__all__ = [
    "BayesSearchCV",
    "Choice",
    "EvolutionSearchCV",
    "Fixed",
    "Float",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperParameters",
    "Int",
    "RandomizedSearchCV",
    "Space",
    "train_population",
]

_GUIDED = ("BayesSearchCV", "EvolutionSearchCV")

publish(
    __name__,
    __all__,
    later={
        name: "hornet.tuning.guided_search" if name in _GUIDED else "hornet.tuning.search"
        for name in __all__
        if name.endswith("SearchCV")
    },
)
