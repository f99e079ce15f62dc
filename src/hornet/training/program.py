"""All that XLA sees: the pure functions behind `fit`, `evaluate` and `predict`.

A program runs `count` steps of `batch_size` rows in one loop. Both where it starts and how many steps it
takes are arguments, so one program serves whole epochs, parts of them and single steps, with results that
are equal bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornet.training.state import TrainState

Batch = tuple[Any, Any, Any]
"""Inputs, labels of each output (or `None`) and sample weights (or `None`), rows on the first axis of every array."""


@dataclass(frozen=True)
class Forward:
    """A model's computation; two of equal `key` share their programs.

    Args:
        key: Equal where the compiled programs are equal.
        call: What `core.module.pure` made: `(state, x, training, key, keeps_state) -> (output, new_state, losses)`.
        options: XLA's options for the programs.
        kept: The paths of what layers go on from in the next batch, in inference too.
    """

    key: Hashable
    call: Callable[..., Any] = field(compare=False)
    options: tuple[tuple[str, Any], ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spec:
    """What stays the same while a model trains; two of equal `forward` and `key` share their programs.

    Args:
        forward: The model's computation.
        key: What else the programs depend on: the structure of loss, metrics and optimizer.
        compute: `(state, x, y, sample_weight, training, key, keeps_state) -> (outcome, new_state, _)`.
            An outcome is the output, the mask of each output (or `None`), and the loss: a pair of the total and the
            parts, each divided by the batch's size.
        scale_loss: `(hyperparameters, loss, slots) -> loss`, what gradients are taken of.
        update_metrics: `(metrics, x, y, sample_weight, outcome) -> metrics`, given what `compute` returned first.
        results: `metrics -> {name: value}`.
        update: `(hyperparameters, gradients, params, slots, step) -> (params, slots)`, constraints applied.
        train_step: `(step, state, batch) -> (state, logs)`, of the model's own or `train_step`.
        test_step: `(step, held, metrics, batch) -> (metrics, logs)`, of the model's own or `test_step`.
        has_logs: Which of both have logs of their own, in the place of `results`.
    """

    forward: Forward
    key: Hashable
    compute: Callable[..., Any] = field(compare=False)
    scale_loss: Callable[..., Any] = field(compare=False)
    update_metrics: Callable[..., Any] = field(compare=False)
    results: Callable[..., Any] = field(compare=False)
    update: Callable[..., Any] = field(compare=False)
    train_step: Callable[..., Any] = field(compare=False)
    test_step: Callable[..., Any] = field(compare=False)
    has_logs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """The two halves of an update, for those who write their own `train_step`.

    Args:
        spec: What stays the same.
        hyperparameters: Numbers that change without a compile: `{"optimizer/learning_rate": 0.01}`.
        key: Raw key data of the run. The draws of an update come from it and the state's step.
        row: In an evaluation the first row of the batch, which the batch's draws come from.
    """

    spec: Spec
    hyperparameters: dict[str, Any]
    key: Any = None
    row: Any = 0

    def gradients(self, state: TrainState, batch: Batch) -> tuple[dict[str, Any], TrainState]:
        """Return the gradient in each weight, scaled as the optimizer requires, and the state with new totals."""
        x, y, sample_weight = batch
        # Draws come from the number of the step and not from the dispatch, so that every gear draws the same.
        key = _fold_into(self.key, state.step)

        def objective(params: dict[str, Any]) -> tuple[Any, Any]:
            held = {**params, **state.buffers, **state.metrics, **self.hyperparameters}
            outcome, held, _ = self.spec.compute(held, x, y, sample_weight, training=True, key=key)
            _, _, (loss, _) = outcome
            # The gradient is of the scaled loss; the one that is reported is in `outcome`, as it was.
            return self.spec.scale_loss(self.hyperparameters, loss, state.slots), (outcome, held)

        (_, (outcome, held)), gradients = jax.value_and_grad(objective, has_aux=True)(state.params)
        buffers = {path: held[path] for path in state.buffers}
        # A layer's own metrics are updated while it computes, the others by what came out.
        metrics = {path: held.get(path, total) for path, total in state.metrics.items()}
        metrics = self.spec.update_metrics(metrics, x, y, sample_weight, outcome)
        return gradients, replace(state, buffers=buffers, metrics=metrics)

    def update(self, state: TrainState, gradients: dict[str, Any]) -> TrainState:
        """Return the state after the optimizer's update."""
        params, slots = self.spec.update(self.hyperparameters, gradients, state.params, state.slots, state.step)
        return replace(state, params=params, slots=slots, step=state.step + 1)

    def metrics(self, held: dict[str, Any], metrics: dict[str, Any], batch: Batch) -> dict[str, Any]:
        """Return the metrics' totals after a batch that is not trained on, and what layers go on from among them."""
        x, y, sample_weight = batch
        key = _fold_into(self.key, _TEST, self.row)
        held = {**held, **metrics}
        outcome, after, _ = self.spec.compute(held, x, y, sample_weight, training=False, key=key, keeps_state=False)
        metrics = {path: after.get(path, total) for path, total in metrics.items()}
        return {**metrics, **self.spec.update_metrics(metrics, x, y, sample_weight, outcome)}


def train_step(step: Step, state: TrainState, batch: Batch) -> TrainState:
    """Return the state after one update on one batch."""
    gradients, state = step.gradients(state, batch)
    return step.update(state, gradients)


