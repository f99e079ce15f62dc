"""Every initializer against Keras's: the same values, or draws of the same distribution."""

import json

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import initializers
from hornet.core.config import structure_of
from hornet.core.random import set_random_seed

# One line a member: arguments, and shapes that tell inputs from outputs. A member without a line fails the suite.
FIXED = {
    "Constant": [{}, {"value": 2.5}, {"value": [1.0, 2.0, 3.0]}],
    "Identity": [{}, {"gain": 0.3}],
    "Ones": [{}],
    "STFT": [
        {},
        {"side": "imag", "window": "hamming", "scaling": "spectrum"},
        {"window": None},
        {"window": [1.0, 2.0, 3.0, 2.0], "scaling": None},
        {"periodic": True},
    ],
    "Zeros": [{}],
}
DENSE, CONVOLUTION, BIAS = (300, 700), (5, 5, 64, 128), (100_000,)
DRAWN = {
    "GlorotNormal": [({}, DENSE), ({}, CONVOLUTION), ({}, BIAS)],
    "GlorotUniform": [({}, DENSE), ({}, CONVOLUTION), ({}, BIAS)],
    "HeNormal": [({}, DENSE), ({}, CONVOLUTION)],
    "HeUniform": [({}, DENSE), ({}, CONVOLUTION)],
    "LecunNormal": [({}, DENSE), ({}, CONVOLUTION)],
    "LecunUniform": [({}, DENSE), ({}, CONVOLUTION)],
    "Orthogonal": [({}, (200, 300)), ({"gain": 2.0}, (300, 200)), ({}, (5, 5, 8, 300))],
    "RandomNormal": [({}, DENSE), ({"mean": 1.0, "stddev": 2.0}, BIAS)],
    "RandomUniform": [({}, DENSE), ({"minval": 1.0, "maxval": 4.0}, BIAS)],
    "TruncatedNormal": [({}, DENSE), ({"mean": 1.0, "stddev": 2.0}, BIAS)],
    "VarianceScaling": [
        ({}, DENSE),
        ({"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"}, DENSE),
        ({"scale": 3.0, "mode": "fan_avg", "distribution": "uniform"}, CONVOLUTION),
        ({"distribution": "normal"}, DENSE),
        ({"input_axes": [0], "output_axes": [1, 2]}, (100, 30, 70)),
        ({"input_axes": [0]}, DENSE),
    ],
}
FIXED_CASES = [(name, arguments) for name, cases in FIXED.items() for arguments in cases]
DRAWN_CASES = [(name, *case) for name, cases in DRAWN.items() for case in cases]
MEMBERS = FIXED_CASES + [(name, arguments) for name, arguments, _ in DRAWN_CASES]


def shape_of(name):
    return {"STFT": (4, 1, 3), "VarianceScaling": (4, 2, 3)}.get(name, (4, 3))


def test_every_member_has_a_case():
    classes = {getattr(initializers, name) for name in FIXED | DRAWN}
    assert {initializers.registry[name] for name in initializers.registry} == classes


def test_no_name_of_keras_is_missing():
    missing = {name for name in dir(keras.initializers) if not name.startswith("_")} - set(dir(initializers))
    assert not missing


def test_every_name_that_keras_takes_is_taken():
    names = keras.src.initializers.ALL_OBJECTS_DICT.items()
    theirs = {name: member.__name__ for name, member in names if member is not keras.initializers.Initializer}
    assert {name: initializers.registry[name].__name__ for name in theirs} == theirs


