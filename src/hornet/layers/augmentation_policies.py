"""Layers that choose at random among the layers that change images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core.checks import boolean, number, one_of, positive_int
from hornet.layers.augmentation import Augmentation, Draw, Range, between
from hornet.layers.colouring import (
    Colouring,
    RandomBrightness,
    RandomColorDegeneration,
    RandomContrast,
    RandomSharpness,
    of_images,
)
from hornet.layers.layer import registry
from hornet.layers.moving_images import RandomRotation, RandomShear, RandomTranslation
from hornet.layers.options import LayerOptions
from hornet.layers.toning import AutoContrast, Equalization, RandomPosterization, Solarization

anything: Any = jax.random  # whose own types are partly unknown


class Policy(Colouring):
    """Base of the layers that choose for each image, again and again, one of some layers.

    Args:
        value_range: The least and the largest value of images.
        factor: The range of the layers' factors, from 0 to 1; one number stands for 0 to it.
        interpolation: `"bilinear"` or `"nearest"`.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.
    """

    def __init__(
        self,
        value_range: Sequence[float],
        factor: Range,
        interpolation: str,
        data_format: str | None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, data_format, **kwargs)
        self.factor = between("factor", factor, 0.0, 1.0)
        self.interpolation = one_of("interpolation", interpolation, ("nearest", "bilinear"))

    def _choices(self, has_colours: bool) -> list[Augmentation]:
        """Return the layers to choose from, those of colours among them or not."""
        factor, moved = self.factor, {"interpolation": self.interpolation}
        toned: Any = {"value_range": self.value_range}
        colours = (RandomBrightness, RandomColorDegeneration, RandomContrast, RandomSharpness) if has_colours else ()
        return [
            RandomShear(factor, factor, **moved),
            RandomTranslation(factor, factor, **moved),
            RandomRotation(factor, **moved),
            *(kind(factor, **toned) for kind in colours),
            RandomPosterization(max(1, int(8 * factor[1])), **toned),
            Solarization(factor, factor, **toned),
            AutoContrast(**toned),
            Equalization(**toned),
        ]


def _one_of_each(draw: Draw, choices: Sequence[Augmentation], count: int, height: int, width: int) -> dict[str, Any]:
    """Return which of `count` things each row chooses, and what all layers among them draw."""
    index = jnp.floor(draw.uniform(0.0, float(count))).astype("int32")
    return {"index": index, "drawn": [choice._drawn(draw, height, width) for choice in choices]}


def _changed_by(choices: Sequence[Augmentation], images: Any, chosen: Mapping[str, Any], masks: bool = False) -> Any:
    """Return images, or masks of segments, each changed by the layer that it chose, if any."""
    result = images
    for number_, (choice, drawn) in enumerate(zip(choices, chosen["drawn"], strict=True)):
        changed = choice._changed_masks(images, drawn) if masks else choice._changed(images, drawn)
        result = jnp.where(of_images(chosen["index"]) == number_, changed, result)
    return result


@registry.register()
class RandAugment(Policy):
    """Changes each image in training by some layers, one after the other, that are chosen at random.

    These are `RandomShear`, `RandomTranslation`, `RandomRotation`, `RandomBrightness`, `RandomColorDegeneration`,
    `RandomContrast`, `RandomSharpness`, `RandomPosterization`, `Solarization`, `AutoContrast` and `Equalization`.

    Args:
        value_range: The least and the largest value of images.
        num_ops: Number of layers.
        factor: The range of the layers' factors, from 0 to 1; one number stands for 0 to it.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Source:
        Cubuk et al. 2020, RandAugment: Practical automated data augmentation with a reduced search space.

    Example:
        >>> import numpy as np
        >>> RandAugment()(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: Range = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, factor, interpolation, data_format, **kwargs)
        self.num_ops = positive_int("num_ops", num_ops)
        self.seed = seed
        self._layers = self._choices(has_colours=True)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        count = len(self._layers)
        return {"steps": [_one_of_each(draw, self._layers, count, height, width) for _ in range(self.num_ops)]}

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        for chosen in drawn["steps"]:
            images = _changed_by(self._layers, images, chosen)
        return images

    def _changed_masks(self, masks: Any, drawn: Mapping[str, Any]) -> Any:
        for chosen in drawn["steps"]:
            masks = _changed_by(self._layers, masks, chosen, masks=True)
        return masks


@registry.register()
class AugMix(Policy):
    r"""Mixes each image in training with what chains of layers, chosen at random, make of it.

    Computes $w x + (1 - w) \sum_c v_c f_c(x)$ with $w$ from the beta distribution of $\alpha$ and $\alpha$, the shares
    $v$ from Dirichlet's of $\alpha$, and each $f_c$ some layers one after the other, of which some may do nothing.

    Args:
        value_range: The least and the largest value of images; what comes out is clipped to it.
        num_chains: Number of chains.
        chain_depth: Number of layers in each, at most.
        factor: The range of the layers' factors, from 0 to 1; one number stands for 0 to it.
        alpha: $\alpha$, above 0.
        all_ops: Whether layers of brightness, colours, contrast and sharpness are among them.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Layers of equal seeds draw the same.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, height, width, 3)`, or a single image
        output: that of the input

    Source:
        Hendrycks et al. 2020, AugMix: A simple data processing method to improve robustness and uncertainty.

    Example:
        >>> import numpy as np
        >>> AugMix()(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Range = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(value_range, factor, interpolation, data_format, **kwargs)
        self.num_chains = positive_int("num_chains", num_chains)
        self.chain_depth = positive_int("chain_depth", chain_depth)
        self.alpha = number("alpha", alpha, above=0.0)
        self.all_ops = boolean("all_ops", all_ops)
        self.seed = seed
        self._layers = self._choices(has_colours=self.all_ops)

    def _drawn(self, draw: Draw, height: int, width: int) -> dict[str, Any]:
        of_chains = Draw(draw.key(), draw.rows * self.num_chains)  # a row for each chain of each image
        count = len(self._layers) + 1  # the last is to leave the image as it is
        return {
            "steps": [_one_of_each(of_chains, self._layers, count, height, width) for _ in range(self.chain_depth)],
            "chain_mixing_weights": anything.dirichlet(
                draw.key(), jnp.full(self.num_chains, self.alpha, "float32"), (draw.rows,), "float32"
            ),
            "weight_sample": anything.beta(draw.key(), self.alpha, self.alpha, (draw.rows,), "float32"),
        }

    def _changed(self, images: Any, drawn: Mapping[str, Any]) -> Any:
        chains = jnp.repeat(images, self.num_chains, axis=0)
        for chosen in drawn["steps"]:
            chains = _changed_by(self._layers, chains, chosen)
        shares, kept = drawn["chain_mixing_weights"], of_images(drawn["weight_sample"])
        chains = chains.reshape(-1, self.num_chains, *images.shape[1:])
        mixed = jnp.einsum("nc,nchwd->nhwd", shares.astype(images.dtype), chains)
        return self._clipped(kept * images + (1.0 - kept) * mixed)
