"""Data sets of the books and the benchmarks, as NumPy arrays under Keras's names."""

from hornet.core.imports import publish
from hornet.datasets import california_housing, fashion_mnist

__all__ = ["california_housing", "fashion_mnist"]

publish(__name__, __all__)
