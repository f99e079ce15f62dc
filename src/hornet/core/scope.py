"""Blocks in which variables have other values."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from hornet.core.frame import Frame, current_frame
from hornet.core.variable import Box, Number, Variable


class _Values(dict[Box, Any]):
    """Values of boxes; one that has none here has that of around the block."""

    def __init__(self) -> None:
        super().__init__()
        self._outer = current_frame()

    def __missing__(self, box: Box) -> Any:
        if self._outer is not None and (box in self._outer.values or isinstance(self._outer.values, _Values)):
            return self._outer.values[box]
        return box.held if isinstance(box, Variable | Number) else None


class StatelessScope:
    """A block in which variables have other values, and keep what is assigned to them for themselves.

    Args:
        state_mapping: Pairs of a variable and its value in the block.
        initialize_variables: Taken for Keras's sake, without effect: a variable has its value at once.
        collect_losses: Whether `losses` has what layers add to the loss in the block.

    Example:
        >>> count = Variable(1.0)
        >>> with StatelessScope([(count, 5.0)]) as scope:
        ...     _ = count.assign_add(2.0)
        >>> float(scope.get_current_value(count)), float(count)
        (7.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        initialize_variables: bool = True,
        collect_losses: bool = False,
    ) -> None:
        values = _Values()
        for variable, value in state_mapping or ():
            values[variable] = variable._fitting(value)  # pyright: ignore[reportPrivateUsage]
        self._frame = Frame(values)
        self._open = ExitStack()
        self.initialize_variables = initialize_variables
        self.collect_losses = collect_losses

    @property
    def losses(self) -> list[Any]:
        """What layers have added to the loss in the block, where losses are collected."""
        return list(self._frame.losses) if self.collect_losses else []

    def add_loss(self, loss: Any) -> None:
        """Add to `losses`."""
        self._frame.add_losses(self, [loss])

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Give a variable another value in the block: a pair of both."""
        variable, value = update
        self._frame.values[variable] = variable._fitting(value)  # pyright: ignore[reportPrivateUsage]

    def get_current_value(self, variable: Variable) -> Any:
        """Return a variable's value in the block, or `None` where it was neither given one nor assigned to."""
        return self._frame.values.get(variable)

    def __enter__(self) -> StatelessScope:
        self._open.enter_context(self._frame.opened())
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.close()
