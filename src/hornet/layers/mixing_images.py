"""Layers that put parts of other images, or nothing, into images at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core.checks import describe, number
from hornet.core.errors import ArgumentError
from hornet.layers.augmentation import Augmentation, Draw, Range, between
from hornet.layers.colouring import Colouring, of_images
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions

anything: Any = jax.random  # whose own types are partly unknown


class Mixing(Augmentation):
    """Base of the layers that mix each image of a batch with another one of it, and their labels alike."""

    def _changed_labels(self, labels: Any, drawn: Mapping[str, Any]) -> Any:
        labels = jnp.asarray(labels)
        if not jnp.issubdtype(labels.dtype, jnp.floating):
            raise ArgumentError(
                f"Layer {self.name!r} mixes labels, which must be numbers with fractions, not {describe(labels)}. Pass "
                "one-hot rows, as `utils.to_categorical(labels)` makes them."
            )
        weight = jnp.reshape(drawn["mix_weight"], (-1, *[1] * (labels.ndim - 1))).astype(labels.dtype)
        return weight * labels + (1.0 - weight) * labels[drawn["permutation_order"]]


@registry.register()
class MixUp(Mixing):
    r"""Mixes each image with another one of the batch in training, and their labels alike.

    Computes $y = w x + (1 - w) x'$ with $w$ from the beta distribution of $\alpha$ and $\alpha$.

    Args:
        alpha: $\alpha$, at least 0: the smaller, the less is mixed.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Layers of equal seeds draw the same.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a dict of `"images"` and one-hot `"labels"`
        output: that of the input

    Source:
        Zhang et al. 2018, mixup: Beyond empirical risk minimization.

    Example:
        >>> import numpy as np
        >>> data = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> MixUp()(data)["labels"].sum(axis=1).round(4).tolist()
        [1.0, 1.0]
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.alpha = number("alpha", alpha, above=0.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        weight = anything.beta(draw.key(), self.alpha, self.alpha, (draw.rows,), dtype="float32")
        return {"mix_weight": weight, "permutation_order": anything.permutation(draw.key(), draw.rows)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        weight = of_images(drawn["mix_weight"]).astype(images.dtype)
        return weight * images + (1.0 - weight) * images[drawn["permutation_order"]]

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        weight = of_images(drawn["mix_weight"])
        return jnp.where(weight >= 0.5, masks, masks[drawn["permutation_order"]])


def _rectangles(draw: Draw, heights: Any, widths: Any, height: int, width: int) -> dict[str, Any]:
    """Return the masks of rectangles at random places, and which part of an image each covers.

    Args:
        draw: Random numbers.
        heights: The height of each as a part of the image's.
        widths: The width of each.
        height: Height of the images.
        width: Width of the images.
    """
    left = draw.uniform(0.0, 1.0) * width * (1.0 - widths)
    top = draw.uniform(0.0, 1.0) * height * (1.0 - heights)
    x, y = jnp.arange(width)[None, None, :, None], jnp.arange(height)[None, :, None, None]
    in_columns = (x >= of_images(left)) & (x < of_images(left + widths * width))
    in_rows = (y >= of_images(top)) & (y < of_images(top + heights * height))
    return {"batch_masks": in_columns & in_rows}


@registry.register()
class CutMix(Mixing):
    r"""Puts a rectangle of another image of the batch into each image in training, and mixes their labels alike.

    The rectangle covers $1 - w$ of the image with $w$ from the beta distribution of $\alpha$ and $\alpha$, and lies
    at a random place; labels are mixed by the share that it really covers.

    Args:
        factor: The range of $\alpha$, from 0 to 1; one number stands for 0 to it.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a dict of `"images"` and one-hot `"labels"`
        output: that of the input

    Source:
        Yun et al. 2019, CutMix: Regularization strategy to train strong classifiers with localizable features.

    Example:
        >>> import numpy as np
        >>> data = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> CutMix()(data)["labels"].sum(axis=1).round(4).tolist()
        [1.0, 1.0]
    """

    def __init__(
        self,
        factor: Range = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        alpha = draw.uniform(*self.factor) + 1e-6
        side = jnp.sqrt(1.0 - anything.beta(draw.key(), alpha, alpha, (draw.rows,), dtype="float32"))
        cut = _rectangles(draw, side, side, height, width)
        weight = 1.0 - jnp.mean(cut["batch_masks"], axis=(1, 2, 3))
        return {**cut, "mix_weight": weight, "permutation_order": anything.permutation(draw.key(), draw.rows)}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        return jnp.where(drawn["batch_masks"], images[drawn["permutation_order"]], images)

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        return self._changed(masks, drawn)


@registry.register()
class RandomErasing(Colouring):
    """Fills a rectangle at a random place of images in training.

    Args:
        factor: The range of the probability that an image gets one, from 0 to 1; one number stands for 0 to it.
        scale: The range of the squares of its sides, as parts of the image's, from 0 to 1.
        fill_value: What fills it: a number, three for red, green and blue, or `None` for noise.
        value_range: The least and the largest value of images, to which what fills it is clipped.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, channels)`, or a single image
        output: that of the input

    Source:
        Zhong et al. 2020, Random erasing data augmentation.

    Example:
        >>> RandomErasing((1.0, 1.0), scale=(1.0, 1.0), fill_value=0.0)([[[[1.0], [2.0]]]]).ravel().tolist()
        [0.0, 0.0]
    """

    def __init__(
        self,
        factor: Range = 1.0,
        scale: Range = (0.02, 0.33),
        fill_value: float | Sequence[float] | None = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.seed = seed
        self.factor = between("factor", factor, 0.0, 1.0)
        self.scale = between("scale", scale, 0.0, 1.0)
        if isinstance(fill_value, list | tuple):
            if len(fill_value) != 3:
                raise ValueError(f"`fill_value` has {len(fill_value)} numbers. Pass one, or three for colours.")
            self.fill_value: Any = tuple(number("fill_value", one) for one in fill_value)
        else:
            self.fill_value = None if fill_value is None else number("fill_value", fill_value)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        heights, widths = (jnp.sqrt(draw.uniform(*self.scale)) for _ in range(2))
        happens = draw.chance(draw.uniform(*self.factor))
        if self.fill_value is None:
            filled = draw.normal(height, width, 3) * self.value_range[1]
        else:
            filled = jnp.asarray(self.fill_value)
        return {
            **_rectangles(draw, heights, widths, height, width),
            "apply_erasing": happens,
            "fill_value": self._clipped(filled),
        }

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        filled = drawn["fill_value"]
        if self.fill_value is None:
            filled = jnp.resize(filled, images.shape) if images.shape[-1] > 3 else filled[..., : images.shape[-1]]
        return jnp.where(of_images(drawn["apply_erasing"]) & drawn["batch_masks"], filled, images).astype(images.dtype)
