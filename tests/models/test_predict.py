"""Predictions: any kind of rows in, arrays out."""

import keras
import numpy as np
import pandas as pd
import pytest

import hornet
from hornet import callbacks, layers
from hornet.training import prediction

RNG = np.random.default_rng(0)
X = RNG.integers(0, 9, size=(70, 3)).astype("float32")


@pytest.fixture(scope="module")
def model():
    hornet.utils.set_random_seed(0)
    return hornet.Sequential([layers.Dense(4, "relu", input_shape=(3,)), layers.BatchNormalization(), layers.Dense(2)])


@pytest.fixture(scope="module")
def expected(model):
    return np.asarray(model(X))


# --- shapes and sizes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 1, 7, 32, 70, 100])
def test_the_batch_size_changes_no_output(model, expected, batch_size):
    outputs = model.predict(X, batch_size=batch_size, verbose=0)
    assert (outputs.shape, str(outputs.dtype)) == ((70, 2), "float32")
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 3, 31, 32, 33, 64, 65])
def test_any_number_of_rows_comes_back_in_order(model, expected, rows):
    np.testing.assert_allclose(model.predict(X[:rows], verbose=0), expected[:rows], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [2 * 8 * 1024, 2 * 8 * 1024 + 1, 8 * 1024 - 1, 3 * 8 * 1024 - 5])
def test_rows_beyond_one_piece_come_back_in_order(rows):
    assert prediction._BLOCKS_ON_DEVICE * 8 == 8 * 1024
    model = hornet.Sequential([layers.Activation("linear", input_shape=(2,))])
    x = np.arange(2.0 * rows, dtype="float32").reshape(rows, 2)
    np.testing.assert_array_equal(model.predict(x, batch_size=8, verbose=0), x)


def test_one_row_is_the_same_by_the_shortest_way_and_by_the_others(model, expected):
    short = model.predict(X[:1], verbose=0)
    watched = model.predict(
        X[:1], verbose=0, callbacks=[callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: None)]
    )
    shown = model.predict(X[:1], verbose=2)
    for outputs in (short, watched, shown, model.predict_on_batch(X[:1])):
        assert outputs.shape == (1, 2)
        np.testing.assert_allclose(outputs, expected[:1], rtol=1e-5, atol=1e-6)


def test_a_row_like_the_one_before_is_neither_converted_nor_compared_again(model, expected, monkeypatch):
    model.predict(X[:1], verbose=0)
    monkeypatch.setattr(prediction, "take_inputs", None)
    monkeypatch.setattr(prediction, "check_features", None)
    np.testing.assert_allclose(model.predict(X[1:2], verbose=0), expected[1:2], rtol=1e-5, atol=1e-6)


def test_a_row_unlike_the_ones_before_is_checked():
    model = hornet.Sequential([hornet.Input((2,)), layers.Embedding(5, 3), layers.Flatten()])
    row = np.array([[1, 4]], "int32")
    np.testing.assert_array_equal(model.predict(row, verbose=0), model.predict(row, verbose=0))
    with pytest.raises(ValueError, match="has shape"):
        model.predict(np.array([[1, 4, 2]], "int32"), verbose=0)
    with pytest.raises(ValueError, match="got 9 in row 0 of `x`"):
        model.predict(np.array([[1, 9]], "int32"), verbose=0)
    with pytest.raises(ValueError, match="batch_size"):
        model.predict(row, verbose=0, batch_size=0)


@pytest.mark.parametrize("steps", [1, 2, 3, 100])
def test_steps_end_the_rows_early(model, expected, steps):
    outputs = model.predict(X, batch_size=32, steps=steps, verbose=0)
    np.testing.assert_allclose(outputs, expected[: 32 * steps], rtol=1e-5, atol=1e-6)


def test_predictions_are_those_of_keras(model):
    twin = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2),
        ]
    )
    twin.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(X, verbose=0), twin.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_images_and_single_outputs_keep_their_axes():
    images = RNG.integers(0, 255, size=(5, 4, 4), dtype="uint8")
    flat = hornet.Sequential([layers.Flatten(input_shape=(4, 4)), layers.Dense(1)])
    assert flat.predict(images, verbose=0).shape == (5, 1)
    still = hornet.Sequential([layers.Dense(3, input_shape=(4, 4))])
    assert still.predict(images, verbose=0).shape == (5, 4, 3)


# --- kinds of rows ----------------------------------------------------------------------------------------

