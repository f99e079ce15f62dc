"""Labels that are far from what a model gives at first: one warning, which says what to do, and none elsewhere."""

import warnings

import numpy as np
import pytest

from hornet import Sequential, layers, optimizers, utils

X = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
Y = 340_000 + 50_000 * X[:, 0]


def regressor(*last, optimizer="adam", loss="mae"):
    utils.set_random_seed(0)
    model = Sequential([layers.Dense(16, "relu"), layers.Dense(1, name="price"), *last])
    model.compile(optimizer, loss)
    return model


def warned(model, x=X, y=Y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(x, y, epochs=1, verbose=0)
    return [str(warning.message) for warning in caught if "begins near 0" in str(warning.message)]


def test_labels_out_of_reach_are_named_once():
    model = regressor()
    (said,) = warned(model)
    assert said.startswith("`y` is about 3.31e+05, and the output of layer 'price' begins near 0")
    assert "`layers.Rescaling(y.std(), y.mean())`" in said
    assert warned(model) == []  # it has begun


@pytest.mark.parametrize(
    ("model", "x", "y"),
    [
        (regressor(layers.Rescaling(Y.std(), Y.mean())), X, Y),
        (regressor(), X, Y / 1e5),
        (regressor(optimizer=optimizers.Adam(10.0)), X, Y),
        (regressor(optimizer=optimizers.SGD(1e-9), loss="mse"), X, Y),
        (regressor(), X * 1e5, Y),
    ],
    ids=["scaled", "small", "fast", "descent", "large inputs"],
)
def test_labels_within_reach_are_not(model, x, y):
    assert warned(model, x, y) == []


def test_classes_are_not():
    model = Sequential([layers.Dense(5000)])
    model.compile("adam", "sparse_categorical_crossentropy")
    assert warned(model, X, np.arange(64) + 4900) == []


def test_what_the_warning_says_helps():
    model = regressor(layers.Rescaling(Y.std(), Y.mean()))
    model.fit(X, Y, epochs=30, batch_size=8, verbose=0)
    assert model.evaluate(X, Y, verbose=0) < 0.5 * np.abs(Y - Y.mean()).mean()
