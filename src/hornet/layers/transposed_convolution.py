"""Layers that spread each element of an image over a window."""

from __future__ import annotations

from typing import Any, Unpack

from hornet import constraints, initializers, regularizers
from hornet.core.checks import axis_size, non_negative_int
from hornet.core.shapes import Shape
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers import windows
from hornet.layers.convolution import ConvolutionLayer, Sizes
from hornet.layers.layer import registry
from hornet.layers.options import OtherLayerOptions
from hornet.layers.spatial import per_axis, refuse_strides_with_dilation


class TransposedConvolution(ConvolutionLayer):
    r"""Spreads each element of an image over a window, and adds up where windows overlap.

    Computes $y_{q,f} = \phi\bigl(\sum_{p s + k d = q} \sum_c x_{p,c}\, W_{k,f,c} + b_f\bigr)$ at each position $q$:
    the transpose of the linear map of a `Convolution`, so that an image grows by the factor `strides`.

    Args:
        filters: Number of channels of the output; at least 1.
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps $s$ from a window to the next in the output.
        padding: `"valid"`: the output holds every window. `"same"`: it is `strides` times the input.
        output_padding: Steps that the output gets at its end, below `strides`; by default as many as make up the
            sizes below.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps $d$ between the elements of a window; above 1 only where `strides` is 1.
        activation: Name or function $\phi$; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        bias_initializer: How $b$ is drawn.
        kernel_regularizer: Penalty on $W$.
        bias_regularizer: Penalty on $b$.
        activity_regularizer: Penalty on $y$, divided by the batch's size.
        kernel_constraint: Function applied to $W$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch, *positions, channels)`, `channels` known when built
        kernel: `(*kernel_size, filters, channels)`
        output: `(batch, *sizes, filters)`, `sizes` being, with `span = (kernel_size - 1) * dilation_rate + 1`,
            `(positions - 1) * strides + max(span, strides)` for `"valid"` and `positions * strides` for `"same"`

    Raises:
        ValueError: If a number is below 1, or `output_padding` is not below `strides`.

    Source:
        Zeiler et al. 2010, Deconvolutional networks.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        output_padding: Sizes | None = None,
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
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
        extra = output_padding
        self.output_padding = None if extra is None else per_axis("output_padding", extra, self.rank, non_negative_int)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        if any(more >= step for more, step in zip(self.output_padding or (), self.strides, strict=False)):
            raise ValueError(
                f"`output_padding` must be below `strides` {self.strides} on each axis, not {self.output_padding}. "
                "Choose a smaller one."
            )

    def _require_windows(self, shape: Shape) -> None:
        self._require_room(shape, [1] * self.rank, f"windows of {self.kernel_size}")

    def _make_kernels(self, channels: int) -> int:
        self.kernel = self.add_weight("kernel", (*self.kernel_size, self.filters, channels))
        return self.filters

    def _convolved(self, x: Any, training: bool) -> Any:
        reach = windows.spans(self.kernel_size, self.dilation_rate)
        extra = self.output_padding or [None] * self.rank
        edges = [self._edges(*along) for along in zip(reach, self.strides, extra, strict=True)]
        return windows.convolve_transposed(x, self.kernel.value, self.strides, edges, self.dilation_rate)

    def _edges(self, span: int, stride: int, extra: int | None) -> tuple[int, int]:
        """Return how far the first and the last window reach over the edges of the output."""
        if self.padding == "valid":
            # A window shorter than its stride would leave a gap behind the last one, which Keras fills with zeros.
            return 0, -(max(stride - span, 0) if extra is None else extra)
        over = span - stride if extra is None else span - span % 2 - extra
        # Of an odd overlap the end gets the larger part, as `same` has it forwards.
        before = max(over // 2, 0)
        return before, over - before


@registry.register("Convolution1DTranspose")
class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution over the steps of a sequence; the arguments are those of `TransposedConvolution`.

    Example:
        >>> import numpy as np
        >>> Conv1DTranspose(4, 3, strides=2)(np.ones((2, 10, 1))).shape
        (2, 21, 4)
    """

    rank = 1


@registry.register("Convolution2DTranspose")
class Conv2DTranspose(TransposedConvolution, strides=(1, 1), dilation_rate=(1, 1)):
    """Transposed convolution over height and width; the arguments are those of `TransposedConvolution`.

    Example:
        >>> import numpy as np
        >>> Conv2DTranspose(1, 3, strides=2, padding="same")(np.ones((2, 14, 14, 32))).shape
        (2, 28, 28, 1)
    """

    rank = 2


@registry.register("Convolution3DTranspose")
class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution over depth, height and width; the arguments are those of `TransposedConvolution`.

    As in Keras, `data_format` stands before `output_padding` here.

    Example:
        >>> import numpy as np
        >>> Conv3DTranspose(1, 2, strides=2)(np.ones((2, 3, 3, 3, 4))).shape
        (2, 6, 6, 6, 1)
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = (1, 1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Sizes | None = None,
        dilation_rate: Sizes = (1, 1, 1),
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
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )


Convolution1DTranspose, Convolution2DTranspose, Convolution3DTranspose = (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
