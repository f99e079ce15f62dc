"""Trains many models at once, each as if it were trained alone.

Models that differ only in numbers and in the widths of hidden layers share compiled programs: they are trained in
stand-ins that are wide enough (see `models.widening`). Members that share no program with others keep their own. Cores
work on different members at the same time; a member that has stopped makes room for the next one.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import jax

from hornet.callbacks import (
    CallbackList,
    EarlyStopping,
    History,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from hornet.core import random
from hornet.core.config import is_all_ours, structure_of
from hornet.models.widening import Chain, StandIn
from hornet.training import loop
from hornet.training.data.arrays import ArrayData, padded_rows
from hornet.training.loop import Training
from hornet.training.run import Run
from hornet.training.trainer import Trainer
from hornet.tuning.costs import COMPILING, Widths, buckets_of, step_seconds

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

    @property
    def epoch(self) -> int:
        """The number of epochs that are done."""
        return self.run.epoch if self.run is not None else 0

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be trained beside others, in words; `None` where it can."""
        foreign = [one for one in self.callbacks if type(one) not in _LOOK_AT_LOGS]
        if foreign:
            return f"`{type(foreign[0]).__name__}` may look at the model while it is trained"
        structure = (structure_of(self.model), structure_of(self.model._require_compiled("fit").arguments))
        return None if is_all_ours(structure) else "the model, or what it is compiled with, has code of your own"


@dataclass(eq=False)
class _Bucket:
    """Members that share their programs.

    Args:
        members: Those that wait.
        widths: How wide their stand-ins are; `None` where each is trained in its own place.
    """

    members: deque[tuple[Member, Chain | None]]
    widths: Widths | None
    stand_ins: list[StandIn] = field(default_factory=list)
    """Those that nobody uses just now."""
    is_begun: bool = False
    is_compiled: bool = False


