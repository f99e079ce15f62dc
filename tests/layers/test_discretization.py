"""Discretization: against Keras, what `adapt` learns, and what is refused."""

import jax
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest

from hornet import Sequential, layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(33, 3)).astype("float32")
EDGES = np.array([[-np.inf, -1.0, -0.5, 0.0], [0.1, np.float32(0.1), 0.7, np.inf]])


def their_boundaries(data, **arguments):
    twin = keras.layers.Discretization(**arguments)
    for batch in data:
        twin.update_state(batch)  # its `adapt` asks TensorFlow first what kind of data they are
    twin.finalize_state()
    return twin.bin_boundaries


def learned(data, **arguments):
    layer = layers.Discretization(**arguments)
    layer.adapt(data)
    return layer


@pytest.mark.parametrize("boundaries", [[-1.0, 0.0, 0.1], [0.7], [], (0.1, 0.1, 0.7)])
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_keras_sorts_into_the_same_bins(boundaries, mode):
    for x in (EDGES, EDGES[:, :1], EDGES[0], np.array([[1, -1], [0, 5]])):
        twin = keras.layers.Discretization(list(boundaries), output_mode=mode)
        layer = layers.Discretization(boundaries, output_mode=mode)
        np.testing.assert_array_equal(layer(x), twin(x))
        np.testing.assert_array_equal(jax.jit(layer)(x), twin(x))


@pytest.mark.parametrize("num_bins", [1, 2, 3, 7, 30])
def test_keras_learns_the_same_where_it_keeps_all_values(num_bins):
    expected = their_boundaries([X], num_bins=num_bins)
    np.testing.assert_allclose(learned(X, num_bins=num_bins).bin_boundaries, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [150, 3000])
def test_keras_learns_nearly_the_same_from_more(rows):
    x = RNG.exponential(size=rows)
    layer = learned(x, num_bins=8)
    theirs = np.searchsorted(np.sort(x), their_boundaries([x[: rows // 2], x[rows // 2 :]], num_bins=8)) / rows
    np.testing.assert_allclose(theirs, np.arange(1, 8) / 8, atol=0.02)
    bins = np.bincount(np.asarray(layer(x)), minlength=8)
    np.testing.assert_allclose(bins, rows / 8, atol=1)


@pytest.mark.parametrize(
    "data",
    [X.tolist(), pd.DataFrame(X), pl.DataFrame(X), X.ravel(), [X[:7], X[7:]], iter([X[:7], X[7:].T]), iter(X)],
    ids=range(7),
)
def test_data_may_have_any_form(data):
    np.testing.assert_allclose(learned(data, num_bins=5).bin_boundaries, learned(X, num_bins=5).bin_boundaries)


def test_few_values_make_all_the_bins_that_were_asked_for():
    layer = learned([1.0, 1.0, 2.0], num_bins=4, output_mode="one_hot")
    assert len(layer.bin_boundaries) == 3
    assert layer([1.0, 2.0]).shape == (2, 4)


def test_boundaries_are_kept_as_they_were_given():
    layer = layers.Discretization([0.1, 0.7])
    assert layer.bin_boundaries == [0.1, 0.7]
    assert layer(np.array([0.1, 0.7], "float32")).tolist() == [1, 2]
    assert layers.Discretization(num_bins=2).bin_boundaries is None


def test_short_types_are_compared_in_full():
    years = np.array([2003.0, 2004.0, 2005.0])
    for dtype in ("bfloat16", "mixed_bfloat16"):
        assert layers.Discretization([2003.5, 2004.5], dtype=dtype)(years).tolist() == [0, 1, 2]
        assert str(layers.Discretization([1.0], dtype=dtype, output_mode="count")(years).dtype) == "bfloat16"
    with jax.enable_x64():
        assert layers.Discretization([0.1 + 1e-12], dtype="float64")(np.array([0.1])).tolist() == [0]


def test_bins_are_a_model_s_input():
    layer = learned(X[:, :1], num_bins=4, output_mode="one_hot")
    model = Sequential([layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = 0.5
    loss = model.fit(X[:, :1], X[:, 0] > 0, batch_size=33, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.3 * loss[0]
    np.testing.assert_allclose(model.predict(X[:, :1], verbose=0), model(X[:, :1]), rtol=1e-5)
    layer.adapt(X[:, :1] + 10.0)
    np.testing.assert_allclose(model.predict(X[:, :1], verbose=0), model(X[:, :1]), rtol=1e-5)


def test_learned_boundaries_survive_a_config_both_ways():
    layer = learned(X, num_bins=4, output_mode="count")
    again = layers.Discretization.from_config(layer.get_config())
    assert (again.bin_boundaries, again.num_bins) == (layer.bin_boundaries, 4)
    again.adapt(X + 1)
    assert again.bin_boundaries != layer.bin_boundaries
    twin = keras.layers.Discretization.from_config(layer.get_config())
    np.testing.assert_array_equal(twin(X), layer(X))
    assert layers.deserialize(keras.layers.serialize(twin)).get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "`bin_boundaries` is None and `num_bins` None. Pass the boundaries, or the number of bins"),
        ({"bin_boundaries": [1.0], "num_bins": 2}, ValueError, r"`bin_boundaries` is \[1.0\] and `num_bins` 2"),
        ({"bin_boundaries": [1.0, 0.0]}, ValueError, r"`bin_boundaries` must ascend, unlike \[1.0, 0.0\]. Sort them."),
        ({"bin_boundaries": ["a"]}, TypeError, "`bin_boundaries` must be a number, not 'a'"),
        ({"bin_boundaries": [np.nan]}, ValueError, "`bin_boundaries` must be a finite number, not nan"),
        ({"num_bins": 0}, ValueError, "`num_bins` must be a positive integer, not 0"),
        ({"num_bins": 2, "epsilon": -1}, ValueError, "`epsilon` must be a finite number at least 0, not -1"),
        ({"num_bins": 2, "output_mode": "tf_idf"}, ValueError, "`output_mode` must be one of 'int', 'one_hot'"),
        ({"num_bins": 2, "sparse": True}, ValueError, "`sparse` must be False"),
    ],
    ids=range(9),
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Discretization(**arguments)


def test_there_must_be_boundaries_and_room_to_learn_them():
    with pytest.raises(ValueError, match=r"has no boundaries yet. Call `adapt` or pass `bin_boundaries`."):
        layers.Discretization(num_bins=2)(X)
    with pytest.raises(ValueError, match=r"was given its `bin_boundaries`. Make one with `num_bins` to adapt."):
        layers.Discretization([1.0]).adapt(X)
    with pytest.raises(ValueError, match="`adapt` got nan"):
        layers.Discretization(num_bins=2).adapt([np.nan])


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_the_second_axis_is_counted_over_as_in_keras(mode):
    layer, twin = (module.Discretization([0.0, 1.0, 2.0], output_mode=mode) for module in (layers, keras.layers))
    for shape in [(3,), (4, 3), (2, 3, 5), (2, 3, 4, 2)]:
        x = np.random.default_rng(0).normal(1.0, size=shape).astype("float32")
        np.testing.assert_array_equal(layer(x), twin(x))


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_shapes_are_known_before_the_boundaries(mode):
    layer, twin = (module.Discretization(num_bins=5, output_mode=mode) for module in (layers, keras.layers))
    for shape in [(None, 1), (None, 3), (None, 3, 5)]:
        assert layer.compute_output_shape(shape) == twin.compute_output_shape(shape)
    assert layer.bin_boundaries is None
