"""A compiled model as programs see it: its boxes by path, and the pure functions over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jax

from hornet.core import random
from hornet.core.checks import warn
from hornet.core.config import is_all_ours, structure_of
from hornet.core.frame import current_frame
from hornet.core.module import boxes, partition, pure, store, values_of
from hornet.core.package import overridden
from hornet.core.settings import epsilon, floatx
from hornet.core.undisturbed import undisturbed
from hornet.core.variable import Number, Variable
from hornet.core.xla import compiler_options
from hornet.optimizers.own_apply import through_own_apply
from hornet.optimizers.state import make_update
from hornet.training.compiled import Compiled
from hornet.training.data.checks import likely_causes
from hornet.training.digests import digest_of_structure
from hornet.training.listed import ListedSteps, alone, flat_logs, steps_over_lists, takes_keyword
from hornet.training.objective import own_metrics, penalties_of
from hornet.training.pace import Pace
from hornet.training.program import Forward, Spec
from hornet.training.program_cache import EagerProgram, ProgramCache
from hornet.training.state import TrainState

_BOTH = frozenset({"train_step", "test_step"})


def forward_of(model: Any, compiled: Compiled | None, programs: ProgramCache) -> Forward:
    """Return a built model's computation; user-defined code is traced again after each `compile()`."""
    parts = partition(model)
    held = parts.boxes
    trained = (
        model.trainable,
        *((path, getattr(box, "trainable", None), getattr(box, "shape", None)) for path, box in held.items()),
    )
    structure = structure_of(model)
    # A function of the user's may read globals, so its programs last until the next `compile()` only.
    version = None if compiled is None or is_all_ours(structure) else compiled.arguments.code_version
    key = (structure, trained, epsilon(), floatx(), version)
    is_brief = compiled is not None and programs.is_brief
    options = compiler_options((variable.shape for variable in parts.variables.values()), is_brief)
    return Forward(key, pure(held, model), options, tuple(parts.kept))


