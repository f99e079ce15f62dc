"""Searches find what scikit-learn's own classes find, and train everything together."""

import signal
import threading
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import model_selection
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hornet
from hornet import callbacks, layers
from hornet.estimators import KerasClassifier, KerasRegressor, MLPClassifier
from hornet.population.population import Population
from hornet.population.scheduler import Scheduler
from hornet.tuning import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from hornet.wrappers import SKLearnRegressor, scikit_learn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 4))
Y = np.sin(X).sum(axis=1)
SPACE = {"n_hidden": [0, 1, 2], "n_neurons": np.arange(1, 20).tolist(), "learning_rate": loguniform(3e-4, 3e-2)}


def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3, activation="relu"):
    model = hornet.Sequential([hornet.Input((4,))])
    for _ in range(n_hidden):
        model.add(layers.Dense(n_neurons, activation=activation))
    model.add(layers.Dense(1))
    model.compile(loss="mse", optimizer=hornet.optimizers.SGD(learning_rate))
    return model


def build_classifier(n_neurons=8, classes=3):
    model = hornet.Sequential([hornet.Input((4,)), layers.Dense(n_neurons, "tanh"), layers.Dense(classes, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def regressor(**arguments):
    return KerasRegressor(build_model, random_state=3, epochs=2, batch_size=16, **arguments)


SEARCHES = {
    "grid": lambda library: library.GridSearchCV(regressor(), {"n_neurons": [3, 5], "n_hidden": [0, 1]}, cv=3),
    "random": lambda library: library.RandomizedSearchCV(
        regressor(), SPACE, n_iter=3, cv=KFold(2, shuffle=True), random_state=1, return_train_score=True
    ),
    "halving": lambda library: library.HalvingRandomSearchCV(regressor(), SPACE, n_candidates=4, random_state=1, cv=2),
    "halving grid": lambda library: library.HalvingGridSearchCV(
        regressor(), {"n_neurons": [3, 5, 7]}, resource="epochs", max_resources=4, random_state=1, cv=2
    ),
    "metrics": lambda library: library.GridSearchCV(
        regressor(), {"n_neurons": [3, 4]}, scoring=["r2", "neg_mean_absolute_error"], refit="r2", cv=2
    ),
    "pipeline": lambda library: library.GridSearchCV(
        make_pipeline(StandardScaler(), regressor()), {"kerasregressor__n_neurons": [3, 4]}, cv=2
    ),
    "no refit": lambda library: library.GridSearchCV(regressor(), {"learning_rate": [0.1, 0.01]}, refit=False, cv=2),
}


def fitted(search, *data, **arguments):
    hornet.utils.set_random_seed(0)
    np.random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        warnings.filterwarnings("ignore", message=".*non-finite")
        return search.fit(*(data or (X, Y)), **arguments)


class Ours:
    GridSearchCV, RandomizedSearchCV = GridSearchCV, RandomizedSearchCV
    HalvingRandomSearchCV, HalvingGridSearchCV = HalvingRandomSearchCV, HalvingGridSearchCV


def same(one, other):
    """Check that two searches have the same candidates, splits and scores."""
    assert one.cv_results_.keys() == other.cv_results_.keys()
    for name, values in one.cv_results_.items():
        if name == "params":
            assert values == other.cv_results_["params"]
        elif "score" in name and "time" not in name and "rank" not in name:
            np.testing.assert_allclose(values, other.cv_results_[name], rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("case", SEARCHES)
def test_results_are_those_of_scikit_learn(case):
    ours, theirs = fitted(SEARCHES[case](Ours)), fitted(SEARCHES[case](model_selection))
    same(ours, theirs)
    if ours.refit:
        assert ours.best_params_ == theirs.best_params_
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(ours.score(X, Y), theirs.score(X, Y), rtol=1e-4)
    else:
        assert not hasattr(ours, "best_estimator_")


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("RandomizedSearchCV", {"n_iter": 2, "cv": 2}),
        pytest.param("RandomizedSearchCV", {"n_iter": 6, "cv": 3}, marks=pytest.mark.full),
        pytest.param("HalvingRandomSearchCV", {"n_candidates": 4, "cv": 3}, marks=pytest.mark.full),
    ],
)
def test_scores_are_equal_in_float64(kind, arguments, double):
    def build(n_hidden=1, n_neurons=30, learning_rate=3e-3):
        model = build_model(n_hidden, n_neurons)
        model.compile(loss="mse", optimizer=hornet.optimizers.Adam(learning_rate))
        return model

    def searched(library):
        stopping = callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)
        network = KerasRegressor(build, random_state=3, epochs=5, callbacks=stopping)
        settings = {"random_state": 1, "scoring": "neg_mean_squared_error", "return_train_score": True}
        return getattr(library, kind)(network, SPACE, **settings, **arguments).fit(X, Y)

    ours, theirs = searched(Ours), searched(model_selection)
    names = [name for name in theirs.cv_results_ if name.endswith(("_test_score", "_train_score"))]
    for name in names:
        if not name.startswith(("rank", "std")):
            np.testing.assert_allclose(ours.cv_results_[name], theirs.cv_results_[name], rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
    assert ours.best_params_ == theirs.best_params_


@pytest.mark.parametrize(("n_iter", "cv"), [(2, 2), pytest.param(3, 3, marks=pytest.mark.full)])
def test_the_chapters_cell(n_iter, cv):
    search = RandomizedSearchCV(scikit_learn.KerasRegressor(build_model), SPACE, n_iter=n_iter, cv=cv, random_state=0)
    stopping = callbacks.EarlyStopping(patience=10)
    fitted(search, X[:64], Y[:64], epochs=3, validation_data=(X[64:], Y[64:]), callbacks=[stopping])
    assert search.best_params_.keys() == SPACE.keys()
    assert search.best_score_ < 0, "the old wrapper scores by minus the loss"
    model = search.best_estimator_.model
    assert model.evaluate(X[64:], Y[64:], verbose=0) == pytest.approx(-search.score(X[64:], Y[64:]), rel=1e-5)
    assert len(model.history.epoch) == 3
    assert stopping.model is None


@pytest.mark.parametrize(("neurons", "folds"), [([4], 2), pytest.param([4, 6], 3, marks=pytest.mark.full)])
def test_classes_and_groups(neurons, folds):
    x, y = make_classification(96, 4, n_informative=3, n_redundant=0, n_classes=3, random_state=0)
    groups = np.arange(96) // 8
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    searches = [
        library.GridSearchCV(
            KerasClassifier(build_classifier, random_state=0, epochs=2, batch_size=16),
            {"n_neurons": neurons},
            cv=GroupKFold(folds),
            scoring="neg_log_loss",
        )
        for library in (Ours, model_selection)
    ]
    ours, theirs = (fitted(search, x, names, groups=groups) for search in searches)
    same(ours, theirs)
    assert ours.classes_.tolist() == ["setosa", "versicolor", "virginica"]


def linear_or_not(X, y, n_neurons):
    model = build_model(n_neurons=n_neurons)
    model.compile(loss="mse", optimizer="sgd")
    return model


def test_keras_3s_wrapper():
    ours, theirs = (
        fitted(
            library.GridSearchCV(
                SKLearnRegressor(linear_or_not, fit_kwargs={"epochs": 2}),
                {"model_kwargs": [{"n_neurons": 3}, {"n_neurons": 5}]},
                cv=2,
                refit=False,
            )
        )
        for library in (Ours, model_selection)
    )
    same(ours, theirs)


@pytest.mark.parametrize("sizes", [[(4,)], pytest.param([(4,), (6,)], marks=pytest.mark.full)])
def test_networks_that_need_no_function(sizes):
    x, y = make_classification(80, 4, random_state=0)
    space = {"hidden_layer_sizes": sizes, "alpha": [1e-4, 1e-2]}
    ours, theirs = (
        fitted(
            library.GridSearchCV(MLPClassifier(random_state=0, max_iter=3, batch_size=36), space, cv=2, refit=False),
            x,
            y,
        )
        for library in (Ours, model_selection)
    )
    same(ours, theirs)


def test_all_are_trained_in_one_population(monkeypatch):
    trained = []
    train = Population.train

    def counted(self, members, *watch):
        trained.append(len(members))
        return train(self, members, *watch)

    monkeypatch.setattr(Population, "train", counted)
    search = fitted(GridSearchCV(regressor(), {"n_neurons": [2, 3, 4, 5]}, cv=3))
    assert trained == [12, 1], "all candidates on all folds, then the best on all rows"
    assert (search.cv_results_["mean_fit_time"] > 0).all()
    trained.clear()
    search.memory_limit = 3 * X[:64].nbytes
    again = fitted(search)
    assert trained[-1] == 1
    assert sum(trained[:-1]) == 12
    assert len(trained) > 3
    same(again, fitted(GridSearchCV(regressor(), {"n_neurons": [2, 3, 4, 5]}, cv=3)))


def test_other_estimators_are_scikit_learns():
    space = {"alpha": [0.1, 1.0]}
    ours = GridSearchCV(Ridge(), space).fit(X, Y)
    theirs = model_selection.GridSearchCV(Ridge(), space).fit(X, Y)
    same(ours, theirs)


class Jitter(TransformerMixin, BaseEstimator):
    """A step that draws anew in each `fit`."""

    def fit(self, X, y=None):
        self.shift_ = RNG.normal()
        return self

    def transform(self, X):
        return X + self.shift_


def test_a_step_that_draws_anew_is_met_by_training_again():
    search = GridSearchCV(make_pipeline(Jitter(), regressor()), {"kerasregressor__n_neurons": [3]}, cv=2).fit(X, Y)
    assert np.isfinite(search.best_score_)


class Refusing(TransformerMixin, BaseEstimator):
    """A step that fails for some candidates."""

    def __init__(self, refuses=False):
        self.refuses = refuses

    def fit(self, X, y=None):
        if self.refuses:
            raise ValueError("no such rows")
        return self

    def transform(self, X):
        return X


def test_a_step_that_fails_leaves_the_other_candidates_their_own_results():
    space = {"refusing__refuses": [True, False], "kerasregressor__n_neurons": [3, 9]}
    ours, theirs = (
        fitted(library.GridSearchCV(make_pipeline(Refusing(), regressor()), space, cv=2, refit=False))
        for library in (Ours, model_selection)
    )
    same(ours, theirs)
    assert np.isfinite(ours.cv_results_["mean_test_score"]).tolist() == [False, True, False, True]


class Choosing(TransformerMixin, BaseEstimator):
    """A step with a network of its own."""

    def __init__(self, network):
        self.network = network

    def fit(self, X, y):
        self.seen_ = clone(self.network).fit(X, y).predict(X[:1])
        return self

    def transform(self, X):
        return X * self.seen_


def test_networks_in_other_steps_are_trained_by_themselves():
    steps = make_pipeline(Choosing(regressor()), regressor())
    space = {"choosing__network__n_neurons": [3, 9], "kerasregressor__n_neurons": [3, 5]}
    ours, theirs = (
        fitted(library.GridSearchCV(steps, space, cv=2, refit=False)) for library in (Ours, model_selection)
    )
    same(ours, theirs)


def test_a_scorer_of_ones_own_sees_the_model_itself():
    def neurons(estimator, X, y):
        return -estimator.model_.count_params()

    search = fitted(GridSearchCV(regressor(), {"n_neurons": [3, 5, 20]}, cv=2, scoring=neurons))
    assert search.cv_results_["mean_test_score"].tolist() == [-(4 * n + n + n + 1) for n in (3, 5, 20)]


def test_functions_keep_their_own_defaults():
    def wide(n_neurons=50):
        return build_model(n_neurons=n_neurons)

    search = fitted(GridSearchCV(KerasRegressor(build_model), {"model": [wide]}, cv=2))
    assert search.best_estimator_.model_.layers[0].units == 50


def test_candidates_without_a_parameter_have_no_dot():
    grid = [{"n_neurons": [2, 3]}, {"activation": ["tanh"]}]
    panels = fitted(GridSearchCV(regressor(), grid, cv=2)).plot()
    dots = {panel.get_xlabel(): len(panel.lines[0].get_xdata()) for panel in panels}
    assert dots == {"n_neurons": 2, "activation": 1}


# --- bad input --------------------------------------------------------------------------------------------------


def raises_for_many(n_neurons=1):
    if n_neurons > 3:
        raise OSError("the disk is full")
    return build_model(n_neurons=n_neurons)


def nothing_for_many(n_neurons=1):
    return build_model(n_neurons=n_neurons) if n_neurons <= 3 else None


def not_compiled_for_many(n_neurons=1):
    if n_neurons <= 3:
        return build_model(n_neurons=n_neurons)
    return hornet.Sequential([hornet.Input((4,)), layers.Dense(1)])


BAD = {
    "raises": (raises_for_many, "the disk is full"),
    "returns nothing": (nothing_for_many, "None"),
    "is not compiled": (not_compiled_for_many, "compile"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_candidate_that_fails_leaves_the_others(case):
    build, _ = BAD[case]
    search = GridSearchCV(KerasRegressor(build, epochs=1), {"n_neurons": [2, 5, 3]}, cv=2)
    fitted(search)
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [True, False, True]
    assert search.best_params_["n_neurons"] in (2, 3)


@pytest.mark.parametrize("case", BAD)
def test_an_error_names_the_candidate(case):
    build, words = BAD[case]
    search = GridSearchCV(KerasRegressor(build, epochs=1), {"n_neurons": [2, 5]}, cv=2, error_score="raise")
    with pytest.raises(Exception, match=words) as caught:
        search.fit(X, Y)
    assert "It happened to the candidate {'n_neurons': 5} on fold 0." in caught.value.__notes__


def test_a_parameter_that_the_function_does_not_take():
    search = GridSearchCV(regressor(), {"n_neuron": [2]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="n_neurons"):
        search.fit(X, Y)


def test_an_unknown_scoring_and_nan_targets():
    with pytest.raises(ValueError, match="no_such_score"):
        GridSearchCV(regressor(), {"n_neurons": [2]}, scoring="no_such_score").fit(X, Y)
    y = Y.copy()
    y[7] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        GridSearchCV(regressor(), {"n_neurons": [2]}, cv=2, error_score="raise").fit(X, y)


def test_an_unknown_argument_of_fit_and_one_that_is_for_a_single_model():
    search = GridSearchCV(regressor(), {"n_neurons": [2]}, cv=2, error_score="raise")
    with pytest.raises(TypeError, match="Did you mean 'epochs'"):
        search.fit(X, Y, epoch=2)
    with pytest.raises(ValueError, match="`resume` names one file"):
        search.fit(X, Y, resume="run.npz")


def test_a_fold_of_one_class():
    y = np.repeat([0, 1], 48)
    search = GridSearchCV(
        KerasClassifier(build_classifier, classes=2, epochs=1), {"n_neurons": [3]}, cv=KFold(2), error_score="raise"
    )
    with pytest.raises(ValueError, match="class"):
        search.fit(X, y)


def test_an_interruption_keeps_what_is_finished(monkeypatch):
    train = Population.train

    def interrupted(self, members, *watch):
        train(self, members[:2])
        raise KeyboardInterrupt

    monkeypatch.setattr(Population, "train", interrupted)
    search = GridSearchCV(regressor(), {"n_neurons": [2, 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        fitted(search)
    assert np.isfinite(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert not hasattr(search, "best_estimator_")


@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_an_interruption_before_anything_is_finished_is_still_one(monkeypatch, error_score):
    def interrupted(self, members, *watch):
        raise KeyboardInterrupt

    monkeypatch.setattr(Population, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted(GridSearchCV(regressor(), {"n_neurons": [2, 3]}, cv=2, error_score=error_score))


def test_progress_is_shown_where_asked(capsys):
    GridSearchCV(regressor(), {"n_neurons": [2, 3]}, cv=2, verbose=1).fit(X, Y)
    shown = capsys.readouterr().out
    assert "4/4" in shown
    assert "best loss" in shown


def test_the_picture_has_a_panel_for_each_parameter_and_marks_the_best():
    search = fitted(
        RandomizedSearchCV(regressor(), SPACE | {"activation": ["relu", "tanh"]}, n_iter=6, cv=2, random_state=0)
    )
    panels = search.plot()
    assert [panel.get_xlabel() for panel in panels] == ["activation", "learning_rate", "n_hidden", "n_neurons"]
    assert panels[1].get_xscale() == "log"
    scores = search.cv_results_["mean_test_score"]
    for panel in panels:
        [star] = [line for line in panel.lines if line.get_label() == "best"]
        assert star.get_ydata()[0] == scores.max()
    assert panels[0].get_ylabel() == "R²"
    assert "The best 6 of 6 candidates" in search._repr_mimebundle_()["text/html"]
    given = panels[2]
    assert search.plot(parameters=["n_hidden"], axes=given) == [given]
    with pytest.raises(ValueError, match="no score 'r2', only score"):
        search.plot("r2")


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_an_interruption_does_not_wait_for_a_program_that_is_compiled(monkeypatch, error_score):
    """What a worker does cannot be stopped; the search ends at once, and what it has is NaN."""
    compiling, over, ended = threading.Event(), threading.Event(), []

    def work(self, until, enable_x64):
        compiling.set()
        over.wait(30)
        ended.append(self)

    monkeypatch.setattr(Population, "_work", work)
    wait = lambda self, seconds: compiling.wait(30) and signal.raise_signal(signal.SIGINT)  # noqa: E731
    monkeypatch.setattr(Scheduler, "wait", wait)
    search = GridSearchCV(regressor(), {"n_neurons": [2, 3]}, cv=2, error_score=error_score)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which test runners may ignore
    try:
        with pytest.raises(KeyboardInterrupt):
            fitted(search)
        assert not ended
    finally:
        signal.signal(signal.SIGINT, before)
        over.set()
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, True]


def test_the_score_is_called_by_its_name():
    grid = {"n_neurons": [2, 3]}
    names = {
        "neg_mean_squared_error": "neg_mean_squared_error",
        make_scorer(mean_absolute_error, greater_is_better=False): "mean_absolute_error",
    }
    for scoring, name in names.items():
        assert fitted(GridSearchCV(regressor(), grid, cv=2, scoring=scoring)).plot()[0].get_ylabel() == name
    several = fitted(GridSearchCV(regressor(), grid, cv=2, scoring=["r2", "neg_mean_squared_error"], refit="r2"))
    assert several.plot()[0].get_ylabel() == "r2"
    assert several.plot("neg_mean_squared_error")[0].get_ylabel() == "neg_mean_squared_error"
