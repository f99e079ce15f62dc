"""The layer that leaves out steps."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp

from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


@registry.register()
class Masking(Layer):
    """Leaves out the steps whose elements all equal a value.

    Such a step's output is 0, and the mask tells the layers above to ignore it.

    Args:
        mask_value: The value; NaN equals NaN here.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, steps, features)`
        mask: `(batch, steps)`
        output: that of the input

    Example:
        >>> Masking(mask_value=-1.0)([[[-1.0, -1.0], [-1.0, 2.0]]]).tolist()
        [[[0.0, 0.0], [-1.0, 2.0]]]
    """

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.mask_value = float(mask_value)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        equal = jnp.isnan(inputs) if self.mask_value != self.mask_value else inputs == self.mask_value
        return ~jnp.all(equal, axis=-1)

    def call(self, inputs: Any) -> Any:
        return jnp.where(self.compute_mask(inputs)[..., None], inputs, 0)
