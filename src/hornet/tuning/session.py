"""The fits that a search requires: first recorded, then trained together, then taken over one by one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from hornet.callbacks.log_writer import tell_logs_apart
from hornet.core import random
from hornet.estimators.base import Job, NetworkEstimator, training_by
from hornet.estimators.sklearn_internals import check_method_params, safe_split
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.population.progress import Progress
from hornet.tuning.kept_fits import KeptFits


@dataclass(eq=False)
class Fit:
    """One fit of a candidate on a fold.

    Args:
        candidate: The candidate's parameters.
        fold: The fold's index.
        number: The candidate's number among those of the search.
    """

    candidate: Mapping[str, Any]
    fold: int
    number: int = 0
    network: NetworkEstimator | None = None
    """The estimator whose `fit` was called, of a pipeline the last step; `None` where a step before it failed."""
    trained_on: str | None = None
    """A hash of the rows that it was given."""
    job: Job | None = None
    """What it would train, without the rows."""
    member: Member | None = None
    name: str = ""
    """Its name among the search's fits."""
    circumstances: dict[str, Any] = field(default_factory=dict[str, Any])
    """What its outcome depends on, where that is kept."""
    error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        """Whether its training has ended, well or not."""
        return self.error is not None or (self.member is not None and self.member.is_done)

    def is_of(self, network: NetworkEstimator, rows: str) -> bool:
        """Return whether a network that is to fit rows of some hash may be this one's copy."""
        if self.network is None or type(network) is not type(self.network) or rows != self.trained_on:
            return False
        return _may_be_copies(network.get_params(deep=False), self.network.get_params(deep=False))

    def fail(self, error: BaseException) -> None:
        """End with an error that says whose it is."""
        error.add_note(f"It happened to the candidate {dict(self.candidate)} on fold {self.fold}.")
        self.error = error


_INTERRUPTED = "The search was interrupted before this was trained."


class _Recorded(Exception):
    """Leaves an estimator's `fit` once it is known what it would train."""


