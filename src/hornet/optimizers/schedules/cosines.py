"""Schedules along parts of a cosine: down, down again and again, and up before."""

from __future__ import annotations

import math
from typing import Any

from hornet.core.variable import Hyperparameter
from hornet.optimizers.schedules.schedule import LearningRateSchedule, numerics_of, registry


@registry.register()
class CosineDecay(LearningRateSchedule):
    r"""Decay along half a cosine, after a linear warm-up if requested.

    Computes $\eta_1 ((1 - \alpha) (1 + \cos(\pi t / T)) / 2 + \alpha)$ at step $t \le T$ after the warm-up, and
    $\eta_1 \alpha$ later. Without warm-up $\eta_1 = \eta_0$.

    Args:
        initial_learning_rate: $\eta_0$, where the warm-up begins; at least 0.
        decay_steps: $T$, above 0.
        alpha: $\alpha$, at least 0: the last rate as a fraction of the maximum.
        name: A name.
        warmup_target: $\eta_1$, where the warm-up ends, at least 0; `None` for no warm-up.
        warmup_steps: Steps of the warm-up, at least 0.

    Source:
        Loshchilov & Hutter 2017, eq. 5; warm-up: Goyal et al. 2017, section 2.2.

    Example:
        >>> schedule = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
        >>> [round(float(schedule(step)), 6) for step in (0, 2, 4, 9, 14)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    initial_learning_rate = Hyperparameter(required=True, at_least=0.0)
    decay_steps = Hyperparameter(required=True, above=0.0)
    alpha = Hyperparameter(required=True, at_least=0.0)
    warmup_target = Hyperparameter(at_least=0.0)
    warmup_steps = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        if self.warmup_target is None:
            return self._decay(self.initial_learning_rate, step)
        numerics = numerics_of(step, self.alpha)
        climb = (self.warmup_target - self.initial_learning_rate) / numerics.maximum(self.warmup_steps, 1.0)
        warming = self.initial_learning_rate + climb * step
        later = self._decay(self.warmup_target, step - self.warmup_steps)
        return numerics.where(step < self.warmup_steps, warming, later)

    def _decay(self, rate: Any, step: Any) -> Any:
        numerics = numerics_of(step, self.alpha)
        wave = 0.5 * (1.0 + numerics.cos(math.pi * numerics.minimum(step, self.decay_steps) / self.decay_steps))
        return rate * ((1.0 - self.alpha) * wave + self.alpha)


@registry.register()
class CosineDecayRestarts(LearningRateSchedule):
    r"""Decay along half a cosine, again and again.

    Period $i$ lasts $T_i = T k^i$ steps and, $t$ steps into it, gives
    $\eta_0 ((1 - \alpha) m^i (1 + \cos(\pi t / T_i)) / 2 + \alpha)$.

    Args:
        initial_learning_rate: $\eta_0$, at least 0.
        first_decay_steps: $T$, above 0.
        t_mul: $k$, at least 1.
        m_mul: $m$, at least 0.
        alpha: $\alpha$, at least 0: the last rate of a period as a part of the first.
        name: A name.

    Source:
        Loshchilov & Hutter 2017, eq. 5.

    Example:
        >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10)
        >>> [round(float(schedule(step)), 6) for step in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    initial_learning_rate = Hyperparameter(required=True, at_least=0.0)
    first_decay_steps = Hyperparameter(required=True, above=0.0)
    t_mul = Hyperparameter(required=True, at_least=1.0)
    m_mul = Hyperparameter(required=True, at_least=0.0)
    alpha = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        numerics = numerics_of(step, self.alpha)
        time = step / self.first_decay_steps
        grows = self.t_mul > 1.0
        factor = numerics.where(grows, self.t_mul, 2.0)  # where periods do not grow, what it leads to is not used

        def begin(period: Any) -> Any:
            return (factor**period - 1.0) / (factor - 1.0)

        period = numerics.floor(numerics.log(1.0 + time * (factor - 1.0)) / numerics.log(factor))
        # the logarithm is rounded, and at a restart the floor may be off by one
        period = numerics.where(time >= begin(period + 1.0), period + 1.0, period)
        within = (time - begin(period)) / factor**period
        period = numerics.where(grows, period, numerics.floor(time))
        within = numerics.where(grows, within, time - numerics.floor(time))
        wave = 0.5 * self.m_mul**period * (1.0 + numerics.cos(math.pi * within))
        return self.initial_learning_rate * ((1.0 - self.alpha) * wave + self.alpha)


@registry.register()
class CosineLog(LearningRateSchedule):
    r"""Up and down again and again, each time for twice as long, from 0 to 0.

    Computes $\eta (1 - \cos(2 \pi \log_2(1 + (2^m - 1) t))) / 2$, with $t$ from 0 to 1 over the $T$ steps, and 1 later.
    The ends of the first cycles show early what the run will come to.

    Args:
        max_learning_rate: $\eta$, the highest rate, at least 0.
        total_steps: $T$, the updates of the whole run, above 0.
        cycles: $m$, how often the rate rises and falls, above 0.
        name: A name.

    Source:
        Holzmueller et al. 2024, Better by default (RealMLP), section 3.

    Example:
        >>> schedule = CosineLog(1.0, total_steps=15)
        >>> [round(float(schedule(step)), 6) for step in (0, 1, 3, 7, 15)]
        [0.0, 0.0, 0.0, 0.0, 0.0]
        >>> round(float(schedule(2**3.5 - 1)), 6)
        1.0
    """

    max_learning_rate = Hyperparameter(required=True, at_least=0.0)
    total_steps = Hyperparameter(required=True, above=0.0)
    cycles = Hyperparameter(required=True, above=0.0)

    def __init__(
        self, max_learning_rate: float, total_steps: float, cycles: float = 4, name: str = "CosineLog"
    ) -> None:
        self.max_learning_rate = max_learning_rate
        self.total_steps = total_steps
        self.cycles = cycles
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        numerics = numerics_of(step, self.cycles)
        time = numerics.minimum(step / self.total_steps, 1.0)
        cycle = numerics.log2(1.0 + (2.0**self.cycles - 1.0) * time)
        return 0.5 * self.max_learning_rate * (1.0 - numerics.cos(2.0 * math.pi * cycle))


@registry.register()
class OneCycle(LearningRateSchedule):
    r"""Up to a high learning rate and far down again, in one run, while the momentum goes the other way.

    The rate goes along half a cosine from $\eta / d$ up to $\eta$ in the first part $p$ of the $T$ steps, and along
    another down to $\eta / (d f)$ in the rest, where it stays. The momentum of an optimizer that has one (`momentum`,
    or `beta_1` of Adam and its like) goes down and up with it, between the two bounds.

    Args:
        max_learning_rate: $\eta$, the highest rate, at least 0; `tuning.find_learning_rate` finds one.
        total_steps: $T$, the updates of the whole run, above 0: its epochs times the batches of an epoch.
        pct_start: $p$, the part of the steps in which the rate rises, above 0 and below 1.
        div_factor: $d$, by which the first rate is lower than the highest, above 0.
        final_div_factor: $f$, by which the last rate is lower than the first, above 0.
        base_momentum: The lowest momentum, from 0 to below 1; `None` leaves the optimizer its own.
        max_momentum: The highest momentum, from 0 to below 1.
        name: A name.

    Source:
        Smith & Topin 2018, section 3; Smith 2018, section 4.4. The arguments and the two phases are PyTorch's.

    Example:
        >>> schedule = OneCycle(0.5, total_steps=100)
        >>> [round(float(schedule(step)), 6) for step in (0, 30, 65, 100)]
        [0.02, 0.5, 0.250001, 2e-06]
        >>> [round(float(schedule.momentum_at(step)), 6) for step in (0, 30, 100)]
        [0.95, 0.85, 0.95]
    """

    max_learning_rate = Hyperparameter(required=True, at_least=0.0)
    total_steps = Hyperparameter(required=True, above=0.0)
    pct_start = Hyperparameter(required=True, above=0.0, below=1.0)
    div_factor = Hyperparameter(required=True, above=0.0)
    final_div_factor = Hyperparameter(required=True, above=0.0)
    base_momentum = Hyperparameter(at_least=0.0, below=1.0)
    max_momentum = Hyperparameter(required=True, at_least=0.0, below=1.0)

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: float,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        base_momentum: float | None = 0.85,
        max_momentum: float = 0.95,
        name: str = "OneCycle",
    ) -> None:
        self.max_learning_rate = max_learning_rate
        self.total_steps = total_steps
        self.pct_start = pct_start
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        self.base_momentum = base_momentum
        self.max_momentum = max_momentum
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        first = self.max_learning_rate / self.div_factor
        return self._cycle(step, first, self.max_learning_rate, first / self.final_div_factor)

    def momentum_at(self, step: Any) -> Any:
        """Return the momentum after `step` updates, or `None` where the optimizer has its own."""
        if self.base_momentum is None:
            return None
        return self._cycle(step, self.max_momentum, self.base_momentum, self.max_momentum)

    def _cycle(self, step: Any, first: Any, middle: Any, last: Any) -> Any:
        """Return where a number is on its way along half a cosine to the middle one, and along another to the last."""
        numerics = numerics_of(step, self.pct_start)
        rise = self.pct_start * self.total_steps
        rises = step < rise
        part = numerics.where(rises, step / rise, numerics.minimum((step - rise) / (self.total_steps - rise), 1.0))
        start, end = numerics.where(rises, first, middle), numerics.where(rises, middle, last)
        return start + (end - start) * 0.5 * (1.0 - numerics.cos(math.pi * part))
