"""The model: a layer that can be compiled, trained, evaluated and asked for predictions."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection
from typing import Any, ClassVar

import jax
import numpy as np

from hornet.callbacks import CallbackList, History, RunKeeper
from hornet.core import random
from hornet.core.checks import explained, non_negative_int, one_of, positive_int
from hornet.core.module import boxes, values_of
from hornet.core.symbolic import tensors_in
from hornet.core.variable import Box
from hornet.models.stored import StoredNetwork
from hornet.training import loop, program
from hornet.training.data.arrays import program_dtype
from hornet.training.data.order import Order
from hornet.training.pace import Pace
from hornet.training.run import Run
from hornet.training.trainer import Trainer, forward_of


class Model(StoredNetwork):
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

    def __new__(cls, *args: Any, **kwargs: Any) -> Model:
        """Return a `Functional` for `Model(inputs, outputs)`, and for a user's class called like that."""
        if cls in (Model, Model.graph_class):
            _check_drawn(args, kwargs)
        kind: Any = cls._drawn_class() if _draws(args, kwargs) else cls
        return super().__new__(kind)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if _draws(args, kwargs):  # a user's class that passes a graph to `super().__init__`
            self.__class__ = self._drawn_class()
            self.draw(*args, **kwargs)
            return
        super().__init__(*args, **kwargs)
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.history: History | None = None
        self.run: Run | None = None
        """The call of `fit` that is on, or the last one."""
        self._predictor: tuple[dict[str, Box], Callable[..., Any], Pace] | None = None

    graph_class: ClassVar[Any]
    """The class of models that are drawn as a graph: `Functional`, which enters itself here."""

    @classmethod
    def _drawn_class(cls) -> Any:
        if issubclass(cls, Model.graph_class):
            return cls
        if cls is Model:
            return Model.graph_class
        return type(cls.__name__, (cls, Model.graph_class), {"__module__": cls.__module__})

    def draw(self, inputs: Any, outputs: Any, **kwargs: Any) -> None:
        """Become the model that computes some symbolic tensors from others."""
        raise NotImplementedError

    # --- compile, fit, evaluate, predict --------------------------------------------------------------

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
            callbacks: Callbacks to tell of epochs and batches.
            validation_split: Part of the rows, the last ones, to evaluate on instead of training.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate on after an epoch.
            shuffle: Whether each epoch takes the rows in a new order.
            class_weight: Weight of each class, by its number.
            sample_weight: Weight of each row; where given, `class_weight` has no effect.
            initial_epoch: Number of epochs that an earlier run has done.
            steps_per_epoch: Updates of an epoch; by default as many as the rows fill.
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
        training = self.plan_fit(
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
        followed = callbacks if resume is None else [callbacks or [], RunKeeper(resume)]
        followers = self._followers(followed, verbose, add_history=True, epochs=epochs, steps=training.steps)
        self.run = training.begin(Trainer(self, self.require_compiled("fit")), followers)
        loop.fit(self, self.run, training)
        assert self.history is not None
        return self.history

    @explained("fit")
    def plan_fit(
        self,
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
    ) -> loop.Training:
        """Return what `fit` would do with these arguments, the model built for the data; `fit` explains them."""
        compiled = self.require_compiled("fit")
        numbers = range(non_negative_int("initial_epoch", initial_epoch), non_negative_int("epochs", epochs))
        validation_steps = _steps("validation_steps", validation_steps)
        if not isinstance(validation_freq, Collection) or isinstance(validation_freq, str):
            validation_freq = positive_int("validation_freq", validation_freq)
        with self._unless_refused():
            data = self._take(compiled, x, y, sample_weight, class_weight)
            held_out = None
            if validation_data is not None:
                held_out = self._take(compiled, *_parts("validation_data", validation_data), argument="validation_data")
            elif validation_split:
                plain = data if class_weight is None else self._take(compiled, x, y, sample_weight)
                held_out = plain.split(validation_split)[1]  # class weights are for training alone
                data = data.split(validation_split)[0]
        batch_size = _batch_size(batch_size, len(data), "steps_per_epoch", steps_per_epoch)
        validation_batch = batch_size if validation_batch_size is None else validation_batch_size
        validation_batch = positive_int("validation_batch_size", validation_batch)
        validation = None
        if held_out is not None:
            validation = loop.Validation(held_out, validation_batch, validation_steps, validation_freq)
        steps = _steps("steps_per_epoch", steps_per_epoch) or math.ceil(len(data) / batch_size)
        self.settle(compiled, data)
        return loop.Training(data, validation, numbers, batch_size, steps, bool(shuffle), random.next_seed())

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
            callbacks: Callbacks to tell of batches.
            return_dict: Whether to return a dict by name.

        Returns:
            The loss; a list `[loss, metric, ...]` where there are metrics; or a dict.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit it.
        """
        compiled = self.require_compiled("evaluate")
        data = self._take(compiled, x, y, sample_weight)
        batch_size = _batch_size(batch_size, len(data), "steps", steps)
        self.settle(compiled, data)
        steps = _steps("steps", steps) or math.ceil(len(data) / batch_size)
        followers = self._followers(callbacks, verbose, epochs=1, steps=steps)
        logs = loop.evaluate(self, Trainer(self, compiled, random.inference_seed()), data, followers, batch_size, steps)
        return self._results(logs, return_dict)

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
        in a layer that takes means over the batch, ask `predict_on_batch`, which computes the rows as they are.

        Args:
            x: Inputs, the rows on the first axis.
            batch_size: Rows computed at a time; 32 by default.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line; `"auto"` is 1.
            steps: Number of batches; by default all.
            callbacks: Callbacks to tell of batches.

        Returns:
            The outputs, the rows on the first axis.

        Raises:
            ValueError: If the rows do not fit the model.
        """
        inputs = jax.tree.map(lambda part: part.astype(program_dtype(part.dtype), copy=False), self._as_inputs(x))
        batch_size = _batch_size(batch_size, len(jax.tree.leaves(inputs)[0]), "steps", steps)
        if steps is not None:
            stop = positive_int("steps", steps) * batch_size
            inputs = jax.tree.map(lambda part: part[:stop], inputs)
        held, run, pace = self._predictor or self._make_predictor(inputs)
        self._check_features("x", inputs)
        rows = len(jax.tree.leaves(inputs)[0])
        key = random.key_data(random.inference_seed())
        if rows == 1 and not callbacks and verbose == 0:  # the shortest way, for those who ask row by row
            return jax.tree.map(np.array, run(1, values_of(held), key, inputs, 0, 1))
        batch_size = min(batch_size, 1 << (rows - 1).bit_length())
        followers = self._followers(callbacks, verbose, epochs=1, steps=math.ceil(rows / batch_size))
        return loop.predict(self, run, values_of(held), key, inputs, followers, batch_size, pace)

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> np.ndarray:
        """Return the class of each row: the largest output's, or for a single sigmoid unit whether it is above 0.5.

        Args:
            x: Inputs, the rows on the first axis.
            batch_size: Rows computed at a time; 32 by default.
            verbose: As in `predict`.

        Shapes:
            output: `(rows,)`; `(rows, 1)` for a single unit
        """
        outputs = self.predict(x, batch_size, verbose)
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        return (outputs > 0.5).astype(np.int32)

    def predict_proba(self, x: Any, batch_size: int | None = None, verbose: int | str = 0) -> np.ndarray:
        """Return the outputs for some rows: `predict` under its older name."""
        return self.predict(x, batch_size, verbose)

    # --- one batch at a time --------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Update the model once, on one batch; return the metrics since they were last reset.

        Args:
            x: The batch's inputs.
            y: The batch's labels.
            sample_weight: Weight of each row.
            class_weight: Weight of each class, by its number.
            return_dict: Whether to return a dict by name.
        """
        compiled = self.require_compiled("train_on_batch")
        data = self._take(compiled, x, y, sample_weight, class_weight)
        self.settle(compiled, data)
        return self._results(loop.train_on_batch(Trainer(self, compiled, random.next_seed()), data), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Return the metrics since they were last reset, one batch more taken in.

        Args:
            x: The batch's inputs.
            y: The batch's labels.
            sample_weight: Weight of each row.
            return_dict: Whether to return a dict by name.
        """
        compiled = self.require_compiled("test_on_batch")
        data = self._take(compiled, x, y, sample_weight)
        self.settle(compiled, data)
        return self._results(loop.test_on_batch(Trainer(self, compiled, random.inference_seed()), data), return_dict)

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
        compiled = self.require_compiled("lower")
        data = self._take(compiled, x, y, sample_weight)
        self.settle(compiled, data)
        trainer = Trainer(self, compiled)
        run: Any = trainer.compiled(program.run)
        rows = Order(len(data), None)[0]
        return run.lower(batch_size, trainer.read(), trainer.hypers, trainer.key, data.batch, rows, 0, 1)

    # --- inside ---------------------------------------------------------------------------------------

    def _make_predictor(self, inputs: Any) -> tuple[dict[str, Box], Callable[..., Any], Pace]:
        self._build_on_rows(inputs)
        self._check_features("x", inputs)
        programs = program.SHARED if self._compiled is None else self._compiled.programs
        run = programs.compiled(program.predict, forward_of(self, self._compiled))
        self._predictor = (boxes(self, Box), run, Pace())
        return self._predictor

    def _results(self, logs: dict[str, Any], as_dict: bool) -> Any:
        """Return results as Keras does: the loss alone, or a list with it first, or a dict."""
        if as_dict:
            return logs
        values = [logs[name] for name in self.metrics_names]
        return values if len(values) > 1 else values[0]

    def _forget(self) -> None:
        super()._forget()
        self._predictor = None

    def _followers(self, callbacks: Any, verbose: int | str, add_history: bool = False, **params: int) -> CallbackList:
        verbose = _verbosity(verbose)
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks, add_history=add_history, add_progbar=verbose != 0, model=self, verbose=verbose, **params
        )