class Session:
    """A search's data, and the population that its fits are trained in.

    Args:
        estimator: What the search makes candidates of.
        X: Rows of features.
        y: Labels.
        params: What else the search's `fit` was given.
        memory_limit: Bytes of training data that may wait at a time.
        raises: Whether an error ends the search.
        shows: Whether to show how far it is.
        shows_models: Whether scorers may read the models.
        storage: A folder for fits that are done; `None` for none.
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        memory_limit: int,
        raises: bool,
        shows: bool,
        shows_models: bool,
        storage: Any = None,
    ) -> None:
        self.X, self.y, self.params = X, y, params
        self.seconds: list[float] = []
        """How long the training of each fit took."""
        self._estimator = estimator
        self._memory_limit = memory_limit
        self._raises = raises
        self._shows = shows
        self._shows_models = shows_models
        self._kept = None if storage is None else KeptFits(Path(storage))
        self._fits = self._candidates = 0
        rows = X.shape[0] if hasattr(X, "shape") else len(X) if hasattr(X, "__len__") else None
        self._population = Population(capacity=rows, abandons=True)

    def train(
        self, candidates: Sequence[Mapping[str, Any]], folds: Sequence[Any], fit_params: Mapping[str, Any]
    ) -> tuple[list[Fit], KeyboardInterrupt | None]:
        """Train all candidates on all folds; return their fits, and the user's interruption if there was one.

        Args:
            candidates: The parameters of each.
            folds: For each the indices of the rows to train on, and of those to test on.
            fit_params: Further arguments of the estimator's `fit`.
        """
        numbered = list(enumerate(candidates, self._candidates))
        self._candidates += len(numbered)
        fits = [Fit(candidate, fold, number) for number, candidate in numbered for fold in range(len(folds))]
        for fit in fits:
            fit.name = str(self._fits)
            self._fits += 1
        interruption = None
        try:
            with Progress(len(fits), self._shows) as progress:
                for some in self._recorded(fits, folds, fit_params):
                    self._train_together(some, progress)
        except KeyboardInterrupt as error:
            interruption = error
            for fit in fits:
                if not fit.is_done:
                    fit.error = RuntimeError(_INTERRUPTED)
        self.seconds += [0.0 if fit.member is None else fit.member.outcome.seconds for fit in fits]
        return fits, interruption

    def train_one(
        self,
        network: NetworkEstimator,
        X: Any,
        y: Any,
        sample_weight: Any,
        arguments: Any,
        *,
        labels: Mapping[str, Any],
        candidate: Mapping[str, Any],
    ) -> Any:
        """Train one more in the programs that are there, such as the best candidate on all rows.

        Args:
            network: The estimator.
            X: Rows of features.
            y: Labels.
            sample_weight: Weight of each row.
            arguments: Further arguments of its `fit`.
            labels: Which training it is, for logs.
            candidate: The candidate's parameters.
        """
        job = network.prepare(X, y, sample_weight, **arguments)
        tell_logs_apart(job.settings["callbacks"], labels, candidate)
        fit = Fit(
            network.get_params(deep=False), 0, network=network, job=job, member=_member_of(job), name=f"{self._fits}"
        )
        self._fits += 1
        if self._kept is not None:
            fit.trained_on = joblib.hash((X, y, sample_weight))
        self._train_members([fit])
        assert fit.member is not None
        return network.finish(job, fit.member.result)

    @contextmanager
    def replaying(self, fits: Sequence[Fit], interrupted: bool) -> Iterator[None]:
        """Let estimators that fit in the block, each as one of the fits, take over what was trained.

        Each is a trained model until the next is taken over.

        Args:
            fits: What was trained.
            interrupted: Whether nothing more is to be trained.
        """
        left = [fit for fit in fits if fit.network is not None]

        def take_over(network: NetworkEstimator, *given: Any) -> Any:
            rows: Any = joblib.hash(given[:3])
            fit = next((fit for fit in left if fit.is_of(network, rows)), None)
            if fit is None and interrupted:
                raise RuntimeError(_INTERRUPTED)
            if fit is None:  # a step before it draws again in each `fit`, or it is itself in such a step
                like = next((one for one in left if one.is_of(network, one.trained_on or "")), None)
                labels = {"fit": self._fits} if like is None else {"candidate": like.number, "fit": self._fits}
                return self.train_one(network, *given, labels=labels, candidate={} if like is None else like.candidate)
            left.remove(fit)
            if fit.error is not None:
                raise fit.error
            assert fit.job is not None
            assert fit.member is not None
            learned = {name: value for name, value in vars(fit.network).items() if name.endswith("_")}
            vars(network).update(learned)
            job = fit.job if self._shows_models else replace(fit.job, model=self._population.trained_model(fit.member))
            return network.finish(job, fit.member.result)

        with training_by(take_over):
            yield

    def _recorded(
        self, fits: Sequence[Fit], folds: Sequence[Any], fit_params: Mapping[str, Any]
    ) -> Iterator[list[Fit]]:
        """Yield fits that are ready to be trained, as many at a time as memory holds."""
        some: list[Fit] = []
        size = 0
        for fit in fits:
            try:
                self._record(fit, folds[fit.fold][0], fit_params)
            except Exception as error:
                fit.fail(error)
                if self._raises:
                    raise
            some.append(fit)
            if fit.member is not None:
                tell_logs_apart(fit.member.callbacks, {"candidate": fit.number, "fold": fit.fold}, fit.candidate)
                size += fit.member.plan.rows.nbytes
            if size > self._memory_limit:
                yield some
                some, size = [], 0
        yield some

    def _record(self, fit: Fit, train: Any, fit_params: Mapping[str, Any]) -> None:
        """Find out what a fit would train on rows of some numbers."""

        def record(network: NetworkEstimator, *given: Any) -> Any:
            X, y, sample_weight, arguments = given
            if network is not last:  # it is in a step before the last one
                with training_by(None):
                    return network.fit(X, y, sample_weight, **arguments)
            fit.network, fit.trained_on = network, joblib.hash((X, y, sample_weight))
            job = network.prepare(X, y, sample_weight, **arguments)
            fit.member = _member_of(job)
            fit.job = replace(job, x=None, y=None, sample_weight=None, settings={})
            raise _Recorded

        base: Any = clone(self._estimator)
        parameters: Any = clone(dict(fit.candidate), safe=False)
        estimator = base.set_params(**parameters)
        last = last_step(estimator)
        X_train, y_train = safe_split(estimator, self.X, self.y, train)
        try:
            with training_by(record):
                estimator.fit(X_train, y_train, **check_method_params(self.X, params=fit_params, indices=train))
        except _Recorded:
            pass

    def _train_members(self, fits: Sequence[Fit], watch: Callable[[], None] = lambda: None) -> None:
        """Train what of some fits is not kept, and keep it."""
        trained = [(fit, fit.member) for fit in fits if fit.member is not None]
        members, kept = [member for _, member in trained], self._kept
        if kept is None:
            self._population.train(members, watch)
            return
        # Those that are done have their part in the choice of widths, on which the others' last digits depend.
        self._population.choose_buckets(members)
        for fit, member in trained:
            fit.circumstances = kept.circumstances(member, str(fit.trained_on))
            kept.restore(fit.name, member, fit.circumstances)

        def keep() -> None:
            watch()
            for fit, member in trained:
                kept.keep(fit.name, member, fit.circumstances)

        self._population.train(members, keep)
        keep()

    def _train_together(self, fits: Sequence[Fit], progress: Progress) -> None:
        members = [fit.member for fit in fits if fit.member is not None]
        self._train_members(fits, lambda: progress.show(members))
        progress.end(members)
        self._population.warn_of_obstacles()
        for fit in fits:
            if fit.member is not None and fit.member.outcome.error is not None:
                fit.fail(fit.member.outcome.error)


def last_step(estimator: Any) -> Any:
    """Return the last step of a pipeline, of the last step of its last step and so on; another estimator itself."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return estimator


def _may_be_copies(value: Any, other: Any) -> bool:
    """Return whether nothing shows that parameters are not copies: plain values are equal, functions the same."""
    if value is other:
        return True
    if type(value) is not type(other):
        return False
    if isinstance(value, list | tuple):
        return len(value) == len(other) and all(map(_may_be_copies, value, other))
    if isinstance(value, dict):
        return value.keys() == other.keys() and all(_may_be_copies(value[name], other[name]) for name in value)
    if isinstance(value, str | int | float | complex | np.generic):
        return bool(value == other) or bool(value != value and other != other)
    return not inspect.isroutine(value) and not isinstance(value, type)


def _member_of(job: Job) -> Member:
    with random.seeded(job.seed):
        return Member.of(job.model, job.x, job.y, sample_weight=job.sample_weight, **job.settings)
