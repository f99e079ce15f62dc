"""scikit-learn's searches over hyperparameters, with all candidates and folds trained as one population."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn import model_selection
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (scikit-learn requires this import)
from sklearn.utils.validation import check_is_fitted

from hornet.core.config import is_ours
from hornet.core.memory import forget_traces
from hornet.estimators.base import NetworkEstimator, training_by
from hornet.estimators.sklearn_internals import BaseScorer, BaseSearchCV
from hornet.tuning.notebook import shown_results
from hornet.tuning.picture import plot_results
from hornet.tuning.session import Session, last_step


class PopulationSearch(BaseSearchCV):
    """The differences of Hornet's searches from scikit-learn's.

    Candidates whose estimator is one of Hornet's, or a pipeline that ends with one, are not fitted one after another:
    all of them, on all folds, are trained together (see `train_population`). Candidates, splits, scores and
    `cv_results_` are scikit-learn's; with the same seeds they are those of its own class. `n_jobs` has no effect then:
    every core is used. Other estimators go through scikit-learn unchanged.

    With `storage`, a folder, each fit that is done is kept there. The same search, run again after it was killed, goes
    on with what is missing and ends alike; set `random_state` in it and in its estimator.
    """

    memory_limit = 1 << 30
    """Bytes of training data that may wait at a time; more candidates than these hold are trained in turns."""

    _session: Session | None = None

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Run the search.

        Args:
            X: Rows of features.
            y: Labels.
            **params: Passed on to `fit` of the estimator, the scorer and the splitter, as in scikit-learn.

        Raises:
            KeyboardInterrupt: If the user interrupts; `cv_results_` then has what is finished, and NaN for the rest.
        """
        vars(self).pop("cv_results_", None)
        if not isinstance(last_step(self.estimator), NetworkEstimator):
            return super().fit(X, y, **params)
        self._session = Session(
            self.estimator,
            X,
            y,
            params,
            self.memory_limit,
            raises=self.error_score == "raise",
            shows=self.verbose > 0,
            shows_models=self._scores_by_own_code,
            storage=getattr(self, "storage", None),
        )
        try:
            with joblib.parallel_config("sequential"), training_by(self._train_best):
                return super().fit(X, y, **params)
        finally:
            del self._session
            forget_traces()  # of its programs, which go with it

    def _train_best(self, network: Any, *given: Any) -> Any:
        """Train the best candidate on all rows, which scikit-learn does last."""
        assert self._session is not None
        labels = {"candidate": int(self.best_index_)}
        return self._session.train_one(network, *given, labels=labels, candidate=self.best_params_)

    def _run_search(self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None) -> None:
        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}  # which older versions do not know
        session = self._session
        if session is None:
            super()._run_search(evaluate_candidates, **context)
            return

        def evaluate(candidate_params: Iterable[Any], cv: Any = None, *args: Any, **kwargs: Any) -> Any:
            candidates = list(candidate_params)
            splitter: Any = cv or self._checked_cv_orig
            routed = self._get_routed_params_for_fit(session.params)
            folds = list(splitter.split(session.X, session.y, **routed.splitter.split))
            fits, interruption = session.train(candidates, folds, routed.estimator.fit)
            try:
                with session.replaying(fits, interruption is not None):
                    self.cv_results_ = evaluate_candidates(candidates, _Splits(folds), *args, **kwargs)
            except Exception:
                if interruption is None:
                    raise
                if not hasattr(self, "cv_results_"):  # scikit-learn has none where no fit came to its end
                    self.cv_results_ = self._format_results(candidates, len(folds), self._without_scores(len(fits)))
            finally:
                if interruption is not None:
                    raise interruption
            return self.cv_results_

        super()._run_search(evaluate, **context)

    def _without_scores(self, count: int) -> list[dict[str, Any]]:
        """Return what scikit-learn measures of a fit, for fits that were not done."""
        scoring: Any = self.scoring
        scores = dict.fromkeys(scoring, np.nan) if isinstance(scoring, Mapping | list | tuple | set) else np.nan
        return [{"fit_time": 0.0, "score_time": 0.0, "test_scores": scores, "train_scores": scores}] * count

    @property
    def _scores_by_own_code(self) -> bool:
        """Whether a scorer may read more than what an estimator predicts."""
        scoring: Any = self.scoring
        scorers = scoring.values() if isinstance(scoring, Mapping) else [scoring]
        has_own_score = not is_ours(type(last_step(self.estimator)))
        return has_own_score or any(callable(scorer) and not isinstance(scorer, BaseScorer) for scorer in scorers)

    def _format_results(self, candidate_params: Any, n_splits: int, out: Any, more_results: Any = None) -> Any:
        if self._session is not None:  # what scikit-learn measured was only the taking over
            out = [{**result, "fit_time": seconds} for result, seconds in zip(out, self._session.seconds, strict=True)]
        return super()._format_results(candidate_params, n_splits, out, more_results)

    def plot(self, metric: str | None = None, parameters: Sequence[str] | None = None, axes: Any = None) -> list[Any]:
        """Draw the score of each candidate over each parameter, and mark the best; return matplotlib's axes, one each.

        Args:
            metric: Name of the score, where there are several; by default the one that chooses the best.
            parameters: Which parameters to draw; by default all that differ among candidates.
            axes: Where to draw, as many as parameters; by default axes of a new figure.

        Raises:
            ValueError: If there is no such score.
        """
        check_is_fitted(self, "cv_results_")
        metric = metric or self._metric
        label = _name_of_score(self.scoring, self.estimator) if metric == "score" else metric
        return plot_results(self.cv_results_, metric, parameters, axes, label)

    def _html_repr(self) -> str:
        """Return what a notebook shows: scikit-learn's boxes, and below them the best candidates."""
        shown = super()._html_repr()
        if f"mean_test_{self._metric}" not in getattr(self, "cv_results_", {}):
            return shown
        label = _name_of_score(self.scoring, self.estimator) if self._metric == "score" else self._metric
        return shown + shown_results(self.cv_results_, self._metric, label)

    @property
    def _metric(self) -> str:
        """The score that chooses the best."""
        return self.refit if isinstance(self.refit, str) else "score"


