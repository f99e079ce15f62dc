"""The layer that calls others one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.layers.layer import Layer, registry
from hornet.layers.serialization import deserialize


@registry.register()
class Pipeline(Layer):
    """Applies layers one after the other, such as those that prepare and change images.

    Like those it is in training unless something says otherwise: `pipeline(images)` by itself shows changed images.

    Args:
        layers: The layers.
        name: A name.

    Shapes:
        output: that of the last layer

    Example:
        >>> from hornet.layers import RandomFlip, Rescaling
        >>> Pipeline([RandomFlip(), Rescaling(0.5)])([[[[2.0]]]]).tolist()
        [[[[1.0]]]]
    """

    _takes_structures = True

    def __init__(self, layers: Sequence[Layer], name: str | None = None) -> None:
        super().__init__(name=name)
        if not isinstance(layers, list | tuple):
            raise ArgumentError(f"`layers` must be a list of layers, not {describe(layers)}. Pass one.")
        self.layers = [deserialize(one) if isinstance(one, dict) else one for one in layers]
        for one in self.layers:
            if not isinstance(one, Layer):
                raise ArgumentError(f"`layers` must hold layers, not {describe(one)}. Pass objects.")

    def call(self, inputs: Any, training: bool = True, mask: Any = None) -> Any:
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def _in_training(self, training: bool | None) -> bool:
        return training is None or training

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, without those that every layer else takes."""
        config = super().get_config()
        return {name: config[name] for name in ("layers", "name")}
