"""What happens on the host around the programs of a phase: how many steps each takes, and who is notified.

A phase goes through *spans*, stretches of batches of one size. A gear decides how many steps of a span one dispatch
takes, and nothing else; what a dispatch computes is in `training.program`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList
from hornet.training.data.feed import Span
from hornet.training.fit_run import FitRun
from hornet.training.pace import Pace

Launch = Callable[[Span, int, int], dict[str, Any]]
"""Starts a program on `(span, first_row, count)` and returns its results, which may still be on their way."""


@dataclass(frozen=True)
class Phase:
    """The dispatches of training, evaluation or prediction.

    Args:
        callbacks: Whom to notify.
        on_begin: Batch hook of `callbacks` to call before a batch.
        on_end: Batch hook of `callbacks` to call after a batch.
        pace: How many steps a dispatch takes.
        watched: Whether the batch hooks are called.
        stopped: Whether to leave early; at least one batch is run all the same.
        total: Number of batches of the phase; `None` where nobody knows.
        run: In training, the call of `fit` whose batches these are; callbacks that count them bound a dispatch.
        arriving: Whether batches arrive while programs run.
    """

    callbacks: CallbackList
    on_begin: Callable[..., None]
    on_end: Callable[..., None]
    pace: Pace
    watched: bool
    stopped: Callable[[], bool]
    total: int | None
    run: FitRun | None = None
    arriving: bool = False

    def dispatch_all(self, spans: Iterable[Span], launch: Launch, step: int = 0) -> dict[str, Any]:
        """Launch every dispatch of the spans; return the last results, which may still be on their way.

        Between dispatches the host waits only where somebody reads the results: at each batch, or at each part of a
        span that takes long. So the programs of a short epoch follow each other without a gap. Where batches arrive, it
        waits for the dispatch before the last one: while that computes, the next batches are gathered.

        Args:
            spans: The spans.
            launch: What starts a program.
            step: Batches of the phase that are done.
        """
        results: dict[str, Any] = {}
        before: tuple[int, dict[str, Any]] | None = None
        for span in spans:
            done = 0
            while done < span.count:
                count, due = self._steps_of_next_dispatch(span.count - done, step)
                if self.watched and step % self._report_every == 0:
                    self.on_begin(step)
                begun = time.perf_counter()
                results = launch(span, span.first_row + done * span.batch_size, count)
                done += count
                step += count
                if self.watched or count < span.count:
                    self._report(results, step)
                    self.pace.follow(count, time.perf_counter() - begun)
                elif self.arriving:
                    if before is not None:
                        self.callbacks.on_progress(before[0], fetch(before[1]))
                    before = step, results
                if self.run:
                    self._advance(self.run, results, step, count, due)
                if self.stopped():
                    return results
        return results

    @cached_property
    def _report_every(self) -> int:
        """Batches between two calls of the batch hooks; a short batch counts too."""
        return self.pace.steps

    def _steps_of_next_dispatch(self, left: int, step: int) -> tuple[int, int | None]:
        """Return how many of the batches that are left to dispatch, and in how many a callback is due, if any is."""
        count = min(self.pace.steps, left)
        if self.watched:
            count = min(count, self._report_every - step % self._report_every)
        if self.stopped():
            count = 1
        due = self.callbacks.batches_until_due if self.run else None
        return (count if due is None else min(count, due)), due

    def _report(self, results: Mapping[str, Any], step: int) -> None:
        """Wait for the batches of a dispatch and notify of them."""
        logs = fetch(results)
        if self.watched and (step % self._report_every == 0 or step == self.total):
            self.on_end(step - 1, logs)
        self.callbacks.on_progress(step, logs)

    def _advance(self, run: FitRun, results: Mapping[str, Any], step: int, count: int, due: int | None) -> None:
        """Move a run on; let callbacks act that are due."""
        run.step = step
        if due is not None:
            self.callbacks.on_batches_done(count, run.epoch, step - 1, fetch(results) if count == due else {})
            self.callbacks.on_safe_point()


def fetch(results: Mapping[str, Any]) -> dict[str, Any]:
    """Wait for a program's results and return them as floats, or as arrays where they are not scalars."""
    return {name: _plain(value) if isinstance(value, jax.Array) else _plains(value) for name, value in results.items()}


def _plain(result: Any) -> Any:
    array = np.asarray(result)
    return array.item() if array.ndim == 0 else array


_plains = partial(jax.tree.map, _plain)
