"""Estimators inside scikit-learn's other tools."""

import copy
import pickle

import numpy as np
import pandas
import polars
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import StackingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, StandardScaler
from tests.tables import instances

import hornet as keras
from hornet.estimators import KerasClassifier, KerasRegressor, MLPClassifier, MLPRegressor, Perceptron


def diabetes():
    """Return rows whose halves and thirds are batches of 34 without a short one, so that tests share programs."""
    X, y = load_diabetes(return_X_y=True)
    return X[:408], y[:408]


def iris():
    return load_iris(return_X_y=True)


def build_regressor(n_neurons=10):
    return keras.Sequential([keras.layers.Dense(n_neurons, activation="relu"), keras.layers.Dense(1)])


def build_classifier(n_neurons=10):
    return keras.Sequential(
        [keras.layers.Dense(n_neurons, activation="relu"), keras.layers.Dense(3, activation="softmax")]
    )


def regressor(**parameters):
    settings = {"loss": "mse", "optimizer": "adam", "epochs": 3, "batch_size": 34, "random_state": 0}
    return KerasRegressor(build_regressor, **{**settings, **parameters})


def classifier(**parameters):
    settings = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "epochs": 3, "random_state": 0}
    settings["batch_size"] = 25
    return KerasClassifier(build_classifier, **{**settings, **parameters})


TABLE = [
    pytest.param(make, load, id=name)
    for name, make, load in [
        ("KerasRegressor", regressor, diabetes),
        ("KerasClassifier", classifier, iris),
        ("MLPRegressor", lambda: MLPRegressor((5,), max_iter=3, batch_size=400, random_state=0), diabetes),
        ("MLPClassifier", lambda: MLPClassifier((5,), max_iter=3, batch_size=400, random_state=0), iris),
        ("Perceptron", Perceptron, iris),
    ]
]


@instances(("make", "load"), TABLE, class_of=lambda values: type(values[0]()).__module__)
def test_copies_predict_alike_and_train_on_alike(make, load):
    X, y = load()
    trained = make().fit(X, y)
    before = trained.predict(X)
    for twin in (pickle.loads(pickle.dumps(trained)), copy.deepcopy(trained)):
        np.testing.assert_array_equal(twin.predict(X), before)
        twin.partial_fit(X, y)
        again = copy.deepcopy(trained).partial_fit(X, y)
        np.testing.assert_array_equal(twin.predict(X), again.predict(X))
    np.testing.assert_array_equal(trained.predict(X), before)
    np.testing.assert_array_equal(clone(trained).fit(X, y).predict(X), before)


@instances(("make", "load"), TABLE, class_of=lambda values: "an estimator")
def test_two_processes_compute_what_one_does(make, load, monkeypatch):
    for function in (build_regressor, build_classifier):  # as in a notebook, which other processes cannot import
        monkeypatch.setattr(function, "__module__", "__main__")
    X, y = load()
    alone = cross_val_score(make(), X, y, cv=3)
    np.testing.assert_allclose(cross_val_score(make(), X, y, cv=3, n_jobs=2), alone, rtol=1e-6)


@pytest.mark.parametrize("neurons", [[20], pytest.param([2, 20], marks=pytest.mark.full)])
def test_pipelines_and_grids(neurons):
    X, y = iris()
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), classifier()),
        {"kerasclassifier__model__n_neurons": neurons, "kerasclassifier__optimizer__learning_rate": [1e-5, 0.05]},
        cv=3,
    )
    grid.fit(X, y, kerasclassifier__epochs=10)
    assert grid.best_params_["kerasclassifier__optimizer__learning_rate"] == 0.05
    assert grid.best_score_ > 0.8
    model = grid.best_estimator_[-1].model_
    assert model.layers[0].units == grid.best_params_["kerasclassifier__model__n_neurons"]
    assert len(grid.best_estimator_[-1].history_["loss"]) == 10


@pytest.mark.parametrize(("neurons", "resources"), [([10], 204), pytest.param([2, 4, 8], 100, marks=pytest.mark.full)])
def test_successive_halving(neurons, resources):
    X, y = diabetes()
    search = HalvingRandomSearchCV(
        regressor(), {"n_neurons": neurons, "epochs": [2, 4]}, cv=2, random_state=0, min_resources=resources, factor=2
    )
    assert set(search.fit(X, y).best_params_) == {"n_neurons", "epochs"}


