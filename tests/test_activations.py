"""Every activation against Keras's, in value and in slope."""

from functools import cached_property, partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

from hornet import activations
from hornet.core.variable import Variable

# One line a member: the arguments that its parity is tried with. A member without a line fails the suite.
ELEMENTWISE = {
    "celu": [{}, {"alpha": 0.3}],
    "elu": [{}, {"alpha": 2.5}],
    "exponential": [{}],
    "gelu": [{}, {"approximate": True}],
    "hard_shrink": [{}, {"threshold": 2.0}],
    "hard_sigmoid": [{}],
    "hard_silu": [{}],
    "hard_tanh": [{}],
    "leaky_relu": [{}, {"negative_slope": 0.01}, {"negative_slope": 3.0}],
    "linear": [{}],
    "log_sigmoid": [{}],
    "mish": [{}],
    "relu": [
        {},
        {"max_value": 6},
        {"max_value": 2.5},
        {"threshold": 1.7},
        {"threshold": -1.7},
        {"threshold": 1.7, "max_value": 3.0},
        {"threshold": -1.7, "max_value": 3.0},
        {"negative_slope": 0.3, "max_value": 3.0},
        {"negative_slope": 0.3, "threshold": 1.7},
        {"negative_slope": 0.3, "max_value": 3.0, "threshold": 1.7},
        {"negative_slope": 0.3, "max_value": 3.0, "threshold": -1.7},
    ],
    "relu6": [{}],
    "selu": [{}],
    "sigmoid": [{}],
    "silu": [{}],
    "soft_shrink": [{}, {"threshold": 2.0}],
    "softplus": [{}],
    "softsign": [{}],
    "sparse_plus": [{}],
    "sparse_sigmoid": [{}],
    "squareplus": [{}, {"b": 0.5}],
    "tanh": [{}],
    "tanh_shrink": [{}],
    "threshold": [{"threshold": 0.7, "default_value": -3.0}],
}
ALONG_AXIS = {
    name: [{}, {"axis": 0}, {"axis": 1}, {"axis": -2}] for name in ("glu", "log_softmax", "softmax", "sparsemax")
}
CASES = [(name, arguments) for name, cases in (ELEMENTWISE | ALONG_AXIS).items() for arguments in cases]

GRID = np.concatenate([np.linspace(-9.1, 9.2, 250), [-30, 30, -88, 88, -1e4, 1e4]]).astype("float32")  # off all kinks


def inputs_of(name):
    if name in ALONG_AXIS:
        generator = np.random.default_rng(0)
        return np.concatenate([generator.normal(0, 2, (4, 6, 8)), generator.normal(0, 100, (4, 6, 8))]).astype(
            "float32"
        )
    return GRID


SIZES = np.array([1.0, 1e2, 1e6, 1e18, 1e30], "float32")
EXTREMES = np.stack([np.concatenate([SIZES, -SIZES]), np.concatenate([-SIZES, SIZES])])
NANS = np.full((2, 2), np.nan, "float32")


def value_and_slope(function, x):
    """Return values and the gradient of a weighted sum, so that outputs which always sum to 1 have one too."""
    weights = np.random.default_rng(1).normal(size=jax.eval_shape(function, x).shape).astype("float32")
    return function(x), jax.grad(lambda x: jnp.sum(weights * function(x)))(x)


class Instance:
    """An activation, and a program of all that is asked of it."""

    def __init__(self, name, arguments):
        self.name, self.arguments, self.x = name, arguments, inputs_of(name)

    @cached_property
    def ours(self):
        function = partial(activations.get(self.name), **self.arguments)

        @jax.jit
        def program(x, extremes, nans):
            return value_and_slope(function, x), value_and_slope(function, extremes), function(nans)

        return program(self.x, EXTREMES, NANS)

    @cached_property
    def theirs(self):
        function = partial(getattr(keras.activations, self.name), **self.arguments)
        return jax.jit(partial(value_and_slope, function))(self.x)


@pytest.fixture(scope="module")
def instance(request):
    return Instance(*request.param)


def instances_of(cases):
    table = [pytest.param(case, id=f"{case[0]}-{case[1]}") for case in cases]
    return instances("instance", table, class_of=lambda values: values[0][0], indirect=True)


def test_every_member_has_a_case():
    assert {activations.get(name).__name__ for name in activations.registry} == set(ELEMENTWISE | ALONG_AXIS)


def test_no_name_of_keras_is_missing():
    missing = {name for name in dir(keras.activations) if not name.startswith("_")} - set(dir(activations))
    assert not missing


