"""How the steps of a sequence are gone through, whatever a step is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornet.core.frame import current_frame
from hornet.core.symbolic import known_shape
from hornet.core.variable import Variable

States = Any
"""The states of a cell: a list of arrays, or of lists where cells are stacked; rows on the first axis."""

Step = Callable[[Any, States], tuple[Any, States]]
"""`(inputs, states) -> (output, states)`, for one step."""


@dataclass(frozen=True)
class Recurrence:
    """What a cell computes of a sequence.

    Args:
        project: What is computed for all steps at once, since it does not depend on states.
        step: What a step makes of its part of that and of the states.
        assigned: The variables that a step may assign to, where it is a user's code, which may also draw. `None` for
            one of ours, which does neither.
    """

    project: Callable[[Any], Any]
    step: Step
    assigned: Sequence[Variable] | None = None


def go_through(
    recurrence: Recurrence,
    sequences: Any,
    states: States,
    mask: Any = None,
    *,
    backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, States]:
    """Return the outputs of all steps, each at the place of its input, and the states after the last step.

    A row whose step is masked keeps its states, and its output is the one before, or zeros.

    Args:
        recurrence: What a step is.
        sequences: The inputs, steps on the first axis, rows on the second.
        states: Those before the first step.
        mask: Which steps of which rows count, `(steps, rows)`; `None` for all.
        backwards: Whether the last step is the first to be taken.
        unroll: Whether the program repeats a step's code for each step, in the place of a loop.
        zero_output_for_mask: Whether the output of a masked step is zeros.
    """
    surroundings = _Surroundings(recurrence.assigned)

    def plain(carried: Any, inputs: Any) -> tuple[Any, Any]:
        states, around = carried
        (output, new), around = surroundings.call(around, recurrence.step, inputs, states)
        return (_in_form_of(states, new), around), output

    def masked(carried: Any, given: Any) -> tuple[Any, Any]:
        inputs, counts = given
        (new, around), output = plain(carried, inputs)
        before = jnp.zeros_like(output) if zero_output_for_mask else _last_output(carried[0], output)
        kept = jax.tree.map(lambda after, now: _where(counts, after, now), new, carried[0])
        return (kept, around), _where(counts, output, before)

    inputs = recurrence.project(sequences)
    body, columns = (plain, inputs) if mask is None else (masked, (inputs, mask))
    begun = states, surroundings.begin()
    (states, around), outputs = lax.scan(body, begun, columns, reverse=backwards, unroll=bool(unroll) or 1)
    surroundings.end(around)
    return outputs, states


class _Surroundings:
    """What a step may change beside the states: the values of variables, and what draws come from.

    Args:
        assigned: See `Recurrence`.
    """

    def __init__(self, assigned: Sequence[Variable] | None) -> None:
        frame = current_frame()
        assert frame is not None
        self._frame = frame
        self._is_ours = assigned is None
        self._variables = list(assigned or ())
        self._key = None if self._is_ours or frame.key is None else frame.next_key()

    def begin(self) -> Any:
        """Return what the loop carries for it."""
        return None if self._is_ours else ([self._frame.values[each] for each in self._variables], jnp.int32(0))

    def call(self, around: Any, step: Step, *args: Any) -> tuple[Any, Any]:
        """Return what a step returns, and what the loop carries after it."""
        if self._is_ours:
            return step(*args), around
        frame, (values, number) = self._frame, around
        frame.values.update(zip(self._variables, values, strict=True))
        outer = frame.key
        if self._key is not None:
            frame.key = jax.random.key_data(jax.random.fold_in(self._key, number))
        try:
            result = step(*args)
        finally:
            frame.key = outer
        return result, ([frame.values[each] for each in self._variables], number + 1)

    def end(self, around: Any) -> None:
        """Leave the variables as the last step left them."""
        if not self._is_ours:
            self._frame.values.update(zip(self._variables, around[0], strict=True))


def _in_form_of(states: States, new: States) -> States:
    """Return new states in the structure and the types of the old ones: a cell may return one without its list."""
    leaves, form = jax.tree.flatten(states)
    pairs = zip(jax.tree.leaves(new), leaves, strict=True)
    return jax.tree.unflatten(form, [jnp.asarray(after, before.dtype) for after, before in pairs])


def _last_output(states: States, output: Any) -> Any:
    """Return the output of the step before: the first state of the last cell."""
    last = states[-1][0] if isinstance(states[0], list | tuple) else states[0]
    return last if last.shape == output.shape else jnp.zeros_like(output)


def _where(counts: Any, after: Any, before: Any) -> Any:
    return jnp.where(counts.reshape(counts.shape + (1,) * (after.ndim - 1)), after, before)


def check_mask(name: str, sequences: Any, mask: Any) -> None:
    """Raise `ValueError` if a mask is not one of some sequences.

    Args:
        name: The layer's.
        sequences: The sequences, rows on the first axis, steps on the second.
        mask: The mask, with the same axes, be there more or not.
    """
    if mask.ndim < 2 or mask.shape[:2] != sequences.shape[:2]:
        shape, of_mask = known_shape(sequences.shape), known_shape(mask.shape)
        raise ValueError(
            f"The mask of layer {name!r} has shape {of_mask}, but the sequences have shape {shape}. Pass a mask with a "
            "row for each sequence and an element for each step."
        )