@instances(("name", "arguments"), FIXED_CASES)
def test_values_are_those_of_keras(name, arguments, oracle):
    ours = getattr(initializers, name)(**arguments)(shape_of(name))
    [theirs] = oracle("values", lambda: getattr(keras.initializers, name)(**arguments)(shape_of(name)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@instances(("name", "arguments", "shape"), DRAWN_CASES)
def test_draws_are_distributed_as_those_of_keras(name, arguments, shape, oracle):
    def figures(module):
        drawn = np.asarray(getattr(module, name)(seed=1, **arguments)(shape))
        assert drawn.shape == shape
        chances = [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]
        return [float(one) for one in (drawn.std(), drawn.mean(), drawn.max(), drawn.min())], np.quantile(
            drawn, chances
        )

    (spread, mean, high, low), quantiles = figures(initializers)
    *expected, expected_quantiles = oracle("figures", lambda: figures(keras.initializers))
    their_spread, their_mean, their_high, their_low = map(float, expected)
    assert spread == pytest.approx(their_spread, rel=0.015)
    assert mean == pytest.approx(their_mean, abs=0.015 * their_spread)
    np.testing.assert_allclose(quantiles, expected_quantiles, atol=0.04 * their_spread)
    if "Uniform" in name or "Truncated" in name or name in ("GlorotNormal", "HeNormal", "LecunNormal"):
        assert high == pytest.approx(their_high, abs=0.01 * their_spread)
        assert low == pytest.approx(their_low, abs=0.01 * their_spread)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (2, 3, 4)])
def test_orthogonal_matrices_are_orthogonal(shape):
    matrix = initializers.Orthogonal(gain=2.0)(shape, dtype="float64").reshape(-1, shape[-1])
    matrix = matrix if len(matrix) <= shape[-1] else matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-12)


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
@pytest.mark.parametrize("dtype", [None, "float16", "bfloat16", "float64", jnp.float32])
def test_arrays_of_the_host_in_the_type_asked_for(name, arguments, dtype):
    array = getattr(initializers, name)(**arguments)(list(shape_of(name)), dtype=dtype)
    assert type(array) is np.ndarray
    assert array.dtype == jnp.dtype(dtype or "float32")


@pytest.mark.parametrize("shape", [(), (0,), (0, 3)])
@pytest.mark.parametrize("name", sorted((FIXED | DRAWN).keys() - {"Identity", "Orthogonal", "STFT"}))
def test_numbers_and_empty_arrays(name, shape):
    assert getattr(initializers, name)()(shape).shape == shape


@pytest.mark.parametrize("name", DRAWN)
def test_seeds(name):
    cls = getattr(initializers, name)
    seeded, free = cls(seed=3), cls()
    assert np.array_equal(seeded((4, 3)), seeded((4, 3)))
    assert np.array_equal(seeded((4, 3)), cls(seed=3)((4, 3)))
    assert not np.array_equal(seeded((4, 3)), cls(seed=4)((4, 3)))
    set_random_seed(0)
    first, second = free((4, 3)), free((4, 3))
    assert not np.array_equal(first, second)
    set_random_seed(0)
    assert np.array_equal(first, free((4, 3)))
    assert np.array_equal(second, free((4, 3)))


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_round_trip(name, arguments):
    initializer = getattr(initializers, name)(**arguments)
    config = initializer.get_config()
    assert json.loads(json.dumps(config)) == config
    assert initializer.clone().get_config() == config
    assert initializers.deserialize(initializers.serialize(initializer)).get_config() == config
    theirs = keras.initializers.deserialize(initializers.serialize(initializer)).get_config()
    assert theirs == (config if name != "Identity" else {})  # Keras's own forgets its `gain`


@pytest.mark.parametrize(("name", "arguments"), MEMBERS)
def test_how_a_weight_starts_is_no_part_of_a_program(name, arguments):
    assert structure_of(getattr(initializers, name)(**arguments)) == structure_of(initializers.Zeros())


def test_a_misspelt_attribute():
    with pytest.raises(AttributeError, match=r"has no attribute 'HeNormol'\. Did you mean 'HeNormal'\?"):
        initializers.HeNormol


def test_get():
    assert initializers.get(None) is None
    assert isinstance(initializers.get("glorot_uniform"), initializers.GlorotUniform)
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)
    with pytest.raises(ValueError, match=r"no initializer named 'he_normol'\. Did you mean 'he_normal'\?"):
        initializers.get("he_normol")


