"""Recurrent layers whose products are convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core.checks import integer_size
from hornet.core.settings import checked_data_format
from hornet.core.shapes import Shape, Sizes
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers import windows
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import registry
from hornet.layers.recurrent.lstm import LSTMCell
from hornet.layers.recurrent.of_cell import CellLayer, OfCell, RecurrentOptions, of_cell
from hornet.layers.recurrent.stepping import Recurrence, States
from hornet.layers.spatial import checked_padding, per_axis, refuse_strides_with_dilation


class ConvLSTMCell(LSTMCell):
    """One step of a `ConvLSTM`, which has its arguments.

    Args:
        rank: Number of axes that windows slide along.
        filters: Number of filters.
        kernel_size: Size of the window.
        strides: Steps between windows.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Steps between the elements of a window.
        **kwargs: What `LSTMCell` takes beside `units`.
    """

    _made_by_itself = frozenset({"units"})

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(integer_size("filters", filters, "Pass the number of the output's channels."), **kwargs)
        self.rank = rank
        self.filters = self.units
        self.kernel_size = per_axis("kernel_size", kernel_size, rank)
        self.strides = per_axis("strides", strides, rank)
        self.padding = checked_padding(padding, "valid", "same")
        self.data_format = checked_data_format(data_format)
        self.dilation_rate = per_axis("dilation_rate", dilation_rate, rank)
        refuse_strides_with_dilation(self.strides, self.dilation_rate)

    @property
    def _fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (-1 if self.data_format == "channels_last" else 1,)

    def build(self, input_shape: Shape) -> None:
        channels = self._known_axis(input_shape, self._fixed_axes[0])
        if None in input_shape[1:]:
            raise ValueError(
                f"Layer {self.name!r} needs to know the size of images, and inputs of a step have the shape "
                f"{tuple(input_shape)}. Declare it with `Input(shape=...)`."
            )
        self._make_weights(channels, self.kernel_size)

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return the states before the first step, zeros.

        Args:
            batch_size: Number of rows.
        """
        assert self._input_shape is not None
        image = jax.ShapeDtypeStruct((batch_size, *self._input_shape[1:]), self.compute_dtype)
        kernel = jax.ShapeDtypeStruct(self.kernel.shape, self.compute_dtype)
        *shape, _ = jax.eval_shape(self._product, image, kernel).shape
        return [self._channels_back(jnp.zeros((*shape, self.filters), self.compute_dtype)) for _ in range(2)]

    def _channels_last(self, x: Any) -> Any:
        return x if self.data_format == "channels_last" else jnp.moveaxis(x, 1, -1)

    def _channels_back(self, x: Any) -> Any:
        return x if self.data_format == "channels_last" else jnp.moveaxis(x, -1, 1)

    def _product(self, x: Any, kernel: Any) -> Any:
        images = self._channels_last(x.reshape(-1, *x.shape[-self.rank - 1 :]))
        made = windows.convolve(images, kernel, self.strides, self.padding, self.dilation_rate)
        return made.reshape(*x.shape[: -self.rank - 1], *made.shape[1:])

    def _recurrent_product(self, h: Any, kernel: Any) -> Any:
        ones = (1,) * self.rank
        return windows.convolve(h, kernel, ones, "same", ones)

    def _recurrence(self, states: Sequence[Any], training: bool) -> Recurrence:
        with_channels_last = super()._recurrence([*map(self._channels_last, states)], training)

        def step(u: Any, states: States) -> tuple[Any, States]:
            h, after = with_channels_last.step(u, [*map(self._channels_last, states)])
            return self._channels_back(h), [*map(self._channels_back, after)]

        return replace(with_channels_last, step=step)


class ConvLSTMOptions(RecurrentOptions, total=False):
    """What every convolutional recurrent layer takes beside its own arguments."""

    unroll: bool


