"""The process's one seed: initial weights, the order of rows and dropout all come from it."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import numpy as np


class _Draws:
    """Where all draws come from: a generator, and beside it the count of calls that train nothing.

    Args:
        seed: An integer of at least 0.
    """

    def __init__(self, seed: int) -> None:
        self.seed(seed)

    def seed(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.inferences = seed % 2**31


_process = _Draws(int(np.random.default_rng().integers(2**32)))
_seeded: ContextVar[_Draws | None] = ContextVar("seeded", default=None)


def _draws() -> _Draws:
    return _seeded.get() or _process


def set_random_seed(seed: Any) -> None:
    """Seed Python's, NumPy's and Hornet's generators, so that a run can be repeated.

    Args:
        seed: An integer of at least 0 and below 2**32.

    Raises:
        ValueError: If `seed` is out of that range or no integer.

    Example:
        >>> set_random_seed(42)
    """
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    number = int(cast(int, seed)) if whole else -1
    if not 0 <= number < 2**32:
        raise ValueError(f"`seed` must be an integer from 0 to 2**32 - 1, not {seed!r}. Pass one such as 42.")
    random.seed(number)
    np.random.seed(number)
    _draws().seed(number)


def get_state() -> dict[str, Any]:
    """Return the state of the generator, JSON-serializable."""
    draws = _draws()
    return {"generator": draws.generator.bit_generator.state, "inferences": draws.inferences}


def set_state(state: Mapping[str, Any]) -> None:
    """Go on from where a generator was."""
    draws = _draws()
    draws.generator.bit_generator.state = state["generator"]
    draws.inferences = int(state["inferences"])


@contextmanager
def seeded(seed: int) -> Generator[None, None, None]:
    """Let everything that Hornet draws in the block come from a seed; other threads and later draws are not touched.

    Args:
        seed: An integer of at least 0.

    Example:
        >>> def draw():
        ...     with seeded(42):
        ...         return next_seed()
        >>> draw() == draw(), next_seed() == next_seed()
        (True, False)
    """
    token = _seeded.set(_Draws(seed))
    try:
        yield
    finally:
        _seeded.reset(token)


def next_seed() -> int:
    """Return a fresh seed below 2**31 from the process's generator."""
    return int(_draws().generator.integers(2**31))


def inference_seed() -> int:
    """Return a fresh seed below 2**31 for a call that trains nothing; later training draws the same without it."""
    draws = _draws()
    draws.inferences = (draws.inferences + 1) % 2**31
    return draws.inferences


def key_data(seed: int) -> np.ndarray:
    """Return the raw Threefry key of a seed, made without starting a program."""
    return np.array([0, seed], dtype=np.uint32)
