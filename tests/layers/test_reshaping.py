"""Layers that rearrange axes: what they refuse."""

import numpy as np
import pytest

from hornet import Input, Sequential
from hornet.layers import CategoryEncoding, Permute, RepeatVector, Reshape

X = np.arange(24.0, dtype="float32").reshape(2, 3, 4)


def test_axes_are_put_in_order():
    np.testing.assert_array_equal(Permute((2, 1))(X), X.transpose(0, 2, 1))
    with pytest.raises(ValueError, match=r"Layer 'axes' takes inputs with 3 axes, not one of shape \(2, 12\)"):
        Permute((2, 1), name="axes")(X.reshape(2, 12))


@pytest.mark.parametrize("dims", [(0, 1), (1, 3), (1, 1), (2,)])
def test_what_is_no_order_is_refused(dims):
    with pytest.raises(ValueError, match="`dims` must hold the numbers from 1 to"):
        Permute(dims)


def test_rows_are_repeated():
    np.testing.assert_array_equal(RepeatVector(3)(X[:, 0]), np.repeat(X[:, :1], 3, axis=1))
    with pytest.raises(ValueError, match=r"Layer 'rows' takes inputs with 2 axes, not one of shape \(2, 3, 4\)"):
        RepeatVector(3, name="rows")(X)
    with pytest.raises(ValueError, match="`n` must be a positive integer, not 0"):
        RepeatVector(0)


@pytest.mark.parametrize("target", [(12,), (-1,), (2, 6), (2, -1), (-1, 1), (3, 2, 2)])
def test_shapes_are_numpy_s(target):
    np.testing.assert_array_equal(Reshape(target)(X), X.reshape(2, *target))


@pytest.mark.parametrize("target", [(5,), (5, -1), (2, 5), ()])
def test_shapes_of_another_size_are_refused(target):
    with pytest.raises(ValueError, match=r"Layer 'shape' cannot bring inputs of shape \(None, 3, 4\) to \("):
        Reshape(target, name="shape")(X)


@pytest.mark.parametrize("target", [(-1, -1), (-2, 3)])
def test_what_is_no_shape_is_refused(target):
    with pytest.raises(ValueError, match="`target_shape` must hold sizes and at most one -1, not"):
        Reshape(target)


@pytest.mark.parametrize(
    ("layer", "blamed"),
    [(RepeatVector(2 * 10**9), "n"), (CategoryEncoding(2 * 10**9, name="wide"), "num_tokens")],
    ids=["repeated", "encoded"],
)
def test_outputs_that_no_machine_has_room_for_are_refused(layer, blamed, monkeypatch):
    monkeypatch.setattr("hornet.layers.weighted._memory", lambda: 7e9)
    with pytest.raises(MemoryError, match=rf"The output of layer .* GB a row, .*Pass a smaller `{blamed}`"):
        Sequential([Input((3,)), layer])
    model = Sequential([Input((2,)), RepeatVector(2**20)])
    with pytest.raises(MemoryError, match=r"has shape \(1024, 1048576, 2\) and needs 8 GB, more than"):
        model.predict(np.zeros((1024, 2)), batch_size=1024, verbose=0)
