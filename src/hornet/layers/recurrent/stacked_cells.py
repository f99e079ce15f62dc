"""Several cells as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.layers.layer import Layer, registry
from hornet.layers.options import LayerOptions
from hornet.layers.recurrent.cells import checked_cell, initial_states, output_size, recurrence_of
from hornet.layers.recurrent.stepping import Recurrence, States
from hornet.layers.serialization import deserialize


@registry.register()
class StackedRNNCells(Layer):
    """Cells one above the other, as a single cell: each takes the output of the one before.

    Args:
        cells: The cells, the one that takes the inputs first; see `RNN`.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: `(batch, features)`
        states: a list of the states of each cell
        output: that of the last cell, `(batch, output_size)`

    Raises:
        TypeError: If `cells` is empty, or holds what is no cell.

    Example:
        >>> from hornet.layers import RNN, LSTMCell
        >>> RNN(StackedRNNCells([LSTMCell(8), LSTMCell(4)]))([[[1.0, 2.0], [3.0, 4.0]]]).shape
        (1, 4)
    """

    def __init__(self, cells: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        if not cells:
            raise ArgumentError(f"`cells` must hold at least one cell, not {describe(cells)}. Pass a list of them.")
        made = [deserialize(cell) if isinstance(cell, Mapping) else cell for cell in cells]
        self.cells = [checked_cell("cells", cell) for cell in made]

    @property
    def state_size(self) -> list[Any]:
        """The sizes of each cell's states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return the states of each cell before the first step, for a number of rows."""
        return [initial_states(cell, batch_size) for cell in self.cells]

    def build(self, input_shape: Shape) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer):
                cell._build_on(input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        """Return the output of a step and each cell's states after it.

        Args:
            inputs: The step's input, `(batch, features)`.
            states: Each cell's states before.
            training: Whether the cells are trained.
        """
        recurrence = self._recurrence(states, training)
        return recurrence.step(recurrence.project(inputs), states)

    def _recurrence(self, states: States, training: bool) -> Recurrence:
        """Return how the cells go through a sequence."""
        pairs = zip(self.cells, states, strict=True)
        parts = [recurrence_of(cell, of_cell, training) for cell, of_cell in pairs]

        def step(inputs: Any, states: States) -> tuple[Any, States]:
            after = []
            for number, (part, of_cell) in enumerate(zip(parts, states, strict=True)):
                inputs, new = part.step(part.project(inputs) if number else inputs, of_cell)
                after.append(new)
            return inputs, after

        of_users = [part.assigned for part in parts if part.assigned is not None]
        assigned = [variable for variables in of_users for variable in variables]
        return Recurrence(parts[0].project, step, assigned if of_users else None)
