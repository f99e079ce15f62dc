"""scikit-learn's searches over hyperparameters, with all candidates and folds trained as one population."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import joblib
import numpy as np
from sklearn import model_selection
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (scikit-learn asks for this import)
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, check_is_fitted

from hornet.core import random
from hornet.estimators.base import Job, NetworkEstimator, training_by
from hornet.tuning.picture import plot_results
from hornet.tuning.population import Member, Population
from hornet.tuning.progress import Progress


@dataclass(eq=False)
class _Fit:
    """One fit of a candidate on a fold: first recorded, then trained with all others, then told to scikit-learn.

    Args:
        candidate: The candidate's parameters.
        fold: The fold's number.
    """

    candidate: dict[str, Any]
    fold: int
    estimator: Any = None
    job: Any = None
    member: Any = None
    error: BaseException | None = None
    print: str | None = None
    """A hash of what it was trained on."""
    seconds: float = 0.0

    def fail(self, error: BaseException) -> None:
        error.add_note(f"It happened to the candidate {self.candidate} on fold {self.fold}.")
        self.error = error


class _Recorded(Exception):
    """Leaves an estimator's `fit` once it is known what it would train."""


class PopulationSearch(BaseSearchCV):
    """What Hornet's searches do otherwise than scikit-learn's.

    Candidates whose estimator is one of Hornet's, or a pipeline that ends with one, are not fitted one after another:
    all of them, on all folds, are trained together (see `train_population`). Candidates, splits, scores and
    `cv_results_` are scikit-learn's; with the same seeds they are those of its own class. `n_jobs` has no effect then:
    every core is used. Other estimators go through scikit-learn unchanged.
    """

    memory_limit = 1 << 30
    """Bytes of training data that may wait at a time; more candidates than these hold are trained in turns."""

    _population: Population | None = None

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Run the search.

        Args:
            X: Rows of features.
            y: Labels.
            **params: Passed on to `fit` of the estimator, the scorer and the splitter, as in scikit-learn.

        Raises:
            KeyboardInterrupt: If the user interrupts; `cv_results_` then has what is finished.
        """
        if not _ends_in_a_network(self.estimator):
            return super().fit(X, y, **params)
        self._population = Population(room=len(X) if hasattr(X, "__len__") else None)
        self._given = (X, y, params)
        self._fits: list[_Fit] = []
        try:
            with joblib.parallel_config("sequential"), training_by(self._train_one):
                return super().fit(X, y, **params)
        finally:
            for name in ("_population", "_given", "_fits"):
                delattr(self, name)

    def _run_search(self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None) -> None:
        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}  # which older versions do not know
        if self._population is None:
            super()._run_search(evaluate_candidates, **context)
            return

        def evaluate(candidate_params: Iterable[Any], cv: Any = None, *args: Any, **kwargs: Any) -> Any:
            candidates = list(candidate_params)
            splitter: Any = cv or self._checked_cv_orig
            X, y, params = self._given
            routed = self._get_routed_params_for_fit(params)
            folds = list(splitter.split(X, y, **routed.splitter.split))
            fits = [_Fit(one, fold) for one in candidates for fold in range(len(folds))]
            interrupted = self._train_all(fits, folds, X, y, routed.estimator.fit)
            self._fits += fits
            replayed = iter(fits)
            with training_by(lambda *given: self._replay(next(replayed), *given)):
                results = evaluate_candidates(candidates, _Splits(folds), *args, **kwargs)
            if interrupted is not None:
                self.cv_results_ = results
                raise interrupted
            return results

        super()._run_search(evaluate, **context)

    def _format_results(self, candidate_params: Any, n_splits: int, out: Any, more_results: Any = None) -> Any:
        if self._population is not None:  # what scikit-learn measured was only the taking over
            out = [{**one, "fit_time": fit.seconds} for one, fit in zip(out, self._fits, strict=True)]
        return super()._format_results(candidate_params, n_splits, out, more_results)

    def plot(self, metric: str = "score", parameters: Sequence[str] | None = None) -> Any:
        """Return a matplotlib figure with a panel for each parameter: the score of each candidate over its value.

        Args:
            metric: Name of the score, where there are several.
            parameters: Which parameters to draw; by default all that differ among candidates.

        Raises:
            ValueError: If there is no such score.
        """
        check_is_fitted(self, "cv_results_")
        return plot_results(self.cv_results_, metric, parameters)

    # --- training ---------------------------------------------------------------------------------------

    def _train_all(
        self, fits: Sequence[_Fit], folds: Sequence[Any], X: Any, y: Any, fit_params: Any
    ) -> KeyboardInterrupt | None:
        """Train for all fits, as many at a time as memory holds; return the interruption if there was one."""
        waiting: list[_Fit] = []
        held: dict[int, int] = {}
        interrupted = None
        with Progress(len(fits), self.verbose > 0) as progress:
            for place, fit in enumerate(fits):
                self._record(fit, folds[fit.fold][0], X, y, fit_params)
                waiting.append(fit)
                if fit.job is not None:
                    held.update({id(one): one.nbytes for one in (fit.job.x, fit.job.y) if hasattr(one, "nbytes")})
                if sum(held.values()) > self.memory_limit or place == len(fits) - 1:
                    try:
                        self._train(waiting, progress)
                    except KeyboardInterrupt as error:
                        interrupted = error
                        break
                    waiting, held = [], {}
        if interrupted is not None:
            for fit in fits:
                if fit.error is None and (fit.member is None or fit.member.history is None):
                    fit.error = RuntimeError("The search was interrupted before this was trained.")
        return interrupted

    def _record(self, fit: _Fit, train: Any, X: Any, y: Any, fit_params: Any) -> None:
        """Find out what a fit would train."""

        def record(estimator: NetworkEstimator, *given: Any) -> Any:
            X, y, sample_weight, arguments = given
            fit.estimator = estimator
            fit.job = estimator.prepare(X, y, sample_weight, **arguments)
            fit.print = joblib.hash((X, y, sample_weight))
            raise _Recorded

        try:
            base: Any = clone(self.estimator)
            parameters: Any = clone(fit.candidate, safe=False)
            estimator = base.set_params(**parameters)
            X_train, y_train = _safe_split(estimator, X, y, train)
            with training_by(record):
                estimator.fit(X_train, y_train, **_check_method_params(X, params=fit_params, indices=train))
        except _Recorded:
            pass
        except Exception as error:
            fit.fail(error)
            if self.error_score == "raise":
                raise

    def _train(self, fits: Sequence[_Fit], progress: Progress) -> None:
        assert self._population is not None
        recorded = [fit for fit in fits if fit.job is not None]
        for fit in recorded:
            try:
                fit.member = _member_of(fit.job)
            except Exception as error:
                fit.fail(error)
                if self.error_score == "raise":
                    raise
        members = [fit.member for fit in recorded if fit.member is not None]
        try:
            self._population.train(members, lambda: progress.show(members))
        finally:
            progress.end(members)
            for fit in recorded:
                if fit.member is not None:
                    fit.seconds = fit.member.seconds
                    if fit.member.error is not None:
                        fit.fail(fit.member.error)
                fit.job = replace(fit.job, x=None, y=None, sample_weight=None, settings={})
        self._population.tell_why()

    def _replay(self, fit: _Fit, estimator: NetworkEstimator, *given: Any) -> Any:
        """Take over what was trained, as if this `fit` had trained it, until the next is taken over."""
        assert self._population is not None
        if fit.error is not None:
            raise fit.error
        if joblib.hash(given[:3]) != fit.print:  # a step before it draws anew in each `fit`
            return self._train_one(estimator, *given)
        learned = {name: one for name, one in vars(fit.estimator).items() if name.endswith("_")}
        vars(estimator).update(learned)
        return estimator.finish(replace(fit.job, model=self._population.stand_in(fit.member)), fit.member.history)

    def _train_one(self, estimator: NetworkEstimator, X: Any, y: Any, sample_weight: Any, arguments: Any) -> Any:
        """Train one more in the programs that are there: the best candidate, on all rows."""
        assert self._population is not None
        job = estimator.prepare(X, y, sample_weight, **arguments)
        member = _member_of(job)
        self._population.train([member])
        if member.error is not None:
            raise member.error
        assert member.history is not None
        return estimator.finish(job, member.history)


class GridSearchCV(PopulationSearch, model_selection.GridSearchCV):
    """scikit-learn's `GridSearchCV`, with all candidates and folds trained as one population."""


