"""Trains many models at once, each as if it were trained alone.

Models that differ only in numbers and in the widths of hidden layers share compiled programs: they are trained in
padded models that are wide enough (see `population.padding`). Members that share no program with others keep their own.
Cores work on different members at the same time; where a member has stopped, the next one begins.
"""

from __future__ import annotations

import copy
import math
import os
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList, History
from hornet.callbacks.log_writer import tell_logs_apart
from hornet.core import random
from hornet.core.checks import positive_int, warn
from hornet.core.module import boxes
from hornet.core.variable import Variable
from hornet.population.costs import COMPILING, Widths, buckets_of
from hornet.population.member import Member
from hornet.population.padding import LayerChain, PaddedModel
from hornet.population.progress import Progress
from hornet.population.scheduler import Bucket, Scheduler
from hornet.training.data.placement import padded_rows
from hornet.training.digests import digest_of_structure
from hornet.training.fitting import run_epochs
from hornet.training.program_cache import ProgramCache
from hornet.training.trainer import Trainer


class Population:
    """Trains members on all cores; programs and padded models stay for further members.

    Args:
        workers: How many members to train at a time; by default one on each core.
        capacity: Rows that every member's arrays on the device have at least, so that all share programs; by default
            as many as the longest of those that are trained together.
        abandons: Whether an interruption does not wait for programs that are being compiled, which nothing can stop;
            for members that nobody looks at afterwards.
        programs: Where its compiled programs are kept; by default they go with this object.
    """

    def __init__(
        self,
        workers: int | None = None,
        capacity: int | None = None,
        abandons: bool = False,
        programs: ProgramCache | None = None,
    ) -> None:
        self.workers = _cores() if workers is None else positive_int("workers", workers)
        self.capacity = capacity
        self._abandons = abandons
        self._obstacles: Counter[str] = Counter()
        self._buckets: dict[Hashable, list[Bucket]] = {}
        self._expected: dict[str, set[Widths]] = {}
        self._digests: dict[Hashable, str] = {}
        self._programs = ProgramCache(size=None, is_brief=True) if programs is None else programs
        self._scheduler = Scheduler()

    def train(
        self, members: Sequence[Member], watch: Callable[[], None] = lambda: None, until: int | None = None
    ) -> None:
        """Train members; each is left with its outcome: a history, or the error that ended it.

        Args:
            members: The members: new ones, such as were paused, and such as are done, which stay as they are.
            watch: Called now and then.
            until: The epoch to pause before. Members that are paused have no history yet.

        Raises:
            KeyboardInterrupt: If the user interrupts; members that have a history are done.
        """
        alone = self._assign([member for member in members if not member.is_done])
        self._scheduler.begin([bucket for buckets in self._buckets.values() for bucket in buckets])
        pool = ThreadPoolExecutor(self.workers, "hornet-population")
        settings: Any = jax.config
        working = [pool.submit(self._work, until, settings.jax_enable_x64) for _ in range(self.workers)]
        try:
            for member in alone:
                self._train_alone(member, until)
                watch()
            while not all(future.done() for future in working):
                self._scheduler.wait(0.1)
                watch()
            for future in working:
                future.result()  # raises what went wrong outside of any member's training
        except BaseException:
            self._stop(members)
            pool.shutdown(wait=not self._abandons, cancel_futures=True)
            raise
        pool.shutdown()

    def trained_model(self, member: Member) -> Any:
        """Return a model that is a trained member until the next call, and whose programs are compiled."""
        if member.chain is None or member.bucket is None:
            return member.model
        spare = member.bucket.spare
        if not spare:  # its training is known from another process
            spare.append(self._padded(member, member.chain, member.bucket))
        spare[0].take(member.chain)
        return spare[0].model

    def warn_of_obstacles(self) -> None:
        """Warn of members that were trained one by one since the last call."""
        for reason, count in self._obstacles.items():
            warn(f"{count} of the models were trained one by one: {reason}.")
        self._obstacles.clear()

    # --- who goes where -------------------------------------------------------------------------------

    def choose_buckets(self, members: Sequence[Member]) -> None:
        """Choose the padded models that members will be trained in, where they have none; sets their `widths`."""
        capacity = padded_rows(max([self.capacity or 0, *(len(member.plan.rows) for member in members)]))
        groups: dict[Hashable, list[Member]] = {}
        for member in members:
            if member.obstacle is None and member.bucket is None:
                member.share_programs(capacity)
                groups.setdefault((member.structure, member.shape_of_work), []).append(member)
        for key, group in groups.items():
            there = self._buckets.setdefault(key, [])
            expected = self._expected.get(self._digest(key), set()) - {bucket.key for bucket in there}
            there += [Bucket(widths) for widths in sorted(expected)]
            self._choose_buckets(there, group)

    def expect(self, digest: str, widths: Widths) -> None:
        """Let there be a padded model, as another population had one, since the choice of others depends on it.

        Args:
            digest: What `digest_of` returned for a member of that.
            widths: The member's widths.
        """
        self._expected.setdefault(digest, set()).add(widths)

    def digest_of(self, member: Member) -> str:
        """Return a digest of what a member has in common with those that it shares programs with."""
        return self._digest((member.structure, member.shape_of_work))

    def _digest(self, key: Hashable) -> str:
        if key not in self._digests:
            self._digests[key] = digest_of_structure(key)
        return self._digests[key]

    def _assign(self, members: Sequence[Member]) -> list[Member]:
        """Put members into buckets; return those that must be trained one by one."""
        self.choose_buckets(members)
        alone = [member for member in members if member.obstacle is not None]
        self._obstacles.update(str(member.obstacle) for member in alone if not member.is_paused)
        for member in members:
            if member.bucket is not None:
                member.bucket.add(member, member.seconds_at(member.bucket.key or ()))
        return alone

    def _choose_buckets(self, buckets: list[Bucket], group: Sequence[Member]) -> None:
        """Choose buckets for members of one structure, and add those that are missing."""
        if group[0].chain is None:
            buckets += [] if buckets else [Bucket()]
        else:
            given = {member.widths for member in group if member.widths is not None}
            buckets += [Bucket(widths) for widths in sorted(given - {bucket.key for bucket in buckets})]
            free = [member for member in group if member.widths is None]
            buckets += [Bucket(widths) for widths in self._missing(buckets, free)]
        for member in group:
            fitting = [bucket for bucket in buckets if _fits(bucket, member)]
            member.bucket = min(fitting, key=lambda bucket: member.seconds_at(bucket.key or ()))
            member.widths = member.bucket.key

    def _missing(self, buckets: Sequence[Bucket], group: Sequence[Member]) -> list[Widths]:
        """Return the widths of further padded models that are worth compiling for members of one structure."""
        work: dict[Widths, float] = {}
        for member in group:
            assert member.chain is not None
            widths = member.chain.widths
            there = min(
                (member.seconds_at(bucket.key) for bucket in buckets if _fits(bucket, member)), default=math.inf
            )
            if there - member.seconds_at(widths) > COMPILING:
                work[widths] = work.get(widths, 0.0) + member.updates
        return buckets_of(work, lambda widths: group[0].seconds_at(widths) / max(1, group[0].updates))

    # --- the work of a core ----------------------------------------------------------------------------

    def _work(self, until: int | None, enable_x64: bool) -> None:
        """Train members until none is left; what goes wrong is kept with them.

        Args:
            until: The epoch to pause before.
            enable_x64: JAX's setting where the population was called, which may be of that thread alone.
        """
        with jax.enable_x64(enable_x64):
            while (task := self._scheduler.next()) is not None:
                member, bucket = task
                try:
                    if member.chain is None:
                        self._train_alone(member, until)
                    else:
                        self._train_padded(member, member.chain, bucket, until)
                finally:
                    self._scheduler.end(bucket)

    def _train_alone(self, member: Member, until: int | None) -> None:
        """Train a member in its own model."""
        with member.recorded():
            self._train(member, member.model, Trainer(member.model, warns=False), until)

    def _train_padded(self, member: Member, chain: LayerChain, bucket: Bucket, until: int | None) -> None:
        """Train a member in a padded model."""
        with member.recorded():
            padded = self._scheduler.borrow(bucket, lambda: self._padded(member, chain, bucket))
            padded.take(chain)
            self._train(member, padded.model, padded.trainer, until)
            padded.give(chain)
            self._scheduler.give_back(bucket, padded)

    def _padded(self, member: Member, chain: LayerChain, bucket: Bucket) -> PaddedModel:
        """Return a new padded model for the members of a bucket."""
        with random.seeded(0):  # its first weights are of no member
            return PaddedModel(chain, bucket.key or (), member.plan.rows, self._programs)

    def _train(self, member: Member, model: Any, trainer: Trainer, until: int | None) -> None:
        """Train a member in its own or another model."""
        run = member.begin(model, trainer)
        run.is_interrupted = self._scheduler.is_stopped  # `_stop` reaches those alone whose run it sees
        run_epochs(model, run, member.plan, until)
        if run.is_paused and member.file is not None:
            run.save(member.file)
        for callback in run.callbacks.callbacks:
            callback.set_model(member.model)

    def _stop(self, members: Sequence[Member]) -> None:
        """Let every core end after the batches that it computes."""
        self._scheduler.stop()
        for member in members:
            if member.outcome.run is not None and not member.is_done:
                member.outcome.run.is_interrupted = True


