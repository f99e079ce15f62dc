"""Layers that perturb training so that a model generalizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import jax.numpy as jnp

from hornet.core import noise
from hornet.core.checks import describe, number
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.settings import checked_data_format
from hornet.core.types import PolicyLike
from hornet.core.variable import Hyperparameter
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


class Disturbance(Layer):
    """Base of the layers that perturb their input at random in training, and return it unchanged in inference.

    A subclass says how. Rates and standard deviations are arguments of programs: changing one compiles nothing.
    """

    supports_masking = True

    def _disturbed(self, inputs: Any, key: Any) -> Any:
        """Return the output in training, drawn from a random key."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_disturbed`. Write one.")

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        frame = current_frame()
        assert frame is not None
        return self._disturbed(inputs, frame.next_key()).astype(inputs.dtype)


def dropped(x: Any, rate: Any, numbers: Any) -> Any:
    """Return an array with zeros where random numbers are too large for it, and the rest scaled up.

    Args:
        x: The array.
        rate: Probability of a zero.
        numbers: Uniform numbers below 1, which broadcast to the array.
    """
    kept = 1.0 - rate
    # Scaled up in training, so that inference has nothing to do. A rate of 1 must not divide by zero.
    return jnp.where(numbers < kept, x * (1.0 / jnp.maximum(kept, 1e-7)), 0.0)


def _sizes(noise_shape: Any) -> tuple[int | None, ...]:
    """Return the shape of noise.

    Raises:
        ValueError: If it is no sequence of sizes and `None`.
    """
    is_sequence = isinstance(noise_shape, Iterable) and not isinstance(noise_shape, str)
    if not is_sequence or not all(size is None or (isinstance(size, int) and size > 0) for size in noise_shape):
        raise ArgumentError(
            f"`noise_shape` must hold a positive integer or `None` for each axis, not {describe(noise_shape)}. "
            "Pass a shape such as (None, 1, 8)."
        )
    return tuple(noise_shape)


@registry.register()
class Dropout(Disturbance):
    r"""Sets a random fraction of the inputs to zero in training, and scales the rest up.

    Computes $y = m x / (1 - \text{rate})$ with $m \in \{0, 1\}$, $P(m = 0) = \text{rate}$; in inference $y = x$.

    Args:
        rate: Probability of a zero, from 0 to 1. It is an argument of programs: changing it compiles nothing.
        noise_shape: Shape of $m$ where elements share a draw, such as `(None, 1, 8)`; `None` for a known axis's size.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Srivastava et al. 2014.

    Example:
        >>> Dropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate = Hyperparameter(at_least=0.0, at_most=1.0)

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.rate = number("rate", rate)
        self.noise_shape = None if noise_shape is None else _sizes(noise_shape)
        self.seed = seed

    def _disturbed(self, inputs: Any, key: Any) -> Any:
        return dropped(inputs, self.rate, self._draw(inputs, key))

    def _draw(self, inputs: Any, key: Any) -> Any:
        """Return uniform numbers below 1, one for each element or for those that share a draw."""
        shape = self._shape_of_noise(inputs.shape)
        if len(shape) != inputs.ndim:
            raise ValueError(
                f"Layer {self.name!r} has a `noise_shape` of {len(shape)} axes, {shape}, but got inputs of shape "
                f"{inputs.shape}. Give it one size for each axis, `None` for the input's."
            )
        sizes = [size if shared is None else shared for shared, size in zip(shape, inputs.shape, strict=True)]
        return noise.uniform(key, sizes, self.rate > 0.0)

    def _shape_of_noise(self, input_shape: tuple[int, ...]) -> tuple[int | None, ...]:
        """Return the shape of the noise; an axis of size 1 shares its draws."""
        return input_shape if self.noise_shape is None else self.noise_shape


@registry.register()
class AlphaDropout(Dropout):
    r"""Sets a random fraction of the inputs to the value that `selu` saturates at, and keeps mean and variance.

    Computes $y = a (m x + (1 - m) \alpha') + b$ in training with $m \in \{0, 1\}$, $P(m = 0) = \text{rate}$,
    $\alpha' = -1.7581$, $a = ((1 - \text{rate}) (1 + \text{rate}\, \alpha'^2))^{-1/2}$, $b = -a\, \alpha' \text{rate}$;
    in inference $y = x$.

    Args:
        rate: Probability of a saturated value, from 0 to 1.
        noise_shape: Shape of $m$ where elements share a draw, such as `(None, 1, 8)`; `None` for a known axis's size.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Klambauer et al. 2017, Self-normalizing neural networks, "new dropout technique".

    Example:
        >>> AlphaDropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    def _disturbed(self, inputs: Any, key: Any) -> Any:
        # selu's limit far below zero, -scale * alpha of its definition.
        saturated = -1.0507009873554805 * 1.6732632423543772
        rate = self.rate
        kept = jnp.maximum(1.0 - rate, 1e-7)
        # Saturated values shift the mean and change the variance: factor and shift undo both.
        factor = 1.0 / jnp.sqrt(kept * (1.0 + rate * saturated**2))
        x = jnp.where(self._draw(inputs, key) < 1.0 - rate, inputs, saturated)
        return factor * (x - saturated * rate)


