"""Layers that centre and scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet import constraints, initializers, regularizers
from hornet.core.checks import boolean, number, one_of
from hornet.core.shapes import Shape
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.core.variable import Variable
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


class Normalizing(Layer):
    r"""Base of the layers that normalize, then scale by a learned $\gamma$ and shift by a learned $\beta$.

    Statistics are computed in at least float32: short types have too few digits for sums.

    Args:
        epsilon: What is added to variances, at least 0.
        center: Whether there is a $\beta$.
        scale: Whether there is a $\gamma$.
        beta_initializer: Start of $\beta$.
        gamma_initializer: Start of $\gamma$.
        beta_regularizer: Penalty on $\beta$.
        gamma_regularizer: Penalty on $\gamma$.
        beta_constraint: Function applied to $\beta$ after each update.
        gamma_constraint: Function applied to $\gamma$ after each update.
        **kwargs: What every `Layer` takes.
    """

    supports_masking = True

    def __init__(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: InitializerLike,
        gamma_initializer: InitializerLike,
        beta_regularizer: RegularizerLike,
        gamma_regularizer: RegularizerLike,
        beta_constraint: ConstraintLike,
        gamma_constraint: ConstraintLike,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = number("epsilon", epsilon, at_least=0.0)
        self.center = boolean("center", center)
        self.scale = boolean("scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def _add_gamma_and_beta(self, shape: tuple[int, ...]) -> None:
        r"""Make the weights $\gamma$ and $\beta$, each where the layer has it."""
        self.gamma = self.add_weight("gamma", shape, autocast=False) if self.scale else None
        self.beta = self.add_weight("beta", shape, autocast=False) if self.center else None

    def _scaled(self, normalized: Any, along: Sequence[int]) -> Any:
        """Return the output for normalized values, with the weights in a shape that broadcasts to them."""
        if self.gamma is not None:
            normalized *= self.gamma.value.reshape(along)
        if self.beta is not None:
            normalized += self.beta.value.reshape(along)
        return normalized


@registry.register()
class BatchNormalization(Normalizing):
    r"""Centres and scales each feature by the batch's statistics, then by learned ones.

    Computes $y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$. In training $\mu$ and $\sigma^2$ are the
    batch's mean and variance, and the moving ones follow them: $m \leftarrow$ `momentum` $m + (1 -$ `momentum`$) \mu$.
    In inference, and when the layer is frozen, they are the moving ones. Masked steps are ignored.

    With `renorm` training normalizes as inference will: the batch's result is multiplied by $r = \sigma / \sigma_r$ and
    shifted by $d = (\mu - \mu_r) / \sigma_r$, constants to the gradient, where $\mu_r$ and $\sigma_r$ are moving
    averages of their own.

    Args:
        axis: The features' axis.
        momentum: Weight of the old moving statistics, from 0 to 1.
        epsilon: $\epsilon$, at least 0.
        center: Whether there is a $\beta$.
        scale: Whether there is a $\gamma$.
        beta_initializer: Start of $\beta$.
        gamma_initializer: Start of $\gamma$.
        moving_mean_initializer: Start of the moving mean.
        moving_variance_initializer: Start of the moving variance.
        beta_regularizer: Penalty on $\beta$.
        gamma_regularizer: Penalty on $\gamma$.
        beta_constraint: Function applied to $\beta$ after each update.
        gamma_constraint: Function applied to $\gamma$ after each update.
        renorm: Whether training corrects each batch towards the moving statistics.
        renorm_clipping: Bounds of the corrections: a dict with `"rmin"`, `"rmax"` and `"dmax"`, or some of them.
        renorm_momentum: Weight of the old averages $\mu_r$ and $\sigma_r$, from 0 to 1.
        synchronized: Whether several devices share statistics; a model runs on one, which sees every batch whole.
        **kwargs: What every `Layer` takes.

    Shapes:
        gamma, beta, moving_mean, moving_variance: `(features,)`
        moving_stddev, renorm_mean, renorm_stddev: `(features,)`, with `renorm`
        output: that of the input

    Raises:
        ValueError: If the clipping has other keys, or its minimum is above its maximum.

    Source:
        Ioffe & Szegedy 2015, algorithm 1; Ioffe 2017, Batch renormalization, algorithm 1.

    Example:
        >>> BatchNormalization()([[1.0], [3.0]], training=True).round(2).tolist()
        [[-1.0], [1.0]]
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        moving_mean_initializer: InitializerLike = "zeros",
        moving_variance_initializer: InitializerLike = "ones",
        beta_regularizer: RegularizerLike = None,
        gamma_regularizer: RegularizerLike = None,
        beta_constraint: ConstraintLike = None,
        gamma_constraint: ConstraintLike = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        self.axis = int(axis)
        self.momentum = number("momentum", momentum, at_least=0.0, at_most=1.0)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = boolean("renorm", renorm)
        self.renorm_clipping = _checked_clipping(renorm_clipping or {}) if self.renorm else renorm_clipping
        self.renorm_momentum = number("renorm_momentum", renorm_momentum, at_least=0.0, at_most=1.0)
        self.synchronized = bool(synchronized)

    @property
    def _fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (self.axis,)

    def _required_inputs(self) -> InputSpec | None:
        return self._required_as_built()

    def build(self, input_shape: Shape) -> None:
        shape = (self._known_axis(input_shape, self.axis),)
        self._add_gamma_and_beta(shape)
        self.moving_mean = self.add_weight("moving_mean", shape, trainable=False, autocast=False)
        self.moving_variance = self.add_weight("moving_variance", shape, trainable=False, autocast=False)
        if self.renorm:
            variance: Any = self.moving_variance_initializer

            def stddev(shape: Any, dtype: Any = None) -> Any:
                return np.sqrt(variance(shape, dtype=dtype))

            self.moving_stddev = self._add_statistic("moving_stddev", shape, stddev)
            self.renorm_mean = self._add_statistic("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._add_statistic("renorm_stddev", shape, stddev)

    def _add_statistic(self, name: str, shape: tuple[int, ...], initializer: Any) -> Variable:
        return self.add_weight(name, shape, initializer=initializer, trainable=False, autocast=False)

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        features = self.axis % inputs.ndim
        # Sums of many short numbers lose their last digits: statistics are computed in float32.
        x = in_long_type(inputs)
        if training and self.trainable:
            mean, variance = _moments(x, tuple(axis for axis in range(x.ndim) if axis != features), mask)
            factor, shift = self._renormalizing(mean, variance) if self.renorm else self._normalizing(mean, variance)
            self._follow(self.moving_mean, mean, self.momentum)
            if self.renorm:
                self._follow_deviation(jnp.sqrt(variance + self.epsilon))
            else:
                self._follow(self.moving_variance, variance, self.momentum)
        else:
            factor, shift = self._normalizing(self.moving_mean.value, self.moving_variance.value)
        # One factor and one shift a feature: each element costs a product and a sum, in inference as in training.
        if self.gamma is not None:
            factor, shift = factor * self.gamma.value, shift * self.gamma.value
        if self.beta is not None:
            shift += self.beta.value
        along = [size if axis == features else 1 for axis, size in enumerate(x.shape)]
        return (x * factor.reshape(along) + shift.reshape(along)).astype(self.compute_dtype)

    def _normalizing(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """Return the factor and the shift that centre and scale by statistics."""
        factor = 1.0 / jnp.sqrt(variance + self.epsilon)
        return factor, -mean * factor

    def _renormalizing(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """Return the factor and the shift of a batch with its corrections, and let their averages follow it."""
        bounds = self.renorm_clipping or {}
        deviation = jnp.sqrt(variance + self.epsilon)
        usual = jnp.maximum(self.renorm_stddev.value, self.epsilon**0.5)
        r = jnp.clip(deviation / usual, bounds.get("rmin"), bounds.get("rmax"))
        limit = bounds.get("dmax")
        d = jnp.clip((mean - self.renorm_mean.value) / usual, None if limit is None else -limit, limit)
        self._follow(self.renorm_mean, mean, self.renorm_momentum)
        self._follow(self.renorm_stddev, deviation, self.renorm_momentum)
        factor, shift = self._normalizing(mean, variance)
        r, d = lax.stop_gradient(r), lax.stop_gradient(d)
        return factor * r, shift * r + d

    def _follow_deviation(self, deviation: Any) -> None:
        """Let the moving variance follow the batch's standard deviation, as the paper has it."""
        self._follow(self.moving_stddev, deviation, self.momentum)
        self.moving_variance.assign(jnp.maximum(self.moving_stddev.value**2 - self.epsilon, 0))

    def _follow(self, moving: Any, batch: Any, momentum: float) -> None:
        moving.assign(moving.value * momentum + batch * (1.0 - momentum))


def _checked_clipping(clipping: Mapping[str, float]) -> dict[str, float]:
    """Return the bounds of batch renormalization."""
    for name in clipping:
        one_of("renorm_clipping", name, ("rmin", "rmax", "dmax"))
    bounds = {name: number(name, bound, at_least=0.0) for name, bound in clipping.items() if bound is not None}
    if bounds.get("rmin", 0.0) > bounds.get("rmax", math.inf):
        raise ValueError(f"`renorm_clipping` {bounds} has an `rmin` above its `rmax`. Exchange them.")
    return bounds


def in_long_type(x: Any) -> Any:
    """Return an array in at least float32."""
    return x.astype(jnp.promote_types(x.dtype, "float32"))


def unit_length(x: Any, axis: int | tuple[int, ...] | None, minimum: float) -> Any:
    """Return vectors scaled to length 1, those shorter than `minimum` by no more than 1 / `minimum`.

    Args:
        x: The vectors.
        axis: The axis, or axes, that they lie along; `None` for all.
        minimum: The length, above 0.
    """
    long = in_long_type(x)
    squares = jnp.sum(jnp.square(long), axis, keepdims=True)
    return (long * lax.rsqrt(jnp.maximum(squares, minimum**2))).astype(x.dtype)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _variance(x: Any, axes: tuple[int, ...]) -> Any:
    return jnp.var(x, axes)


@_variance.defjvp
def _variance_jvp(axes: tuple[int, ...], primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    """Leave out what moving the mean does to the variance: nothing, but a sum over the batch to compute."""
    (x,), (change,) = primals, tangents
    centred = x - jnp.mean(x, axes, keepdims=True)
    return jnp.mean(jnp.square(centred), axes), 2.0 * jnp.mean(centred * change, axes)


def _moments(x: Any, axes: tuple[int, ...], mask: Any) -> tuple[Any, Any]:
    """Return mean and variance along axes, of what is unmasked."""
    if mask is None:
        return jnp.mean(x, axes), _variance(x, axes)
    counts = jnp.broadcast_to(mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim)), x.shape)
    total = jnp.maximum(jnp.sum(counts, axes, keepdims=True, dtype=x.dtype), 1)
    mean = jnp.sum(jnp.where(counts, x, 0), axes, keepdims=True) / total
    variance = jnp.sum(jnp.where(counts, jnp.square(x - mean), 0), axes, keepdims=True) / total
    return mean.squeeze(axes), variance.squeeze(axes)
