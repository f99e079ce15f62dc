"""How long a network is trained for as many rows as there are, and how its learning rate falls meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


def batch_size_for(rows: int) -> int:
    """Return the power of two that is nearest to a hundredth of the rows, between 16 and 512.

    Example:
        >>> batch_size_for(150), batch_size_for(13_000), batch_size_for(10**6)
        (16, 128, 512)
    """
    return int(np.clip(2 ** round(math.log2(max(rows, 1) / 100)), 16, 512))


def epochs_for(rows: int, batch_size: int) -> int:
    """Return how many passes over the rows make about 4000 updates, between 20 and 200.

    Example:
        >>> epochs_for(150, 16), epochs_for(13_000, 128), epochs_for(10**6, 512)
        (200, 40, 20)
    """
    return int(np.clip(math.ceil(_UPDATES / math.ceil(rows / batch_size)), 20, 200))


_UPDATES = 4000


@dataclass(frozen=True)
class HalfCosine:
    r"""A learning rate that falls from $\eta$ to nearly 0 along half a cosine.

    In epoch $t$ of $T$ it is $\eta (1 + \cos(\pi (t + 1/2) / T)) / 2$, as at the middle of the epoch. It depends on
    nothing but the epoch, so that each training begins anew, and a resumed one goes on.

    Args:
        rate: $\eta$.
        epochs: $T$.

    Source:
        Loshchilov & Hutter 2017, eq. 5.

    Example:
        >>> [round(HalfCosine(1.0, 4)(epoch), 3) for epoch in range(4)]
        [0.962, 0.691, 0.309, 0.038]
    """

    rate: float
    epochs: int

    def __call__(self, epoch: int) -> float:
        return self.rate * (1 + math.cos(math.pi * (epoch + 0.5) / self.epochs)) / 2
