"""Pictures as files, as objects of Pillow's, and as arrays on the host."""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jax.core import max_dim, min_dim

from hornet.core.checks import describe, one_of, warn
from hornet.core.dtypes import standardize_dtype
from hornet.core.errors import ArgumentError, CorruptFileError
from hornet.core.imports import optional_module
from hornet.core.settings import checked_data_format

CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
"""How many numbers a point has in each mode of colours."""
_GREY = ("L", "I;16", "I")
"""Pillow's modes of pictures that are grey as they are."""
_RESAMPLING = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Return the picture in a file as an image of Pillow's.

    Args:
        path: The file's path, or an `io.BytesIO` of what is in it.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        target_size: `(height, width)` to bring it to; `None` for its own.
        interpolation: How: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos"`, `"box"` or `"hamming"`.
        keep_aspect_ratio: Whether its edges are cut off, where it is longer than `target_size` wants it, so that
            nothing is stretched.

    Raises:
        ImportError: If Pillow is not installed.
        CorruptFileError: If the file is no picture.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> save_img(file, np.zeros((2, 3, 3)), file_format="png")
        >>> load_img(file, target_size=(4, 4)).size
        (4, 4)
    """
    one_of("color_mode", color_mode, CHANNELS)
    image = _opened(path, color_mode)
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    one_of("interpolation", interpolation, _RESAMPLING)
    size = (target_size[1], target_size[0])
    box = None
    if keep_aspect_ratio:
        width, height = image.size
        kept = min(width, height * size[0] // size[1]), min(height, width * size[1] // size[0])
        left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
        box = (left, top, left + kept[0], top + kept[1])
    return image.resize(size, _pillow().Resampling[interpolation.upper()], box=box)


def _opened(path: Any, color_mode: str) -> Any:
    """Return a picture, read and in a mode of colours."""
    pillow = _pillow()
    if not isinstance(path, io.BytesIO | str | bytes | os.PathLike):
        raise ArgumentError(f"`path` must be the path of a file or an `io.BytesIO`, not {describe(path)}.")
    try:
        with pillow.open(path) as image:
            image.load()
            wanted = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}[color_mode]
            is_fitting = image.mode == wanted or (color_mode == "grayscale" and image.mode in _GREY)
            return image if is_fitting else image.convert(wanted)
    except FileNotFoundError:
        raise
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
        name = "the picture" if isinstance(path, io.BytesIO) else os.fsdecode(path)
        raise CorruptFileError(
            name, "", f"Pillow cannot read it as a picture ({error}). Delete the file, or take another copy of it."
        ) from error


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Return a picture as an array of three axes.

    Args:
        img: An image of Pillow's, or an array of two or three axes.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dtype: Type of the array; `floatx()` by default.

    Shapes:
        output: `(height, width, channels)`

    Raises:
        ValueError: If it has another number of axes.

    Example:
        >>> img_to_array(np.zeros((2, 3))).shape
        (2, 3, 1)
    """
    is_last = checked_data_format(data_format) == "channels_last"
    array = np.asarray(img, dtype=standardize_dtype(dtype))
    if array.ndim not in (2, 3):
        raise ValueError(f"`img` has shape {array.shape}, and a picture has two axes or three. Pass a single picture.")
    array = array if array.ndim == 3 else array[..., None]
    return array if is_last else array.transpose(2, 0, 1)


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Return an array as an image of Pillow's.

    Args:
        x: The array.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        scale: Whether the smallest number becomes 0 and the largest 255.
        dtype: Type to compute in; `floatx()` by default.

    Shapes:
        x: `(height, width, channels)` with 1, 3 or 4 channels

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If `x` has another shape.

    Example:
        >>> array_to_img(np.ones((2, 3, 1)), scale=False).size
        (3, 2)
    """
    is_last = checked_data_format(data_format) == "channels_last"
    x = np.asarray(x, dtype=standardize_dtype(dtype))
    if x.ndim != 3:
        raise ValueError(f"`x` has shape {x.shape}, and a single picture has three axes. Pass `x[0]` of a batch.")
    x = x if is_last else x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    if x.shape[2] not in (1, 3, 4):
        raise ValueError(f"`x` has {x.shape[2]} channels, and a picture has 1, 3 or 4. Check its `data_format`.")
    # Numbers beyond a byte are kept for grey pictures, whose files may have 32 bits.
    kind = "int32" if x.shape[2] == 1 and x.max() > 255 else "uint8"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numbers outside a byte, which the user asked for
        x = x.astype(kind)
    return _pillow().fromarray(x[..., 0] if x.shape[2] == 1 else x)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array to a file as a picture.

    Args:
        path: The file's path, or a file object.
        x: The array; see `array_to_img`.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        file_format: Such as `"png"`; by default what the path ends in.
        scale: Whether the smallest number becomes 0 and the largest 255.
        **kwargs: What Pillow's `save` takes for the format, such as `quality=90`.
    """
    if file_format is None and isinstance(path, str | os.PathLike):
        file_format = Path(path).suffix[1:]
    file_format = "jpeg" if (file_format or "").lower() == "jpg" else file_format
    image = array_to_img(x, data_format, scale)
    if image.mode == "RGBA" and (file_format or "").lower() == "jpeg":
        warn("JPEG has no transparency, so the picture is saved without its fourth channel. Save it as PNG to keep it.")
        image = image.convert("RGB")
    image.save(path, format=file_format or None, **kwargs)


