"""The host's side of `fit`, `evaluate` and `predict`: epochs, callbacks, validation and history.

Each of them walks through *spans*, stretches of batches of one size. A gear decides how many steps of a span
one dispatch takes, and nothing else; what a dispatch computes is in `training.program`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList
from hornet.training import program
from hornet.training.data.arrays import ArrayData, padded_rows, to_device
from hornet.training.data.order import Order
from hornet.training.pace import Pace
from hornet.training.run import Run
from hornet.training.signals import heeding
from hornet.training.trainer import Trainer

_PIECE_BLOCKS = 1024


@dataclass(frozen=True)
class Span:
    """A stretch of batches of one size.

    Args:
        sweep: Which sweep over the rows it belongs to; each has an order of its own.
        first_row: Where in that order it begins.
        count: Number of batches.
        batch_size: Rows of a batch.
    """

    sweep: int
    first_row: int
    count: int
    batch_size: int


def spans_of(first_batch: int, batches: int, rows: int, batch_size: int) -> Iterable[Span]:
    """Yield the spans of `batches` batches, from the `first_batch` on, of endless sweeps over the rows.

    Example:
        >>> list(spans_of(0, 4, rows=10, batch_size=3))
        [Span(sweep=0, first_row=0, count=3, batch_size=3), Span(sweep=0, first_row=9, count=1, batch_size=1)]
    """
    full, tail = divmod(rows, batch_size)
    while batches > 0:
        sweep, at = divmod(first_batch, full + bool(tail))
        count = min(batches, full - at) if at < full else 1
        yield Span(sweep, at * batch_size, count, batch_size if at < full else tail)
        first_batch += count
        batches -= count


Launch = Callable[[Span, int, int], dict[str, Any]]
"""Starts a program on `(span, first_row, count)` and returns its results, which may still be on their way."""


@dataclass(frozen=True)
class Phase:
    """What happens around the dispatches of training, testing or predicting.

    Args:
        name: `"train"`, `"test"` or `"predict"`: which batch hooks are called.
        callbacks: Whom to tell.
        pace: How many steps a dispatch takes.
        watched: Whether every batch is told of.
        stopped: Whether to leave early; at least one batch is run all the same.
        total: Number of batches of the phase.
        counted: The run whose batches these are, in training; callbacks that count them bound what a dispatch does.
    """

    name: str
    callbacks: CallbackList
    pace: Pace
    watched: bool
    stopped: Callable[[], bool]
    total: int
    counted: Run | None = None

    def run(self, spans: Iterable[Span], launch: Launch) -> dict[str, Any]:
        """Launch every dispatch of the spans; return the last results, which may still be on their way.

        Between dispatches the host waits only where somebody looks: at each batch, or at each part of a
        span that takes long. So the programs of a short epoch follow each other without a gap.
        """
        step = self.counted.step if self.counted else 0
        results: dict[str, Any] = {}
        for span in spans:
            done = 0
            while done < span.count:
                count, due = self._size(span.count - done, step)
                if self.watched and step % self._group == 0:
                    getattr(self.callbacks, f"on_{self.name}_batch_begin")(step)
                begun = time.perf_counter()
                results = launch(span, span.first_row + done * span.batch_size, count)
                done += count
                step += count
                if self.watched or count < span.count:
                    self._look(results, step)
                    self.pace.follow(count, time.perf_counter() - begun)
                if self.counted:
                    self._count(self.counted, results, step, count, due)
                if self.stopped():
                    return results
        return results

    @cached_property
    def _group(self) -> int:
        """Of how many batches watchers are told at a time, the short one included."""
        return self.pace.steps

    def _size(self, left: int, step: int) -> tuple[int, int | None]:
        """Return how many of the batches that are left to dispatch, and in how many a callback is due, if any is."""
        count = min(self.pace.steps, left)
        if self.watched:
            count = min(count, self._group - step % self._group)
        if self.stopped():
            count = 1
        due = self.callbacks.due_in if self.counted else None
        return (count if due is None else min(count, due)), due

    def _look(self, results: dict[str, Any], step: int) -> None:
        """Wait for the batches of a dispatch and tell of them."""
        logs = fetch(results)
        if self.watched and (step % self._group == 0 or step == self.total):
            getattr(self.callbacks, f"on_{self.name}_batch_end")(step - 1, logs)
        self.callbacks.progress(step, logs)

    def _count(self, run: Run, results: dict[str, Any], step: int, count: int, due: int | None) -> None:
        """Move a run on; let callbacks act that were due."""
        run.step = step
        if due is not None:
            self.callbacks.count(count, run.epoch, step - 1, fetch(results) if count == due else {})
            self.callbacks.rest()


def fetch(results: dict[str, Any]) -> dict[str, Any]:
    """Wait for a program's results and return them as floats, or as arrays where they are not scalars."""
    return {name: _plain(one) if isinstance(one, jax.Array) else _plains(one) for name, one in results.items()}


