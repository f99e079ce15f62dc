"""A compiled model as programs see it: its boxes by path, and the pure functions over them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax

from hornet.core import random
from hornet.core.checks import warn
from hornet.core.config import is_all_ours, structure_of
from hornet.core.dtypes import epsilon, floatx
from hornet.core.frame import current_frame
from hornet.core.module import boxes, pure, store, values_of
from hornet.core.variable import Box, Number, Variable
from hornet.core.xla import compiler_options
from hornet.training.compiled import Compiled
from hornet.training.pace import Pace
from hornet.training.program import Forward, Spec
from hornet.training.state import TrainState


def forward_of(model: Any, compiled: Compiled | None) -> Forward:
    """Return a built model's computation; `compile()` makes it anew where code of a user's is in it."""
    held = boxes(model, Box)
    variables = {path: box for path, box in held.items() if isinstance(box, Variable)}
    trained = (
        model.trainable,
        *((path, getattr(box, "trainable", None), getattr(box, "shape", None)) for path, box in held.items()),
    )
    structure = structure_of(model)
    token = None if compiled is None or is_all_ours(structure) else compiled.token
    key = (structure, trained, epsilon(), floatx(), token)
    is_brief = compiled is not None and compiled.programs.is_brief
    return Forward(key, pure(held, model), compiler_options((one.shape for one in variables.values()), is_brief))


class Trainer:
    """Moves a compiled model's state between its boxes and its programs.

    Args:
        model: A built model.
        compiled: Its compile arguments, metrics resolved.
        seed: What the random draws of this run come from.
        warns: Whether to warn of a loss that is no longer finite.
    """

    def __init__(self, model: Any, compiled: Compiled, seed: int = 0, warns: bool = True) -> None:
        self._compiled = compiled
        self._tracked = {id(one) for metric in compiled.tracked.values() for one in metric.variables}
        variables = {path: one for path, one in boxes(model, Variable).items() if id(one) not in self._tracked}
        trained = set(map(id, model.trainable_variables))
        self._params = {path: one for path, one in variables.items() if id(one) in trained}
        self._buffers = {path: one for path, one in variables.items() if id(one) not in trained}
        self._metrics = compiled.metric_variables
        compiled.optimizer.build(self._params)
        compiled.optimizer.step = compiled.step
        self._numbers = boxes({"": model, "optimizer": compiled.optimizer}, Number)
        self.key = random.key_data(seed)
        self._spec = self._make_spec(model)
        self.fresh_totals = compiled.fresh_totals()
        self._warns = warns
        self._written: TrainState | None = None
        self._add_slots()

    def read(self) -> TrainState:
        """Return the present state; callbacks may have changed it since the last step."""
        return TrainState(
            params=values_of(self._params),
            buffers=values_of(self._buffers),
            slots=self._compiled.slots,
            metrics=values_of(self._metrics),
            step=self._compiled.step,
        )

    @property
    def hypers(self) -> dict[str, Any]:
        """The present hyperparameters; callbacks may have changed them since the last step."""
        return values_of(self._numbers)

    def set_hypers(self, values: Mapping[str, float]) -> None:
        """Replace hyperparameters, by path; those of other names are passed over."""
        for path, value in values.items():
            if path in self._numbers:
                self._numbers[path].set(value)

    def write(self, state: TrainState) -> None:
        """Put a program's state into the boxes."""
        self._written = state
        store(self._params, state.params)
        store(self._buffers, state.buffers)
        self.write_metrics(state.metrics)
        self._compiled.slots = state.slots
        self._compiled.step = self._compiled.optimizer.step = state.step

    def complete(self) -> None:
        """Finish a `write` that an interruption may have left half done."""
        if self._written is not None:
            self.write(self._written)

    def results(self) -> dict[str, Any]:
        """Return the metrics since they were last reset."""
        return self._spec.results(self.read().metrics)

    def finalize(self) -> None:
        """Give the weights the values that the optimizer keeps when training ends."""
        optimizer = self._compiled.optimizer
        store(self._params, optimizer.finalize(values_of(self._params), self._compiled.slots))

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        """Put the totals of the loss and the metrics into their boxes."""
        store(self._metrics, metrics)

    def held(self) -> dict[str, Any]:
        """Return what the forward computation reads."""
        state = self.read()
        return {**state.params, **state.buffers, **self.hypers}

    def reset_metrics(self) -> None:
        """Begin the totals again."""
        self.write_metrics(self.fresh_totals)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of `training.program` for this model: compiled, or eager where `compile()` asked so."""
        if not self._compiled.run_eagerly:
            return self._compiled.programs.compiled(function, self._spec)

        def run_eagerly(*arguments: Any) -> Any:
            with jax.disable_jit():
                return function(self._spec, *arguments)

        return run_eagerly

    def pace(self, phase: str, watched: bool) -> Pace:
        """Return how many steps a dispatch takes in a phase: what `compile()` said where batches are watched."""
        if watched or self._compiled.run_eagerly:
            return Pace(self._compiled.steps_per_execution, fixed=True)
        return self._compiled.paces.setdefault(phase, Pace())

    def warn_of_nan(self, loss: float, epoch: int) -> None:
        """Warn, once in a run, that the loss has become NaN or infinite."""
        if math.isfinite(loss) or not self._warns:
            return
        self._warns = False
        step = int(self._compiled.tracker.finite_steps.value)
        warn(
            f"The loss became {loss} in epoch {epoch + 1} at step {step + 1}. Lower the learning rate, scale the "
            "inputs, or clip gradients with `clipnorm`; `TerminateOnNaN` stops such a run."
        )

    def _add_slots(self) -> None:
        """Give slots to weights that have none yet, and take them from weights that were frozen."""
        self._compiled.slots = self._compiled.optimizer.renew(self._compiled.slots, values_of(self._params))

    def _make_spec(self, model: Any) -> Spec:
        compiled = self._compiled
        optimizer = {path: box for path, box in self._numbers.items() if path.startswith("optimizer/")}
        constraints = {path: one.constraint for path, one in self._params.items() if one.constraint is not None}
        optimize = pure(optimizer, compiled.optimizer.update)
        scale = pure(optimizer, compiled.optimizer.scale_loss)
        count = pure(self._metrics, compiled.update_metrics)
        results = pure(self._metrics, compiled.results)

        def update(hypers: Any, gradients: Any, params: Any, slots: Any, step: Any) -> Any:
            (params, slots), _, _ = optimize(hypers, gradients, params, slots, step)
            return {path: constraints.get(path, _unchanged)(one) for path, one in params.items()}, slots

        _check_steps(model)
        own = map(_overridden, (model.train_step, model.test_step, model.compute_loss))
        structure = (compiled.structure(), *own)
        return Spec(
            forward=forward_of(model, compiled),
            key=(structure, None if is_all_ours(structure) else compiled.token),
            compute=self._make_compute(model),
            scale_loss=lambda hypers, loss, slots: scale(hypers, loss, slots)[0],
            update_metrics=lambda metrics, *batch: count(metrics, *batch)[1],
            results=lambda metrics: results(metrics)[0],
            update=update,
            train_step=model.train_step,
            test_step=model.test_step,
        )

    def _make_compute(self, model: Any) -> Callable[..., Any]:
        """Return the model's computation with its loss, all penalties included."""
        penalised: list[Any] = [one for one in self._params.values() if one.regularizer is not None]
        tracked = {path: one for path, one in self._metrics.items() if id(one) in self._tracked}

        def compute(x: Any, y: Any, sample_weight: Any) -> Any:
            frame = current_frame()
            assert frame is not None
            output = model(x)
            if _overridden(model.compute_loss):
                labels, weights = (one[0] if one and len(one) == 1 else one for one in (y, sample_weight))
                loss, parts = model.compute_loss(x, labels, output, weights, training=frame.training), []
            else:
                loss, parts = self._compiled.compute_loss(y, output, sample_weight)
            penalties = [variable.regularizer(variable.value) for variable in penalised]
            masks = [frame.mask_of(one) for one in jax.tree.leaves(output)]
            return output, masks, (loss + sum(frame.losses) + sum(penalties), parts)

        return pure({**self._params, **self._buffers, **boxes(model, Number), **tracked}, compute)


def _check_steps(model: Any) -> None:
    """Refuse steps that a user wrote as Keras wants them."""
    for method, arguments in ((model.train_step, 3), (model.test_step, 4)):
        try:
            inspect.signature(method).bind(*range(arguments))
        except TypeError:
            name = method.__name__
            names = "step, state, batch" if name == "train_step" else "step, held, metrics, batch"
            raise TypeError(
                f"`{name}` of {type(model).__name__} must take `(self, {names})`: it is compiled with the epoch, so it "
                "returns a new state. See docs/own_loops.md."
            ) from None


def _overridden(method: Any) -> Any:
    """Return a method's function if a user's class wrote it, or `None` if it is ours."""
    return None if method.__func__.__module__.startswith("hornet.") else method.__func__


def _unchanged(value: Any) -> Any:
    return value