KINDS = {
    "a list": X.tolist(),
    "int64": X.astype("int64"),
    "int32": X.astype("int32"),
    "uint8": X.astype("uint8"),
    "float64": X.astype("float64"),
    "float16": X.astype("float16"),
    "an array in Fortran's order": np.asfortranarray(X),
    "a part of an array": np.repeat(X, 2, axis=0)[::2],
    "a read-only array": np.frombuffer(X.tobytes(), "float32").reshape(X.shape),
    "a pandas frame": pd.DataFrame(X, columns=["a", "b", "c"]),
    "a pandas frame of several types": pd.DataFrame(X, columns=["a", "b", "c"]).astype({"a": "int8", "b": "float64"}),
    "a JAX array": hornet.layers.Activation("linear")(X),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_any_kind_give_the_same_outputs(model, expected, kind):
    outputs = model.predict(KINDS[kind], verbose=0)
    assert (type(outputs), str(outputs.dtype)) == (np.ndarray, "float32")
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_one_row_of_any_kind_gives_the_same_output(model, expected, kind):
    row = KINDS[kind][:1]
    for outputs in (model.predict(row, verbose=0), model.predict_on_batch(row)):
        np.testing.assert_allclose(outputs, expected[:1], rtol=1e-5, atol=1e-6)


def test_a_polars_frame_gives_the_same_outputs(model, expected):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=["a", "b", "c"])
    np.testing.assert_allclose(model.predict(frame, verbose=0), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict_on_batch(frame[:1]), expected[:1], rtol=1e-5, atol=1e-6)


def test_booleans_are_zeros_and_ones(model):
    np.testing.assert_array_equal(model.predict(X > 4, verbose=0), model.predict((X > 4).astype("float32"), verbose=0))


def test_the_rows_are_left_as_they_were(model):
    rows = X.copy()
    model.predict(rows, verbose=0)
    np.testing.assert_array_equal(rows, X)


# --- what comes back --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 5, 70])
def test_outputs_are_the_caller_s_to_change(model, rows):
    outputs = model.predict(X[:rows], verbose=0)
    again = outputs.copy()
    outputs[:] = 0.0
    np.testing.assert_array_equal(model.predict(X[:rows], verbose=0), again)


def test_predict_needs_no_compile_and_no_declared_input():
    model = hornet.Sequential([layers.Dense(2)])
    assert model.predict(X, verbose=0).shape == (70, 2)
    assert model.built


def test_predict_follows_the_weights(model, expected):
    before = model.get_weights()
    model.set_weights([*before[:-1], before[-1] + 1])
    np.testing.assert_allclose(model.predict(X, verbose=0), expected + 1, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(model.predict(X[:1], verbose=0), expected[:1] + 1, rtol=1e-5, atol=1e-5)
    model.set_weights(before)


@pytest.mark.parametrize("change", ["training", "freezing", "popping", "adding", "compiling"])
def test_predict_follows_the_model(change):
    model = hornet.Sequential([layers.Dense(3, input_shape=(3,)), layers.BatchNormalization(), layers.Dense(3)])
    model.compile(loss="mse", optimizer="sgd")
    model.predict(X, verbose=0)
    if change == "training":
        model.fit(X / 9, X / 9, verbose=0)
    elif change == "freezing":
        model.layers[1].trainable = False
    elif change == "popping":
        model.pop()
    elif change == "adding":
        model.add(layers.Activation("relu"))
    else:
        model.compile(loss="mae", optimizer="adam")
    np.testing.assert_allclose(model.predict(X, verbose=0), model(X), rtol=1e-5, atol=1e-5)


def test_predict_draws_nothing():
    model = hornet.Sequential([layers.Dropout(0.5, input_shape=(3,))])
    np.testing.assert_array_equal(model.predict(X, verbose=0), X)


# --- classes ----------------------------------------------------------------------------------------------


def test_classes_of_several_outputs_are_the_largest(model, expected):
    assert model.predict_classes(X).tolist() == expected.argmax(axis=1).tolist()
    assert model.predict_classes(X[:1], batch_size=1).shape == (1,)


def test_classes_of_one_sigmoid_unit_are_0_and_1():
    model = hornet.Sequential([layers.Dense(1, "sigmoid", kernel_initializer="ones", input_shape=(1,))])
    classes = model.predict_classes(np.array([[-2.0], [0.0], [3.0]]))
    assert (classes.tolist(), classes.dtype.kind) == ([[0], [0], [1]], "i")


def test_the_book_s_names_of_the_classes(model):
    names = np.array(["no", "yes"])
    assert set(names[model.predict_classes(X)]) <= {"no", "yes"}
    assert names[model.predict_classes(X)].shape == (70,)


def test_predict_proba_is_predict(model):
    np.testing.assert_array_equal(model.predict_proba(X), model.predict(X, verbose=0))