class RandomizedSearchCV(PopulationSearch, model_selection.RandomizedSearchCV):
    """scikit-learn's `RandomizedSearchCV`, with all candidates and folds trained as one population."""


class HalvingRandomSearchCV(PopulationSearch, model_selection.HalvingRandomSearchCV):
    """scikit-learn's `HalvingRandomSearchCV`, with the candidates and folds of a round trained as one population."""


class HalvingGridSearchCV(PopulationSearch, model_selection.HalvingGridSearchCV):
    """scikit-learn's `HalvingGridSearchCV`, with the candidates and folds of a round trained as one population."""


@dataclass(frozen=True)
class _Splits:
    """Folds that were drawn before."""

    folds: Sequence[tuple[np.ndarray, np.ndarray]]

    def split(self, X: Any, y: Any = None, groups: Any = None, **others: Any) -> Sequence[Any]:
        return self.folds


def _member_of(job: Job) -> Member:
    settings = dict(job.settings)
    settings.pop("verbose", None)
    callbacks = settings.pop("callbacks", None) or ()
    with random.seeded(job.seed):
        training = job.model.plan_fit(job.x, job.y, sample_weight=job.sample_weight, **settings)
    return Member(job.model, training, callbacks)


def _ends_in_a_network(estimator: Any) -> bool:
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return isinstance(estimator, NetworkEstimator)
