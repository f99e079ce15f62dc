"""Layers that hold another layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.layers.layer import Layer
from hornet.layers.options import LayerOptions
from hornet.layers.serialization import deserialize


class Wrapper(Layer):
    """Holds a layer: base of layers that change how another one is called.

    Args:
        layer: The layer held.
        **kwargs: What every `Layer` takes.

    Raises:
        TypeError: If `layer` is none.

    Example:
        >>> from hornet.layers import Dense
        >>> class Twice(Wrapper):
        ...     def call(self, inputs):
        ...         return self.layer(self.layer(inputs))
        >>> Twice(Dense(2))([[1.0, 2.0]]).shape
        (1, 2)
    """

    _takes_structures = True

    def __init__(self, layer: Layer, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.layer = deserialize(layer) if isinstance(layer, Mapping) else layer
        if not isinstance(self.layer, Layer):
            raise ArgumentError(f"`layer` must be a layer, not {describe(layer)}. Pass an object, such as `Dense(10)`.")

    def build(self, input_shape: Shape) -> None:
        self.layer._build_on(input_shape)
