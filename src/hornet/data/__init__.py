"""Data that lie in files, and are read block by block as a model takes them."""

from hornet.core.imports import publish
from hornet.data.csv_files import csv
from hornet.data.parquet_files import parquet

__all__ = [
    "csv",
    "parquet",
]

publish(__name__, __all__)
