"""`stateless_call`: a layer or a model as a pure function of its variables' values."""

import re
from functools import cache

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.random import seeded

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def branching(library):
    """Two outputs, statistics, a frozen layer, and every kind of penalty."""
    own = library.layers
    inputs = library.Input((3,))
    hidden = own.Dense(4, activation="tanh", kernel_regularizer="l2", activity_regularizer="l1")(inputs)
    hidden = own.BatchNormalization()(own.ActivityRegularization(l2=0.1)(hidden))
    frozen = own.Dense(1, name="frozen", trainable=False, kernel_regularizer="l2")(hidden)
    return library.Model(inputs, [own.Dense(2, name="main", bias_regularizer="l1")(hidden), frozen])


def stack(library):
    own = library.layers
    return library.Sequential([library.Input((3,)), own.Dense(4, "relu"), own.BatchNormalization(), own.Dense(1)])


def a_class(library):
    class Penalised(library.Model):
        def __init__(self):
            super().__init__()
            self.hidden = library.layers.Dense(4, kernel_regularizer="l1")
            self.statistics = library.layers.BatchNormalization(momentum=0.5)
            self.out = library.layers.Dense(1)

        def call(self, inputs, training=False):
            hidden = self.hidden(inputs)
            self.add_loss(0.5 * library.ops.mean(library.ops.square(hidden)))
            return {"prediction": self.out(self.statistics(hidden, training=training)), "hidden": hidden}

    model = Penalised()
    model(X)
    return model


def a_layer(library):
    layer = library.layers.BatchNormalization()
    layer.build((None, 3))
    return layer


BUILDERS = {"graph": branching, "stack": stack, "class": a_class, "layer": a_layer}


@cache
def start(case):
    with seeded(1):
        return BUILDERS[case](hornet).get_weights()


def made(library, case):
    """Return a model or a layer of a library, with weights that are the same for all."""
    model = BUILDERS[case](library)
    model.set_weights(start(case))
    return model


def values_of(model):
    return [one.value for one in model.trainable_variables], [one.value for one in model.non_trainable_variables]


def program_of(model, **options):
    """Return `(weights, others) -> ...` as one program."""
    return jax.jit(lambda weights, others: model.stateless_call(weights, others, X, return_losses=True, **options))


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("case", BUILDERS)
def test_outputs_new_values_and_losses_are_those_of_keras(case, training, oracle):
    def call(library):
        model = made(library, case)
        weights, others = values_of(model)
        outputs, others, losses = program_of(model, training=training)([one + 0.1 for one in weights], others)
        return [
            np.array(str(jax.tree.structure(outputs))),
            np.array(sorted(losses)),
            *jax.tree.leaves(outputs),
            *others,
        ]

    (form, losses, *arrays), (their_form, their_losses, *theirs) = call(hornet), oracle("call", lambda: call(keras))
    assert form == their_form
    np.testing.assert_allclose(losses, their_losses, rtol=1e-5)
    for one, other in zip(arrays, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", BUILDERS)
def test_nothing_in_the_model_changes_and_a_program_gives_the_same(case):
    model = BUILDERS[case](hornet)
    before = model.get_weights()
    weights, others = values_of(model)
    plain = model.stateless_call(weights, others, X, training=True, return_losses=True)
    program = program_of(model, training=True)(weights, others)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6), plain, program)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_training_returns_new_moving_statistics_and_inference_the_old():
    model = stack(hornet)
    weights, others = values_of(model)
    assert [one.name for one in model.non_trainable_variables] == ["moving_mean", "moving_variance"]
    _, kept = model.stateless_call(weights, others, X)
    _, moved = model.stateless_call(weights, others, X, training=True)
    for before, same, after in zip(others, kept, moved, strict=True):
        np.testing.assert_array_equal(before, same)
        assert np.abs(before - after).max() > 1e-3


def test_losses_are_returned_only_where_asked_for():
    model = branching(hornet)
    assert len(model.stateless_call(*values_of(model), X)) == 2
    [output, others, losses] = model.stateless_call(*values_of(model), X, return_losses=True)
    assert len(output) == 2
    assert len(others) == 4
    assert len(losses) == 4


