"""The order of rows in each sweep over the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.training.data.arrays import to_device


class Order:
    """Row numbers of each sweep, a function of the seed and the sweep's number alone; drawn on the host.

    Args:
        rows: Number of rows.
        seed: What the draws come from; `None` keeps the rows' own order.
        room: Rows to make room for on the device; by default `padded_rows`.

    Example:
        >>> Order(4, seed=None)[0]
        Array([0, 1, 2, 3], dtype=int32)
        >>> bool((Order(100, seed=7)[3] == Order(100, seed=7)[3]).all())
        True
    """

    def __init__(self, rows: int, seed: int | None, room: int | None = None) -> None:
        self._rows = rows
        self._room = room
        self._seed = seed
        self._drawn: dict[int, Any] = {}

    def __getitem__(self, sweep: int) -> Any:
        self.draw(sweep)
        return self._drawn[sweep]

    def draw(self, sweep: int) -> None:
        """Draw the order of a sweep before it is asked for, while a program runs."""
        if sweep in self._drawn:
            return
        rows = np.arange(self._rows, dtype=np.int32)
        if self._seed is not None:
            np.random.default_rng((self._seed, sweep)).shuffle(rows)
        self._drawn = {kept: order for kept, order in self._drawn.items() if kept == sweep - 1}
        self._drawn[sweep] = to_device(rows, self._room)
