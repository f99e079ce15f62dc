"""Enlarging, padding and cropping: how arguments are read, and bad input."""

import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core.symbolic import SymbolicTensor


def data(shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("kind", ["ZeroPadding", "Cropping"])
@pytest.mark.parametrize(
    ("rank", "margin", "pairs"),
    [
        (1, 2, (2, 2)),
        (1, (0, 1), (0, 1)),
        (2, 1, ((1, 1), (1, 1))),
        (2, (0, 2), ((0, 0), (2, 2))),
        (2, [[0, 1], 2], ((0, 1), (2, 2))),
        (3, (0, 1, 2), ((0, 0), (1, 1), (2, 2))),
        (3, ((1, 0), (0, 1), (2, 0)), ((1, 0), (0, 1), (2, 0))),
    ],
)
def test_margins_are_read_as_in_keras(kind, rank, margin, pairs):
    ours, theirs = (getattr(module, f"{kind}{rank}D")(margin) for module in (layers, keras.layers))
    argument = "padding" if kind == "ZeroPadding" else "cropping"
    assert getattr(ours, argument) == pairs == getattr(theirs, argument)
    x = data((2, *[6] * rank, 3))
    np.testing.assert_array_equal(ours(x), theirs(x))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_cropping_undoes_padding(rank):
    x = data((2, *range(3, 3 + rank), 2))
    margin = (1, 2) if rank == 1 else [(axis, 2) for axis in range(rank)]
    padded = getattr(layers, f"ZeroPadding{rank}D")(margin)(x)
    assert np.sum(np.abs(padded)) == pytest.approx(np.sum(np.abs(x)))
    np.testing.assert_array_equal(getattr(layers, f"Cropping{rank}D")(margin)(padded), x)


@pytest.mark.parametrize(
    ("name", "arguments", "declared"),
    [
        ("Cropping2D", {"cropping": ((1, 0), (0, 2))}, (None, None, 2)),
        ("Cropping1D", {}, (None, 2)),
        ("UpSampling2D", {}, (None, 4, 2)),
        ("UpSampling2D", {"interpolation": "bilinear"}, (None, None, 2)),
        ("ZeroPadding1D", {}, (None, 2)),
        ("ZeroPadding2D", {"data_format": "channels_first"}, (2, None, 4)),
    ],
)
def test_axes_may_be_unknown_until_data_come(name, arguments, declared):
    layer = getattr(layers, name)(**arguments)
    symbolic = layer(SymbolicTensor((None, *declared), "float32", "x"))
    assert symbolic.shape == getattr(keras.layers, name)(**arguments)(keras.Input(declared)).shape
    output = layer(data((3, *(size or 5 for size in declared))))
    assert all(size in (one, None) for one, size in zip(output.shape, symbolic.shape, strict=True))


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: layers.ZeroPadding2D(-1), None, "`padding` must be an integer of at least 0, not -1"),
        (lambda: layers.ZeroPadding2D((1, 2, 3)), None, r"`padding` must be one number, 2 numbers or 2 pairs of them"),
        (lambda: layers.ZeroPadding2D("same"), None, "`padding` must be one number, 2 numbers or 2 pairs.*not 'same'"),
        (
            lambda: layers.Cropping2D(((1, 2, 3), 1)),
            None,
            r"`cropping` must be one number, or 2 of them, not \(1, 2, 3",
        ),
        (lambda: layers.Cropping1D((1, 2, 3)), None, r"`cropping` must be one number, or 2 of them, not \(1, 2, 3\)"),
        (
            lambda: layers.Cropping2D(2, name="c"),
            (1, 4, 5, 1),
            r"Layer 'c' with `cropping` \(\(2, 2\), \(2, 2\)\) does not fit inputs of shape \(1, 4, 5, 1\)",
        ),
        (lambda: layers.UpSampling1D(0), None, "`size` must be a positive integer, not 0"),
        (lambda: layers.UpSampling2D((2, 0)), None, "`size` must be a positive integer, not 0"),
        (lambda: layers.UpSampling2D(interpolation="linear"), None, "Did you mean 'bilinear'?"),
        (
            lambda: layers.UpSampling2D(name="u", data_format="channels_first"),
            (2, 3, 4),
            r"Layer 'u' takes inputs of shape \(batch, channels, height, width\), not \(2, 3, 4\)",
        ),
    ],
)
def test_bad_arguments_and_shapes_are_refused(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make()(data(shape or (2, 9, 9, 1)))
