"""Which steps count: where masks are made, who passes them on, and what they change."""

import jax
import keras
import numpy as np
import pytest
from keras.src.backend import get_keras_mask, set_keras_mask

from hornet import Sequential, layers
from hornet.core import random
from hornet.core.frame import current_frame
from hornet.core.module import boxes, pure, values_of
from hornet.core.random import seeded
from hornet.core.variable import Box

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5, 3)).astype("float32")
OTHER = RNG.normal(size=(4, 5, 3)).astype("float32")
MASK = np.arange(5) < np.array([[5], [3], [1], [0]])
OTHER_MASK = MASK[[1, 2, 0, 3]]


def masked(layer, x, masks, training=False):
    """Return the output, and its mask, of a layer called on inputs with masks, in a program."""
    held = boxes(layer, Box)

    def call(x, masks):
        for one, mask in zip(jax.tree.leaves(x), masks, strict=True):
            if mask is not None:
                current_frame().set_mask(one, mask)
        output = layer(x)
        return output, current_frame().mask_of(output)

    program = jax.jit(pure(held, call), static_argnames="training")
    return program(values_of(held), x, masks, training=training, key=random.key_data(0))[0]


def their_masked(layer, x, masks, training=False):
    x = jax.tree.map(jax.numpy.array, x)
    for one, mask in zip(jax.tree.leaves(x), masks, strict=True):
        if mask is not None:
            set_keras_mask(one, jax.numpy.asarray(mask))
    output = layer(x, **({"training": training} if layer._call_has_training_arg else {}))
    return output, get_keras_mask(output)


def built(name, arguments, shapes):
    """Return a layer whose weights are always the same."""
    with seeded(1):
        layer = getattr(layers, name)(**arguments)
        layer._build_on(shapes)
    return layer


def twin_of(layer, shapes):
    twin = getattr(keras.layers, type(layer).__name__).from_config(layer.get_config())
    twin.build(shapes)
    for mine, other in zip(layer.weights, twin.weights, strict=True):
        other.assign(mine.numpy())
    return twin


def assert_parity(oracle, layer, shapes, x, masks, training=False):
    """Assert that output and mask are those of Keras, and return them."""

    def of_keras():
        return [one for one in their_masked(twin_of(layer, shapes), x, masks, training) if one is not None]

    output, mask = masked(layer, x, masks, training)
    expected, *their_mask = oracle("masked", of_keras)
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
    assert (mask is None) == (their_mask == [])
    if mask is not None:
        np.testing.assert_array_equal(mask, *their_mask)
    return output, mask


PASSED_ON = [
    ("Activation", {"activation": "relu"}),
    ("ActivityRegularization", {"l1": 0.1}),
    ("AlphaDropout", {"rate": 0.5}),
    ("BatchNormalization", {}),
    ("Dense", {"units": 2}),
    ("Dropout", {"rate": 0.5}),
    ("ELU", {}),
    ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 4)}),
    ("Flatten", {}),
    ("GaussianDropout", {"rate": 0.5}),
    ("GaussianNoise", {"stddev": 0.5}),
    ("GroupNormalization", {"groups": 1}),
    ("Identity", {}),
    ("LayerNormalization", {}),
    ("LeakyReLU", {}),
    ("Masking", {}),
    ("Normalization", {}),
    ("PReLU", {}),
    ("Permute", {"dims": (2, 1)}),
    ("ReLU", {}),
    ("Rescaling", {"scale": 2.0}),
    ("Reshape", {"target_shape": (15,)}),
    ("SpatialDropout1D", {"rate": 0.5}),
    ("UnitNormalization", {}),
]


@pytest.mark.filterwarnings("ignore:Layer .* does not support masking:UserWarning")
@pytest.mark.parametrize(("name", "arguments"), PASSED_ON)
def test_masks_are_passed_on_or_end_as_in_keras(name, arguments, oracle):
    shape = (None, 5, 3)
    assert_parity(oracle, built(name, arguments, shape), shape, X, [MASK])


def test_root_mean_squares_pass_masks_on_though_keras_s_do_not():
    np.testing.assert_array_equal(masked(layers.RMSNormalization(), X, [MASK])[1], MASK)


