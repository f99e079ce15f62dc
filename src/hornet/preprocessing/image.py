"""The old path of what reads and writes pictures, and `smart_resize`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornet import ops
from hornet.core.imports import publish
from hornet.utils import array_to_img, img_to_array, load_img, save_img

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]


def smart_resize(
    x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str | None = "channels_last"
) -> Any:
    """Return images in another size, their edges cut off so that nothing is stretched.

    Args:
        x: An image, or a batch of them.
        size: Height and width.
        interpolation: See `ops.image.resize`.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        An array of NumPy where `x` is one, else of JAX.

    Example:
        >>> smart_resize(np.zeros((4, 6, 3)), (2, 2)).shape
        (2, 2, 3)
    """
    resized = ops.image.resize(x, size, interpolation, crop_to_aspect_ratio=True, data_format=data_format)
    return np.asarray(resized) if isinstance(x, np.ndarray) else resized


publish(__name__, __all__)
