"""KerasTuner's tuners."""

from __future__ import annotations

from typing import Any

from hornet.core.checks import positive_int, say_difference
from hornet.core.imports import publish
from hornet.tuning.keras_tuner.engine.tuner import Tuner
from hornet.tuning.schedules import Hyperband as _Hyperband

__all__ = ["BayesianOptimization", "GridSearch", "Hyperband", "RandomSearch", "Tuner"]
publish(__name__, __all__)


class RandomSearch(Tuner):
    """Tries candidates at random; arguments as those of `Tuner`."""


class GridSearch(Tuner):
    """Tries all candidates in order, a continuum at ten of its values; arguments as those of `Tuner`."""

    _sampler = "grid"


class BayesianOptimization(Tuner):
    """Tries candidates where a Gaussian process expects the greatest improvement; arguments as those of `Tuner`.

    `num_initial_points`, `alpha` and `beta` are accepted, and have no effect: the process fits its own noise.
    """

    _sampler = "gp"
    _accepted = (*Tuner._accepted, "num_initial_points", "alpha", "beta")


class Hyperband(Tuner):
    """Trains many candidates for few epochs and few for many, in turn; those that go on do so from where they are.

    Args:
        hypermodel: `build_model(hp)`, or a `HyperModel`.
        objective: A name in the logs, or an `Objective`.
        max_epochs: Epochs of a candidate that is trained to its end.
        factor: One in how many goes on at each rung, which has as many times the epochs.
        hyperband_iterations: How many times all brackets are gone through.
        **arguments: As those of `Tuner`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int = 1,
        **arguments: Any,
    ) -> None:
        self.max_epochs = positive_int("max_epochs", max_epochs)
        schedule = _Hyperband(factor)
        brackets = [schedule.bracket(0, 1, max_epochs)]
        while len(brackets[-1].rungs) > 1:
            brackets.append(schedule.bracket(len(brackets), 1, max_epochs))
        trials = sum(bracket.size for bracket in brackets) * positive_int("hyperband_iterations", hyperband_iterations)
        arguments.setdefault("max_trials", trials)
        super().__init__(hypermodel, objective, **arguments)
        self._arguments["schedule"] = schedule

    def search(self, x: Any = None, y: Any = None, *, epochs: int | None = None, **fit_arguments: Any) -> None:
        """Run the search; `epochs` has no effect, as the brackets say them."""
        if epochs is not None and epochs != self.max_epochs:
            say_difference(f"`Hyperband` trains as `max_epochs` says, {self.max_epochs} epochs, and not `epochs`")
        super().search(x, y, epochs=self.max_epochs, **fit_arguments)
