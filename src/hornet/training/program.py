"""All that XLA sees: the pure functions behind `fit`, `evaluate` and `predict`.

A program runs `count` steps of `batch_size` rows in one loop. Both where it starts and how many steps it
takes are arguments, so one program serves whole epochs, parts of them and single steps, with results that
are equal bit for bit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from inspect import signature
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from hornet.core.forks import refuse_forked
from hornet.core.memory import forget_traces, forgotten_with_session
from hornet.training.pace import Pace
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
    """

    key: Hashable
    call: Callable[..., Any] = field(compare=False)
    options: tuple[tuple[str, Any], ...] = ()


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
        """Return the metrics' totals after a batch that is not trained on."""
        x, y, sample_weight = batch
        key = _fold_into(self.key, _TEST, self.row)
        held = {**held, **metrics}
        outcome, after, _ = self.spec.compute(held, x, y, sample_weight, training=False, key=key, keeps_state=False)
        metrics = {path: after.get(path, total) for path, total in metrics.items()}
        return self.spec.update_metrics(metrics, x, y, sample_weight, outcome)


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
        metrics: The totals before.
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
) -> Any:
    """Return the outputs of `count` batches of `x` from `first_row` on, in their rows; the other rows are zeros."""
    rows = len(jax.tree.leaves(x)[0])

    def block(row: Any) -> Any:
        rows = _block(x, row, batch_size)
        return forward.call(state, rows, training=False, key=_fold_into(key, row), keeps_state=False)[0]

    def body(index: Any, outputs: Any) -> Any:
        row = first_row + index * batch_size
        return jax.tree.map(partial(lax.dynamic_update_slice_in_dim, start_index=row, axis=0), outputs, block(row))

    if rows == batch_size:
        return block(0)
    # All batches write into one array, so that the host fetches the outputs once.
    empty = jax.tree.map(lambda output: jnp.zeros((rows, *output.shape[1:]), output.dtype), jax.eval_shape(block, 0))
    return lax.fori_loop(0, count, body, empty)


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


class Program:
    """A function of this module for one structure, compiled for each batch size and number of rows it is called with.

    Args:
        function: The function.
        spec: The structure, of the first model that used it.
    """

    def __init__(self, function: Callable[..., Any], spec: Spec | Forward) -> None:
        self.spec = spec
        self.pace = Pace()
        self._function = function
        self._place_of_data = list(signature(function).parameters).index("x" if isinstance(spec, Forward) else "data")

    def size_of(self, arguments: Sequence[Any]) -> tuple[int, int]:
        """Return the batch size and the number of rows in the arguments of a call."""
        return arguments[0], len(jax.tree.leaves(arguments[self._place_of_data - 1])[0])

    def jit(self) -> Any:
        """Return the function as JAX compiles it, at its first call."""
        options = dict((self.spec.forward if isinstance(self.spec, Spec) else self.spec).options)

        def run(batch_size: int, *arguments: Any) -> Any:
            return self._function(self.spec, batch_size, *arguments)

        return jax.jit(run, static_argnums=0, compiler_options=options)


class BoundProgram:
    """A shared program for one model: where it must be traced again, it is traced from this model.

    Args:
        program: The program.
        spec: The model's structure, equal to the program's.
        cache: What holds the program.
    """

    def __init__(self, program: Program, spec: Spec | Forward, cache: ProgramCache) -> None:
        self._program = program
        self._spec = spec
        self._cache = cache

    def __call__(self, *arguments: Any) -> Any:
        refuse_forked()
        self._program.spec = self._spec
        return self._cache.compiled(self._program, arguments)(*arguments)

    @property
    def pace(self) -> Pace:
        """How many steps a dispatch takes, as earlier dispatches of this structure have shown."""
        return self._program.pace

    def lower(self, *arguments: Any) -> Any:
        """Return the program as JAX's `Lowered`."""
        self._program.spec = self._spec
        return self._program.jit().lower(*arguments)


class EagerProgram:
    """A function of this module that runs operation by operation.

    Args:
        function: The function.
        spec: The structure.
        steps: How many steps a dispatch takes.
    """

    def __init__(self, function: Callable[..., Any], spec: Spec, steps: int) -> None:
        self._function = function
        self._spec = spec
        self.pace = Pace(steps, fixed=True)

    def __call__(self, *arguments: Any) -> Any:
        with jax.disable_jit():
            return self._function(self._spec, *arguments)


class ProgramCache:
    """Programs by structure: models of equal structure share them.

    Args:
        size: How many to keep compiled, those that were used last; `None` for all. A program, which takes some
            megabytes, keeps the model that used it last alive.
        is_brief: Whether they run so shortly that the time of compiling counts.
    """

    def __init__(self, size: int | None = 48, is_brief: bool = False) -> None:
        self.is_brief = is_brief
        self._size = size
        self._make = lru_cache(maxsize=size)(Program)
        self._compiled: OrderedDict[tuple[Program, tuple[int, int]], Any] = OrderedDict()
        self._lock = Lock()
        self._dropped = 0

    def __reduce__(self) -> str:
        return "SHARED"  # copies of a model, in another process too, use the programs that are there

    @property
    def made(self) -> int:
        """The number of programs that were made so far."""
        return self._make.cache_info().misses

    def get(self, function: Callable[..., Any], spec: Spec | Forward) -> BoundProgram:
        """Return a function of this module, compiled for a structure."""
        return BoundProgram(self._make(function, spec), spec, self)

    def compiled(self, program: Program, arguments: Sequence[Any]) -> Any:
        """Return a program as JAX has compiled it for a size of batches and data, or will at its first call."""
        key = program, program.size_of(arguments)
        with self._lock:
            found = self._compiled.get(key)
            if found is None:
                found = self._compiled[key] = program.jit()
                if self._size is not None and len(self._compiled) > self._size:
                    self._compiled.popitem(last=False)
                    self._dropped += 1
                    if self._dropped % 16 == 0:
                        forget_traces()
            else:
                self._compiled.move_to_end(key)
        return found

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._compiled.clear()
            self._make.cache_clear()


SHARED = ProgramCache()
"""The programs of all models for which no other cache is set."""
forgotten_with_session(SHARED.clear)
