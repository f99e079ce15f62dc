"""`BayesSearchCV` and `EvolutionSearchCV`: scikit-learn's attributes, generations as populations, and bad input."""

import warnings

import numpy as np
import pytest
from scipy.stats import loguniform, norm
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hornet
from hornet import layers
from hornet.estimators import KerasRegressor
from hornet.population.population import Population
from hornet.tuning import BayesSearchCV, EvolutionSearchCV, Float

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 4))
Y = np.sin(X).sum(axis=1)
SPACE = {"n_neurons": np.arange(1, 20), "learning_rate": loguniform(3e-4, 3e-2), "activation": ["relu", "tanh"]}
RIDGE = {"alpha": loguniform(1e-3, 1e3), "fit_intercept": [True, False]}


def build_model(n_neurons=8, learning_rate=3e-3, activation="relu"):
    model = hornet.Sequential([hornet.Input((4,)), layers.Dense(n_neurons, activation), layers.Dense(1)])
    model.compile(loss="mse", optimizer=hornet.optimizers.SGD(learning_rate))
    return model


def regressor(**arguments):
    return KerasRegressor(build_model, random_state=3, epochs=2, batch_size=16, **arguments)


def bayes(estimator, space, **arguments):
    arguments = {"n_iter": 10, "n_points": 4, "cv": 2, "random_state": 0} | arguments
    return BayesSearchCV(estimator, space, **arguments)


def evolution(estimator, space, **arguments):
    arguments = {"population_size": 4, "generations": 3, "cv": 2, "random_state": 0} | arguments
    return EvolutionSearchCV(estimator, space, **arguments)


SEARCHES = {"bayes": (bayes, [4, 4, 2]), "evolution": (evolution, [4, 4, 4])}


@pytest.fixture(params=SEARCHES)
def search(request):
    return SEARCHES[request.param][0]


@pytest.mark.parametrize("case", SEARCHES)
def test_a_generation_is_one_population(case, monkeypatch):
    trained = []
    train = Population.train

    def counted(self, members, *watch):
        trained.append(len(members))
        return train(self, members, *watch)

    monkeypatch.setattr(Population, "train", counted)
    search, sizes = SEARCHES[case]
    found = search(regressor(), SPACE).fit(X, Y)
    assert trained == [2 * size for size in sizes] + [1], "candidates times folds of each, then the best on all rows"
    assert len(found.cv_results_["params"]) == sum(sizes)
    assert found.best_estimator_.model_.layers[0].units == found.best_params_["n_neurons"]
    assert type(found.best_params_["n_neurons"]) is int
    assert found.best_score_ == found.cv_results_["mean_test_score"].max()


def test_scores_are_those_of_each_candidate_alone(search):
    found = search(Ridge(), RIDGE).fit(X, Y)
    for params, score in zip(found.cv_results_["params"], found.cv_results_["mean_test_score"], strict=True):
        assert score == cross_val_score(Ridge(**params), X, Y, cv=2).mean()
    assert found.predict(X).shape == (96,)
    assert len({tuple(params.values()) for params in found.cv_results_["params"]}) == len(found.cv_results_["params"])


def test_attributes_are_scikit_learns(search):
    ours = search(Ridge(), RIDGE, return_train_score=True).fit(X, Y)
    theirs = GridSearchCV(Ridge(), {"alpha": [1, 2], "fit_intercept": [True]}, cv=2, return_train_score=True).fit(X, Y)
    assert {name for name in vars(theirs) if name.endswith("_")} <= set(vars(ours))
    assert set(theirs.cv_results_) == set(ours.cv_results_)


def test_the_same_seed_finds_the_same(search):
    one = search(Ridge(), RIDGE).fit(X, Y)
    again = clone(one).fit(X, Y)
    assert again.cv_results_["params"] == one.cv_results_["params"]
    assert clone(one).set_params(random_state=1).fit(X, Y).cv_results_["params"] != one.cv_results_["params"]


def test_pipelines_and_several_scores(search):
    found = search(
        make_pipeline(StandardScaler(), Ridge()),
        {"ridge__alpha": Float(1e-3, 1e3, log=True)},
        scoring=["r2", "neg_mean_absolute_error"],
        refit="neg_mean_absolute_error",
    ).fit(X, Y)
    assert found.best_score_ == found.cv_results_["mean_test_neg_mean_absolute_error"].max()


