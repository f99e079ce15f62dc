"""Operations on the colours of images, and on elements together with their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from hornet.core.dtypes import is_float
from hornet.core.settings import checked_data_format
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike


class Axes(NamedTuple):
    """Where the axes of images are, counted from the last."""

    height: int
    width: int
    channels: int


def axes_of(images: Any, data_format: str | None) -> Axes:
    """Return the axes of images.

    Raises:
        ValueError: If there are neither three nor four.
    """
    is_last = checked_data_format(data_format) == "channels_last"
    if images.ndim not in (3, 4):
        raise ValueError(
            f"`images` has shape {images.shape}, and an image has three axes, a batch of them four. Add an axis for "
            "channels, as in `images[..., None]`, or pass another array."
        )
    return Axes(-3, -2, -1) if is_last else Axes(-2, -1, -3)


# --- colours ----------------------------------------------------------------------------------------------


@operation
def rgb_to_grayscale(images: ArrayLike, data_format: str | None = None) -> Array:
    """Return grey images of those in red, green and blue; what is grey stays.

    Args:
        images: The images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, 3)`
        result: `(*batch, height, width, 1)`

    Example:
        >>> rgb_to_grayscale([[[1.0, 0.0, 0.0]]]).tolist()
        [[[0.29...]]]
    """
    images = jnp.asarray(images)
    axis = axes_of(images, data_format).channels
    if images.shape[axis] == 1:
        return images
    _check_colours(images, axis)
    kind = images.dtype
    weights = jnp.asarray([0.2989, 0.5870, 0.1140], jnp.promote_types(kind, "float32") if not is_float(kind) else kind)
    grey = jnp.tensordot(images.astype(weights.dtype), weights, axes=(axis, 0))
    return jnp.expand_dims(grey, axis).astype(kind)


@operation
def rgb_to_hsv(images: ArrayLike, data_format: str | None = None) -> Array:
    """Return hue, saturation and value of red, green and blue, all from 0 to 1.

    Args:
        images: Floating-point images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Example:
        >>> rgb_to_hsv([[[0.0, 1.0, 0.0]]]).tolist()
        [[[0.33..., 1.0, 1.0]]]
    """
    images = jnp.asarray(images)
    red, green, blue, axis = _colours(images, data_format)
    value, lowest = jnp.maximum(jnp.maximum(red, green), blue), jnp.minimum(jnp.minimum(red, green), blue)
    span = value - lowest
    saturation = jnp.where(value > 0, span / jnp.where(value > 0, value, 1), 0)
    sixth = 1 / (6 * jnp.where(span > 0, span, 1))
    hue = jnp.where(value == green, sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6)
    hue = jnp.where(value == red, sixth * (green - blue), hue)
    hue = jnp.where(span > 0, hue, 0) + (hue < 0).astype(hue.dtype)
    return jnp.stack([hue, saturation, value], axis)


@operation
def hsv_to_rgb(images: ArrayLike, data_format: str | None = None) -> Array:
    """Return red, green and blue of hue, saturation and value, all from 0 to 1.

    Args:
        images: Floating-point images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Example:
        >>> hsv_to_rgb([[[0.5, 1.0, 1.0]]]).tolist()
        [[[0.0, 1.0, 1.0]]]
    """
    images = jnp.asarray(images)
    hue, saturation, value, axis = _colours(images, data_format)
    sixths = jnp.mod(hue, 1) * 6
    shares = jnp.abs(sixths - 3) - 1, 2 - jnp.abs(sixths - 2), 2 - jnp.abs(sixths - 4)
    return jnp.stack([value * (1 - saturation + saturation * jnp.clip(share, 0, 1)) for share in shares], axis)


def _colours(images: Any, data_format: str | None) -> tuple[Any, Any, Any, int]:
    """Return the three planes of floating-point images, and the axis that they lie along."""
    axis = axes_of(images, data_format).channels
    _check_colours(images, axis)
    if not is_float(images.dtype):
        raise ValueError(f"`images` holds {images.dtype}, and colours are from 0 to 1 here. Divide by 255 before.")
    tiny = jnp.finfo(images.dtype).eps
    images = jnp.where(jnp.abs(images) < tiny, 0, images)
    first, second, third = (jnp.take(images, place, axis) for place in range(3))
    return first, second, third, axis


def _check_colours(images: Any, axis: int) -> None:
    if images.shape[axis] != 3:
        raise ValueError(
            f"`images` has shape {images.shape}, and colours are three numbers along axis {axis}. Check `data_format`."
        )


# --- neighbours -------------------------------------------------------------------------------------------


@operation
def gaussian_blur(
    images: ArrayLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Array:
    """Return blurred images: each element becomes a mean of those around it, weighted by a bell curve.

    Args:
        images: The images.
        kernel_size: How many elements that are, along width and height: the order in which Keras computes, whose
            documentation has them the other way round.
        sigma: The width of the curve along both, in the same order.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Example:
        >>> gaussian_blur([[[0.0], [1.0], [0.0]]], (3, 1)).ravel().tolist()
        [0.27..., 0.45..., 0.27...]
    """
    images = jnp.asarray(images)

    columns, rows = (_bell(size, width, images.dtype) for size, width in zip(kernel_size, sigma, strict=True))
    return _filtered(images, jnp.outer(rows, columns), data_format)


@operation
def sobel_edges(images: ArrayLike, data_format: str | None = None) -> Array:
    """Return how steep images are: along the height, and along the width.

    Args:
        images: The images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, channels)`
        result: `(*batch, height, width, channels, 2)`

    Example:
        >>> sobel_edges([[[0.0], [1.0], [2.0]]])[0, 1, 0].tolist()
        [0.0, 4.0]
    """
    images = jnp.asarray(images)
    across = jnp.asarray([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], images.dtype)
    return jnp.stack([_filtered(images, kernel, data_format) for kernel in (across.T, across)], -1)


@operation
def ssim(
    image1: ArrayLike,
    image2: ArrayLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Array:
    r"""Return how alike images are, 1 where they are equal: the index of structural similarity.

    It is the mean of $\frac{(2 \mu_1 \mu_2 + c_1)(2 \sigma_{12} + c_2)}
    {(\mu_1^2 + \mu_2^2 + c_1)(\sigma_1^2 + \sigma_2^2 + c_2)}$ with $c_i = (k_i \cdot \mathrm{max\_val})^2$ and the
    moments of windows that are weighted by a bell curve.

    Args:
        image1: Images.
        image2: As many others, of the same shape.
        max_val: The largest number that an image may hold.
        filter_size: Height and width of a window.
        filter_sigma: The width of the curve.
        k1: The first constant.
        k2: The second constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        image1, image2: `(*batch, height, width, channels)`
        result: `(*batch)`

    Example:
        >>> image = jnp.arange(48.0).reshape(4, 4, 3) / 48
        >>> float(ssim(image, image, filter_size=3))
        1.0
    """
    one, other = jnp.asarray(image1), jnp.asarray(image2)
    kind, computed = one.dtype, one.dtype if is_float(one.dtype) else jnp.dtype("float32")
    one, other = one.astype(computed), other.astype(computed)
    axes = axes_of(one, data_format)
    sizes = one.shape[axes.height], one.shape[axes.width]
    if one.shape != other.shape or any(isinstance(size, int) and size < filter_size for size in sizes):
        raise ValueError(
            f"`image1` has shape {image1.shape} and `image2` {image2.shape}. Pass images of one shape, at least as "  # pyright: ignore[reportAttributeAccessIssue]
            f"large as `filter_size`, {filter_size}."
        )
    bell = _bell(filter_size, filter_sigma, computed)

    def mean(images: Any) -> Any:
        return _filtered(images, jnp.outer(bell, bell), data_format, "VALID")

    first, second = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    means, product = (mean(one), mean(other)), mean(one) * mean(other)
    squares = [mean_of * mean_of for mean_of in means]
    spread = sum(mean(image * image) - square for image, square in zip((one, other), squares, strict=True))
    alike = (2 * product + first) * (2 * (mean(one * other) - product) + second)
    alike = alike / ((sum(squares) + first) * (spread + second))
    return alike.mean(axis=tuple(axes)).astype(kind)


def _bell(size: int, width: float, dtype: Any) -> Any:
    """Return a bell curve of a width, as weights that sum to 1."""
    x = jnp.arange(size, dtype=dtype) - (size - 1) / 2
    bell = jnp.exp(-0.5 * (x / width) ** 2)
    return bell / bell.sum()


def _filtered(images: Any, kernel: Any, data_format: str | None, padding: str = "SAME") -> Any:
    """Return each channel of images convolved with one kernel."""
    axis = axes_of(images, data_format).channels
    batch = jnp.moveaxis(images if images.ndim == 4 else images[None], axis, 1)
    channels = batch.shape[1]
    kernels = jnp.broadcast_to(kernel.astype(images.dtype), (channels, 1, *kernel.shape))
    filtered = jax.lax.conv_general_dilated(batch, kernels, (1, 1), padding, feature_group_count=channels)
    filtered = jnp.moveaxis(filtered, 1, axis)
    return filtered if images.ndim == 4 else filtered[0]
