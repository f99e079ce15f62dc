"""Estimators on frames with words, dates and gaps: encoded by the rows of each fit, or refused with what to write."""

import subprocess
import sys
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

from hornet import Input, Model, Sequential, layers, tuning
from hornet.estimators import KerasClassifier, KerasRegressor, MLPClassifier, MLPRegressor
from hornet.preprocessing import encode
from hornet.wrappers import SKLearnClassifier, SKLearnRegressor

RNG = np.random.default_rng(0)
ROWS = 60
FRAME = pd.DataFrame(
    {
        "age": np.where(RNG.random(ROWS) < 0.1, np.nan, RNG.normal(40, 10, ROWS)),
        "city": RNG.choice(["oslo", "rome", None], ROWS),
        "built": pd.date_range("2020-01-01", periods=ROWS, freq="37h"),
        "owner": RNG.random(ROWS) < 0.5,
    }
)
Y = (FRAME["city"] == "oslo").astype(float).to_numpy() + RNG.normal(0, 0.01, ROWS)
LABELS = np.where(Y > 0.5, "yes", "no")
SHORT: Any = {"max_iter": 2, "random_state": 0}


def build(X, n_hidden=4):
    inputs, encoded = encode(X, verbose=False)
    model = Model(inputs, layers.Dense(1)(layers.Dense(n_hidden, "relu")(encoded)))
    model.compile("adam", "mse")
    return model


def build_classifier(X, y):
    inputs, encoded = encode(X, verbose=False)
    model = Model(inputs, layers.Dense(y.shape[1], "softmax")(encoded))
    model.compile("adam", "categorical_crossentropy")
    return model


def of_numbers():
    model = Sequential([layers.Dense(1)])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize(
    "convert", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
)
def test_perceptrons_encode_frames(convert):
    table = convert(FRAME)
    classifier = MLPClassifier((8,), max_iter=60, learning_rate_init=0.05, random_state=0).fit(table, LABELS)
    assert classifier.score(table, LABELS) > 0.9
    assert classifier.predict_proba(table).shape == (ROWS, 2)
    regressor = MLPRegressor((8,), max_iter=60, learning_rate_init=0.05, random_state=0).fit(table, Y)
    assert regressor.score(table, Y) > 0.5
    assert regressor.feature_names_in_.tolist() == list(FRAME)


def test_a_gap_among_numbers_is_enough():
    numbers = FRAME[["age", "owner"]]
    assert np.isfinite(MLPRegressor((4,), **SHORT).fit(numbers, Y).predict(numbers)).all()
    assert np.isfinite(KerasRegressor(build).fit(numbers, Y).predict(numbers)).all()


def of_gaps():
    inputs, encoded = encode(FRAME[["age", "owner"]], verbose=False)
    model = Model(inputs, layers.Dense(1)(encoded))
    model.compile("adam", "mse")
    return model


def of_columns():
    inputs = [Input((1,), name=name) for name in ("age", "owner")]
    model = Model(inputs, layers.Dense(1)(layers.concatenate(inputs)))
    model.compile("adam", "mse")
    return model


def test_models_that_know_the_columns_get_them_by_name():
    numbers = FRAME[["owner", "age"]]
    scores = cross_val_score(KerasRegressor(of_gaps, random_state=0), numbers, Y, cv=2)
    assert np.isfinite(scores).all()
    found = tuning.GridSearchCV(KerasRegressor(of_gaps, random_state=0), {"epochs": [1, 2]}, cv=2).fit(numbers, Y)
    assert found.predict(numbers).shape == (ROWS,)
    filled = numbers.fillna(40.0)
    fitted = KerasRegressor(of_columns, random_state=0).fit(filled, Y, validation_data=(filled[:9], Y[:9]))
    model = fitted.model_
    expected = model.predict({name: filled[name] for name in filled}, verbose=0)[:, 0]
    np.testing.assert_allclose(fitted.predict(filled), expected, rtol=1e-5)


