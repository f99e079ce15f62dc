"""Tensors without values, and shapes by abstract evaluation."""

import operator

import jax.numpy as jnp
import numpy as np
import pytest
from tests.costs import ProgramCount

from hornet.core.symbolic import (
    Node,
    SymbolicTensor,
    abstract_call,
    known_shape,
    operation,
    replace_tensors,
    tensors_in,
)
from hornet.core.variable import Variable


def tensor(*shape, dtype="float32"):
    return SymbolicTensor(shape, dtype, "x")


def inferred(function, *args, **kwargs):
    return known_shape(abstract_call(function, args, kwargs).shape)


CASES = {
    "an unknown batch stays unknown": (lambda x: x + 1, (None, 3), (None, 3)),
    "a known batch stays known": (lambda x: x + 1, (2, 3), (2, 3)),
    "sizes of NumPy's": (lambda x: x, (None, np.int64(3)), (None, 3)),
    "two unknown axes": (lambda x: x.transpose(0, 2, 1), (None, None, 4), (None, 4, None)),
    "an axis that depends on an unknown one": (lambda x: jnp.concatenate([x, x]), (None, 3), (None, 3)),
    "axes that go away": (lambda x: x.sum(axis=1), (None, 3, 4), (None, 4)),
    "axes joined": (lambda x: x.reshape(x.shape[0], -1), (None, 3, 4), (None, 12)),
    "a vector": (lambda x: x[:, 0], (None, 3), (None,)),
    "a scalar": (jnp.sum, (None, 3), ()),
}


@pytest.mark.parametrize("case", CASES)
def test_shapes_follow_a_call(case):
    function, given, expected = CASES[case]
    assert inferred(function, tensor(*given)) == expected


def test_structures_of_results_and_arguments_are_kept():
    specs = abstract_call(
        lambda one, by_name: {"sum": one[0] + by_name["b"], "first": one[0]},
        ([tensor(None, 3)],),
        {"by_name": {"b": tensor(None, 3)}},
    )
    assert {name: known_shape(spec.shape) for name, spec in specs.items()} == {"sum": (None, 3), "first": (None, 3)}


def test_types_follow_a_call():
    assert str(abstract_call(lambda x: x + 1, (tensor(None, 3, dtype="int32"),), {}).dtype) == "int32"
    assert str(abstract_call(lambda x: x / 2, (tensor(None, 3, dtype="bfloat16"),), {}).dtype) == "bfloat16"


def test_nothing_is_computed():
    counted = ProgramCount()
    inferred(lambda x: jnp.sin(x) @ x.T, tensor(5, 3))
    assert counted() == 0


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge"])
@pytest.mark.parametrize("other", [2.0, np.ones(3, "float32"), tensor(None, 3), Variable([1.0, 2.0, 3.0])], ids=repr)
def test_operators_are_recorded_on_either_side(name, other):
    x = tensor(None, 3)
    sides = [(x, other), (other, x)] if name in ("add", "sub", "mul", "pow") else [(x, other)]
    for pair in sides:
        found = getattr(operator, name)(*pair)
        assert (type(found), found.shape) == (SymbolicTensor, (None, 3))
        assert x in found.node.inputs


def test_other_operators_and_indices_are_recorded():
    x = tensor(None, 3)
    assert ((-x).shape, abs(x).shape, x[:, :2].shape, x[:, 0].shape) == ((None, 3), (None, 3), (None, 2), (None,))
    assert (x @ np.ones((3, 4), "float32")).shape == (None, 4)
    assert (x > 0).dtype == "bool"


def test_an_operation_computes_on_arrays_and_is_recorded_on_tensors():
    @operation
    def double(x, factor=2):
        return factor * x

    x = tensor(None, 3)
    found = double(x, factor=3)
    assert (found.shape, found.node.inputs, found.node.kwargs, found.node.outputs) == (
        (None, 3),
        [x],
        {"factor": 3},
        found,
    )
    assert double(np.ones(2)).tolist() == [2.0, 2.0]
    assert double(Variable([1.0])).tolist() == [2.0]


def test_a_node_makes_a_tensor_for_each_result():
    x = tensor(None, 3)
    node = Node(len, (x,), {}, "pair", abstract_call(lambda x: (x, x[:, 0]), (x,), {}))
    assert [(one.shape, one.name, one.node) for one in node.outputs] == [
        ((None, 3), "pair", node),
        ((None,), "pair", node),
    ]


def test_tensors_are_found_and_replaced_in_any_structure():
    x, y = tensor(None, 3), tensor(None, 2)
    tree = {"a": [x, 1.0], "b": (y, x)}
    assert tensors_in(tree) == [x, y, x]
    assert replace_tensors(tree, lambda one: one.shape[1]) == {"a": [3, 1.0], "b": (2, 3)}


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (np.asarray, r"has no values\. Use layers or `hornet\.ops` on it"),
        (bool, r"is neither true nor false\. Use `ops\.where`"),
        (list, r"cannot be iterated over\. Index it"),
        (np.sum, r"NumPy functions do not take <Keras.*\. Use layers or `hornet\.ops`"),
        (np.exp, r"NumPy functions do not take <Keras.*\. Use layers or `hornet\.ops`"),
        (np.mean, r"has no values\. Use layers or `hornet\.ops` on it"),
    ],
)
def test_a_tensor_without_values_says_what_to_do(use, message):
    with pytest.raises(TypeError, match=message) as caught:
        use(tensor(None, 3))
    assert use is bool or isinstance(caught.value, ValueError)


@pytest.mark.parametrize("use", [jnp.asarray, jnp.sum, jnp.exp])
def test_functions_of_jax_say_of_a_tensor_without_values_what_to_do(use):
    with pytest.raises(ValueError, match=r"JAX functions do not take <Keras.*\. Use layers or `hornet\.ops`"):
        use(tensor(None, 3))


def test_operators_of_numpy_s_arrays_are_recorded():
    for made in (np.ones(3) * tensor(None, 3), np.ones((2, 4)) @ tensor(4, 3), np.ones(3) < tensor(None, 3)):
        assert made.node is not None
        assert made.shape[-1] == 3


def test_operators_of_booleans_are_recorded():
    yes = tensor(None, 3, dtype="bool")
    for made in (yes & yes, yes | yes, yes ^ yes, ~yes, True & yes, np.ones(3, bool) | yes):
        assert made.node is not None
        assert (made.shape, made.dtype) == ((None, 3), "bool")
