"""Batch normalization's statistics."""

import keras
import numpy as np
import pytest

from hornet.layers import BatchNormalization

X = np.random.default_rng(0).normal(3.0, 2.0, size=(50, 4)).astype("float32")


def test_training_centres_and_scales_each_feature():
    output = np.asarray(BatchNormalization(epsilon=0.0)(X, training=True))
    np.testing.assert_allclose(output.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(output.std(axis=0), 1.0, rtol=1e-5)


def test_statistics_move_in_training_and_only_then():
    layer = BatchNormalization(momentum=0.75)
    layer(X)
    assert layer.moving_mean.numpy().tolist() == [0.0] * 4
    layer(X, training=True)
    np.testing.assert_allclose(layer.moving_mean, 0.25 * X.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.75 + 0.25 * X.var(axis=0), rtol=1e-5)


def test_inference_uses_the_moving_statistics():
    layer = BatchNormalization(momentum=0.0)
    trained = layer(X, training=True)
    np.testing.assert_allclose(layer(X), trained, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(layer(X[:1]), trained[:1], rtol=1e-5, atol=1e-5)


def test_a_frozen_layer_runs_in_inference_whatever_it_is_told():
    layer = BatchNormalization()
    layer(X, training=True)
    layer.trainable = False
    before = layer.get_weights()
    np.testing.assert_array_equal(layer(X, training=True), layer(X))
    for one, other in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    layer.trainable = True
    layer(X, training=True)
    assert np.any(layer.get_weights()[2] != before[2])


@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_large_means_lose_no_more_than_in_keras(shift):
    x = X + np.float32(shift)
    exact = (x.astype("float64") - x.mean(axis=0, dtype="float64")) / np.sqrt(x.var(axis=0, dtype="float64") + 1e-3)
    ours, theirs = BatchNormalization(), keras.layers.BatchNormalization()
    error = np.abs(ours(x, training=True) - exact).max()
    assert error <= np.abs(np.asarray(theirs(x, training=True)) - exact).max() + 1e-6


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"momentum": 1.5}, ValueError, "`momentum` must be a finite number at least 0 and at most 1, not 1.5"),
        ({"momentum": "high"}, TypeError, "`momentum` must be a number, not 'high'"),
        ({"epsilon": -1.0}, ValueError, "`epsilon` must be a finite number at least 0, not -1.0"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        BatchNormalization(**arguments)


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_the_input_lacks_is_refused(axis):
    with pytest.raises(ValueError, match=rf"^Layer 'norm' needs to know axis {axis} of its input"):
        BatchNormalization(axis=axis, name="norm")(X)
