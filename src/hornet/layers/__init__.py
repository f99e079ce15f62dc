"""Keras's layers."""

from hornet.core.checks import suggesting
from hornet.layers.activation import Activation
from hornet.layers.dense import Dense
from hornet.layers.input import Input, InputLayer
from hornet.layers.layer import Layer
from hornet.layers.normalization import BatchNormalization
from hornet.layers.regularization import Dropout
from hornet.layers.reshaping import Flatten

__all__ = ["Activation", "BatchNormalization", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer"]

__getattr__ = suggesting(__name__, __all__)