def _plain(result: Any) -> Any:
    array = np.asarray(result)
    return array.item() if array.ndim == 0 else array


_plains = partial(jax.tree.map, _plain)


@dataclass(frozen=True)
class Validation:
    """What `fit` evaluates after an epoch.

    Args:
        data: The rows.
        batch_size: Rows of a batch.
        steps: Number of batches, or `None` for all.
        epochs: Every how many epochs, or after which ones, counted from 1.
    """

    data: ArrayData
    batch_size: int
    steps: int | None
    epochs: int | Container[int]

    def is_due(self, epoch: int) -> bool:
        """Return whether to evaluate after an epoch, counted from 0."""
        return (epoch + 1) % self.epochs == 0 if isinstance(self.epochs, int) else epoch + 1 in self.epochs


@dataclass(frozen=True)
class Training:
    """What one call of `fit` is to do, its arguments checked.

    Args:
        data: Rows to train on.
        validation: What to evaluate after epochs, if anything.
        epochs: The epochs' numbers.
        batch_size: Rows of a batch.
        steps: Batches of an epoch.
        shuffle: Whether each sweep over the rows has an order of its own.
        seed: What orders and draws come from.
    """

    data: ArrayData
    validation: Validation | None
    epochs: range
    batch_size: int
    steps: int
    shuffle: bool
    seed: int

    def begin(self, trainer: Trainer, callbacks: CallbackList) -> Run:
        """Return the run that stands at the beginning."""
        return Run(
            trainer,
            callbacks,
            rows=len(self.data),
            batch_size=self.batch_size,
            steps=self.steps,
            shuffle=self.shuffle,
            seed=self.seed,
            epoch=self.epochs.start,
            room=self.data.room,
        )


def fit(model: Any, run: Run, training: Training) -> None:
    """Train a built and compiled model, telling the callbacks of everything.

    Args:
        model: The model; training ends when a callback sets its `stop_training`.
        run: The model's state, and how far it is.
        training: What to do.
    """
    trainer, callbacks = run.trainer, run.callbacks
    logs: dict[str, Any] = {}
    model.stop_training = False
    callbacks.on_train_begin()
    callbacks.ready()
    try:
        with heeding(run.interrupt) if callbacks.keeps_run else nullcontext():
            for epoch in range(run.epoch, training.epochs.stop):
                logs = _fit_epoch(model, run, training.data, training.validation)
                if run.is_interrupted:
                    callbacks.rest(at_once=True)
                    break
                callbacks.on_epoch_end(epoch, logs)
                run.epoch, run.step = epoch + 1, 0
                callbacks.rest()
                if model.stop_training or run.is_interrupted:
                    break
        trainer.finalize()
    except KeyboardInterrupt:
        trainer.complete()
        run.is_interrupted = True
        callbacks.on_train_end(logs)
        raise
    finally:
        callbacks.release()
    callbacks.on_train_end(logs)
    run.end()


def _fit_epoch(model: Any, run: Run, data: ArrayData, validation: Validation | None) -> dict[str, Any]:
    """Do what is left of an epoch, validation included; return its metrics."""
    trainer, callbacks = run.trainer, run.callbacks
    program_of_steps = trainer.compiled(program.run)

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        state, results = program_of_steps(
            span.batch_size,
            trainer.read(),
            trainer.hypers,
            trainer.key,
            data.batch,
            run.order[span.sweep],
            first_row,
            count,
        )
        trainer.write(state)
        return results

    def stopped() -> bool:
        return model.stop_training or run.is_interrupted

    if run.step == 0:
        trainer.reset_metrics()
    callbacks.on_epoch_begin(run.epoch)
    watched = callbacks.watches_train_batches
    phase = Phase("train", callbacks, trainer.pace("train", watched), watched, stopped, run.steps, run)
    spans = list(spans_of(run.epoch * run.steps + run.step, run.steps - run.step, len(data), run.batch_size))
    results = phase.run(spans, launch) or trainer.results()
    if spans:
        run.order.draw(spans[-1].sweep + 1)
    validated: dict[str, Any] = {}
    if validation is not None and validation.is_due(run.epoch) and not run.is_interrupted:
        seen = validation
        found = evaluate(model, trainer, seen.data, callbacks, seen.batch_size, seen.steps, run)
        validated = {f"val_{name}": value for name, value in found.items()}
    logs = fetch(results) | validated
    callbacks.progress(run.step, logs)
    trainer.warn_of_nan(logs["loss"], run.epoch)
    return logs


