"""Keras's public helpers."""

from hornet.core.random import set_random_seed
from hornet.utils.numerical import normalize, to_categorical

__all__ = ["normalize", "set_random_seed", "to_categorical"]
