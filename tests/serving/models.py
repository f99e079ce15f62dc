"""Models that the tests serve."""

import numpy as np

import hornet as keras
from hornet.preprocessing import encode

HOUSES = {
    "area": [51.0, 74.5, None, 120.0, 33.0, 88.0],
    "city": ["Oslo", "Rome", "Oslo", "Rome", None, "Oslo"],
    "built": ["1987-05-01", "2001-03-15", "1965-10-01", None, "1999-01-20", "2010-06-30"],
    "rooms": [2, 3, 1, 5, 1, 4],
}


def houses(seed=0):
    """A model of a mixed table, which nobody has trained."""
    with keras.device("cpu"):
        keras.utils.set_random_seed(seed)
        inputs, encoded = encode(HOUSES, verbose=False)
        return keras.Model(inputs, keras.layers.Dense(1)(encoded), name="houses")


def sums(width=3, factor=1.0, name="sums"):
    """A model of arrays: the sum of a row, times a factor."""
    weights = keras.initializers.Constant(factor)
    return keras.Sequential([keras.Input((width,)), keras.layers.Dense(1, kernel_initializer=weights)], name=name)


def rows(count, width=3):
    return np.random.default_rng(0).normal(size=(count, width)).astype("float32")
