"""Layers that hold another layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
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


@registry.register()
class TimeDistributed(Wrapper):
    """Applies a layer to each step of its input.

    All steps of a batch run as one larger batch. So where rows depend on each other, as in the statistics of a
    `BatchNormalization`, the rows of all steps do; Keras computes each step apart.

    Args:
        layer: The layer, for inputs without the axis of steps.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, steps, *features)`
        output: `(batch, steps, *outputs)`, with `(batch, *outputs)` the layer's

    Raises:
        ValueError: If the input has less than 3 axes.

    Example:
        >>> import numpy as np
        >>> from hornet.layers import Dense
        >>> TimeDistributed(Dense(4))(np.ones((2, 5, 3))).shape
        (2, 5, 4)
    """

    supports_masking = True
    input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Shape) -> None:
        batch, _, *features = input_shape
        self.layer._build_on((batch, *features))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        steps = inputs.shape[:2]
        rows = inputs.reshape(steps[0] * steps[1], *inputs.shape[2:])
        if mask is not None:
            frame = current_frame()
            assert frame is not None
            frame.set_mask(rows, mask.reshape(steps[0] * steps[1], *mask.shape[2:]))
        outputs = self.layer(rows)
        return outputs.reshape(*steps, *outputs.shape[1:])
