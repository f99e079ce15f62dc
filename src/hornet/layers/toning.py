"""Layers that change the tones of images: to grey, to negatives, to few or to evenly used ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import ops
from hornet.core.checks import number, positive_int
from hornet.layers.augmentation import Augmentation, Draw, Range, between
from hornet.layers.colouring import (
    Colouring,
    RandomBrightness,
    RandomContrast,
    RandomHue,
    RandomSaturation,
    of_images,
)
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions


@registry.register()
class RandomGrayscale(Augmentation):
    """Makes a random part of the images grey in training.

    Args:
        factor: Probability that an image becomes grey, from 0 to 1.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Example:
        >>> RandomGrayscale(1.0)([[[[10.0, 0.0, 0.0]]]]).ravel().round(3).tolist()
        [2.98..., 2.98..., 2.98...]
    """

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.factor = number("factor", factor, at_least=0.0, at_most=1.0)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Return which images become grey: as in Keras an array, and not a dict."""
        drawn = super().get_random_transformation(data, training, seed)
        return drawn and drawn["grey"]

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"grey": draw.chance(self.factor, 1, 1, 1)}

    def _changed(self, images: Any, drawn: Any) -> Any:
        return jnp.where(drawn, ops.image.rgb_to_grayscale(images, "channels_last"), images)


@registry.register()
class RandomInvert(Colouring):
    """Makes negatives of a random part of the images in training.

    Args:
        factor: The range of the probability, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images; a value is taken from the latter.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomInvert((1.0, 1.0), value_range=(0, 1))([[[[1.0], [0.25]]]]).ravel().tolist()
        [0.0, 0.75]
    """

    def __init__(
        self,
        factor: Range = 1.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"apply_inversion": draw.chance(draw.uniform(*self.factor))}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return jnp.where(of_images(drawn["apply_inversion"]), self.value_range[1] - images, images)


@registry.register()
class RandomPosterization(Colouring):
    """Keeps a random number of the first bits of 8-bit images in training.

    Args:
        factor: The range of the number of bits, from 1 to 8, without its end; one number stands for 1 to it.
        value_range: The least and the largest value of images.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomPosterization((1, 1))([[[[100.0], [200.0]]]]).ravel().tolist()
        [0.0, 128.0]
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
        lower, upper = between("factor", factor, 1, 8)
        self.factor = positive_int("factor", lower), positive_int("factor", upper)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        lower, upper = self.factor
        bits = jnp.floor(draw.uniform(float(lower), float(max(upper, lower + 1)))).astype("uint8")
        return {"shift_factor": 8 - bits}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        shift = of_images(drawn["shift_factor"]).astype("uint8")
        bits = self._in_range(images, 255).astype("uint8")
        return self._from_range(((bits >> shift) << shift).astype(images.dtype), 255)


@registry.register()
class Solarization(Colouring):
    r"""Turns bright values of images around in training, from a random threshold on.

    Of 8-bit values computes $y = x + a$, and $255 - y$ where that is not below the threshold $t$.

    Args:
        addition_factor: The range of $a / 255$, from 0 to 1; one number stands for 0 to it.
        threshold_factor: The range of $t / 255$, from 0 to 1; one number stands for 0 to it.
        value_range: The least and the largest value of images.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes, and `data_format`.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> Solarization()([[[[100.0], [200.0]]]]).ravel().tolist()
        [155.0, 55.0]
    """

    def __init__(
        self,
        addition_factor: Range = 0.0,
        threshold_factor: Range = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.addition_factor = between("addition_factor", addition_factor, 0.0, 1.0, first=0.0)
        self.threshold_factor = between("threshold_factor", threshold_factor, 0.0, 1.0, first=0.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        ranges = {"additions": self.addition_factor, "thresholds": self.threshold_factor}
        return {name: draw.uniform(lower * 255, upper * 255, 1, 1, 1) for name, (lower, upper) in ranges.items()}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        brighter = jnp.clip(self._in_range(images, 255) + drawn["additions"], 0, 255)
        turned = jnp.where(brighter < drawn["thresholds"], brighter, 255 - brighter)
        return self._from_range(turned, 255)


class ToneMap(Colouring):
    """Base of the layers that change tones by what the image itself is, and draw nothing."""

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> dict[str, Any] | None:
        """Return nothing that is drawn.

        Args:
            data: Images, or a dict with them.
            training: Whether it is for training.
            seed: Ignored.
        """
        return {} if training else None

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Any:
        """Return images with other tones.

        Args:
            images: The images.
            transformation: Ignored.
            training: Whether it is for training.
        """
        return super().transform_images(images, {}, training)


@registry.register()
class AutoContrast(ToneMap):
    """Stretches the values of each channel of an image to the whole range, in training and in inference.

    Args:
        value_range: The least and the largest value of images.
        **kwargs: What every `Layer` takes, and `data_format`.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> AutoContrast()([[[[100.0], [200.0]]]]).ravel().tolist()
        [0.0, 255.0]
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)

    def transform_images(self, images: Any, transformation: Any = None, training: bool = True) -> Any:
        """Return images with other tones, whatever the mode.

        Args:
            images: The images.
            transformation: Ignored.
            training: Ignored.
        """
        return super().transform_images(images, transformation, True)

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        values = self._in_range(images, 255)
        lowest, highest = (find(values, axis=(1, 2), keepdims=True) for find in (jnp.min, jnp.max))
        is_flat = highest == lowest
        scale = 255 / jnp.where(is_flat, 1, highest - lowest)
        return jnp.where(is_flat, images, self._from_range(jnp.clip(values * scale - lowest * scale, 0, 255), 255))