class Population:
    """Trains members on all cores; programs and stand-ins stay for further members.

    Args:
        workers: How many members to train at a time; by default one on each core.
        room: Rows that every member's data get room for on the device, so that all share programs; by default as many
            as the longest of those that are trained together.
    """

    def __init__(self, workers: int | None = None, room: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.room = room
        self.notes: dict[str, int] = {}
        """Why members were trained one by one, and how many of them."""
        self._buckets: dict[Hashable, list[_Bucket]] = {}
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
            working = [pool.submit(self._work) for _ in range(self.workers)]
            try:
                for member in alone:
                    self._train(member, member.model, _trainer_of(member.model))
                    watch()
                while not all(one.done() for one in working):
                    self._wait()
                    watch()
            except BaseException:
                self._stop(members)
                raise
        for one in working:
            one.result()

    # --- who goes where -------------------------------------------------------------------------------

    def _assign(self, members: Sequence[Member]) -> list[Member]:
        """Put members into buckets; return those that must be trained one by one."""
        room = max([self.room or 0, *(len(member.training.data) for member in members)])
        alone: list[Member] = []
        groups: dict[Hashable, list[tuple[Member, Chain | None]]] = {}
        for member in members:
            obstacle = member.obstacle
            if obstacle is not None:
                self.notes[obstacle] = self.notes.get(obstacle, 0) + 1
                alone.append(member)
                continue
            member.training = replace(member.training, data=replace(member.training.data, room=padded_rows(room)))
            chain = Chain.of(member.model)
            structure = structure_of(member.model) if chain is None else chain.key
            key = (structure, _shape_of_work(member.training))
            groups.setdefault(key, []).append((member, chain))
        for key, group in groups.items():
            self._fill(self._buckets.setdefault(key, []), group)
        return alone

    def _fill(self, buckets: list[_Bucket], group: Sequence[tuple[Member, Chain | None]]) -> None:
        """Put members of one structure into buckets: those that are there where they fit well, else new ones."""
        chains = {id(member): chain for member, chain in group if chain is not None and chain.widths}
        if not chains:
            if not buckets:
                buckets.append(_Bucket(deque(), None if group[0][1] is None else ()))
            buckets[0].members.extend(group)
            return
        first = next(iter(chains.values()))
        training = group[0][0].training

        def seconds(widths: Widths) -> float:
            return step_seconds(first.kernels(widths), training.batch_size)

        def home(chain: Chain, among: Iterable[_Bucket]) -> _Bucket | None:
            wide_enough = [one for one in among if one.widths and _covers(one.widths, chain.widths)]
            return min(wide_enough, key=lambda bucket: seconds(bucket.widths or ()), default=None)

        homeless: dict[Widths, float] = {}
        for member, chain in group:
            assert chain is not None
            updates = len(member.training.epochs) * member.training.steps
            there = home(chain, buckets)
            extra = 0.0 if there is None else (seconds(there.widths or ()) - seconds(chain.widths)) * updates
            if there is None or extra > COMPILING:
                homeless[chain.widths] = homeless.get(chain.widths, 0.0) + updates
        if homeless:
            buckets.extend(_Bucket(deque(), widths) for widths in buckets_of(homeless, seconds))
        for member, chain in group:
            assert chain is not None
            bucket = home(chain, buckets)
            assert bucket is not None
            bucket.members.append((member, chain))

    # --- the work of a core ----------------------------------------------------------------------------

    def _work(self) -> None:
        """Train members until none is left."""
        while (taken := self._next()) is not None:
            bucket, member, chain = taken
            try:
                if bucket.widths is None or chain is None:
                    self._train(member, member.model, _trainer_of(member.model))
                else:
                    self._train_in_stand_in(bucket, member, chain)
            finally:
                with self._changed:
                    bucket.is_compiled = True
                    self._changed.notify_all()

    def _next(self) -> tuple[_Bucket, Member, Chain | None] | None:
        """Return who is next, or `None` when all are done; waits while others compile what is needed.

        Programs that are not compiled yet come first: cores compile different ones at the same time.
        """
        with self._changed:
            while not self._stopped:
                waiting = [one for some in self._buckets.values() for one in some if one.members]
                if not waiting:
                    return None
                ready = [one for one in waiting if not one.is_begun] or [one for one in waiting if one.is_compiled]
                if ready:
                    bucket = ready[0]
                    bucket.is_begun = True
                    return bucket, *bucket.members.popleft()
                self._changed.wait()
            return None

    def _train_in_stand_in(self, bucket: _Bucket, member: Member, chain: Chain) -> None:
        assert bucket.widths is not None
        with self._changed:
            stand_in = bucket.stand_ins.pop() if bucket.stand_ins else None
            if stand_in is None:
                with random.seeded(0):  # its first weights are nobody's; nobody else draws while the lock is held
                    stand_in = StandIn(chain, bucket.widths, member.training.data)
        stand_in.take(chain)
        self._train(member, stand_in.model, stand_in.trainer)
        stand_in.give(chain)
        with self._changed:
            bucket.stand_ins.append(stand_in)

    def _train(self, member: Member, model: Any, trainer: Trainer) -> None:
        """Train a member in its own or another model; leave what came out with it."""
        training = member.training
        followers = CallbackList(
            member.callbacks, add_history=True, model=model, epochs=training.epochs.stop, steps=training.steps
        )
        try:
            member.run = training.begin(trainer, followers)
            model.stop_training = self._stopped
            loop.fit(model, member.run, training)
            member.history = member.model.history = model.history
        except Exception as error:
            member.error = error
        training.data.release()
        for callback in followers.callbacks:
            callback.set_model(member.model)

    def _wait(self) -> None:
        with self._changed:
            self._changed.wait(timeout=0.1)

    def _stop(self, members: Sequence[Member]) -> None:
        """Let every core end after the batches that it computes."""
        with self._changed:
            self._stopped = True
            for buckets in self._buckets.values():
                for bucket in buckets:
                    bucket.members.clear()
            self._changed.notify_all()
        for member in members:
            if member.run is not None and member.history is None:
                member.run.is_interrupted = True


def _trainer_of(model: Any) -> Trainer:
    return Trainer(model, model._require_compiled("fit"), warns=False)


def _shape_of_work(training: Training) -> Hashable:
    """Return what programs depend on beside a model."""
    data, validation = training.data, training.validation
    held_out = None if validation is None else (validation.batch_size, _shapes(validation.data))
    return training.batch_size, _shapes(data), held_out


def _shapes(data: ArrayData) -> Hashable:
    leaves, structure = jax.tree.flatten((data.x, data.y, data.sample_weight))
    return structure, tuple((leaf.shape[1:], leaf.dtype) for leaf in leaves)


def _covers(wide: Widths, widths: Widths) -> bool:
    return all(one >= other for one, other in zip(wide, widths, strict=True))
