"""The settings of the process."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import backend, config, utils
from hornet.core.symbolic import SymbolicTensor


def test_values_are_those_of_keras():
    for name in ("backend", "epsilon", "floatx", "image_data_format"):
        assert getattr(config, name)() == getattr(keras.config, name)() == getattr(backend, name)()


@pytest.mark.parametrize(("name", "value"), [("epsilon", 1e-3), ("floatx", "float16")])
def test_a_setting_holds_until_it_is_set_back(name, value):
    before = getattr(config, name)()
    getattr(config, f"set_{name}")(value)
    try:
        assert getattr(config, name)() == getattr(backend, name)() == value
        assert hornet.ops.zeros(1).dtype == ("float16" if name == "floatx" else "float32")
    finally:
        getattr(backend, f"set_{name}")(before)
    assert getattr(config, name)() == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: config.set_backend("torch"), "`backend` must be one of 'jax', not 'torch'"),
        (
            lambda: config.set_image_data_format("NHWC"),
            "`data_format` must be one of 'channels_last', 'channels_first'",
        ),
        (lambda: config.set_floatx("int8"), "`value` must be one of 'float16'"),
        (lambda: config.set_epsilon(0), "`value` must be a finite number above 0"),
    ],
)
def test_a_setting_that_there_is_not_says_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_errors_show_every_line_where_that_is_wanted():
    config.disable_traceback_filtering()
    try:
        assert not config.is_traceback_filtering_enabled()
        assert jax.config.jax_traceback_filtering == "off"
    finally:
        config.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()
    assert jax.config.jax_traceback_filtering == "auto"


@pytest.mark.parametrize("name", ["cpu:0", "CPU", "/CPU:0", "/device:CPU:0", jax.devices("cpu")[0]])
def test_arrays_are_made_on_the_device_that_is_named(name):
    with hornet.device(name):
        assert hornet.ops.ones((1,)).devices() == {jax.devices("cpu")[0]}


@pytest.mark.parametrize("name", ["cpu:77", "cpu:x", "abacus", 3, None])
def test_a_device_that_there_is_not_says_which_there_are(name):
    with pytest.raises(ValueError, match="'cpu:0'"):
        hornet.device(name)


@pytest.mark.parametrize("module", [backend, utils])
def test_clear_session_starts_names_again(module):
    hornet.layers.Dense(1)
    module.clear_session()
    keras.backend.clear_session()
    for _ in range(2):
        assert hornet.layers.Dense(1).name == keras.layers.Dense(1).name


def test_symbolic_tensors_are_told_from_arrays():
    x = SymbolicTensor((None, 3), "float32", "x")
    assert backend.is_keras_tensor is utils.is_keras_tensor
    assert utils.is_keras_tensor(x)
    assert not utils.is_keras_tensor(jnp.ones(2))


LAYERS = {
    "Conv2D": (2, 3),
    "SeparableConv2D": (2, 3),
    "MaxPooling2D": (2,),
    "GlobalAveragePooling2D": (),
    "UpSampling2D": (2,),
    "ZeroPadding2D": (1,),
    "Cropping2D": (1,),
    "SpatialDropout2D": (0.5,),
    "Flatten": (),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_take_the_place_of_channels_from_the_setting(name):
    """It is read when a layer is made, and kept in its config."""
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 6)).astype("float32")
    layers = []
    for package in (hornet, keras):
        package.config.set_image_data_format("channels_first")
        try:
            layers.append(getattr(package.layers, name)(*LAYERS[name]))
        finally:
            package.config.set_image_data_format("channels_last")
    ours, theirs = layers
    assert ours.get_config()["data_format"] == theirs.get_config()["data_format"] == "channels_first"
    theirs.build(x.shape)
    ours.build(x.shape)
    ours.set_weights([np.asarray(weight.value) for weight in theirs.weights])
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)