def _name_of_score(scoring: Any, estimator: Any) -> str:
    """Return what a search measures by `scoring`, as the label of an axis."""
    if isinstance(scoring, str):
        return scoring
    if scoring is not None:
        return getattr(getattr(scoring, "_score_func", scoring), "__name__", "score")
    own = type(last_step(estimator)).score
    return {ClassifierMixin.score: "accuracy", RegressorMixin.score: "R²"}.get(own, "score")


def stored(search: type[Any]) -> type[Any]:
    """Give a search the parameter `storage` beside those that it has: a folder for the fits that are done."""
    begin, signature = search.__init__, inspect.signature(search.__init__)

    @functools.wraps(begin)
    def begin_with_storage(self: Any, *args: Any, storage: Any = None, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.storage = storage

    storage = inspect.Parameter("storage", inspect.Parameter.KEYWORD_ONLY, default=None)
    # which scikit-learn reads to know the parameters
    vars(begin_with_storage)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), storage])
    search.__init__ = begin_with_storage
    return search


@stored
class GridSearchCV(PopulationSearch, model_selection.GridSearchCV):
    """scikit-learn's `GridSearchCV`, with all candidates and folds trained as one population."""


@stored
class RandomizedSearchCV(PopulationSearch, model_selection.RandomizedSearchCV):
    """scikit-learn's `RandomizedSearchCV`, with all candidates and folds trained as one population."""


@stored
class HalvingRandomSearchCV(PopulationSearch, model_selection.HalvingRandomSearchCV):
    """scikit-learn's `HalvingRandomSearchCV`, with the candidates and folds of a round trained as one population."""


@stored
class HalvingGridSearchCV(PopulationSearch, model_selection.HalvingGridSearchCV):
    """scikit-learn's `HalvingGridSearchCV`, with the candidates and folds of a round trained as one population."""


@dataclass(frozen=True)
class _Splits:
    """Folds that were drawn before."""

    folds: Sequence[tuple[np.ndarray, np.ndarray]]

    def split(self, X: Any, y: Any = None, groups: Any = None, **others: Any) -> Sequence[Any]:
        return self.folds
