"""The host's side of `fit`: its arguments checked, then epochs, callbacks, validation and history."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.callbacks import CallbackList, History
from hornet.core import random
from hornet.core.checks import describe, non_negative_int, positive_int, warn
from hornet.core.errors import ArgumentError, said_of
from hornet.core.settings import within_limit
from hornet.core.suggestions import explained
from hornet.data.blocks import Blocks
from hornet.training import program
from hornet.training.arriving import (
    Source,
    batch_size_in,
    refuse_one_pass,
    rows_in_memory,
    rows_to_split,
    take_source,
    warn_of_batch_size,
)
from hornet.training.compiled import compiled_of
from hornet.training.data.arrays import ArrayData
from hornet.training.data.arrivals import arrivals_of
from hornet.training.data.batches import BatchData, BatchFeed
from hornet.training.data.blocks import BlockData, BlockFeed
from hornet.training.data.checks import warn_of_sorted
from hornet.training.data.feed import ArrayFeed, Feed, Span
from hornet.training.data.order import Order
from hornet.training.dispatch import Phase, fetch
from hornet.training.evaluation import evaluate_data
from hornet.training.fit_run import FitRun
from hornet.training.inputs import rows_kept, take_data, unless_refused
from hornet.training.signals import deferred_signals
from hornet.training.threads import trained_by_this_thread
from hornet.training.trainer import Trainer


@dataclass(frozen=True)
class Validation:
    """What `fit` evaluates after an epoch.

    Args:
        data: The rows.
        batch_size: Rows of a batch.
        steps: Number of batches, or `None` for all.
        epochs: Epochs between evaluations, or a collection of the epochs to follow, counted from 1.
    """

    data: Source
    batch_size: int
    steps: int | None
    epochs: int | Container[int]

    @property
    def rows(self) -> ArrayData:
        """The data, for those who hold them in memory."""
        return rows_in_memory(self.data, "Many models train on rows in memory. Pass arrays or frames")

    def is_due(self, epoch: int) -> bool:
        """Return whether to evaluate after an epoch, counted from 0."""
        return _is_due(self.epochs, epoch)


@dataclass(frozen=True)
class FitPlan:
    """What one call of `fit` is to do, its arguments checked.

    Args:
        data: Rows to train on.
        validation: What to evaluate after epochs, if anything.
        epochs: The epochs' numbers.
        batch_size: Rows of a batch.
        steps: Batches of an epoch; `None` for as many as arrive.
        shuffle: Whether each pass over the rows has an order of its own.
        seed: What orders and draws come from.
    """

    data: Source
    validation: Validation | None
    epochs: range
    batch_size: int
    steps: int | None
    shuffle: bool
    seed: int

    @property
    def rows(self) -> ArrayData:
        """The data, for those who hold them in memory."""
        return rows_in_memory(self.data, "Many models train on rows in memory. Pass arrays or frames")

    def feed(self) -> Feed:
        """Return the batches, from the beginning."""
        if isinstance(self.data, BatchData):
            return BatchFeed(self.data, self.steps, self.shuffle)
        if isinstance(self.data, BlockData):
            return BlockFeed(self.data, self.batch_size, self.steps, self.shuffle)
        assert self.steps is not None
        return ArrayFeed(self.data, self.batch_size, self.steps, self.shuffle)

    def begin(self, trainer: Trainer, callbacks: CallbackList) -> FitRun:
        """Return the run that stands at the beginning."""
        return FitRun(
            trainer,
            callbacks,
            self.feed(),
            seed=self.seed,
            epoch=self.epochs.start,
        )


@explained("fit")
def plan_fit(
    model: Any,
    x: Any = None,
    y: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool = True,
    class_weight: Any = None,
    sample_weight: Any = None,
    initial_epoch: int = 0,
    steps_per_epoch: int | None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
) -> FitPlan:
    """Return what `model.fit` would do with these arguments, which it explains; the model is built for the data."""
    compiled_of(model, "fit")
    numbers = range(
        non_negative_int("initial_epoch", initial_epoch),
        within_limit("max_epochs", non_negative_int("epochs", epochs)),
    )
    if 0 < numbers.stop <= numbers.start:
        warn(
            f"No epoch is left to train: `epochs` is the number of the last one, and `initial_epoch` is "
            f"{numbers.start}. Pass an `epochs` above {numbers.start}."
        )
    shuffle = _shuffles(shuffle)
    validation_steps = _steps("validation_steps", validation_steps)
    validates = validation_data is not None or validation_split != 0
    validation_freq = _epochs_to_validate(validation_freq, numbers, validates)
    if validation_steps is not None and not validates:
        warn("`validation_steps` has no effect without data to validate on. Pass `validation_data`, or leave it out.")
    with unless_refused(model):
        data = take_source(model, x, y, sample_weight, class_weight, learns=True)
        held_out = None
        if validation_data is not None:
            with said_of("validation_data"):
                held_out = take_source(model, *_parts("validation_data", validation_data), argument="validation_data")
        elif validation_split:
            # Class weights are for training alone.
            unweighted = data if class_weight is None else take_source(model, x, y, sample_weight)
            warn_of_sorted(rows_to_split(data).y)
            held_out = rows_to_split(unweighted).split(validation_split)[1]
            data = rows_to_split(data).split(validation_split)[0]
    kept = rows_kept(model)
    batch_size = batch_size_in(data, batch_size, "steps_per_epoch", steps_per_epoch, kept)
    validation_batch = batch_size if validation_batch_size is None else validation_batch_size
    validation_batch = positive_int("validation_batch_size", validation_batch)
    validation = None
    if held_out is not None:
        refuse_one_pass(held_out, validation_steps, sum(_is_due(validation_freq, epoch) for epoch in numbers))
        if kept is not None:
            batch_size_in(held_out, validation_batch, "validation_steps", validation_steps, kept)
        warn_of_batch_size(held_out, validation_batch_size, "validation_batch_size")
        validation = Validation(held_out, validation_batch, validation_steps, validation_freq)
    batches = data.batches_in(batch_size)
    steps = within_limit("max_steps_per_epoch", _steps("steps_per_epoch", steps_per_epoch) or batches)
    if batches and steps and batches % steps and steps_per_epoch is not None and len(numbers) > batches // steps:
        short = "every epoch has as many" if steps > batches else f"the last epoch of each pass has {batches % steps}"
        warn(
            f"`steps_per_epoch` is {steps}, but a pass over the rows has {batches} batches of {batch_size}, so "
            f"{short}. Leave `steps_per_epoch` out, or pass a number that divides {batches}."
        )
    # The seed is drawn last: arguments that were refused leave the draws of the next call as they were.
    return FitPlan(data, validation, numbers, batch_size, steps, shuffle, random.next_seed())


def fit(model: Any, plan: FitPlan, callbacks: CallbackList) -> History:
    """Train a model as planned.

    Args:
        model: A built and compiled model.
        plan: What to do.
        callbacks: Whom to notify; a `History` is among them.
    """
    assert callbacks.history is not None
    with trained_by_this_thread(model):
        model.history = callbacks.history
        model._fit_run = plan.begin(Trainer(model, plan.seed), callbacks)
        run_epochs(model, model._fit_run, plan)
    return callbacks.history


def run_epochs(model: Any, run: FitRun, plan: FitPlan, until: int | None = None) -> None:
    """Train from where a run stands to the end of the plan, notifying the callbacks of everything.

    Args:
        model: The model; training ends when a callback sets its `stop_training`.
        run: The model's state, and how far it is.
        plan: What to do.
        until: The epoch to pause before. Nobody is told of a pause, and a run that goes on after one, here or in
            another model, ends as it would have without.
    """
    trainer, callbacks = run.trainer, run.callbacks
    logs: dict[str, Any] = {}
    model.stop_training = False
    stop = plan.epochs.stop if until is None else min(until, plan.epochs.stop)
    if not run.is_paused:
        callbacks.on_train_begin()
        callbacks.on_train_ready()
    run.is_paused = False
    try:
        # A checkpoint is written between batches only, so a signal waits until the state is whole.
        with deferred_signals(run.interrupt, run.hear) if callbacks.saves_run_state else nullcontext():
            for epoch in range(run.epoch, stop):
                if not run.feed.begin_epoch(epoch, run.step):
                    warn(
                        f"The source of batches has ended after {epoch} of {plan.epochs.stop} epochs, and so does "
                        "training. A generator has one pass: give it `steps_per_epoch` and no end, or pass a "
                        "`PyDataset`, a data loader or arrays."
                    )
                    break
                logs = _fit_epoch(model, run, plan)
                # No `on_epoch_end` of half an epoch: callbacks would compare its loss with those of whole ones.
                if run.is_interrupted:
                    callbacks.on_safe_point(at_once=True)
                    break
                callbacks.on_epoch_end(epoch, logs)
                run.epoch, run.step = epoch + 1, 0
                callbacks.on_safe_point()
                run.answer_signals()
                if model.stop_training or run.is_interrupted:
                    break
            else:
                run.is_paused = stop < plan.epochs.stop
                if run.is_paused:
                    return
        trainer.finalize()
    except (KeyboardInterrupt, SystemExit):
        trainer.complete()
        run.is_interrupted = True
        callbacks.on_train_end(logs)
        raise
    finally:
        run.feed.release()
        if not run.is_paused:
            callbacks.release()
    callbacks.on_train_end(logs)
    run.end()


def _fit_epoch(model: Any, run: FitRun, plan: FitPlan) -> dict[str, Any]:
    """Do what is left of an epoch, validation included; return its metrics."""
    trainer, callbacks, validation = run.trainer, run.callbacks, plan.validation
    train_steps = trainer.program(program.train_steps, callbacks.on_compile)

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        state, results = train_steps(
            span.batch_size,
            trainer.read(),
            trainer.hyperparameters,
            trainer.key,
            span.batch,
            span.order,
            first_row,
            count,
        )
        trainer.write(state)
        return results

    def stopped() -> bool:
        run.answer_signals()
        return model.stop_training or run.is_interrupted

    if run.step == 0:
        trainer.reset_metrics()
    callbacks.on_epoch_begin(run.epoch)
    watched = callbacks.watches_train_batches
    hooks = callbacks.on_train_batch_begin, callbacks.on_train_batch_end
    pace, batches = trainer.pace(train_steps, watched), run.feed.batches_of(run.epoch)
    arriving = not isinstance(plan.data, ArrayData)
    phase = Phase(callbacks, *hooks, pace, watched, stopped, batches, run, arriving)
    results = phase.dispatch_all(run.feed.spans(run.epoch, run.step), launch, run.step) or trainer.results()
    run.feed.look_ahead()
    validated: dict[str, Any] = {}
    if validation is not None and validation.is_due(run.epoch) and not run.is_interrupted:
        found = evaluate_data(
            model,
            trainer,
            validation.data,
            callbacks,
            validation.batch_size,
            validation.steps,
            lambda: run.is_interrupted,
        )
        validated = {f"val_{name}": value for name, value in found.items()}
    logs = fetch(results) | validated
    callbacks.on_progress(run.step, logs)
    trainer.warn_of_nan(model, logs.get("loss", 0.0), run.epoch, plan.data)
    return logs


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, Any]:
    """Update a model once on all rows as one batch; return the metrics since they were last reset."""
    compiled_of(model, "train_on_batch")
    data = take_data(model, x, y, sample_weight, class_weight, learns=True)
    trainer = Trainer(model, random.next_seed())
    rows = Order(len(data), None)[0]
    state, results = trainer.program(program.train_steps)(
        len(data), trainer.read(), trainer.hyperparameters, trainer.key, data.batch, rows, 0, 1
    )
    trainer.write(state)
    return fetch(results)


def lower_training(model: Any, x: Any, y: Any, sample_weight: Any, batch_size: int) -> Any:
    """Return the training program for some data as JAX's `Lowered`."""
    compiled_of(model, "lower")
    data = take_data(model, x, y, sample_weight)
    trainer = Trainer(model)
    rows = Order(len(data), None)[0]
    return trainer.program(program.train_steps).lower(
        batch_size, trainer.read(), trainer.hyperparameters, trainer.key, data.batch, rows, 0, 1
    )


