"""Data sets of the books and the benchmarks, as NumPy arrays under Keras's names."""

from hornet.core.imports import publish
from hornet.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]

publish(__name__, __all__)
