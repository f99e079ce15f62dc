"""The layer that takes a cell through the steps of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core.checks import boolean
from hornet.core.frame import current_frame
from hornet.core.module import Module
from hornet.core.shapes import Shape
from hornet.core.symbolic import known_shape
from hornet.core.variable import Variable
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions
from hornet.layers.recurrent.cells import checked_cell, initial_states, recurrence_of
from hornet.layers.recurrent.stacked_cells import StackedRNNCells
from hornet.layers.recurrent.stepping import check_mask, go_through
from hornet.layers.serialization import deserialize


class KeptStates(Module):
    """The states that a layer goes on from in its next call."""

    _is_kept = True

    def __init__(self, values: Any) -> None:
        self.values: Any = jax.tree.map(lambda value: Variable(value, trainable=False, name="rnn_state"), values)

    @property
    def variables(self) -> list[Variable]:
        return jax.tree.leaves(self.values)


@registry.register()
class RNN(Layer):
    r"""Takes a cell through the steps of a sequence: $y_t, s_t = \mathrm{cell}(x_t, s_{t-1})$.

    A cell is an object with `call(inputs, states)`, which returns the output and the new states of one step, and a
    `state_size`, a number or a list of them. `output_size` is read where it is there; `get_initial_state(batch_size)`
    makes the states before the first step, which are zeros otherwise. Where `call` takes `training`, it gets it.

    A step that is masked changes no state, and its output is the one before. Of a sequence that is gone through
    backwards the outputs come in the order in which they are made.

    Args:
        cell: A cell, or a list of cells of which each takes the output of the one before.
        return_sequences: Whether to return the outputs of all steps, rather than that of the last.
        return_state: Whether to return the states after the last step as well.
        go_backwards: Whether to begin with the last step.
        stateful: Whether each row goes on from where the row of the same number in the batch before it ended, in
            training and in inference; `reset_state` begins anew. It needs a batch of a known size, as in
            `Input(batch_shape=(8, None, 3))`, and `shuffle=False` in `fit`.
        unroll: Whether the program repeats the step's code for each step, which takes long to compile.
        zero_output_for_mask: Whether the output of a masked step is zeros.
        **kwargs: What every `Layer` takes.

    Shapes:
        sequences: `(batch, steps, *features)`
        mask: `(batch, steps)`, true where a step counts
        initial_state: `(batch, size)` for each of `state_size`
        output: `(batch, output_size)`, or `(batch, steps, output_size)` with `return_sequences`; with `return_state`
            a tuple of it and of the states

    Raises:
        ValueError: If `cell` is none, or inputs, mask and states do not fit together.

    Example:
        >>> import numpy as np
        >>> from hornet.layers import GRUCell, LSTMCell
        >>> RNN([GRUCell(4), LSTMCell(5)], return_sequences=True)(np.ones((2, 7, 3))).shape
        (2, 7, 5)
    """

    input_spec = InputSpec(min_ndim=2)
    supports_masking = True
    _not_in_files = frozenset({"_kept"})

    _kept: KeptStates | None = None
    """The states that the next call goes on from, where the layer is stateful."""

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(cell, Mapping):
            cell = deserialize(cell)
        elif isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell)
        self.cell = checked_cell("cell", cell)
        self.return_sequences = boolean("return_sequences", return_sequences)
        self.return_state = boolean("return_state", return_state)
        self.go_backwards = boolean("go_backwards", go_backwards)
        self.stateful = boolean("stateful", stateful)
        self.unroll = boolean("unroll", unroll)
        self.zero_output_for_mask = boolean("zero_output_for_mask", zero_output_for_mask)

    @property
    def state_size(self) -> list[Any]:
        """The size of each state."""
        size = self.cell.state_size
        return list(size) if isinstance(size, list | tuple) else [size]

    @property
    def states(self) -> Any:
        """The variables from which the next call goes on; `None` where the layer is not stateful, or not built."""
        return None if self._kept is None else self._kept.values

    _advice_on_inputs = (
        "Pass sequences, `(batch, steps, features)`; a recurrent layer in front of it needs `return_sequences=True`."
    )

    @property
    def _is_for_one_batch(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.stateful

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        if len(sequences_shape) > 1 and sequences_shape[1] is None and self.unroll:
            raise ValueError(
                f"Layer {self.name!r} repeats its code for each step, so it needs to know how many steps inputs of "
                f"shape {tuple(sequences_shape)} have. Declare it with `Input(shape=...)`, or leave `unroll` out."
            )
        sizes = [*sequences_shape]
        if isinstance(self.cell, Layer):
            self.cell._build_on((sizes[0], *sizes[2:]))
        self._keep_states(sizes[0])

    def _build_for(self, inputs: Any, args: Any, kwargs: Any) -> None:
        super()._build_for(inputs, args, kwargs)
        self._keep_states(next(iter(known_shape(inputs.shape))))  # which `build` may not have known

    def _keep_states(self, rows: int | None) -> None:
        if self.stateful and self._kept is None and rows is not None and current_frame() is None:
            values = jax.eval_shape(lambda: initial_states(self.cell, rows))
            self._kept = KeptStates(jax.tree.map(lambda value: jnp.zeros(value.shape, self.dtype), values))

    def reset_state(self) -> None:
        """Begin anew: the next call of a stateful layer starts from zeros."""
        for variable in () if self._kept is None else self._kept.variables:
            variable.assign(jnp.zeros(variable.shape))

    def reset_states(self) -> None:
        """Begin anew: the older name of `reset_state`."""
        self.reset_state()

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """Return the states before the first step, for a number of rows."""
        return initial_states(self.cell, batch_size)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = next(iter(jax.tree.leaves(mask)), None) if self.return_sequences else None
        return [mask, *[None] * len(self.state_size)] if self.return_state else mask

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        """Return the output, and with `return_state` the states.

        Args:
            sequences: The inputs.
            initial_state: The states before the first step, a list or the only one; zeros by default.
            mask: Which steps count; all by default.
            training: Whether the cell is trained.
        """
        states = self._first_states(sequences, initial_state)
        mask = self._by_steps(sequences, mask)
        recurrence = recurrence_of(self.cell, states, training)
        outputs, states = go_through(
            recurrence,
            jnp.swapaxes(sequences, 0, 1),
            states,
            mask,
            backwards=self.go_backwards,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        if self._kept is not None:
            for variable, value in zip(self._kept.variables, jax.tree.leaves(states), strict=True):
                variable.assign(value)
        if not self.return_sequences:
            output = outputs[0 if self.go_backwards else -1]
        else:
            output = jnp.swapaxes(outputs[::-1] if self.go_backwards else outputs, 0, 1)
        output, states = jax.tree.map(lambda value: value.astype(self.compute_dtype), (output, states))
        return (output, *states) if self.return_state else output

    def _first_states(self, sequences: Any, initial_state: Any) -> list[Any]:
        rows = sequences.shape[0]
        if self.stateful:
            self._check_rows(rows)
        if initial_state is None:
            given = initial_states(self.cell, rows) if self._kept is None else self._kept.values
        else:
            given = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
            self._check_states(given, rows)
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)
        return jax.tree.map(lambda value: jnp.asarray(value, dtype), given)

    def _check_rows(self, rows: Any) -> None:
        """Raise `ValueError` for a batch that a stateful layer cannot go on with."""
        if self._kept is None:
            raise ValueError(
                f"Layer {self.name!r} is stateful, so it needs to know the size of a batch. Declare it, as in "
                "`Input(batch_shape=(8, None, 3))`."
            )
        expected = self._kept.variables[0].shape[0]
        if rows != expected:
            raise ValueError(
                f"Layer {self.name!r} is stateful and goes on from {expected} rows, but received {rows}. Pass batches "
                f"of {expected} rows, `batch_size={expected}`, and a multiple of them in all."
            )

    def _check_states(self, states: Sequence[Any], rows: Any) -> None:
        expected = jax.eval_shape(lambda: initial_states(self.cell, rows))
        wanted, found = ([tuple(each.shape) for each in jax.tree.leaves(part)] for part in (expected, states))
        if wanted != found:
            raise ValueError(
                f"`initial_state` of layer {self.name!r} must have the shapes {wanted}, not {found}. Pass the states "
                "that a layer of the same sizes returned with `return_state=True`, one for each row."
            )

    def _by_steps(self, sequences: Any, mask: Any) -> Any:
        """Return a mask with steps on its first axis.

        Raises:
            ValueError: If it is not one of these sequences.
        """
        if mask is None:
            return None
        check_mask(self.name, sequences, mask)
        mask = mask.astype(bool)
        return jnp.swapaxes(mask.any(axis=tuple(range(2, mask.ndim))) if mask.ndim > 2 else mask, 0, 1)
