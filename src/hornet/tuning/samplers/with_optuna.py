"""Optuna's samplers."""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hornet.core.imports import optional_module
from hornet.tuning.domains import Choice, Domain
from hornet.tuning.ranges import Float, Int
from hornet.tuning.samplers.sampler import Proposals, Told, generator, is_finite
from hornet.tuning.space import Space

_TRIES = 32
"""How many proposals in a row may be known ones before one is drawn at random."""


@dataclass(frozen=True)
class TPESampler:
    """Optuna's tree-structured Parzen estimator, which is Hyperopt's: where good candidates are denser than others.

    All hyperparameters that a candidate has are looked at together, and candidates of one generation keep away from
    each other. Needs the extra `tune`.

    Source: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization" (2011).

    Args:
        startup: How many candidates are drawn at random first.
    """

    startup: int = 10

    is_exact = True

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return candidates like the better ones; see `Sampler`."""
        rng = generator(seed, generation)
        proposals = Proposals(space, told, count, rng)
        if len(told) < self.startup:
            return proposals.fill()
        with quiet():
            sampler = optional_module("optuna", "tune").samplers.TPESampler(
                seed=int(rng.integers(2**31)), n_startup_trials=self.startup, group=bool(space.conditions)
            )
            study = _Study(space, sampler)
            study.tell(_failures_as_the_worst(told))
            return study.ask(proposals)


class OptunaSampler:
    """Any sampler of Optuna's.

    It keeps its study, as some of them keep what they know in it. So a study of ours that is resumed may go on with
    other candidates than it would have had.

    Args:
        sampler: The sampler. It is copied, and seeded anew if it has no seed of its own.
    """

    is_exact = False

    def __init__(self, sampler: Any) -> None:
        self._given = sampler
        self._study: _Study | None = None

    def propose(
        self, space: Space, told: Sequence[Told], count: int, seed: int, generation: int
    ) -> list[dict[str, Any]]:
        """Return what the sampler proposes; see `Sampler`."""
        proposals = Proposals(space, told, count, generator(seed, generation))
        with quiet():
            if self._study is None or not self._study.is_of(space, told):
                self._study = _Study(space, copy.deepcopy(self._given))
            self._study.tell(told)
            return self._study.ask(proposals)

    def __repr__(self) -> str:
        return f"OptunaSampler({type(self._given).__name__})"


class _Study:
    """A study of Optuna's in memory.

    Args:
        space: Our space.
        sampler: Optuna's sampler.
    """

    def __init__(self, space: Space, sampler: Any) -> None:
        self._optuna = optional_module("optuna", "tune")
        self._space = space
        self._axes = {id(parameter): axis_of(parameter.domain) for parameter in space.parameters}
        self._labels = labels_of(space)
        self._study = self._optuna.create_study(sampler=sampler)
        self._study.stop = self._stop  # which samplers call that have no more to propose
        self._is_over = False
        self._asked: dict[Any, Any] = {}
        self._told: dict[int, Any] = {}

    def is_of(self, space: Space, told: Sequence[Told]) -> bool:
        """Return whether it is of a space, and knows nothing but what was told."""
        keys = {trial.number: space.key(trial.params) for trial in told}
        return space.digest() == self._space.digest() and all(
            keys.get(number) == key for number, key in self._told.items()
        )

    def tell(self, told: Sequence[Told]) -> None:
        """Take over what it does not know yet."""
        added: list[Any] = []
        for trial in told:
            if trial.number in self._told:
                continue
            self._told[trial.number] = key = self._space.key(trial.params)
            failed = not is_finite(trial.value)
            state = self._optuna.trial.TrialState.FAIL if failed else None
            if key in self._asked:
                self._study.tell(self._asked.pop(key), None if failed else trial.value, state=state)
            elif not failed:
                added.append(self._frozen(trial))
        self._study.add_trials(added)

    def ask(self, proposals: Proposals) -> list[dict[str, Any]]:
        """Return new candidates."""
        misses = 0
        while not (proposals.are_enough or self._is_over) and misses < _TRIES:
            trial = self._study.ask()
            params = self._suggested(trial)
            if proposals.add(params):
                self._asked[self._space.key(params)] = trial
                misses = 0
            else:
                self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
                misses += 1
        return proposals.params if self._is_over else proposals.fill()

    def _stop(self) -> None:
        self._is_over = True

    def _suggested(self, trial: Any) -> dict[str, Any]:
        params: dict[str, Any] = {}
        for parameter in self._space.parameters:
            if parameter.name not in params and parameter.is_active(params):
                axis = self._axes[id(parameter)]
                label = self._labels[id(parameter)]
                params[parameter.name] = parameter.domain.at(0.5) if axis is None else axis.suggested(trial, label)
        return params

    def _frozen(self, trial: Told) -> Any:
        params: dict[str, Any] = {}
        distributions: dict[str, Any] = {}
        for parameter in self._space.active_parameters(trial.params):
            axis = self._axes[id(parameter)]
            if axis is not None:
                label = self._labels[id(parameter)]
                params[label] = axis.inward(trial.params[parameter.name])
                distributions[label] = axis.distribution
        return self._optuna.trial.create_trial(params=params, distributions=distributions, value=trial.value)


@dataclass(frozen=True)
class Axis:
    """A domain as Optuna has it.

    Args:
        distribution: Optuna's distribution.
        inward: Gives Optuna's value for one of ours.
        outward: Gives our value for one of Optuna's.
    """

    distribution: Any
    inward: Callable[[Any], Any]
    outward: Callable[[Any], Any]

    def suggested(self, trial: Any, name: str) -> Any:
        """Return our value of what one of Optuna's trials suggests under a name."""
        given = vars(self.distribution)
        if "choices" in given:
            return self.outward(trial.suggest_categorical(name, given["choices"]))
        suggest = trial.suggest_int if isinstance(given["low"], int) else trial.suggest_float
        return self.outward(suggest(name, given["low"], given["high"], step=given["step"], log=given["log"]))


