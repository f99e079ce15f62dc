"""The state that a training program updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TrainState:
    """The state between two updates; every leaf has a readable path.

    Args:
        params: What the gradient is taken of: `{"hidden/kernel": array}`.
        buffers: The model's other variables: moving statistics and frozen weights.
        slots: The optimizer's slots, for most optimizers by weight: `{"hidden/kernel": {"momentum": array}}`.
        metrics: Totals of the loss and the metrics since the epoch began.
        step: Number of updates so far.
    """

    params: dict[str, Any]
    buffers: dict[str, Any]
    slots: Any
    metrics: dict[str, Any]
    step: Any
