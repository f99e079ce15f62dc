"""What every optimizer takes beside its own arguments, for type checkers, editors and `help`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from hornet.optimizers.schedules import LearningRateSchedule

RateLike = float | LearningRateSchedule | Callable[..., Any]
"""A learning rate: a number, a schedule, a function of the number of updates so far, or a function of nothing."""


class OlderOptions(TypedDict, total=False):
    """What `Optimizer` takes beside the arguments that its configuration has."""

    lr: RateLike | None
    decay: float | None


class OtherOptimizerOptions(OlderOptions, total=False):
    """What every optimizer takes, but for `weight_decay`."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class OptimizerOptions(OtherOptimizerOptions, total=False):
    """What every optimizer takes."""

    weight_decay: float | None
