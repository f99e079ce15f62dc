"""Arguments that every optimizer takes beside its own, for type checkers, editors and `help`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from hornet.optimizers.schedules import LearningRateSchedule

RateLike = float | LearningRateSchedule | Callable[..., Any]
"""A learning rate: a number, a schedule, a function of the number of updates so far, or a function of nothing."""


class OlderOptions(TypedDict, total=False):
    """Arguments of `Optimizer` that are not in its config."""

    lr: RateLike | None
    decay: float | None


class OtherOptimizerOptions(OlderOptions, total=False):
    """Arguments of every optimizer, but for `weight_decay`."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class InnerOptions(TypedDict, total=False):
    """What older configs of `LossScaleOptimizer` say of arguments that belong to the inner optimizer."""

    dynamic: bool
    weight_decay: None
    clipnorm: None
    clipvalue: None
    global_clipnorm: None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: None
    loss_scale_factor: None
    gradient_accumulation_steps: None


class OptimizerOptions(OtherOptimizerOptions, total=False):
    """Arguments of every optimizer."""

    weight_decay: float | None
