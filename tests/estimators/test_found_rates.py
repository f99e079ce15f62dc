"""`learning_rate="auto"`: a rate is found before the first training, which is then as with that rate."""

import numpy as np
import pytest
from sklearn.base import clone

import hornet
from hornet import layers, optimizers
from hornet.estimators import KerasClassifier, KerasRegressor, base
from hornet.tuning import GridSearchCV, LearningRateCurve

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.tanh(X.sum(axis=1))


def build(learning_rate=0.5, last="linear", units=1, loss="mse"):
    model = hornet.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(units, last)])
    model.compile(loss=loss, optimizer=optimizers.Adam(learning_rate))
    return model


def uncompiled():
    return hornet.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.Dense(2, "softmax")])


@pytest.fixture
def looks(monkeypatch):
    """Let each look for a rate find 0.03, and be listed."""
    seen = []

    def find(model, x, y, **settings):
        seen.append((model, x, y, settings))
        return LearningRateCurve(np.array([0.06, 0.6]), np.array([0.1, 2.0]), 1.0)

    monkeypatch.setattr(base, "find_learning_rate", find)
    return seen


def rate_of(estimator):
    return float(estimator.model_.optimizer.learning_rate)


def test_a_training_is_as_with_the_rate_that_was_found():
    found = KerasRegressor(build, learning_rate="auto", random_state=0, epochs=2).fit(X, Y)
    given = KerasRegressor(build, learning_rate=rate_of(found), random_state=0, epochs=2).fit(X, Y)
    assert 1e-3 < rate_of(found) < 0.5
    np.testing.assert_array_equal(found.predict(X), given.predict(X))


@pytest.mark.parametrize("name", ["learning_rate", "model__learning_rate", "optimizer__learning_rate"])
def test_each_way_to_name_a_rate_may_leave_it_open(name, looks):
    estimator = KerasRegressor(build, batch_size=20, **{name: "auto"}).fit(X, Y, sample_weight=np.ones(60))
    [(_, x, _, settings)] = looks
    assert rate_of(estimator) == pytest.approx(0.03)
    assert (len(x), settings["batch_size"], len(settings["sample_weight"])) == (60, 20, 60)
    assert clone(estimator).get_params()[name] == "auto"


def test_a_named_optimizer_gets_one_and_classes_are_encoded(looks):
    settings = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "optimizer__learning_rate": "auto"}
    estimator = KerasClassifier(uncompiled, **settings).fit(X, np.where(Y > 0, "yes", "no"))
    assert rate_of(estimator) == pytest.approx(0.03)
    assert isinstance(estimator.model_.optimizer, optimizers.SGD)
    assert set(looks[0][2].tolist()) == {0, 1}


def test_a_training_that_goes_on_keeps_its_rate(looks):
    estimator = KerasRegressor(build, learning_rate="auto", warm_start=True).fit(X, Y)
    estimator.fit(X, Y)
    estimator.partial_fit(X, Y)
    assert len(looks) == 1
    assert rate_of(estimator) == pytest.approx(0.03)


def test_a_search_may_have_it_among_its_values(looks):
    search = GridSearchCV(KerasRegressor(build), {"learning_rate": [0.0, "auto"]}, cv=2).fit(X, Y)
    assert len(looks) >= 2  # one a fold
    assert search.best_params_ == {"learning_rate": "auto"}
    assert {len(x) for _, x, *_ in looks} <= {30, 60}


def test_other_words_and_a_number_are_no_look(looks):
    KerasRegressor(build, learning_rate=0.1).fit(X, Y)
    assert looks == []
    with pytest.raises(RuntimeError, match="learning_rate"):
        KerasRegressor(build, learning_rate="automatic").fit(X, Y)
