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


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Conv2D", (2, 3)),
        ("DepthwiseConv2D", ([3, 2],)),
        ("Conv1DTranspose", (2, 3)),
        ("MaxPooling2D", ()),
        ("UpSampling2D", (2,)),
        ("ZeroPadding2D", ((1, 2),)),
        ("Cropping1D", (1,)),
        ("Reshape", ([2, 2],)),
        ("Dot", ((1, 2),)),
    ],
)
def test_sizes_in_a_config_are_the_tuples_that_programs_compare_with(name, arguments):
    configs = [getattr(library.layers, name)(*arguments).get_config() for library in (hornet, keras)]
    sizes = [{key: value for key, value in config.items() if isinstance(value, tuple)} for config in configs]
    assert sizes[0] == sizes[1] != {}
