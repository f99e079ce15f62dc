"""Embeddings: lookups, their gradient, and integers out of range."""

import jax
import keras
import numpy as np
import pytest

import hornet
from hornet.core.module import boxes, pure
from hornet.core.variable import Box
from hornet.layers import CategoryEncoding, Dense, Embedding, Flatten

MATRIX = np.arange(12.0, dtype="float32").reshape(4, 3)


@pytest.mark.parametrize("given", [[MATRIX], MATRIX, MATRIX.tolist()], ids=["list", "array", "rows"])
def test_a_start_may_be_given_as_weights(given):
    layer = Embedding(4, 3, weights=given)
    np.testing.assert_array_equal(layer.get_weights()[0], MATRIX)
    np.testing.assert_array_equal(layer([[3, 0]]), MATRIX[[[3, 0]]])
    assert "weights" not in layer.get_config()


def test_the_older_length_of_inputs_declares_their_shape():
    model = hornet.Sequential([Embedding(4, 3, input_length=5), Flatten(), Dense(1)])
    assert model.output_shape == (None, 1)
    assert model.count_params() == 12 + 16


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "float64"])
def test_integers_may_have_any_type(dtype):
    layer = Embedding(4, 3, weights=[MATRIX])
    np.testing.assert_array_equal(layer(np.array([[1, 3]], dtype)), MATRIX[[[1, 3]]])


def test_short_types_lose_no_integer():
    layer = Embedding(2000, 1, dtype="bfloat16")
    layer._build_on((None,))
    layer.embeddings.assign(np.arange(2000)[:, None] % 7)
    assert layer(np.array([1999.0, 1001.0])).ravel().tolist() == [1999 % 7, 1001 % 7]


@pytest.mark.parametrize("wrong", [4, -1])
def test_integers_out_of_range_are_refused_outside_programs_and_poison_them_inside(wrong):
    layer = Embedding(4, 3, weights=[MATRIX], name="words")
    with pytest.raises(ValueError, match=f"Layer 'words' got {wrong}, but knows the integers from 0 to 3"):
        layer([[0, wrong]])
    held = boxes(layer, Box)
    output = jax.jit(pure(held, layer))({"embeddings": MATRIX}, np.array([[0, wrong]]))[0]
    assert np.isnan(output[0, 1]).all()
    assert np.isfinite(output[0, 0]).all()


def test_a_row_s_gradient_is_the_sum_of_its_uses():
    layer = Embedding(4, 3, weights=[MATRIX])
    call = pure(boxes(layer, Box), layer)
    gradient = jax.grad(lambda table: call({"embeddings": table}, np.array([[1, 1], [2, 1]]))[0].sum())(MATRIX)
    np.testing.assert_array_equal(gradient[:, 0], [0.0, 3.0, 1.0, 0.0])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_a_model_trains_as_in_keras():
    rng = np.random.default_rng(0)
    x, y = rng.integers(10, size=(64, 4)), rng.normal(size=64)
    ours, theirs = (
        module.Sequential([module.layers.Embedding(10, 3), module.layers.Flatten(), module.layers.Dense(1)])
        for module in (hornet, keras)
    )
    for model in (ours, theirs):
        model.build((None, 4))
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.compile(loss="mse", optimizer="sgd")
        model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 3), ValueError, "`input_dim` must be a positive integer, not 0. Pass the largest integer plus 1."),
        ((4, -1), ValueError, "`output_dim` must be a positive integer, not -1"),
        ((4.5, 3), TypeError, "`input_dim` must be a positive integer, not 4.5"),
        ((True, 3), TypeError, "`input_dim` must be a positive integer, not True"),
    ],
)
def test_sizes_below_1_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Embedding(*arguments)


@pytest.mark.parametrize("layer", [lambda: Embedding(5, 2), lambda: CategoryEncoding(5)])
@pytest.mark.parametrize("number", [2**33 + 1, np.nan, 1.5, -1, 5.0])
def test_numbers_that_are_no_integers_of_the_layer_are_refused(layer, number):
    """Eagerly, as in a model: more than 32 bits were cut off, and what is behind the point was dropped."""
    with pytest.raises(ValueError, match=r"32 bits|knows the integers from 0 to 4"):
        layer()(np.array([[number]]))
    with pytest.raises(ValueError, match=r"32 bits|knows the integers from 0 to 4"):
        layer()([[number]])
    model = hornet.Sequential([hornet.Input((1,)), layer()])
    with pytest.raises(ValueError, match=r"32 bits|knows the integers from 0 to 4"):
        model.predict(np.full((4, 1), number), verbose=0)


def test_whole_numbers_of_any_type_are_integers():
    embedding = Embedding(5, 2)
    expected = np.asarray(embedding(np.array([4])))
    for given in (np.array([4.0]), [4], [4.0], np.array([4], "uint8"), np.array([4], "float16")):
        np.testing.assert_array_equal(np.asarray(embedding(given)), expected)
