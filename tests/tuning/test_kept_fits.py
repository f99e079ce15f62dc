"""A search of scikit-learn's kind that keeps its fits goes on after a kill, and ends as one that ran through."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone

from hornet import Sequential, layers, optimizers, tuning
from hornet.core.errors import CorruptFileError
from hornet.estimators import MLPRegressor
from hornet.tuning.kept_fits import KeptFits
from hornet.wrappers.scikit_learn import KerasRegressor

X = np.random.default_rng(0).normal(size=(60, 3)).astype("float32")
Y = np.tanh(X.sum(axis=1))


def build_model(units=4, rate=0.01):
    model = Sequential([layers.Input((3,)), layers.Dense(units, "relu"), layers.Dense(1)])
    model.compile(loss="mse", optimizer=optimizers.Adam(rate))
    return model


NETWORK = KerasRegressor(build_model, random_state=0, epochs=3)
SPACE = {"units": [3, 5, 8], "rate": loguniform(1e-3, 1e-1)}
RANGES = {"units": [3, 5, 8], "rate": (1e-3, 1e-1)}
SEARCHES = {
    "grid": lambda **more: tuning.GridSearchCV(NETWORK, {"units": [3, 5, 8]}, cv=2, **more),
    "random": lambda **more: tuning.RandomizedSearchCV(NETWORK, SPACE, n_iter=4, cv=2, random_state=0, **more),
    "halving": lambda **more: tuning.HalvingRandomSearchCV(
        NETWORK, SPACE, n_candidates=4, cv=2, random_state=0, min_resources=20, **more
    ),
    "Bayesian": lambda **more: tuning.BayesSearchCV(NETWORK, SPACE, n_iter=4, cv=2, random_state=0, **more),
    "evolution": lambda **more: tuning.EvolutionSearchCV(
        NETWORK,
        {"units": [3, 5, 8], "rate": (1e-3, 1e-1)},
        population_size=3,
        generations=2,
        cv=2,
        random_state=0,
        **more,
    ),
    "an estimator of ours": lambda **more: tuning.GridSearchCV(
        MLPRegressor(max_iter=3, random_state=0), {"hidden_layer_sizes": [(3,), (5,)]}, cv=2, **more
    ),
}


def outcome(search):
    scores = [search.cv_results_[f"split{fold}_test_score"].tolist() for fold in range(2)]
    return scores, search.best_params_, search.predict(X).tolist()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_that_is_killed_goes_on(kind, tmp_path, monkeypatch):
    whole = outcome(SEARCHES[kind]().fit(X, Y))
    keep, left = KeptFits.keep, [0]

    def dying(self, name, member, circumstances):
        before = len(list(tmp_path.iterdir()))
        keep(self, name, member, circumstances)
        left[0] -= len(list(tmp_path.iterdir())) - before
        if left[0] < 0:
            raise Killed

    deaths = 0
    with monkeypatch.context() as patched:
        patched.setattr(KeptFits, "keep", dying)
        while True:
            left[0] = 2
            try:
                search = SEARCHES[kind](storage=tmp_path).fit(X, Y)
            except Killed:
                deaths += 1
                continue
            break
    assert deaths > 0
    assert outcome(search) == whole
    again = SEARCHES[kind](storage=str(tmp_path)).fit(X, Y)
    assert outcome(again) == whole


def test_storage_is_a_parameter_as_others_are(tmp_path):
    search = SEARCHES["grid"](storage=tmp_path)
    assert search.get_params()["storage"] == tmp_path
    assert clone(search).storage == tmp_path
    assert clone(search).set_params(storage=None).storage is None
    assert SEARCHES["grid"]().storage is None


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("rows", lambda search: search.fit(X + 1, Y)),
        ("settings", lambda search: search.fit(X, Y, epochs=4)),
        ("initial weights", lambda search: search.set_params(estimator__random_state=1).fit(X, Y)),
        ("model", lambda search: search.set_params(param_grid={"units": [4]}).fit(X, Y)),
        ("hyperparameters", lambda search: search.set_params(estimator__rate=0.5).fit(X, Y)),
    ],
)
def test_fits_of_another_search_are_refused(part, change, tmp_path):
    search = SEARCHES["grid"](storage=tmp_path, error_score="raise").set_params(param_grid={"units": [3]})
    search.fit(X, Y)
    with pytest.raises(ValueError, match=f"a search with other {part}"):
        change(clone(search))


def test_a_damaged_fit_is_refused(tmp_path):
    search = SEARCHES["grid"](storage=tmp_path).fit(X, Y)
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CorruptFileError, match=path.name):
        clone(search).fit(X, Y)
