"""Changes to one picture on the host, of which Keras 2 made its augmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from hornet.core.checks import one_of
from hornet.core.imports import optional_module
from hornet.preprocessing.image.options import Outside
from hornet.utils import array_to_img, img_to_array

FILL_MODES = ("constant", "nearest", "reflect", "wrap")


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Return a picture turned, moved, sheared and zoomed around its centre, in this order.

    Args:
        x: The picture.
        theta: Angle in degrees, counter-clockwise.
        tx: How many columns it is moved to the left.
        ty: How many rows it is moved upwards.
        shear: Angle in degrees.
        zx: What part of the columns is seen: less than 1 makes the picture larger.
        zy: What part of the rows is seen.
        row_axis: The axis of rows.
        col_axis: The axis of columns.
        channel_axis: The axis of channels.
        fill_mode: What lies outside: `"constant"`, `"nearest"`, `"reflect"` or `"wrap"`.
        cval: The constant.
        order: Of the spline between points, from 0 to 5.

    Shapes:
        x, output: `(channels, rows, columns)`, or as the axes say

    Example:
        >>> apply_affine_transform(np.array([[[1.0, 2.0, 3.0]]]), tx=1).tolist()
        [[[2.0, 3.0, 3.0]]]
    """
    from scipy import ndimage

    one_of("fill_mode", fill_mode, FILL_MODES)
    x = np.asarray(x)
    if x.ndim != 3 or sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2]:
        raise ValueError(
            f"`x` has shape {x.shape} and its axes are {(row_axis, col_axis, channel_axis)}. Pass a single picture, "
            "and three different axes of 0, 1 and 2."
        )
    matrix = _matrix(theta, tx, ty, shear, zx, zy)
    if (matrix == np.eye(3)).all():
        return x
    turn = matrix[1::-1, 1::-1]  # of rows and columns, which are y and x
    center = [x.shape[row_axis] / 2 - 0.5, x.shape[col_axis] / 2 - 0.5]
    offset: Any = matrix[1::-1, 2] + center - turn @ center
    planes = x.transpose(channel_axis, row_axis, col_axis)
    moved = [ndimage.affine_transform(plane, turn, offset, order=order, mode=fill_mode, cval=cval) for plane in planes]
    return np.stack(moved).transpose(np.argsort([channel_axis, row_axis, col_axis]))


