"""Many models trained at once, and searches over hyperparameters by them."""

import importlib
from typing import TYPE_CHECKING, Any

from hornet.core.checks import suggesting
from hornet.tuning.population import train_population

if TYPE_CHECKING:
    from hornet.tuning.search import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "train_population",
]

_suggest = suggesting(__name__, __all__)


def __getattr__(name: str) -> Any:
    if name.endswith("SearchCV") and name in __all__:  # which need scikit-learn
        return getattr(importlib.import_module("hornet.tuning.search"), name)
    return _suggest(name)
