"""The recurrent layer with a memory of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from hornet.core.checks import boolean, one_of
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.activated import ActivationAttribute
from hornet.layers.layer import registry
from hornet.layers.recurrent.cell import CellOptions, Recurrent, RecurrentCell
from hornet.layers.recurrent.of_cell import CellLayer, OfCell, RecurrentOptions, of_cell


@registry.register()
class LSTMCell(RecurrentCell):
    r"""One step of `LSTM`.

    Computes, with $z_i, z_f, z_g, z_o$ the four parts of $x_t W + h_{t-1} R + b$,
    $c_t = \sigma(z_f)\, c_{t-1} + \sigma(z_i)\, \phi(z_g)$ and $h_t = \sigma(z_o)\, \phi(c_t)$.

    Args:
        units: Size of each state and of the output; at least 1.
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
        kernel_constraint: Function applied to $W$ after each update.
        recurrent_constraint: Function applied to $R$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        dropout: Probability, from 0 to 1, that an element of $x$ is left out in training.
        recurrent_dropout: The same of an element of $h$.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: `(batch, features)`
        states: `[(batch, units), (batch, units)]`, $h$ and $c$
        kernel: `(features, 4 * units)`
        recurrent_kernel: `(units, 4 * units)`
        output: `(batch, units)`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Hochreiter & Schmidhuber 1997; the forget gate of Gers et al. 2000; its bias of Jozefowicz et al. 2015.

    Example:
        >>> cell = LSTMCell(4)
        >>> output, states = cell([[1.0, 2.0]], cell.get_initial_state(1))
        >>> output.shape, len(states)
        ((1, 4), 2)
    """

    _gates = 4

    recurrent_activation: Any = ActivationAttribute()

    def __init__(
        self,
        units: int,
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
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Unpack[CellOptions],
    ) -> None:
        super().__init__(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **kwargs,
        )
        self.recurrent_activation = recurrent_activation
        self.unit_forget_bias = boolean("unit_forget_bias", unit_forget_bias)

    @property
    def state_size(self) -> list[int]:
        """The sizes of $h$ and $c$."""
        return [self.units, self.units]

    @property
    def _first_bias(self) -> Any:
        initializer: Any = self.bias_initializer

        def draw(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
            values = np.array(initializer(shape, dtype=dtype))
            values[self.units : 2 * self.units] = 1.0
            return values

        return draw if self.unit_forget_bias else initializer

    def _advance(self, u: Any, states: Sequence[Any], recurrent: Recurrent) -> list[Any]:
        z = u + recurrent(states[0])
        i, f, _, o = recurrent.gates(self.recurrent_activation, z, 4)
        c = f * states[1] + i * self.activation(z[..., 2 * self.units : 3 * self.units])
        return [o * self.activation(c), c]


@registry.register()
class LSTM(CellLayer):
    r"""Goes through a sequence with an output $h$ and a memory $c$, which gates write, keep and read.

    Computes, with $z_i, z_f, z_g, z_o$ the four parts of $x_t W + h_{t-1} R + b$,
    $c_t = \sigma(z_f)\, c_{t-1} + \sigma(z_i)\, \phi(z_g)$ and $h_t = \sigma(z_o)\, \phi(c_t)$, from $h_0 = c_0 = 0$.

    Args:
        units: Size of each state and of the output; at least 1.
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
        unroll: Whether the program repeats the step's code for each step.
        use_cudnn: Accepted for programs written for Keras: XLA compiles the loop, on every device.
        **kwargs: What every `Layer` takes, and `zero_output_for_mask`; `implementation=` changes nothing.

    Shapes:
        sequences: `(batch, steps, features)`
        kernel: `(features, 4 * units)`
        recurrent_kernel: `(units, 4 * units)`
        output: `(batch, units)`, or `(batch, steps, units)` with `return_sequences`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Hochreiter & Schmidhuber 1997; the forget gate of Gers et al. 2000; its bias of Jozefowicz et al. 2015.

    Example:
        >>> outputs, h, c = LSTM(4, return_sequences=True, return_state=True)([[[1.0, 2.0], [3.0, 4.0]]])
        >>> outputs.shape, h.shape, c.shape
        ((1, 2, 4), (1, 4), (1, 4))
    """

    recurrent_activation = OfCell[Any]()
    unit_forget_bias = OfCell[bool]()

    def __init__(
        self,
        units: int,
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
        unroll: bool = False,
        use_cudnn: bool | str = "auto",
        **kwargs: Unpack[RecurrentOptions],
    ) -> None:
        cell = LSTMCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **of_cell("lstm_cell", kwargs),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.use_cudnn = one_of("use_cudnn", use_cudnn, ("auto", True, False))
