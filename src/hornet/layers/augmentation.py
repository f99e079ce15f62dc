"""The base of the layers that change images at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core import noise, random
from hornet.core.checks import describe, number
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.settings import checked_data_format
from hornet.layers.layer import Layer
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions

Range = float | Sequence[float]
"""A number that draws come from around zero, or the two that they lie between."""


class Draw:
    """Random numbers for the rows of a batch, each row's independent of the others'.

    Args:
        key: A JAX key, used for nothing else.
        rows: Number of rows.
    """

    def __init__(self, key: Any, rows: int) -> None:
        self.rows = rows
        self._key = key
        self._count = 0

    def key(self) -> Any:
        """Return a key that no other draw gets."""
        self._count += 1
        anything: Any = jax.random  # whose own types are partly unknown
        return anything.fold_in(self._key, self._count)

    def uniform(self, lower: Any, upper: Any, *shape: int) -> Any:
        """Return numbers from one to another, `(rows, *shape)`."""
        return lower + (upper - lower) * noise.uniform(self.key(), (self.rows, *shape))

    def normal(self, *shape: int) -> Any:
        """Return normally distributed numbers, `(rows, *shape)`."""
        return noise.normal(self.key(), (self.rows, *shape))

    def chance(self, probability: Any, *shape: int) -> Any:
        """Return for each row whether something happens, `(rows, *shape)`."""
        return self.uniform(0.0, 1.0, *shape) < probability


class Augmentation(Layer):
    """Base of the layers that change images: in training each row by a draw of its own, in inference not at all.

    A subclass says what is drawn for a batch and what that does to images with the channels last. What is drawn is a
    dict of arrays with a row for each image. The methods have Keras's names, so a program may keep what was drawn, and
    change other images by it: `transform_images(images, get_random_transformation(images))`.

    A call is a training call unless `training=False` is passed, or a program such as that of `predict` says it; so
    `layer(images)` by itself shows what training sees. It takes images, a single one too, or a dict with `"images"`,
    and with `"labels"` and `"segmentation_masks"` that belong to them.

    Draws follow `set_random_seed`. Layers of one kind that are given the same `seed` draw the same, so one may change
    images and another what belongs to them; called by hand, they repeat what they draw in each process.

    Args:
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.
    """

    _takes_structures = True
    _eager_draws = 0

    seed: int | None = None
    """The seed of what is drawn."""

    def __init__(self, data_format: str | None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)

    # --- what a subclass says ---------------------------------------------------------------------------

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        """Return what is drawn for images of a size."""
        return {}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        """Return images, `(rows, height, width, channels)`, changed by what was drawn."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_changed`. Write one.")

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        """Return masks of segments changed by what was drawn; colours do not change them."""
        return masks

    def _changed_labels(self, labels: Any, drawn: Mapping[str, Any]) -> Any:
        """Return labels changed by what was drawn."""
        return labels

    # --- Keras's methods --------------------------------------------------------------------------------

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> dict[str, Any] | None:
        """Return what is drawn for data; `None` in inference.

        Args:
            data: Images, or a dict with them.
            training: Whether it is for training.
            seed: An integer that the draw follows; `None` for the program's own key.
        """
        if not training:
            return None
        images = data["images"] if isinstance(data, Mapping) else data
        shape = self._channels_last(images).shape
        return self._drawn(Draw(self._key(seed), shape[0]), shape[1], shape[2])

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """Return images changed by what was drawn; as they are in inference.

        Args:
            images: The images.
            transformation: What `get_random_transformation` returned.
            training: Whether it is for training.
        """
        images = jnp.asarray(images).astype(self.compute_dtype)
        if not training or transformation is None:
            return images
        changed = self._changed(in_long_type(self._channels_last(images)), transformation)
        return self._as_given(changed, images.ndim).astype(self.compute_dtype)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        """Return masks of segments changed as their images are.

        Args:
            segmentation_masks: The masks, with a last axis of one.
            transformation: What `get_random_transformation` returned.
            training: Whether it is for training.
        """
        masks = jnp.asarray(segmentation_masks)
        if not training or transformation is None:
            return masks
        return self._as_given(self._changed_masks(self._channels_last(masks), transformation), masks.ndim)

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """Return labels changed as their images are.

        Args:
            labels: The labels.
            transformation: What `get_random_transformation` returned.
            training: Whether it is for training.
        """
        return labels if not training or transformation is None else self._changed_labels(labels, transformation)

    def _key(self, seed: Any) -> Any:
        """Return a key made of an integer, else of the layer's seed, or of the program's key or process's seed."""
        if isinstance(seed, int):
            return jax.random.key(seed)
        frame = current_frame()
        if frame is None:
            return jax.random.key(random.next_seed())
        return frame.next_key() if self.seed is None else frame.key_of_seed(self.seed, self)

    def _structure(self) -> Any:
        return super()._structure(), self.seed  # which programs hold

    # --- calling ----------------------------------------------------------------------------------------

    def call(self, data: Any, training: bool = True) -> Any:
        images = data["images"] if isinstance(data, Mapping) and "images" in data else data
        self._check(images, data)
        drawn = self.get_random_transformation(images, training)
        images = self.transform_images(images, drawn, training)
        if not isinstance(data, Mapping):
            return images
        result = {**data, "images": images}
        if "labels" in data:
            result["labels"] = self.transform_labels(data["labels"], drawn, training)
        if "segmentation_masks" in data:
            masks = data["segmentation_masks"]
            result["segmentation_masks"] = self.transform_segmentation_masks(masks, drawn, training)
        return result

    def _in_training(self, training: bool | None) -> bool:
        return training is None or training

    def _check(self, images: Any, data: Any) -> None:
        if isinstance(data, Mapping) and "bounding_boxes" in data:
            raise ValueError(
                f"Layer {self.name!r} does not move bounding boxes, which are among the data. Leave them out, or "
                "change them by what `get_random_transformation` returned."
            )
        shape = getattr(images, "shape", None)
        if shape is None or len(shape) not in (3, 4):
            what = "something else" if shape is None else f"an array of shape {tuple(shape)}"
            raise ValueError(
                f"Layer {self.name!r} takes images of three axes, or a batch of them of four, not {what}. Pass such, "
                "or a dict with them under 'images'."
            )

    def _channels_last(self, images: Any) -> Any:
        """Return images as a batch with the axis of channels last."""
        images = jnp.asarray(images)
        images = images[None] if images.ndim == 3 else images
        return images if self.data_format == "channels_last" else images.transpose(0, 2, 3, 1)

    def _as_given(self, images: Any, ndim: int) -> Any:
        """Return such a batch in the layer's own format, and a single image by itself."""
        images = images if self.data_format == "channels_last" else images.transpose(0, 3, 1, 2)
        return images[0] if ndim == 3 else images


