"""Pictures in another size, of which nothing is stretched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornet import ops


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
