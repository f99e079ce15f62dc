"""Keras 3's wrappers beside Keras's own."""

import keras as real_keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.pipeline import make_pipeline

import hornet
from hornet.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

X, y = load_iris(return_X_y=True)


def dynamic_model(X, y, loss, layers=(10,), keras=hornet):
    inputs = hidden = keras.layers.Input(shape=(X.shape[1],))
    for size in layers:
        hidden = keras.layers.Dense(size, activation="relu")(hidden)
    outputs = keras.layers.Dense(y.shape[1] if len(y.shape) > 1 else 1, activation="softmax")(hidden)
    model = keras.models.Model(inputs, outputs)
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.05))
    return model


def test_it_does_what_keras_s_does():
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    arguments = {"loss": "categorical_crossentropy", "layers": [12, 12]}
    ours = SKLearnClassifier(dynamic_model, model_kwargs=arguments)
    theirs = real_keras.wrappers.SKLearnClassifier(dynamic_model, model_kwargs={**arguments, "keras": real_keras})
    for one in (ours, theirs):
        one.fit(X, names, epochs=20, verbose=0)
    assert ours.score(X, names) == pytest.approx(theirs.score(X, names), abs=0.1)
    assert ours.decision_function(X).shape == theirs.decision_function(X).shape
    assert ours.model_.count_params() == theirs.model_.count_params()
    assert len(ours.history_.history["loss"]) == len(theirs.history_.history["loss"])
    assert set(ours.get_params()) == set(theirs.get_params())
    assert clone(ours).get_params() == ours.get_params()


def test_of_two_classes_the_decision_is_a_number_as_scikit_learn_s_scorers_want():
    rows, labels = X[:100], y[:100]
    classifier = SKLearnClassifier(dynamic_model, model_kwargs={"loss": "categorical_crossentropy", "layers": [4]})
    classifier.fit(rows, labels, epochs=10, verbose=0)
    decided = classifier.decision_function(rows)
    assert decided.shape == (100,)
    np.testing.assert_array_equal(decided > 0, classifier.predict(rows) == 1)
    assert get_scorer("roc_auc")(classifier, rows, labels) == roc_auc_score(labels, decided)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "score"])
def test_a_classifier_that_is_not_fitted_says_so(method):
    rows = (X, y) if method == "score" else (X,)
    with pytest.raises(NotFittedError):
        getattr(SKLearnClassifier(dynamic_model), method)(*rows)


@pytest.mark.parametrize("name", ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"])
def test_tags_are_keras_s(name):
    ours, theirs = (
        getattr(package.wrappers, name)(dynamic_model).__sklearn_tags__() for package in (hornet, real_keras)
    )
    assert ours.non_deterministic == theirs.non_deterministic == True  # noqa: E712
    assert ours.transformer_tags == theirs.transformer_tags
    for kind in ("classifier_tags", "regressor_tags"):
        if getattr(theirs, kind) is not None:
            assert getattr(ours, kind).poor_score == getattr(theirs, kind).poor_score == True  # noqa: E712


def test_outputs_of_a_trained_model_are_features_of_the_next_step():
    def bottleneck(X, y):
        model = hornet.Sequential([hornet.layers.Dense(2, input_shape=X.shape[1:]), hornet.layers.Dense(y.shape[1])])
        model.compile(loss="mse", optimizer=hornet.optimizers.Adam(0.05))
        return model

    transformer = SKLearnTransformer(bottleneck, fit_kwargs={"epochs": 30})
    with pytest.raises(NotFittedError):
        transformer.transform(X)
    encoded = transformer.fit_transform(X, X)
    assert encoded.shape == X.shape
    assert np.square(encoded - X).mean() < np.square(X - X.mean(0)).mean()
    np.testing.assert_array_equal(transformer.predict(X), encoded)
    assert clone(transformer).get_params() == transformer.get_params()
    pipe = make_pipeline(FrozenEstimator(transformer), LogisticRegression(max_iter=1000)).fit(X, y)
    assert pipe.score(X, y) > 0.7


def test_a_compiled_model_is_copied():
    X, y = load_diabetes(return_X_y=True)
    model = hornet.Sequential([hornet.layers.Dense(1, input_shape=(10,))])
    model.compile(loss="mse", optimizer=hornet.optimizers.Adam(1.0))
    before = model.get_weights()
    regressor = SKLearnRegressor(model, fit_kwargs={"epochs": 50})
    assert regressor.fit(X, y).score(X, y) > 0
    assert len(regressor.fit(X, y, epochs=2).history_.epoch) == 2
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    regressor.set_params(warm_start=True).fit(X, y, epochs=1)
    assert int(regressor.model_.optimizer.iterations) == 3 * 14
