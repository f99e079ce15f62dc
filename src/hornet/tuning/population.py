"""Trains many models at once, each as if it were trained alone.

Models that differ only in numbers and in the widths of hidden layers share compiled programs: they are trained in
stand-ins that are wide enough (see `models.widening`). Members that share no program with others keep their own. Cores
work on different members at the same time; a member that has stopped makes room for the next one.
"""

from __future__ import annotations

import copy
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from hornet.callbacks import (
    CallbackList,
    EarlyStopping,
    History,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from hornet.core import random
from hornet.core.checks import warn
from hornet.core.config import is_all_ours, structure_of
from hornet.core.module import boxes
from hornet.core.variable import Variable
from hornet.models.widening import Chain, StandIn
from hornet.training import loop
from hornet.training.data.arrays import ArrayData, padded_rows
from hornet.training.loop import Training
from hornet.training.program import Programs
from hornet.training.run import Run
from hornet.training.trainer import Trainer
from hornet.tuning.costs import COMPILING, Widths, buckets_of, step_seconds
from hornet.tuning.progress import Progress

_LOOK_AT_LOGS = (EarlyStopping, History, LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN)
"""Callbacks that see a model only through logs, numbers and whole lists of weights, so that any stand-in will do."""


@dataclass(eq=False)
class Member:
    """A model and what is to be done with it; after the training, what came out.

    Args:
        model: A compiled model, built for the data.
        training: What to do.
        callbacks: Its own callbacks.
    """

    model: Any
    training: Training
    callbacks: Sequence[Any] = ()
    history: History | None = None
    error: BaseException | None = None
    """What ended its training, where something did."""
    run: Run | None = None
    """How far it is, while it is trained."""
    seconds: float = 0.0
    """How long that took."""
    obstacle: str | None = field(init=False, default=None)
    """Why it cannot be trained beside others, in words; `None` where it can."""
    chain: Chain | None = field(init=False, default=None)
    """The model as stand-ins see it, where they can take its place."""
    structure: Hashable = field(init=False, default=None)
    """Equal for models that share programs."""
    bucket: Bucket | None = field(init=False, default=None)
    """Where it is trained."""

    def __post_init__(self) -> None:
        foreign = [one for one in self.callbacks if type(one) not in _LOOK_AT_LOGS]
        if foreign:
            self.obstacle = f"`{type(foreign[0]).__name__}` may look at the model while it is trained"
            return
        self.chain = Chain.of(self.model)
        if self.chain is not None:
            self.structure = self.chain.key
            return
        self.structure = (structure_of(self.model), structure_of(self.model.require_compiled("fit").arguments))
        if not is_all_ours(self.structure):
            self.obstacle = "the model, or what it is compiled with, has code of your own"

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
        return cls(model, model.plan_fit(x, y, **settings), CallbackList(callbacks).callbacks)

    @property
    def result(self) -> History:
        """The history.

        Raises:
            Exception: What ended the training, where something did.
        """
        if self.error is not None:
            raise self.error
        assert self.history is not None
        return self.history

    @property
    def updates(self) -> int:
        """The number of updates that it is to make."""
        return len(self.training.epochs) * self.training.steps

    @property
    def is_done(self) -> bool:
        """Whether its training has ended, well or not."""
        return self.history is not None or self.error is not None

    @property
    def epoch(self) -> int:
        """The number of epochs that are done."""
        return self.run.epoch if self.run is not None else 0

    @property
    def best_loss(self) -> float | None:
        """The least loss of its epochs, on the rows to validate on where there are such; `None` before the end."""
        logs = {} if self.history is None else self.history.history
        return min(logs.get("val_loss") or logs.get("loss") or (), default=None)


@dataclass(eq=False)
class Bucket:
    """Members that share their programs.

    Args:
        widths: How wide their stand-ins are; `None` where each is trained in its own place.
    """

    widths: Widths | None
    waiting: deque[Member] = field(default_factory=deque)
    work: float = 0.0
    """Seconds that those who wait will about take."""
    stand_ins: list[StandIn] = field(default_factory=list)
    """Those that nobody uses just now."""
    is_begun: bool = False
    is_compiled: bool = False

    def fits(self, member: Member) -> bool:
        """Return whether its stand-ins are wide enough."""
        if self.widths is None or member.chain is None:
            return True
        return all(wide >= width for wide, width in zip(self.widths, member.chain.widths, strict=True))


class Population:
    """Trains members on all cores; programs and stand-ins stay for further members.

    Args:
        workers: How many members to train at a time; by default one on each core.
        room: Rows that every member's data get room for on the device, so that all share programs; by default as many
            as the longest of those that are trained together.
    """

    def __init__(self, workers: int | None = None, room: int | None = None) -> None:
        self.workers = workers or _cores()
        self.room = room
        self._obstacles: dict[str, int] = {}
        self._buckets: dict[Hashable, list[Bucket]] = {}
        self._programs = Programs(size=None, is_brief=True)  # which go with this object
        self._changed = threading.Condition()
        self._stopped = False

    def train(self, members: Sequence[Member], watch: Callable[[], None] = lambda: None) -> None:
        """Train members; each is left with its history, or the error that ended it.

        Args:
            members: The members.
            watch: Called now and then.

        Raises:
            KeyboardInterrupt: If the user interrupts; members that have a history are done.
        """
        self._stopped = False
        alone = self._assign(members)
        with ThreadPoolExecutor(self.workers, "hornet-population") as pool:
            settings: Any = jax.config
            working = [pool.submit(self._work, settings.jax_enable_x64) for _ in range(self.workers)]
            try:
                for member in alone:
                    self._train_alone(member)
                    watch()
                while not all(one.done() for one in working):
                    with self._changed:
                        self._changed.wait(timeout=0.1)
                    watch()
                for one in working:
                    one.result()  # raises what went wrong outside of any member's training
            except BaseException:
                self._stop(members)
                raise

    def stand_in(self, member: Member) -> Any:
        """Return a model that is a trained member until the next call, and whose programs are compiled."""
        if member.chain is None or member.bucket is None or not member.bucket.stand_ins:
            return member.model
        stand_in = member.bucket.stand_ins[0]
        stand_in.take(member.chain)
        return stand_in.model

    def tell_why(self) -> None:
        """Warn of members that were trained one by one since the last call."""
        for reason, count in self._obstacles.items():
            warn(f"{count} of the models were trained one by one: {reason}.")
        self._obstacles.clear()

    # --- who goes where -------------------------------------------------------------------------------

    def _assign(self, members: Sequence[Member]) -> list[Member]:
        """Put members into buckets; return those that must be trained one by one."""
        room = padded_rows(max([self.room or 0, *(len(member.training.data) for member in members)]))
        alone: list[Member] = []
        groups: dict[Hashable, list[Member]] = {}
        for member in members:
            if member.obstacle is not None:
                self._obstacles[member.obstacle] = self._obstacles.get(member.obstacle, 0) + 1
                alone.append(member)
                continue
            member.training = _sharing_programs(member, room)
            groups.setdefault((member.structure, _shape_of_work(member.training)), []).append(member)
        for key, group in groups.items():
            buckets = self._buckets.setdefault(key, [])
            if group[0].chain is None:
                buckets += [] if buckets else [Bucket(None)]
            else:
                buckets += [Bucket(widths) for widths in self._missing(buckets, group)]
            for member in group:
                member.bucket = min(filter(lambda one: one.fits(member), buckets), key=_cost_in(member))
                member.bucket.waiting.append(member)
                member.bucket.work += _cost_in(member)(member.bucket)
        return alone

    def _missing(self, buckets: Sequence[Bucket], group: Sequence[Member]) -> list[Widths]:
        """Return the widths of further stand-ins that are worth compiling for members of one structure."""
        work: dict[Widths, float] = {}
        for member in group:
            assert member.chain is not None
            cost = _cost_in(member)
            there = min((cost(one) for one in buckets if one.fits(member)), default=math.inf)
            if there - cost(Bucket(member.chain.widths)) > COMPILING:
                work[member.chain.widths] = work.get(member.chain.widths, 0.0) + member.updates
        one = group[0]
        return buckets_of(work, lambda widths: _step_seconds(one, widths))

    # --- the work of a core ----------------------------------------------------------------------------

    def _work(self, enable_x64: bool) -> None:
        """Train members until none is left; what goes wrong is kept with them.

        Args:
            enable_x64: JAX's setting where the population was asked, which may be of that thread alone.
        """
        with jax.enable_x64(enable_x64):
            self._train_all()

    def _train_all(self) -> None:
        while (member := self._next()) is not None:
            bucket = member.bucket
            assert bucket is not None
            try:
                if member.chain is None:
                    self._train_alone(member)
                else:
                    self._train_in_stand_in(member, member.chain, bucket)
            finally:
                with self._changed:
                    bucket.is_compiled = True
                    self._changed.notify_all()

    def _next(self) -> Member | None:
        """Return who is next, or `None` when all are done; waits while others compile what is needed.

        Programs that are not compiled yet come first, as cores compile different ones at the same time; else those
        with the most work left, so that all cores end together.
        """
        with self._changed:
            while not self._stopped:
                waiting = [one for some in self._buckets.values() for one in some if one.waiting]
                if not waiting:
                    return None
                ready = [one for one in waiting if not one.is_begun] or [one for one in waiting if one.is_compiled]
                if ready:
                    bucket = max(ready, key=lambda one: one.work)
                    bucket.is_begun = True
                    member = bucket.waiting.popleft()
                    bucket.work -= _cost_in(member)(bucket)
                    return member
                self._changed.wait()
            return None

    def _train_alone(self, member: Member) -> None:
        """Train a member in its own model."""
        with _recorded(member):
            self._train(member, member.model, Trainer(member.model, member.model.require_compiled("fit"), warns=False))

    def _train_in_stand_in(self, member: Member, chain: Chain, bucket: Bucket) -> None:
        with _recorded(member):
            with self._changed:
                stand_in = bucket.stand_ins.pop() if bucket.stand_ins else None
            if stand_in is None:
                with random.seeded(0):  # its first weights are nobody's
                    stand_in = StandIn(chain, bucket.widths or (), member.training.data, self._programs)
            stand_in.take(chain)
            self._train(member, stand_in.model, stand_in.trainer)
            stand_in.give(chain)
            with self._changed:
                bucket.stand_ins.append(stand_in)

    def _train(self, member: Member, model: Any, trainer: Trainer) -> None:
        """Train a member in its own or another model."""
        training = member.training
        followers = CallbackList(
            member.callbacks, add_history=True, model=model, epochs=training.epochs.stop, steps=training.steps
        )
        run = member.run = training.begin(trainer, followers)
        run.is_interrupted = self._stopped  # `_stop` reaches those alone whose run it sees
        loop.fit(model, run, training)
        if not run.is_interrupted:
            member.history = member.model.history = model.history
        for callback in followers.callbacks:
            callback.set_model(member.model)

    def _stop(self, members: Sequence[Member]) -> None:
        """Let every core end after the batches that it computes."""
        with self._changed:
            self._stopped = True
            for buckets in self._buckets.values():
                for bucket in buckets:
                    bucket.waiting.clear()
                    bucket.work = 0.0
            self._changed.notify_all()
        for member in members:
            if member.run is not None and not member.is_done:
                member.run.is_interrupted = True


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _recorded(member: Member) -> Iterator[None]:
    """Leave with a member how long a block took, and what went wrong in it."""
    begun = time.perf_counter()
    try:
        yield
    except Exception as error:
        member.error = error
    member.seconds = time.perf_counter() - begun
    nothing = ArrayData((), room=member.training.data.room)  # so that memory holds the rows of those who wait alone
    member.training = replace(member.training, data=nothing, validation=None)
    member.callbacks = ()  # some of which hold the best weights


def _sharing_programs(member: Member, room: int) -> Training:
    """Return a member's training with data and batches of which fewer programs are compiled."""
    training, validation = member.training, member.training.validation
    if validation is not None and validation.steps is None:
        batch_size = member.model.evaluation_batch(len(validation.data), validation.batch_size)
        validation = replace(validation, batch_size=batch_size)
    return replace(training, data=replace(training.data, room=room), validation=validation)


def _shape_of_work(training: Training) -> Hashable:
    """Return what programs depend on beside a model."""
    data, validation = training.data, training.validation
    held_out = None if validation is None else (validation.batch_size, _shapes(validation.data))
    return training.batch_size, _shapes(data), held_out


def _shapes(data: ArrayData) -> Hashable:
    leaves, structure = jax.tree.flatten((data.x, data.y, data.sample_weight))
    return structure, tuple((leaf.shape[1:], leaf.dtype) for leaf in leaves)


def _cost_in(member: Member) -> Callable[[Bucket], float]:
    """Return what tells how long a member takes in a bucket."""
    return lambda bucket: _step_seconds(member, bucket.widths or ()) * member.updates


def _step_seconds(member: Member, widths: Widths) -> float:
    return 0.0 if member.chain is None else step_seconds(member.chain.kernels(widths), member.training.batch_size)


def train_population(
    models: Sequence[Any],
    x: Any = None,
    y: Any = None,
    *,
    rows: Sequence[Any] | None = None,
    sample_weight: Any = None,
    callbacks: Any = None,
    workers: int | None = None,
    verbose: bool | int = False,
    **settings: Any,
) -> list[History]:
    """Train compiled models at once, each as if by its own `fit`, and return their histories.

    Models that differ in learning rates, other numbers, seeds and weights share their compiled programs; so do those
    that differ in the widths of hidden `Dense` layers, where padding with units of zero weight computes the same. All
    cores work. A model whose training cannot be put in others' place (it has code of a user's own, or a callback that
    looks at the model) is trained by itself, and a warning says why.

    Args:
        models: The models, compiled.
        x: Inputs, the rows on the first axis.
        y: Labels.
        rows: For each model the numbers of the rows to train on, such as a fold's; all by default.
        sample_weight: Weight of each row.
        callbacks: Callbacks, of which each model gets its own copies.
        workers: How many models to train at a time; by default one on each core.
        verbose: Whether to show how far the training is.
        **settings: Further arguments of `Model.fit`, such as `epochs`, `batch_size` and `validation_data`.

    Raises:
        ValueError: If a model is not compiled, models share weights, or there are not as many entries of `rows` as
            models.

    Example:
        >>> from hornet import Sequential, layers
        >>> models = [Sequential([layers.Dense(width, "relu", input_shape=(2,)), layers.Dense(1)]) for width in (3, 5)]
        >>> for model in models:
        ...     model.compile(loss="mse", optimizer="sgd")
        >>> x = np.random.default_rng(0).normal(size=(64, 2))
        >>> [history.epoch for history in train_population(models, x, x.sum(axis=1), epochs=2)]
        [[0, 1], [0, 1]]
    """
    models = list(models)
    variables = [id(one) for model in models for one in boxes(model, Variable).values()]
    if len(set(variables)) < len(variables) or len(set(map(id, models))) < len(models):
        raise ValueError("Some of the models have weights in common. Pass models of which each has its own.")
    if rows is not None and len(rows) != len(models):
        raise ValueError(f"`rows` has {len(rows)} entries for {len(models)} models. Pass one for each.")
    members = []
    for place, model in enumerate(models):
        chosen = (x, y, sample_weight)
        if rows is not None:
            chosen = jax.tree.map(lambda part: np.asarray(part)[rows[place]], chosen, is_leaf=_is_array)  # noqa: B023
        own = copy.deepcopy(CallbackList(callbacks).callbacks)
        members.append(Member.of(model, *chosen[:2], sample_weight=chosen[2], callbacks=own, **settings))
    population = Population(workers)
    with Progress(len(members), bool(verbose)) as progress:
        population.train(members, lambda: progress.show(members))
        progress.end(members)
    population.tell_why()
    return [member.result for member in members]


def _is_array(part: Any) -> bool:
    """Return whether something is an array, though it be a list of numbers."""
    return isinstance(part, list) and not any(getattr(one, "shape", ()) for one in part)