def test_a_small_space_is_used_up(search):
    found = search(Ridge(), {"alpha": [1, 2, 3]}).fit(X, Y)
    assert sorted(params["alpha"] for params in found.cv_results_["params"]) == [1, 2, 3]


def test_results_of_the_optimizer():
    found = bayes(Ridge(), [({"alpha": (1e-3, 1e3, "log-uniform")}, 5), RIDGE]).fit(X, Y)
    assert found.total_iterations == 15
    first, second = found.optimizer_results_
    assert (len(first.x_iters), len(second.x_iters)) == (5, 10)
    assert second.x == second.x_iters[int(second.func_vals.argmin())]
    assert -min(first.fun, second.fun) == found.best_score_
    assert [-value for value in first.func_vals] == found.cv_results_["mean_test_score"][:5].tolist()


def test_the_history_of_generations():
    found = evolution(Ridge(), RIDGE).fit(X, Y)
    scores = found.cv_results_["mean_test_score"].reshape(3, 4)
    assert found.history_["gen"] == [0, 1, 2]
    np.testing.assert_allclose(found.history_["fitness"], scores.mean(axis=1))
    np.testing.assert_allclose(found.history_["fitness_max"], scores.max(axis=1))
    np.testing.assert_allclose(found.history_["fitness_min"], scores.min(axis=1))
    np.testing.assert_allclose(found.history_["fitness_std"], scores.std(axis=1))


@pytest.mark.parametrize("sampler", ["random", "grid", "evolution", "tpe"])
def test_any_sampler_serves(sampler):
    if sampler == "tpe":
        pytest.importorskip("optuna")
    assert len(bayes(Ridge(), RIDGE, sampler=sampler).fit(X, Y).cv_results_["params"]) == 10


# --- bad input ----------------------------------------------------------------------------------------------------


class Picky(Ridge):
    """Refuses small penalties."""

    def fit(self, X, y, sample_weight=None):
        if self.alpha < 10:
            raise ValueError("too small a penalty")
        return super().fit(X, y, sample_weight)


def test_candidates_that_fail_leave_the_others(search):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        warnings.filterwarnings("ignore", message=".*non-finite")
        found = search(Picky(), RIDGE).fit(X, Y)
    assert found.best_params_["alpha"] >= 10
    assert np.isnan(found.cv_results_["mean_test_score"]).any()
    with pytest.raises(ValueError, match="too small a penalty"):
        search(Picky(), RIDGE, error_score="raise").fit(X, Y)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "The space is empty"),
        ({"alpha": []}, "at least one value"),
        ({"alpha": norm()}, "no end on one side"),
        ({"alpha": 3}, r"write \[3\]"),
    ],
)
def test_what_is_no_space(search, space, words):
    with pytest.raises(ValueError, match=words):
        search(Ridge(), space).fit(X, Y)


@pytest.mark.parametrize("arguments", [{"n_iter": 0}, {"n_points": 0}, {"n_points": 1.5}])
def test_sizes_of_a_bayesian_search(arguments):
    with pytest.raises(ValueError, match="whole number of at least 1"):
        bayes(Ridge(), RIDGE, **arguments).fit(X, Y)


@pytest.mark.parametrize("arguments", [{"population_size": 0}, {"generations": 0}, {"tournament_size": -1}])
def test_sizes_of_an_evolutionary_search(arguments):
    with pytest.raises(ValueError, match="whole number of at least 1"):
        evolution(Ridge(), RIDGE, **arguments).fit(X, Y)


def test_no_spaces_and_an_unknown_sampler():
    with pytest.raises(ValueError, match="`search_spaces` is empty"):
        bayes(Ridge(), []).fit(X, Y)
    with pytest.raises(ValueError, match="no sampler named 'pge'"):
        bayes(Ridge(), RIDGE, sampler="pge").fit(X, Y)


def test_a_callback_sees_each_generation_and_may_end_the_search():
    seen = []

    def look(result):
        seen.append(len(result.x_iters))
        return len(seen) == 2

    search = BayesSearchCV(Ridge(), RIDGE, n_iter=9, n_points=2, cv=2, random_state=0)
    search.fit(X, Y, callback=look)
    assert seen == [2, 4]
    assert len(search.cv_results_["params"]) == len(search.optimizer_results_[0].x_iters) == 4
    assert len(search.fit(X, Y, callback=None).cv_results_["params"]) == 9
    with pytest.raises(TypeError, match="`callback` must be a function"):
        search.fit(X, Y, callback="often")
