"""Layers that scale their inputs, by given numbers, by learned ones or by statistics of data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from numbers import Integral
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet import constraints, initializers, regularizers
from hornet.core.checks import boolean, describe
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.settings import epsilon, image_data_format
from hornet.core.shapes import Shape, shapes_of
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import Preprocessing, numbers_of


@registry.register()
class Rescaling(Layer):
    """Multiplies and shifts: `inputs * scale + offset`, for example pixels by `1 / 255`.

    Args:
        scale: The factor, or an array of them that broadcasts to an input: one for each element of the last axis, or of
            the channels' where `config.image_data_format()` puts them first when the layer is made.
        offset: What is added, or an array of such.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any, numbers
        output: that of the input, floating point

    Raises:
        TypeError: If `scale` or `offset` is not a number.
        ValueError: If one is not finite.

    Example:
        >>> Rescaling(1 / 2, offset=-1.0)([[0, 2, 4]]).tolist()
        [[-1.0, 0.0, 1.0]]
    """

    supports_masking = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.scale = _finite("scale", scale).tolist()
        self.offset = _finite("offset", offset).tolist()
        self._channels_lie_first = image_data_format() == "channels_first"

    def call(self, inputs: Any) -> Any:
        dtype = _long(self.compute_dtype)
        scale, offset = (self._along_channels(jnp.asarray(each, dtype)) for each in (self.scale, self.offset))
        return (inputs.astype(dtype) * scale + offset).astype(self.compute_dtype)

    def _along_channels(self, numbers: Any) -> Any:
        """Return numbers of each channel in the shape of an image."""
        if not self._channels_lie_first or not 0 < numbers.ndim < 3:
            return numbers
        return numbers.reshape(*numbers.shape, *[1] * (3 - numbers.ndim))

    def _structure(self) -> Any:
        return (super()._structure(), self._channels_lie_first)


@registry.register()
class Scale(Layer):
    r"""Multiplies each feature by a learned factor: $y = x s$.

    In front of a network it lets features that say little fade away, each by a single weight.

    Args:
        scale_initializer: Start of $s$.
        scale_regularizer: Penalty on $s$.
        scale_constraint: Function applied to $s$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, features)`, `features` known when built
        scale: `(features,)`
        output: that of the input

    Source:
        Holzmueller et al. 2024, Better by default (RealMLP), section 3.

    Example:
        >>> Scale(scale_initializer="ones")([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    _fixed_axes = (-1,)
    supports_masking = True

    def __init__(
        self,
        scale_initializer: InitializerLike = "ones",
        scale_regularizer: RegularizerLike = None,
        scale_constraint: ConstraintLike = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.scale_initializer = initializers.get(scale_initializer)
        self.scale_regularizer = regularizers.get(scale_regularizer)
        self.scale_constraint = constraints.get(scale_constraint)

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight("scale", (self._known_axis(input_shape, -1),))

    def _required_inputs(self) -> InputSpec:
        return InputSpec(min_ndim=2, axes=self._required_sizes())

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale.value


@registry.register()
class Normalization(Preprocessing):
    r"""Centres and scales each feature by a mean and a variance: $y = (x - \mu) / \sigma$.

    They are given, or `adapt` takes them from data before training. A $\sigma$ below `epsilon()` is raised to it.

    Args:
        axis: The axis, or axes, each of whose elements has its own mean and variance; `None` for one of all.
        mean: $\mu$, of a shape that broadcasts to the sizes of those axes.
        variance: $\sigma^2$, at least 0, of the same shape.
        invert: Whether to compute $x = \mu + \sigma y$ instead.
        **kwargs: What every `Layer` takes.

    Shapes:
        mean, variance: the sizes of `axis`, which must be known when built
        output: that of the input

    Raises:
        TypeError: If `mean` or `variance` is not a number.
        ValueError: If only one of `mean` and `variance` is given, one is out of its range, their shapes differ or do
            not fit `axis`; on build, if the input does not have these axes.

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
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        axes = [] if axis is None else [axis] if isinstance(axis, Integral) else axis
        self.axis = tuple(int(index) for index in axes)  # pyright: ignore[reportGeneralTypeIssues]
        if (mean is None) != (variance is None):
            raise ValueError("`mean` and `variance` must be given together. Pass both, or neither and call `adapt`.")
        self._given = None if mean is None else (_finite("mean", mean), _finite("variance", variance, at_least=0.0))
        if self._given is not None:
            shapes = tuple(moment.shape for moment in self._given)
            if shapes[0] != shapes[1] or len(shapes[0]) > len(self.axis):
                raise ValueError(
                    f"`mean` has shape {shapes[0]} and `variance` {shapes[1]}, for `axis` {axis}. "
                    "Pass two of one shape, with no more axes than `axis` names."
                )
        self.invert = boolean("invert", invert)

    @property
    def _fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.axis

    def build(self, input_shape: Shape) -> None:
        rank = len(input_shape)
        fits = all(-rank <= axis < rank for axis in self.axis)
        kept = sorted(axis % rank for axis in self.axis) if fits else [0]
        if 0 in kept or len(set(kept)) < len(kept):
            raise ValueError(
                f"Layer {self.name!r} cannot normalize along `axis` {self.axis} of an input of shape {input_shape}. "
                "Pass axes that it has, each once, or `axis=None`; axis 0 is the batch."
            )
        self._sizes = tuple(self._known_axis(input_shape, axis) for axis in kept)
        self._along = tuple(input_shape[axis] if axis in kept else 1 for axis in range(rank)) if kept else ()
        if self._given is None:
            add = partial(self.add_weight, trainable=False, autocast=False)
            self.adapt_mean = add("mean", self._sizes, "zeros")
            self.adapt_variance = add("variance", self._sizes, "ones")
            self.count = add("count", (), "zeros", dtype="int32")  # which Keras's layer has and does not use
        elif not _broadcasts(self._given[0].shape, self._sizes):
            raise ValueError(
                f"`mean` of layer {self.name!r} has shape {self._given[0].shape}, but `axis` has sizes {self._sizes}. "
                "Pass an element for each, or a single number."
            )

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take mean and variance from data.

        Args:
            data: Array or frame, the rows on the first axis, or an iterable of batches.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If data are not numbers.
            ValueError: If `mean` and `variance` were given, or data are empty, not finite or do not fit the layer.
        """
        if self._given is not None:
            raise ValueError(f"Layer {self.name!r} was given its `mean` and `variance`. Make one without to adapt it.")
        count, mean, squares = 0, np.zeros(()), np.zeros(())
        for batch in numbers_of(data, steps):
            self._build_on((None, *batch.shape[1:]))
            self._check_shape(shapes_of(batch))
            kept = sorted(axis % batch.ndim for axis in self.axis)
            rows = np.moveaxis(batch, kept, range(-len(kept), 0)).reshape(-1, *self._sizes)
            if not len(rows):
                continue
            # Moments of all rows so far, from those before and those of the batch, so that no row is kept.
            share = len(rows) / (count + len(rows))
            distance = rows.mean(0) - mean
            squares = squares + len(rows) * rows.var(0) + distance**2 * (count * share)
            mean, count = mean + distance * share, count + len(rows)
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares / count)

    def finalize_state(self) -> None:
        """Take `adapt_mean` and `adapt_variance` as mean and variance, which they are at once."""

    @property
    def input_mean(self) -> np.ndarray | None:
        """The mean that was given, or `None`."""
        return None if self._given is None else self._given[0]

    @property
    def input_variance(self) -> np.ndarray | None:
        """The variance that was given, or `None`."""
        return None if self._given is None else self._given[1]

    @property
    def mean(self) -> Any:
        """The mean, in a shape that broadcasts to the inputs once the layer is built."""
        return self._moment(0)

    @property
    def variance(self) -> Any:
        """The variance, in a shape that broadcasts to the inputs once the layer is built."""
        return self._moment(1)

    def call(self, inputs: Any) -> Any:
        x, mean, variance = (array.astype(_long(self.compute_dtype)) for array in (inputs, self.mean, self.variance))
        stddev = jnp.maximum(jnp.sqrt(variance), epsilon())
        return (x * stddev + mean if self.invert else (x - mean) / stddev).astype(self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        mean, variance = (moment.tolist() for moment in self._given) if self._given else (None, None)
        return {**super().get_config(), "mean": mean, "variance": variance}

    def _structural(self, argument: str) -> Any:
        return self._given if argument in ("mean", "variance") else super()._structural(argument)

    def _check_shape(self, shape: Any) -> None:
        rank = len(self._along)
        if self.axis and (len(shape) < rank or (len(shape) > rank and max(self.axis) >= 0)):
            raise ValueError(
                f"Layer {self.name!r} was built for inputs with {rank} axes but received shape {tuple(shape)}. "
                "Pass such data, or build a new layer."
            )
        super()._check_shape(shape)

    def _moment(self, which: int) -> Any:
        if self._given is not None:
            moment = jnp.asarray(self._given[which], _long(self.dtype))
            return jnp.broadcast_to(moment, self._sizes).reshape(self._along) if self.built else moment
        if not self.built:
            return None
        return (self.adapt_mean, self.adapt_variance)[which].value.reshape(self._along)


def _long(dtype: str) -> Any:
    """Return a type of at least 32 bits: what is scaled may be larger or finer than a short type holds."""
    return jnp.promote_types(dtype, "float32")


def _finite(argument: str, value: Any, at_least: float = -np.inf) -> np.ndarray:
    """Return a number, or an array of them, in float64."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" and not is_float(array.dtype):
        raise ArgumentError(f"`{argument}` must be a number or an array, not {describe(value)}. Pass finite numbers.")
    array = array.astype("float64")
    if not (np.isfinite(array) & (array >= at_least)).all():
        bound = "" if at_least == -np.inf else f" of at least {at_least:g}"
        raise ValueError(f"`{argument}` must hold finite numbers{bound}, not {describe(value)}. Pass such.")
    return array


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False
