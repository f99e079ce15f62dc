"""What `adapt` takes, and what the layers that prepare data have in common."""

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest

from hornet import Input, Model, Sequential, layers
from hornet.layers.preprocessing import batches_of, numbers_of
from hornet.models import clone_model, model_from_json

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))


@pytest.mark.parametrize(
    ("data", "shapes"),
    [
        (X, [(6, 3)]),
        (X.tolist(), [(6, 3)]),
        (X[:, 0], [(6,)]),
        (pd.DataFrame(X), [(6, 3)]),
        (pd.Series(X[:, 0]), [(6,)]),
        (pl.DataFrame(X), [(6, 3)]),
        ([1.0, 2.0], [(2,)]),
        ((1.0, 2.0), [(2,)]),
        ([(1.0, 2.0), (3.0, 4.0)], [(2, 2)]),
        ([X[0], X[1]], [(2, 3)]),
        ([X, X[:2]], [(6, 3), (2, 3)]),
        ([(X, X[:, 0]), (X[:1], X[:1, 0])], [(6, 3), (1, 3)]),
        (iter([X, X[:2]]), [(6, 3), (2, 3)]),
        (((X, None) for _ in range(2)), [(6, 3), (6, 3)]),
        (iter([X[:, 0], X[:4, 0]]), [(1, 6), (1, 4)]),
        (range(2), [(1, 1), (1, 1)]),
        (np.float64(3), [(1,)]),
    ],
    ids=range(17),
)
def test_data_are_an_array_or_batches(data, shapes):
    assert [batch.shape for batch in batches_of(data)] == shapes


def test_steps_are_batches():
    def forever():
        while True:
            yield X

    assert len(list(batches_of(forever(), steps=2))) == 2
    assert [len(batch) for batch in batches_of(X, steps=1)] == [6]


@pytest.mark.parametrize("data", [[1, True], pd.DataFrame({"a": [1, 1], "b": [True, False]}), np.array([1, 2], object)])
def test_numbers_are_in_float64(data):
    assert next(iter(numbers_of(data))).dtype == "float64"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"a": X},
            r"`adapt` takes the rows of one input, not a dict of 'a'.",
        ),
        ("text", "`adapt` takes rows or batches of one input, not 'text'."),
        (3, "`adapt` takes rows or batches of one input, not 3."),
        (iter([42]), "`adapt` got 42 where it takes rows"),
        (["a"], r"`data` holds text \(first in row 0: 'a'\), not numbers. Let the model read it"),
        (
            pd.DataFrame({"a": [1.0], "b": ["x"]}),
            r"`data` holds text.*'x'",
        ),
    ],
    ids=range(6),
)
def test_what_is_no_data_is_refused(data, message):
    with pytest.raises(TypeError, match=message):
        list(numbers_of(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "`adapt` got no rows. Pass at least one."),
        (iter([]), "`adapt` got no rows."),
        (np.empty((0, 3)), "`adapt` got no rows."),
        ([[1.0], [1.0, 2.0]], "`data` has rows of different lengths: row 0 has 1, row 1 has 2."),
        ([[1.0, 2.0], [3.0, np.nan]], r"`adapt` got nan at \(1, 1\). Fill in or drop such rows."),
        ([np.inf], r"`adapt` got inf at \(0\)."),
        (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), r"`adapt` got nan in column 'a' \(first in row 1\)."),
    ],
    ids=range(7),
)
def test_rows_that_tell_nothing_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        list(numbers_of(data))


LAYERS = [
    ("CategoryEncoding", {"num_tokens": 3}),
    ("Discretization", {"num_bins": 3}),
    ("Hashing", {"num_bins": 3}),
    ("IntegerLookup", {}),
    ("Normalization", {}),
    ("StringLookup", {}),
]


@pytest.mark.parametrize(("name", "arguments"), LAYERS)
def test_a_config_says_of_training_only_what_is_asked_for(name, arguments):
    config = getattr(layers, name)(**arguments).get_config()
    assert {"activity_regularizer", "trainable"}.isdisjoint(config)
    config = getattr(layers, name)(**arguments, trainable=False, activity_regularizer="l2").get_config()
    assert config["trainable"] is False
    assert config["activity_regularizer"]["class_name"] == "L2"


@pytest.mark.parametrize(("name", "arguments"), LAYERS)
def test_keras_s_constructor_takes_the_config(name, arguments):
    config = getattr(layers, name)(**arguments).get_config()
    known = set()
    for cls in (getattr(keras.layers, name), keras.layers.IntegerLookup.__mro__[1]):
        code = cls.__init__.__code__
        known |= set(code.co_varnames[: code.co_argcount])
    assert set(config) <= {*known, "name", "dtype"}


