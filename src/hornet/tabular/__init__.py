"""Estimators for tables that need no tuning."""

from hornet.core.imports import optional_module, publish

optional_module("sklearn", "sklearn")

from hornet.tabular.estimators import TabularClassifier, TabularRegressor  # noqa: E402  (the check above words the error)
from hornet.tabular.presets import Preset  # noqa: E402

__all__ = ["Preset", "TabularClassifier", "TabularRegressor"]

publish(__name__, __all__)
