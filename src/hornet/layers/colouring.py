"""Layers that change the colours of images at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet import ops
from hornet.core.settings import epsilon
from hornet.layers.augmentation import Augmentation, Draw, Range, between, value_range_of
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions


class Colouring(Augmentation):
    """Base of the layers that change colours, which lie in a range of values.

    Args:
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.
    """

    def __init__(
        self,
        value_range: Sequence[float],
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.value_range = value_range_of(value_range)

    def _clipped(self, images: Any) -> Any:
        return jnp.clip(images, *self.value_range)

    def _in_range(self, images: Any, largest: float) -> Any:
        """Return images whose values lie from 0 to `largest`."""
        lower, upper = self.value_range
        return images if self.value_range == [0, largest] else (images - lower) / (upper - lower) * largest

    def _from_range(self, images: Any, largest: float) -> Any:
        """Return images with the layer's range of values."""
        lower, upper = self.value_range
        return images if self.value_range == [0, largest] else images / largest * (upper - lower) + lower


def of_images(numbers: Any) -> Any:
    """Return a number for each row in the shape of an image."""
    return jnp.reshape(numbers, (-1, 1, 1, 1))


@registry.register()
class RandomBrightness(Colouring):
    """Makes images darker or brighter by random amounts in training.

    Args:
        factor: The range of what is added, as parts of the range of values, from -1 to 1; one number stands for its
            negative to it.
        value_range: The least and the largest value of images; what comes out is clipped to it.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes, and `data_format`.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomBrightness((0.5, 0.5), value_range=(0, 1))([[[[0.25], [0.75]]]]).ravel().tolist()
        [0.75, 1.0]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, -1.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        lower, upper = self.value_range
        return {"rgb_delta": draw.uniform(*self.factor, 1, 1, 1) * (upper - lower)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return self._clipped(images + drawn["rgb_delta"])


@registry.register()
class RandomContrast(Colouring):
    r"""Moves the values of images away from their mean, or towards it, by random factors in training.

    Computes $y = f (x - \mu) + \mu$ with $\mu$ the mean of a channel of the image.

    Args:
        factor: $(a, b)$, each from 0 to 1, for $f$ from $1 - a$ to $1 + b$; $b$ for $f$ from 1 to $1 + b$.
        value_range: The least and the largest value of images; what comes out is clipped to it.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes, and `data_format`.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomContrast(0.5)([[[[9.0], [9.0]]]]).ravel().tolist()
        [9.0, 9.0]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"contrast_factor": draw.uniform(1.0 - self.factor[0], 1.0 + self.factor[1], 1, 1, 1)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        mean = jnp.mean(images, axis=(1, 2), keepdims=True)
        return self._clipped((images - mean) * drawn["contrast_factor"] + mean)


@registry.register()
class RandomHue(Colouring):
    """Turns the colours of images around the circle of hues by random angles in training.

    Args:
        factor: The range of the angles, in half turns from 0 to 1, either way; one number stands for 0 to it.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Example:
        >>> RandomHue(0.5, value_range=(0, 1))([[[[0.5, 0.5, 0.5]]]]).ravel().tolist()
        [0.5, 0.5, 0.5]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        angle = 0.5 * draw.uniform(*self.factor)
        return {"factor": jnp.where(draw.chance(0.5), -angle, angle)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        hue, saturation, value = jnp.moveaxis(ops.image.rgb_to_hsv(self._in_range(images, 1)), -1, 0)
        turned = hue + of_images(drawn["factor"])[..., 0]
        turned = turned - (turned > 1) + (turned < 0)
        changed = ops.image.hsv_to_rgb(jnp.stack([turned, saturation, value], -1))
        return self._from_range(jnp.clip(changed, 0, 1), 1)


@registry.register()
class RandomSaturation(Colouring):
    r"""Makes the colours of images paler or stronger by random factors in training.

    Multiplies the saturation by $f / (1 - f)$: 0 makes images grey, 0.5 leaves them as they are, 1 makes them vivid.

    Args:
        factor: The range of $f$, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Example:
        >>> RandomSaturation((0.0, 0.0), value_range=(0, 1))([[[[1.0, 0.0, 0.5]]]]).ravel().tolist()
        [1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        factor = draw.uniform(*self.factor)
        return {"factor": factor / (1.0 - factor + epsilon())}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        hue, saturation, value = jnp.moveaxis(ops.image.rgb_to_hsv(self._in_range(images, 1)), -1, 0)
        stronger = jnp.clip(saturation * of_images(drawn["factor"])[..., 0], 0, 1)
        return self._from_range(ops.image.hsv_to_rgb(jnp.stack([hue, stronger, value], -1)), 1)


@registry.register()
class RandomSharpness(Colouring):
    r"""Blurs or sharpens images by random factors in training.

    Computes $y = s + 2 f (x - s)$ with $s$ the image smoothed over three by three elements: 0 blurs, 0.5 leaves it as
    it is, 1 sharpens.

    Args:
        factor: The range of $f$, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images; what comes out is clipped to it.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomSharpness((0.5, 0.5))([[[[1.0], [2.0]]]]).ravel().tolist()
        [1.0, 2.0]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"factor": draw.uniform(*self.factor)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        window = (1, 3, 3, 1)
        sums = lax.reduce_window(images, np.zeros((), images.dtype), lax.add, window, (1, 1, 1, 1), "SAME")
        smooth = (sums + 4.0 * images) / 13.0  # the element itself weighs 5, its neighbours 1
        return self._clipped(images + (1.0 - 2.0 * of_images(drawn["factor"])) * (smooth - images))


@registry.register()
class RandomColorDegeneration(Colouring):
    """Mixes images with their grey versions by random shares in training.

    Args:
        factor: The range of the share of grey, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images; what comes out is clipped to it.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Example:
        >>> RandomColorDegeneration((1.0, 1.0))([[[[10.0, 0.0, 0.0]]]]).ravel().round(3).tolist()
        [2.98..., 2.98..., 2.98...]
    """

    def __init__(
        self,
        factor: Range,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"factor": draw.uniform(*self.factor, 1, 1, 1)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        grey = ops.image.rgb_to_grayscale(images, "channels_last")
        return self._clipped(images + drawn["factor"] * (grey - images))
