"""CategoryEncoding: against Keras, and what is refused."""

import jax
import keras
import numpy as np
import pandas as pd
import pytest

from hornet import Input, Model, Sequential, layers

INTEGERS = np.array([[0, 2, 2], [3, 1, 0]])


@pytest.mark.parametrize("x", [INTEGERS, INTEGERS[:, :1], INTEGERS[0]])
@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_keras_encodes_the_same(mode, x):
    layer = layers.CategoryEncoding(5, output_mode=mode)
    expected = keras.layers.CategoryEncoding(5, output_mode=mode)(x)
    np.testing.assert_array_equal(layer(x), expected)
    np.testing.assert_array_equal(jax.jit(layer)(x), expected)
    assert str(layer(x).dtype) == "float32"


def test_a_single_integer_is_a_row():
    for mode in ("one_hot", "multi_hot", "count"):
        assert layers.CategoryEncoding(3, mode)(1).tolist() == [0.0, 1.0, 0.0]


def test_many_axes_keep_all_but_the_last():
    x = np.array([[[0, 1], [1, 1]]])
    assert layers.CategoryEncoding(2)(x).tolist() == [[[1.0, 1.0], [0.0, 1.0]]]
    assert layers.CategoryEncoding(2, "count")(x).tolist() == [[[1.0, 1.0], [0.0, 2.0]]]
    assert layers.CategoryEncoding(2, "one_hot")(x).shape == (1, 2, 2, 2)


def test_weights_count_as_in_keras():
    weights = [[0.5, 1.0, 2.0], [4.0, 0.0, -1.0]]
    expected = keras.layers.CategoryEncoding(4, "count")(INTEGERS, count_weights=np.array(weights, "float32"))
    layer = layers.CategoryEncoding(4, "count")
    np.testing.assert_array_equal(layer(INTEGERS, count_weights=weights), expected)
    inputs = Input((3,), dtype="int32"), Input((3,))
    model = Model(inputs, layer(inputs[0], count_weights=inputs[1]))
    np.testing.assert_array_equal(model.predict([INTEGERS, np.array(weights)], verbose=0), expected)


def test_keras_2_s_name_of_a_mode_is_known():
    assert layers.CategoryEncoding(4, "binary").output_mode == "multi_hot"


def test_integers_may_have_any_form():
    layer = layers.CategoryEncoding(4)
    for x in (INTEGERS.tolist(), pd.DataFrame(INTEGERS), INTEGERS + 0.0, INTEGERS.astype("uint8")):
        np.testing.assert_array_equal(layer(x), layer(INTEGERS))
    large = layers.CategoryEncoding(300, "one_hot", dtype="mixed_bfloat16")(np.array([299.0]))
    assert (int(large.argmax()), str(large.dtype)) == (299, "bfloat16")


@pytest.mark.parametrize(("x", "wrong"), [([0, 4], "4"), ([-1], "-1"), ([0.0, np.nan], "nan")])
def test_integers_out_of_range_are_refused_outside_programs(x, wrong):
    layer = layers.CategoryEncoding(4, name="encoding")
    with pytest.raises(ValueError, match=f"Layer 'encoding' got {wrong}, but knows the integers from 0 to 3. Pass"):
        layer(x)
    with pytest.raises(ValueError, match=f"got {wrong}"):
        Sequential([layer])(np.array([x]))


def test_integers_out_of_range_count_nowhere_in_programs():
    model = Sequential([layers.Identity(), layers.CategoryEncoding(3, "count")])
    np.testing.assert_array_equal(model.predict(np.array([[-1, 3, 1]]), verbose=0), [[0.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "`num_tokens` must be a positive integer, not None. Pass the largest integer plus 1."),
        ({"num_tokens": 0}, ValueError, "`num_tokens` must be a positive integer, not 0"),
        ({"num_tokens": 2, "output_mode": "int"}, ValueError, "`output_mode` must be one of 'one_hot', 'multi_hot'"),
        ({"num_tokens": 2, "sparse": True}, ValueError, "`sparse` must be False: XLA on a CPU has no sparse arrays"),
    ],
    ids=range(4),
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.CategoryEncoding(**arguments)


def test_weights_that_count_nowhere_are_refused():
    with pytest.raises(ValueError, match=r"`count_weights` has no use in `output_mode` 'multi_hot'. Leave it out"):
        layers.CategoryEncoding(4)(INTEGERS, count_weights=INTEGERS)
    with pytest.raises(ValueError, match=r"`count_weights` has shape \(2,\), but there are integers of shape \(2, 3\)"):
        layers.CategoryEncoding(4, "count")(INTEGERS, count_weights=[1.0, 2.0])
