"""What a recurrent layer asks of a cell, be it one of ours or a user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.module import boxes
from hornet.core.variable import Variable
from hornet.layers.recurrent.stepping import Recurrence, States
from hornet.layers.signature import parameters


def checked_cell(argument: str, cell: Any) -> Any:
    """Return a cell.

    Raises:
        ValueError: If it has no `call`, or no `state_size`.
    """
    for needed in ("call", "state_size"):
        if getattr(cell, needed, None) is None:
            raise ArgumentError(
                f"`{argument}` must be a cell, and {describe(cell)} has no `{needed}`. Pass one such as `LSTMCell(8)`, "
                "or an object with `call(inputs, states)` and `state_size`."
            )
    return cell


def initial_states(cell: Any, rows: Any) -> list[Any]:
    """Return the states of a cell before the first step.

    Args:
        cell: The cell.
        rows: Number of rows.
    """
    if hasattr(cell, "get_initial_state"):
        states = cell.get_initial_state(batch_size=rows)
        return list(states) if isinstance(states, list | tuple) else [states]
    size = cell.state_size
    dtype = getattr(cell, "compute_dtype", None)
    return [
        jnp.zeros((rows, *(one if isinstance(one, list | tuple) else (one,))), dtype)
        for one in (size if isinstance(size, list | tuple) else [size])
    ]


def output_size(cell: Any) -> Any:
    """Return the size of a cell's output: that of its first state where it does not say."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, list | tuple) else cell.state_size


def recurrence_of(cell: Any, states: States, training: bool) -> Recurrence:
    """Return how a cell goes through a sequence.

    Args:
        cell: The cell.
        states: Those before the first step.
        training: Whether the cell is trained.
    """
    own = getattr(cell, "_recurrence", None)
    if own is not None:
        return own(states, training)
    call: Callable[..., Any] = cell if callable(cell) else cell.call
    given = {"training": training} if "training" in parameters(type(cell).call) else {}
    assigned = [variable for variable in boxes(cell, Variable).values() if not variable.trainable]
    return Recurrence(lambda inputs: inputs, lambda inputs, states: call(inputs, states, **given), assigned)
