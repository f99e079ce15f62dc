"""Steps in the form of Keras's guide for JAX: a state of plain lists and a batch go in, logs and a state come out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.frame import current_frame
from hornet.core.module import pure
from hornet.core.package import overridden
from hornet.core.total import as_carried, shown
from hornet.core.variable import Number, Variable
from hornet.optimizers.state import OptimizerState
from hornet.training import program
from hornet.training.program import Batch, Step
from hornet.training.state import TrainState

Lists = tuple[list[Any], ...]


def takes(method: Any, count: int) -> bool:
    """Return whether a method takes a number of arguments."""
    try:
        inspect.signature(method).bind(*range(count))
    except TypeError:
        return False
    return True


def takes_keyword(method: Any, name: str) -> bool:
    """Return whether a method takes an argument by its name."""
    parameters = inspect.signature(method).parameters
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def steps_over_lists(model: Any) -> frozenset[str]:
    """Return which steps a user wrote over lists; refuse those that are written for TensorFlow or PyTorch."""
    found: set[str] = set()
    for method, arguments in ((model.train_step, 3), (model.test_step, 4)):
        if overridden(method) is None or takes(method, arguments):
            continue
        if not takes(method, 2):
            raise TypeError(
                f"`{method.__name__}` of {type(model).__name__} must take `(self, state, data)`, as in Keras's guide "
                "for JAX: it is compiled with the epoch, so it returns logs and a new state. See "
                "docs/guides/own_loops.md."
            )
        found.add(method.__name__)
    return frozenset(found)


@dataclass(frozen=True)
class ListedSteps:
    """A model's steps over lists, as programs call them.

    Args:
        model: The model.
        params: The variables that are trained, by path.
        buffers: Its other variables that `non_trainable_variables` lists.
        totals: The totals of metrics, in the order of `metrics_variables`.
        numbers: Hyperparameters of the model and the optimizer.
        optimizer_state: The optimizer's state.
    """

    model: Any
    params: Mapping[str, Variable]
    buffers: Mapping[str, Variable]
    totals: Mapping[str, Variable]
    numbers: Mapping[str, Number]
    optimizer_state: OptimizerState

    # --- what programs call: the user's form inside ours --------------------------------------------------

    def train_step(self, step: Step, state: TrainState, batch: Batch) -> tuple[TrainState, dict[str, Any]]:
        """Return the state after one update as the user's `train_step` makes it, and its logs."""

        def run() -> tuple[dict[str, Any], TrainState]:
            _frame().step = _Running(self, step, state)
            logs, lists = self.model.train_step(self.lists_of(state), data_of(batch))
            return flat_logs(logs), self.state_of(lists, state)

        key = program._fold_into(step.key, state.step)
        (logs, state), _, _ = pure(self.numbers, run)(step.hyperparameters, training=True, key=key)
        return state, logs

    def test_step(
        self, step: Step, held: dict[str, Any], metrics: dict[str, Any], batch: Batch
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the totals after one batch of an evaluation as the user's `test_step` makes them, and its logs."""
        lists = [held[path] for path in self.params], [held[path] for path in self.buffers], self._totals(metrics)

        def run() -> tuple[dict[str, Any], dict[str, Any]]:
            _frame().step = _Running(self, step, held)
            logs, (*_, totals) = self.model.test_step(lists, data_of(batch))
            return flat_logs(logs), {**metrics, **self._carried(totals)}

        key = program._fold_into(step.key, program._TEST, step.row)
        (logs, metrics), _, _ = pure(self.numbers, run)(held, key=key)
        return metrics, logs

    # --- between both -------------------------------------------------------------------------------------

    def lists_of(self, state: TrainState) -> Lists:
        """Return a state as lists."""
        return (
            [state.params[path] for path in self.params],
            [state.buffers[path] for path in self.buffers],
            self.optimizer_state.as_list(state.slots, state.step),
            self._totals(state.metrics),
        )

    def state_of(self, lists: Sequence[Sequence[Any]], before: TrainState) -> TrainState:
        """Return lists as a state, of the types that it had before."""
        params, buffers, optimizer_variables, totals = lists
        slots, step = self.optimizer_state.from_list(optimizer_variables)
        after = TrainState(
            params=dict(zip(self.params, params, strict=True)),
            buffers={**before.buffers, **dict(zip(self.buffers, buffers, strict=True))},
            slots=slots,
            metrics={**before.metrics, **self._carried(totals)},
            step=step,
        )
        return jax.tree.map(lambda old, new: jnp.asarray(new, jnp.result_type(old)), before, after)

    def _totals(self, metrics: Mapping[str, Any]) -> list[Any]:
        return [shown(variable, metrics[path]) for path, variable in self.totals.items()]

    def _carried(self, totals: Sequence[Any]) -> dict[str, Any]:
        pairs = zip(self.totals.items(), totals, strict=True)
        return {path: as_carried(box, jnp.asarray(value, box.dtype)) for (path, box), value in pairs}


@dataclass(frozen=True)
class _Running:
    """The step that runs, for `super().train_step(state, data)` inside it.

    Args:
        steps: The model's steps.
        step: The two halves of ours.
        held: The state before, or in an evaluation all that the model holds.
    """

    steps: ListedSteps
    step: Step
    held: Any

    def train(self, lists: Lists, data: Any) -> tuple[dict[str, Any], Lists]:
        """Do what is usually done in an update."""
        state = self.steps.state_of(lists, self.held)
        state = program.train_step(self.step, state, batch_of(data))
        return self.step.spec.results(state.metrics), self.steps.lists_of(state)

    def test(self, lists: Lists, data: Any) -> tuple[dict[str, Any], Lists]:
        """Do what is usually done with a batch of an evaluation."""
        params, buffers, totals = lists
        steps = self.steps
        held = {**self.held, **dict(zip((*steps.params, *steps.buffers), (*params, *buffers), strict=True))}
        metrics = program.test_step(self.step, held, dict(zip(steps.totals, totals, strict=True)), batch_of(data))
        return self.step.spec.results(metrics), (params, buffers, [metrics[path] for path in steps.totals])


def running(method: str) -> _Running:
    """Return the step that runs.

    Raises:
        RuntimeError: If none does.
    """
    frame = current_frame()
    if frame is None or frame.step is None:
        raise RuntimeError(
            f"`{method}(state, data)` is a part of `fit` and `evaluate`, and was called by itself. Call it from the "
            f"model's own `{method}`; docs/guides/own_loops.md shows loops of your own."
        )
    return frame.step


def data_of(batch: Batch) -> Any:
    """Return a batch as a user's step gets it: `(x, y, sample_weight)` without what was not passed to `fit`."""
    x, y, sample_weight = batch
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, list | tuple) else x
    y, sample_weight = alone(y), alone(sample_weight)
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def batch_of(data: Any) -> Batch:
    """Return what a user's step got as a batch."""
    x, y, sample_weight = (*data, None, None)[:3] if isinstance(data, list | tuple) else (data, None, None)
    return x, _several(y), _several(sample_weight)


def flat_logs(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Return logs as arrays, those of a dict in them among the others."""
    if not isinstance(logs, Mapping):
        raise TypeError(
            "A step must return its logs as a dict of numbers by name, not a number alone. "
            "Return `{metric.name: metric.stateless_result(...)}`."
        )
    found: dict[str, Any] = {}
    for name, value in logs.items():
        found.update(flat_logs(value) if isinstance(value, Mapping) else {name: jnp.asarray(value)})
    return found


def alone(parts: Any) -> Any:
    """Return what is of the only output as it was passed to `fit`; of several outputs a list."""
    return parts[0] if isinstance(parts, list | tuple) and len(parts) == 1 else parts


def _several(part: Any) -> Any:
    return part if part is None or isinstance(part, list | tuple) else (part,)


def _frame() -> Any:
    return current_frame()
