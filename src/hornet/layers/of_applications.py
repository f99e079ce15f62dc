"""Layers that are in files of Keras's `applications`, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import initializers
from hornet.core import noise
from hornet.core.checks import number, positive_int
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


@registry.register(module="keras.src.applications.convnext")
class LayerScale(Layer):
    """Multiplies each channel by a learned factor, as ConvNeXt does at the end of a block.

    Args:
        init_values: Start of the factors.
        projection_dim: Number of channels.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, projection_dim)`
        gamma: `(projection_dim,)`
        output: that of the input

    Source:
        Touvron et al. 2021, Going deeper with image transformers.

    Example:
        >>> LayerScale(0.5, 2)([[1.0, 2.0]]).tolist()
        [[0.5, 1.0]]
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.init_values = number("init_values", init_values)
        self.projection_dim = positive_int("projection_dim", projection_dim)

    def build(self, input_shape: Shape) -> None:
        start = initializers.Constant(self.init_values)
        self.gamma = self.add_weight((self.projection_dim,), initializer=start, name="gamma")

    def call(self, inputs: Any) -> Any:
        return inputs * self.gamma


@registry.register(module="keras.src.applications.convnext")
class StochasticDepth(Layer):
    """Drops whole rows at random in training, and divides the others by the part that is kept.

    Args:
        drop_path_rate: Probability that a row is dropped, from 0 and below 1.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *features)`
        output: that of the input

    Source:
        Huang et al. 2016, Deep networks with stochastic depth.

    Example:
        >>> StochasticDepth(0.5)([[1.0, 2.0]], training=False).tolist()
        [[1.0, 2.0]]
    """

    def __init__(self, drop_path_rate: float, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.drop_path_rate = number("drop_path_rate", drop_path_rate, at_least=0.0, below=1.0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        frame = current_frame()
        if not training or frame is None:
            return inputs
        kept = noise.uniform(frame.next_key(), (inputs.shape[0], *[1] * (inputs.ndim - 1))) >= self.drop_path_rate
        return jnp.where(kept, inputs / (1.0 - self.drop_path_rate), 0.0).astype(inputs.dtype)


@registry.register(module="keras.src.applications.inception_resnet_v2")
class CustomScaleLayer(Layer):
    """Adds a scaled input to another, as InceptionResNetV2 does at the end of a block.

    Args:
        scale: The factor of the second input.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: a list of two arrays of one shape
        output: that of each

    Example:
        >>> CustomScaleLayer(0.5)([[[1.0]], [[4.0]]]).tolist()
        [[3.0]]
    """

    _takes_structures = True

    def __init__(self, scale: float, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.scale = number("scale", scale)

    def call(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] + inputs[1] * self.scale
