"""Layers to plain data and back."""

import json

import keras
import numpy as np
import pytest

import hornet
from hornet import layers

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


class Own(layers.Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


@pytest.mark.parametrize("layer", [layers.Dense(2, "relu"), layers.LayerNormalization(), layers.Dropout(0.5)])
def test_what_is_written_is_json_that_keras_reads_too(layer):
    described = json.loads(json.dumps(layers.serialize(layer)))
    assert layers.deserialize(described).get_config() == layer.get_config()
    assert type(keras.layers.deserialize(described)).__name__ == type(layer).__name__


def test_own_classes_are_found_by_their_name():
    described = layers.serialize(Own(3.0))
    with pytest.raises(ValueError, match="There is no layer named 'Own'"):
        layers.deserialize(json.loads(json.dumps(described)))
    assert layers.deserialize(described).factor == 3.0  # which still knows its class
    again = layers.deserialize(described, custom_objects={"Own": Own})
    np.testing.assert_array_equal(again(X), 3 * X)
    wrapped = layers.serialize(layers.TimeDistributed(Own(3.0)))
    assert layers.deserialize(wrapped, {"Own": Own}).layer.factor == 3.0


@pytest.mark.parametrize("wrong", [3, None, "dense", layers.Dense])
def test_what_describes_no_layer_is_refused(wrong):
    with pytest.raises(TypeError, match="`config` must be a dict, not"):
        layers.deserialize(wrong)


def test_unknown_layers_get_the_nearest():
    with pytest.raises(ValueError, match=r"There is no layer named 'Flattern'. Did you mean 'Flatten'?"):
        layers.deserialize({"class_name": "Flattern", "config": {}})


TUPLES = {
    "ZeroPadding1D": {"padding": (1, 2)},
    "ZeroPadding2D": {"padding": (1, (2, 3))},
    "ZeroPadding3D": {"padding": (1, 2, 3)},
    "Cropping1D": {"cropping": (1, 2)},
    "Cropping2D": {"cropping": 1},
    "Cropping3D": {"cropping": ((1, 2), (3, 4), (5, 6))},
    "UpSampling2D": {"size": (2, 3)},
    "UpSampling3D": {"size": (2, 3, 1)},
    "Reshape": {"target_shape": [2, 3]},
    "Permute": {"dims": [2, 1]},
    "Conv2D": {"filters": 3, "kernel_size": (3, 2), "strides": [1, 2]},
    "Conv2DTranspose": {"filters": 3, "kernel_size": 2, "output_padding": 0},
    "DepthwiseConv2D": {"kernel_size": 3},
    "SeparableConv1D": {"filters": 3, "kernel_size": 3},
    "MaxPooling2D": {"pool_size": (2, 3)},
    "AveragePooling1D": {"pool_size": 2},
    "Dropout": {"rate": 0.5, "noise_shape": (None, 1)},
    "Normalization": {"axis": (1, 2)},
    "LayerNormalization": {"axis": (-2, -1)},
    "Dot": {"axes": (1, 2)},
    "Softmax": {"axis": (1, 2)},
    "PReLU": {"shared_axes": (1, 2)},
    "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 4},
    "InputLayer": {"shape": (2, 3)},
}


@pytest.mark.parametrize("kind", TUPLES)
def test_tuples_of_configs_are_keras_s(kind):
    own, theirs = (getattr(package.layers, kind)(**TUPLES[kind]).get_config() for package in (hornet, keras))
    given = {name: theirs[name] for name in theirs if isinstance(theirs[name], tuple | list | None)}
    assert {name: own.get(name, "absent") for name in given if name != "quantization_config"} == {
        name: value for name, value in given.items() if name != "quantization_config"
    }


@pytest.mark.parametrize("kind", [kind for kind in TUPLES if kind not in ("Dot", "Softmax")])
def test_tuples_come_back_from_json(kind):
    layer = getattr(layers, kind)(**TUPLES[kind])
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("name", ["Wrapper", "TimeDistributed", "SpectralNormalization"])
def test_a_wrapper_of_a_built_layer_comes_back_with_its_config(name):
    shape = (None, 4, 3) if name == "TimeDistributed" else (None, 3)
    changed = []
    for package in (hornet, keras):
        wrapper = getattr(package.layers, name)(package.layers.Dense(2))
        before = wrapper.get_config()["layer"]
        wrapper.build(shape)
        config = wrapper.get_config()
        again = type(wrapper).from_config({**config})
        assert again.get_config() == config
        assert again.layer.built
        changed.append({key: value for key, value in config["layer"].items() if before.get(key) != value})
    assert changed[0] == changed[1] == {"build_config": {"input_shape": (None, 3)}}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_a_description_of_a_built_layer_makes_a_built_one():
    for package in (hornet, keras):
        layer = package.layers.Dense(2)
        layer.build((None, 3))
        again = package.layers.deserialize(json.loads(json.dumps(package.layers.serialize(layer))))
        again.set_weights(layer.get_weights())
        np.testing.assert_array_equal(again(X), layer(X))
