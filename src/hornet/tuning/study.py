"""The loop of a study: generations of candidates are proposed, trained from rung to rung, and told to the sampler.

What is proposed depends on the study's seed, the number of the generation and the trials before it, and how a trial
ends on the seed, its number and its hyperparameters. So a study that is killed and goes on, or that several processes
share, ends as one that ran through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hornet.tuning.samplers.sampler import Sampler, Told
from hornet.tuning.schedules import Schedule
from hornet.tuning.store import FAILED, FINISHED, STOPPED, Store, Trial
from hornet.tuning.worker import Worker

_RENEWAL = 10.0
"""Seconds between two signs of life to other processes."""
_POLL = 0.2
"""Seconds between two looks at what other processes have done."""


class OutOfTime(Exception):
    """The minutes of a study are over."""


@dataclass
class Limits:
    """When a study ends.

    Args:
        trials: How many trials it has at most; `None` for any number.
        seconds: How long it may take; `None` for any time.
        patience: The trials without a better one after which it ends; `None` for any number.
        reached: How far an earlier study came: for each generation the epochs of the trials that were trained.
    """

    trials: int | None = None
    seconds: float | None = None
    patience: int | None = None
    reached: Sequence[Mapping[int, int]] | None = None


class Study:
    """A study, as one process works on it.

    Args:
        worker: What builds, trains and measures candidates.
        sampler: What proposes them.
        schedule: How long each is trained.
        store: Where the study is kept.
        limits: When it ends.
        seed: Its seed.
        size: How many candidates a generation has.
        epochs: Epochs of a candidate that is trained to its end.
        known: Candidates that come first.
        kept: How many of the best candidates keep their models.
        show: Called with trials that have ended.
        begin: Called with trials before they are trained.
        tick: Called now and then while they are trained.
    """

    def __init__(
        self,
        worker: Worker,
        sampler: Sampler,
        schedule: Schedule,
        store: Store,
        limits: Limits,
        seed: int,
        size: int,
        epochs: int,
        known: Sequence[Mapping[str, Any]] = (),
        kept: int = 16,
        show: Callable[[Sequence[Trial]], None] = lambda trials: None,
        begin: Callable[[Sequence[Trial]], None] = lambda trials: None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.worker = worker
        self.store = store
        self._results: list[Trial] | None = None
        self.is_interrupted = False
        self._sampler, self._schedule, self._limits = sampler, schedule, limits
        self._seed, self._size, self._epochs, self._known = seed, size, epochs, list(known)
        self._most_kept = kept
        self._show, self._begin, self._tick = show, begin, tick
        self._rungs: list[list[int]] = []
        self._ended: list[Trial] = []
        self._told: list[Told] = []
        self._renewed = time.monotonic()
        self._deadline = None if limits.seconds is None else time.monotonic() + limits.seconds

    def run(self) -> None:
        """Work on the study until one of its limits is reached, the space has no more, or the user interrupts."""
        try:
            while (generation := len(self._rungs)) < len(self.store.generations()) or self._propose(generation):
                rungs = self.store.generations()[generation]
                self._rungs.append(rungs)
                self.worker.expect(self.store.trials(generation))
                for place in range(1, len(rungs) + 1):
                    self._climb(generation, place, rungs)
                self._end(self.store.trials(generation))
                if all(trial.state == FAILED for trial in self._ended):
                    raise self.worker.first_error or RuntimeError(self._ended[0].error)
        except (KeyboardInterrupt, OutOfTime) as ended:
            self.is_interrupted = isinstance(ended, KeyboardInterrupt)
        finally:
            self.worker.close()
            self.store.release()
            self._results = self.store.trials()
            self.store.close()

    @property
    def trials(self) -> list[Trial]:
        """All trials that there are so far."""
        return self.store.trials() if self._results is None else self._results

    @property
    def direction(self) -> str:
        """`"min"` or `"max"`."""
        return self.worker.task.objective.direction

    def models(self, trial: Trial) -> list[Any]:
        """Return the models of one of the best trials, one for each fold."""
        return self.worker.candidate(trial).models

    @property
    def best_value(self) -> float | None:
        """The best value so far; `None` before there is one."""
        ranked = self.ranked(self._so_far)
        return ranked[0].value if ranked else None

    @property
    def _so_far(self) -> list[Trial]:
        """All trials, of which only those of the generation that is being trained are read."""
        return [*self._ended, *self.store.trials(len(self._rungs) - 1)]

    def ranked(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return those of some trials that have a value, the best first."""
        valued = [trial for trial in trials if trial.value is not None]
        return sorted(valued, key=lambda trial: (self.worker.loss(trial), trial.number))

    # --- proposing ------------------------------------------------------------------------------------------------

    def _propose(self, generation: int) -> bool:
        """Add a generation to the study; return whether there is one, from this process or another."""
        self._check_time()
        bracket = self._schedule.bracket(generation, self._size, self._epochs)
        count = self._count(generation, bracket.size)
        if count <= 0 or self._is_stuck():
            return False
        first = len(self._ended)
        known = [
            Told(number, dict(params), None) for number, params in enumerate(self._known[first : first + count], first)
        ]
        proposed = self._sampler.propose(
            self.worker.task.space, [*self._told, *known], count - len(known), self._seed, generation
        )
        trials = self.worker.planned(first, generation, [*(each.params for each in known), *proposed])
        for trial in trials:
            if self._epochs_reached(trial) == 0:
                trial.state = STOPPED
        with self.store.transaction():
            if trials and len(self.store.generations()) == generation:  # else another process was faster
                self.store.add_generation(generation, bracket.rungs, trials)
        self._show([trial for trial in trials if not trial.is_open])
        return bool(trials)

    def _end(self, trials: Sequence[Trial]) -> None:
        """Note what became of a generation."""
        space = self.worker.task.space
        self._ended += trials
        self._told += [Told(trial.number, space.decode(trial.params), self.worker.loss(trial)) for trial in trials]

    def _count(self, generation: int, size: int) -> int:
        """Return how many candidates a generation has."""
        limits = self._limits
        if limits.reached is not None:
            return len(limits.reached[generation]) if generation < len(limits.reached) else 0
        return size if limits.trials is None else min(size, limits.trials - len(self._ended))

    def _is_stuck(self) -> bool:
        """Return whether nothing has become better for as long as the study waits for it."""
        ranked, patience = self.ranked(self._ended), self._limits.patience
        return patience is not None and bool(ranked) and len(self._ended) - 1 - ranked[0].number >= patience

    # --- training -------------------------------------------------------------------------------------------------

    def _climb(self, generation: int, place: int, rungs: Sequence[int]) -> None:
        """Train a generation's trials up to a rung, or wait for other processes that do."""
        while True:
            claimed = self.store.claim(place, generation)
            if claimed:
                self._train(claimed, place, rungs)
            elif any(trial.is_open and trial.rung < place for trial in self.store.trials(generation)):
                self._check_time()
                time.sleep(_POLL)
            else:
                return

    def _train(self, trials: Sequence[Trial], place: int, rungs: Sequence[int]) -> None:
        """Train trials up to a rung, and tell the store as they come to it."""

        def arrived(reached: list[Trial]) -> None:
            self._keep_best(reached)
            with self.store.transaction():
                for trial in reached:
                    self.store.put(trial)
                decided = self._decide(trials[0].generation, place, rungs)
            ended = [trial for trial in [*reached, *decided] if not trial.is_open]
            self.worker.drop(trial.number for trial in ended)
            self._show(ended)

        if place == 1:
            self._begin(trials)
        self.worker.train(trials, place, None if place == len(rungs) else rungs[place - 1], self._watch, arrived)

    def _decide(self, generation: int, place: int, rungs: Sequence[int]) -> list[Trial]:
        """Stop the trials that do not go on once all have reached a rung; return them."""
        trials = self.store.trials(generation)
        if any(trial.is_open and trial.rung < place for trial in trials):
            return []
        ranked = self.ranked([trial for trial in trials if trial.rung == place or trial.state == FINISHED])
        go_on = {trial.number for trial in ranked[: self._schedule.keep(len(ranked))]}
        if self._limits.reached is not None:
            go_on = {trial.number for trial in ranked if (self._epochs_reached(trial) or 0) > rungs[place - 1]}
        stopped = [trial for trial in trials if trial.is_open and trial.number not in go_on]
        for trial in stopped:
            trial.state = STOPPED
            self.store.put(trial)
        return stopped

    def _epochs_reached(self, trial: Trial) -> int | None:
        """Return how far a trial came in the study that is repeated; `None` where none is."""
        reached = self._limits.reached
        return None if reached is None else reached[trial.generation].get(trial.number, 0)

    def _keep_best(self, trials: Sequence[Trial]) -> None:
        """Keep the models of those that are among the best of all, and let go of those that no longer are."""
        finished = {trial.number: trial for trial in [*self._so_far, *trials] if trial.state == FINISHED}
        ranked = self.ranked(list(finished.values()))[: self._most_kept]
        best = {trial.number for trial in ranked}
        self.worker.keep(trial.number for trial in trials if trial.number in best)
        self.worker.keep_only(best)
        self.worker.bar = self.worker.loss(ranked[-1]) if len(ranked) == self._most_kept else None

    # --- meanwhile ------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._tick()
        if time.monotonic() - self._renewed > _RENEWAL:
            self._renewed = time.monotonic()
            self.store.renew()
        self._check_time()

    def _check_time(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise OutOfTime
