"""Searches that learn from what came out, with the interface of scikit-learn's, one population a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.estimators.sklearn_internals import BaseSearchCV
from hornet.tuning.samplers import Sampler, Told, sampler_of
from hornet.tuning.samplers.evolution import EvolutionSampler
from hornet.tuning.search import PopulationSearch, stored
from hornet.tuning.space import Space


class _GuidedSearch(BaseSearchCV):
    """A search whose candidates depend on the scores of those before."""

    scoring: Any
    refit: Any
    error_score: Any
    random_state: Any

    def _search(
        self, evaluate_candidates: Callable[..., Any], space: Space, sampler: Sampler, sizes: Iterator[int], seed: int
    ) -> Iterator[list[Told]]:
        """Evaluate one generation after another; yield all that was told after each.

        Args:
            evaluate_candidates: scikit-learn's function that fits and scores candidates.
            space: The space.
            sampler: What proposes them.
            sizes: How many candidates each generation has.
            seed: The search's seed.
        """
        told: list[Told] = []
        for generation, size in enumerate(sizes):
            proposals = sampler.propose(space, told, size, seed, generation)
            if not proposals:
                return
            for params, value in zip(
                proposals, self._values_of(evaluate_candidates, proposals, bool(told)), strict=True
            ):
                told.append(Told(len(told), params, value))
            yield told

    def _values_of(
        self, evaluate_candidates: Callable[..., Any], proposals: list[dict[str, Any]], has_scores: bool
    ) -> list[float | None]:
        """Return what is to be minimized of each candidate; `None` of those that failed."""
        try:
            results = evaluate_candidates(proposals)
        except ValueError:  # which scikit-learn raises where none of these could be fitted
            if not has_scores or self.error_score == "raise":
                raise
            return [None] * len(proposals)
        scores = results[f"mean_test_{self._followed(results)}"][-len(proposals) :]
        return [-float(score) if np.isfinite(score) else None for score in scores]

    def _followed(self, results: Mapping[str, Any]) -> str:
        """Return the name of the score that the search follows: the one to refit by, else the first."""
        if isinstance(self.refit, str):
            return self.refit
        prefix = "mean_test_"
        return next(name.removeprefix(prefix) for name in results if name.startswith(prefix))

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))


class _BayesianSearch(_GuidedSearch):
    """The candidates of `BayesSearchCV`."""

    search_spaces: Any
    n_iter: int
    n_points: int
    sampler: Any
    _callbacks: Sequence[Callable[[Any], Any]] = ()

    @property
    def total_iterations(self) -> int:
        """How many candidates are tried in all spaces together, if they have as many."""
        return sum(trials for _, trials in self._spaces())

    def _spaces(self) -> list[tuple[Space, int]]:
        """Return the spaces, and how many candidates each is to have."""
        given = self.search_spaces if isinstance(self.search_spaces, list) else [self.search_spaces]
        if not given:
            raise ValueError("`search_spaces` is empty. Give at least one space.")
        pairs = [entry if isinstance(entry, tuple) else (entry, self.n_iter) for entry in given]
        return [(Space.of(space), _positive("n_iter", trials)) for space, trials in pairs]

    def _run_search(self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None) -> None:
        from scipy.optimize import OptimizeResult

        spaces, seed = self._spaces(), self._seed()
        points = _positive("n_points", self.n_points)
        sampler = sampler_of(self.sampler)
        self.optimizer_results_ = []
        for space, trials in spaces:
            sizes = (min(points, trials - done) for done in range(0, trials, points))
            result: Any = None
            for told in self._search(evaluate_candidates, space, sampler, sizes, seed):
                values = np.array([np.nan if trial.value is None else trial.value for trial in told])
                best = told[int(np.nanargmin(values))]
                result = OptimizeResult(
                    x=_in_order(space, best.params),
                    fun=best.value,
                    x_iters=[_in_order(space, trial.params) for trial in told],
                    func_vals=values,
                    space=space,
                )
                answers = [callback(result) for callback in self._callbacks]
                if any(answers):
                    break
            self.optimizer_results_.append(result)


@stored
class BayesSearchCV(PopulationSearch, _BayesianSearch):
    """Bayesian search over hyperparameters, with the interface of scikit-optimize's class of this name.

    Each generation of `n_points` candidates is proposed by a model of the scores so far, and is trained on all folds
    as one population. Attributes are those of scikit-learn's searches, and `optimizer_results_`: for each space SciPy's
    `OptimizeResult` with the candidates (`x_iters`, values in the order of the sorted names), minus their scores
    (`func_vals`) and the best of them (`x`, `fun`).

    Args:
        estimator: What is fitted.
        search_spaces: A dict from names to spaces, as `Space.of` takes it; a list of those, or of pairs of one and its
            number of candidates, for several searches one after another.
        n_iter: How many candidates are tried in each space.
        n_points: How many of them are trained at a time; fewer learn more from each other, more take less time.
        sampler: What proposes them: `"gp"`, `"tpe"`, or another that `sampler_of` takes.
        scoring: As in scikit-learn; of several scores the search follows the one to refit by.
        n_jobs: As in scikit-learn; without effect where networks are trained together.
        refit: As in scikit-learn.
        cv: As in scikit-learn.
        verbose: As in scikit-learn.
        pre_dispatch: As in scikit-learn.
        random_state: Decides which candidates are drawn.
        error_score: As in scikit-learn.
        return_train_score: As in scikit-learn.

    Raises:
        ValueError: In `fit`, if a space is empty or an entry of one is none.
    """

    def __init__(
        self,
        estimator: Any,
        search_spaces: Any,
        *,
        n_iter: int = 50,
        n_points: int = 4,
        sampler: Any = "gp",
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.search_spaces = search_spaces
        self.n_iter = n_iter
        self.n_points = n_points
        self.sampler = sampler
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, callback: Any = None, **params: Any) -> Any:
        """Run the search.

        Args:
            X: Rows of features.
            y: Labels.
            callback: A function, or several: called after each generation with what is known of its space so far, an
                `OptimizeResult` as in `optimizer_results_`. Where one returns `True`, the search of this space ends.
            **params: Passed on to `fit` of the estimator, the scorer and the splitter, as in scikit-learn.

        Raises:
            TypeError: If a callback cannot be called.
        """
        callbacks = callback if isinstance(callback, list | tuple) else [] if callback is None else [callback]
        for each in callbacks:
            if not callable(each):
                raise ArgumentError(f"`callback` must be a function, not {describe(each)}. Pass one or several.")
        self._callbacks = callbacks
        try:
            return super().fit(X, y, **params)
        finally:
            del self._callbacks


class _EvolutionarySearch(_GuidedSearch):
    """The candidates of `EvolutionSearchCV`."""

    param_grid: Any
    population_size: int
    generations: int
    tournament_size: int
    crossover_probability: float
    mutation_probability: float

    def _run_search(self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None) -> None:
        size = _positive("population_size", self.population_size)
        sampler = EvolutionSampler(
            size,
            _positive("tournament_size", self.tournament_size),
            self.crossover_probability,
            self.mutation_probability,
        )
        sizes = iter([size] * _positive("generations", self.generations))
        self.history_ = {"gen": [], "fitness": [], "fitness_std": [], "fitness_max": [], "fitness_min": []}
        before = 0
        for told in self._search(evaluate_candidates, Space.of(self.param_grid), sampler, sizes, self._seed()):
            scores = np.array([np.nan if trial.value is None else -trial.value for trial in told[before:]])
            before = len(told)
            self.history_["gen"].append(len(self.history_["gen"]))
            known = scores[np.isfinite(scores)]
            for name, measure in (("", np.mean), ("_std", np.std), ("_max", np.max), ("_min", np.min)):
                self.history_[f"fitness{name}"].append(float(measure(known)) if len(known) else np.nan)


@stored
class EvolutionSearchCV(PopulationSearch, _EvolutionarySearch):
    """Genetic search over hyperparameters, as sklearn-deap and sklearn-genetic-opt have it.

    The best `population_size` of all candidates so far are the parents of the next generation, which is trained on all
    folds as one population: what the algorithm calls a population is one of Hornet's. No candidate is trained twice.
    Attributes are those of scikit-learn's searches, and `history_`: of each generation mean, deviation, maximum and
    minimum of the scores (`fitness`, `fitness_std`, `fitness_max`, `fitness_min`).

    Args:
        estimator: What is fitted.
        param_grid: A dict from names to spaces, as `Space.of` takes it.
        population_size: How many candidates a generation has, and how many of the best are parents.
        generations: How many generations are trained, the first, random one among them.
        tournament_size: How many candidates are compared each time that a parent is chosen.
        crossover_probability: How likely a hyperparameter comes from the second parent.
        mutation_probability: How likely a hyperparameter changes.
        scoring: As in scikit-learn; of several scores the search follows the one to refit by.
        n_jobs: As in scikit-learn; without effect where networks are trained together.
        refit: As in scikit-learn.
        cv: As in scikit-learn.
        verbose: As in scikit-learn.
        pre_dispatch: As in scikit-learn.
        random_state: Decides which candidates are drawn.
        error_score: As in scikit-learn.
        return_train_score: As in scikit-learn.

    Raises:
        ValueError: In `fit`, if the space is empty or an entry of it is none.
    """

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        population_size: int = 16,
        generations: int = 5,
        tournament_size: int = 3,
        crossover_probability: float = 0.5,
        mutation_probability: float = 0.2,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_grid = param_grid
        self.population_size = population_size
        self.generations = generations
        self.tournament_size = tournament_size
        self.crossover_probability = crossover_probability
        self.mutation_probability = mutation_probability
        self.random_state = random_state


def _in_order(space: Space, params: Mapping[str, Any]) -> list[Any]:
    return [params.get(name) for name in sorted(space)]


def _positive(name: str, value: Any) -> int:
    if not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"`{name}` is {value!r}, and has to be a whole number of at least 1.")
    return int(value)