def between(
    argument: str, value: Any, lowest: float, highest: float, *, above: bool = False, first: float | None = None
) -> tuple[float, float]:
    """Return the range that a factor is drawn from: of one number up to it from its negative, as far as is allowed.

    Args:
        argument: Name of the argument.
        value: A number, or a pair.
        lowest: The least that is allowed.
        highest: The most that is allowed.
        above: Whether `lowest` itself is not allowed.
        first: Where the range of one number begins, if not at its negative.

    Raises:
        ValueError: If it is neither, or not within the bounds.

    Example:
        >>> between("factor", 0.2, -1, 1), between("factor", (0.3, 0.1), 0, 1)
        ((-0.2, 0.2), (0.1, 0.3))
    """
    bounds: Any = {"above" if above else "at_least": lowest, "at_most": highest}
    advice = "Pass a number, or two that the draw lies between."
    if isinstance(value, Real) and not isinstance(value, bool):
        upper = abs(number(argument, value, **bounds, advice=advice))
        return max(-upper, lowest) if first is None else first, upper
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ArgumentError(f"`{argument}` must be a number or a pair of them, not {describe(value)}. {advice}")
    lower, upper = sorted(number(argument, one, **bounds, advice=advice) for one in value)
    return lower, upper


def value_range_of(value_range: Any) -> list[float]:
    """Return the least and the largest value of images.

    Raises:
        ValueError: If they are not two different numbers.
    """
    if not isinstance(value_range, list | tuple) or len(value_range) != 2:
        raise ArgumentError(
            f"`value_range` must be a pair of numbers, not {describe(value_range)}. Pass one such as (0, 1)."
        )
    lower, upper = sorted(number("value_range", one) for one in value_range)
    if lower == upper:
        raise ValueError(f"`value_range` is {value_range}, in which nothing differs. Pass one such as (0, 255).")
    return [lower, upper]
