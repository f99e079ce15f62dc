"""What layers ask of their inputs."""

import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core.symbolic import SymbolicTensor
from hornet.layers import InputSpec, Layer


class Asking(Layer):
    def __init__(self, spec, **kwargs):
        super().__init__(name="asking", **kwargs)
        self.input_spec = spec

    def call(self, inputs):
        return inputs


class TheirAsking(keras.layers.Layer):
    def __init__(self, spec):
        super().__init__()
        self.input_spec = spec

    def call(self, inputs):
        return inputs


# What is asked, inputs that fit, and inputs that do not with what the error says.
CASES = [
    ({"ndim": 2}, [(2, 3)], [((2,), "with 2 axes"), ((2, 3, 4), "with 2 axes")]),
    ({"ndim": 1}, [(2,)], [((2, 3), "with 1 axis,")]),
    ({"min_ndim": 2}, [(2, 3), (2, 3, 4)], [((2,), "with at least 2 axes")]),
    ({"max_ndim": 2}, [(2,), (2, 3)], [((2, 3, 4), "with at most 2 axes")]),
    ({"axes": {-1: 3}}, [(2, 3), (2, 4, 3)], [((2, 4), "of size 3 on axis -1")]),
    ({"axes": {1: 3, 2: None}}, [(2, 3, 4)], [((2, 4, 4), "of size 3 on axis 1")]),
    ({"shape": (None, 3)}, [(2, 3), (5, 3)], [((2, 4), r"of shape \(None, 3\)"), ((2,), "with 2 axes")]),
    (
        {"shape": (None, 3, 1), "allow_last_axis_squeeze": True},
        [(2, 3, 1), (2, 3)],
        [((2, 4, 1), r"of shape \(None, 3, 1\)")],
    ),
]


@pytest.mark.parametrize(("asked", "fitting", "_"), CASES)
def test_inputs_that_fit_pass_as_in_keras(asked, fitting, _):
    for shape in fitting:
        x = np.ones(shape, "float32")
        np.testing.assert_array_equal(Asking(InputSpec(**asked))(x), x)
        TheirAsking(keras.layers.InputSpec(**asked))(x)


@pytest.mark.parametrize(("asked", "_", "others"), CASES)
def test_others_are_refused_as_in_keras(asked, _, others):
    for shape, fault in others:
        with pytest.raises(ValueError, match=f"^Layer 'asking' takes inputs {fault}"):
            Asking(InputSpec(**asked))(np.ones(shape, "float32"))
        with pytest.raises(ValueError, match="incompatible with the layer"):
            TheirAsking(keras.layers.InputSpec(**asked))(np.ones(shape, "float32"))


def test_unknown_sizes_fit():
    layer = Asking(InputSpec(shape=(None, 3, 4)))
    assert layer(SymbolicTensor((None, None, 4), "float32", "x")).shape == (None, None, 4)
    with pytest.raises(ValueError, match=r"of shape \(None, 3, 4\), not one of shape \(None, None, 5\)"):
        layer(SymbolicTensor((None, None, 5), "float32", "x"))


def test_types_are_asked_for():
    layer = Asking(InputSpec(dtype="int32"))
    assert layer(np.array([1], "int32")).tolist() == [1]
    with pytest.raises(ValueError, match=r"^Layer 'asking' takes inputs of type int32, not float32 ones"):
        layer(np.array([1.0], "float32"))


def test_what_is_asked_is_checked_before_a_layer_is_built():
    class Building(Asking):
        def build(self, input_shape):
            raise AssertionError

    with pytest.raises(ValueError, match="with 2 axes"):
        Building(InputSpec(ndim=2))(np.ones(3))
    with pytest.raises(ValueError, match="with 2 axes"):
        Building(InputSpec(ndim=2)).compute_output_shape((None,))


def test_several_inputs_are_checked_each():
    x = np.ones((2, 3), "float32")
    layer = Asking([InputSpec(ndim=2), None])
    layer([x, x[0]])
    with pytest.raises(ValueError, match=r"^Layer 'asking' takes 2 inputs, not 3"):
        layer([x, x, x])
    named = Asking([InputSpec(ndim=1, name="b"), InputSpec(ndim=2, name="a", optional=True)])
    named({"a": x, "b": x[0]})
    named({"a": None, "b": x[0]})
    with pytest.raises(ValueError, match=r"takes an input 'b', but got \['a'\]"):
        named({"a": x})
    with pytest.raises(ValueError, match="with 1 axis"):
        named({"a": x, "b": x})
    with pytest.raises(ValueError, match="got `None` for an input that it needs"):
        named({"a": x, "b": None})


def test_a_spec_is_described_and_rebuilt():
    spec = InputSpec(shape=(None, 3), axes={-1: 3}, dtype="float32")
    again = InputSpec.from_config(spec.get_config())
    assert again.get_config() == spec.get_config()
    assert keras.layers.InputSpec.from_config(spec.get_config()).shape == (None, 3)
    assert repr(spec) == "InputSpec(dtype='float32', shape=(None, 3), ndim=2, axes={-1: 3})"


# Layers, what they are built for, and what Keras's have for `input_spec` before and after.
BUILT = {
    "Dense": (lambda of: of.Dense(2), (None, 3)),
    "EinsumDense": (lambda of: of.EinsumDense("ab,bc->ac", 2), (None, 3)),
    "Conv1D": (lambda of: of.Conv1D(2, 2), (None, 8, 4)),
    "Conv2D, channels first": (lambda of: of.Conv2D(2, 2, data_format="channels_first"), (None, 4, 8, 8)),
    "Conv1DTranspose": (lambda of: of.Conv1DTranspose(2, 2), (None, 8, 4)),
    "DepthwiseConv2D": (lambda of: of.DepthwiseConv2D(2), (None, 8, 8, 4)),
    "SeparableConv1D": (lambda of: of.SeparableConv1D(2, 2), (None, 8, 4)),
    "MaxPooling2D": (lambda of: of.MaxPooling2D(), (None, 8, 8, 4)),
    "GlobalAveragePooling1D": (lambda of: of.GlobalAveragePooling1D(), (None, 8, 4)),
    "UpSampling2D": (lambda of: of.UpSampling2D(), (None, 8, 8, 4)),
    "ZeroPadding1D": (lambda of: of.ZeroPadding1D(), (None, 8, 4)),
    "Cropping3D": (lambda of: of.Cropping3D(), (None, 8, 8, 8, 4)),
    "BatchNormalization": (lambda of: of.BatchNormalization(), (None, 8, 4)),
    "GroupNormalization": (lambda of: of.GroupNormalization(2), (None, 8, 4)),
    "LayerNormalization": (lambda of: of.LayerNormalization(), (None, 4)),
    "SpectralNormalization": (lambda of: of.SpectralNormalization(of.Dense(2)), (None, 3)),
    "Flatten": (lambda of: of.Flatten(), (None, 3, 2)),
    "Embedding": (lambda of: of.Embedding(3, 2), (None, 4)),
    "Dropout": (lambda of: of.Dropout(0.5), (None, 4)),
}


@pytest.mark.parametrize("name", BUILT)
def test_layers_say_what_they_ask_as_keras_s_do(name):
    make, shape = BUILT[name]

    def said(of):
        layer = make(of)
        before = repr(layer.input_spec)
        layer.build(shape)
        return before, repr(layer.input_spec)

    assert said(layers) == said(keras.layers)


def test_what_a_layer_of_ours_says_it_asks_does_not_replace_its_own_error():
    with pytest.raises(ValueError, match="takes a batch of rows"):
        layers.Dense(2)(np.ones(3))