@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_frames_of_mixed_columns(frame):
    X, y = iris()
    species = np.array(["setosa", "versicolor", "virginica"])[y]
    data = frame({"length": X[:, 2], "width": X[:, 3], "colour": np.where(X[:, 0] > 5.8, "red", "blue")})
    columns = ColumnTransformer([("colours", OneHotEncoder(), ["colour"])], remainder="passthrough")
    pipeline = make_pipeline(columns, classifier(epochs=50, optimizer__learning_rate=0.05))
    labels = pandas.Series(species) if frame is pandas.DataFrame else polars.Series(species)
    pipeline.fit(data, labels)
    assert set(pipeline.predict(data)) == set(species)
    assert pipeline.score(data, labels) > 0.9
    numbers = data[["length", "width"]]
    assert list(classifier().fit(numbers, labels).feature_names_in_) == ["length", "width"]


def test_calibration():
    X, y = iris()
    calibrated = CalibratedClassifierCV(MLPClassifier((5,), max_iter=2, batch_size=400, random_state=0), cv=2).fit(X, y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    CalibratedClassifierCV(Perceptron(), cv=2).fit(X, y)


def test_stacking():
    X, y = diabetes()
    parts = [
        ("mlp", MLPRegressor((5,), batch_size=400, learning_rate_init=0.02, random_state=0)),
        ("keras", regressor()),
    ]
    stack = StackingRegressor(parts, RidgeCV(), cv=2).fit(X, y)
    assert stack.score(X, y) > 0.3


def test_transformed_targets_and_one_classifier_a_column():
    X, y = diabetes()
    scaled = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), regressor(epochs=20)), transformer=StandardScaler()
    )
    assert scaled.fit(X, y).score(X, y) > 0.4
    labels = np.stack([y > 100, np.digitize(y, [100, 200])], axis=1).astype(int)
    assert (
        MultiOutputClassifier(MLPClassifier((5,), max_iter=5, batch_size=400)).fit(X, labels).predict(X).shape
        == labels.shape
    )


def test_the_same_seed_means_the_same_weights_in_every_fold():
    X, y = diabetes()
    jobs = [clone(regressor()).prepare(X[rows], y[rows]) for rows in (slice(0, 200), slice(200, 400))]
    for one, other in zip(*(job.model.get_weights() for job in jobs), strict=True):
        np.testing.assert_array_equal(one, other)
    assert jobs[0].seed == jobs[1].seed
    other_seed = regressor(random_state=1).prepare(X, y).model.get_weights()
    assert (other_seed[0] != jobs[0].model.get_weights()[0]).any()


def test_a_seed_of_the_estimator_leaves_the_process_s_alone():
    X, y = diabetes()
    draws = []
    for seeds in ([0], []):
        keras.utils.set_random_seed(5)
        for seed in seeds:
            regressor(random_state=seed).fit(X, y)
        draws.append(keras.initializers.RandomNormal()((3,)))
    np.testing.assert_array_equal(*draws)


def test_without_one_the_process_s_seed_decides():
    X, y = diabetes()
    results = []
    for _ in range(2):
        keras.utils.set_random_seed(7)
        results.append(regressor(random_state=None).fit(X, y).predict(X))
    np.testing.assert_array_equal(*results)
    assert (regressor(random_state=None).fit(X, y).predict(X) != results[0]).any()


def test_a_row_s_prediction_does_not_depend_on_its_neighbours():
    X, y = iris()
    trained = classifier().fit(X, y)
    whole = trained.predict_proba(X)
    np.testing.assert_array_equal(trained.predict_proba(X[::-1]), whole[::-1])
    np.testing.assert_array_equal(np.concatenate([trained.predict_proba(X[i : i + 1]) for i in range(20)]), whole[:20])


def test_out_of_fold_predictions():
    X, y = iris()
    probabilities = cross_val_predict(classifier(), X, y, cv=3, method="predict_proba")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_a_sparse_matrix_trains_the_model_that_its_dense_rows_train():
    words = np.array([["a"], ["b"], ["c"]] * 20)
    labels = MultiLabelBinarizer(sparse_output=True).fit_transform([["x"], ["x", "y"], ["y"]] * 20)
    found = []
    for sparse in (True, False):
        classifier = MLPClassifier((4,), max_iter=2, random_state=0)
        pipeline = make_pipeline(OneHotEncoder(sparse_output=sparse), classifier)
        found.append(pipeline.fit(words, labels if sparse else labels.toarray()).predict_proba(words))
    np.testing.assert_array_equal(*found)
