"""Every constraint against Keras's."""

import jax
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import constraints
from hornet.core.variable import Variable

# One line a member. A member without a line fails the suite.
CASES = {
    "MaxNorm": [{}, {"max_value": 0.5}, {"max_value": 3, "axis": 1}, {"axis": [0, 1]}, {"axis": (0, 1)}],
    "MinMaxNorm": [
        {},
        {"min_value": 1.0, "max_value": 2.0},
        {"min_value": 1.0, "max_value": 2.0, "rate": 0.3, "axis": -1},
    ],
    "NonNeg": [{}],
    "UnitNorm": [{}, {"axis": 1}, {"axis": [0, 1]}],
}
MEMBERS = [(name, arguments) for name, cases in CASES.items() for arguments in cases]
WEIGHTS = {
    "a matrix": np.random.default_rng(0).normal(size=(5, 4)),
    "a kernel of a convolution": np.random.default_rng(1).normal(size=(3, 3, 2, 4)),
    "tiny": np.random.default_rng(2).normal(scale=1e-6, size=(5, 4)),
    "huge": np.random.default_rng(3).normal(scale=1e12, size=(5, 4)),
    "zeros": np.zeros((5, 4)),
}


def test_every_member_has_a_case():
    classes = {getattr(constraints, name) for name in CASES}
    assert {constraints.registry[name] for name in constraints.registry} == classes


def test_no_name_of_keras_is_missing():
    missing = {name for name in dir(keras.constraints) if not name.startswith("_")} - set(dir(constraints))
    assert not missing


@instances(("name", "arguments"), MEMBERS)
def test_values_are_those_of_keras(name, arguments, oracle):
    weights = [w.astype("float32") for w in WEIGHTS.values()]

    def values(module):
        constraint = getattr(module, name)(**arguments)
        return jax.jit(lambda weights: [constraint(w) for w in weights])(weights)

    for ours, theirs in zip(values(constraints), oracle("values", lambda: values(keras.constraints)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize(("name", "arguments"), [case for case in MEMBERS if "rate" not in case[1]])
def test_allowed_weights_are_left_alone(name, arguments):
    constraint = jax.jit(getattr(constraints, name)(**arguments))
    once = constraint(WEIGHTS["a matrix"].astype("float32"))
    np.testing.assert_allclose(constraint(once), once, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_type_and_shape_are_kept(name, arguments, dtype):
    w = jax.ShapeDtypeStruct((3, 2), dtype)
    projected = jax.eval_shape(getattr(constraints, name)(**arguments), w)
    assert (projected.shape, projected.dtype) == (w.shape, w.dtype)


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_round_trip(name, arguments):
    constraint = getattr(constraints, name)(**arguments)
    config = constraint.get_config()
    again = type(constraint).from_config(config)
    assert again.get_config() == config
    assert again._structure() == constraint._structure()
    assert constraints.deserialize(constraints.serialize(constraint)).get_config() == config
    assert keras.constraints.deserialize(constraints.serialize(constraint)).get_config() == config


def test_lists_and_variables_are_taken():
    for w in ([-1.0, 2.0], Variable([-1.0, 2.0])):
        assert constraints.NonNeg()(w).tolist() == [0.0, 2.0]


def test_a_misspelt_attribute():
    with pytest.raises(AttributeError, match=r"has no attribute 'MaxNrom'\. Did you mean 'MaxNorm'\?"):
        constraints.MaxNrom


def test_get():
    def own(w):
        return w

    assert constraints.get(None) is None
    assert constraints.get(own) is own
    assert isinstance(constraints.get("max_norm"), constraints.MaxNorm)
    assert isinstance(constraints.get(constraints.UnitNorm), constraints.UnitNorm)
    with pytest.raises(ValueError, match=r"no constraint named 'maxnorm'\. Did you mean 'max_norm'\?"):
        constraints.get("maxnorm")


def test_a_subclass_with_only_a_call():
    class Halved(constraints.Constraint):
        def __call__(self, w):
            return w / 2

    assert Halved.from_config(Halved().get_config())(4.0) == 2.0
    assert constraints.Constraint()(4.0) == 4.0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: constraints.MaxNorm(-1), ValueError, "`max_value` must be a finite number at least 0, not -1"),
        (lambda: constraints.MaxNorm("2"), TypeError, "`max_value` must be a number, not '2'"),
        (lambda: constraints.MinMaxNorm(rate=2), ValueError, "`rate` must be a finite number at least 0 and at most 1"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), ValueError, "`max_value` must be a finite number at least 2"),
        (lambda: constraints.UnitNorm("rows"), TypeError, "`axis` must be an integer"),
        (lambda: constraints.NormConstraint()(WEIGHTS["zeros"]), NotImplementedError, "no `allowed`"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()
