"""Layers that cut a part out of images: at random, or the middle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from jax import lax

from hornet import ops
from hornet.core.checks import integer_size
from hornet.layers.augmentation import Augmentation, Draw
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions


class Crop(Augmentation):
    """Base of the layers that cut a part of one size out of images; those too small are enlarged, and not stretched.

    Args:
        height: Height of the output.
        width: Width of the output.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.
    """

    def __init__(self, height: int, width: int, data_format: str | None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(data_format, **kwargs)
        self.height = integer_size("height", height)
        self.width = integer_size("width", width)

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """Return the parts of images; in inference as well.

        Args:
            images: The images.
            transformation: What `get_random_transformation` returned; `None` in inference.
            training: Whether it is for training.
        """
        return super().transform_images(images, transformation or {}, True)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        """Return the parts of masks of segments.

        Args:
            segmentation_masks: The masks, with a last axis of one.
            transformation: What `get_random_transformation` returned; `None` in inference.
            training: Whether it is for training.
        """
        return super().transform_segmentation_masks(segmentation_masks, transformation or {}, True)

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return self._part(images, drawn, "bilinear")

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        return self._part(masks, drawn, "nearest")

    def _part(self, images: Any, drawn: Mapping[str, Any], interpolation: str) -> Any:
        """Return the largest part that has the output's ratio of height and width, in its size."""
        size = self.height, self.width
        return ops.image.resize(images, size, interpolation, crop_to_aspect_ratio=True, data_format="channels_last")

    def _has_room(self, height: int, width: int) -> bool:
        return height >= self.height and width >= self.width


@registry.register()
class CenterCrop(Crop):
    """Cuts the middle out of images, in training and in inference.

    Smaller images are resized so that they cover the output, and what lies outside is cut off.

    Args:
        height: Height of the output.
        width: Width of the output.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`, or a single image
        output: `(batch, height, width, channels)`

    Example:
        >>> CenterCrop(1, 1)([[[[1.0], [2.0], [3.0]]]]).ravel().tolist()
        [2.0]
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(height, width, data_format, **kwargs)

    def _part(self, images: Any, drawn: Mapping[str, Any], interpolation: str) -> Any:
        height, width = images.shape[1:3]
        if not self._has_room(height, width):
            return super()._part(images, drawn, interpolation)
        top, left = (height - self.height) // 2, (width - self.width) // 2
        return images[:, top : top + self.height, left : left + self.width]


@registry.register()
class RandomCrop(Crop):
    """Cuts a part at a random place out of each image in training.

    In inference, and where images are smaller than that, it returns the largest part in the middle that has the
    output's ratio of height and width, in the output's size.

    Args:
        height: Height of the output.
        width: Width of the output.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`, or a single image
        output: `(batch, height, width, channels)`

    Example:
        >>> RandomCrop(1, 1)([[[[1.0], [2.0], [3.0]]]], training=False).ravel().tolist()
        [2.0]
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(height, width, data_format, **kwargs)
        self.seed = seed

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        if not self._has_room(height, width):
            return {}
        places = {"top": height - self.height, "left": width - self.width}
        return {name: jnp.floor(draw.uniform(0.0, room + 1.0)).astype("int32") for name, room in places.items()}

    def _part(self, images: Any, drawn: Mapping[str, Any], interpolation: str) -> Any:
        if not drawn:
            return super()._part(images, drawn, interpolation)

        def cut(image: Any, top: Any, left: Any) -> Any:
            return lax.dynamic_slice(
                image, (top, left, jnp.zeros_like(top)), (self.height, self.width, image.shape[-1])
            )

        return jax.vmap(cut)(images, drawn["top"], drawn["left"])
