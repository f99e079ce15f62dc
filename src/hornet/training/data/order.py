"""The order of rows in each pass over the data."""

from __future__ import annotations

import numpy as np

from hornet.training.data.placement import padded_rows


class Order:
    """Row indices of each pass, a function of the seed and the index of the pass alone; drawn on the host.

    Args:
        rows: Number of rows.
        seed: Seed of the draws; `None` keeps the rows' own order.
        capacity: Length of an order, zeros at its end included; by default `padded_rows`.

    Example:
        >>> Order(4, seed=None)[0]
        array([0, 1, 2, 3], dtype=int32)
        >>> bool((Order(100, seed=7)[3] == Order(100, seed=7)[3]).all())
        True
    """

    def __init__(self, rows: int, seed: int | None, capacity: int | None = None) -> None:
        self._rows = rows
        self._capacity = padded_rows(rows) if capacity is None else capacity
        self._seed = seed
        self._drawn: dict[int, np.ndarray] = {}

    def __getitem__(self, pass_index: int) -> np.ndarray:
        self.draw(pass_index)
        return self._drawn[pass_index]

    def draw(self, pass_index: int) -> None:
        """Draw the order of a pass before it is needed, while a program runs."""
        if pass_index in self._drawn:
            return
        rows = np.arange(self._rows)  # in 64 bits, which NumPy shuffles in half the time
        if self._seed is not None:
            np.random.default_rng((self._seed, pass_index)).shuffle(rows)
        order = np.zeros(self._capacity, np.int32)
        order[: self._rows] = rows
        self._drawn = {index: drawn for index, drawn in self._drawn.items() if index == pass_index - 1}
        self._drawn[pass_index] = order
