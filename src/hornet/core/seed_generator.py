"""Seeds that change with each draw."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from hornet.core.checks import non_negative_int
from hornet.core.frame import current_frame
from hornet.core.module import Module
from hornet.core.names import unique_name
from hornet.core.random import next_seed
from hornet.core.registry import others
from hornet.core.variable import Variable


@others.register(module="keras.random")
class SeedGenerator(Module):
    """A seed that changes with each draw, so that repeated calls with it get other numbers.

    Kept in an attribute of a layer, it is part of the layer's state: training carries it, and a run is reproducible.
    In `evaluate` and `predict`, which keep no state, draws come from the program's key instead.

    Args:
        seed: An integer of at least 0; by default one from the process's seed.
        name: A name.

    Example:
        >>> from hornet.random import uniform
        >>> generator = SeedGenerator(1)
        >>> first, second = uniform((), seed=generator), uniform((), seed=generator)
        >>> bool(first == second), bool(first == uniform((), seed=1))
        (False, True)
    """

    _is_seed = True

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = unique_name(type(self)) if name is None else name
        self.seed = None if seed is None else non_negative_int("seed", seed)
        start = next_seed() if self.seed is None else self.seed
        self.state = Variable(raw_key(start), name="seed_generator_state", trainable=False)
        self.state.path = f"seed_generator/{self.state.name}"

    def next(self, ordered: bool = True) -> Any:
        """Return the raw key of a draw, and move on.

        Args:
            ordered: Whether the keys of later draws count up; otherwise they jump about below a million.
        """
        frame = current_frame()
        if frame is not None and not frame.keeps_state:
            return jax.random.key_data(frame.next_key())
        key = self.state.value
        self.state.assign(key + np.array([0, 1], "uint32") if ordered else (key + 1) * 5387 % 933199)
        return key


def raw_key(seed: int) -> Any:
    """Return the raw key that Keras makes of a seed: the other way round than JAX."""
    return np.array([seed % 2**32, 0], "uint32")