def test_step(step: Step, held: dict[str, Any], metrics: dict[str, Any], batch: Batch) -> dict[str, Any]:
    """Return the metrics' totals after one batch, given all that the model holds."""
    return step.metrics(held, metrics, batch)


def train_steps(
    spec: Spec,
    batch_size: int,
    state: TrainState,
    hyperparameters: dict[str, Any],
    key: Any,
    data: Batch,
    order: Any,
    first_row: Any,
    count: Any,
) -> tuple[TrainState, dict[str, Any]]:
    """Return the state after `count` updates, and the epoch's results so far.

    Args:
        spec: What stays the same.
        batch_size: Rows of a batch.
        state: The state before.
        hyperparameters: Numbers that change without a compile: `{"optimizer/learning_rate": 0.01}`.
        key: Raw key data of the run.
        data: All rows.
        order: Row numbers in the order of the epoch.
        first_row: Where in `order` the first batch begins.
        count: Number of updates.
    """
    step = Step(spec, hyperparameters, key)

    def body(index: Any, carried: tuple[TrainState, Any]) -> tuple[TrainState, Any]:
        state, _ = carried
        rows = lax.dynamic_slice(order, (first_row + index * batch_size,), (batch_size,))
        # The rows are gathered inside the loop: a shuffled copy of all data would double the memory.
        batch = jax.tree.map(lambda column: column.at[rows].get(mode="promise_in_bounds"), data)
        return spec.train_step(step, state, batch)

    # `count` is traced, so one program does a whole epoch, a part of one and a single step.
    state, logs = _loop(body, count, state, "train_step" in spec.has_logs)
    return state, logs or spec.results(state.metrics)


def evaluate_steps(
    spec: Spec,
    batch_size: int,
    held: dict[str, Any],
    metrics: dict[str, Any],
    key: Any,
    data: Batch,
    first_row: Any,
    count: Any,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the metrics' totals after `count` batches in the order of the rows, and the results so far.

    Args:
        spec: What stays the same.
        batch_size: Rows of a batch.
        held: All that the model holds: weights, buffers and hyperparameters.
        metrics: The totals before, and what layers go on from.
        key: Raw key data, for models that draw in inference.
        data: All rows.
        first_row: Where the first batch begins.
        count: Number of batches.
    """

    def body(index: Any, carried: tuple[dict[str, Any], Any]) -> tuple[dict[str, Any], Any]:
        metrics, _ = carried
        row = first_row + index * batch_size
        return spec.test_step(Step(spec, held, key, row), held, metrics, _block(data, row, batch_size))

    metrics, logs = _loop(body, count, metrics, "test_step" in spec.has_logs)
    return metrics, logs or spec.results(metrics)


def predict_blocks(
    forward: Forward, batch_size: int, state: dict[str, Any], key: Any, x: Any, first_row: Any, count: Any
) -> tuple[Any, dict[str, Any]]:
    """Return the outputs of `count` batches of `x` from `first_row` on, in their rows; the other rows are zeros.

    Beside them comes what layers go on from after the last batch, by path.
    """
    rows = len(jax.tree.leaves(x)[0])

    def block(row: Any, kept: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        rows = _block(x, row, batch_size)
        held = {**state, **kept}
        outputs, after, _ = forward.call(held, rows, training=False, key=_fold_into(key, row), keeps_state=False)
        for output in jax.tree.leaves(outputs):
            if output.shape[:1] != (batch_size,):
                raise ValueError(
                    f"The model makes an output of shape {output.shape} of {batch_size} rows, but `predict` returns a "
                    "row for each. Call the model itself, `model(x)`, on whole batches."
                )
        return outputs, {path: after[path] for path in kept}

    def body(index: Any, carried: tuple[Any, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
        row = first_row + index * batch_size
        outputs, kept = block(row, carried[1])
        return jax.tree.map(
            partial(lax.dynamic_update_slice_in_dim, start_index=row, axis=0), carried[0], outputs
        ), kept

    kept = {path: state[path] for path in forward.kept}
    if rows == batch_size:
        return block(0, kept)
    # All batches write into one array, so that the host fetches the outputs once.
    shapes = jax.eval_shape(block, 0, kept)[0]
    empty = jax.tree.map(lambda output: jnp.zeros((rows, *output.shape[1:]), output.dtype), shapes)
    return lax.fori_loop(0, count, body, (empty, kept))


def _loop(body: Callable[[Any, Any], Any], count: Any, state: Any, has_logs: bool) -> tuple[Any, dict[str, Any]]:
    """Return the state, and the logs of the last of `count` steps; none where they have none."""
    logs = jax.eval_shape(body, 0, (state, {}))[1] if has_logs else {}
    return lax.fori_loop(0, count, body, (state, jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), logs)))


_TEST = 0x54455354
"""Sets the draws of a test batch apart from those of the update of the same number."""


def _fold_into(key: Any, *numbers: Any) -> Callable[[], Any]:
    """Return a function that folds numbers into a run's key; it is lazy, since most models draw nothing."""

    def fold() -> Any:
        folded = jax.random.wrap_key_data(key)
        for number in numbers:
            folded = jax.random.fold_in(folded, number)
        return jax.random.key_data(folded)

    return fold


def _block(data: Any, first_row: Any, batch_size: int) -> Any:
    return jax.tree.map(lambda column: lax.dynamic_slice_in_dim(column, first_row, batch_size), data)
