"""The recurrent layer with two gates and one state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from hornet.core.checks import boolean, one_of
from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.activated import ActivationAttribute
from hornet.layers.layer import registry
from hornet.layers.recurrent.cell import CellOptions, Recurrent, RecurrentCell
from hornet.layers.recurrent.of_cell import CellLayer, OfCell, RecurrentOptions, of_cell


@registry.register()
class GRUCell(RecurrentCell):
    r"""One step of `GRU`.

    Computes $z, r = \sigma(x_t W_{zr} + h_{t-1} R_{zr} + b_{zr})$,
    $\tilde h = \phi\bigl(x_t W_h + b_h + r\, (h_{t-1} R_h + b'_h)\bigr)$ and $h_t = z\, h_{t-1} + (1 - z)\, \tilde h$.
    With `reset_after=False`, $\tilde h = \phi\bigl(x_t W_h + b_h + (r\, h_{t-1}) R_h\bigr)$.

    Args:
        units: Size of the state and of the output; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
        recurrent_activation: Name or function $\sigma$ of the gates; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        recurrent_initializer: How $R$ is drawn.
        bias_initializer: How $b$ is drawn.
        kernel_regularizer: Penalty on $W$.
        recurrent_regularizer: Penalty on $R$.
        bias_regularizer: Penalty on $b$.
        kernel_constraint: Function applied to $W$ after each update.
        recurrent_constraint: Function applied to $R$ after each update.
        bias_constraint: Function applied to $b$ after each update.
        dropout: Probability, from 0 to 1, that an element of $x$ is left out in training.
        recurrent_dropout: The same of an element of $h$.
        reset_after: Whether $r$ is applied after the product with $R_h$, which has a bias of its own then, as cuDNN has
            it; otherwise before, as in the paper.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: `(batch, features)`
        states: `[(batch, units)]`
        kernel: `(features, 3 * units)`
        recurrent_kernel: `(units, 3 * units)`
        bias: `(2, 3 * units)`, or `(3 * units,)` with `reset_after=False`
        output: `(batch, units)`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Cho et al. 2014, Learning phrase representations using RNN encoder-decoder, eq. 5-8.

    Example:
        >>> cell = GRUCell(4)
        >>> output, states = cell([[1.0, 2.0]], cell.get_initial_state(1))
        >>> output.shape, len(states)
        ((1, 4), 1)
    """

    _gates = 3

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
        kernel_regularizer: RegularizerLike = None,
        recurrent_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        recurrent_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
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
        self.reset_after = boolean("reset_after", reset_after)

    @property
    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _biases(self) -> tuple[Any, Any]:
        bias, _ = super()._biases()
        return (bias, None) if bias is None or not self.reset_after else (bias[0], bias[1])

    def _advance(self, u: Any, states: Sequence[Any], recurrent: Recurrent) -> list[Any]:
        h, gates = states[0], slice(0, 2 * self.units)
        candidate = slice(2 * self.units, 3 * self.units)
        if self.reset_after:
            v = recurrent(h)
            z, r = recurrent.gates(self.recurrent_activation, u[..., gates] + v[..., gates], 2)
            new = self.activation(u[..., candidate] + r * v[..., candidate])
        else:
            z, r = recurrent.gates(self.recurrent_activation, u[..., gates] + recurrent(h, gates), 2)
            new = self.activation(u[..., candidate] + recurrent(r * h, candidate))
        return [z * h + (1 - z) * new]


@registry.register()
class GRU(CellLayer):
    r"""Goes through a sequence with a state $h$, of which gates say what to renew.

    Computes $z, r = \sigma(x_t W_{zr} + h_{t-1} R_{zr} + b_{zr})$,
    $\tilde h = \phi\bigl(x_t W_h + b_h + r\, (h_{t-1} R_h + b'_h)\bigr)$ and $h_t = z\, h_{t-1} + (1 - z)\, \tilde h$,
    from $h_0 = 0$.
    With `reset_after=False`, $\tilde h = \phi\bigl(x_t W_h + b_h + (r\, h_{t-1}) R_h\bigr)$.

    Args:
        units: Size of the state and of the output; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
        recurrent_activation: Name or function $\sigma$ of the gates; `None` is the identity.
        use_bias: Whether there is a $b$.
        kernel_initializer: How $W$ is drawn.
        recurrent_initializer: How $R$ is drawn.
        bias_initializer: How $b$ is drawn.
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
        return_state: Whether to return the last state as well.
        go_backwards: Whether to begin with the last step.
        stateful: Whether each row goes on from where its row of the batch before ended.
        unroll: Whether the program repeats the step's code for each step.
        reset_after: Whether $r$ is applied after the product with $R_h$, which has a bias of its own then, as cuDNN has
            it; otherwise before, as in the paper.
        use_cudnn: Accepted for programs written for Keras: XLA compiles the loop, on every device.
        **kwargs: What every `Layer` takes, and `zero_output_for_mask`; `implementation=` changes nothing.

    Shapes:
        sequences: `(batch, steps, features)`
        kernel: `(features, 3 * units)`
        recurrent_kernel: `(units, 3 * units)`
        bias: `(2, 3 * units)`, or `(3 * units,)` with `reset_after=False`
        output: `(batch, units)`, or `(batch, steps, units)` with `return_sequences`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Cho et al. 2014, Learning phrase representations using RNN encoder-decoder, eq. 5-8.

    Example:
        >>> GRU(4, return_sequences=True)([[[1.0, 2.0], [3.0, 4.0]]]).shape
        (1, 2, 4)
    """

    recurrent_activation = OfCell[Any]()
    reset_after = OfCell[bool]()

    def __init__(
        self,
        units: int,
        activation: ActivationLike = "tanh",
        recurrent_activation: ActivationLike = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        recurrent_initializer: InitializerLike = "orthogonal",
        bias_initializer: InitializerLike = "zeros",
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
        reset_after: bool = True,
        use_cudnn: bool | str = "auto",
        **kwargs: Unpack[RecurrentOptions],
    ) -> None:
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
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
            reset_after,
            seed,
            **of_cell("gru_cell", kwargs),
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
