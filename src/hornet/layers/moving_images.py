"""Layers that flip, turn, stretch, move and shear images at random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import ops
from hornet.core.checks import number, one_of
from hornet.layers.augmentation import Augmentation, Draw, Range, between
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions

FILL_MODES = ("reflect", "wrap", "constant", "nearest")


@registry.register()
class RandomFlip(Augmentation):
    """Flips half of the images in training.

    Args:
        mode: `"horizontal"`: left and right change places. `"vertical"`: top and bottom do.
            `"horizontal_and_vertical"`: both, in the same images.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomFlip()([[[[1.0], [2.0]]]], training=False).ravel().tolist()
        [1.0, 2.0]
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.mode = one_of("mode", mode, ("horizontal", "vertical", "horizontal_and_vertical"))

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        return {"flips": draw.chance(0.5, 1, 1, 1)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        axes = {"horizontal": 2, "vertical": 1}.get(self.mode, (1, 2))
        return jnp.where(drawn["flips"], jnp.flip(images, axes), images)

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        return self._changed(masks, drawn)


class AffineAugmentation(Augmentation):
    """Base of the layers that show at each point of an image what is at another, an affine function of it.

    Args:
        fill_mode: What lies outside: `"reflect"` (d c b a | a b c d | d c b a), `"wrap"` (a b c d | a b c d | a b c d),
            `"constant"` or `"nearest"` (a a a a | a b c d | d d d d).
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.
    """

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        fill_value: float,
        data_format: str | None,
        seed: int | None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.fill_mode = one_of("fill_mode", fill_mode, FILL_MODES)
        self.interpolation = one_of("interpolation", interpolation, ("nearest", "bilinear"))
        self.fill_value = number("fill_value", fill_value)

    def _matrix(self, drawn: Mapping[str, Any], height: int, width: int) -> Any:
        """Return the eight numbers of `ops.image.affine_transform` for each row."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_matrix`. Write one.")

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return self._moved(images, drawn, self.interpolation)

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        return self._moved(masks, drawn, "nearest")

    def _moved(self, images: Any, drawn: Mapping[str, Any], interpolation: str) -> Any:
        matrix = self._matrix(drawn, images.shape[1], images.shape[2]).astype("float32")
        return ops.image.affine_transform(
            images, matrix, interpolation, self.fill_mode, self.fill_value, "channels_last"
        )


def _rows(*numbers: Any) -> Any:
    """Return the transforms whose first six numbers these are, a row for each image."""
    columns = [jnp.ravel(one) for one in jnp.broadcast_arrays(*numbers)]
    return jnp.stack([*columns, *[jnp.zeros_like(columns[0])] * 2], axis=1)


@registry.register()
class RandomRotation(AffineAugmentation):
    r"""Turns images around their centres by random angles in training.

    Args:
        factor: The angles' range in full turns, from -1 to 1: $(a, b)$ for $2 \pi a$ to $2 \pi b$, counter-clockwise
            where positive; $a$ for $(-a, a)$.
        fill_mode: What lies outside: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Layers of equal seeds draw the same.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomRotation((0.5, 0.5))([[[[1.0], [2.0]]]]).ravel().round(4).tolist()
        [2.0, 1.0]
    """

    def __init__(
        self,
        factor: Range,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, fill_value, data_format, seed, **kwargs)
        self.factor = between("factor", factor, -1.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        lower, upper = self.factor
        angle = draw.uniform(360.0 * lower, 360.0 * upper)
        return {"angle": angle, "rotation_matrix": _turned(angle, height, width)}

    def _matrix(self, drawn: Mapping[str, Any], height: int, width: int) -> Any:
        return drawn["rotation_matrix"]


def _turned(angle: Any, height: int, width: int) -> Any:
    """Return the transforms that turn images around their centres by angles in degrees."""
    x, y = (width - 1) / 2, (height - 1) / 2
    cos, sin = jnp.cos(jnp.deg2rad(angle)), jnp.sin(jnp.deg2rad(angle))
    return _rows(cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos)


@registry.register()
class RandomZoom(AffineAugmentation):
    """Stretches images around their centres by random factors in training.

    Args:
        height_factor: The range of what is seen more or less than the height, as a part of it, above -1 and at most 1:
            -0.2 shows 0.8 of the height, enlarged, and 0.2 shows 1.2 of it. One number stands for its negative to it.
        width_factor: The same for the width; `None` for what is drawn for the height, so that nothing is distorted.
        fill_mode: What lies outside: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Layers of equal seeds draw the same.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomZoom((-0.5, -0.5))([[[[1.0], [2.0], [3.0]]]]).ravel().tolist()
        [1.5, 2.0, 2.5]
    """

    def __init__(
        self,
        height_factor: Range,
        width_factor: Range | None = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, fill_value, data_format, seed, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = between("height_factor", height_factor, -1.0, 1.0, above=True)
        is_free = width_factor is not None
        self._widths = between("width_factor", width_factor, -1.0, 1.0, above=True) if is_free else None

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        vertical = 1.0 + draw.uniform(*self._heights, 1)
        horizontal = vertical if self._widths is None else 1.0 + draw.uniform(*self._widths, 1)
        return {"height_zoom": vertical, "width_zoom": horizontal}

    def _matrix(self, drawn: Mapping[str, Any], height: int, width: int) -> Any:
        x, y = drawn["width_zoom"], drawn["height_zoom"]
        return _rows(x, 0.0, (width - 1) / 2 * (1.0 - x), 0.0, y, (height - 1) / 2 * (1.0 - y))


@registry.register()
class RandomTranslation(AffineAugmentation):
    """Moves images by random distances in training.

    Args:
        height_factor: The range of distances downwards, as parts of the height from -1 to 1; one number stands for its
            negative to it.
        width_factor: The range of distances to the right, as parts of the width.
        fill_mode: What lies outside: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Layers of equal seeds draw the same.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")([[[[1.0], [2.0]]]]).ravel().tolist()
        [0.0, 1.0]
    """

    def __init__(
        self,
        height_factor: Range,
        width_factor: Range,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, fill_value, data_format, seed, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = between("height_factor", height_factor, -1.0, 1.0)
        self._widths = between("width_factor", width_factor, -1.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        vertical, horizontal = draw.uniform(*self._heights, 1) * height, draw.uniform(*self._widths, 1) * width
        return {"translations": jnp.concatenate([horizontal, vertical], axis=1)}

    def _matrix(self, drawn: Mapping[str, Any], height: int, width: int) -> Any:
        x, y = drawn["translations"].T
        return _rows(1.0, 0.0, -x, 0.0, 1.0, -y)


@registry.register()
class RandomShear(AffineAugmentation):
    """Shears images at random in training: moves rows sideways, and columns up or down, the more the farther they lie.

    Args:
        x_factor: The range of how much rows move for each row between, from 0 to 1; one number stands for 0 to it. Half
            of the images are sheared the other way.
        y_factor: The same for columns.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What lies outside: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`.
        fill_value: The constant.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Example:
        >>> RandomShear(0.5)([[[[1.0], [2.0]]]]).shape
        (1, 1, 2, 1)
    """

    def __init__(
        self,
        x_factor: Range = 0.0,
        y_factor: Range = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, fill_value, data_format, seed, **kwargs)
        self.x_factor = between("x_factor", x_factor, 0.0, 1.0)
        self.y_factor = between("y_factor", y_factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        factors = jnp.concatenate([draw.uniform(*self.x_factor, 1), draw.uniform(*self.y_factor, 1)], axis=1)
        return {"shear_factor": jnp.where(draw.chance(0.5, 1), -factors, factors)}

    def _matrix(self, drawn: Mapping[str, Any], height: int, width: int) -> Any:
        x, y = drawn["shear_factor"].T
        return _rows(1.0, x, 0.0, y, 1.0, 0.0)