class ConvLSTM(CellLayer):
    r"""Goes through a sequence of images as an `LSTM` whose products are convolutions.

    Computes, with $z_i, z_f, z_g, z_o$ the four parts of $x_t * W + h_{t-1} * R + b$ along the channels,
    $c_t = \sigma(z_f)\, c_{t-1} + \sigma(z_i)\, \phi(z_g)$ and $h_t = \sigma(z_o)\, \phi(c_t)$, from $h_0 = c_0 = 0$.
    The convolution with $W$ is that of `Convolution`, the one with $R$ has zeros around $h$, and neither strides nor
    dilation.

    Args:
        filters: Number of filters, and so of channels of the output; at least 1.
        kernel_size: Size of the window: one number, or one for each axis; at least 1.
        strides: Steps from a window of $W$ to the next.
        padding: `"valid"`: windows stay inside the image. `"same"`: zeros around it make one window for each step.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        dilation_rate: Steps between the elements of a window; above 1 only where `strides` are 1.
        activation: Name or function $\phi$; `None` is the identity.
        recurrent_activation: Name or function $\sigma$ of the gates; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        recurrent_initializer: How $R$ is drawn.
        bias_initializer: How $b$ is drawn.
        unit_forget_bias: Whether the part of $b$ that is $f$'s starts at 1.
        kernel_regularizer: Penalty on $W$.
        recurrent_regularizer: Penalty on $R$.
        bias_regularizer: Penalty on $b$.
        activity_regularizer: Penalty on the output, divided by the batch's size.
        kernel_constraint: Function applied to $W$ after each update.
        recurrent_constraint: Function applied to $R$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        dropout: Probability, from 0 to 1, that an element of $x$ is left out in training, in all steps of a sequence.
        recurrent_dropout: The same of an element of $h$.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        return_sequences: Whether to return the outputs of all steps; see `RNN`, as for what follows.
        return_state: Whether to return the last states as well.
        go_backwards: Whether to begin with the last step.
        stateful: Whether each row goes on from where its row of the batch before ended.
        **kwargs: What every `Layer` takes, `unroll` and `zero_output_for_mask`.

    Shapes:
        sequences: `(batch, steps, *sizes, channels)`, all but `batch` and `steps` known when built
        kernel: `(*kernel_size, channels, 4 * filters)`
        recurrent_kernel: `(*kernel_size, filters, 4 * filters)`
        output: `(batch, *positions, filters)`, or `(batch, steps, *positions, filters)` with `return_sequences`;
            `positions` as in `Convolution`

    Raises:
        ValueError: If a number is below 1, or the size of images is unknown.

    Source:
        Shi et al. 2015, Convolutional LSTM network, eq. 3, without the products with $c$.
    """

    rank: int = 0

    filters = OfCell[int]()
    kernel_size = OfCell[Any]()
    strides = OfCell[Any]()
    padding = OfCell[str]()
    data_format = OfCell[str]()
    dilation_rate = OfCell[Any]()
    recurrent_activation = OfCell[Any]()
    unit_forget_bias = OfCell[bool]()

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Sizes = 1,
        activation: ActivationLike = "tanh",
        recurrent_activation: ActivationLike = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Unpack[ConvLSTMOptions],
    ) -> None:
        cell = ConvLSTMCell(
            self.rank,
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **of_cell("conv_lstm_cell", kwargs),
        )
        options: Any = {**kwargs}
        loop = return_sequences, return_state, go_backwards, stateful, options.pop("unroll", False)
        super().__init__(cell, *loop, activity_regularizer=activity_regularizer, **options)

    @property
    def _fixed_axes(self) -> tuple[int, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (-1 if self.data_format == "channels_last" else 2,)


@registry.register()
class ConvLSTM1D(ConvLSTM):
    """`ConvLSTM` over sequences of signals; the arguments are those of `ConvLSTM`.

    Example:
        >>> import numpy as np
        >>> ConvLSTM1D(4, 3, padding="same")(np.ones((2, 5, 8, 3))).shape
        (2, 8, 4)
    """

    rank = 1
    input_spec = InputSpec(ndim=4)


@registry.register()
class ConvLSTM2D(ConvLSTM):
    """`ConvLSTM` over sequences of images; the arguments are those of `ConvLSTM`.

    Example:
        >>> import numpy as np
        >>> ConvLSTM2D(4, 3, return_sequences=True)(np.ones((2, 5, 8, 6, 3))).shape
        (2, 5, 6, 4, 4)
    """

    rank = 2
    input_spec = InputSpec(ndim=5)


@registry.register()
class ConvLSTM3D(ConvLSTM):
    """`ConvLSTM` over sequences of volumes; the arguments are those of `ConvLSTM`.

    Example:
        >>> import numpy as np
        >>> ConvLSTM3D(2, 2)(np.ones((1, 3, 4, 4, 4, 1))).shape
        (1, 3, 3, 3, 2)
    """

    rank = 3
    input_spec = InputSpec(ndim=6)
