"""Layers that disturb training so that a model generalises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.frame import current_frame
from hornet.core.variable import Hyperparameter
from hornet.layers.layer import Layer, registry


@registry.register()
class Dropout(Layer):
    r"""Sets a random part of the inputs to zero in training, and scales the rest up.

    Computes $y = m x / (1 - \text{rate})$ with $m \in \{0, 1\}$, $P(m = 0) = \text{rate}$; in inference $y = x$.

    Args:
        rate: Probability of a zero, from 0 to 1. It is an argument of programs: changing it compiles nothing.
        noise_shape: Shape of $m$ where elements share a draw, such as `(None, 1, 8)`; `None` for a known axis's size.
        seed: Accepted as in Keras, and mixed into the draws of the training run.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Srivastava et al. 2014.

    Example:
        >>> Dropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate = Hyperparameter(at_least=0.0, at_most=1.0)

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = seed

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        frame = current_frame()
        assert frame is not None
        noise_shape = self.noise_shape or inputs.shape
        sizes = [size if given is None else given for given, size in zip(noise_shape, inputs.shape, strict=True)]
        kept = 1.0 - self.rate
        mask = jax.random.uniform(frame.next_key(), sizes) < kept
        return jnp.where(mask, inputs / jnp.maximum(kept, 1e-7), 0.0).astype(inputs.dtype)
