"""Layers that summarize parts of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Unpack

import jax.numpy as jnp

from hornet.core.checks import boolean
from hornet.core.settings import checked_data_format
from hornet.core.types import PolicyLike, RegularizerLike
from hornet.layers import windows
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions, ShapeOptions
from hornet.layers.spatial import Spatial, checked_padding, per_axis

Sizes = int | Sequence[int]


class PoolingOptions(ShapeOptions, total=False):
    """The arguments of a pooling layer beside its own."""

    activity_regularizer: RegularizerLike
    trainable: bool
    dtype: PolicyLike
    input_dim: int | None
    autocast: bool | None


class Pooling(Spatial):
    """Base of the layers that replace each window by one value.

    A subclass says which by `pool`, a function of `windows`.

    Args:
        pool_size: Size of a window: one number, or one for each axis; at least 1.
        strides: Steps from a window to the next; `pool_size` by default, so that windows do not overlap.
        padding: `"valid"`: windows stay inside the image. `"same"`: they may reach over its edges, and there is one
            for each step; what lies outside is ignored.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, *positions, channels)`, `positions` being `(size - pool_size) // strides + 1` for `"valid"`
            and `size / strides`, rounded up, for `"same"`

    Raises:
        ValueError: If a size is below 1, or a window does not fit into the input.
    """

    pool: ClassVar[Callable[..., Any]]
    pool_mode: ClassVar[str]
    """What is taken of each window: `"max"` or `"average"`."""

    def __init__(
        self,
        pool_size: Sizes,
        strides: Sizes | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Unpack[PoolingOptions],
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis("pool_size", pool_size, self.rank)
        self.strides = self.pool_size if strides is None else per_axis("strides", strides, self.rank)
        self.padding = checked_padding(padding, "valid", "same")
        self.data_format = checked_data_format(data_format)

    def call(self, inputs: Any) -> Any:
        reach = self.pool_size if self.padding == "valid" else [1] * self.rank
        self._require_room(inputs.shape, reach, f"windows of {self.pool_size}")
        return self.pool(inputs, self._spatial_axes, self.pool_size, self.strides, self.padding)


class MaxPooling(Pooling):
    """Takes the maximum of each window; the arguments are those of `Pooling`.

    The gradient goes to the maximum, to the first one of equals, as in Keras.
    """

    pool = staticmethod(windows.pool_max)
    pool_mode = "max"

    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Unpack[PoolingOptions],
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling(Pooling):
    """Takes the mean of each window; the arguments are those of `Pooling`."""

    pool = staticmethod(windows.pool_average)
    pool_mode = "average"


@registry.register("MaxPool1D")
class MaxPooling1D(MaxPooling):
    """Takes the maximum of each window of steps; the arguments are those of `Pooling`.

    Example:
        >>> MaxPooling1D(2)([[[1.0], [3.0], [2.0], [0.0]]]).tolist()
        [[[3.0], [2.0]]]
    """

    rank = 1


@registry.register("MaxPool2D")
class MaxPooling2D(MaxPooling, pool_size=(2, 2)):
    """Takes the maximum of each rectangle of an image; the arguments are those of `Pooling`.

    Example:
        >>> import numpy as np
        >>> MaxPooling2D()(np.zeros((1, 28, 28, 3))).shape
        (1, 14, 14, 3)
    """

    rank = 2


@registry.register("MaxPool3D")
class MaxPooling3D(MaxPooling, pool_size=(2, 2, 2)):
    """Takes the maximum of each box of a volume; the arguments are those of `Pooling`.

    Example:
        >>> import numpy as np
        >>> MaxPooling3D()(np.zeros((1, 4, 4, 4, 3))).shape
        (1, 2, 2, 2, 3)
    """

    rank = 3


@registry.register("AvgPool1D")
class AveragePooling1D(AveragePooling):
    """Takes the mean of each stretch of steps; the arguments are those of `Pooling`.

    Example:
        >>> AveragePooling1D(2)([[[1.0], [3.0], [2.0], [0.0]]]).tolist()
        [[[2.0], [1.0]]]
    """

    rank = 1


@registry.register("AvgPool2D")
class AveragePooling2D(AveragePooling):
    """Takes the mean of each rectangle of an image; the arguments are those of `Pooling`.

    Example:
        >>> import numpy as np
        >>> AveragePooling2D(2)(np.zeros((1, 28, 28, 3))).shape
        (1, 14, 14, 3)
    """

    rank = 2


@registry.register("AvgPool3D")
class AveragePooling3D(AveragePooling):
    """Takes the mean of each box of a volume; the arguments are those of `Pooling`.

    Example:
        >>> import numpy as np
        >>> AveragePooling3D(2)(np.zeros((1, 4, 4, 4, 3))).shape
        (1, 2, 2, 2, 3)
    """

    rank = 3


class GlobalPooling(Spatial):
    """Base of the layers that replace each channel's whole image by one value.

    Args:
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        keepdims: Whether the axes of the image stay, with size 1.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, channels)`
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)
        self.keepdims = boolean("keepdims", keepdims)


class GlobalMaxPooling(GlobalPooling):
    """Takes the maximum of each channel; the arguments are those of `GlobalPooling`."""

    def call(self, inputs: Any) -> Any:
        self._require_room(inputs.shape, [1] * self.rank, "one window for all")
        return jnp.max(inputs, self._spatial_axes, keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """Takes the mean of each channel; the arguments are those of `GlobalPooling`."""

    def call(self, inputs: Any) -> Any:
        self._require_room(inputs.shape, [1] * self.rank, "one window for all")
        return jnp.mean(inputs, self._spatial_axes, keepdims=self.keepdims)


@registry.register("GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """Takes the maximum over all steps; the arguments are those of `GlobalPooling`.

    Example:
        >>> GlobalMaxPooling1D()([[[1.0, 4.0], [3.0, 2.0]]]).tolist()
        [[3.0, 4.0]]
    """

    rank = 1


@registry.register("GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """Takes the maximum of each channel of an image; the arguments are those of `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalMaxPooling2D()(np.zeros((1, 7, 7, 64))).shape
        (1, 64)
    """

    rank = 2


@registry.register("GlobalMaxPool3D")
class GlobalMaxPooling3D(GlobalMaxPooling):
    """Takes the maximum of each channel of a volume; the arguments are those of `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalMaxPooling3D(keepdims=True)(np.zeros((1, 4, 4, 4, 3))).shape
        (1, 1, 1, 1, 3)
    """

    rank = 3


@registry.register("GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalAveragePooling):
    r"""Takes the mean over the unmasked steps; the arguments are those of `GlobalPooling`.

    Computes $y = \sum_t m_t x_t / \sum_t m_t$ with $m$ the `mask`; a row without unmasked steps becomes 0,
    where Keras returns NaN.

    Shapes:
        input: `(batch, steps, channels)`
        mask: `(batch, steps)`
        output: `(batch, channels)`

    Example:
        >>> GlobalAveragePooling1D()([[[1.0, 4.0], [3.0, 2.0]]]).tolist()
        [[2.0, 3.0]]
    """

    rank = 1
    supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None  # there are no steps left

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        self._sizes_of(inputs.shape)
        counts = jnp.expand_dims(mask, self._channel_axis).astype(bool)
        sums = jnp.sum(inputs, self._spatial_axes, keepdims=self.keepdims, where=counts)
        steps = jnp.sum(counts, self._spatial_axes, keepdims=self.keepdims, dtype=inputs.dtype)
        return sums / jnp.maximum(steps, 1)


@registry.register("GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """Takes the mean of each channel of an image; the arguments are those of `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalAveragePooling2D()(np.zeros((1, 7, 7, 64))).shape
        (1, 64)
    """

    rank = 2


@registry.register("GlobalAvgPool3D")
class GlobalAveragePooling3D(GlobalAveragePooling):
    """Takes the mean of each channel of a volume; the arguments are those of `GlobalPooling`.

    Example:
        >>> import numpy as np
        >>> GlobalAveragePooling3D()(np.zeros((1, 4, 4, 4, 3))).shape
        (1, 3)
    """

    rank = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)