def table(rows=200, seed=0):
    """Return raw features and a label: numbers of very different size, years, and numbers of tags."""
    rng = np.random.default_rng(seed)
    x = {
        "size": rng.normal([1500.0, 3.0], [400.0, 1.0], (rows, 2)),
        "year": rng.integers(1950, 2020, (rows, 1)),
        "tags": rng.integers(0, 9, (rows, 3)) * 1001,
    }
    return x, x["size"][:, 0] / 1000 + (x["year"][:, 0] > 1990) + (x["tags"] == 2002).sum(1)


def adapted_model(x):
    normalization, bins = layers.Normalization(), layers.Discretization(num_bins=3, output_mode="one_hot")
    lookup, hashing = layers.IntegerLookup(output_mode="multi_hot"), layers.Hashing(4, output_mode="count", salt=3)
    for layer, column in ((normalization, "size"), (bins, "year"), (lookup, "tags")):
        layer.adapt(x[column])
    inputs = {name: Input(column.shape[1:], name=name) for name, column in x.items()}
    tags = [lookup(inputs["tags"]), hashing(inputs["tags"])]
    merged = layers.Concatenate()([normalization(inputs["size"]), bins(inputs["year"]), *tags])
    return Model(list(inputs.values()), layers.Dense(1)(merged))


def test_a_model_trains_on_raw_columns():
    x, y = table()
    model = adapted_model(x)
    model.compile("adam", "mse")
    model.optimizer.learning_rate = 0.1
    losses = model.fit(x, y, epochs=60, verbose=0).history["loss"]
    assert losses[-1] < 0.2 < losses[0]
    predictions = model.predict(x, verbose=0)
    np.testing.assert_allclose(predictions, model(x), rtol=1e-5, atol=1e-5)
    assert np.mean((predictions[:, 0] - y) ** 2) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-4)


def test_a_model_is_rebuilt_with_what_its_layers_learned():
    x, _ = table()
    model = adapted_model(x)
    for again in (clone_model(model), model_from_json(model.to_json())):
        again.set_weights(model.get_weights())  # which a mean and a variance are
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_model_follows_what_its_layers_learn_anew():
    (x, _), (other, _) = table(), table(seed=1)
    model = adapted_model(x)
    before = model.predict(x, verbose=0)
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            layer.adapt(
                2 * other[{"Normalization": "size", "Discretization": "year"}.get(type(layer).__name__, "tags")]
            )
    after = model.predict(x, verbose=0)
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, model(x), rtol=1e-5, atol=1e-5)


def test_models_of_one_structure_share_a_program_but_not_what_they_learned():
    x = np.array([[3], [5]])
    for vocabulary, expected in (([5, 3], [[2], [1]]), ([3, 5], [[1], [2]]), ([5, 4], [[0], [1]])):
        model = Sequential([layers.IntegerLookup(vocabulary=vocabulary)])
        np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
        back = Sequential([layers.IntegerLookup(vocabulary=vocabulary, invert=True)])
        np.testing.assert_array_equal(back.predict(np.array([[1], [2]]), verbose=0)[:, 0], vocabulary)
    for boundary, expected in ((4.0, [[0], [1]]), (2.0, [[1], [1]])):
        model = Sequential([layers.Discretization([boundary])])
        np.testing.assert_array_equal(model.predict(x, verbose=0), expected)


def test_a_prediction_that_failed_does_not_spoil_the_next():
    for layer, x in ((layers.IntegerLookup(), np.array([[7]])), (layers.Discretization(num_bins=2), np.array([[7.0]]))):
        model = Sequential([layer])
        with pytest.raises(ValueError, match="Call `adapt`"):
            model.predict(x, verbose=0)
        layer.adapt(x)
        np.testing.assert_array_equal(model.predict(x, verbose=0), [[1]])


def test_integers_of_64_bits_are_not_cut_off():
    x = np.array([[2**32 + 1]])
    model = Sequential([layers.IntegerLookup(vocabulary=[1])])
    with pytest.raises(ValueError, match="`x` holds 4294967297, but integers have 32 bits in programs"):
        model.predict(x, verbose=0)
    with pytest.raises(ValueError, match="`inputs` holds 4294967297"):
        model(x)
    assert layers.IntegerLookup(vocabulary=[1])(x).tolist() == [[0]]
    with pytest.raises(ValueError, match="`inputs` holds 4294967297"):
        layers.Discretization([1.0])(x)