@pytest.mark.parametrize("model", [of_numbers, of_columns])
def test_gaps_are_refused_where_the_model_makes_nothing_of_them(model):
    numbers = FRAME[["age", "owner"]]
    with pytest.raises(ValueError, match=r"`X` has NaN in column 'age' .*and the model makes nothing of such numbers"):
        KerasRegressor(model).fit(numbers, Y)
    fitted = KerasRegressor(model).fit(numbers.fillna(40.0), Y)
    with pytest.raises(ValueError, match="the model makes nothing of such"):
        fitted.predict(numbers)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (dict(FRAME), r"dict of columns.*Pass `pd\.DataFrame\(X\)`"),
        (np.zeros(ROWS, "f4,f4"), r"structured array.*Pass `pd\.DataFrame\(X\)`"),
        (iter([(np.zeros((4, 2)), np.zeros(4))]), "train on rows in memory"),
    ],
)
def test_other_holders_of_rows_are_refused(rows, message):
    with pytest.raises(TypeError, match=message):
        MLPClassifier((4,), **SHORT).fit(rows, LABELS)


def test_frames_of_numbers_alone_train_as_arrays():
    numbers = FRAME[["owner"]].assign(age=FRAME["age"].fillna(40.0))
    of_frame = MLPRegressor((4,), **SHORT).fit(numbers, Y)
    of_array = MLPRegressor((4,), **SHORT).fit(numbers.to_numpy(float), Y)
    np.testing.assert_array_equal(of_frame.predict(numbers), of_array.predict(numbers.to_numpy(float)))


def test_a_row_is_predicted_the_same_alone():
    regressor = MLPRegressor((4,), **SHORT).fit(FRAME, Y)
    whole = regressor.predict(FRAME)
    np.testing.assert_array_equal(regressor.predict(FRAME[7:8]), whole[7:8])


def test_each_fold_is_encoded_by_its_own_rows():
    seen = []

    def counting(X):
        seen.append(len(X))
        return build(X)

    halves = [(np.arange(20), np.arange(20, 60)), (np.arange(20, 60), np.arange(20))]
    scores = cross_val_score(KerasRegressor(counting, random_state=0), FRAME, Y, cv=halves)
    assert np.isfinite(scores).all()
    assert seen == [20, 40]
    first = KerasRegressor(counting, random_state=0).fit(FRAME[:20], Y[:20])
    predicted = cross_val_predict(KerasRegressor(counting, random_state=0), FRAME, Y, cv=halves)
    np.testing.assert_array_equal(predicted[20:], first.predict(FRAME[20:]))


@pytest.mark.parametrize("search", [GridSearchCV, tuning.GridSearchCV])
def test_searches_take_frames(search):
    found = search(KerasRegressor(build, random_state=0), {"n_hidden": [2, 4]}, cv=2).fit(FRAME, Y)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
    assert found.predict(FRAME).shape == (ROWS,)


def test_the_last_of_a_pipeline_encodes_what_comes():
    filled = ColumnTransformer(
        [("age", SimpleImputer(), ["age"])], remainder="passthrough", verbose_feature_names_out=False
    )
    pipeline = make_pipeline(filled.set_output(transform="pandas"), MLPClassifier((4,), **SHORT))
    again: Any = clone(pipeline)
    assert again.fit(FRAME, LABELS).predict(FRAME).shape == (ROWS,)


def test_clones_begin_anew():
    fitted = MLPRegressor((4,), **SHORT).fit(FRAME, Y)
    again: Any = clone(fitted)
    np.testing.assert_array_equal(again.fit(FRAME, Y).predict(FRAME), fitted.predict(FRAME))
    numbers = FRAME[["owner"]].to_numpy(float)
    assert fitted.fit(numbers, Y).predict(numbers).shape == (ROWS,)