def _pillow() -> Any:
    return optional_module("PIL.Image", "image")


# --- other sizes ------------------------------------------------------------------------------------------


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(0, 1 - x)


def _cubic(x: np.ndarray) -> np.ndarray:
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _lanczos(radius: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


KERNELS: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1, _triangle),
    "bicubic": (2, _cubic),
    "lanczos3": (3, _lanczos(3)),
    "lanczos5": (5, _lanczos(5)),
}
"""For each interpolation how far a point looks, and how much a point at a distance weighs."""
INTERPOLATIONS = ("nearest", *KERNELS)


def resized(image: np.ndarray, size: tuple[int, int], interpolation: str) -> np.ndarray:
    """Return a picture in another size, on the host, by the numbers of `ops.image.resize`.

    Each of the many sizes of files would ask XLA for a program of its own.

    Args:
        image: The picture.
        size: Height and width.
        interpolation: One of `INTERPOLATIONS`.

    Shapes:
        image, output: `(height, width, channels)`
    """
    for axis in (0, 1):
        if image.shape[axis] != size[axis]:
            image = _along(image, axis, size[axis], interpolation)
    return image


def _along(image: np.ndarray, axis: int, size: int, interpolation: str) -> np.ndarray:
    given = image.shape[axis]
    if interpolation == "nearest":
        places = (np.arange(size, dtype="float32") + 0.5) * np.float32(given) / np.float32(size)  # rounded as JAX does
        return image.take(np.floor(places).astype(int), axis)
    radius, kernel = KERNELS[interpolation]
    points = (np.arange(size) + 0.5) * (given / size) - 0.5
    taps = np.floor(points).astype(int)[:, None] + np.arange(1 - radius, radius + 1)
    weights = np.where((taps >= 0) & (taps < given), kernel(np.abs(points[:, None] - taps)), 0)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(image.dtype)
    taps = taps.clip(0, given - 1)
    # As rows of numbers, over which NumPy's loops are long: there are but three colours.
    rest = math.prod(image.shape[axis + 1 :])
    total: Any = 0
    for tap in range(taps.shape[1]):
        part = image.take(taps[:, tap], axis)
        rows = part.reshape(-1, size * rest)
        rows *= np.repeat(weights[:, tap], rest)
        total = part if tap == 0 else np.add(total, part, out=total)
    return total


def box_of_ratio(sizes: tuple[Any, Any], wanted: tuple[int, int], covers: bool) -> tuple[Any, Any]:
    """Return height and width of a box in the ratio of other ones, as Keras rounds them; sizes may be symbols.

    Args:
        sizes: Height and width of a picture.
        wanted: The ratio's.
        covers: Whether the box is the smallest one around the picture, and not the largest one inside it.

    Example:
        >>> box_of_ratio((4, 6), (1, 1), covers=False), box_of_ratio((4, 6), (1, 1), covers=True)
        ((4, 4), (6, 6))
    """
    (height, width), (target_height, target_width) = sizes, wanted
    box = width * target_height // target_width, height * target_width // target_height
    if covers:
        return max_dim(height, box[0]), max_dim(width, box[1])
    return max_dim(min_dim(height, box[0]), 1), max_dim(min_dim(width, box[1]), 1)
