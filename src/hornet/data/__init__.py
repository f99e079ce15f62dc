"""Data that lie in files or are prepared piece by piece, on their way to `fit`."""

from hornet.core.imports import publish
from hornet.data.csv_files import csv
from hornet.data.dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset
from hornet.data.elements import TensorSpec
from hornet.data.parquet_files import parquet

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "TensorSpec",
    "csv",
    "parquet",
]

publish(__name__, __all__)
