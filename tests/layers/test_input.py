"""The declared input of a model."""

import keras
import numpy as np
import pytest

import hornet
from hornet.layers import Dense, Flatten, Input, InputLayer

DECLARED = [
    ((3,), (3,)),
    ([28, 28], (28, 28)),
    (3, (3,)),
    ((), ()),
    ((None, 2), (None, 2)),
    (np.zeros((4, 5)).shape[1:], (5,)),
]


@pytest.mark.parametrize(("given", "shape"), DECLARED, ids=repr)
def test_a_shape_is_given_without_the_batch(given, shape):
    for layer in (InputLayer(given), InputLayer(shape=given)):
        assert (layer.shape, layer._declared_shape, layer.built) == (shape, (None, *shape), True)
    assert Input(given).shape == Input(shape=given).shape == (None, *shape)


@pytest.mark.parametrize("more", [{"batch_size": 32}, {"dtype": "int32"}, {"name": "pixels"}, {}], ids=repr)
def test_an_input_takes_what_keras_s_takes(more):
    ours, theirs = InputLayer((3,), **more), keras.layers.InputLayer((3,), **more)
    assert (ours.dtype, ours.batch_size) == (theirs.dtype, theirs.batch_shape[0])
    assert Input((3,), **more).dtype == keras.Input((3,), **more).dtype
    if "name" in more:
        assert ours.name == theirs.name == Input((3,), **more).name


def test_values_pass_through():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(InputLayer((3,))(x), x)


@pytest.mark.parametrize("make", [Input, InputLayer])
def test_an_input_needs_a_shape(make):
    with pytest.raises(
        ValueError, match=r"^An input needs a shape\. Pass `shape=\(features,\)`, without the batch axis\."
    ):
        make()


@pytest.mark.parametrize(
    ("shape", "error"), [((-3,), ValueError), ((0,), ValueError), ((2.5,), TypeError), (("a",), TypeError)]
)
def test_sizes_are_positive_integers(shape, error):
    for make in (Input, lambda shape: Dense(1, input_shape=shape)):
        with pytest.raises(error, match=r"^`(input_)?shape` must be a positive integer, not "):
            make(shape)


def test_a_model_takes_its_first_layer_s_shape_or_an_input_s():
    declared = [
        [Flatten(input_shape=[2, 3]), Dense(4)],
        [Input([2, 3]), Flatten(), Dense(4)],
        [InputLayer(shape=(2, 3)), Flatten(), Dense(4)],
        [Flatten(batch_input_shape=(None, 2, 3)), Dense(4)],
    ]
    for stack in declared:
        model = hornet.Sequential(stack)
        assert (model.built, model.input_shape, model.output_shape) == (True, (None, 2, 3), (None, 4))
        assert len(model.layers) == 2
        assert model.count_params() == 28