def test_gradients_are_those_of_keras(oracle):
    def gradients(library):
        model = made(library, "graph")

        def total(weights, others):
            (main, frozen), _, losses = program_of(model, training=True)(weights, others)
            return jnp.mean((main - Y) ** 2) + jnp.mean((frozen - Y) ** 2) + sum(losses)

        return jax.jit(jax.grad(total))(*values_of(model))

    for one, other in zip(gradients(hornet), oracle("gradients", lambda: gradients(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", ["graph", "stack", "class"])
def test_many_models_are_one_call_over_an_axis_of_weights(case):
    model = BUILDERS[case](hornet)
    weights, others = values_of(model)
    several = [jnp.stack([one, 2 * one, one - 0.5]) for one in weights]

    def call(weights):
        return model.stateless_call(weights, others, X, training=True, return_losses=True)

    together, program = jax.jit(jax.vmap(call))(several), jax.jit(call)
    for place in range(3):
        alone = program([one[place] for one in several])
        jax.tree.map(
            lambda one, other, place=place: np.testing.assert_allclose(one[place], other, rtol=1e-4, atol=1e-5),
            together,
            alone,
        )


# --- draws ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dropping():
    return hornet.Sequential([layers.Input((3,)), layers.Dropout(0.5), layers.Dense(2)])


@pytest.mark.parametrize("make", [jax.random.key, jax.random.PRNGKey])
def test_a_layer_draws_from_the_key(dropping, make):
    def output(key):
        return dropping.stateless_call(*values_of(dropping), X, training=True, key=key)[0]

    np.testing.assert_array_equal(output(make(1)), output(make(1)))
    np.testing.assert_array_equal(output(make(1)), output(jax.random.key(1)))
    assert not np.array_equal(output(make(1)), output(make(2)))
    np.testing.assert_allclose(jax.jit(output)(make(1)), output(make(1)), rtol=1e-6)


def test_keys_along_an_axis_give_draws_of_their_own(dropping):
    def output(key):
        return dropping.stateless_call(*values_of(dropping), X, training=True, key=key)[0]

    first, second = jax.vmap(output)(jax.random.split(jax.random.key(0)))
    assert not np.array_equal(first, second)


def test_draws_without_a_key_come_from_the_seed(dropping):
    """As in Keras's guide to a loop in JAX, whose programs pass no key."""

    def outputs():
        hornet.utils.set_random_seed(3)
        return [dropping.stateless_call(*values_of(dropping), X, training=True)[0] for _ in range(2)]

    first, second = outputs()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(outputs(), [first, second])


def test_draws_of_a_program_without_a_key_change_with_the_weights():
    layer = hornet.Sequential([layers.Input((3,)), layers.Dropout(0.5), layers.Dense(3, "linear", False, "identity")])
    (kernel,), others = values_of(layer)
    call = jax.jit(lambda kernel: layer.stateless_call([kernel], others, np.ones((64, 3)), training=True)[0] == 0)
    masks = [np.asarray(call(factor * kernel)) for factor in (1.0, 1.0, 1.0000002)]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert 0.2 < np.mean(masks[0] != masks[2]) < 0.8


@pytest.mark.parametrize("key", [7, "seed"])
def test_what_is_no_key_is_refused(dropping, key):
    with pytest.raises(TypeError, match=rf"^`key` must be a key that draws come from, not {key!r}\. Pass `jax.random"):
        dropping.stateless_call(*values_of(dropping), X, training=True, key=key)


def test_a_generator_s_new_state_is_returned():
    class Noisy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.generator = hornet.random.SeedGenerator(1)

        def call(self, inputs):
            return inputs + hornet.random.normal(inputs.shape, seed=self.generator)

    layer = Noisy()
    layer.build((None, 3))
    state = values_of(layer)[1]
    first, state = layer.stateless_call([], state, X)
    second, state = layer.stateless_call([], state, X)
    assert not np.array_equal(first, second)
    assert layer.generator.state.numpy().tolist() == [1, 0]
    assert state[0].tolist() == [1, 2]


# --- what is refused --------------------------------------------------------------------------------------------


def test_an_unbuilt_layer_is_refused():
    with pytest.raises(ValueError, match=r"^'first' is not built, so it has no variables yet\. Build it, or call"):
        layers.Dense(2, name="first").stateless_call([], [], X)


@pytest.mark.parametrize(("weights", "others"), [(0, 2), (3, 2), (4, 0), (4, 3)])
def test_another_number_of_values_is_refused(weights, others):
    model = hornet.Sequential([layers.Input((3,)), layers.Dense(1), layers.BatchNormalization()], name="net")
    message = f"of 'net' got {weights} and {others} values for 4 trainable and 2 other variables. Pass one for each."
    with pytest.raises(ValueError, match=re.escape(message)):
        model.stateless_call([0.0] * weights, [0.0] * others, X)


def test_a_frozen_model_has_all_its_values_among_the_others():
    model = branching(hornet)
    count = len(model.variables)
    model.trainable = False
    [_, others, losses] = model.stateless_call([], [one.value for one in model.variables], X, return_losses=True)
    assert len(others) == count
    assert len(losses) == 2  # of outputs; weights that are not trained have no penalty


@pytest.mark.parametrize("case", ["graph", "stack", "layer"])  # Keras's class lists its last call's `add_loss` too
def test_losses_are_those_of_the_weights(case, oracle):
    (expected,) = oracle("losses", lambda: np.array(sorted(made(keras, case).losses)))
    np.testing.assert_allclose(sorted(made(hornet, case).losses), expected, rtol=1e-5)