def test_a_function_with_dtype_is_taken_as_it_is():
    def own(shape, dtype=None):
        return np.ones(shape, dtype)

    def any_keywords(shape, **kwargs):
        return np.ones(shape, **kwargs)

    assert initializers.get(own) is own
    assert initializers.get(any_keywords) is any_keywords
    assert initializers.get(np.ones)((2,), dtype="float32").tolist() == [1.0, 1.0]


def test_a_function_of_the_shape_alone_gets_a_dtype():
    def own(shape):
        return np.ones(shape)

    adapted = initializers.get(own)
    assert adapted((2, 3), dtype="bfloat16").dtype == jnp.bfloat16
    assert initializers.serialize(adapted)["config"] == "own"
    assert initializers.get(own) is adapted


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), jnp.arange(6.0).reshape(2, 3)])
def test_an_array_is_its_own_values(array):
    values = initializers.get(array)((2, 3))
    assert values.tolist() == array.tolist()
    assert not np.shares_memory(values, array)


def test_subclasses():
    class Called(initializers.Initializer):
        def __init__(self, value):
            self.value = value

        def __call__(self, shape, dtype=None):
            return jnp.full(shape, self.value, dtype)

    class Valued(initializers.Initializer):
        def values(self, shape):
            return np.full(shape, 2)

    for own in (Called(2.0), Valued()):
        assert initializers.get(own) is own
        assert own.clone()((2,), dtype="float32").tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: initializers.HeNormal(seed=-1), ValueError, "`seed` must be an integer of at least 0, not -1"),
        (lambda: initializers.HeNormal(seed="a"), TypeError, "`seed` must be an integer"),
        (lambda: initializers.RandomNormal(stddev=-1.0), ValueError, "`stddev` must be a finite number at least 0"),
        (lambda: initializers.RandomUniform(1.0, 0.0), ValueError, "`maxval` must be a finite number at least 1"),
        (lambda: initializers.VarianceScaling(0.0), ValueError, "`scale` must be a finite number above 0"),
        (lambda: initializers.VarianceScaling(mode="fan-in"), ValueError, r"Did you mean 'fan_in'\?"),
        (lambda: initializers.VarianceScaling(distribution="unifrom"), ValueError, r"Did you mean 'uniform'\?"),
        (lambda: initializers.Orthogonal()((3,)), ValueError, r"not arrays of shape \(3,\)"),
        (lambda: initializers.Identity()((3, 3, 3)), ValueError, r"not arrays of shape \(3, 3, 3\)"),
        (lambda: initializers.Constant([1.0, 2.0])((3,)), ValueError, r"values of shape \(2,\), .* has shape \(3,\)"),
        (lambda: initializers.STFT(side="left"), ValueError, "`side` must be one of 'real', 'imag', not 'left'"),
        (lambda: initializers.STFT(window="hand"), ValueError, "window"),
        (lambda: initializers.STFT(window=[1.0])((4, 1, 3)), ValueError, "frames have 4 samples"),
        (lambda: initializers.Initializer()((2,)), NotImplementedError, "`Initializer` has no `values`"),
    ],
)
def test_bad_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_seed_generator_draws_anew_and_its_seed_repeats_it():
    first, second = (initializers.RandomNormal(seed=hornet.random.SeedGenerator(1)) for _ in range(2))
    one, two = first((3, 2)), first((3, 2))
    assert (one != two).all()
    np.testing.assert_array_equal(one, second((3, 2)))
    described = json.loads(json.dumps(initializers.serialize(first)))
    assert described["config"]["seed"]["class_name"] == "SeedGenerator"
    np.testing.assert_array_equal(initializers.deserialize(described)((3, 2)), one)
    layer = hornet.layers.Dense(2, kernel_initializer=first)
    layer.build((None, 3))
    assert len(layer.get_weights()) == 2
