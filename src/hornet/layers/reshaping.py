"""Layers that rearrange axes and compute nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp

from hornet.core.checks import describe, integer_size
from hornet.core.errors import ArgumentError
from hornet.core.settings import checked_data_format
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


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

    _moves_elements = True
    input_spec = InputSpec(min_ndim=1)

    def __init__(self, data_format: str | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = inputs.transpose(0, *range(2, inputs.ndim), 1)
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


@registry.register()
class Permute(Layer):
    """Puts the axes in another order.

    Args:
        dims: The number of the axis that comes first, second, ...; the batch's, 0, stays where it is.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *axes)`, as many axes as `dims`
        output: `(batch, *axes)` in the order of `dims`

    Raises:
        ValueError: If `dims` is not a permutation of the numbers from 1 on, or the input has another number of axes.

    Example:
        >>> import numpy as np
        >>> Permute((2, 1))(np.zeros((1, 3, 4))).shape
        (1, 4, 3)
    """

    _moves_elements = True

    def __init__(self, dims: Sequence[int], **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"`dims` must hold the numbers from 1 to {len(self.dims)} once each, not {self.dims}. "
                "Leave the batch's axis, 0, out."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        return inputs.transpose(0, *self.dims)


@registry.register()
class RepeatVector(Layer):
    """Repeats each row.

    Args:
        n: How often, at least once.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, features)`
        output: `(batch, n, features)`

    Raises:
        ValueError: If `n` is below 1, or the input has not 2 axes.

    Example:
        >>> RepeatVector(2)([[1.0, 2.0]]).tolist()
        [[[1.0, 2.0], [1.0, 2.0]]]
    """

    _moves_elements = True
    input_spec = InputSpec(ndim=2)

    def __init__(self, n: int, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.n = integer_size("n", n)

    def call(self, inputs: Any) -> Any:
        rows, features = inputs.shape
        return jnp.broadcast_to(inputs[:, None], (rows, self.n, features))


@registry.register()
class Reshape(Layer):
    """Gives each input another shape.

    Args:
        target_shape: The shape, without the batch axis; one size may be -1, which is what the others leave.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *axes)`
        output: `(batch, *target_shape)`

    Raises:
        ValueError: If the shape has another number of elements.

    Example:
        >>> import numpy as np
        >>> Reshape((-1, 2))(np.zeros((1, 12))).shape
        (1, 6, 2)
    """

    _moves_elements = True

    def __init__(self, target_shape: Sequence[int], **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        if isinstance(target_shape, str) or not hasattr(target_shape, "__iter__"):
            raise ArgumentError(f"`target_shape` must be a shape, not {describe(target_shape)}. Pass one such as (6,).")
        self.target_shape = tuple(int(each) for each in target_shape)
        if min(self.target_shape, default=0) < -1 or self.target_shape.count(-1) > 1:
            raise ValueError(f"`target_shape` must hold sizes and at most one -1, not {self.target_shape}. Pass such.")

    def call(self, inputs: Any) -> Any:
        batch, *sizes = inputs.shape
        known = math.prod(size for size in self.target_shape if size != -1)
        elements = math.prod(sizes)
        rest = elements // max(known, 1)
        target = tuple(rest if size == -1 else size for size in self.target_shape)
        if isinstance(elements, int) and math.prod(target) != elements:
            raise ValueError(
                f"Layer {self.name!r} cannot bring inputs of shape {(None, *sizes)} to {self.target_shape}. "
                f"Choose sizes whose product is {elements}."
            )
        if not isinstance(elements, int):  # in abstract evaluation, where JAX has to know that it divides evenly
            inputs = jnp.take(inputs.reshape(batch, elements), jnp.arange(math.prod(target)), axis=1)
        return inputs.reshape(batch, *target)