def _matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> np.ndarray:
    """Return what leads from a point `(x, y, 1)` of the result to one of the picture."""
    turn, slope = np.deg2rad([theta, shear])
    turned = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    moved = [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
    sheared = [[1, -np.sin(slope), 0], [0, np.cos(slope), 0], [0, 0, 1]]
    zoomed = np.diag([zx, zy, 1.0])
    return np.linalg.multi_dot([turned, moved, sheared, zoomed])


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Return a picture with a number added to all channels, within the range that its values have.

    Args:
        x: The picture.
        intensity: The number.
        channel_axis: Ignored; kept for compatibility with Keras.

    Example:
        >>> apply_channel_shift(np.array([[[1.0, 2.0, 3.0]]]), 1).tolist()
        [[[2.0, 3.0, 3.0]]]
    """
    x = np.asarray(x)
    return np.clip(x + intensity, x.min(), x.max())


def apply_brightness_shift(x: Any, brightness: float, scale: bool = True) -> np.ndarray:
    """Return a picture made brighter by a factor, in 8-bit values.

    Args:
        x: The picture, channels last.
        brightness: The factor.
        scale: Whether values are stretched to the range from 0 to 255 first; they are where they do not lie in it.

    Raises:
        ImportError: If Pillow is not installed.

    Example:
        >>> apply_brightness_shift(np.array([[[100.0], [20.0]]]), 2.0, scale=False).ravel().tolist()
        [200.0, 40.0]
    """
    x = np.asarray(x)
    lowest, highest = x.min(), x.max()
    is_outside = lowest < 0 or highest > 255
    picture = array_to_img(x, "channels_last", scale=scale or bool(is_outside))
    enhancer = optional_module("PIL.ImageEnhance", "image").Brightness(picture)
    brighter = img_to_array(enhancer.enhance(brightness), "channels_last")
    return brighter / 255 * (highest - lowest) + lowest if is_outside and not scale else brighter


def random_rotation(
    x: Any, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, **how: Unpack[Outside]
) -> Any:
    """Return a picture turned by a random angle.

    Args:
        x: The picture.
        rg: The largest angle, in degrees either way.
        row_axis: The axis of rows.
        col_axis: The axis of columns.
        channel_axis: The axis of channels.
        **how: `fill_mode`, `cval` and `interpolation_order`, of `apply_affine_transform` its `order`.

    Example:
        >>> random_rotation(np.ones((1, 2, 2)), 90).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    return _moved(x, {"theta": np.random.uniform(-rg, rg)}, (row_axis, col_axis, channel_axis), how)


def random_shift(
    x: Any, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, **how: Unpack[Outside]
) -> Any:
    """Return a picture moved by random distances.

    Args:
        x: The picture.
        wrg: The largest distance sideways, as a part of the width.
        hrg: The largest distance up or down, as a part of the height.
        row_axis: The axis of rows.
        col_axis: The axis of columns.
        channel_axis: The axis of channels.
        **how: As of `random_rotation`.

    Example:
        >>> random_shift(np.ones((1, 2, 2)), 0.5, 0.5).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    sizes = np.shape(x)
    distances = {"ty": np.random.uniform(-hrg, hrg) * sizes[row_axis]}
    distances["tx"] = np.random.uniform(-wrg, wrg) * sizes[col_axis]
    return _moved(x, distances, (row_axis, col_axis, channel_axis), how)


def random_shear(
    x: Any, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, **how: Unpack[Outside]
) -> Any:
    """Return a picture sheared by a random angle.

    Args:
        x: The picture.
        intensity: The largest angle, in degrees either way.
        row_axis: The axis of rows.
        col_axis: The axis of columns.
        channel_axis: The axis of channels.
        **how: As of `random_rotation`.

    Example:
        >>> random_shear(np.ones((1, 2, 2)), 20).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    return _moved(x, {"shear": np.random.uniform(-intensity, intensity)}, (row_axis, col_axis, channel_axis), how)


def random_zoom(
    x: Any,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    **how: Unpack[Outside],
) -> Any:
    """Return a picture zoomed by random factors.

    Args:
        x: The picture.
        zoom_range: The least and the largest part that is seen of rows and columns.
        row_axis: The axis of rows.
        col_axis: The axis of columns.
        channel_axis: The axis of channels.
        **how: As of `random_rotation`.

    Example:
        >>> random_zoom(np.ones((1, 2, 2)), (0.5, 1)).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    lower, upper = pair("zoom_range", zoom_range)
    zx, zy = (1, 1) if lower == upper == 1 else np.random.uniform(lower, upper, 2)
    return _moved(x, {"zx": zx, "zy": zy}, (row_axis, col_axis, channel_axis), how)


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """Return a picture with a random number added to all channels.

    Args:
        x: The picture.
        intensity_range: The largest number, either way.
        channel_axis: Ignored; kept for compatibility with Keras.

    Example:
        >>> random_channel_shift(np.ones((1, 2, 2)), 3).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def random_brightness(x: Any, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """Return a picture made brighter by a random factor.

    Args:
        x: The picture, channels last.
        brightness_range: The least and the largest factor.
        scale: As of `apply_brightness_shift`.

    Example:
        >>> random_brightness(np.array([[[100.0], [20.0]]]), (1, 1), scale=False).ravel().tolist()
        [100.0, 20.0]
    """
    return apply_brightness_shift(x, np.random.uniform(*pair("brightness_range", brightness_range)), scale)


def pair(argument: str, given: Any) -> tuple[float, float]:
    """Return two numbers.

    Raises:
        ValueError: If it is something else.
    """
    if isinstance(given, list | tuple | np.ndarray) and len(given) == 2:
        return float(given[0]), float(given[1])
    raise ValueError(f"`{argument}` must be two numbers, not {given!r}. Pass the least and the largest.")


def _moved(x: Any, how_far: Mapping[str, float], axes: tuple[int, int, int], how: Mapping[str, Any]) -> np.ndarray:
    named = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
    rest = {"order" if name == "interpolation_order" else name: value for name, value in how.items()}
    return apply_affine_transform(x, **how_far, **named, **rest)
