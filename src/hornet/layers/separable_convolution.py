"""Convolutions that do not mix channels, or mix them apart."""

from __future__ import annotations

from typing import Any, Unpack

from hornet import constraints, initializers, regularizers
from hornet.core.checks import axis_size
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers import windows
from hornet.layers.convolution import ConvolutionLayer, Sizes
from hornet.layers.layer import registry
from hornet.layers.options import OtherLayerOptions


class DepthwiseConvolution(ConvolutionLayer):
    r"""Multiplies each window of each channel by filters of its own.

    Computes $y_{p,\,c M + m} = \phi\bigl(\sum_k x_{p s + k d,\,c}\, W_{k,c,m} + b_{c M + m}\bigr)$ at each position
    $p$, over the elements $k$ of a window, with $M$ the `depth_multiplier`, $s$ the `strides` and $d$ the
    `dilation_rate`.

    Args:
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps $s$ from a window to the next.
        padding: `"valid"`: windows stay inside the image. `"same"`: zeros around it make one window for each step.
        depth_multiplier: Number $M$ of filters for each channel; at least 1.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps $d$ between the elements of a window.
        activation: Name or function $\phi$; `None` is the identity.
        use_bias: Whether there is a $b$.
        depthwise_initializer: How $W$ is drawn.
        bias_initializer: How $b$ is drawn.
        depthwise_regularizer: Penalty on $W$.
        bias_regularizer: Penalty on $b$.
        activity_regularizer: Penalty on $y$, divided by the batch's size.
        depthwise_constraint: Function applied to $W$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`, `channels` known when built
        kernel: `(*kernel_size, channels, depth_multiplier)`
        output: `(batch, *positions, channels * depth_multiplier)`, `positions` as in `Convolution`

    Raises:
        ValueError: If a number is below 1, or no window fits into the input.

    Source:
        Howard et al. 2017, MobileNets, eq. 3.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        activation: ActivationLike = None,
        use_bias: bool = True,
        depthwise_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        depthwise_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        depthwise_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **kwargs: Unpack[OtherLayerOptions],
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = axis_size("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def _make_kernels(self, channels: int) -> int:
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        return channels * self.depth_multiplier

    def _convolved(self, x: Any, training: bool) -> Any:
        return depthwise(self, x, self.kernel.value)


@registry.register()
class DepthwiseConv1D(DepthwiseConvolution):
    """Depthwise convolution over the steps of a sequence; the arguments are those of `DepthwiseConvolution`.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((2, 10, 3))).shape
        (2, 8, 6)
    """

    rank = 1


@registry.register()
class DepthwiseConv2D(DepthwiseConvolution, strides=(1, 1), dilation_rate=(1, 1)):
    """Depthwise convolution over height and width; the arguments are those of `DepthwiseConvolution`.

    Example:
        >>> import numpy as np
        >>> DepthwiseConv2D(3, padding="same")(np.ones((2, 28, 28, 32))).shape
        (2, 28, 28, 32)
    """

    rank = 2


class SeparableConvolution(ConvolutionLayer):
    r"""Convolves each channel by itself, then mixes the channels of each position.

    Computes $y_{p,f} = \phi\bigl(\sum_j z_{p,j} V_{j,f} + b_f\bigr)$ of the $z$ that a `DepthwiseConvolution` without
    bias and activation makes, with $V$ the `pointwise_kernel`: a `Convolution` of fewer weights.

    Args:
        filters: Number of filters, and so of channels of the output; at least 1.
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps from a window to the next.
        padding: `"valid"`: windows stay inside the image. `"same"`: zeros around it make one window for each step.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps between the elements of a window.
        depth_multiplier: Number of depthwise filters for each channel; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
        use_bias: Whether there is a $b$.
        depthwise_initializer: How the depthwise kernel is drawn.
        pointwise_initializer: How $V$ is drawn.
        bias_initializer: How $b$ is drawn.
        depthwise_regularizer: Penalty on the depthwise kernel.
        pointwise_regularizer: Penalty on $V$.
        bias_regularizer: Penalty on $b$.
        activity_regularizer: Penalty on $y$, divided by the batch's size.
        depthwise_constraint: Function applied to the depthwise kernel after each update.
        pointwise_constraint: Function applied to $V$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *sizes, channels)`, `channels` known when built
        depthwise_kernel: `(*kernel_size, channels, depth_multiplier)`
        pointwise_kernel: `(*ones, channels * depth_multiplier, filters)`
        output: `(batch, *positions, filters)`, `positions` as in `Convolution`

    Raises:
        ValueError: If a number is below 1, or no window fits into the input.

    Source:
        Chollet 2017, Xception, section 2.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        depth_multiplier: int = 1,
        activation: ActivationLike = None,
        use_bias: bool = True,
        depthwise_initializer: InitializerLike = "glorot_uniform",
        pointwise_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        depthwise_regularizer: RegularizerLike = None,
        pointwise_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        depthwise_constraint: ConstraintLike = None,
        pointwise_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        **kwargs: Unpack[OtherLayerOptions],
    ) -> None:
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = axis_size("filters", filters, "Pass the number of the output's channels.")
        self.depth_multiplier = axis_size("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def _make_kernels(self, channels: int) -> int:
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*[1] * self.rank, channels * self.depth_multiplier, self.filters),
            self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        return self.filters

    def _convolved(self, x: Any, training: bool) -> Any:
        kernel = self.pointwise_kernel.value
        return depthwise(self, x, self.depthwise_kernel.value) @ kernel.reshape(kernel.shape[-2:])


@registry.register("SeparableConvolution1D")
class SeparableConv1D(SeparableConvolution):
    """Separable convolution over the steps of a sequence; the arguments are those of `SeparableConvolution`.

    Example:
        >>> import numpy as np
        >>> SeparableConv1D(4, 3)(np.ones((2, 10, 3))).shape
        (2, 8, 4)
    """

    rank = 1


@registry.register("SeparableConvolution2D")
class SeparableConv2D(SeparableConvolution, strides=(1, 1), dilation_rate=(1, 1)):
    """Separable convolution over height and width; the arguments are those of `SeparableConvolution`.

    Example:
        >>> import numpy as np
        >>> SeparableConv2D(64, 3, padding="same")(np.ones((2, 28, 28, 32))).shape
        (2, 28, 28, 64)
    """

    rank = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D


def depthwise(layer: ConvolutionLayer, x: Any, kernel: Any) -> Any:
    """Return the depthwise convolution of a layer's geometry, with the filters of a channel side by side."""
    *window, channels, multiplier = kernel.shape
    kernel = kernel.reshape(*window, 1, channels * multiplier)
    return windows.convolve(x, kernel, layer.strides, layer.padding, layer.dilation_rate, groups=channels)
