"""Schedules: learning rates that depend on the number of updates so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core import config as configs
from hornet.core.checks import boolean, number
from hornet.core.imports import publish
from hornet.core.module import Module
from hornet.core.registry import Registry
from hornet.core.variable import Hyperparameter, Number

registry = Registry("schedule", "keras.optimizers.schedules")


def serialize(learning_rate_schedule: Any) -> Any:
    """Return a schedule as a JSON-serializable config.

    Example:
        >>> serialize(InverseTimeDecay(0.5, 10, 1.0))["class_name"]
        'InverseTimeDecay'
    """
    return configs.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> LearningRateSchedule:
    """Return the schedule that `serialize` described.

    Args:
        config: What `serialize` returned.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize(serialize(InverseTimeDecay(0.5, 10, 1.0))).decay_steps
        10.0
    """
    return registry.get(config, custom_objects)


class LearningRateSchedule(Module):
    """Base of all schedules: a function from the number of updates so far to a learning rate.

    A subclass writes `__call__`, which an optimizer calls inside its program with a traced integer: use
    operators and `jax.numpy`, no `if`. A number that is declared as a `Hyperparameter` can be changed between
    epochs without compiling again. Called on plain numbers or NumPy arrays, Hornet's own schedules compute in
    NumPy, so evaluating or plotting a schedule compiles nothing.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 * 0.5**step
        >>> Halving()(3)
        0.0125
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `__call__`. Write `__call__(self, step)`.")


def _numerics(*numbers: Any) -> Any:
    """Return the module to compute with: JAX's inside programs, NumPy's on plain numbers."""
    return jnp if any(isinstance(value, jax.Array) for value in numbers) else np


class PeriodicDecay(LearningRateSchedule):
    """Base of the schedules that decay by a rate in every period of steps.

    Args:
        initial_learning_rate: The rate to begin with, at least 0.
        decay_steps: Steps of a period, above 0.
        decay_rate: The decay of a period, at least 0.
        staircase: Whether the rate stays the same within a period.
        name: A name; the class's by default.
    """

    initial_learning_rate = Hyperparameter(required=True, at_least=0.0)
    decay_steps = Hyperparameter(required=True, above=0.0)
    decay_rate = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = boolean("staircase", staircase)
        self.name = name or type(self).__name__

    def periods(self, step: Any) -> Any:
        """Return how many periods are over, whole ones with `staircase`."""
        periods = step / self.decay_steps
        return _numerics(periods).floor(periods) if self.staircase else periods


@registry.register()
class ExponentialDecay(PeriodicDecay):
    r"""Exponential decay.

    Computes $\eta_0 r^{t / T}$ at step $t$.

    Args:
        initial_learning_rate: $\eta_0$, at least 0.
        decay_steps: $T$, above 0.
        decay_rate: $r$, at least 0.
        staircase: Whether $t / T$ is rounded down.
        name: A name.

    Example:
        >>> float(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20))
        0.025
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        return self.initial_learning_rate * self.decay_rate ** self.periods(step)


@registry.register()
class InverseTimeDecay(PeriodicDecay):
    r"""Decay with the inverse of time.

    Computes $\eta_0 / (1 + r t / T)$ at step $t$. With $T = 1$ it is what older Keras called `decay=`.

    Args:
        initial_learning_rate: $\eta_0$, at least 0.
        decay_steps: $T$, above 0.
        decay_rate: $r$, at least 0.
        staircase: Whether $t / T$ is rounded down.
        name: A name.

    Example:
        >>> float(InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)(40))
        0.1
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        return self.initial_learning_rate / (1.0 + self.decay_rate * self.periods(step))


@registry.register()
class PiecewiseConstantDecay(LearningRateSchedule):
    """Constant from one boundary to the next.

    Gives `values[i]` after the boundary `boundaries[i - 1]` and up to `boundaries[i]`, that step included.

    Args:
        boundaries: Steps at which the value changes, in growing order.
        values: The values, each at least 0; one more than boundaries.
        name: A name.

    Raises:
        ValueError: If the numbers of boundaries and values do not fit, or boundaries do not grow.

    Example:
        >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
        >>> [float(schedule(step)) for step in (0, 10, 11, 21)]
        [1.0, 1.0, 0.5, 0.1]
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                f"There are {len(boundaries)} `boundaries` and {len(values)} `values`. Pass one value more than "
                "boundaries."
            )
        self._boundaries = [Number("boundaries", number("boundaries", boundary)) for boundary in boundaries]
        self._values = [Number("values", number("values", value, at_least=0.0)) for value in values]
        self.name = name
        if any(late <= early for early, late in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"`boundaries` must grow, unlike {list(boundaries)!r}. Sort them, each value once.")

    @property
    def boundaries(self) -> list[Any]:
        """The steps at which the value changes."""
        return [boundary.value for boundary in self._boundaries]

    @property
    def values(self) -> list[Any]:
        """The values."""
        return [value.value for value in self._values]

    def _structural(self, argument: str) -> Any:
        value = super()._structural(argument)
        return len(value) if argument in ("boundaries", "values") else value

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        rate, *later = self.values
        where = _numerics(step, rate).where
        for boundary, value in zip(self.boundaries, later, strict=True):
            rate = where(step > boundary, value, rate)
        return rate


@registry.register()
class PolynomialDecay(LearningRateSchedule):
    r"""Decay along a polynomial.

    Computes $(\eta_0 - \eta_1) (1 - t / T)^p + \eta_1$ at step $t \le T$, and $\eta_1$ later.

    Args:
        initial_learning_rate: $\eta_0$, at least 0.
        decay_steps: $T$, above 0.
        end_learning_rate: $\eta_1$, at least 0.
        power: $p$, at least 0.
        cycle: Whether, instead of staying at $\eta_1$, the rate jumps up and decays again, now until the next
            multiple of $T$.
        name: A name.

    Example:
        >>> float(PolynomialDecay(0.5, decay_steps=10, end_learning_rate=0.25)(5))
        0.375
    """

    initial_learning_rate = Hyperparameter(required=True, at_least=0.0)
    decay_steps = Hyperparameter(required=True, above=0.0)
    end_learning_rate = Hyperparameter(required=True, at_least=0.0)
    power = Hyperparameter(required=True, at_least=0.0)

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = boolean("cycle", cycle)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate after `step` updates."""
        numerics = _numerics(step, self.power)
        end = self.decay_steps
        if self.cycle:
            end = end * numerics.maximum(numerics.ceil(step / end), 1.0)
        # Not 1 - step / end: that may be a little below 0 at the end, and its root NaN.
        left = numerics.maximum(end - step, 0.0) / end
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate


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
        numerics = _numerics(step, self.alpha)
        climb = (self.warmup_target - self.initial_learning_rate) / numerics.maximum(self.warmup_steps, 1.0)
        warming = self.initial_learning_rate + climb * step
        later = self._decay(self.warmup_target, step - self.warmup_steps)
        return numerics.where(step < self.warmup_steps, warming, later)

    def _decay(self, rate: Any, step: Any) -> Any:
        numerics = _numerics(step, self.alpha)
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
        numerics = _numerics(step, self.alpha)
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


__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

publish(__name__, __all__)
