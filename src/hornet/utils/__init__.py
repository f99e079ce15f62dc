"""Keras's public helpers."""

from hornet.core.checks import suggesting
from hornet.core.random import set_random_seed
from hornet.plots import plot_model
from hornet.utils.numerical import normalize, to_categorical
from hornet.utils.session import clear_session, is_keras_tensor

__all__ = ["clear_session", "is_keras_tensor", "normalize", "plot_model", "set_random_seed", "to_categorical"]

__getattr__ = suggesting(__name__, __all__)
