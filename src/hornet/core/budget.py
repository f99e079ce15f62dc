"""How much memory weights may take while a model is made because a file says so."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[list[int] | None] = ContextVar("hornet_weight_budget", default=None)


class OverBudgetError(ValueError):
    """A weight would take more memory than the file can fill."""


@contextmanager
def weight_budget(elements: int) -> Generator[None, None, None]:
    """Let the weights made in a block have so many elements together; they begin with zeros, as they will be replaced.

    Args:
        elements: The number.

    Example:
        >>> from hornet.layers import Dense
        >>> with weight_budget(9):
        ...     Dense(3).build((None, 3))
        Traceback (most recent call last):
        hornet.core.budget.OverBudgetError: ...
    """
    token = _left.set([elements])
    try:
        yield
    finally:
        _left.reset(token)


def spend(shape: Sequence[int]) -> bool:
    """Take a weight's elements off the budget; return whether there is one.

    Raises:
        OverBudgetError: If they are more than is left.
    """
    left = _left.get()
    if left is None:
        return False
    left[0] -= math.prod(shape)
    if left[0] < 0:
        raise OverBudgetError(f"a weight of shape {tuple(shape)} is larger than what the file holds for all weights")
    return True
