"""The affine layer over any axes: draws, bias and equations that do not fit."""

import keras
import numpy as np
import pytest

from hornet.core import random
from hornet.layers import Dense, EinsumDense

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")


def test_the_plain_equation_is_a_dense_layer():
    dense, einsum = Dense(2), EinsumDense("ab,bc->ac", 2, bias_axes="c")
    for layer in (dense, einsum):
        layer._build_on((None, 3))
    einsum.set_weights(dense.get_weights())
    np.testing.assert_allclose(einsum(X[:, 0]), dense(X[:, 0]), rtol=1e-6)


@pytest.mark.parametrize(
    ("equation", "output_shape", "shape"),
    [
        ("abc,cde->abde", (5, 20, 30), (None, 5, 40)),
        ("abcd,cde->abe", (5, 30), (None, 5, 20, 40)),
        ("ab,bc->ac", 50, (None, 40)),
    ],
)
def test_weights_are_drawn_by_the_axes_that_are_summed_over(equation, output_shape, shape):
    random.set_random_seed(0)
    layer = EinsumDense(equation, output_shape, kernel_initializer="he_normal")
    layer._build_on(shape)
    twin = keras.layers.EinsumDense(equation, output_shape, kernel_initializer="he_normal")
    twin.build(shape)
    deviations = [np.std(one) for one in (layer.kernel, np.asarray(twin.kernel.value))]
    np.testing.assert_allclose(*deviations, rtol=0.1)
    assert layer.get_config()["kernel_initializer"]["config"]["input_axes"] is None


def test_sizes_left_out_come_from_the_input():
    layer = EinsumDense("abc,cd->abd", (None, 4), bias_axes="bd")
    assert layer(X).shape == (4, 5, 4)
    assert layer.bias.shape == (5, 4)


def test_ellipses_take_any_number_of_axes():
    layer = EinsumDense("...c,cd->...d", 4)
    for shape in ((2, 3), (2, 5, 3), (2, 5, 6, 3)):
        assert layer(np.ones(shape)).shape == (*shape[:-1], 4)


@pytest.mark.parametrize(
    "equation", ["ab->ac", "ab,bc", "ab,bc->ad", "a...b,bc->a...c", "...ab...,bc->...ac...", "...b,bc->c", "", 3]
)
def test_other_forms_are_refused(equation):
    with pytest.raises(ValueError, match="`equation` must have the form"):
        EinsumDense(equation, 4)


@pytest.mark.parametrize(
    ("equation", "arguments", "shape", "message"),
    [
        (
            "ab,bc->ac",
            {"output_shape": 4},
            (None, 5, 3),
            r"fit inputs of shape \(None, 5, 3\). Pass inputs with an axis",
        ),
        ("abc,cd->abd", {"output_shape": 4}, (None, 5, 3), r"fit `output_shape` \(4,\). Pass a size for each of b, d"),
        (
            "abc,cd->abd",
            {"output_shape": (6, 4)},
            (None, 5, 3),
            r"fit inputs of shape \(None, 5, 3\). Give 'b' its size 5, or",
        ),
        ("ab,bc->ac", {"output_shape": (None,)}, (None, 3), "fit axis 'c' of unknown size"),
        ("ab,bc->ac", {"output_shape": 4}, (None, None), "fit axis 'b' of unknown size"),
        ("ab,bdc->ac", {"output_shape": 4}, (None, 3), "fit axis 'd' of unknown size"),
        (
            "ab,bc->ac",
            {"output_shape": 4, "bias_axes": "b"},
            (None, 3),
            "fit `bias_axes` 'b'. Pass letters out of 'ac'",
        ),
    ],
)
def test_what_does_not_fit_is_named(equation, arguments, shape, message):
    with pytest.raises(ValueError, match=rf"The equation '{equation}' of layer 'product' does not {message}"):
        EinsumDense(equation, **arguments, name="product")._build_on(shape)
