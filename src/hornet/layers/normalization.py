"""Layers that centre and scale."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornet import constraints, initializers, regularizers
from hornet.core.checks import number
from hornet.layers.layer import Layer, Shape, registry


@registry.register()
class BatchNormalization(Layer):
    r"""Centres and scales each feature by the batch's statistics, then by learned ones.

    Computes $y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$. In training $\mu$ and $\sigma^2$ are the
    batch's mean and variance, and the moving ones follow them: $m \leftarrow$ `momentum` $m + (1 -$ `momentum`$) \mu$.
    In inference, and when the layer is frozen, they are the moving ones.

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
        **kwargs: What every `Layer` takes.

    Shapes:
        gamma, beta, moving_mean, moving_variance: `(features,)`
        output: that of the input

    Source:
        Ioffe & Szegedy 2015, algorithm 1.

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
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.axis = int(axis)
        self.momentum = number("momentum", momentum, at_least=0.0, at_most=1.0)
        self.epsilon = number("epsilon", epsilon, at_least=0.0)
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    @property
    def fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (self.axis,)

    def build(self, input_shape: Shape) -> None:
        shape = (self.known_axis(input_shape, self.axis),)
        self.gamma = self.add_weight("gamma", shape) if self.scale else None
        self.beta = self.add_weight("beta", shape) if self.center else None
        self.moving_mean = self.add_weight("moving_mean", shape, trainable=False, autocast=False)
        self.moving_variance = self.add_weight("moving_variance", shape, trainable=False, autocast=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        features = self.axis % inputs.ndim
        inputs = inputs.astype(jnp.promote_types(inputs.dtype, "float32"))  # short types have too few digits for sums
        if training and self.trainable:
            reduced = tuple(axis for axis in range(inputs.ndim) if axis != features)
            mean = jnp.mean(inputs, axis=reduced)
            variance = jnp.var(inputs, axis=reduced)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
        else:
            mean, variance = self.moving_mean.value, self.moving_variance.value
        factor = 1.0 / jnp.sqrt(variance + self.epsilon)
        if self.gamma is not None:
            factor *= self.gamma.value
        shift = -mean * factor
        if self.beta is not None:
            shift += self.beta.value
        along = [size if axis == features else 1 for axis, size in enumerate(inputs.shape)]
        return (inputs * factor.reshape(along) + shift.reshape(along)).astype(self.compute_dtype)

    def _follow(self, moving: Any, batch: Any) -> None:
        moving.assign(moving.value * self.momentum + batch * (1.0 - self.momentum))
