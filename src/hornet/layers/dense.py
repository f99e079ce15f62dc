"""The fully connected layer."""

from __future__ import annotations

from typing import Any, Unpack

from hornet import constraints, initializers, regularizers
from hornet.core.checks import boolean, integer_size
from hornet.core.shapes import Shape
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.activated import ActivationAttribute
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import OtherLayerOptions


@registry.register()
class Dense(Layer):
    r"""Affine map of the last axis, followed by an activation.

    Computes $y = \phi(x W + b)$ with $W$ the `kernel`, $b$ the `bias` and $\phi$ the `activation`.

    Args:
        units: Size of the last axis of the output; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        bias_initializer: How $b$ is drawn.
        kernel_regularizer: Penalty on $W$.
        bias_regularizer: Penalty on $b$.
        activity_regularizer: Penalty on $y$, divided by the batch's size.
        kernel_constraint: Function applied to $W$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes: `name`, `trainable`, `dtype`, `input_shape`.

    Shapes:
        input: `(*batch, features)`, `features` known when built
        kernel: `(features, units)`
        output: `(*batch, units)`

    Raises:
        ValueError: If `units` is below 1, or the last axis of the input is unknown on build.

    Source:
        Default draw of the kernel: Glorot & Bengio 2010, eq. 16.

    Example:
        >>> Dense(4, activation="relu")([[1.0, 2.0, 3.0]]).shape
        (1, 4)
    """

    _fixed_axes = (-1,)
    supports_masking = True

    activation: Any = ActivationAttribute()

    def __init__(
        self,
        units: int,
        activation: ActivationLike = None,
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **kwargs: Unpack[OtherLayerOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = integer_size("units", units, "Pass the size of the layer's output.")
        self.activation = activation
        self.use_bias = boolean("use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        features = self._known_axis(input_shape, -1)
        self.kernel = self.add_weight("kernel", (features, self.units))
        self.bias = self.add_weight("bias", (self.units,)) if self.use_bias else None

    def _required_inputs(self) -> InputSpec:
        return InputSpec(min_ndim=2, axes=self._required_sizes())

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        outputs = inputs @ self.kernel.value
        if self.bias is not None:
            outputs += self.bias.value
        return self.activation(outputs)
