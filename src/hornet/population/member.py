"""One of the models that are trained together, and what came out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import jax

from hornet.callbacks import (
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    JSONLogger,
    LearningRateScheduler,
    MLflow,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from hornet.core.config import is_all_ours, structure_of
from hornet.population.costs import Widths, step_seconds
from hornet.population.padding import LayerChain
from hornet.population.scheduler import Bucket
from hornet.training.compiled import compiled_of
from hornet.training.data.arrays import ArrayData
from hornet.training.evaluation import evaluation_batch
from hornet.training.fit_run import FitRun
from hornet.training.fitting import FitPlan, plan_fit
from hornet.training.trainer import Trainer

_READ_LOGS = (
    CSVLogger,
    EarlyStopping,
    History,
    JSONLogger,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
"""Callbacks that see a model only through logs, numbers and whole lists of weights, so that a padded one will do."""


@dataclass(eq=False)
class Outcome:
    """The outcome of the training of a member, or how far it is.

    Args:
        history: The history, once it has ended well.
        error: What ended it, where something did.
        run: How far it is, while it is trained.
        is_paused: Whether it has begun and is to go on.
        seconds: How long it took.
    """

    history: History | None = None
    error: BaseException | None = None
    run: FitRun | None = None
    is_paused: bool = False
    seconds: float = 0.0


@dataclass(eq=False)
class Member:
    """A model, and what is to be done with it.

    Args:
        model: A compiled model, built for the data.
        plan: What to do.
        callbacks: Its own callbacks.
        widths: The widths of the padded model to train in; by default the population chooses.
        file: The file of its run, from which it goes on where there is one; written at each pause.
        outcome: The result.
    """

    model: Any
    plan: FitPlan
    callbacks: Sequence[Any] = ()
    widths: Widths | None = None
    file: Path | None = None
    outcome: Outcome = field(default_factory=Outcome)
    obstacle: str | None = field(init=False, default=None)
    """Why it cannot be trained beside others, as text; `None` where it can."""
    chain: LayerChain | None = field(init=False, default=None)
    """The model as padded models see it, where they can replace it."""
    structure: Hashable = field(init=False, default=None)
    """Equal for models that share programs."""
    bucket: Bucket | None = field(init=False, default=None)
    """Where the population has put it."""

    def __post_init__(self) -> None:
        foreign = [callback for callback in self.callbacks if not _reads_logs_alone(callback)]
        if foreign:
            self.obstacle = f"`{type(foreign[0]).__name__}` may read the model while it is trained"
            return
        chain = LayerChain.of(self.model)
        if isinstance(chain, LayerChain):
            self.chain, self.structure = chain, chain.key
            return
        self.structure = (structure_of(self.model), structure_of(compiled_of(self.model, "fit").arguments.as_dict()))
        if not is_all_ours(self.structure):
            self.obstacle = "the model, or what it is compiled with, has user-defined code"

    @classmethod
    def of(cls, model: Any, x: Any, y: Any, *, callbacks: Any = None, resume: Any = None, **settings: Any) -> Member:
        """Return a member that does what `model.fit` does with the same arguments.

        Args:
            model: A compiled model.
            x: Inputs, the rows on the first axis.
            y: Labels.
            callbacks: Its own callbacks.
            resume: Not for members, which would share one file.
            **settings: Further arguments of `Model.fit`. `verbose` has no effect: the whole population has one display.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit it.
        """
        if resume is not None:
            raise ValueError("`resume` names one file, but many models are trained. Leave it out.")
        settings.pop("verbose", None)
        return cls(model, plan_fit(model, x, y, **settings), CallbackList(callbacks).callbacks)

    @property
    def history(self) -> History:
        """The history of what was trained so far."""
        assert self.outcome.run is not None
        assert self.outcome.run.callbacks.history is not None
        return self.outcome.run.callbacks.history

    @property
    def result(self) -> History:
        """The history.

        Raises:
            Exception: What ended the training, where something did.
        """
        if self.outcome.error is not None:
            raise self.outcome.error
        assert self.outcome.history is not None
        return self.outcome.history

    @property
    def updates(self) -> int:
        """The number of updates that it is to make."""
        return len(self.plan.epochs) * (self.plan.steps or 0)

    @property
    def is_done(self) -> bool:
        """Whether its training has ended, well or not."""
        return self.outcome.history is not None or self.outcome.error is not None

    @property
    def is_paused(self) -> bool:
        """Whether its training has begun and is to go on."""
        return self.outcome.is_paused

    @property
    def epoch(self) -> int:
        """The number of epochs that are done."""
        return self.outcome.run.epoch if self.outcome.run is not None else 0

    @property
    def best_loss(self) -> float | None:
        """The minimum loss of its epochs, on the validation data where there are some; `None` before the end."""
        logs = {} if self.outcome.history is None else self.outcome.history.history
        return min(logs.get("val_loss") or logs.get("loss") or (), default=None)

    @property
    def shape_of_work(self) -> Hashable:
        """What programs depend on beside the model: shapes of data and batches."""
        validation = self.plan.validation
        held_out = None if validation is None else (validation.batch_size, _shapes(validation.rows))
        return self.plan.batch_size, _shapes(self.plan.rows), held_out

    def seconds_at(self, widths: Widths) -> float:
        """Return about how long its training takes in a padded model of some widths; 0 where there is none."""
        if self.chain is None:
            return 0.0
        return step_seconds(self.chain.kernels(widths), self.plan.batch_size) * self.updates

    def share_programs(self, capacity: int) -> None:
        """Change the plan so that fewer programs are compiled: room for as many rows as others have, even batches.

        Args:
            capacity: Rows that the arrays on the device have.
        """
        validation = self.plan.validation
        if validation is not None and validation.steps is None:
            batch_size = evaluation_batch(self.model, len(validation.rows), validation.batch_size)
            validation = replace(validation, batch_size=batch_size)
        rows = self.plan.rows
        rows = rows if rows.capacity == capacity else replace(rows, capacity=capacity)  # which may be others' as well
        self.plan = replace(self.plan, data=rows, validation=validation)

    def begin(self, model: Any, trainer: Trainer) -> FitRun:
        """Return its run in a model, its own or one that has taken over its state: at the beginning, or after a pause.

        Raises:
            CorruptFileError: If the file of its run is damaged.
            ValueError: If that file was written by another run.
        """
        paused = self.outcome.run
        if paused is None:
            followers = CallbackList(
                self.callbacks, add_history=True, model=model, epochs=self.plan.epochs.stop, steps=self.plan.steps
            )
        else:
            followers = paused.callbacks
            followers.set_model(model)
        run = self.outcome.run = self.plan.begin(trainer, followers)
        model._fit_run = run
        if paused is not None:
            run.epoch, run.is_paused = paused.epoch, True
        elif self.file is not None and self.file.exists():
            followers.on_train_begin()
            run.load(self.file)
            run.is_paused = True
        return run

    def end_here(self) -> None:
        """Plan no further epochs, so that its training ends where it was paused."""
        self.plan = replace(self.plan, epochs=range(self.plan.epochs.start, self.epoch))

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Keep how the training in a block ended, and how long it took; let the rows go after the last."""
        begun, outcome = perf_counter(), self.outcome
        outcome.is_paused = False
        try:
            yield
        except Exception as error:
            outcome.error = error
        outcome.seconds += perf_counter() - begun
        # Only now: others, who may look at any time, shall find the weights that belong to it.
        if outcome.error is None and outcome.run is not None:
            outcome.is_paused = outcome.run.is_paused
            if not outcome.run.is_paused and not outcome.run.is_interrupted:
                outcome.history = self.model.history = outcome.run.callbacks.history
        if outcome.is_paused:
            return
        # Memory holds the rows of members that still wait alone; one row shows what the others were like.
        first = replace(self.plan.rows[:1], capacity=self.plan.rows.capacity)
        self.plan = replace(self.plan, data=first, validation=None)
        self.callbacks = ()  # some of which hold the best weights


def _reads_logs_alone(callback: Any) -> bool:
    return type(callback) in _READ_LOGS or (type(callback) is MLflow and not callback.log_model)


def _shapes(data: ArrayData) -> Hashable:
    leaves, structure = jax.tree.flatten((data.x, data.y, data.sample_weight))
    return structure, tuple((leaf.shape[1:], leaf.dtype) for leaf in leaves)