def _parts(argument: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, list | tuple) and len(given) in (2, 3):
        return tuple(given)
    if isinstance(given, Blocks) or arrivals_of(argument, given) is not None:
        return (given,)
    raise ValueError(
        f"`{argument}` must be a tuple `(x, y)` or `(x, y, sample_weight)`, or hand over batches. Pass one of these."
    )


def _epochs_to_validate(given: Any, epochs: range, validates: bool) -> int | Container[int]:
    """Return after how many epochs, or which ones, to evaluate; warn where it is after none."""
    if not isinstance(given, Collection) or isinstance(given, str | bytes | Mapping):
        found: Any = positive_int("validation_freq", given)
        is_due = range(found, epochs.stop + 1, found)
    else:
        found = is_due = {positive_int("validation_freq", epoch, "Pass epochs, counted from 1.") for epoch in given}
        if not found:
            raise ValueError("`validation_freq` names no epoch. Pass some, counted from 1, or leave it out.")
    if not validates and found != 1:
        warn("`validation_freq` has no effect without data to validate on. Pass `validation_data`, or leave it out.")
    elif validates and epochs and not any(epoch + 1 in is_due for epoch in epochs):
        warn(
            f"`validation_freq` is {given!r}, and the epochs are {epochs.start + 1} to {epochs.stop}, so that there is "
            "no validation. Pass a smaller number, or leave it out."
        )
    return found


def _is_due(epochs: int | Container[int], epoch: int) -> bool:
    return (epoch + 1) % epochs == 0 if isinstance(epochs, int) else epoch + 1 in epochs


def _shuffles(given: Any) -> bool:
    """Return whether to shuffle: `"batch"` asks for less than a new order of the rows, which serves it as well."""
    if given == "batch" if isinstance(given, str) else given is None:
        return given is not None
    if isinstance(given, bool | np.bool_) or (isinstance(given, int) and given in (0, 1)):
        return bool(given)
    raise ArgumentError(f"`shuffle` must be True, False or 'batch', not {describe(given)}. Pass one of them.")


def _steps(argument: str, given: Any) -> int | None:
    return None if given is None else positive_int(argument, given)
