"""Layers that blur images, or show them as from elsewhere, at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet import ops
from hornet.core.checks import number, one_of, positive_int
from hornet.layers.augmentation import Augmentation, Draw, Range, between
from hornet.layers.colouring import Colouring, of_images
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.spatial import per_axis


@registry.register()
class RandomPerspective(Augmentation):
    """Shows a random part of the images as from elsewhere in training: their corners move, and the rest with them.

    Args:
        factor: The range of the probability that an image changes, from 0 to 1; one number stands for 0 to it.
        scale: How far corners move at most, from 0 to 1: by half of that part of their distances from the first corner.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: What lies outside.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> import numpy as np
        >>> RandomPerspective()(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Range = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.factor = between("factor", factor, 0.0, 1.0)
        self.scale = number("scale", scale, at_least=0.0, at_most=1.0)
        self.interpolation = one_of("interpolation", interpolation, ("nearest", "bilinear"))
        self.fill_value = number("fill_value", fill_value)
        self.seed = seed

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        corners = [[0.0, 0.0], [width - 1.0, 0.0], [0.0, height - 1.0], [width - 1.0, height - 1.0]]
        start = jnp.tile(jnp.asarray(corners, "float32")[None], (draw.rows, 1, 1))
        moved = draw.uniform(-0.5 * self.scale, 0.5 * self.scale, 4, 2)
        happens = draw.chance(draw.uniform(*self.factor))
        return {"apply_perspective": happens, "start_points": start, "end_points": start + start * moved}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return self._seen(images, drawn, self.interpolation)

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        return self._seen(masks, drawn, "nearest")

    def _seen(self, images: Any, drawn: Mapping[str, Any], interpolation: str) -> Any:
        points = drawn["start_points"], drawn["end_points"]
        seen = ops.image.perspective_transform(images, *points, interpolation, self.fill_value, "channels_last")
        return jnp.where(of_images(drawn["apply_perspective"]), seen, images)


@registry.register()
class RandomGaussianBlur(Colouring):
    """Blurs a random part of the images in training, each by bell curves of its own.

    Args:
        factor: The range of the probability that an image is blurred, from 0 to 1; one number stands for 0 to it.
        kernel_size: How many elements are averaged along width and height, odd numbers; one number for both.
        sigma: The range of the widths of the curves, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images; what comes out is clipped to it.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomGaussianBlur((1.0, 1.0))([[[[3.0], [3.0], [3.0]]]]).shape
        (1, 1, 3, 1)
    """

    def __init__(
        self,
        factor: Range = 1.0,
        kernel_size: int | Sequence[int] = 3,
        sigma: Range = 1.0,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.factor = between("factor", factor, 0.0, 1.0)
        self.kernel_size = per_axis("kernel_size", kernel_size, 2, positive_int)
        if any(size % 2 == 0 for size in self.kernel_size):
            raise ValueError(f"`kernel_size` must be odd, not {kernel_size}. Pass a number such as 3.")
        self.sigma = between("sigma", sigma, 0.0, 1.0)
        self.seed = seed

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        happens = draw.chance(draw.uniform(*self.factor))
        return {"should_apply_blur": happens, "blur_factor": draw.uniform(*self.sigma, 2) + 1e-6}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        def blur(image: Any, widths: Any) -> Any:
            return ops.image.gaussian_blur(image, self.kernel_size, (widths[0], widths[1]), "channels_last")

        blurred = jax.vmap(blur)(images, drawn["blur_factor"].astype(images.dtype))
        return self._clipped(jnp.where(of_images(drawn["should_apply_blur"]), blurred, images))