def _check_drawn(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse symbolic tensors under other names than those of a graph's ends."""
    drawn = sorted(name for name, one in kwargs.items() if tensors_in(one))
    if drawn and not {"inputs", "outputs"} <= {*kwargs, *("inputs", "outputs")[: len(args)]}:
        given = ", ".join(f"`{name}`" for name in drawn)
        raise TypeError(f"A `Model` is drawn from `inputs` and `outputs`, and got {given}. Pass both by these names.")


def _draws(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether a model is made of arguments `(inputs, outputs)`."""
    return bool(tensors_in(args[1:2] or kwargs.get("outputs")))


def _parts(argument: str, given: Any) -> tuple[Any, ...]:
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ValueError(f"`{argument}` must be a tuple `(x, y)` or `(x, y, sample_weight)`. Pass one of these.")
    return tuple(given)


def _batch_size(given: Any, rows: int, argument: str, steps: Any) -> int:
    """Return the rows of a batch: where only a number of steps is given, as many as share the rows among them."""
    if given is None and steps is not None:
        return math.ceil(rows / positive_int(argument, steps))
    return positive_int("batch_size", 32 if given is None else given)


def _verbosity(given: Any) -> int:
    return 1 if given == "auto" else one_of("verbose", given, (0, 1, 2))


def _steps(argument: str, given: Any) -> int | None:
    return None if given is None else positive_int(argument, given)