def test_training_goes_on_with_the_same_encoding():
    classifier = MLPClassifier((4,), **SHORT)
    classifier.partial_fit(FRAME[:30], LABELS[:30], classes=["no", "yes"]).partial_fit(FRAME[30:], LABELS[30:])
    assert len(classifier.loss_curve_) == 2
    warm = MLPRegressor((4,), warm_start=True, **SHORT).fit(FRAME, Y)
    assert len(warm.fit(FRAME, Y).loss_curve_) == 4


def test_rows_to_validate_on_are_raw_too():
    fitted = KerasRegressor(build).fit(FRAME, Y, validation_data=(FRAME[:20], Y[:20]))
    assert np.isfinite(fitted.history_["val_loss"]).all()


def test_keras_3_functions_get_the_frame():
    classifier = SKLearnClassifier(build_classifier, fit_kwargs={"epochs": 2}).fit(FRAME, LABELS)
    assert classifier.predict_proba(FRAME).shape == (ROWS, 2)
    inputs, encoded = encode(FRAME, verbose=False)
    model = Model(inputs, layers.Dense(1)(encoded))
    model.compile("adam", "mse")
    assert SKLearnRegressor(model).fit(FRAME, Y).predict(FRAME).shape == (ROWS,)


def test_models_that_read_one_column_of_words():
    city = Input((1,), dtype="string")
    words = layers.StringLookup(vocabulary=["oslo", "rome"], output_mode="one_hot")(city)
    model = Model(city, layers.Dense(2, "softmax")(words))
    model.compile("adam", "sparse_categorical_crossentropy")
    assert KerasClassifier(model).fit(FRAME[["city"]], LABELS).predict(FRAME[["city"]]).shape == (ROWS,)


def test_weights_count_in_sparse_rows_as_in_dense_ones():
    rows = RNG.random((ROWS, 5)) * (RNG.random((ROWS, 5)) < 0.5)
    weights = RNG.random(ROWS)
    dense = MLPClassifier((4,), **SHORT).fit(rows, LABELS, weights)
    sparse = MLPClassifier((4,), **SHORT).fit(csr_array(rows), LABELS, weights)
    np.testing.assert_allclose(sparse.predict_proba(csr_array(rows)), dense.predict_proba(rows), rtol=1e-5)


@pytest.mark.parametrize("model", [of_numbers, of_numbers()], ids=["function", "model"])
def test_a_model_of_numbers_names_the_line(model):
    with pytest.raises(ValueError, match=r"column 'city'.*`inputs, encoded = encode\(X\)`"):
        KerasRegressor(model).fit(FRAME, Y)


def test_rows_that_are_no_such_table_are_refused():
    fitted = MLPRegressor((4,), **SHORT).fit(FRAME, Y)
    with pytest.raises(TypeError, match="frame with the columns 'age', 'city'"):
        fitted.predict(FRAME.to_numpy())
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(FRAME.drop(columns="city"))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted.fit(FRAME, Y[:5])
    with pytest.raises(TypeError, match=r"pd\.DataFrame\(X, columns"):
        MLPRegressor((4,), **SHORT).fit(FRAME.to_numpy(), Y)


def test_raw_rows_in_another_process(tmp_path):
    fitted = MLPClassifier((4,), **SHORT).fit(FRAME, LABELS)
    joblib.dump(fitted, tmp_path / "fitted.joblib")
    FRAME.to_csv(tmp_path / "rows.csv", index=False)
    code = (
        "import joblib, pandas, numpy, sys\n"
        "fitted = joblib.load(sys.argv[1])\n"
        "numpy.save(sys.argv[3], fitted.predict_proba(pandas.read_csv(sys.argv[2])))\n"
    )
    paths = [str(tmp_path / name) for name in ("fitted.joblib", "rows.csv", "predicted.npy")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    np.testing.assert_array_equal(np.load(paths[2]), fitted.predict_proba(FRAME))
