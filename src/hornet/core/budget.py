"""How much memory and time reading a file may take, by how many bytes of it are stored."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

FREE = 16 * 2**20
"""Bytes of memory that even the smallest file may take."""
RATIO = 16
"""Bytes of memory that each stored byte may take more."""
_FREE_STEPS = 2000
_BYTES_A_STEP = 1000


class OverBudgetError(ValueError):
    """A file requires more than its bytes bear out."""


@dataclass
class Budget:
    """What is left for reading a file.

    Args:
        memory: Bytes for all but the weights.
        steps: Calls of layers and operations, each some tenths of a millisecond.
        weights: Elements of all weights; `None` where they are not counted.
        are_filled: Whether the weights get their values from the file.
    """

    memory: int
    steps: int
    weights: int | None = None
    are_filled: bool = True


_open: ContextVar[Budget | None] = ContextVar("hornet_budget", default=None)


def allowed(stored: int) -> int:
    """Return how many bytes of memory stored ones may become."""
    return FREE + RATIO * stored


@contextmanager
def file_budget(stored: int) -> Generator[None, None, None]:
    """Let what is made in a block take as much memory and as many steps as a file of a size bears out.

    Args:
        stored: The file's size in bytes, before anything in it is decompressed.

    Example:
        >>> with file_budget(100):
        ...     take_memory(10**9, "a table")
        Traceback (most recent call last):
        hornet.core.budget.OverBudgetError: a table takes 1000000000 bytes more, which the file does not bear out
    """
    token = _open.set(Budget(allowed(stored), _FREE_STEPS + stored // _BYTES_A_STEP))
    try:
        yield
    finally:
        _open.reset(token)


@contextmanager
def weight_budget(elements: int, are_filled: bool = True) -> Generator[None, None, None]:
    """Let the weights made in a block have so many elements together.

    Args:
        elements: The number.
        are_filled: Whether they begin with zeros, as they will be replaced.

    Example:
        >>> from hornet.layers import Dense
        >>> with weight_budget(9):
        ...     Dense(3).build((None, 3))
        Traceback (most recent call last):
        hornet.core.budget.OverBudgetError: ...
    """
    around = _open.get() or Budget(allowed(elements), _FREE_STEPS + elements)
    now = replace(around, weights=elements, are_filled=are_filled)
    token = _open.set(now)
    try:
        yield
    finally:
        around.memory, around.steps = now.memory, now.steps
        _open.reset(token)


def add_stored(stored: int) -> None:
    """Count the bytes of a further file that belongs to the one that is read."""
    budget = _open.get()
    if budget is not None:
        budget.memory += RATIO * stored
        budget.steps += stored // _BYTES_A_STEP


def spend(shape: Sequence[int]) -> bool:
    """Take a weight's elements off the budget; return whether it begins with zeros, as the file will fill it.

    Raises:
        OverBudgetError: If they are more than is left.
    """
    budget = _open.get()
    if budget is None or budget.weights is None:
        return False
    budget.weights -= math.prod(shape)
    if budget.weights < 0:
        raise OverBudgetError(f"a weight of shape {tuple(shape)} is larger than what the file holds for all weights")
    return budget.are_filled


def take_memory(size: int, what: str) -> None:
    """Take bytes off the budget, where there is one, before they are taken from the system.

    Args:
        size: The bytes.
        what: What takes them, for the error.

    Raises:
        OverBudgetError: If they are more than is left.
    """
    _take("memory", size, f"{what} takes {size} bytes more")


def take_steps(count: int, what: str) -> None:
    """Take calls off the budget, where there is one, before they are made.

    Args:
        count: How many; what costs some tenths of a millisecond is one.
        what: What makes them, for the error.

    Raises:
        OverBudgetError: If they are more than are left.
    """
    _take("steps", count, f"{what} takes {count} steps more")


def _take(field: Literal["memory", "steps"], amount: int, problem: str) -> None:
    """Take an amount off a field of the budget, where there is one."""
    budget = _open.get()
    if budget is None:
        return
    left = getattr(budget, field) - amount
    setattr(budget, field, left)
    if left < 0:
        raise OverBudgetError(f"{problem}, which the file does not bear out")