MERGES = ["Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"]


@pytest.mark.parametrize("masks", [(MASK, OTHER_MASK), (MASK, None), (None, MASK), (None, None)], ids=range(4))
@pytest.mark.parametrize("name", MERGES)
def test_merges_take_masks_as_keras_s_do(name, masks, oracle):
    shapes = [(None, 5, 3), (None, 5, 3)]
    assert_parity(oracle, built(name, {"axes": 2} if name == "Dot" else {}, shapes), shapes, [X, OTHER], masks)


@pytest.mark.parametrize("masks", [(MASK, OTHER_MASK), (MASK, None), (None, MASK)], ids=range(3))
def test_masks_are_concatenated_along_their_own_axes(masks, oracle):
    shapes = [(None, 5, 3), (None, 5, 3)]
    assert_parity(oracle, built("Concatenate", {"axis": 1}, shapes), shapes, [X, OTHER], masks)


def test_masks_of_images_over_time_are_merged():
    x = RNG.normal(size=(4, 5, 2, 3)).astype("float32")
    for axis, expected in ((1, np.concatenate([MASK, OTHER_MASK], 1)), (2, MASK | OTHER_MASK), (3, MASK | OTHER_MASK)):
        mask = masked(layers.Concatenate(axis=axis), [x, x], [MASK, OTHER_MASK])[1]
        np.testing.assert_array_equal(mask, expected)
    largest = masked(layers.Maximum(), [x, x + 1], [MASK, OTHER_MASK])[0]
    chosen = np.where(OTHER_MASK, 1, 0)[..., None, None]
    np.testing.assert_allclose(largest, x + chosen, rtol=1e-6)


def test_embeddings_mask_zeros():
    integers = np.array([[1, 2, 0], [0, 0, 3]])
    _, mask = masked(layers.Embedding(4, 2, mask_zero=True), integers, [None])
    np.testing.assert_array_equal(mask, integers != 0)
    assert masked(layers.Embedding(4, 2), integers, [None])[1] is None


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_steps_of_one_value_are_masked(value):
    x = X.copy()
    x[0, 1] = x[2, 3:] = value
    x[1, 1, 0] = value
    output, mask = masked(layers.Masking(mask_value=value), x, [None])
    expected = np.ones((4, 5), bool)
    expected[0, 1] = expected[2, 3:] = False
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(output, np.where(expected[..., None], x, 0))


def test_a_mask_reaches_a_layer_through_others():
    seen = []

    class Seer(layers.Layer):
        def call(self, inputs, mask=None):
            seen.append(mask)
            return inputs

    passing_on = [layers.Dense(2), layers.Dropout(0.5), layers.TimeDistributed(layers.Dense(2))]
    model = Sequential([layers.Masking(), *passing_on, Seer()])
    x = np.where(MASK[..., None], X, 0)
    model(x)
    np.testing.assert_array_equal(seen[-1], MASK)


def test_batch_statistics_leave_masked_steps_out_as_in_keras(oracle):
    shape = (None, 5, 3)
    ours = built("BatchNormalization", {"momentum": 0.5}, shape)
    output = masked(ours, X, [MASK], training=True)[0]
    (expected,) = oracle("output", lambda: their_masked(twin_of(ours, shape), X, [MASK], training=True)[0])
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-5)
    counted = np.where(MASK[..., None], output, 0)
    np.testing.assert_allclose(counted.sum(axis=(0, 1)) / MASK.sum(), 0.0, atol=1e-5)
    empty = masked(ours, X, [np.zeros_like(MASK)], training=True)[0]
    assert np.isfinite(empty).all()


def test_an_own_mask_goes_on_to_the_output():
    held = boxes(layer := layers.Softmax(), Box)

    def call(x, mask):
        return current_frame().mask_of(layer(x, mask=mask))

    scores = np.ones((2, 3), "float32")
    mask = np.array([[True, False, True], [True, True, False]])
    np.testing.assert_array_equal(pure(held, call)({}, scores, mask)[0], mask)
