"""Functions of one's own as layers."""

import functools
import json

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import Sequential, activations
from hornet.core.frame import current_frame
from hornet.core.module import pure
from hornet.core.symbolic import SymbolicTensor
from hornet.layers import Dense, Identity, Lambda, deserialize, serialize

X = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")


def test_a_function_is_applied_with_its_arguments():
    layer = Lambda(lambda x, power, shift=0.0: x**power + shift, arguments={"power": 2, "shift": 1.0})
    assert layer(X).tolist() == [[2.0, 5.0], [10.0, 17.0]]


@pytest.mark.parametrize("training", [False, True])
def test_a_function_is_told_of_training(training):
    assert Lambda(lambda x, training: x if training else -x)(X, training=training)[0, 0] == (1.0 if training else -1.0)


def test_a_function_gets_and_makes_masks():
    seen = []
    taking = Lambda(lambda x, mask: (seen.append(mask), x)[1], mask=lambda inputs, mask: ~mask)
    fixed = Lambda(lambda x: x + 1, mask=np.array([True, False]))

    def call(x):
        frame = current_frame()
        frame.set_mask(x, np.array([False, True]))
        return frame.mask_of(taking(x)), frame.mask_of(fixed(x)), frame.mask_of(Lambda(lambda x: x + 1)(x))

    made, given, none = pure({}, call)({}, jnp.asarray(X))[0]
    assert seen[0].tolist() == [False, True]
    assert (made.tolist(), given.tolist(), none) == ([True, False], [True, False], None)


def test_shapes_and_structures_follow_a_function():
    x = SymbolicTensor((None, 3), "float32", "x")
    assert Lambda(lambda x: x[:, None] * jnp.ones((4, 1)))(x).shape == (None, 4, 3)
    halves = Lambda(lambda x: {"left": x[:, :1], "right": x[:, 1:]})(x)
    assert {name: one.shape for name, one in halves.items()} == {"left": (None, 1), "right": (None, 2)}
    assert Lambda(lambda pair: pair[0] * pair[1])([x, x]).shape == (None, 3)


def test_a_model_with_a_function_trains():
    model = Sequential([Dense(2, input_shape=(2,)), Lambda(jnp.tanh), Lambda(lambda x: x.sum(axis=1, keepdims=True))])
    model.compile(loss="mse", optimizer="sgd")
    first, *_, last = model.fit(X, X.mean(axis=1), epochs=20, verbose=0).history["loss"]
    assert last < first


def test_a_config_knows_its_function_within_the_process_and_an_activation_is_data():
    def own(x):
        return -x

    assert json.loads(json.dumps(Lambda(own).get_config()))["function"]["config"] == "own"
    assert deserialize(serialize(Lambda(own)))(X).tolist() == (-X).tolist()
    partial = functools.partial(jnp.clip, max=2.0)
    assert Lambda.from_config(Lambda(partial).get_config())(X).max() == 2.0
    described = Lambda(activations.relu).get_config()["function"]
    assert described == keras.layers.Lambda(keras.activations.relu).get_config()["function"]
    assert Lambda.from_config({"function": described}).function is activations.relu


def test_functions_in_code_are_not_run():
    config = keras.layers.Lambda(lambda x: x).get_config()
    with pytest.raises(
        ValueError, match=r"code in files is never run. Pass the function: `custom_objects=\{'lambda.*': function\}`"
    ):
        Lambda.from_config(config)


def test_layers_of_one_function_have_one_structure():
    def own(x, by=1.0):
        return x * by

    assert Lambda(own, arguments={"by": 2.0})._structure() == Lambda(own, arguments={"by": 2.0})._structure()
    assert Lambda(own, arguments={"by": 2.0})._structure() != Lambda(own)._structure()
    arrays = [Lambda(own, arguments={"by": jnp.full(2, value)})._structure() for value in (1.0, 1.0, 2.0)]
    assert arrays[0] == arrays[1] != arrays[2]
    assert len(set(arrays)) == 2


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="`function` must be a function, not 3"):
        Lambda(3)


def test_the_identity_returns_structures_as_they_are():
    x = jnp.asarray(X)
    found = Identity()({"a": x, "b": [x]})
    assert found["a"].tolist() == found["b"][0].tolist() == X.tolist()


def test_functions_are_passed_to_from_config():
    for package in (hornet, keras):
        config = {"name": "half", "trainable": True, "dtype": "float32", "function": "own", "arguments": {}}
        layer = package.layers.Lambda.from_config(config, custom_objects={"own": np.negative}, safe_mode=None)
        assert layer.function is np.negative
