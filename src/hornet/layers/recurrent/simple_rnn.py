"""The recurrent layer of a single state and no gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from hornet.core.types import ActivationLike, ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.layer import registry
from hornet.layers.recurrent.cell import Recurrent, RecurrentCell
from hornet.layers.recurrent.of_cell import CellLayer, RecurrentOptions, of_cell


@registry.register()
class SimpleRNNCell(RecurrentCell):
    r"""One step of `SimpleRNN`: $h_t = \phi(x_t W + h_{t-1} R + b)$.

    Args:
        units: Size of the state and of the output; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
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
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: `(batch, features)`
        states: `[(batch, units)]`
        kernel: `(features, units)`
        recurrent_kernel: `(units, units)`
        output: `(batch, units)`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Elman 1990, Finding structure in time.

    Example:
        >>> cell = SimpleRNNCell(4)
        >>> output, states = cell([[1.0, 2.0]], cell.get_initial_state(1))
        >>> output.shape, len(states)
        ((1, 4), 1)
    """

    def _advance(self, u: Any, states: Sequence[Any], recurrent: Recurrent) -> list[Any]:
        return [self.activation(u + recurrent(states[0]))]


@registry.register()
class SimpleRNN(CellLayer):
    r"""Goes through a sequence with one state: $h_t = \phi(x_t W + h_{t-1} R + b)$, from $h_0 = 0$.

    Args:
        units: Size of the state and of the output; at least 1.
        activation: Name or function $\phi$; `None` is the identity.
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
        return_sequences: Whether to return the outputs of all steps; see `RNN`, as for what follows.
        return_state: Whether to return the last state as well.
        go_backwards: Whether to begin with the last step.
        stateful: Whether each row goes on from where its row of the batch before ended.
        unroll: Whether the program repeats the step's code for each step.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes, and `zero_output_for_mask`; `implementation=` changes nothing.

    Shapes:
        sequences: `(batch, steps, features)`
        kernel: `(features, units)`
        recurrent_kernel: `(units, units)`
        output: `(batch, units)`, or `(batch, steps, units)` with `return_sequences`

    Raises:
        ValueError: If `units` is below 1, or a probability is no probability.

    Source:
        Elman 1990, Finding structure in time.

    Example:
        >>> SimpleRNN(4, return_sequences=True)([[[1.0, 2.0], [3.0, 4.0]]]).shape
        (1, 2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: ActivationLike = "tanh",
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
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Unpack[RecurrentOptions],
    ) -> None:
        cell = SimpleRNNCell(
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
            **of_cell("simple_rnn_cell", kwargs),
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
