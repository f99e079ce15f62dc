"""Operations on images: a single one of three axes, or a batch of them of four."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from hornet.core.checks import describe, non_negative_int, one_of, positive_int
from hornet.core.dtypes import standardize_dtype
from hornet.core.imports import publish
from hornet.core.settings import checked_data_format
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike
from hornet.data.pictures import INTERPOLATIONS, box_of_ratio
from hornet.ops.core import saturate_cast
from hornet.ops.image_colours import (
    Axes,
    axes_of,
    gaussian_blur,
    hsv_to_rgb,
    rgb_to_grayscale,
    rgb_to_hsv,
    sobel_edges,
    ssim,
)

__all__ = [
    "affine_transform", "crop_images", "extract_patches", "extract_patches_3d", "gaussian_blur", "hsv_to_rgb",
    "map_coordinates", "pad_images", "perspective_transform", "resize", "rgb_to_grayscale",
    "rgb_to_hsv", "scale_and_translate", "sobel_edges", "ssim",
]  # fmt: skip

_ORDERS = {"nearest": 0, "bilinear": 1}
_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_METHODS = ("linear", "bilinear", "trilinear", "cubic", "bicubic", "tricubic", "lanczos3", "lanczos5")


# --- sizes ------------------------------------------------------------------------------------------------


@operation
def resize(
    images: ArrayLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Array:
    """Return images in another size; integers are rounded.

    Args:
        images: The images.
        size: Height and width.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or `"lanczos5"`.
        antialias: Whether a smaller image shows the mean of what it leaves out.
        crop_to_aspect_ratio: Whether edges are cut off, so that nothing is stretched.
        pad_to_aspect_ratio: Whether edges are added, so that nothing is stretched.
        fill_mode: Must be `"constant"`.
        fill_value: What is in edges that are added.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, channels)`
        result: `(*batch, *size, channels)`

    Raises:
        ValueError: If an argument is none of these, or both ways of keeping the ratio are asked for.

    Example:
        >>> resize([[[0.0], [2.0]]], (1, 4)).ravel().tolist()
        [0.0, 0.5, 1.5, 2.0]
    """
    images = jnp.asarray(images)
    axes = axes_of(images, data_format)
    one_of("interpolation", interpolation, INTERPOLATIONS)
    one_of("fill_mode", fill_mode, ("constant",))
    if isinstance(size, str) or not hasattr(size, "__len__") or len(size) != 2:
        raise ValueError(f"`size` must be `(height, width)`, not {describe(size)}. Pass two integers.")
    wanted = positive_int("size", size[0]), positive_int("size", size[1])
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("`crop_to_aspect_ratio` and `pad_to_aspect_ratio` exclude each other. Pass one of them.")
    if crop_to_aspect_ratio or pad_to_aspect_ratio:
        given = images.shape[axes.height], images.shape[axes.width]
        box = box_of_ratio(given, wanted, covers=pad_to_aspect_ratio)
        if pad_to_aspect_ratio:
            edges = [(outer - inner) // 2 for inner, outer in zip(given, box, strict=True)]
            images = _padded(images, axes, [(edge, edge) for edge in edges], fill_value)
        else:
            edges = [(outer - inner) // 2 for outer, inner in zip(given, box, strict=True)]
            images = _cut(images, axes, [(edge, edge + length) for edge, length in zip(edges, box, strict=True)])
    shape = list(images.shape)
    shape[axes.height], shape[axes.width] = wanted
    return _as_before(jax.image.resize(images, shape, interpolation, antialias=antialias), images.dtype)


def _as_before(values: Any, dtype: Any) -> Any:
    return values if values.dtype == dtype else saturate_cast(jnp.round(values), dtype)


def _cut(images: Any, axes: Axes, spans: Sequence[tuple[Any, Any]]) -> Array:
    places = [slice(None)] * images.ndim
    for axis, span in zip(axes, spans, strict=False):
        places[axis] = slice(*span)
    return images[tuple(places)]


def _padded(images: Any, axes: Axes, edges: Sequence[tuple[Any, Any]], value: float = 0.0) -> Array:
    widths: list[Any] = [(0, 0)] * images.ndim
    for axis, both in zip(axes, edges, strict=False):
        widths[axis] = both
    return jnp.pad(images, widths, constant_values=jnp.asarray(value).astype(images.dtype))


@operation
def pad_images(
    images: ArrayLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array:
    """Return images with zeros around them; of height and of width, two of three numbers are given.

    Args:
        images: The images.
        top_padding: Rows above.
        left_padding: Columns on the left.
        bottom_padding: Rows below.
        right_padding: Columns on the right.
        target_height: Height of the result.
        target_width: Width of the result.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, channels)`
        result: `(*batch, target_height, target_width, channels)`

    Example:
        >>> pad_images([[[1.0]]], 0, 1, 0, target_width=3).ravel().tolist()
        [0.0, 1.0, 0.0]
    """
    images = jnp.asarray(images)
    axes = axes_of(images, data_format)
    height, width = images.shape[axes.height], images.shape[axes.width]
    rows = _margins("padding", ("top", "bottom", "height"), top_padding, bottom_padding, target_height, height, 1)
    columns = _margins("padding", ("left", "right", "width"), left_padding, right_padding, target_width, width, 1)
    return _padded(images, axes, [rows, columns])


@operation
def crop_images(
    images: ArrayLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Array:
    """Return images without their edges; of height and of width, two of three numbers are given.

    Args:
        images: The images.
        top_cropping: Rows cut off above.
        left_cropping: Columns cut off on the left.
        bottom_cropping: Rows cut off below.
        right_cropping: Columns cut off on the right.
        target_height: Height of the result.
        target_width: Width of the result.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, channels)`
        result: `(*batch, target_height, target_width, channels)`

    Example:
        >>> crop_images([[[1.0], [2.0], [3.0]]], 0, 1, 0, target_width=1).ravel().tolist()
        [2.0]
    """
    images = jnp.asarray(images)
    axes = axes_of(images, data_format)
    height, width = images.shape[axes.height], images.shape[axes.width]
    rows = _margins("cropping", ("top", "bottom", "height"), top_cropping, bottom_cropping, target_height, height, -1)
    columns = _margins("cropping", ("left", "right", "width"), left_cropping, right_cropping, target_width, width, -1)
    return _cut(images, axes, [(rows[0], height - rows[1]), (columns[0], width - columns[1])])


def _margins(
    kind: str, names: Sequence[str], before: int | None, behind: int | None, target: int | None, size: Any, sign: int
) -> tuple[Any, Any]:
    """Return how much is added (`sign` 1) or cut off (-1) on two sides, of which a target may say one.

    Raises:
        ValueError: If not two of the three are given, or the third would be negative.
    """
    arguments = f"{names[0]}_{kind}", f"{names[1]}_{kind}", f"target_{names[2]}"
    given = {name: value for name, value in zip(arguments, (before, behind, target), strict=True) if value is not None}
    if len(given) != 2:
        raise ValueError(f"Pass two of {_listed(arguments)}, not {_listed(given) if given else 'none'}.")
    for name, value in given.items():
        non_negative_int(name, value)
    if target is not None:
        rest = sign * (target - size)
        before, behind = (rest - behind if before is None else before, rest - before if behind is None else behind)  # pyright: ignore[reportOptionalOperand]
    room = size if sign > 0 else size - before - behind  # pyright: ignore[reportOptionalOperand]
    if isinstance(size, int) and min(before, behind, room) < 0:  # pyright: ignore[reportArgumentType]
        raise ValueError(
            f"{_listed(f'`{name}` {value}' for name, value in given.items())} do not fit images of {names[2]} {size}. "
            "Pass other numbers."
        )
    return before, behind


def _listed(names: Any) -> str:
    return " and ".join(f"{name}" if str(name)[0] == "`" else f"`{name}`" for name in names)


