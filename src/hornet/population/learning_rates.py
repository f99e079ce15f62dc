"""Finds a learning rate: copies of a model train briefly at every rate at once, and their losses say which work."""

from __future__ import annotations

import copy
import math
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from hornet.core import random
from hornet.core.checks import describe, number
from hornet.core.errors import ArgumentError
from hornet.core.imports import optional_module
from hornet.core.module import boxes, values_of
from hornet.core.variable import Variable
from hornet.models.model import Model
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.training.compiled import compiled_of
from hornet.training.fitting import FitPlan, plan_fit

_RATES = tuple(10.0 / 3**place for place in range(13))
"""From where nearly everything diverges down to where nearly nothing moves."""

_FURTHER = 5
"""Rates to add at once beyond an end of the curve at which the loss is still getting better."""

_LIMITS = 1e-12, 1e5
"""Beyond which no rate is tried."""

_FEWEST_STEPS, _MOST_STEPS = 102, 400
"""Updates at each rate: a pass over the rows, within these bounds."""

_WORKING = 0.9
"""How much of the best fall of the loss a rate must reach to count as one that works."""


@dataclass(frozen=True, eq=False)
class LearningRateCurve:
    """What a short training at each learning rate led to.

    Args:
        rates: The learning rates, rising.
        losses: The mean training loss at the end of each training; infinite where it diverged.
        start: The training loss before anything was learned.
    """

    rates: np.ndarray
    losses: np.ndarray
    start: float

    @property
    def working(self) -> np.ndarray:
        """The rates that work: those that lower the loss nearly as far as the best one."""
        best = self.losses.min()
        limit = best + (1.0 - _WORKING) * max(self.start - best, 0.0)
        return self.rates[np.isfinite(self.losses) & (self.losses <= limit)]

    @property
    def suggestion(self) -> float:
        """The learning rate to train with: half of the middle, on a logarithmic scale, of the rates that work."""
        return float(np.exp(np.log(self.working).mean())) / 2

    def plot(self, axes: Any = None) -> Any:
        """Draw the curve and the suggestion. Needs matplotlib.

        Args:
            axes: matplotlib's axes to draw into; by default those of a new figure.

        Returns:
            The axes.
        """
        if axes is None:
            axes = optional_module("matplotlib.pyplot", "plot").subplots(layout="constrained")[1]
        ends = np.isfinite(self.losses)
        # What nearly diverged would flatten the rest of the picture.
        shown = np.minimum(self.losses, 1.5 * max(self.start, self.losses.min()))
        axes.plot(self.rates[ends], shown[ends], "o-", label="loss")
        if not ends.all():
            axes.plot(self.rates[~ends], np.full((~ends).sum(), shown.max()), "x", color="C3", label="diverged")
        axes.axvline(self.suggestion, color="C2", linestyle="--", label=f"suggestion: {self.suggestion:.2g}")
        axes.set_xscale("log")
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss after a short training")
        axes.grid(True)
        axes.legend()
        return axes


def find_learning_rate(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    rates: Sequence[float] | None = None,
    batch_size: int | None = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    seed: int | None = 0,
    workers: int | None = None,
) -> LearningRateCurve:
    """Train copies of a model briefly at many learning rates at once, and suggest one to train the model with.

    All copies begin with the model's weights and the state of its optimizer, and see the same rows in the same order;
    they share one compiled program. Each makes about as many updates as a pass over the rows has, from 100 to 400. The
    model itself stays as it is: weights, optimizer, and what is drawn next.

    The rates go down from 10, each a third of the one before, and further to either side while the loss gets better
    there. Rates work whose loss has fallen, in the end, by nine tenths of the best one's fall. The suggestion is half
    of the middle of these: the largest are too large for a long training, and Adam and its like do not even diverge at
    rates at which they learn nothing. A learning rate that is a schedule is replaced by
    numbers while this looks; the suggestion is for the highest that it goes to.

    Args:
        model: A compiled model, with any optimizer that has one learning rate.
        x: Inputs, the rows on the first axis, as the model will be trained on.
        y: Labels.
        rates: The learning rates to try, each above 0; by default those above.
        batch_size: Rows of an update, as in the training that is to follow; 32 by default.
        sample_weight: Weight of each row.
        class_weight: Weight of each class.
        seed: What the order of the rows and all other draws come from: the same seed gives the same curve, and `None`
            another one each time.
        workers: How many copies to train at a time; by default one on each core.

    Returns:
        The curve, with its `suggestion` and `plot()`.

    Raises:
        TypeError: If there is no model, or `rates` are no numbers.
        ValueError: If the model is not compiled, its optimizer has no learning rate or several, or the loss diverges
            at every rate.

    Source:
        The rule of Géron 2019, chapter 10: about half of the highest rate at which training does not diverge; going
        over rates in one short training: Smith 2017, section 3.3.

    Example:
        >>> from hornet import Sequential, layers, optimizers
        >>> x = np.random.default_rng(0).normal(size=(256, 3))
        >>> model = Sequential([layers.Dense(8, "relu", input_shape=(3,)), layers.Dense(1)])
        >>> model.compile(loss="mse", optimizer=optimizers.SGD())
        >>> found = find_learning_rate(model, x, x.sum(axis=1))
        >>> 0.01 < found.suggestion < 0.5
        True
        >>> model.optimizer.learning_rate = found.suggestion
    """
    given = None if rates is None else _checked(rates)
    if not isinstance(model, Model):
        raise ArgumentError(
            f"`model` must be a compiled model, not {describe(model)}. Pass one; `MLPRegressor` and `MLPClassifier` "
            "look for a rate of their own with `learning_rate='auto'`."
        )
    compiled_of(model, "fit")
    population = Population(workers)
    first = _copy_of(model)
    _holder_of_rate(first)
    with random.seeded(secrets.randbits(31) if seed is None else seed):
        plan = _shortened(
            plan_fit(first, x, y, batch_size=batch_size, sample_weight=sample_weight, class_weight=class_weight)
        )
    curves: dict[float, list[float]] = {}
    waiting = given or list(_RATES)
    while waiting:
        members = {rate: Member(_at_rate(first, rate), plan) for rate in waiting}
        population.train(list(members.values()))
        curves |= {rate: member.result.history["loss"] for rate, member in members.items()}
        waiting = _further(curves) if given is None else []
    return _curve_of(curves)


