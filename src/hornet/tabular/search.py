"""Which candidates are trained: one of each kind, then more of those that predict best."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from hornet.population.progress import Progress
from hornet.tabular.assembly import chosen
from hornet.tabular.kinds import KINDS
from hornet.tabular.presets import Preset
from hornet.tabular.training import Candidate, Interrupted, Trainer

_TOGETHER = 16
"""How many trainings are decided on at a time: each time those before say which kinds come next."""


class Search:
    """The candidates of one fit, and how many of them there are to be.

    Args:
        preset: How much is trained.
        trainer: What trains them.
        known: Candidates that are there already, such as a linear one.
        seed: What settings are drawn from.
        count: How many are trained; by default as many as the preset's trainings make on the folds.
        seconds: How long to go on; in place of `count`.
    """

    def __init__(
        self,
        preset: Preset,
        trainer: Trainer,
        known: Sequence[Candidate],
        seed: int,
        count: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self.candidates = list(known)
        self.is_interrupted = False
        self._known, self._preset, self._trainer, self._seed = len(known), preset, trainer, seed
        wanted = max(len(preset.kinds), round(preset.trainings / len(trainer.rows.folds)))
        self._count = count if count is not None else None if seconds is not None else wanted
        self._seconds = seconds

    @property
    def reached(self) -> int:
        """How many candidates were trained."""
        return len(self.candidates) - self._known

    def run(self, verbose: bool) -> None:
        """Train candidates until there are enough, the time is over or the user interrupts.

        Raises:
            KeyboardInterrupt: If the user interrupts before there is one.
        """
        begun = perf_counter()
        together = max(1, _TOGETHER // len(self._trainer.rows.folds))
        try:
            self._train(list(self._preset.kinds)[: self._count], verbose)
            while (more := self._more(perf_counter() - begun)) > 0:
                # As many are drawn whatever the clock says, so that the number reached says which they are.
                self._train(self._kinds_that_predict_best(together)[:more], verbose)
                if self._count is None and more < together:
                    break
        except (Interrupted, KeyboardInterrupt) as interruption:
            self.candidates += interruption.done if isinstance(interruption, Interrupted) else ()
            if not self.reached:
                raise KeyboardInterrupt from None
            self.is_interrupted = True

    def _more(self, passed: float) -> int:
        """Return how many candidates come next."""
        if self._count is not None:
            return self._count - self.reached
        assert self._seconds is not None
        left = (self._seconds - passed) / (passed / self.reached)
        return int(left)

    def _train(self, kinds: Sequence[str], verbose: bool) -> None:
        first = self.reached
        seen = [candidate.kind for candidate in self.candidates]
        drawn = []
        for number, kind in enumerate(kinds, first):
            rng = np.random.default_rng([self._seed, number])
            drawn.append(Candidate(kind, KINDS[kind].draw(rng, seen.count(kind))))
            seen.append(kind)
        with Progress(len(drawn) * len(self._trainer.rows.folds), verbose) as progress:
            self.candidates += self._trainer.train(drawn, first, progress)

    def _kinds_that_predict_best(self, count: int) -> list[str]:
        """Return the kinds of the next candidates, by the shares that kinds have in the best mean so far."""
        trainer, preset = self._trainer, self._preset
        shares, _ = chosen(self.candidates, trainer.rows, trainer.task, preset.most, self._seed)
        of_kinds = dict.fromkeys(preset.kinds, 0.0)
        for place, share in shares.items():
            kind = self.candidates[place].kind
            if kind in of_kinds:
                of_kinds[kind] += share
        if not any(of_kinds.values()):
            of_kinds = dict.fromkeys(preset.kinds, 1.0)
        total, given, order = sum(of_kinds.values()), dict.fromkeys(of_kinds, 0), []
        for _ in range(count):
            kind = max(of_kinds, key=lambda kind: of_kinds[kind] / total * count - given[kind])
            given[kind] += 1
            order.append(kind)
        return order