def axis_of(domain: Domain) -> Axis | None:
    """Return a domain as Optuna has it: by its own values if Optuna knows such, by numbers that stand for them if not.

    Args:
        domain: The domain.

    Returns:
        The axis; `None` where there is nothing to choose.
    """
    distributions = optional_module("optuna", "tune").distributions

    def canonical(value: Any) -> Any:
        return domain.at(domain.place(value))

    if domain.count == 1:
        return None
    if isinstance(domain, Choice):
        if domain.ordered:
            return Axis(distributions.IntDistribution(0, domain.count - 1), domain.encode, domain.decode)
        if all(isinstance(value, str | None) for value in domain.values):
            return Axis(distributions.CategoricalDistribution(domain.values), canonical, canonical)
        return Axis(distributions.CategoricalDistribution(range(domain.count)), domain.encode, domain.decode)
    if isinstance(domain, Int | Float) and not domain.reverse and not (domain.log and domain.step):
        kind = distributions.IntDistribution if isinstance(domain, Int) else distributions.FloatDistribution
        step = 1 if domain.step is None and isinstance(domain, Int) else domain.step
        return Axis(kind(domain.low, domain.at(1.0), domain.log, step), canonical, canonical)
    return Axis(distributions.FloatDistribution(0, 1), domain.place, domain.at)


def labels_of(space: Space) -> dict[int, str]:
    """Return Optuna's name of each parameter: its own, with a number where another has the same."""
    labels: dict[int, str] = {}
    seen: Counter[str] = Counter()
    for parameter in space.parameters:
        seen[parameter.name] += 1
        labels[id(parameter)] = parameter.name + (f"#{seen[parameter.name]}" if seen[parameter.name] > 1 else "")
    return labels


def _failures_as_the_worst(told: Sequence[Told]) -> list[Told]:
    """Return what was told, with the worst value for those that failed, so that Optuna keeps away from them."""
    worst = max((trial.value for trial in told if is_finite(trial.value)), default=0.0)
    return [trial if is_finite(trial.value) else replace(trial, value=worst) for trial in told]


@contextmanager
def quiet() -> Generator[None]:
    """Keep Optuna's notes about its own studies to itself."""
    logging = optional_module("optuna", "tune").logging
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
