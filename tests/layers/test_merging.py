"""Merges: their functions, structures of inputs, and shapes that do not fit."""

import jax
import keras
import numpy as np
import pytest

from hornet import layers
from hornet.core.module import pure
from hornet.core.symbolic import SymbolicTensor

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 4, 3)).astype("float32")
MERGES = ["Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"]


def arguments_of(name):
    return {"axes": 1} if name == "Dot" else {}


@pytest.mark.parametrize("name", MERGES)
def test_a_function_does_what_its_layer_does(name):
    function = getattr(layers, name.lower())
    expected = getattr(layers, name)(**arguments_of(name))([X, Y])
    np.testing.assert_array_equal(function([X, Y]), expected)
    named = function([SymbolicTensor((None, 3), "float32", name) for name in "xy"], name="here")
    assert (named.name, named.shape) == ("here", (None, *expected.shape[1:]))
    np.testing.assert_allclose(function([X, Y]), getattr(keras.layers, name.lower())([X, Y]), rtol=1e-5)


@pytest.mark.parametrize("name", MERGES)
def test_lists_and_tuples_go_through_in_and_outside_programs(name):
    layer = getattr(layers, name)(**arguments_of(name))
    expected = layer([X, Y])
    np.testing.assert_array_equal(layer((X, Y)), expected)
    np.testing.assert_allclose(jax.jit(pure({}, layer))({}, [X, Y])[0], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"])
def test_one_input_is_enough(name):
    np.testing.assert_array_equal(getattr(layers, name)()([X]), X)


def test_integers_and_floats_meet_in_floats():
    whole = np.array([[1, 2, 3]])
    assert layers.add([whole, X[:1]]).dtype == "float32"
    assert layers.average([whole, whole + 1]).tolist() == [[1.5, 2.5, 3.5]]
    assert layers.add([whole, whole]).dtype == "int32"
    product = layers.dot([whole, X[:1]], axes=1)
    np.testing.assert_allclose(product, (whole * X[:1]).sum(axis=1, keepdims=True), rtol=1e-6)


def test_cosines_of_zeros_are_zero_with_a_finite_gradient():
    call = pure({}, layers.Dot(axes=1, normalize=True))
    zeros = np.zeros((1, 3), "float32")
    value, gradient = jax.value_and_grad(lambda x: call({}, [x, Y[:1]])[0].sum())(zeros)
    assert value == 0.0
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("name", "shapes", "advice"),
    [
        ("Add", [(4, 3), (4, 2)], "an axis of size 1 fits any size"),
        ("Multiply", [(4, 3), (4, 2, 2)], "an axis of size 1 fits any size"),
        ("Maximum", [(4, 3), (5, 3)], "an axis of size 1 fits any size"),
        ("Concatenate", [(4, 3), (5, 3)], "on all axes but the one"),
        ("Concatenate", [(4, 3), (4, 3, 1)], "on all axes but the one"),
        ("Dot", [(4, 3), (4, 2)], "one size on the `axes`"),
        ("Dot", [(4, 3), (5, 3)], "one size on the `axes`"),
        ("Dot", [(4,), (4,)], "one size on the `axes`"),
    ],
)
def test_shapes_that_do_not_fit_are_named(name, shapes, advice):
    layer = getattr(layers, name)(**arguments_of(name), name="merge")
    with pytest.raises(ValueError, match=r"^Layer 'merge' cannot merge arrays of shapes \(4,.* and \(.*\). ") as error:
        layer([np.zeros(one) for one in shapes])
    assert advice in str(error.value)
    if shapes[0][0] == shapes[1][0]:  # batches of unknown size may be equal
        with pytest.raises(ValueError, match=r"^Layer 'merge' cannot merge arrays of shapes \(None,"):
            layer([SymbolicTensor((None, *one[1:]), "float32", "x") for one in shapes])


@pytest.mark.parametrize("name", MERGES)
def test_what_is_no_list_of_inputs_is_refused(name):
    layer = getattr(layers, name)(**arguments_of(name), name="merge")
    with pytest.raises(ValueError, match=r"^Layer 'merge' merges a list of arrays, not one of shape \(4, 3\). Pass"):
        layer(X)


@pytest.mark.parametrize("name", ["Dot", "Subtract"])
@pytest.mark.parametrize("count", [1, 3])
def test_other_numbers_of_inputs_are_refused(name, count):
    layer = getattr(layers, name)(**arguments_of(name), name="merge")
    with pytest.raises(ValueError, match=f"^Layer 'merge' merges exactly 2 arrays, not {count}. Pass them"):
        layer([X] * count)


@pytest.mark.parametrize("axes", [0, (1, 0), (1, 2, 3), "last", (1.5, 1)])
def test_axes_of_a_product_are_checked(axes):
    with pytest.raises(ValueError, match="`axes` must be an axis or a pair of them, none of them 0, not"):
        layers.Dot(axes=axes)


def test_an_axis_that_an_input_lacks_is_refused():
    with pytest.raises(ValueError, match=r"got axis 2 of arrays with 2 axes\. Pass one from -2 to 1\."):
        layers.Concatenate(axis=2)([X, Y])
    with pytest.raises(ValueError, match="cannot merge arrays of shapes"):
        layers.Dot(axes=-2)([X, Y])


@pytest.mark.parametrize("name", ["Add", "Multiply", "Concatenate"])
@pytest.mark.parametrize("masks", [lambda mask: mask, lambda mask: [mask], lambda mask: [mask] * 3])
def test_there_is_a_mask_for_each_input(name, masks):
    x, mask = np.ones((2, 3, 4), "float32"), np.ones((2, 3), bool)
    for module in (layers, keras.layers):
        with pytest.raises(ValueError, match=r"masks?`? "):
            getattr(module, name)().compute_mask([x, x], masks(mask))
    with pytest.raises(ValueError, match="`inputs` must be a list"):
        getattr(layers, name)().compute_mask(x, [mask])
    assert getattr(layers, name)().compute_mask([x, x], None) is None
