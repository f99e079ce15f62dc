"""The host's side of `evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from hornet.callbacks import CallbackList
from hornet.core import random
from hornet.core.checks import positive_int
from hornet.core.module import find
from hornet.core.settings import within_limit
from hornet.layers.layer import Layer
from hornet.training import program
from hornet.training.arriving import Source, batch_size_in, take_source
from hornet.training.compiled import compiled_of
from hornet.training.data.arrays import ArrayData
from hornet.training.data.feed import Span
from hornet.training.dispatch import Phase, fetch
from hornet.training.inputs import rows_kept, take_data
from hornet.training.threads import is_being_trained
from hornet.training.trainer import Trainer


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int | None,
    sample_weight: Any,
    steps: int | None,
    callbacks: Callable[..., CallbackList],
) -> dict[str, Any]:
    """Return the loss and the metrics on some rows, by name; `model.evaluate` explains the arguments.

    Args:
        model: A compiled model.
        x: Inputs, the rows on the first axis.
        y: Labels.
        batch_size: Rows of a batch.
        sample_weight: Weight of each row.
        steps: Number of batches, or `None` for all.
        callbacks: Makes the list of callbacks, from the number of `steps`.
    """
    compiled_of(model, "evaluate")
    data = take_source(model, x, y, sample_weight)
    batch_size = batch_size_in(data, batch_size, "steps", steps, rows_kept(model))
    steps = positive_int("steps", steps) if steps is not None else data.batches_in(batch_size)
    trainer = Trainer(model, random.inference_seed())
    return evaluate_data(model, trainer, data, callbacks(steps=steps), batch_size, steps)


def evaluate_data(
    model: Any,
    trainer: Trainer,
    data: Source,
    callbacks: CallbackList,
    batch_size: int,
    steps: int | None,
    interrupted: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return the loss and the metrics on checked rows, in their order.

    Args:
        model: The model; the evaluation ends when a callback sets its `stop_evaluating`.
        trainer: The model's state and programs.
        data: The rows.
        callbacks: Whom to notify.
        batch_size: Rows of a batch.
        steps: Number of batches, or `None` for all.
        interrupted: Whether to leave early, as when the run that this belongs to is interrupted.
    """
    evaluate_steps = trainer.program(program.evaluate_steps, callbacks.on_compile)
    totals = trainer.begin_evaluation()

    def launch(span: Span, first_row: int, count: int) -> dict[str, Any]:
        nonlocal totals
        totals, results = evaluate_steps(
            span.batch_size, trainer.inference_state(), totals, trainer.key, span.batch, first_row, count
        )
        return results

    def stopped() -> bool:
        return model.stop_evaluating or interrupted()

    watched = callbacks.watches_test_batches
    batches = min((count for count in (steps, data.batches_in(batch_size)) if count is not None), default=None)
    batches = within_limit("max_steps_per_epoch", batches)
    hooks = callbacks.on_test_batch_begin, callbacks.on_test_batch_end
    pace, arriving = trainer.pace(evaluate_steps, watched), not isinstance(data, ArrayData)
    phase = Phase(callbacks, *hooks, pace, watched, stopped, batches, arriving=arriving)
    model.stop_evaluating = False
    callbacks.on_test_begin()
    with closing(data.spans(batches, batch_size)) as spans:
        logs = fetch(phase.dispatch_all(spans, launch))
    # A metric object shows what was evaluated last, and a stateful layer goes on from there, but for an evaluation in
    # the middle of an epoch.
    (trainer.keep_totals if is_being_trained(model) else trainer.write_metrics)(totals)
    callbacks.on_test_end(logs)
    return logs


def test_on_batch(model: Any, x: Any, y: Any, sample_weight: Any) -> dict[str, Any]:
    """Take all rows as one batch into a model's metrics; return them since they were last reset."""
    compiled_of(model, "test_on_batch")
    data = take_data(model, x, y, sample_weight)
    trainer = Trainer(model, random.inference_seed())
    metrics, results = trainer.program(program.evaluate_steps)(
        len(data), trainer.inference_state(), trainer.totals_so_far(), trainer.key, data.batch, 0, 1
    )
    trainer.write_metrics(metrics)
    return fetch(results)


def evaluation_batch(model: Any, rows: int, wanted: int) -> int:
    """Return a number of rows near a wanted one into which all rows divide, so that one program is enough.

    It is the wanted number where the result depends on which rows come together.
    """
    losses = [term.loss for term in compiled_of(model, "evaluate").objective.terms]
    masks = any(type(layer).compute_mask is not Layer.compute_mask for layer in find(model, Layer))
    return even_batch(rows, wanted) if not masks and all(loss._is_mean_of_rows for loss in losses) else wanted


def even_batch(rows: int, wanted: int) -> int:
    """Return the number of rows near a wanted one into which all rows divide, or that one if there is none near.

    Results that sum over rows are the same for any size of batches, and one program is enough where none is short.

    Example:
        >>> even_batch(3870, 32), even_batch(64, 32), even_batch(37, 8)
        (30, 32, 8)
    """
    # Twice as large at most: memory was chosen by the wanted size.
    near = [size for size in range(wanted // 2 + 1, 2 * wanted) if rows % size == 0]
    return min(near, key=lambda size: abs(size - wanted), default=wanted)
