"""Data that are prepared piece by piece, on their way to `fit`."""

from hornet.core.imports import publish
from hornet.data.dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset
from hornet.data.elements import TensorSpec

__all__ = ["AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "TensorSpec"]

publish(__name__, __all__)
