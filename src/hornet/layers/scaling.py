"""Layers that scale their inputs, by given numbers or by what they learn of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number
from hornet.core.dtypes import epsilon
from hornet.core.shapes import Shape, shapes_of
from hornet.layers.layer import Layer, registry
from hornet.layers.preprocessing import rows_of


@registry.register()
class Rescaling(Layer):
    """Multiplies and shifts: `inputs * scale + offset`, for example pixels by `1 / 255`.

    Args:
        scale: The factor, or one for each element of the last axis.
        offset: What is added, or one for each element of the last axis.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any, numbers
        output: that of the input, floating point

    Example:
        >>> Rescaling(1 / 2, offset=-1.0)([[0, 2, 4]]).tolist()
        [[-1.0, 0.0, 1.0]]
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = _numbers("scale", scale)
        self.offset = _numbers("offset", offset)

    def call(self, inputs: Any) -> Any:
        scale, offset = (jnp.asarray(one, self.compute_dtype) for one in (self.scale, self.offset))
        return inputs.astype(self.compute_dtype) * scale + offset


@registry.register()
class Normalization(Layer):
    r"""Centres and scales each feature by a mean and a variance: $y = (x - \mu) / \sigma$.

    They are given, or `adapt` takes them from data before training. A $\sigma$ below 1e-7 counts as 1e-7.

    Args:
        axis: The axis, or axes, each of whose elements has its own mean and variance; `None` for one of all.
        mean: $\mu$, of a shape that broadcasts to those axes.
        variance: $\sigma^2$, of the same shape.
        invert: Whether to compute $x = \mu + \sigma y$ instead.
        **kwargs: What every `Layer` takes.

    Shapes:
        mean, variance: the sizes of `axis`
        output: that of the input

    Raises:
        ValueError: If only one of `mean` and `variance` is given, their shapes differ or have more axes than `axis`.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt([[0.0, 10.0], [2.0, 30.0]])
        >>> layer([[1.0, 40.0]]).tolist()
        [[0.0, 2.0]]
    """

    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = () if axis is None else (int(axis),) if isinstance(axis, int) else tuple(map(int, axis))
        if (mean is None) != (variance is None):
            raise ValueError("`mean` and `variance` must be given together. Pass both, or neither and call `adapt`.")
        if np.shape(mean) != np.shape(variance) or np.ndim(mean) > len(self.axis):
            raise ValueError(
                f"`mean` has shape {np.shape(mean)} and `variance` {np.shape(variance)}, for `axis` {axis}. "
                "Pass two of one shape, with no more axes than `axis` names."
            )
        self._given = None if mean is None else (np.asarray(mean, "float64"), np.asarray(variance, "float64"))
        self.invert = bool(invert)

    @property
    def fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.axis

    def build(self, input_shape: Shape) -> None:
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"Layer {self.name!r} normalizes along `axis` {self.axis}, but its input has shape {input_shape}. "
                f"Pass axes from {-rank} to {rank - 1}."
            )
        kept = sorted(axis % rank for axis in self.axis)
        sizes = tuple(self.known_axis(input_shape, axis) for axis in kept)
        self._along = tuple(sizes[kept.index(axis)] if axis in kept else 1 for axis in range(rank))
        self._reduced = tuple(axis for axis in range(rank) if axis not in kept)
        self._sizes = sizes
        if self._given is None:
            add = partial(self.add_weight, trainable=False, autocast=False)
            self.adapt_mean = add("mean", sizes, "zeros")
            self.adapt_variance = add("variance", sizes, "ones")
            self.count = add("count", (), "zeros", dtype="int32")

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take mean and variance from data.

        Args:
            data: Array or frame, the rows on the first axis, or an iterable of batches.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            ValueError: If `mean` and `variance` were given, or data are empty, hold NaN or do not fit the layer.
        """
        if self._given is not None:
            raise ValueError(f"Layer {self.name!r} was given its `mean` and `variance`. Make one without to adapt it.")
        rows = rows_of(data, steps).astype("float64")
        self.build_on((None, *rows.shape[1:]))
        self._check_shape(shapes_of(rows))
        self.adapt_mean.assign(rows.mean(self._reduced))
        self.adapt_variance.assign(rows.var(self._reduced))

    @property
    def mean(self) -> Any:
        """The mean, in a shape that broadcasts to the inputs once the layer is built."""
        return self._moment(0)

    @property
    def variance(self) -> Any:
        """The variance, in a shape that broadcasts to the inputs once the layer is built."""
        return self._moment(1)

    def call(self, inputs: Any) -> Any:
        inputs = inputs.astype(self.compute_dtype)
        mean = self.mean.astype(self.compute_dtype)
        deviation = jnp.maximum(jnp.sqrt(self.variance), epsilon()).astype(self.compute_dtype)
        return inputs * deviation + mean if self.invert else (inputs - mean) / deviation

    def get_config(self) -> dict[str, Any]:
        mean, variance = self._given or (None, None)
        given = {"mean": mean, "variance": variance}
        return {
            **super().get_config(),
            **{name: None if one is None else one.tolist() for name, one in given.items()},
        }

    def _structural(self, argument: str) -> Any:
        return self._given if argument in ("mean", "variance") else super()._structural(argument)

    def _moment(self, which: int) -> Any:
        if self._given is not None:
            given = jnp.asarray(self._given[which], self.dtype)
            return jnp.broadcast_to(given, self._sizes).reshape(self._along) if self.built else given
        if not self.built:
            return None
        return (self.adapt_mean, self.adapt_variance)[which].value.reshape(self._along)


def _numbers(argument: str, given: Any) -> Any:
    """Return a number, or a list of them."""
    if isinstance(given, Mapping) or np.ndim(given) == 0:
        return number(argument, given)
    return [number(argument, one) for one in given]