class Trainer:
    """Moves a compiled model's state between its boxes and its programs.

    Args:
        model: A built model, whose losses and metrics the data have resolved.
        seed: What the random draws of this run come from.
        warns: Whether to warn of a loss that is no longer finite.
    """

    def __init__(self, model: Any, seed: int = 0, warns: bool = True) -> None:
        compiled: Compiled = model._compiled
        self._arguments, self._optimizer_state = compiled.arguments, compiled.optimizer_state
        self._objective = compiled.objective
        self._programs: ProgramCache = model._programs
        parts = partition(model)
        layer_metrics = self._objective.layer_metrics.values()
        layer_totals = {id(variable) for metric in layer_metrics for variable in metric.variables}
        self._params = parts.trained
        # What a layer's metrics count is reset each epoch, as the other metrics are; buffers never are.
        self._buffers = {path: box for path, box in parts.not_trained.items() if path not in parts.metrics}
        self._kept = parts.kept
        self._listed_buffers = {path: box for path, box in self._buffers.items() if path not in parts.counts}
        self._metrics = self._objective.variables
        own = own_metrics(model, self._objective)  # which a step of the user's own updates
        self._metrics |= boxes({"own": own}, Variable)
        self._layer_metrics = {path: box for path, box in self._metrics.items() if id(box) in layer_totals}
        self._optimizer_state.prepare(self._params)  # some choose their inner optimizers only now
        self._model_numbers = parts.hyperparameters
        self._optimizer_numbers = boxes({"optimizer": self._optimizer_state.optimizer}, Number)
        self._hyperparameters = {**self._model_numbers, **self._optimizer_numbers}
        self.key = random.key_data(seed)
        self._spec = self._make_spec(model, compiled)
        self._initial_totals = self._objective.reset()
        for metric in own:
            metric.reset_state()
        self._initial_totals |= values_of(boxes({"own": own}, Variable))
        self._own_resets = self._objective.with_own_resets
        reset_by_user = {id(variable) for metric in self._own_resets for variable in metric.variables}
        self._own_totals = {path: box for path, box in self._metrics.items() if id(box) in reset_by_user}
        self._is_fresh = True
        self._warns = warns
        self._written: TrainState | None = None

    @undisturbed
    def read(self) -> TrainState:
        """Return the present state; callbacks may have changed it since the last step."""
        return TrainState(
            params=values_of(self._params),
            buffers=values_of(self._buffers),
            slots=self._optimizer_state.slots,
            metrics=values_of(self._metrics),
            step=self._optimizer_state.step.held,
        )

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The present hyperparameters; callbacks may have changed them since the last step."""
        return values_of(self._hyperparameters)

    @cached_property
    def settings(self) -> dict[str, str]:
        """Digests of what the results of a run depend on, for those who go on with it."""
        objective = self._objective
        forward: Any = self._spec.forward.key
        parts = {
            "model": forward[0],
            "loss": [(term.path, term.outputs, term.loss, term.weight) for term in objective.terms],
            "optimizer": self._optimizer_state.optimizer,
        }
        return {name: digest_of_structure(structure_of(part)) for name, part in parts.items()}

    def set_hyperparameters(self, values: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """Replace hyperparameters, by path, and return those that changed, before and after; others are passed over."""
        before = self.hyperparameters
        for path, value in values.items():
            if path in before:
                self._hyperparameters[path].set(value)
        return {path: (before[path], value) for path, value in values.items() if before.get(path, value) != value}

    @undisturbed
    def write(self, state: TrainState) -> None:
        """Put a program's state into the boxes."""
        # A signal may come between two boxes: `complete` then writes the rest.
        self._written = state
        store(self._params, state.params)
        store(self._buffers, state.buffers)
        self.write_metrics(state.metrics)
        self._optimizer_state.slots = state.slots
        self._optimizer_state.step.held = state.step

    def complete(self) -> None:
        """Finish a `write` that an interruption may have left half done."""
        if self._written is not None:
            self.write(self._written)

    def results(self) -> dict[str, Any]:
        """Return the metrics since they were last reset."""
        return self._spec.results(self.read().metrics)

    def finalize(self) -> None:
        """Give the weights the values that the optimizer keeps when training ends."""
        state = self._optimizer_state
        store(self._params, state.optimizer.finalize(values_of(self._params), state.slots))
        state.optimizer._show(state.slots)

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        """Put the totals of the loss and the metrics into their boxes, and what layers go on from, if it is there."""
        store({**self._metrics, **self._kept}, metrics)

    @undisturbed
    def inference_state(self) -> dict[str, Any]:
        """Return the values that the forward computation reads."""
        state = self.read()
        return {**state.params, **state.buffers, **self.hyperparameters}

    def begin_totals(self) -> dict[str, Any]:
        """Return the totals that an epoch or an evaluation begins with."""
        if not self._own_resets:
            return self._initial_totals
        for metric in () if self._is_fresh else self._own_resets:
            metric.reset_state()
        self._is_fresh = False
        return {**self._initial_totals, **values_of(self._own_totals)}

    def begin_evaluation(self) -> dict[str, Any]:
        """Return the totals that an evaluation begins with, and what layers go on from."""
        return {**self.begin_totals(), **values_of(self._kept)}

    def totals_so_far(self) -> dict[str, Any]:
        """Return the totals since metrics were last reset, and what layers go on from."""
        return values_of({**self._metrics, **self._kept})

    def keep_totals(self, totals: Mapping[str, Any]) -> None:
        """Keep of an evaluation's totals those of metrics which a user says how to begin again."""
        store(self._own_totals, {path: totals[path] for path in self._own_totals})

    def reset_metrics(self) -> None:
        """Begin the totals again."""
        self.write_metrics(self.begin_totals())

    def program(self, function: Callable[..., Any], on_compile: Callable[[], None] | None = None) -> Any:
        """Return a function of `training.program` for this model: compiled, or eager where `compile()` requested it.

        Args:
            function: The function.
            on_compile: Called before it is compiled.
        """
        if self._arguments.run_eagerly:
            return EagerProgram(function, self._spec, self._arguments.steps)
        return self._programs.get(function, self._spec, on_compile)

    def pace(self, program: Any, watched: bool) -> Pace:
        """Return how many steps a dispatch of a program takes: what `compile()` said where batches are watched."""
        return Pace(self._arguments.steps, fixed=True) if watched else program.pace

    def warn_of_nan(self, model: Any, loss: float, epoch: int, data: Any) -> None:
        """Warn, once in a run, that the loss has become NaN or infinite; say what may have done it."""
        if math.isfinite(loss) or not self._warns or self._spec.has_logs:
            return
        self._warns = False
        # The program counts steps up to the first that is not finite, since the host sees the epoch's end alone.
        step = int(self._objective.tracker.finite_steps.value)
        causes = likely_causes(model, data)
        warn(
            f"The loss became {loss} in epoch {epoch + 1} at step {step + 1}. {causes}; "
            "`TerminateOnNaN` stops such a run."
        )

    def _make_spec(self, model: Any, compiled: Compiled) -> Spec:
        optimizer, objective = self._optimizer_state.optimizer, self._objective
        move = through_own_apply(optimizer, self._params, make_update(optimizer, self._params))
        optimize = pure(self._optimizer_numbers, move)
        scale = pure(self._optimizer_numbers, optimizer.scale_loss)
        own_logs: list[dict[str, Any]] = []

        def follow(x: Any, y: Any, sample_weight: Any, outcome: Any) -> None:
            objective.follow_losses(outcome)
            if overridden(model.compute_metrics) is None:
                objective.update_metrics(y, sample_weight, outcome[0])
            else:
                own_logs[:] = [flat_logs(model.compute_metrics(x, alone(y), outcome[0], alone(sample_weight)))]

        def with_logs(step: Callable[..., Any]) -> Callable[..., Any]:
            # What a `compute_metrics` of the user's returned while the step was traced.
            return lambda *arguments: (step(*arguments), own_logs.pop() if own_logs else {})

        count = pure(self._metrics, follow)
        results = pure(self._metrics, objective.results)

        def update(hyperparameters: Any, gradients: Any, params: Any, slots: Any, step: Any) -> Any:
            return optimize(hyperparameters, gradients, params, slots, step)[0]

        listed = self._listed_steps(model)
        own_methods = map(overridden, (model.train_step, model.test_step, model.compute_loss, model.compute_metrics))
        has_logs = steps_over_lists(model)
        undecayed = optimizer.undecayed_paths(self._params)
        overwritten = tuple(path for path, box in self._params.items() if box.overwrite_with_gradient)
        structure = (structure_of(optimizer), undecayed, overwritten, objective._structure(), *own_methods)
        return Spec(
            forward=forward_of(model, compiled, self._programs),
            key=(structure, None if is_all_ours(structure) else compiled.arguments.code_version),
            compute=self._make_compute(model),
            scale_loss=lambda hyperparameters, loss, slots: scale(hyperparameters, loss, slots)[0],
            update_metrics=lambda metrics, *batch: count(metrics, *batch)[1],
            results=lambda metrics: results(metrics)[0],
            update=update,
            train_step=listed.train_step if "train_step" in has_logs else with_logs(model.train_step),
            test_step=listed.test_step if "test_step" in has_logs else with_logs(model.test_step),
            has_logs=_BOTH if overridden(model.compute_metrics) else has_logs,
        )

    def _listed_steps(self, model: Any) -> ListedSteps:
        """Return the model's steps over lists, as Keras's guide for JAX has them."""
        paths = {id(variable): path for path, variable in self._metrics.items()}
        totals = {paths[id(variable)]: variable for variable in model.metrics_variables}
        return ListedSteps(
            model, self._params, self._listed_buffers, totals, self._hyperparameters, self._optimizer_state
        )

    def _make_compute(self, model: Any) -> Callable[..., Any]:
        """Return the model's computation with its loss, all penalties included."""
        penalised = list(self._params.values())

        def compute(x: Any, y: Any, sample_weight: Any) -> Any:
            frame = current_frame()
            assert frame is not None
            output = model(x)
            if overridden(model.compute_loss):
                # A `compute_loss` of the user's gets labels of one output as they were passed to `fit`, not in a list.
                labels, weights = alone(y), alone(sample_weight)
                takes_training = {"training": frame.training} if takes_keyword(model.compute_loss, "training") else {}
                total = model.compute_loss(x, labels, output, weights, **takes_training)
                parts = frame.loss_parts if len(frame.loss_parts) == len(self._objective.terms) else []
            else:
                loss, parts = self._objective.compute_loss(y, output, sample_weight)
                total = loss + sum(penalties_of(penalised))
            masks = [frame.mask_of(array) for array in jax.tree.leaves(output)]
            return output, masks, (total, parts)

        return pure({**self._params, **self._buffers, **self._model_numbers, **self._layer_metrics}, compute)
