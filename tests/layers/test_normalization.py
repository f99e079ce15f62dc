"""Batch normalization's statistics."""

import keras
import numpy as np
import pytest

from hornet import layers
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
    with pytest.raises(ValueError, match=rf"^Layer 'norm' got axis {axis} of an input of shape \(50, 4\)\."):
        BatchNormalization(axis=axis, name="norm")(X)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's
@pytest.mark.parametrize("clipping", [None, {"rmax": 1.2, "rmin": 0.8, "dmax": 0.3}, {"dmax": 0.0}])
@pytest.mark.parametrize(
    "arguments", [{}, {"center": False}, {"scale": False, "momentum": 0.5, "renorm_momentum": 0.7}]
)
def test_renormalization_is_keras_s(clipping, arguments):
    layer, twin = (
        module.BatchNormalization(renorm=True, renorm_clipping=clipping, **arguments)
        for module in (layers, keras.layers)
    )
    for start in range(0, 50, 10):
        rows = X[start : start + 10]
        np.testing.assert_allclose(layer(rows, training=True), twin(rows, training=True), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(layer(X), twin(X), rtol=1e-4, atol=1e-4)
    assert [weight.name for weight in layer.weights] == [weight.name for weight in twin.weights]
    for weight, other in zip(layer.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, rtol=1e-4, atol=1e-5)
    again = BatchNormalization.from_config(layer.get_config())
    assert (again.renorm, again.renorm_clipping, again.synchronized) == (True, clipping or {}, False)


def test_one_device_has_the_statistics_of_all():
    layer, alone = BatchNormalization(synchronized=True), BatchNormalization()
    np.testing.assert_array_equal(layer(X, training=True), alone(X, training=True))
    assert BatchNormalization.from_config(layer.get_config()).synchronized


@pytest.mark.parametrize(
    "arguments",
    [
        {"renorm": True, "renorm_clipping": {"max": 1.0}},
        {"renorm": True, "renorm_clipping": {"rmin": 2.0, "rmax": 1.0}},
        {"renorm": True, "renorm_clipping": {"dmax": -1.0}},
    ],
)
def test_what_renormalization_cannot_do_is_refused(arguments):
    for module in (layers, keras.layers):
        with pytest.raises(ValueError, match=r"clipping|dmax"):
            module.BatchNormalization(**arguments)
