"""The model: a layer that can be compiled, trained, evaluated and used for predictions.

Each method here is a signature and its documentation; what it does is a function over the model in `training`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import jax
import numpy as np

from hornet import optimizers
from hornet.callbacks import CallbackList, History, RunCheckpoint
from hornet.core.checks import one_of, warn
from hornet.core.config import has_own
from hornet.core.folders import file_given
from hornet.core.messages import automatic_verbosity
from hornet.core.module import store, values_of
from hornet.core.registry import revive
from hornet.core.suggestions import explained
from hornet.core.variable import Variable
from hornet.models.older_calls import OlderCalls
from hornet.models.pickling import refuse_local_parts
from hornet.models.state_tree import put_state_tree, state_tree
from hornet.optimizers import LossScaleOptimizer, Optimizer
from hornet.optimizers.state import OptimizerState
from hornet.training import evaluation, fitting, prediction
from hornet.training.compile_arguments import CompileArguments
from hornet.training.compiled import Compiled, compiled_of
from hornet.training.fit_run import FitRun
from hornet.training.program_cache import SHARED, ProgramCache


class Model(OlderCalls):
    """A network with the methods of training: `compile`, `fit`, `evaluate`, `predict`.

    Args:
        **kwargs: What every `Layer` takes: `name`, `trainable`, `dtype`.

    Example:
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
        >>> x = np.random.default_rng(0).normal(size=(64, 2))
        >>> history = model.fit(x, x.sum(axis=1), epochs=3, verbose=0)
        >>> sorted(history.history), history.epoch
        (['loss', 'mae'], [0, 1, 2])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history: History | None = None
        self._fit_run: FitRun | None = None
        """The call of `fit` that is on, or the last one."""

    _not_in_files = frozenset({"history", "_fit_run", "_compiled", "_predictor", "_programs"})

    _compiled: Compiled | None = None
    _predictor: prediction.Predictor | None = None
    _programs: ProgramCache = SHARED

    # --- compile, fit, evaluate, predict --------------------------------------------------------------------

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile the model as `get_compile_config` says; a `compile` of a user's own is not called, with a warning.

        Args:
            config: What it returned.
        """
        if has_own(type(self), "compile"):
            warn(
                f"{self.name!r} is not compiled, as `{type(self).__name__}` has its own `compile`. Call it, or write "
                "`get_compile_config` and `compile_from_config`."
            )
            return
        self.compile(**revive(dict(config)))

    @explained("compile")
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is trained. Nothing is compiled until there is data.

        Args:
            optimizer: Name or object; `None` for a model that is not trained.
            loss: Name, object or function.
            loss_weights: Factor of the loss.
            metrics: Names, objects or functions to report; sample weights do not touch them.
            weighted_metrics: The same, weighted by sample and class weights.
            run_eagerly: Run each step operation by operation, so that prints and breakpoints in layers meet each batch;
                while a gradient is taken, values are JAX's tracers, which show them.
            steps_per_execution: Steps between two calls of a callback's batch hooks. Where no callback
                has such hooks, as many steps as a fifth of a second holds run together in any case.
            jit_compile: Ignored; kept for compatibility with Keras. XLA compiles every program.
            auto_scale_loss: Whether a model of the policy `mixed_float16` gets a `LossScaleOptimizer` around its
                optimizer.

        Raises:
            ValueError: If a name is unknown or a number is out of its range; the model stays as it was.
        """
        arguments = CompileArguments(
            self._scaled(optimizer) if auto_scale_loss else optimizer,
            loss,
            loss_weights,
            metrics,
            weighted_metrics,
            run_eagerly,
            steps_per_execution,
            jit_compile,
        )
        self._compiled = Compiled.of(arguments, previous=self._compiled)
        self._forget()

    @explained("fit")
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
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
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
        """Train the model.

        Args:
            x: Inputs, the rows on the first axis.
            y: Labels, one for each row.
            batch_size: Rows of an update; 32 by default.
            epochs: Number of the last epoch.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch; `"auto"` is 1.
            callbacks: Callbacks to notify of epochs and batches.
            validation_split: Fraction of the rows, the last ones, to evaluate on instead of training.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate on after an epoch.
            shuffle: Whether each epoch takes the rows in a new order.
            class_weight: Weight of each class, by its index.
            sample_weight: Weight of each row; where given, `class_weight` has no effect.
            initial_epoch: Number of epochs that an earlier run has done.
            steps_per_epoch: Updates of an epoch; by default as many as the rows fill. An epoch ends with the pass over
                the rows at the latest, with a warning, and the next one goes on where it ended.
            validation_steps: Batches of an evaluation; by default all.
            validation_batch_size: Rows of an evaluation's batch; `batch_size` by default.
            validation_freq: Epochs between evaluations, or a collection of the epochs to follow.
            resume: A file that keeps the run's state after each epoch; where it exists, the run goes on from there.

        Returns:
            The `History`: `history` (lists of metrics), `epoch`, `params`.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit it; it stays as it was.
        """
        verbose = _verbosity(verbose)
        plan = fitting.plan_fit(
            self,
            x,
            y,
            batch_size,
            epochs,
            validation_split,
            validation_data,
            shuffle,
            class_weight,
            sample_weight,
            initial_epoch,
            steps_per_epoch,
            validation_steps,
            validation_batch_size,
            validation_freq,
        )
        given = (
            callbacks
            if resume is None
            else [callbacks or [], RunCheckpoint(file_given("resume", resume, "run.safetensors"))]
        )
        followers = self._callback_list(given, verbose, add_history=True, epochs=epochs, steps=plan.steps)
        return fitting.fit(self, plan, followers)

    @explained("evaluate")
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics on some rows.

        Args:
            x: Inputs, the rows on the first axis.
            y: Labels, one for each row.
            batch_size: Rows computed at a time; 32 by default.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line; `"auto"` is 1.
            sample_weight: Weight of each row.
            steps: Number of batches; by default all.
            callbacks: Callbacks to notify of batches.
            return_dict: Whether to return a dict by name.

        Returns:
            The loss; a list `[loss, metric, ...]` where there are metrics; or a dict.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit it.
        """
        followers = partial(self._callback_list, callbacks, verbose, epochs=1)
        return self._results(evaluation.evaluate(self, x, y, batch_size, sample_weight, steps, followers), return_dict)

    @explained("predict")
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> np.ndarray:
        """Return the outputs for some rows.

        Rows are computed in blocks of one size, the last one filled up with zeros. Where rows depend on each other, as
        in a layer that takes means over the batch, call `predict_on_batch`, which computes the rows as they are.

        Args:
            x: Inputs, the rows on the first axis.
            batch_size: Rows computed at a time; 32 by default.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line; `"auto"` is 1.
            steps: Number of batches; by default all.
            callbacks: Callbacks to notify of batches.

        Returns:
            The outputs, the rows on the first axis.

        Raises:
            ValueError: If the rows do not fit the model.
        """
        followers = partial(self._callback_list, callbacks, verbose, epochs=1)
        return prediction.predict(self, x, batch_size, steps, followers if callbacks or verbose != 0 else None)

    # --- one batch at a time --------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Update the model once, on one batch; return the metrics since they were last reset.

        Args:
            x: The batch's inputs.
            y: The batch's labels.
            sample_weight: Weight of each row.
            class_weight: Weight of each class, by its index.
            return_dict: Whether to return a dict by name.
        """
        return self._results(fitting.train_on_batch(self, x, y, sample_weight, class_weight), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return the metrics since they were last reset, one batch more taken in.

        Args:
            x: The batch's inputs.
            y: The batch's labels.
            sample_weight: Weight of each row.
            return_dict: Whether to return a dict by name.
        """
        return self._results(evaluation.test_on_batch(self, x, y, sample_weight), return_dict)

    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Return the outputs for one batch."""
        return self.predict(x, batch_size=len(jax.tree.leaves(self._as_inputs(x))[0]), verbose=0)

    def lower(self, x: Any, y: Any = None, sample_weight: Any = None, batch_size: int = 32) -> Any:
        """Return the training program for some data as JAX's `Lowered`: `.as_text()` shows it, `.compile()` builds it.

        Args:
            x: Inputs, the rows on the first axis.
            y: Labels, one for each row.
            sample_weight: Weight of each row.
            batch_size: Rows of an update.
        """
        return fitting.lower_training(self, x, y, sample_weight, batch_size)

    # --- what it is compiled with ---------------------------------------------------------------------------

    @property
    def compiled(self) -> bool:
        """Whether `compile()` was called."""
        return self._compiled is not None

    @property
    def run_eagerly(self) -> bool:
        """Whether each step runs operation by operation; assigning changes what `compile()` said."""
        return self._compiled is not None and self._compiled.arguments.run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._set_compiled("run_eagerly", bool(value))

    @property
    def steps_per_execution(self) -> int:
        """How many steps run between two calls of a callback's batch hooks; assigning changes what `compile()` said."""
        return 1 if self._compiled is None else self._compiled.arguments.steps

    @steps_per_execution.setter
    def steps_per_execution(self, value: int | str) -> None:
        self._set_compiled("steps_per_execution", value)

    @property
    def jit_compile(self) -> bool:
        """Whether programs are to be compiled, as `compile()` said; all are, but for `run_eagerly`."""
        said = self._compiled is None or self._compiled.arguments.jit_compile is not False
        return said and not self.run_eagerly

    @jit_compile.setter
    def jit_compile(self, value: bool) -> None:
        self._set_compiled("jit_compile", bool(value))

    def _set_compiled(self, name: str, value: Any) -> None:
        """Change an argument of `compile()`; before it there is none, and Keras forgets what was assigned."""
        if self._compiled is None:
            warn(f"`{name}` was assigned before `compile`, which sets it anew. Pass `{name}={value!r}` to `compile`.")
            return
        self._compiled = replace(self._compiled, arguments=replace(self._compiled.arguments, **{name: value}))

    @property
    def _compile_arguments(self) -> CompileArguments | None:
        """The arguments of `compile()`, or `None` before it."""
        return None if self._compiled is None else self._compiled.arguments

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        """The optimizer with its slots and its count of steps, or `None` if there is no optimizer."""
        return None if self._compiled is None or self.optimizer is None else self._compiled.optimizer_state

    _own_optimizer = _own_loss = None
    """What a loop of the user's own assigned, without `compile()`."""

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; before `compile()` what was assigned, or `None`, which is hidden from type checkers."""
        return cast(Optimizer, self._compiled.arguments.optimizer if self._compiled else self._own_optimizer)

    @optimizer.setter
    def optimizer(self, value: Any) -> None:
        self._assign("optimizer", value)

    @property
    def loss(self) -> Any:
        """The loss as it was given to `compile()`; before it what was assigned."""
        return self._compiled.arguments.loss if self._compiled else self._own_loss

    @loss.setter
    def loss(self, value: Any) -> None:
        self._assign("loss", value)

    def _assign(self, name: str, value: Any) -> None:
        if self._compiled is None:
            setattr(self, f"_own_{name}", value)
        else:
            Model.compile(self, **{**self._compiled.arguments.as_dict(), name: value})

    @property
    def metrics(self) -> list[Any]:
        """The loss's mean, the metrics once the first data have shown what they are, and those that it holds itself."""
        reported = [] if self._compiled is None else list(self._compiled.objective.reported.values())
        return reported + [metric for metric in super().metrics if metric not in reported]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns."""
        return [] if self._compiled is None else list(self._compiled.objective.reported)

    @property
    def metrics_variables(self) -> list[Variable]:
        """The totals of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def reset_metrics(self) -> None:
        """Begin the totals of the loss and the metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def _swap_averages(self) -> None:
        """Exchange the weights for the moving averages that the optimizer keeps of them.

        Raises:
            ValueError: If it keeps none.
        """
        state = compiled_of(self, "swap_averages").optimizer_state
        weights, state.slots = state.optimizer.swap(values_of(state.variables), state.slots)
        store(state.variables, weights)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """Return all that training changes, as nested dicts by the parts of paths.

        Args:
            value_format: `"backend_tensor"` for JAX's arrays, `"numpy_array"` for NumPy's.

        Returns:
            `{"trainable_variables": ..., "non_trainable_variables": ..., "optimizer_variables": ...,
            "metrics_variables": ...}`

        Example:
            >>> from hornet import Sequential, layers
            >>> model = Sequential([layers.Dense(1, name="out", kernel_initializer="ones", input_shape=(2,))])
            >>> model.get_state_tree("numpy_array")["trainable_variables"]["out"]["bias"]
            array([0.], dtype=float32)
        """
        return state_tree(self, value_format)

    def set_state_tree(self, state_tree: Mapping[str, Any]) -> None:
        """Take the values of a tree that `get_state_tree` returned, or of a part of one.

        Raises:
            ValueError: If the model has no such variable, or one of another shape.
        """
        put_state_tree(self, state_tree)

    # --- inside ---------------------------------------------------------------------------------------------

    def _scaled(self, given: Any) -> Any:
        """Return an optimizer that keeps small gradients of half precision from vanishing, where there are such."""
        optimizer = optimizers.get(given)
        if self.dtype_policy.name != "mixed_float16" or optimizer is None or isinstance(optimizer, LossScaleOptimizer):
            return optimizer
        before = self.optimizer
        if isinstance(before, LossScaleOptimizer) and before.inner_optimizer is optimizer:
            return before
        return LossScaleOptimizer(optimizer)

    def _results(self, logs: dict[str, Any], as_dict: bool) -> Any:
        """Return results as Keras does: the loss alone, or a list with it first, or a dict."""
        if as_dict:
            return logs
        names = [name for name in self.metrics_names if name in logs]  # a step of the user's own has logs of its own
        values = [logs[name] for name in dict.fromkeys([*names, *logs])]
        return values if len(values) > 1 else values[0]

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle and copy: all but the programs, which the copy compiles when it needs them."""
        refuse_local_parts(self)
        return {**vars(self), "_predictor": None, "_fit_run": None}

    def _forget(self) -> None:
        super()._forget()
        self._predictor = None

    def _callback_list(
        self, callbacks: Any, verbose: int | str, add_history: bool = False, **params: int | None
    ) -> CallbackList:
        verbose = _verbosity(verbose)
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks, add_history=add_history, add_progbar=verbose != 0, model=self, verbose=verbose, **params
        )


Model._plain_class = Model


def _verbosity(given: Any) -> int:
    return automatic_verbosity() if given == "auto" else one_of("verbose", given, (0, 1, 2))
