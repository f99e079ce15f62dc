"""The private names of scikit-learn in use, in one file, since another version may move them."""

from sklearn.base import _clone_parametrized as clone_parametrized
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing as rows_at
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "BaseScorer",
    "BaseSearchCV",
    "check_method_params",
    "check_sample_weight",
    "clone_parametrized",
    "rows_at",
    "safe_split",
]
