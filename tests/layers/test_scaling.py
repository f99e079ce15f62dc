"""Rescaling and Normalization: against Keras, what `adapt` learns, and what is refused."""

import jax
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest

import hornet
from hornet import Input, Sequential, layers

RNG = np.random.default_rng(0)
X = RNG.normal([1.0, -20.0, 300.0], [0.5, 3.0, 40.0], (50, 3)).astype("float32")
IMAGES = RNG.integers(0, 256, (6, 4, 5, 3)).astype("uint8")


def learned(data, **arguments):
    layer = layers.Normalization(**arguments)
    layer.adapt(data)
    return layer


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
@pytest.mark.parametrize(
    ("axis", "x"),
    [(-1, X), (1, X), (None, X), ((), X), (-1, IMAGES), ((1, -1), IMAGES), ([-1, 2, 1], IMAGES), (None, X[:, 0])],
    ids=range(8),
)
def test_keras_learns_the_same(axis, x):
    for invert in (False, True):
        layer = learned(x, axis=axis, invert=invert)
        twin = keras.layers.Normalization(axis=axis, invert=invert)
        twin.adapt(x)
        for ours, other in zip(layer.get_weights(), twin.get_weights(), strict=True):
            assert ours.shape == other.shape
            np.testing.assert_allclose(ours, other, rtol=1e-4)
        np.testing.assert_allclose(layer(x), twin(x), rtol=1e-4, atol=1e-4)
        if axis:
            assert layer.mean.shape == twin.mean.shape


def test_the_inverse_undoes_it():
    np.testing.assert_allclose(learned(X, invert=True)(learned(X)(X)), X, rtol=1e-5)


def test_what_was_learned_is_the_data_s_own():
    layer = learned(X)
    np.testing.assert_allclose(layer.mean[0], X.mean(0, dtype="float64"), rtol=1e-6)
    np.testing.assert_allclose(layer.variance[0], X.var(0, dtype="float64"), rtol=1e-6)
    np.testing.assert_allclose(np.std(layer(X), axis=0), 1.0, rtol=1e-5)
    again = np.full((4, 3), 1e6) + np.arange(4)[:, None]  # whose variance float32 could not find
    layer.adapt(again)
    np.testing.assert_allclose(layer.variance, 1.25)


@pytest.mark.parametrize(
    "data",
    [
        X.tolist(),
        pd.DataFrame(X),
        pl.DataFrame(X),
        jax.numpy.asarray(X),
        [X[:7], X[7:]],
        iter([X[:7], X[7:]]),
        ((X[at : at + 20], None) for at in (0, 20, 40)),
    ],
    ids=range(7),
)
def test_data_may_have_any_form(data):
    for ours, other in zip(learned(data).get_weights(), learned(X).get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-6)


def test_batches_may_differ_in_axes_that_are_not_kept():
    layer = learned(iter([np.ones((2, 5, 1)), np.zeros((3, 2, 1))]))
    np.testing.assert_allclose(layer.get_weights()[0], [10 / 16])


def test_steps_stop_at_a_batch():
    layer = layers.Normalization()
    layer.adapt(iter([np.zeros((2, 1)), np.ones((2, 1)), np.full((2, 1), 9.0)]), steps=2)
    assert layer.get_weights()[0] == pytest.approx([0.5])


def test_a_feature_that_does_not_vary_becomes_zero():
    np.testing.assert_array_equal(learned([[5.0], [5.0]])([[5.0]]), [[0.0]])


def test_it_stands_first_in_a_model_before_or_after_it_learns():
    model = Sequential([layers.Normalization(input_shape=(3,)), layers.Dense(1)])
    np.testing.assert_array_equal(model.layers[0](X), X)
    before = model.predict(X, verbose=0)
    model.layers[0].adapt(X)
    after = model.predict(X, verbose=0)
    np.testing.assert_allclose(after, model.layers[1](learned(X)(X)), rtol=1e-5, atol=1e-5)
    assert not np.allclose(before, after)
    first = learned(X)
    assert Sequential([first, layers.Dense(1)]).predict(X, verbose=0).shape == (50, 1)
    single = layers.Normalization(input_shape=[1], axis=None)
    single.adapt(X[:, 2])
    assert np.std(Sequential([single]).predict(X[:, 2:], verbose=0)) == pytest.approx(1.0, rel=1e-5)


def test_a_model_learns_from_raw_data():
    model = Sequential([learned(X), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = 0.1
    y = X @ [1.0, 0.1, 0.01]
    loss = model.fit(X, y, epochs=40, verbose=0).history["loss"]
    assert loss[-1] < 0.01 * loss[0]
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], learned(X).get_weights()[0])  # no gradient


def test_a_given_mean_stands_in_the_config_and_a_learned_one_in_the_weights():
    given = layers.Normalization(mean=jax.numpy.array([1.0, 2.0, 3.0]), variance=np.array([1, 2, 3]))
    assert (given.get_config()["mean"], given.get_config()["variance"]) == ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    given.build((None, 3))
    assert given.weights == []
    assert learned(X).get_config()["mean"] is None
    assert layers.Normalization().mean is None


def test_the_shape_of_the_input_must_be_the_one_it_was_built_for():
    layer = learned(X)
    assert layer(np.ones((2, 7, 3))).shape == (2, 7, 3)  # the last axis is the last axis
    with pytest.raises(ValueError, match=r"was built for inputs of shape \(None, 3\) but received shape \(2, 4\)"):
        layer(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"was built for inputs of shape \(None, 3\) but received shape \(2, 4\)"):
        layer.adapt(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"inputs with 2 axes but received shape \(3,\). Pass such data"):
        layer(np.ones(3))
    with pytest.raises(ValueError, match=r"inputs with 2 axes but received shape \(2, 3, 1\)"):
        learned(X, axis=1)(np.ones((2, 3, 1)))
    assert learned(X, axis=None)(np.ones(4)).shape == (4,)


