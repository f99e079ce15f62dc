import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet.utils
from hornet import utils
from hornet.utils import normalize, pad_sequences, to_categorical


def test_exported_names():
    assert {"clear_session", "normalize", "set_random_seed", "to_categorical"} <= set(hornet.utils.__all__)


@pytest.mark.parametrize("num_classes", [None, 4, 7])
@pytest.mark.parametrize("shape", [(), (6,), (6, 1), (3, 2), (3, 2, 1), (1,)])
def test_to_categorical_is_that_of_keras(shape, num_classes):
    labels = np.random.default_rng(0).integers(0, 4, shape)
    expected = keras.utils.to_categorical(labels, num_classes)
    ours = to_categorical(labels, num_classes)
    np.testing.assert_array_equal(ours, expected, strict=True)


@pytest.mark.parametrize("labels", [[0, 3, 1], [0.0, 3.0, 1.0], np.array([0, 3, 1], "uint8"), [True, False]])
def test_to_categorical_takes_whatever_holds_whole_numbers(labels):
    np.testing.assert_array_equal(to_categorical(labels), keras.utils.to_categorical(labels), strict=True)


@pytest.mark.parametrize(
    ("labels", "num_classes", "message"),
    [
        ([0, 3], 3, "labels from 0 to 2, not 3"),
        ([0, -1], None, "labels from 0 to 0, not -1"),
        ([0, 1.5], None, "integers, not 1.5"),
        ([], None, "is empty"),
    ],
)
def test_to_categorical_rejects(labels, num_classes, message):
    with pytest.raises(ValueError, match=message):
        to_categorical(labels, num_classes)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize(("axis", "order"), [(-1, 1), (-1, 2), (1, 3), (-1, np.inf), (None, 1), (None, 2)])
def test_normalize_is_that_of_keras(axis, order, dtype):
    x = np.random.default_rng(0).integers(-5, 5, (4, 3)).astype(dtype)
    x[2] = 0
    np.testing.assert_allclose(normalize(x, axis, order), keras.utils.normalize(x, axis, order), rtol=1e-6, strict=True)


def test_normalize_first_axis():
    x = np.random.default_rng(0).normal(size=(4, 3))
    np.testing.assert_allclose(np.linalg.norm(normalize(x, axis=0), axis=0), np.ones(3))


@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 1, 2, 5])
@pytest.mark.parametrize(
    "sequences",
    [[[1], [2, 3], [4, 5, 6]], [[], [1, 2]], [[], []], [[[1, 2]], [[3, 4], [5, 6]]], np.arange(6).reshape(2, 3)],
    ids=["numbers", "an empty one", "empty ones", "vectors", "an array"],
)
def test_pad_sequences_is_that_of_keras(sequences, maxlen, padding, truncating):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating, "value": -1, "dtype": "float32"}
    expected = keras.utils.pad_sequences(sequences, **options)
    np.testing.assert_array_equal(pad_sequences(sequences, **options), expected, strict=True)


def test_pad_sequences_holds_text():
    found = pad_sequences([["a"], ["b", "c"]], dtype=object, value="")
    assert found.tolist() == [["", "a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("sequences", "options", "message"),
    [
        ([1, 2], {}, r"^`sequences` must hold lists or arrays, not 1\. Pass a list of them\.$"),
        ([[[1, 2]], [[3]]], {}, r"^`sequences` has elements of shapes \(2,\) and \(1,\)\. Pass elements of one shape"),
        ([[1]], {"padding": "before"}, "^`padding` must be one of 'pre', 'post', not 'before'"),
        ([[1]], {"truncating": "after"}, "^`truncating` must be one of 'pre', 'post', not 'after'"),
    ],
)
def test_pad_sequences_says_what_it_cannot_take(sequences, options, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(sequences, **options)


def test_an_array_of_jax_gives_an_array_of_jax_as_in_keras():
    labels, rows = jnp.asarray([[0], [2]]), jnp.asarray([[3.0, 4.0], [0.0, 0.0]])
    for ours, theirs in (
        (utils.to_categorical(labels, 3), keras.utils.to_categorical(labels, 3)),
        (utils.normalize(rows), keras.utils.normalize(rows)),
    ):
        assert isinstance(ours, jax.Array)
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert utils.to_categorical(labels).shape == (2, 3)
    with pytest.raises(ValueError, match="not 2"):
        utils.to_categorical(labels, 2)


def test_labels_of_a_program_become_rows():
    rows = jax.jit(lambda labels: utils.to_categorical(labels, 3))(jnp.asarray([0, 2]))
    np.testing.assert_array_equal(rows, [[1, 0, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="Pass `num_classes`"):
        jax.jit(utils.to_categorical)(jnp.asarray([0, 2]))
