"""The chapter's cells on tuning, under Keras 2's import path."""

import numpy as np
import pytest
from scipy.stats import reciprocal
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

import hornet as keras
from hornet.datasets import california_housing


def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3, input_shape=(8,)):
    model = keras.models.Sequential()
    model.add(keras.layers.InputLayer(input_shape=input_shape))
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(lr=learning_rate))
    return model


@pytest.fixture(scope="module")
def housing():
    data = california_housing.fetch()
    X_train_full, X_test, y_train_full, y_test = train_test_split(data.data, data.target, random_state=42)
    X_train, X_valid, y_train, y_valid = train_test_split(X_train_full, y_train_full, random_state=42)
    scaler = StandardScaler().fit(X_train)
    X_train, X_valid, X_test = (scaler.transform(part) for part in (X_train, X_valid, X_test))
    return X_train, y_train, X_valid, y_valid, X_test, y_test


def test_a_wrapped_function_trains_scores_and_predicts(housing):
    X_train, y_train, X_valid, y_valid, X_test, y_test = housing
    keras_reg = keras.wrappers.scikit_learn.KerasRegressor(build_model)
    assert keras_reg.model is build_model
    stopping = keras.callbacks.EarlyStopping(patience=10)
    keras_reg.fit(X_train, y_train, epochs=8, validation_data=(X_valid, y_valid), callbacks=[stopping])
    mse_test = -keras_reg.score(X_test, y_test)
    y_pred = keras_reg.predict(X_test)
    assert y_pred.shape == y_test.shape
    assert mse_test == pytest.approx(np.square(y_pred - y_test).mean(), rel=1e-4)
    assert mse_test < 0.6
    assert sorted(keras_reg.history_) == ["loss", "val_loss"]
    assert len(keras_reg.history_["loss"]) == 8
    assert stopping.model is None, "each training has its own copies of the callbacks"
    assert isinstance(keras_reg.model, keras.Sequential)


def test_the_randomized_search(housing):
    X_train, y_train, X_valid, y_valid, X_test, y_test = housing
    keras_reg = keras.wrappers.scikit_learn.KerasRegressor(build_model)
    param_distribs = {
        "n_hidden": [0, 1, 2, 3],
        "n_neurons": np.arange(1, 100),
        "learning_rate": reciprocal(3e-4, 3e-2),
    }
    rnd_search_cv = RandomizedSearchCV(keras_reg, param_distribs, n_iter=2, cv=3, random_state=1)
    rnd_search_cv.fit(
        X_train,
        y_train,
        epochs=2,
        validation_data=(X_valid, y_valid),
        callbacks=[keras.callbacks.EarlyStopping(patience=10)],
    )
    assert set(rnd_search_cv.best_params_) == set(param_distribs)
    assert -2 < rnd_search_cv.best_score_ < 0
    assert rnd_search_cv.best_score_ == rnd_search_cv.cv_results_["mean_test_score"].max()
    model = rnd_search_cv.best_estimator_.model
    hidden = [layer.units for layer in model.layers[:-1]]
    assert hidden == [rnd_search_cv.best_params_["n_neurons"]] * rnd_search_cv.best_params_["n_hidden"]
    assert model.optimizer.learning_rate == pytest.approx(rnd_search_cv.best_params_["learning_rate"])
    assert model.evaluate(X_test, y_test, verbose=0) == pytest.approx(-rnd_search_cv.score(X_test, y_test), rel=1e-5)


def test_the_classifier_of_keras_2():
    def build(n_neurons=8):
        model = keras.Sequential([keras.layers.Dense(n_neurons, "relu", input_dim=2), keras.layers.Dense(1, "sigmoid")])
        model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.05), metrics=["accuracy"])
        return model

    X = np.random.default_rng(0).normal(size=(100, 2))
    y = np.where(X[:, 0] > 0, "right", "left")
    classifier = keras.wrappers.scikit_learn.KerasClassifier(build_fn=build, epochs=20, batch_size=10, verbose=0)
    classifier.fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert classifier.get_params()["build_fn"] is build
    assert "model" not in classifier.get_params()
    assert classifier.model.count_params() == 33


def test_the_spelling_of_scikeras_is_sent_to_where_it_works():
    wrappers = keras.wrappers.scikit_learn
    for kind in (wrappers.KerasRegressor, wrappers.KerasClassifier):
        with pytest.raises(TypeError, match=rf"Pass `build_fn=`.*`hornet.estimators.{kind.__name__}` takes `model=`"):
            kind(model=build_model, model__n_hidden=2)
