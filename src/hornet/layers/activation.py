"""Activations as layers of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet import activations, constraints, initializers, regularizers
from hornet.core.checks import number
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.activated import ActivationAttribute
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions


@registry.register()
class Activation(Layer):
    """Applies an activation to each element.

    Args:
        activation: Name or function.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> Activation("relu")([[-1.0, 2.0]]).tolist()
        [[0.0, 2.0]]
    """

    supports_masking = True

    activation: Any = ActivationAttribute()

    def __init__(self, activation: ActivationLike, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.activation = activation

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs)


@registry.register()
class ReLU(Layer):
    r"""Cuts off what is not positive, and its variants.

    $$y = \begin{cases} \min(\max(x, 0), \mathrm{max\_value}) & x > \mathrm{threshold} \\
    \mathrm{negative\_slope}\,(x - \mathrm{threshold}) & \text{otherwise} \end{cases}$$

    Args:
        max_value: Largest output, at least 0; `None` for no bound.
        negative_slope: Slope up to the `threshold`, at least 0.
        threshold: Where the unit switches on, at least 0.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Nair & Hinton 2010, Rectified linear units improve restricted Boltzmann machines.

    Example:
        >>> ReLU(max_value=6.0)([[-1.0, 2.0, 9.0]]).tolist()
        [[0.0, 2.0, 6.0]]
    """

    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else number("max_value", max_value, at_least=0.0)
        self.negative_slope = number("negative_slope", negative_slope, at_least=0.0)
        self.threshold = number("threshold", threshold, at_least=0.0)

    def call(self, inputs: Any) -> Any:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@registry.register()
class LeakyReLU(Layer):
    r"""Keeps what is not negative and shrinks the rest: $y = x$ for $x \ge 0$, else $\mathrm{negative\_slope}\,x$.

    Args:
        negative_slope: Slope of the negative side, at least 0; `alpha=` is its older name.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Maas, Hannun & Ng 2013, Rectifier nonlinearities improve neural network acoustic models.

    Example:
        >>> LeakyReLU(negative_slope=0.5)([[-1.0, 2.0]]).tolist()
        [[-0.5, 2.0]]
    """

    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Unpack[LayerOptions]) -> None:
        slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self.negative_slope = number("negative_slope", slope, at_least=0.0)

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, self.negative_slope)


@registry.register()
class PReLU(Layer):
    r"""Keeps what is positive and scales the rest by a learned slope: $y = x$ for $x > 0$, else $\alpha x$.

    Args:
        alpha_initializer: Start of $\alpha$.
        alpha_regularizer: Penalty on $\alpha$.
        alpha_constraint: Function applied to $\alpha$ after each update.
        shared_axes: Axes along which elements share their slope, the batch's being 0: `[1, 2]` for the pixels of
            an image.
        **kwargs: What every `Layer` takes.

    Shapes:
        alpha: that of one input, 1 on the `shared_axes`
        output: that of the input

    Raises:
        ValueError: If an axis that is not shared is unknown on build, or another one later.

    Source:
        He et al. 2015, Delving deep into rectifiers, eq. 1.

    Example:
        >>> PReLU(alpha_initializer="ones")([[-1.0, 2.0]]).tolist()
        [[-1.0, 2.0]]
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: InitializerLike = "Zeros",
        alpha_regularizer: RegularizerLike = None,
        alpha_constraint: ConstraintLike = None,
        shared_axes: Sequence[int] | int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes and list(shared_axes)

    def _required_inputs(self) -> InputSpec | None:
        return self._required_as_built()

    def build(self, input_shape: Shape) -> None:
        shared = {axis % len(input_shape) for axis in self.shared_axes or ()}
        own = [axis for axis in range(1, len(input_shape)) if axis not in shared]
        sizes = [self._known_axis(input_shape, axis) if axis in own else 1 for axis in range(1, len(input_shape))]
        self.alpha = self.add_weight("alpha", sizes)
        self._fixed_axes = tuple(own)

    def call(self, inputs: Any) -> Any:
        return jnp.where(inputs > 0, inputs, self.alpha.value * inputs)


@registry.register()
class ELU(Layer):
    r"""Keeps what is positive and saturates the rest: $y = x$ for $x > 0$, else $\alpha (e^x - 1)$.

    Args:
        alpha: Distance of the lower bound from 0.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Source:
        Clevert, Unterthiner & Hochreiter 2016, eq. 15.

    Example:
        >>> ELU()([[-1.0, 2.0]]).round(4)
        Array([[-0.6321, 2. ]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.alpha = number("alpha", alpha)

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


@registry.register()
class Softmax(Layer):
    r"""Turns scores into probabilities: $y_i = e^{x_i} / \sum_j e^{x_j}$.

    Called with a `mask` that fits the last axes of the input, the scores where it is false get probability 0.

    Args:
        axis: The axis, or axes, along which the probabilities sum to 1.
        **kwargs: What every `Layer` takes.

    Shapes:
        output: that of the input

    Example:
        >>> Softmax()([[0.0, 0.0]]).tolist()
        [[0.5, 0.5]]
        >>> Softmax()([[0.0, 0.0]], mask=[[True, False]]).tolist()
        [[1.0, 0.0]]
    """

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.axis = tuple(axis) if isinstance(axis, Iterable) else int(axis)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return jax.nn.softmax(inputs, self.axis)
        mask = self._along(inputs, mask)
        # Half of the lowest number stays finite when the largest score is taken from it.
        scores = jnp.where(mask, inputs, jnp.finfo(inputs.dtype).min / 2)
        return jnp.where(mask, jax.nn.softmax(scores, self.axis), 0)

    def _along(self, inputs: Any, mask: Any) -> Any:
        """Return a mask that broadcasts to the inputs: one of whole steps covers all of a step's elements."""
        frame = current_frame()
        assert frame is not None
        of_steps = mask is frame.mask_of(inputs)
        mask = jnp.asarray(mask)
        if mask.dtype != bool:
            mask = mask > 0.5
        if of_steps:
            return mask.reshape(mask.shape + (1,) * (inputs.ndim - mask.ndim))
        sizes = zip(mask.shape[::-1], inputs.shape[::-1], strict=False)
        if mask.ndim > inputs.ndim or any(size not in (1, full) for size, full in sizes):
            raise ValueError(
                f"Layer {self.name!r} got a `mask` of shape {mask.shape} for inputs of shape {inputs.shape}. "
                "Pass one that broadcasts to the inputs."
            )
        return mask
