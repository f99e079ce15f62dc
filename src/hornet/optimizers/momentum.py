"""The momentum of an update where a schedule sets it, as it sets the learning rate."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from hornet.core.frame import current_frame
from hornet.core.variable import Number
from hornet.optimizers.schedules import LearningRateSchedule


@contextmanager
def momentum_at(step: Any, optimizer: Any) -> Generator[None, None, None]:
    """Let an optimizer have, in a block, the momentum that its schedule has at a step.

    Args:
        step: The number of updates before this one.
        optimizer: The optimizer. It keeps its own number where its schedule says nothing, or it has no momentum.
    """
    schedule = optimizer.schedule
    scheduled = schedule.momentum(step) if isinstance(schedule, LearningRateSchedule) else None
    numbers = [vars(optimizer).get(name) for name in ("momentum", "beta_1")]
    held = next((one for one in numbers if isinstance(one, Number)), None)
    if scheduled is None or held is None or "momentum" not in optimizer.slot_names:
        yield
        return
    before = held.value
    _put(held, scheduled)
    try:
        yield
    finally:
        _put(held, before)


def _put(held: Number, value: Any) -> None:
    frame = current_frame()
    if frame is None:
        held.set(value)
    else:
        frame.values[held] = value  # the program's own, which ends with it
