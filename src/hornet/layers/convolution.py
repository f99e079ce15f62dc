"""Layers whose filters slide over an image."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp

from hornet import constraints, initializers, regularizers
from hornet.core.checks import axis_size, boolean
from hornet.core.frame import current_frame
from hornet.core.settings import checked_data_format
from hornet.core.shapes import Shape, Sizes
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers import windows
from hornet.layers.activated import ActivationAttribute
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions, OtherLayerOptions
from hornet.layers.spatial import Spatial, checked_padding, per_axis, refuse_strides_with_dilation


class ConvolutionLayer(Spatial):
    r"""Base of the layers that slide a window over an image: its geometry, the bias and the activation.

    Computes $y = \phi(\mathrm{convolution}(x) + b)$; a subclass makes kernels and convolves.

    Args:
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps from a window to the next.
        padding: `"valid"`: windows stay inside the image. `"same"`: zeros around it make one window for each step.
            `"causal"`, for one axis: as many zeros, all of them before the image.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps between the elements of a window.
        activation: Name or function $\phi$; `None` is the identity.
        use_bias: Whether there is a $b$.
        bias_initializer: How $b$ is drawn.
        bias_regularizer: Penalty on $b$.
        bias_constraint: Function applied to $b$ after each update.
        **kwargs: What every `Layer` takes, `activity_regularizer` among it.
    """

    _names_every_regularizer = True
    _paddings: tuple[str, ...] = ("valid", "same")

    activation: Any = ActivationAttribute()

    def __init__(
        self,
        kernel_size: Sizes,
        strides: Sizes,
        padding: str,
        data_format: str | None,
        dilation_rate: Sizes,
        activation: ActivationLike,
        use_bias: bool,
        bias_initializer: InitializerLike,
        bias_regularizer: RegularizerLike,
        bias_constraint: ConstraintLike,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_size = per_axis("kernel_size", kernel_size, self.rank)
        self.strides = per_axis("strides", strides, self.rank)
        self.padding = checked_padding(padding, *self._paddings)
        self.data_format = checked_data_format(data_format)
        self.dilation_rate = per_axis("dilation_rate", dilation_rate, self.rank)
        self.activation = activation
        self.use_bias = boolean("use_bias", use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)

    @property
    def _fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (self._channel_axis,)

    def _make_kernels(self, channels: int) -> int:
        """Make the kernels for inputs of so many channels; return the number of the output's."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_make_kernels`. Write one.")

    def _convolved(self, x: Any, training: bool) -> Any:
        """Return the convolution of images whose channels are last."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_convolved`. Write one.")

    def _required_inputs(self) -> InputSpec:
        return InputSpec(min_ndim=self.rank + 2, axes=self._required_sizes())

    def _require_windows(self, shape: Shape) -> None:
        """Raise `ValueError` if not one window fits into an input of a shape."""
        reach = windows.spans(self.kernel_size, self.dilation_rate) if self.padding == "valid" else [1] * self.rank
        self._require_room(shape, reach, f"windows of {self.kernel_size}")

    def build(self, input_shape: Shape) -> None:
        self._require_windows(input_shape)
        filters = self._make_kernels(self._known_axis(input_shape, self._channel_axis))
        self.bias = self.add_weight("bias", (filters,)) if self.use_bias else None

    def call(self, inputs: Any, training: bool = False) -> Any:
        # Again in each call: sizes that were unknown when the layer was built are known now.
        self._require_windows(inputs.shape)
        outputs = self._convolved(self._channels_last(inputs).astype(self.compute_dtype), training)
        if self.bias is not None:
            outputs += self.bias.value
        return self.activation(self._channels_back(outputs))


class Convolution(ConvolutionLayer):
    r"""Multiplies each window of an image by filters, and adds up the products.

    Computes $y_{p,f} = \phi\bigl(\sum_{k,c} x_{p s + k d,\,c}\, W_{k,c,f} + b_f\bigr)$ at each position $p$, over the
    elements $k$ of a window and the channels $c$, with $W$ the `kernel`, $b$ the `bias`, $s$ the `strides` and $d$
    the `dilation_rate`.

    Args:
        filters: Number $F$ of filters, and so of channels of the output; at least 1.
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps $s$ from a window to the next.
        padding: `"valid"`: windows stay inside the image. `"same"`: zeros around it make one window for each step.
            `"causal"`, for one axis: as many zeros, all of them before the image, so that no output sees a later step.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps $d$ between the elements of a window; above 1 only where `strides` is 1.
        groups: Number of groups of channels, each of which has `filters // groups` filters of its own.
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
        input: `(batch, *sizes, channels)`, `channels` known when built
        kernel: `(*kernel_size, channels // groups, filters)`
        output: `(batch, *positions, filters)`, `positions` being
            `(size - (kernel_size - 1) * dilation_rate - 1) // strides + 1` for `"valid"` and `size / strides`, rounded
            up, for the others

    Raises:
        ValueError: If a number is below 1, `groups` does not divide `filters` or the channels, or no window fits.

    Source:
        LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        groups: int = 1,
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
        self.groups = axis_size("groups", groups)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        refuse_strides_with_dilation(self.strides, self.dilation_rate)
        if self.filters % self.groups:
            raise ValueError(
                f"`groups` must divide `filters`, but {self.groups} does not divide {self.filters}. "
                "Choose a multiple of it."
            )

    def _make_kernels(self, channels: int) -> int:
        if channels % self.groups:
            raise ValueError(
                f"Layer {self.name!r} has {self.groups} groups, which do not divide the {channels} channels of its "
                "input. Choose another number of groups."
            )
        self.kernel = self.add_weight("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        return self.filters

    def _convolved(self, x: Any, training: bool) -> Any:
        return self._channels_last(self.convolution_op(self._channels_back(x), self.kernel.value))

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Return the convolution without bias and activation; a subclass may change the kernel first.

        Args:
            inputs: Images, with the channels where `data_format` says.
            kernel: The filters, shaped like the weight `kernel`.

        Example:
            >>> from hornet import ops
            >>> class Centred(Conv1D):
            ...     def convolution_op(self, inputs, kernel):
            ...         return super().convolution_op(inputs, kernel - ops.mean(kernel, axis=(0, 1)))
            >>> bool(abs(Centred(1, 3)(ops.ones((1, 3, 1)))).max() < 1e-6)
            True
        """
        frame = current_frame()
        training = frame is not None and bool(frame.training)
        x, filters = self._channels_last(jnp.asarray(inputs)), getattr(kernel, "value", kernel)
        outputs = windows.convolve(x, filters, self.strides, self.padding, self.dilation_rate, self.groups, training)
        return self._channels_back(outputs)


@registry.register("Convolution1D")
class Conv1D(Convolution):
    """Convolution over the steps of a sequence; the arguments are those of `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv1D(4, 3, padding="causal", activation="relu")(np.ones((2, 10, 1))).shape
        (2, 10, 4)
    """

    rank = 1
    _paddings = ("valid", "same", "causal")


@registry.register("Convolution2D")
class Conv2D(Convolution, strides=(1, 1), dilation_rate=(1, 1)):
    """Convolution over height and width of an image; the arguments are those of `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv2D(32, 3, activation="relu")(np.ones((2, 28, 28, 1))).shape
        (2, 26, 26, 32)
    """

    rank = 2


@registry.register("Convolution3D")
class Conv3D(Convolution, strides=(1, 1, 1), dilation_rate=(1, 1, 1)):
    """Convolution over depth, height and width of a volume; the arguments are those of `Convolution`.

    Example:
        >>> import numpy as np
        >>> Conv3D(4, 3)(np.ones((2, 5, 5, 5, 1))).shape
        (2, 3, 3, 3, 4)
    """

    rank = 3


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