def _checked(rates: Any) -> list[float]:
    if isinstance(rates, str) or not isinstance(rates, Iterable):
        raise ArgumentError(f"`rates` must be several learning rates, not {describe(rates)}. Pass a list of them.")
    found = [number("rates", rate, above=0.0) for rate in rates]
    if not found:
        raise ValueError("`rates` is empty. Pass some learning rates, or leave it out.")
    return found


def _shortened(plan: FitPlan) -> FitPlan:
    """Return a plan in three equal parts, of which the last says where the loss is; without a short batch at the end.

    Few rows come again and again within a part: an epoch for each pass over them would cost more than its updates.
    """
    data = plan.rows
    size = min(plan.batch_size, len(data))
    if len(data) < _FEWEST_STEPS * size:
        data = data[np.resize(np.arange(len(data)), _FEWEST_STEPS * size)]
    steps = min(len(data) // size, _MOST_STEPS) // 3
    return replace(plan, data=data, batch_size=size, steps=steps, epochs=range(3))


def _at_rate(model: Any, rate: float) -> Any:
    """Return a copy of a model that is trained at a learning rate."""
    twin = _copy_of(model)
    holder = _holder_of_rate(twin)
    if holder.schedule is not None:
        del vars(holder)["learning_rate"]  # which would not let a number take its place
    holder.learning_rate = rate
    return twin


def _copy_of(model: Any) -> Any:
    """Return a copy of a model, which begins with the same arrays: these never change, and take the most memory."""
    state = compiled_of(model, "fit").optimizer_state
    arrays = [*values_of(boxes(model, Variable)).values(), *jax.tree.leaves(state.slots)]
    return copy.deepcopy(model, {id(array): array for array in arrays if isinstance(array, jax.Array)})


def _holder_of_rate(model: Any) -> Any:
    """Return the optimizer that has the learning rate."""
    optimizer = model.optimizer
    holder = getattr(optimizer, "inner_optimizer", optimizer)
    if "learning_rate" not in vars(holder):
        raise ValueError(
            f"`{type(holder).__name__}` has no learning rate of its own, or several. Compile the model with an "
            "optimizer that has one, such as 'adam'."
        )
    return holder


def _curve_of(curves: dict[float, list[float]]) -> LearningRateCurve:
    """Return what the losses of each rate's epochs say.

    Raises:
        ValueError: If all diverged.
    """
    rates = sorted(curves)
    losses = np.array([curves[rate][-1] for rate in rates])
    losses[~np.isfinite(losses)] = math.inf
    if np.isinf(losses).all():
        raise ValueError(
            f"The loss is not finite at any learning rate, down to {rates[0]:.1g}. Scale the inputs and labels, and "
            "look for values in them that are missing or infinite."
        )
    return LearningRateCurve(np.array(rates), losses, float(curves[rates[0]][0]))


def _further(curves: dict[float, list[float]]) -> list[float]:
    """Return rates beyond the end of a curve at which the loss is best, so that it may be better there; else none."""
    lowest, highest = min(curves), max(curves)
    finite = [rate for rate in curves if np.isfinite(curves[rate]).all()]
    best = min(finite, key=lambda rate: curves[rate][-1], default=lowest)
    if best == lowest:
        further = [lowest / 3**place for place in range(1, _FURTHER + 1)]
    elif best == highest:
        further = [highest * 3**place for place in range(1, _FURTHER + 1)]
    else:
        return []
    return [rate for rate in further if _LIMITS[0] < rate < _LIMITS[1]]
