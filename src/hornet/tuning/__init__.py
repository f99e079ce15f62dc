"""Many models trained at once, and searches over hyperparameters by them."""

from typing import TYPE_CHECKING

from hornet.core.imports import publish
from hornet.tuning.importances import importances
from hornet.tuning.picture import plot_history, plot_importances, plot_parallel, plot_slices
from hornet.tuning.population import train_population

if TYPE_CHECKING:
    # which need scikit-learn
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "importances",
    "plot_history",
    "plot_importances",
    "plot_parallel",
    "plot_slices",
    "train_population",
]

publish(__name__, __all__, later={name: "hornet.tuning.search" for name in __all__ if name.endswith("SearchCV")})
