"""The process's one seed: initial weights, the order of rows and dropout all come from it."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

_generator = np.random.default_rng()
_inferences = int(_generator.integers(2**31))


def set_random_seed(seed: Any) -> None:
    """Seed Python's, NumPy's and Hornet's generators, so that a run can be repeated.

    Args:
        seed: An integer of at least 0 and below 2**32.

    Raises:
        ValueError: If `seed` is out of that range or no integer.

    Example:
        >>> set_random_seed(42)
    """
    global _generator, _inferences
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    number = int(cast(int, seed)) if whole else -1
    if not 0 <= number < 2**32:
        raise ValueError(f"`seed` must be an integer from 0 to 2**32 - 1, not {seed!r}. Pass one such as 42.")
    random.seed(number)
    np.random.seed(number)
    _generator = np.random.default_rng(number)
    _inferences = number


def get_state() -> dict[str, Any]:
    """Return where the generator is, as plain data."""
    return {"generator": _generator.bit_generator.state, "inferences": _inferences}


def set_state(state: Mapping[str, Any]) -> None:
    """Go on from where a generator was."""
    global _inferences
    _generator.bit_generator.state = state["generator"]
    _inferences = int(state["inferences"])


@contextmanager
def seeded(seed: int) -> Generator[None, None, None]:
    """Let everything that Hornet draws in the block come from a seed; afterwards the draws go on as if it had not been.

    Args:
        seed: An integer of at least 0.

    Example:
        >>> def draw():
        ...     with seeded(42):
        ...         return next_seed()
        >>> draw() == draw(), next_seed() == next_seed()
        (True, False)
    """
    outer = get_state()
    set_state({"generator": np.random.default_rng(seed).bit_generator.state, "inferences": seed % 2**31})
    try:
        yield
    finally:
        set_state(outer)


def next_seed() -> int:
    """Return a fresh seed below 2**31 from the process's generator."""
    return int(_generator.integers(2**31))


def inference_seed() -> int:
    """Return a fresh seed below 2**31 for a call that trains nothing; later training draws the same without it."""
    global _inferences
    _inferences = (_inferences + 1) % 2**31
    return _inferences


def key_data(seed: int) -> np.ndarray:
    """Return the raw Threefry key of a seed, made without starting a program."""
    return np.array([0, seed], dtype=np.uint32)