def _fits(bucket: Bucket, member: Member) -> bool:
    """Return whether a member may be trained in the padded models of a bucket: those are wide enough."""
    if bucket.key is None or member.chain is None:
        return True
    if member.widths is not None:
        return bucket.key == member.widths
    return all(wide >= width for wide, width in zip(bucket.key, member.chain.widths, strict=True))


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    cores work. A model whose training cannot be trained in another model (it has user-defined code, or a callback that
    reads the model) is trained by itself, and a warning says why.

    Args:
        models: The models, compiled.
        x: Inputs, the rows on the first axis.
        y: Labels.
        rows: For each model the indices of the rows to train on, such as a fold's; all by default.
        sample_weight: Weight of each row.
        callbacks: Callbacks, of which each model gets its own copies.
        workers: How many models to train at a time; by default one on each core.
        verbose: Whether to show how far the training is.
        **settings: Further arguments of `Model.fit`, such as `epochs`, `batch_size` and `validation_data`.

    Raises:
        ValueError: If a model is not compiled, models share weights, or there are not as many entries of `rows` as
            models; or a callback would write the logs of all into one file.

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
    variables = [id(variable) for model in models for variable in boxes(model, Variable).values()]
    if len(set(variables)) < len(variables) or len(set(map(id, models))) < len(models):
        raise ValueError("Some of the models have weights in common. Pass models of which each has its own.")
    if rows is not None and len(rows) != len(models):
        raise ValueError(f"`rows` has {len(rows)} entries for {len(models)} models. Pass one for each.")
    members = []
    for index, model in enumerate(models):
        chosen = (x, y, sample_weight)
        if rows is not None:
            chosen = jax.tree.map(lambda part: np.asarray(part)[rows[index]], chosen, is_leaf=_is_array)  # noqa: B023
        own = copy.deepcopy(CallbackList(callbacks).callbacks)
        if len(models) > 1:
            tell_logs_apart(own, {"model": index}, {})
        members.append(Member.of(model, *chosen[:2], sample_weight=chosen[2], callbacks=own, **settings))
    population = Population(workers)
    with Progress(len(members), bool(verbose)) as progress:
        population.train(members, lambda: progress.show(members))
        progress.end(members)
    population.warn_of_obstacles()
    return [member.result for member in members]


def _is_array(part: Any) -> bool:
    """Return whether something is an array, even if it is a list of numbers."""
    return isinstance(part, list) and not any(getattr(element, "shape", ()) for element in part)