@operation
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: ArrayLike,
    translation: ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Array:
    """Return an array whose axes are stretched and moved; what lies outside is zero.

    Args:
        images: An array of any shape.
        output_shape: The shape of the result.
        scale: A factor for each of `spatial_dims`.
        translation: A distance for each, in steps of the result.
        spatial_dims: The axes.
        method: Such as `"linear"`, `"cubic"` or `"lanczos3"`.
        antialias: Whether a smaller result shows the mean of what it leaves out.

    Example:
        >>> scale_and_translate([1.0, 2.0], (4,), [1.0], [1.0], (0,), "linear").tolist()
        [0.0, 1.0, 2.0, 0.0]
    """
    one_of("method", method, _METHODS)
    images, scale, translation = (jnp.asarray(array) for array in (images, scale, translation))
    scale, translation = (array.astype(standardize_dtype(None)) for array in (scale, translation))
    return jax.image.scale_and_translate(images, output_shape, spatial_dims, scale, translation, method, antialias)


# --- places -----------------------------------------------------------------------------------------------


@operation
def map_coordinates(
    inputs: ArrayLike, coordinates: ArrayLike, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Array:
    """Return the values of an array at places between its elements.

    Args:
        inputs: The array.
        coordinates: The places, one array of coordinates for each axis.
        order: 0 for the nearest element, 1 for a line between two.
        fill_mode: What lies outside: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`.
        fill_value: The constant.

    Shapes:
        coordinates: `(axes of inputs, *shape)`
        result: `(*shape)`

    Example:
        >>> map_coordinates([0.0, 10.0], [[0.5, 1.0]], order=1).tolist()
        [5.0, 10.0]
    """
    one_of("fill_mode", fill_mode, _FILL_MODES)
    one_of("order", order, (0, 1))
    inputs, places = jnp.asarray(inputs), jnp.asarray(coordinates)
    if places.ndim < 2 or places.shape[0] != inputs.ndim:
        raise ValueError(
            f"`coordinates` has shape {places.shape}, and `inputs` {inputs.ndim} axes. Pass an array of places "
            "for each of these, along a first axis."
        )
    return jax.scipy.ndimage.map_coordinates(inputs, list(places), order, fill_mode, fill_value)


@operation
def affine_transform(
    images: ArrayLike,
    transform: ArrayLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array:
    r"""Return images moved, turned, stretched or sheared.

    The point $(x, y)$ of the result is the one at $(a_0 x + a_1 y + a_2, b_0 x + b_1 y + b_2)$ of the image.

    Args:
        images: The images.
        transform: $(a_0, a_1, a_2, b_0, b_1, b_2, 0, 0)$: one for all, or one for each image.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What lies outside: `"constant"`, `"nearest"`, `"wrap"`, `"mirror"` or `"reflect"`.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        transform: `(8,)` or `(batch, 8)`
        images, result: the same

    Example:
        >>> affine_transform([[[1.0], [2.0]]], [1.0, 0, -1, 0, 1, 0, 0, 0]).ravel().tolist()
        [0.0, 1.0]
    """
    order = _ORDERS[one_of("interpolation", interpolation, _ORDERS)]
    one_of("fill_mode", fill_mode, _FILL_MODES)
    images, transform = jnp.asarray(images), jnp.asarray(transform)
    axes = axes_of(images, data_format)
    if transform.ndim not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(f"`transform` has shape {transform.shape}. Pass 8 numbers, or 8 for each image.")

    return _moved(images, transform.reshape(-1, 8), axes, order, fill_mode, fill_value)


@operation
def perspective_transform(
    images: ArrayLike,
    start_points: ArrayLike,
    end_points: ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Array:
    """Return images as seen from elsewhere: four points are moved to others, and the rest with them.

    Args:
        images: The images.
        start_points: Four points `(x, y)` of an image, no three on a line: those of all, or of each image.
        end_points: Where they are in the result.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: What lies outside.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        start_points, end_points: `(4, 2)` or `(batch, 4, 2)`
        images, result: the same

    Example:
        >>> corners = jnp.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        >>> perspective_transform([[[1.0], [2.0]]], corners, corners + jnp.array([1, 0])).ravel().round().tolist()
        [0.0, 1.0]
    """
    order = _ORDERS[one_of("interpolation", interpolation, _ORDERS)]
    images, start, end = jnp.asarray(images), jnp.asarray(start_points), jnp.asarray(end_points)
    axes = axes_of(images, data_format)
    if start.shape != end.shape or start.shape[-2:] != (4, 2) or start.ndim not in (2, 3):
        raise ValueError(
            f"`start_points` has shape {start.shape} and `end_points` {end.shape}. Pass four points `(x, y)` in "
            "each, or four for each image."
        )
    start, end = (points.reshape(-1, 4, 2).astype("float32") for points in (start, end))
    x, y, one = end[..., 0], end[..., 1], jnp.ones_like(end[..., 0])
    rows = []
    for axis, places in ((0, (x, y, one, 0 * x, 0 * x, 0 * x)), (1, (0 * x, 0 * x, 0 * x, x, y, one))):
        target = start[..., axis]
        rows.append(jnp.stack([*places, -target * x, -target * y], -1))
    targets = jnp.concatenate([start[..., 0], start[..., 1]], -1)
    transforms = jnp.linalg.solve(jnp.concatenate(rows, 1), targets[..., None])[..., 0]
    return _moved(images, transforms, axes, order, "constant", fill_value)


def _moved(images: Any, transforms: Any, axes: Axes, order: int, fill_mode: str, fill_value: float) -> Any:
    """Return images that show at each point what they have at another, by 8 numbers for all or for each image."""

    def move(plane: Any, numbers: Any) -> Any:
        y, x = jnp.meshgrid(*(jnp.arange(size) for size in plane.shape), indexing="ij")
        depth = numbers[6] * x + numbers[7] * y + 1
        places = [(row[0] * x + row[1] * y + row[2]) / depth for row in (numbers[3:6], numbers[:3])]
        return jax.scipy.ndimage.map_coordinates(plane, places, order, fill_mode, fill_value)

    each = jax.vmap(move, (axes.channels, None), axes.channels)
    is_one = transforms.shape[0] == 1
    transforms = transforms[0] if is_one else transforms
    return (each if images.ndim == 3 else jax.vmap(each, (0, None if is_one else 0)))(images, transforms)


@operation
def extract_patches(
    images: ArrayLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """Return the patches of images, the elements of each along the axis of channels.

    Args:
        images: The images.
        size: Height and width of a patch, or one number for both.
        strides: How far it is from one patch to the next; `size` by default.
        dilation_rate: How far it is from one element of a patch to the next.
        padding: `"valid"`, or `"same"` for zeros around.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        images: `(*batch, height, width, channels)`
        result: `(*batch, rows, columns, size[0] * size[1] * channels)`

    Example:
        >>> extract_patches([[[1.0], [2.0], [3.0], [4.0]]], (1, 2)).tolist()
        [[[1.0, 2.0], [3.0, 4.0]]]
    """
    if hasattr(size, "__len__") and len(size) == 3:  # pyright: ignore[reportArgumentType]
        return extract_patches_3d(images, size, strides, dilation_rate, padding, data_format)
    images = jnp.asarray(images)
    return _patches(images, axes_of(images, data_format).channels, 2, size, strides, dilation_rate, padding)


@operation
def extract_patches_3d(
    volumes: ArrayLike,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Array:
    """Return the patches of volumes, the elements of each along the axis of channels; see `extract_patches`.

    Args:
        volumes: The volumes.
        size: Depth, height and width of a patch, or one number for all.
        strides: How far it is from one patch to the next; `size` by default.
        dilation_rate: How far it is from one element of a patch to the next.
        padding: `"valid"`, or `"same"` for zeros around.
        data_format: `"channels_last"` (the default) or `"channels_first"`.

    Shapes:
        volumes: `(*batch, depth, height, width, channels)`
        result: `(*batch, layers, rows, columns, elements of a patch)`

    Example:
        >>> extract_patches_3d(jnp.zeros((4, 6, 6, 1)), (2, 3, 3)).shape
        (2, 2, 2, 18)
    """
    volumes = jnp.asarray(volumes)
    if volumes.ndim not in (4, 5):
        raise ValueError(f"`volumes` has shape {volumes.shape}, and a volume has four axes, a batch of them five.")
    axis = -1 if checked_data_format(data_format) == "channels_last" else -4
    return _patches(volumes, axis, 3, size, strides, dilation_rate, padding)


def _patches(images: Any, axis: int, rank: int, size: Any, strides: Any, dilation_rate: Any, padding: str) -> Any:
    """Return the patches of images or volumes whose channels are on an axis."""
    sizes = _each("size", size, rank)
    channels, is_batch = images.shape[axis], images.ndim == rank + 2
    patches = jax.lax.conv_general_dilated_patches(
        jnp.moveaxis(images if is_batch else images[None], axis, 1),
        sizes,
        _each("strides", size if strides is None else strides, rank),
        one_of("padding", padding, ("valid", "same")).upper(),
        rhs_dilation=_each("dilation_rate", dilation_rate, rank),
    )
    # JAX has the channels in front of the places in a patch, Keras behind them.
    places = patches.shape[2:]
    patches = jnp.moveaxis(patches.reshape(-1, channels, math.prod(sizes), *places), 1, 2)
    patches = jnp.moveaxis(patches.reshape(-1, math.prod(sizes) * channels, *places), 1, axis)
    return patches if is_batch else patches[0]


def _each(argument: str, value: Any, rank: int) -> tuple[int, ...]:
    numbers = tuple(value) if hasattr(value, "__len__") else (value,) * rank
    if len(numbers) != rank:
        raise ValueError(f"`{argument}` must be one number or {rank}, not {describe(value)}. Pass one for each axis.")
    return tuple(positive_int(argument, number) for number in numbers)


publish(__name__, __all__)
