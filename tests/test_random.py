"""Random arrays: Keras's numbers for one seed, and new ones where there is none."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import Layer, Sequential, layers, random
from hornet.core.variable import Variable
from hornet.utils import set_random_seed

X = np.arange(1.0, 13.0, dtype="float32").reshape(4, 3)
LOGITS = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]], "float32")

# Arguments before the seed. A function without a line fails the suite.
CASES = {
    "normal": [((3, 2),), ((4,), 5.0, 0.5, "float16"), ((2, 2), X[:2, :2])],
    "truncated_normal": [((3, 2),), ((4,), 5.0, 0.5)],
    "uniform": [((3, 2),), ((4,), -1.0, 1.0, "bfloat16"), ([2, 2],)],
    "randint": [((30,), 0, 5), ((3,), -2, 2, "int8")],
    "gamma": [((3, 2), 2.0), ((3,), X[0])],
    "beta": [((3, 2), 2.0, 3.0), ((3,), X[0], [1.0, 2.0, 3.0])],
    "binomial": [((3, 2), 5.0, 0.3), ((3,), [2.0, 5.0, 9.0], [0.1, 0.5, 0.9])],
    "categorical": [(LOGITS, 7), (LOGITS, 2, "float32")],
    "dropout": [(X, 0.5), (X, 0.5, (4, 1)), (X, 0.3, (None, 1)), (X, 0.0), (X, 1.0)],
    "shuffle": [(X[:, 0],)],
}
RUNS = instances(
    ("name", "args"),
    [
        pytest.param(name, args, id=f"{name}-{number}")
        for name, runs in CASES.items()
        for number, args in enumerate(runs)
    ],
)


def test_every_function_has_a_case():
    assert set(CASES) == set(random.__all__) - {"SeedGenerator"}


@RUNS
@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_one_seed_gives_the_numbers_of_keras(name, args, seed, oracle):
    def draw(module):
        drawn = getattr(module, name)(*args, seed=seed)
        wide = jnp.asarray(drawn, "float32") if drawn.dtype == "bfloat16" else drawn  # which no file can hold
        return [str(drawn.dtype), wide]

    dtype, values = draw(random)
    their_dtype, their_values = oracle("draw", lambda: draw(keras.random))
    assert (values.shape, dtype) == (their_values.shape, their_dtype)
    np.testing.assert_allclose(values, their_values, rtol=1e-6)


@RUNS
def test_a_call_inside_a_program_draws_the_same(name, args):
    call = jax.jit(lambda: getattr(random, name)(*args, seed=3))
    np.testing.assert_allclose(call(), getattr(random, name)(*args, seed=3), rtol=1e-5)


@RUNS
def test_a_key_of_jax_is_a_seed(name, args):
    key = jax.random.key(5)
    for seed in (key, jax.random.key_data(key)):
        np.testing.assert_array_equal(getattr(random, name)(*args, seed=seed), getattr(random, name)(*args, seed=key))


@pytest.mark.parametrize("ordered", [True, False])
def test_a_generator_counts_as_keras_s_does(ordered):
    ours, theirs = random.SeedGenerator(9), keras.random.SeedGenerator(9)
    for _ in range(4):
        np.testing.assert_array_equal(ours.next(ordered), theirs.next(ordered))
    np.testing.assert_array_equal(random.normal((3,), seed=ours), keras.random.normal((3,), seed=theirs))


def test_a_generator_is_rebuilt_from_its_config():
    generator = random.SeedGenerator(9, name="mine")
    assert generator.get_config() == keras.random.SeedGenerator(9, name="mine").get_config()
    again = random.SeedGenerator.from_config(generator.get_config())
    np.testing.assert_array_equal(again.next(), generator.next())


def test_without_a_seed_the_process_s_one_decides():
    def draws():
        set_random_seed(1)
        return [np.asarray(random.normal((3,))) for _ in range(2)] + [np.asarray(random.SeedGenerator().next())]

    first, again = draws(), draws()
    assert not np.array_equal(first[0], first[1])
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


class Noise(Layer):
    """Adds noise, in inference too."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def call(self, inputs):
        return inputs + random.normal(inputs.shape, seed=self.seed)


