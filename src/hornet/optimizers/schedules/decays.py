"""Schedules that only fall: by a rate in each period, from boundary to boundary, or along a polynomial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hornet.core.checks import boolean, number
from hornet.core.variable import Hyperparameter, Number
from hornet.optimizers.schedules.schedule import LearningRateSchedule, numerics_of, registry


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
        return numerics_of(periods).floor(periods) if self.staircase else periods


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
        where = numerics_of(step, rate).where
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
        numerics = numerics_of(step, self.power)
        end = self.decay_steps
        if self.cycle:
            end = end * numerics.maximum(numerics.ceil(step / end), 1.0)
        # Not 1 - step / end: that may be a little below 0 at the end, and its root NaN.
        left = numerics.maximum(end - step, 0.0) / end
        span = self.initial_learning_rate - self.end_learning_rate
        return span * left**self.power + self.end_learning_rate
