"""The wrapper that applies a layer to each step."""

from __future__ import annotations

from typing import Any

from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import registry
from hornet.layers.recurrent.stepping import check_mask
from hornet.layers.wrapper import Wrapper


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
            check_mask(self.name, inputs, mask)
            frame = current_frame()
            assert frame is not None
            frame.set_mask(rows, mask.reshape(steps[0] * steps[1], *mask.shape[2:]))
        outputs = self.layer(rows)
        return outputs.reshape(*steps, *outputs.shape[1:])