class SpatialDropout(Dropout):
    """Base of the dropout layers that set whole maps of features to zero."""

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = checked_data_format(data_format)

    def _shape_of_noise(self, input_shape: tuple[int, ...]) -> tuple[int | None, ...]:
        shared = (1,) * (len(input_shape) - 2)
        return (None, None, *shared) if self.data_format == "channels_first" else (None, *shared, None)


@registry.register()
class SpatialDropout1D(SpatialDropout):
    """Sets a random fraction of the features to zero in training, for all steps at once, and scales the rest up.

    Args:
        rate: Probability of a zero, from 0 to 1.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        name: A name.
        dtype: As for every `Layer`.

    Shapes:
        input: `(batch, steps, features)`
        output: that of the input

    Source:
        Tompson et al. 2015, Efficient object localization using convolutional networks, section 3.2.

    Example:
        >>> SpatialDropout1D(0.5)([[[1.0, 2.0]]]).tolist()
        [[[1.0, 2.0]]]
    """

    input_spec = InputSpec(ndim=3)

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: PolicyLike = None) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype)


@registry.register()
class SpatialDropout2D(SpatialDropout):
    """Sets a random fraction of an image's channels to zero in training, and scales the rest up.

    Args:
        rate: Probability of a zero, from 0 to 1.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        name: A name.
        dtype: As for every `Layer`.

    Shapes:
        input: `(batch, rows, columns, channels)`, or with the channels first
        output: that of the input

    Source:
        Tompson et al. 2015, Efficient object localization using convolutional networks, section 3.2.

    Example:
        >>> SpatialDropout2D(0.5)([[[[1.0, 2.0]]]]).tolist()
        [[[[1.0, 2.0]]]]
    """

    input_spec = InputSpec(ndim=4)


@registry.register()
class SpatialDropout3D(SpatialDropout):
    """Sets a random fraction of a volume's channels to zero in training, and scales the rest up.

    Args:
        rate: Probability of a zero, from 0 to 1.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        name: A name.
        dtype: As for every `Layer`.

    Shapes:
        input: `(batch, depth, rows, columns, channels)`, or with the channels first
        output: that of the input

    Source:
        Tompson et al. 2015, Efficient object localization using convolutional networks, section 3.2.

    Example:
        >>> SpatialDropout3D(0.5)([[[[[1.0, 2.0]]]]]).tolist()
        [[[[[1.0, 2.0]]]]]
    """

    input_spec = InputSpec(ndim=5)


@registry.register()
class GaussianDropout(Disturbance):
    r"""Multiplies the inputs by random numbers around 1 in training.

    Computes $y = x n$ with $n$ normal of mean 1 and variance $\text{rate} / (1 - \text{rate})$; in inference $y = x$.

    Args:
        rate: That of a `Dropout` with the same variance, at least 0 and below 1.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Srivastava et al. 2014, section 10.

    Example:
        >>> GaussianDropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate = Hyperparameter(at_least=0.0, below=1.0)

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.rate = number("rate", rate)
        self.seed = seed

    def _disturbed(self, inputs: Any, key: Any) -> Any:
        stddev = jnp.sqrt(self.rate / (1.0 - self.rate))
        return inputs * (1.0 + stddev * noise.normal(key, inputs.shape, stddev > 0.0))


@registry.register()
class GaussianNoise(Disturbance):
    r"""Adds random numbers to the inputs in training.

    Computes $y = x + n$ with $n$ normal of mean 0 and standard deviation `stddev`; in inference $y = x$.

    Args:
        stddev: Standard deviation of the noise, at least 0.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> GaussianNoise(0.1)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    stddev = Hyperparameter(at_least=0.0)

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.stddev = number("stddev", stddev)
        self.seed = seed

    def _disturbed(self, inputs: Any, key: Any) -> Any:
        return inputs + self.stddev * noise.normal(key, inputs.shape, self.stddev > 0.0)


@registry.register()
class ActivityRegularization(Layer):
    r"""Adds a penalty on its input to the loss: $(l_1 \sum |x| + l_2 \sum x^2) / \text{batch}$.

    Args:
        l1: Factor of the sum of absolute values, at least 0.
        l2: Factor of the sum of squares, at least 0.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> ActivityRegularization(l2=0.01)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    supports_masking = True

    l1 = Hyperparameter(at_least=0.0)
    l2 = Hyperparameter(at_least=0.0)

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.l1 = number("l1", l1)
        self.l2 = number("l2", l2)

    def call(self, inputs: Any) -> Any:
        self.add_loss(jnp.sum(self.l1 * jnp.abs(inputs) + self.l2 * jnp.square(inputs)) / inputs.shape[0])
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, without the penalty that it is itself."""
        return {name: value for name, value in super().get_config().items() if name != "activity_regularizer"}
