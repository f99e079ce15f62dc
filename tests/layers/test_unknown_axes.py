"""Layers called on symbolic tensors, axes of unknown size among theirs."""

import keras
import numpy as np
import pytest

from hornet import activations, layers
from hornet.core.symbolic import SymbolicTensor

# Class, arguments, declared shape of an input (or shapes of inputs) and a real one, without the batch axis.
CASES = [
    ("Activation", {"activation": "relu"}, (None, 3), (4, 3)),
    ("ActivityRegularization", {"l1": 0.1}, (None,), (4,)),
    ("Add", {}, [(None, 3), (None, 3)], [(4, 3), (4, 3)]),
    ("Add", {}, [(None, 3), (4, 3)], [(4, 3), (4, 3)]),
    ("Add", {}, [(None, 3), (1, 3), (3,)], [(4, 3), (1, 3), (3,)]),
    ("AlphaDropout", {"rate": 0.5}, (None, None), (4, 3)),
    ("BatchNormalization", {}, (None, 3), (4, 3)),
    ("Concatenate", {}, [(None, 3), (4, 2)], [(4, 3), (4, 2)]),
    ("Concatenate", {}, [(None,), (2,)], [(3,), (2,)]),
    ("Concatenate", {"axis": 1}, [(None, 3), (None, 3)], [(4, 3), (2, 3)]),
    ("Dense", {"units": 2}, (None, 3), (4, 3)),
    ("Dot", {"axes": 2}, [(None, 3), (None, 3)], [(4, 3), (2, 3)]),
    ("ELU", {}, (None,), (4,)),
    ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 4), "bias_axes": "d"}, (None, 3), (4, 3)),
    ("EinsumDense", {"equation": "...c,cd->...d", "output_shape": 4}, (None, None, 3), (2, 4, 3)),
    ("Embedding", {"input_dim": 4, "output_dim": 3}, (None,), (5,)),
    ("Flatten", {}, (None, None, 3), (4, 2, 3)),
    ("GaussianDropout", {"rate": 0.5}, (None,), (4,)),
    ("GaussianNoise", {"stddev": 0.5}, (None,), (4,)),
    ("GroupNormalization", {"groups": 2}, (None, None, 4), (2, 3, 4)),
    ("Identity", {}, (None,), (4,)),
    ("LayerNormalization", {}, (None, 3), (4, 3)),
    ("LeakyReLU", {}, (None,), (4,)),
    ("Masking", {}, (None, 3), (4, 3)),
    ("Maximum", {}, [(None, 3), (4, 3)], [(4, 3), (4, 3)]),
    ("Multiply", {}, [(None,), (1,)], [(4,), (1,)]),
    ("PReLU", {"shared_axes": 1}, (None, 3), (4, 3)),
    ("Permute", {"dims": (2, 1)}, (None, 3), (4, 3)),
    ("RMSNormalization", {}, (None, 3), (4, 3)),
    ("ReLU", {}, (None,), (4,)),
    ("RepeatVector", {"n": 2}, (None,), (4,)),
    ("Reshape", {"target_shape": (-1, 4)}, (None, 8), (3, 8)),
    ("Reshape", {"target_shape": (-1, 4)}, (None,), (8,)),
    ("Reshape", {"target_shape": (2, 4)}, (None, None), (4, 2)),
    ("Softmax", {"axis": 1}, (None, 3), (4, 3)),
    ("SpatialDropout1D", {"rate": 0.5}, (None, None), (4, 3)),
    ("Subtract", {}, [(None, None), (4, 3)], [(4, 3), (4, 3)]),
    ("UnitNormalization", {}, (None, None), (4, 3)),
]
# What Keras refuses, or cannot be given.
MORE = [
    ("Dot", {"axes": 1}, [(None,), (3,)], [(3,), (3,)]),
    ("Dot", {"axes": (2, 1)}, [(None, 3), (None, 5)], [(4, 3), (3, 5)]),
    ("Lambda", {"function": activations.softmax}, (None, 3), (4, 3)),
    ("SpectralNormalization", {"layer": layers.Dense(2)}, (None, 3), (4, 3)),
    ("TimeDistributed", {"layer": layers.Dense(2)}, (None, None, 3), (4, 2, 3)),
]


def each(shape, make):
    return [make(one) for one in shape] if isinstance(shape, list) else make(shape)


def called(name, arguments, declared):
    """Return a new layer and what it returns on symbolic tensors."""
    layer = getattr(layers, name)(**arguments)
    return layer, layer(each(declared, lambda one: SymbolicTensor((None, *one), dtype(name), "x")))


def dtype(name):
    return "int32" if name == "Embedding" else "float32"


@pytest.mark.parametrize(("name", "arguments", "declared", "real"), CASES)
def test_shapes_are_those_of_keras_or_say_more(name, arguments, declared, real):
    found = called(name, arguments, declared)[1]
    twin = getattr(keras.layers, name)(**arguments)
    expected = twin(each(declared, lambda one: keras.Input(one, dtype=dtype(name))))
    assert (found.dtype, found.ndim) == (expected.dtype, expected.ndim)
    assert all(size in (one, None) for one, size in zip(found.shape, expected.shape, strict=True))


@pytest.mark.parametrize(("name", "arguments", "declared", "real"), [*CASES, *MORE])
def test_a_layer_that_was_so_built_takes_real_shapes(name, arguments, declared, real):
    layer, symbolic = called(name, arguments, declared)
    output = layer(each(real, lambda one: np.ones((2, *one), dtype(name))))
    assert isinstance(symbolic, SymbolicTensor)
    assert len(output.shape) == symbolic.ndim
    assert all(size in (one, None) for one, size in zip(output.shape, symbolic.shape, strict=True))