def evaluate(
    model: Any,
    trainer: Trainer,
    data: ArrayData,
    callbacks: CallbackList,
    batch_size: int,
    steps: int | None,
    run: Run | None = None,
) -> dict[str, Any]:
    """Return the loss and the metrics on some rows, in their order.

    Args:
        model: The model; the evaluation ends when a callback sets its `stop_evaluating`.
        trainer: The model's state and programs.
        data: The rows.
        callbacks: Whom to tell.
        batch_size: Rows of a batch.
        steps: Number of batches, or `None` for all.
        run: The run that this belongs to; the evaluation ends when it is interrupted.
    """
    program_of_steps = trainer.compiled(program.evaluate)
    totals = trainer.fresh_totals

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        nonlocal totals
        totals, results = program_of_steps(
            span.batch_size, trainer.held(), totals, trainer.key, data.batch, first_row, count
        )
        return results

    watched = callbacks.watches_test_batches
    batches = math.ceil(len(data) / batch_size)
    batches = min(steps or batches, batches)
    pace = trainer.pace("test", watched)

    def stopped() -> bool:
        return model.stop_evaluating or (run is not None and run.is_interrupted)

    phase = Phase("test", callbacks, pace, watched, stopped, batches)
    model.stop_evaluating = False
    callbacks.on_test_begin()
    results = phase.run(spans_of(0, batches, len(data), batch_size), launch)
    logs = fetch(results)
    callbacks.on_test_end(logs)
    return logs


def train_on_batch(trainer: Trainer, data: ArrayData) -> dict[str, Any]:
    """Update once on all rows as one batch; return the metrics since they were last reset."""
    run = trainer.compiled(program.run)
    rows = Order(len(data), None)[0]
    state, results = run(len(data), trainer.read(), trainer.hypers, trainer.key, data.batch, rows, 0, 1)
    trainer.write(state)
    return fetch(results)


def test_on_batch(trainer: Trainer, data: ArrayData) -> dict[str, Any]:
    """Take all rows as one batch into the metrics; return them since they were last reset."""
    run = trainer.compiled(program.evaluate)
    metrics, results = run(len(data), trainer.held(), trainer.read().metrics, trainer.key, data.batch, 0, 1)
    trainer.write_metrics(metrics)
    return fetch(results)


def predict(
    model: Any,
    run: Callable[..., Any],
    held: dict[str, Any],
    key: np.ndarray,
    x: Any,
    callbacks: CallbackList,
    batch_size: int,
    pace: Pace,
) -> Any:
    """Return the outputs of some rows, in their order and in the structure of the model's outputs.

    Rows are computed in blocks of one size, the last one filled up with zeros, and moved to the device a
    piece of many blocks at a time.

    Args:
        model: The model; the prediction ends when a callback sets its `stop_predicting`.
        run: The compiled `program.predict` of the model.
        held: What the forward computation reads.
        key: Raw key data, for models that draw in inference.
        x: The rows.
        callbacks: Whom to tell.
        batch_size: Rows of a block.
        pace: How many blocks a dispatch takes.
    """
    piece: Any = None
    rows = 0
    outputs: list[Any] = []
    total = len(jax.tree.leaves(x)[0])

    def spans() -> Iterator[Span]:
        nonlocal piece, rows, key
        for start in range(0, total, _PIECE_BLOCKS * batch_size):
            stop = min(total, start + _PIECE_BLOCKS * batch_size)
            rows = stop - start
            blocks = math.ceil(rows / batch_size)
            room = padded_rows(max(blocks, 2 if start else 1)) * batch_size  # one alone is computed in another way
            piece = jax.tree.map(lambda part: to_device(part[start:stop], room), x)  # noqa: B023  (used at once)
            yield Span(0, 0, blocks, batch_size)
            key = key + np.array([1, 0], key.dtype)  # the next piece's rows are counted from 0 again

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        filled = run(span.batch_size, held, key, piece, first_row, count)
        stop = min(rows, first_row + count * span.batch_size)
        outputs.append(jax.tree.map(lambda part: np.asarray(part)[first_row:stop], filled))
        return {"outputs": outputs[-1]}

    model.stop_predicting = False
    callbacks.on_predict_begin()
    watched = callbacks.watches_predict_batches
    pace = Pace(1, fixed=True) if watched else pace
    batches = math.ceil(total / batch_size)
    Phase("predict", callbacks, pace, watched, lambda: model.stop_predicting, batches).run(spans(), launch)
    callbacks.on_predict_end()
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *outputs)
