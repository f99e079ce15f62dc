"""Layers that hold another layer."""

import keras
import numpy as np
import pytest

from hornet import Sequential, layers
from hornet.layers import BatchNormalization, Dense, Dropout, Embedding, TimeDistributed, Wrapper

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")


def test_each_step_gets_what_the_layer_makes_of_it():
    inner = Sequential([Dense(4, activation="relu"), Dense(2)])
    output = TimeDistributed(inner)(X)
    for step in range(5):
        np.testing.assert_allclose(output[:, step], inner(X[:, step]), rtol=1e-5, atol=1e-6)


def test_weights_are_the_layer_s():
    layer = TimeDistributed(Dense(2))
    assert layer.weights == []
    layer(X)
    assert [one.name for one in layer.weights] == ["kernel", "bias"]
    assert layer.count_params() == layer.layer.count_params() == 8
    layer.trainable = False
    assert layer.trainable_weights == []


def test_statistics_are_those_of_all_steps():
    layer = TimeDistributed(BatchNormalization(momentum=0.0))
    layer(X, training=True)
    np.testing.assert_allclose(layer.layer.moving_mean, X.mean(axis=(0, 1)), rtol=1e-5, atol=1e-6)


def test_each_step_is_disturbed_apart():
    output = np.asarray(TimeDistributed(Dropout(0.5))(np.ones((1, 50, 20), "float32"), training=True))
    assert len(np.unique(output[0], axis=0)) > 40


def test_a_wrapped_model_is_built_and_described():
    layer = TimeDistributed(Sequential([Dense(2)]))
    assert layer.compute_output_shape((None, 5, 3)) == (None, 5, 2)
    again = layers.deserialize(layers.serialize(layer))
    again(X)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(X), layer(X))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_keras_s_description_of_a_wrapper_is_read():
    theirs = keras.layers.TimeDistributed(keras.layers.Dense(2, activation="tanh"))
    expected = theirs(X)
    ours = layers.deserialize(keras.layers.serialize(theirs))
    ours(X)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(X), expected, rtol=1e-5, atol=1e-6)


def test_an_own_wrapper_builds_its_layer():
    class Doubling(Wrapper):
        def call(self, inputs):
            return 2 * self.layer(inputs)

    inner = Dense(2)
    np.testing.assert_allclose(Doubling(inner)(X), 2 * inner(X), rtol=1e-6)


@pytest.mark.parametrize("wrong", [3, Dense, None, "dense"])
def test_what_is_no_layer_is_refused(wrong):
    with pytest.raises(TypeError, match="`layer` must be a layer, not"):
        TimeDistributed(wrong)


def test_inputs_without_steps_are_refused():
    with pytest.raises(ValueError, match=r"Layer 'steps' takes inputs with at least 3 axes, not one of shape \(4, 3\)"):
        TimeDistributed(Dense(2), name="steps")(X[:, 0])
    with pytest.raises(ValueError, match="at least 3 axes"):
        TimeDistributed(Embedding(4, 2))(np.zeros((2, 3), int))