@pytest.mark.parametrize(
    ("axis", "shape", "message"),
    [
        (-1, (None,), "needs to know axis 1 of its input"),
        (1, (None, 3), "needs to know axis 1 of its input"),
        (5, (3,), r"cannot normalize along `axis` \(5,\) of an input of shape \(None, 3\). Pass axes that it has"),
        (-3, (3,), r"cannot normalize along `axis` \(-3,\)"),
        (0, (3,), r"cannot normalize along `axis` \(0,\)"),
        ((1, -1), (3,), r"cannot normalize along `axis` \(1, -1\)"),
        (-1, (), r"or `axis=None`; axis 0 is the batch"),
    ],
    ids=range(7),
)
def test_axes_that_cannot_be_normalized_are_refused(axis, shape, message):
    with pytest.raises(ValueError, match=message):
        layers.Normalization(axis=axis)(Input(shape))


def test_an_axis_that_is_not_kept_may_be_unknown():
    assert layers.Normalization()(Input((None, 3))).shape == (None, None, 3)
    assert layers.Normalization(axis=None)(Input((None,))).shape == (None, None)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mean": 1.0}, ValueError, "`mean` and `variance` must be given together. Pass both"),
        ({"variance": 1.0}, ValueError, "`mean` and `variance` must be given together"),
        ({"mean": [1.0], "variance": 1.0}, ValueError, r"`mean` has shape \(1,\) and `variance` \(\), for `axis` -1"),
        ({"mean": [[1.0]], "variance": [[1.0]]}, ValueError, "Pass two of one shape, with no more axes"),
        ({"axis": None, "mean": [1.0], "variance": [1.0]}, ValueError, "Pass two of one shape"),
        ({"mean": 1.0, "variance": -1.0}, ValueError, "`variance` must hold finite numbers of at least 0, not -1.0"),
        ({"mean": np.nan, "variance": 1.0}, ValueError, "`mean` must hold finite numbers, not nan. Pass such."),
        ({"mean": "1", "variance": "1"}, TypeError, "`mean` must be a number or an array, not '1'. Pass finite"),
    ],
    ids=range(8),
)
def test_bad_means_and_variances_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Normalization(**arguments)


def test_a_mean_that_does_not_fit_the_input_is_refused():
    layer = layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 1.0])
    with pytest.raises(ValueError, match=r"has shape \(2,\), but `axis` has sizes \(3,\). Pass an element for each"):
        layer(X)
    with pytest.raises(ValueError, match=r"was given its `mean` and `variance`. Make one without to adapt it."):
        layer.adapt(X)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16", "bfloat16"])
def test_short_types_get_scaled_numbers_not_raw_ones(dtype):
    years = np.array([[2003.0, 1e6], [2004.0, 2e6], [2005.0, 3e6]])
    given = layers.Normalization(mean=[2004.0, 2e6], variance=[1.0, 1e12], dtype=dtype)
    np.testing.assert_array_equal(given(years), [[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]])
    assert str(given(years).dtype) == dtype.removeprefix("mixed_")
    if dtype.startswith("mixed"):
        np.testing.assert_allclose(learned(years, dtype=dtype)(years), learned(years)(years), rtol=1e-2)
    np.testing.assert_allclose(layers.Rescaling(1 / 255, dtype=dtype)(np.array([255.0, 0.0])), [1.0, 0.0])


def test_whole_numbers_become_floats():
    assert str(layers.Rescaling(2)(np.array([1, 2])).dtype) == "float32"
    assert str(learned([[1], [3]])(np.array([[1]])).dtype) == "float32"


@pytest.mark.parametrize("scale", [2, np.float32(2), [1.0, 2.0, 4.0], np.arange(3.0), np.ones((5, 1))])
def test_keras_rescales_the_same(scale):
    twin = keras.layers.Rescaling(scale, offset=-1)
    np.testing.assert_allclose(layers.Rescaling(scale, offset=-1)(IMAGES), twin(IMAGES))
    again = layers.deserialize(keras.layers.serialize(twin))
    np.testing.assert_array_equal(again(IMAGES), twin(IMAGES))
    assert keras.layers.Rescaling.from_config(again.get_config()).offset == -1


def test_a_scale_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match=r"`scale` must be a number or an array, not None. Pass finite numbers."):
        layers.Rescaling(None)
    with pytest.raises(ValueError, match=r"`offset` must hold finite numbers, not inf. Pass such."):
        layers.Rescaling(1.0, offset=np.inf)


@pytest.mark.parametrize("library", [hornet, keras], ids=["hornet", "keras"])
def test_a_factor_of_each_channel_goes_where_the_channels_are(library):
    images = np.ones((2, 3, 4, 5), "float32")
    library.config.set_image_data_format("channels_first")
    try:
        scaled = library.layers.Rescaling([1.0, 2.0, 3.0])(images)
    finally:
        library.config.set_image_data_format("channels_last")
    np.testing.assert_allclose(np.asarray(scaled)[1, :, 2, 3], [1.0, 2.0, 3.0])
    last = library.layers.Rescaling([1.0, 2.0, 3.0, 4.0, 5.0])(images)
    np.testing.assert_allclose(np.asarray(last)[1, 2, 3], [1.0, 2.0, 3.0, 4.0, 5.0])
