"""Layers that centre and scale each input by its own statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp
from jax import lax

from hornet.core.checks import boolean, describe, integer_size, number, warn
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.normalization import Normalizing, in_long_type, unit_length
from hornet.layers.options import LayerOptions


@registry.register()
class LayerNormalization(Normalizing):
    r"""Centres and scales each input by its mean and variance, then by learned weights.

    Computes $y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$ with $\mu$ and $\sigma^2$ over `axis`.

    Args:
        axis: The axis, or axes, that the statistics are over.
        epsilon: $\epsilon$, at least 0.
        center: Whether there is a $\beta$.
        scale: Whether there is a $\gamma$.
        beta_initializer: Start of $\beta$.
        gamma_initializer: Start of $\gamma$.
        beta_regularizer: Penalty on $\beta$.
        gamma_regularizer: Penalty on $\gamma$.
        beta_constraint: Function applied to $\beta$ after each update.
        gamma_constraint: Function applied to $\gamma$ after each update.
        rms_scaling: Whether to compute $y = \gamma x / \sqrt{\sigma^2 + \epsilon}$, which is not what its name says;
            `RMSNormalization` divides by the root mean square.
        **kwargs: What every `Layer` takes.

    Shapes:
        gamma, beta: the sizes of `axis`, which must be known when built
        output: that of the input

    Raises:
        TypeError: If `axis` is neither an integer nor a list of them.
        ValueError: When built, if the input has no such axis.

    Source:
        Ba, Kiros & Hinton 2016, eq. 3 and 4.

    Example:
        >>> LayerNormalization()([[1.0, 3.0]]).round(2).tolist()
        [[-1.0, 1.0]]
    """

    autocast = False  # a short type would not hold every input

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        beta_regularizer: RegularizerLike = None,
        gamma_regularizer: RegularizerLike = None,
        beta_constraint: ConstraintLike = None,
        gamma_constraint: ConstraintLike = None,
        rms_scaling: bool = False,
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
        self.axis = _checked_axes(axis)
        self.rms_scaling = boolean("rms_scaling", rms_scaling)
        if rms_scaling:
            warn("`rms_scaling` divides by the standard deviation. Use `RMSNormalization` for the root mean square.")

    def build(self, input_shape: Shape) -> None:
        self._fixed_axes = _axes_of(self.axis, len(input_shape))
        self._add_gamma_and_beta(tuple(self._known_axis(input_shape, axis) for axis in self._fixed_axes))

    def call(self, inputs: Any) -> Any:
        axes = _axes_of(self.axis, inputs.ndim)
        x = in_long_type(inputs)
        centred, variance = _center(x, axes)
        along = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        factor = lax.rsqrt(variance + self.epsilon)
        return self._scaled((x if self.rms_scaling else centred) * factor, along).astype(self.compute_dtype)

    def _add_gamma_and_beta(self, shape: tuple[int, ...]) -> None:
        super()._add_gamma_and_beta(shape)
        if self.rms_scaling:  # in Keras always with the one and without the other
            if self.gamma is None:
                self.gamma = self.add_weight("gamma", shape, autocast=False)
            self.beta = None


@registry.register()
class GroupNormalization(Normalizing):
    r"""Centres and scales each group of channels by its mean and variance, then by learned weights.

    Computes $y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$ with $\mu$ and $\sigma^2$ of one input's group:
    over all its channels and all other axes.

    Args:
        groups: Number of groups, which divides that of channels; -1 makes each channel a group.
        axis: The channels' axis.
        epsilon: $\epsilon$, at least 0.
        center: Whether there is a $\beta$.
        scale: Whether there is a $\gamma$.
        beta_initializer: Start of $\beta$.
        gamma_initializer: Start of $\gamma$.
        beta_regularizer: Penalty on $\beta$.
        gamma_regularizer: Penalty on $\gamma$.
        beta_constraint: Function applied to $\beta$ after each update.
        gamma_constraint: Function applied to $\gamma$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        gamma, beta: `(channels,)`
        output: that of the input

    Raises:
        ValueError: If `groups` does not divide the number of channels, or it is unknown on build.

    Source:
        Wu & He 2018, Group normalization, eq. 1, 2 and 7.

    Example:
        >>> GroupNormalization(groups=2)([[1.0, 3.0, 10.0, 30.0]]).round(1).tolist()
        [[-1.0, 1.0, -1.0, 1.0]]
    """

    autocast = False  # a short type would not hold every input

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: InitializerLike = "zeros",
        gamma_initializer: InitializerLike = "ones",
        beta_regularizer: RegularizerLike = None,
        gamma_regularizer: RegularizerLike = None,
        beta_constraint: ConstraintLike = None,
        gamma_constraint: ConstraintLike = None,
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
        self.groups = groups if groups == -1 else integer_size("groups", groups, "Pass -1 for a group a channel.")
        self.axis = int(axis)
        self._fixed_axes = (self.axis,)

    def _required_inputs(self) -> InputSpec | None:
        return self._required_as_built()

    def build(self, input_shape: Shape) -> None:
        channels = self._known_axis(input_shape, self.axis)
        if self.groups != -1 and channels % self.groups:
            raise ValueError(
                f"Layer {self.name!r} cannot part {channels} channels into {self.groups} groups. "
                "Pass a number of `groups` that divides that of channels."
            )
        self._add_gamma_and_beta((channels,))

    def call(self, inputs: Any) -> Any:
        axis = self.axis % inputs.ndim
        channels = inputs.shape[axis]
        groups = channels if self.groups == -1 else self.groups
        parted = (*inputs.shape[:axis], groups, channels // groups, *inputs.shape[axis + 1 :])
        x = in_long_type(inputs).reshape(parted)
        centred, variance = _center(x, tuple(i for i in range(1, x.ndim) if i != axis))
        along = [channels if i == axis else 1 for i in range(inputs.ndim)]
        normalized = (centred * lax.rsqrt(variance + self.epsilon)).reshape(inputs.shape)
        return self._scaled(normalized, along).astype(self.compute_dtype)


@registry.register()
class RMSNormalization(Layer):
    r"""Scales each input by its root mean square, then by learned weights.

    Computes $y = s x / \sqrt{\overline{x^2} + \epsilon}$ with $s$ the `scale` and the mean over `axis`.

    Args:
        axis: The axis, or axes, that the mean is over.
        epsilon: $\epsilon$, at least 0.
        **kwargs: What every `Layer` takes.

    Shapes:
        scale: the sizes of `axis`, which must be known when built
        output: that of the input

    Source:
        Zhang & Sennrich 2019, Root mean square layer normalization, eq. 4.

    Example:
        >>> RMSNormalization()([[5.0, -5.0]]).round(2).tolist()
        [[1.0, -1.0]]
    """

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.axis = _checked_axes(axis)
        self.epsilon = number("epsilon", epsilon, at_least=0.0)

    def build(self, input_shape: Shape) -> None:
        self._fixed_axes = _axes_of(self.axis, len(input_shape))
        shape = tuple(self._known_axis(input_shape, axis) for axis in self._fixed_axes)
        self.scale = self.add_weight("scale", shape, initializer="ones", autocast=False)

    def call(self, inputs: Any) -> Any:
        axes = _axes_of(self.axis, inputs.ndim)
        x = in_long_type(inputs)
        along = [size if axis in axes else 1 for axis, size in enumerate(inputs.shape)]
        normalized = x * lax.rsqrt(jnp.mean(jnp.square(x), axes, keepdims=True) + self.epsilon)
        return (normalized * self.scale.value.reshape(along)).astype(self.compute_dtype)


@registry.register()
class UnitNormalization(Layer):
    r"""Scales each input to length 1: $y = x / \|x\|_2$; zeros stay as they are.

    Args:
        axis: The axis, or axes, that the vectors lie along.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> UnitNormalization()([[1.0, 1.0, 1.0, 1.0]]).tolist()
        [[0.5, 0.5, 0.5, 0.5]]
    """

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.axis = _checked_axes(axis)
        axes = [axis] if isinstance(axis, int) else axis
        self.input_spec = InputSpec(min_ndim=max(axis + 1 if axis >= 0 else -axis for axis in axes))

    def call(self, inputs: Any) -> Any:
        return unit_length(inputs, _axes_of(self.axis, inputs.ndim), minimum=1e-12)


def _checked_axes(axis: Any) -> int | list[int]:
    """Return an axis, or a list of axes."""
    if isinstance(axis, int):
        return axis
    if not isinstance(axis, list | tuple) or not all(isinstance(one, int) for one in axis):
        raise ArgumentError(f"`axis` must be an integer or a list of them, not {describe(axis)}. Pass one such as -1.")
    return list(axis)


def _axes_of(axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """Return axes in order, counted from the front where the input has them."""
    axes = [axis] if isinstance(axis, int) else axis
    return tuple(sorted(axis + ndim if -ndim <= axis < 0 else axis for axis in axes))


def _center(x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the distance from the mean along axes, and the variance."""
    centred = x - jnp.mean(x, axes, keepdims=True)
    return centred, jnp.mean(jnp.square(centred), axes, keepdims=True)
