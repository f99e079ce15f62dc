"""Layers that enlarge images, put zeros around them, or cut their edges off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet import ops
from hornet.core.checks import boolean, describe, integer_size, non_negative_int, number, one_of
from hornet.core.settings import checked_data_format
from hornet.core.shapes import Sizes
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.spatial import Spatial, per_axis

Margins = int | Sequence[int | Sequence[int]]

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling(Spatial):
    """Repeats each step of an image.

    Args:
        size: How often, at least once: one number, or one for each axis.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, *(sizes * size), channels)`

    Raises:
        ValueError: If a number is below 1.
    """

    def __init__(self, size: Sizes, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.size: Any = integer_size("size", size) if self.rank == 1 else per_axis("size", size, self.rank)

    def call(self, inputs: Any) -> Any:
        self._sizes_of(inputs.shape)
        for axis, times in zip(self._spatial_axes, per_axis("size", self.size, self.rank), strict=True):
            inputs = jnp.repeat(inputs, times, axis=axis)
        return inputs


@registry.register()
class UpSampling1D(UpSampling):
    """Repeats each step of a sequence.

    Args:
        size: How often, at least once.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, steps, channels)`
        output: `(batch, steps * size, channels)`

    Example:
        >>> UpSampling1D(2)([[[1.0], [2.0]]]).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(size, **kwargs)