def test_a_layer_draws_anew_in_each_call():
    layer = Noise()
    assert not np.array_equal(layer(X), layer(X))
    assert layer.compute_output_shape((None, 3)) == (None, 3)


@pytest.mark.filterwarnings("ignore:.*has no weights to train")
def test_a_layer_draws_anew_in_each_step_and_a_run_can_be_repeated():
    def losses():
        set_random_seed(2)
        model = Sequential([Noise(input_shape=(3,)), layers.Dense(1, kernel_initializer="ones", trainable=False)])
        model.compile(loss="mse", optimizer="sgd")
        return model.fit(X, X[:, :1], epochs=3, batch_size=4, verbose=0).history["loss"]

    first = losses()
    assert len(set(first)) == 3
    assert losses() == first


@pytest.mark.parametrize(
    "call", [lambda model: model.predict(X, verbose=0), lambda model: model.evaluate(X, X, verbose=0)]
)
def test_programs_without_training_draw_where_a_layer_does(call):
    model = Sequential([Noise(input_shape=(3,))])
    model.compile(loss="mse")
    assert not np.array_equal(call(model), call(model))


def test_a_generator_in_a_layer_is_state_of_its_model():
    generator = random.SeedGenerator(4)
    model = Sequential([Noise(generator, input_shape=(3,)), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, X[:, :1], epochs=3, batch_size=2, verbose=0)
    assert generator.state.numpy().tolist() == [4, 6]


def test_shuffle_keeps_rows_whole():
    found = np.asarray(random.shuffle(X, seed=1))
    assert sorted(map(tuple, found)) == sorted(map(tuple, X))
    columns = np.asarray(random.shuffle(X, axis=1, seed=1))
    assert sorted(map(tuple, columns.T)) == sorted(map(tuple, X.T))


def test_parameters_may_be_variables():
    mean = Variable([100.0, -100.0])
    np.testing.assert_allclose(random.normal((2,), mean, seed=0), [100.0, -100.0], atol=5)
    assert random.dropout(Variable(X), 0.5, seed=0).shape == X.shape
    assert random.uniform((2,), mean, mean, seed=0).tolist() == [100.0, -100.0]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: random.normal((2,), seed=-1), ValueError, "`seed` must be an integer of at least 0, not -1"),
        (lambda: random.normal((2,), seed="a"), TypeError, "`seed` must be an integer of at least 0, not 'a'"),
        (lambda: random.SeedGenerator(1.5), TypeError, "`seed` must be an integer of at least 0, not 1.5"),
        (
            lambda: random.categorical(X[0], 2),
            ValueError,
            r"`logits` must be a matrix, not of shape \(3,\)\. Pass a row",
        ),
        (lambda: random.randint((2,), 0, 9, "float32"), ValueError, "`dtype` of `randint` must be an integer type"),
        (lambda: random.dropout(X, 1.5, seed=0), ValueError, "`rate` must be a finite number at least 0 and at most 1"),
        (
            lambda: jax.jit(lambda: random.normal((2,)))(),
            ValueError,
            "would draw the same numbers. Pass a key as `seed`",
        ),
        (lambda: random.gauss((2,)), AttributeError, "has no attribute 'gauss'"),
    ],
)
def test_errors_say_what_is_wrong_and_what_to_do(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_half_of_all_values_drop_out():
    kept = np.asarray(random.dropout(jnp.ones(10_000), 0.5, seed=0))
    assert set(kept.tolist()) == {0.0, 2.0}
    assert abs(kept.mean() - 1) < 0.05


def test_a_seed_generator_is_described_as_in_keras():
    ours, theirs = (
        package.saving.serialize_keras_object(package.random.SeedGenerator(7, name="seeds"))
        for package in (hornet, keras)
    )
    assert ours == theirs
    assert hornet.saving.deserialize_keras_object(theirs).get_config() == {"seed": 7, "name": "seeds"}
