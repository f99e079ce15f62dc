"""Layers that rearrange axes and compute nothing."""

from __future__ import annotations

import math
from typing import Any

from hornet.core.checks import one_of
from hornet.layers.layer import Layer, registry


@registry.register()
class Flatten(Layer):
    """Joins all axes but the batch's into one.

    Args:
        data_format: `"channels_last"` (the default), or `"channels_first"`, whose channels are moved last first.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *axes)`
        output: `(batch, product of axes)`

    Example:
        >>> import numpy as np
        >>> Flatten()(np.zeros((2, 28, 28))).shape
        (2, 784)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = one_of("data_format", data_format or "channels_last", ("channels_last", "channels_first"))

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = inputs.transpose(0, *range(2, inputs.ndim), 1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))