@registry.register()
class Equalization(ToneMap):
    """Moves the values of each channel of an image in training so that all tones are used about equally often.

    Args:
        value_range: The least and the largest value of images.
        bins: Number of tones that are told apart, at least 2.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Source:
        Gonzalez & Woods, Digital image processing, section 3.3.

    Example:
        >>> Equalization()([[[[100.0], [101.0], [102.0]]]]).ravel().tolist()
        [0.0, 128.0, 255.0]
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.bins = positive_int("bins", bins)

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        values = self._in_range(images, 255)
        tones = jnp.clip(values * ((self.bins - 1) / 255), 0, self.bins - 1).astype("int32")
        planes = jnp.moveaxis(tones, -1, 1).reshape(*tones.shape[::3], -1)  # (rows, channels, elements)
        ranks = jnp.sum(jnp.sort(planes, -1)[..., None, :] <= jnp.arange(self.bins)[:, None], -1)
        first = jnp.min(jnp.where(ranks > 0, ranks, planes.shape[-1]), -1, keepdims=True)
        rest = planes.shape[-1] - first
        table = jnp.round(jnp.maximum(ranks - first, 0) * 255 / jnp.where(rest == 0, 1, rest))
        looked_up = jnp.take_along_axis(table, planes, -1).reshape(jnp.moveaxis(tones, -1, 1).shape)
        equal = jnp.where((rest == 0)[..., None], jnp.moveaxis(values, -1, 1), looked_up)
        return self._from_range(jnp.moveaxis(equal, 1, -1), 255)


@registry.register()
class RandomColorJitter(Colouring):
    """Changes brightness, contrast, saturation and hue of images at random in training, one after the other.

    Args:
        value_range: The least and the largest value of images.
        brightness_factor: See `RandomBrightness`; `None` leaves brightness as it is.
        contrast_factor: See `RandomContrast`.
        saturation_factor: See `RandomSaturation`.
        hue_factor: See `RandomHue`.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Example:
        >>> RandomColorJitter(brightness_factor=(1.0, 1.0))([[[[1.0, 2.0, 3.0]]]]).ravel().tolist()
        [255.0, 255.0, 255.0]
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: Range | None = None,
        contrast_factor: Range | None = None,
        saturation_factor: Range | None = None,
        hue_factor: Range | None = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        given = (
            (RandomBrightness, brightness_factor),
            (RandomContrast, contrast_factor),
            (RandomSaturation, saturation_factor),
            (RandomHue, hue_factor),
        )
        self._steps: dict[str, Colouring] = {
            kind.__name__: kind(factor, value_range=self.value_range) for kind, factor in given if factor is not None
        }

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {name: step._drawn(draw, height, width) for name, step in self._steps.items()}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        for name, step in self._steps.items():
            images = step._changed(images, drawn[name])
        return images
