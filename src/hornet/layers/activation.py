"""Activations as layers."""

from __future__ import annotations

from typing import Any

from hornet import activations
from hornet.layers.layer import Layer, registry


@registry.register()
class Activation(Layer):
    """Applies an activation to each element.

    Args:
        activation: Name or function.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> Activation("relu")([[-1.0, 2.0]]).tolist()
        [[0.0, 2.0]]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)