@instances_of([case for case in CASES if case[0] != "sparsemax"])
def test_values_and_slopes_are_those_of_keras(instance, oracle):
    (values, slopes), *_ = instance.ours
    expected, expected_slopes = oracle("both", lambda: instance.theirs)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)
    counted = np.isfinite(expected) if instance.name in ELEMENTWISE else np.ones(slopes.shape, bool)
    np.testing.assert_allclose(slopes[counted], expected_slopes[counted], rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", sorted(ELEMENTWISE.keys() - {"threshold", "relu6"}))  # Keras's relu6 has slope 1/2
def test_slope_at_zero_is_that_of_keras(name, oracle):
    slope = jax.jit(jax.grad(activations.get(name)))(0.0)
    assert slope == oracle("slope", lambda: jax.jit(jax.grad(getattr(keras.activations, name)))(0.0))[0]


@instances_of(CASES)
def test_slopes_of_extreme_inputs_are_numbers(instance):
    _, (values, slopes), _ = instance.ours
    assert not np.isnan(values).any()
    if instance.name != "exponential":
        assert np.isfinite(slopes).all()


@instances_of(CASES)
def test_what_is_not_a_number_stays_so(instance):
    assert np.isnan(instance.ours[-1]).all()


@pytest.mark.parametrize(("name", "arguments"), CASES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_the_type_of_the_input_is_kept(name, arguments, dtype):
    x = jax.ShapeDtypeStruct((2, 2), dtype)
    assert jax.eval_shape(partial(activations.get(name), **arguments), x).dtype == dtype


def test_relu_is_one_maximum_and_its_slope_one_choice_by_the_result():
    def program(function):
        return jax.jit(function).lower(np.ones(4, "float32")).as_text()

    forwards, backwards = program(activations.relu), program(jax.grad(lambda x: jnp.sum(activations.relu(x))))
    assert forwards.count("stablehlo.maximum") == 1
    assert "stablehlo.select" not in forwards
    assert backwards.count("stablehlo.select") == 1
    assert jax.grad(jax.grad(activations.relu))(2.0) == 0.0
    x = np.array([-1.0, 0.0, np.nan, np.inf, 1.0], "float32")
    slopes = jax.jvp(activations.relu, (x,), (np.ones_like(x),))[1]
    assert slopes.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
def test_probabilities_sum_to_one(name, axis):
    probabilities = activations.get(name)(inputs_of(name), axis=axis)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis), 1, rtol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    """Keras 3.15 sums the partial sums themselves, so that its results do not sum to 1 where more than one is left."""
    x = inputs_of("sparsemax").astype("float64")
    low, high = x.min(axis, keepdims=True) - 1, x.max(axis, keepdims=True)
    for _ in range(100):
        tau = (low + high) / 2
        too_low = np.maximum(x - tau, 0).sum(axis, keepdims=True) > 1
        low, high = np.where(too_low, tau, low), np.where(too_low, high, tau)
    np.testing.assert_allclose(activations.sparsemax(x.astype("float32"), axis), np.maximum(x - low, 0), atol=2e-5)


def test_the_slope_of_sparsemax_is_centred_on_the_support():
    slopes = jax.grad(lambda x: activations.sparsemax(x)[0])(jnp.array([1.0, 0.5, -1.0]))
    assert slopes.tolist() == [0.5, -0.5, 0.0]


def test_the_slope_of_sparsemax_needs_no_sort_and_no_scatter():
    jaxpr = str(jax.make_jaxpr(jax.grad(lambda x: activations.sparsemax(x)[0]))(jnp.ones(3)))
    assert jaxpr.count("sort[") == 1
    assert "scatter" not in jaxpr


def test_lists_and_variables_are_taken():
    assert activations.relu([-1.0, 2.0]).tolist() == [0.0, 2.0]
    assert activations.relu(Variable([-1.0, 2.0])).tolist() == [0.0, 2.0]
    assert activations.relu(x=np.array([3, -3])).tolist() == [3, 0]


def test_glu_refuses_an_odd_axis():
    with pytest.raises(ValueError, match=r"cannot halve axis -1 of an input of shape \(3,\)"):
        activations.glu([1.0, 2.0, 3.0])


def test_a_misspelt_attribute():
    with pytest.raises(AttributeError, match=r"has no attribute 'softmx'\. Did you mean 'softmax'\?"):
        activations.softmx


def test_get():
    def own(x):
        return x

    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.get(own) is own
    with pytest.raises(ValueError, match=r"no activation named 'rellu'\. Did you mean 'relu'\?"):
        activations.get("rellu")
    with pytest.raises(TypeError, match="3 is not a valid activation"):
        activations.get(3)


@pytest.mark.parametrize("name", list(activations.registry))
def test_round_trip(name):
    function = activations.get(name)
    assert activations.deserialize(activations.serialize(function)) is function
    assert keras.activations.get(activations.serialize(function)).__name__ == function.__name__
