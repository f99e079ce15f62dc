"""Optimizers in loops of one's own: against `fit`, and against Keras."""

import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import optimizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)

CASES = {
    "momentum": lambda own: own.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5),
    "an average that takes over": lambda own: own.Adam(0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3),
    "decay but of biases": lambda own: _without_biases(own.AdamW(0.05, weight_decay=0.5)),
    "Muon": lambda own: own.Muon(0.05, exclude_layers=["never"]),
    "SGD": lambda own: own.SGD(0.1),
    "a schedule": lambda own: own.SGD(own.schedules.ExponentialDecay(0.1, 3, 0.5)),
    "Adam": lambda own: own.Adam(0.05),
    "an average": lambda own: own.SGD(0.1, use_ema=True, ema_momentum=0.5),
    "accumulation": lambda own: own.Adam(0.05, gradient_accumulation_steps=3),
}
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def _without_biases(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


@pytest.fixture
def double():
    """float64, in which two programs of the same mathematics agree to the last digits."""
    before = jax.config.jax_enable_x64
    hornet.config.set_floatx("float64")
    yield
    hornet.config.set_floatx("float32")
    jax.config.update("jax_enable_x64", before)


def build(library, **more):
    library.utils.set_random_seed(0)
    own = library.layers
    return library.Sequential(
        [library.Input((3,)), own.Dense(4, "tanh", **more), own.Dense(1, kernel_regularizer="l2")]
    )


def looped(model, optimizer, epochs=2, batch_size=16):
    """Train a model in a loop, as docs/guides/own_loops.md does; return its weights."""

    @jax.jit
    def update(weights, others, remembered, x, y):
        def loss_of(weights):
            predicted, new_others, penalties = model.stateless_call(
                weights, others, x, training=True, return_losses=True
            )
            return jnp.mean((predicted - y) ** 2) + sum(penalties), new_others

        (_, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        weights, remembered = optimizer.stateless_apply(remembered, gradients, weights)
        return weights, others, remembered

    weights = [one.value for one in model.trainable_variables]
    others = [one.value for one in model.non_trainable_variables]
    remembered = optimizer.stateless_init(model.trainable_variables)
    for _ in range(epochs):
        for start in range(0, len(X), batch_size):
            batch = X[start : start + batch_size], Y[start : start + batch_size]
            weights, others, remembered = update(weights, others, remembered, *batch)
    return optimizer.stateless_finalize(remembered, weights), remembered


@instances("case", [pytest.param(case) for case in CASES], class_of=lambda case: type(CASES[case[0]](optimizers)))
def test_a_loop_ends_where_fit_does(case, double):
    model = build(hornet, kernel_constraint="unit_norm")
    twin = hornet.models.clone_model(model)
    twin.set_weights(model.get_weights())
    weights, remembered = looped(model, CASES[case](optimizers))
    assert int(remembered.step) == 8
    twin.compile(loss="mse", optimizer=CASES[case](optimizers))
    twin.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(weights, twin.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    if "average" not in case:  # means of columns of norm 1 are shorter
        np.testing.assert_allclose(np.linalg.norm(weights[0], axis=0), 1.0, rtol=1e-4)


@KERAS_WARNS
@pytest.mark.parametrize("case", ["SGD", "momentum", "Adam", "an average", "accumulation", "decay but of biases"])
def test_each_update_is_that_of_keras(case, oracle):
    rng = np.random.default_rng(1)
    shapes = {"kernel": (3, 4), "bias": (4,), "other_kernel": (4, 1)}
    start, *gradients = [[rng.normal(size=shape).astype("float32") for shape in shapes.values()] for _ in range(8)]

    def steps(library, optimizer, initial_state):
        variables = [library.Variable(one, name=name) for one, name in zip(start, shapes, strict=True)]
        variables[0].constraint = library.constraints.UnitNorm()
        update, state, weights, found = jax.jit(optimizer.stateless_apply), initial_state(variables), start, []
        for gradient in gradients:
            weights, state = update(state, gradient, weights)
            found.append(weights)
        return [np.stack(one) for one in zip(*found, strict=True)]

    def theirs():
        optimizer = CASES[case](keras.optimizers)

        def initial_state(variables):
            optimizer.build(variables)
            return [one.value for one in optimizer.variables]

        return steps(keras, optimizer, initial_state)

    optimizer = CASES[case](optimizers)
    ours = steps(hornet, optimizer, optimizer.stateless_init)
    for one, other in zip(ours, oracle("weights", theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_many_loops_are_one_call_over_an_axis():
    optimizer = optimizers.Adam(0.1)

    def steps(weight):
        weights, remembered = [weight], optimizer.stateless_init([weight])
        for _ in range(3):
            weights, remembered = optimizer.stateless_apply(remembered, [2 * weights[0]], weights)
        return weights[0], remembered.step

    start = jnp.array([1.0, -2.0, 3.0])
    together, count = jax.jit(jax.vmap(steps))(start)
    assert count.tolist() == [3, 3, 3]
    alone = jax.jit(steps)
    np.testing.assert_allclose(together, [alone(one)[0] for one in start], rtol=1e-6)


def test_a_scaled_loss_gives_the_same_weights():
    plain, scaled = optimizers.SGD(0.1), optimizers.LossScaleOptimizer(optimizers.SGD(0.1))
    found = []
    for optimizer in (plain, scaled):
        remembered = optimizer.stateless_init([3.0])
        gradient = jax.grad(lambda w, o=optimizer, r=remembered: o.scale_loss(w**2, r.slots))(3.0)
        [weight], _ = optimizer.stateless_apply(remembered, [gradient], [3.0])
        found.append(float(weight))
    assert found == pytest.approx([2.4, 2.4])


def test_variables_that_are_not_to_decay_are_known_by_themselves():
    model = build(hornet)
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[model.layers[0].kernel])
    state = optimizer.stateless_init(model.trainable_variables)
    values = [one.value for one in model.trainable_variables]
    weights, _ = optimizer.stateless_apply(state, [0 * one for one in values], values)
    np.testing.assert_array_equal(weights[0], values[0])
    np.testing.assert_allclose(weights[2], 0.95 * values[2], rtol=1e-6)


@pytest.mark.parametrize(
    ("gradients", "values", "message"),
    [
        ([1.0], [1.0, 2.0], "There are 1 gradients for 2 variables. Pass one for each."),
        ([1.0, 1.0], [1.0, 2.0, 3.0], "There are 3 values for 2 variables. Pass one for each."),
    ],
)
def test_another_number_of_gradients_or_values_is_refused(gradients, values, message):
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match=re.escape(message)):
        optimizer.stateless_apply(optimizer.stateless_init([1.0, 2.0]), gradients, values)