@registry.register()
class UpSampling2D(UpSampling):
    """Enlarges images.

    Args:
        size: Factors of height and width, at least 1; one number for both.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        interpolation: `"nearest"` repeats each element; `"bilinear"`, `"bicubic"`, `"lanczos3"` and `"lanczos5"` draw
            a smooth surface through them.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`
        output: `(batch, height * size[0], width * size[1], channels)`

    Example:
        >>> UpSampling2D((1, 2))([[[[1.0], [2.0]]]]).ravel().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """

    rank = 2

    def __init__(
        self,
        size: Sizes = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(size, **kwargs)
        self.data_format = checked_data_format(data_format)
        self.interpolation = one_of("interpolation", str(interpolation).lower(), _INTERPOLATIONS)

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "nearest":
            return super().call(inputs)
        self._sizes_of(inputs.shape)
        shape = list(inputs.shape)
        for axis, times in zip(self._spatial_axes, self.size, strict=True):
            shape[axis] *= times
        return jax.image.resize(inputs, shape, self.interpolation, antialias=False)


@registry.register()
class Resizing(Spatial):
    """Brings images to one size; a single image of three axes is taken as well.

    Args:
        height: Height of the output.
        width: Width of the output.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        crop_to_aspect_ratio: Whether edges are cut off, so that nothing is stretched.
        pad_to_aspect_ratio: Whether edges are added, so that nothing is stretched.
        fill_mode: Must be `"constant"`.
        fill_value: What is in edges that are added.
        antialias: Whether a smaller image shows the mean of what it leaves out.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, height, width, channels)`

    Example:
        >>> Resizing(1, 4)([[[[0.0], [2.0]]]]).ravel().tolist()
        [0.0, 0.5, 1.5, 2.0]
    """

    rank = 2

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.height = integer_size("height", height)
        self.width = integer_size("width", width)
        self.interpolation = one_of("interpolation", str(interpolation).lower(), _INTERPOLATIONS)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("`crop_to_aspect_ratio` and `pad_to_aspect_ratio` exclude each other. Pass one of them.")
        self.crop_to_aspect_ratio = boolean("crop_to_aspect_ratio", crop_to_aspect_ratio)
        self.pad_to_aspect_ratio = boolean("pad_to_aspect_ratio", pad_to_aspect_ratio)
        self.fill_mode = one_of("fill_mode", fill_mode, ("constant",))
        self.fill_value = number("fill_value", fill_value)
        self.antialias = boolean("antialias", antialias)
        self.data_format = checked_data_format(data_format)

    def _required_inputs(self) -> None:
        return None

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if inputs.ndim != 3:
            self._sizes_of(inputs.shape)
        return ops.image.resize(
            inputs,
            (self.height, self.width),
            self.interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )


@registry.register()
class UpSampling3D(UpSampling):
    """Repeats each step of a volume.

    Args:
        size: Factors of depth, height and width, at least 1; one number for all.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, *(sizes * size), channels)`

    Example:
        >>> import numpy as np
        >>> UpSampling3D()(np.zeros((1, 2, 3, 4, 5))).shape
        (1, 4, 6, 8, 5)
    """

    rank = 3

    def __init__(self, size: Sizes = (2, 2, 2), data_format: str | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(size, **kwargs)
        self.data_format = checked_data_format(data_format)


class ZeroPadding(Spatial):
    """Puts zeros around images.

    Args:
        padding: How many: one number for all edges, one for each axis, or a pair `(before, after)` for each axis; for
            a sequence one number or one pair.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, *(before + size + after), channels)`

    Raises:
        ValueError: If there are more or fewer numbers, or one is below 0.
    """

    def __init__(self, padding: Margins, data_format: str | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.padding: Any = margins("padding", padding, self.rank)
        self.data_format = checked_data_format(data_format)

    def call(self, inputs: Any) -> Any:
        self._sizes_of(inputs.shape)
        pads = [(0, 0)] * inputs.ndim
        for axis, pair in zip(self._spatial_axes, pairs(self.padding, self.rank), strict=True):
            pads[axis] = pair
        return jnp.pad(inputs, pads)


@registry.register()
class ZeroPadding1D(ZeroPadding):
    """Puts zeros before and after a sequence; the arguments are those of `ZeroPadding`.

    Example:
        >>> ZeroPadding1D((0, 2))([[[1.0], [2.0]]]).ravel().tolist()
        [1.0, 2.0, 0.0, 0.0]
    """

    rank = 1

    def __init__(self, padding: Margins = 1, data_format: str | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(padding, data_format, **kwargs)


@registry.register()
class ZeroPadding2D(ZeroPadding):
    """Puts zeros around images; the arguments are those of `ZeroPadding`.

    Example:
        >>> import numpy as np
        >>> ZeroPadding2D(((1, 0), (2, 2)))(np.zeros((1, 28, 28, 3))).shape
        (1, 29, 32, 3)
    """

    rank = 2

    def __init__(
        self, padding: Margins = (1, 1), data_format: str | None = None, **kwargs: Unpack[LayerOptions]
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


@registry.register()
class ZeroPadding3D(ZeroPadding):
    """Puts zeros around volumes; the arguments are those of `ZeroPadding`.

    Example:
        >>> import numpy as np
        >>> ZeroPadding3D(2)(np.zeros((1, 1, 2, 2, 3))).shape
        (1, 5, 6, 6, 3)
    """

    rank = 3

    def __init__(
        self,
        padding: Margins = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


class Cropping(Spatial):
    """Cuts the edges of images off.

    Args:
        cropping: How many steps: one number for all edges, one for each axis, or a pair `(before, after)` for each
            axis; for a sequence one number or one pair.
        **kwargs: What every `Layer` takes; for images and volumes also `data_format`.

    Shapes:
        input: `(batch, *sizes, channels)`
        output: `(batch, *(size - before - after), channels)`

    Raises:
        ValueError: If there are more or fewer numbers, one is below 0, or nothing of the input would be left.
    """

    def __init__(self, cropping: Margins, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.cropping: Any = margins("cropping", cropping, self.rank)

    def call(self, inputs: Any) -> Any:
        cut = pairs(self.cropping, self.rank)
        self._require_room(inputs.shape, [before + after + 1 for before, after in cut], f"`cropping` {self.cropping}")
        kept = [slice(None)] * inputs.ndim
        for axis, (before, after) in zip(self._spatial_axes, cut, strict=True):
            kept[axis] = slice(before, -after or None)
        return inputs[tuple(kept)]


@registry.register()
class Cropping1D(Cropping):
    """Cuts steps off a sequence; the arguments are those of `Cropping`.

    Example:
        >>> Cropping1D(1)([[[1.0], [2.0], [3.0]]]).ravel().tolist()
        [2.0]
    """

    rank = 1

    def __init__(self, cropping: Margins = (1, 1), **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(cropping, **kwargs)


@registry.register()
class Cropping2D(Cropping):
    """Cuts the edges of images off; the arguments are those of `Cropping`.

    Example:
        >>> import numpy as np
        >>> Cropping2D(((2, 2), (4, 4)))(np.zeros((1, 28, 28, 3))).shape
        (1, 24, 20, 3)
    """

    rank = 2

    def __init__(
        self,
        cropping: Margins = ((0, 0), (0, 0)),
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(cropping, **kwargs)
        self.data_format = checked_data_format(data_format)


@registry.register()
class Cropping3D(Cropping):
    """Cuts the edges of volumes off; the arguments are those of `Cropping`.

    Example:
        >>> import numpy as np
        >>> Cropping3D((2, 4, 2))(np.zeros((1, 28, 28, 10, 3))).shape
        (1, 24, 20, 6, 3)
    """

    rank = 3

    def __init__(
        self,
        cropping: Margins = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(cropping, **kwargs)
        self.data_format = checked_data_format(data_format)


def margins(argument: str, value: Any, rank: int) -> Any:
    """Return a pair `(before, after)` for each axis, and for one axis the pair itself, as Keras's configs have it.

    Raises:
        ValueError: If there are more or fewer numbers, or one is below 0.

    Example:
        >>> margins("padding", (1, 2), rank=2), margins("padding", (1, 2), rank=1)
        (((1, 1), (2, 2)), (1, 2))
    """
    if rank == 1:
        return per_axis(argument, value, 2, non_negative_int)
    each = value if hasattr(value, "__len__") else (value,) * rank
    if isinstance(value, str) or len(each) != rank:
        raise ValueError(
            f"`{argument}` must be one number, {rank} numbers or {rank} pairs of them, not {describe(value)}. "
            "Pass one for each axis."
        )
    return tuple(per_axis(argument, pair, 2, non_negative_int) for pair in each)


def pairs(margin: Any, rank: int) -> Sequence[tuple[int, int]]:
    """Return what `margins` returned as one pair for each axis."""
    return (margin,) if rank == 1 else margin
