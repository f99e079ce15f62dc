"""What every optimizer takes: averages of weights, accumulated gradients, loss scaling, weights without decay."""

import functools
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import optimizers
from hornet.core.module import boxes
from hornet.core.variable import Variable

BUILDS = [
    pytest.param(functools.partial(kind, 0.1, **arguments), id=kind.__name__)
    for kind, arguments in [
        (optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
        (optimizers.Adam, {"amsgrad": True}),
        (optimizers.Nadam, {}),
        (optimizers.Muon, {}),
        (optimizers.Adafactor, {}),
        (optimizers.ScheduleFreeAdamW, {}),
    ]
]
EACH = instances("build", BUILDS, class_of=lambda values: bool(values[0]()._shared_slots))
SHAPES = {"kernel": (4, 3), "bias": (3,)}


def draw(count):
    rng = np.random.default_rng(1)
    return [{path: rng.normal(size=shape).astype("float32") for path, shape in SHAPES.items()} for _ in range(count)]


def steps(optimizer, weights, gradients):
    """Yield the weights and slots after each step, of a program."""
    update = jax.jit(optimizer.update)
    slots = optimizer.init(weights)
    for step, gradient in enumerate(gradients):
        weights, slots = update(gradient, weights, slots, step)
        yield weights, slots


def assert_close(found, expected, rtol=2e-5, atol=1e-6):
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=rtol, atol=atol), found, expected)


# --- accumulated gradients --------------------------------------------------------------------------------


@EACH
@pytest.mark.parametrize("settings", [{}, {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}])
def test_accumulating_gradients_is_one_update_with_their_mean(build, settings):
    start, *gradients = draw(9)
    means = [jax.tree.map(lambda *one: sum(one) / 4, *gradients[at : at + 4]) for at in (0, 4)]
    found = list(steps(build(gradient_accumulation_steps=4, clipnorm=0.5, **settings), start, gradients))
    expected = list(steps(build(clipnorm=0.5, **settings), start, means))
    for waiting in (0, 1, 2):
        jax.tree.map(np.testing.assert_array_equal, found[waiting][0], start)
        jax.tree.map(np.testing.assert_array_equal, found[4 + waiting][0], found[3][0])
    for one, other in ((found[3], expected[0]), (found[7], expected[1])):
        assert_close(one[0], other[0])
        for path, slots in other[1].items():
            assert_close({name: one[1][path][name] for name in slots}, slots)
        for path in SHAPES:
            assert not np.any(one[1][path]["gradient_accumulator"])


@EACH
def test_accumulating_over_one_step_is_a_plain_update(build):
    start, *gradients = draw(4)
    found = [weights for weights, _ in steps(build(gradient_accumulation_steps=1), start, gradients)]
    expected = [weights for weights, _ in steps(build(), start, gradients)]
    assert_close(found, expected)


def test_updates_are_counted_once_their_gradients_are_together():
    optimizer = optimizers.SGD(gradient_accumulation_steps=3)
    optimizer.step.assign(8)
    assert optimizer.iterations == 2
    assert optimizers.SGD().iterations == 0


# --- averages of weights ----------------------------------------------------------------------------------


@EACH
def test_the_average_follows_the_weights_and_takes_their_place_at_the_end(build):
    start, *gradients = draw(6)
    found = list(steps(build(use_ema=True, ema_momentum=0.75), start, gradients))
    plain = [weights for weights, _ in steps(build(), start, gradients)]
    average = plain[0]
    for (weights, slots), expected in zip(found, plain, strict=True):
        average = jax.tree.map(lambda old, new: 0.75 * old + 0.25 * new, average, expected)
        jax.tree.map(np.testing.assert_array_equal, weights, expected)
        assert_close({path: slots[path]["average"] for path in SHAPES}, average)
    optimizer = build(use_ema=True)
    assert_close(optimizer.finalize(*found[-1]), average)
    assert build().finalize(plain[-1], {}) is plain[-1]


def test_without_an_update_the_average_is_the_weights():
    (start,) = draw(1)
    optimizer = optimizers.SGD(use_ema=True)
    jax.tree.map(np.testing.assert_array_equal, optimizer.finalize(start, optimizer.init(start)), start)


def test_every_few_steps_the_average_takes_the_weights_place():
    start, *gradients = draw(7)
    optimizer = optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3)
    overwritten = [
        all(np.array_equal(weights[path], slots[path]["average"]) for path in SHAPES)
        for weights, slots in steps(optimizer, start, gradients)
    ]
    assert overwritten == [True, False, True, False, False, True]  # the first average is the weights


def test_fit_ends_with_the_averages_and_goes_on_from_there():
    model = hornet.Sequential([hornet.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(1,))])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    model.compile(loss=lambda y_true, y_pred: y_pred[:, 0], optimizer=optimizer)
    weights = []
    callback = hornet.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.append(model.get_weights()[0].item())
    )
    model.fit(np.ones((1, 1)), np.ones((1, 1)), epochs=3, verbose=0, callbacks=[callback])
    assert weights == [-1.0, -2.0, -3.0]
    assert model.get_weights()[0].item() == -2.25
    assert optimizer.iterations == 3


# --- loss scaling -----------------------------------------------------------------------------------------


def test_the_loss_is_scaled_and_the_gradients_are_scaled_back():
    optimizer = optimizers.SGD(0.5, loss_scale_factor=8.0)
    assert float(optimizer.scale_loss(2.0, {})) == 16.0
    assert optimizers.SGD().scale_loss(2.0, {}) == 2.0
    weights, _ = optimizer.update({"w": np.float32(16.0)}, {"w": np.float32(3.0)}, {"w": {}}, 0)
    assert float(weights["w"]) == 2.0


def test_the_reported_loss_is_not_scaled():
    losses = []
    for factor in (None, 1024.0):
        model = hornet.Sequential([hornet.layers.Dense(1, kernel_initializer="ones", input_shape=(1,))])
        model.compile(loss="mse", optimizer=optimizers.SGD(0.1, loss_scale_factor=factor))
        losses.append([model.train_on_batch(np.ones((2, 1)), np.zeros((2, 1))) for _ in range(2)])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)
    assert losses[0][0] == 1.0


# --- weights without decay --------------------------------------------------------------------------------


def decayed(optimizer, weights, undecayed=None):
    """Return which weights a step without a gradient changes."""
    zeros = jax.tree.map(np.zeros_like, weights)
    update = jax.jit(partial(optimizer.update, undecayed=undecayed))
    after, _ = update(zeros, weights, optimizer.init(weights), 0)
    return {path for path in weights if np.any(after[path] != weights[path])}


def named_weights():
    shapes = {"in/kernel": (2, 2), "in/bias": (2,), "out/kernel": (2, 2)}
    return {path: np.ones(shape, "float32") for path, shape in shapes.items()}


@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.AdamW, optimizers.Muon])
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], {"in/kernel", "in/bias", "out/kernel"}),
        (["bias"], {"in/kernel", "out/kernel"}),
        (["^in/", "bias"], {"out/kernel"}),
        (["kernel", "bias"], set()),
    ],
)
def test_weights_are_excluded_from_decay_by_words_in_their_path(kind, names, expected):
    optimizer = kind(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=names)
    assert decayed(optimizer, named_weights()) == expected


def test_weights_are_excluded_from_decay_as_variables():
    held = {path: Variable(value) for path, value in named_weights().items()}
    optimizer = optimizers.SGD(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=[held["in/kernel"]], var_names=["bias"])
    with pytest.raises(RuntimeError, match=r"excluded from weight decay, .*Pass `undecayed=optimizer\.undecayed_paths"):
        decayed(optimizer, named_weights())
    assert decayed(optimizer, named_weights(), optimizer.undecayed_paths(held)) == {"out/kernel"}
    assert [variable.name for variable in optimizer.variables] == ["iteration", "learning_rate"]
    optimizer.exclude_from_weight_decay()
    assert decayed(optimizer, named_weights()) == set(held)


def test_muon_decays_what_adam_takes_at_a_rate_of_its_own():
    def decays(weights, **arguments):
        return decayed(optimizers.Muon(ns_steps=1, **arguments), weights)

    weights = named_weights()
    assert decays(weights, adam_weight_decay=None) == {"in/kernel", "out/kernel"}
    assert decays(weights, weight_decay=None) == {"in/bias"}
    assert decays(weights, weight_decay=None, exclude_layers=["out"]) == {"in/bias", "out/kernel"}
    weights = {"embedding/embeddings": np.ones((2, 2), "float32")}
    assert decays(weights, weight_decay=None) == set(weights)
    assert decays(weights, weight_decay=None, exclude_embeddings=False) == set()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
def test_a_model_s_variables_are_excluded_from_decay_as_in_keras(oracle):
    def trained(library):
        layers = [library.layers.Dense(2, kernel_initializer="ones", name=name) for name in ("first", "second")]
        model = library.Sequential(layers)
        model.build((None, 2))
        optimizer = library.optimizers.AdamW(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_list=[model.layers[0].kernel], var_names=["bias"])
        model.compile(loss="mse", optimizer=optimizer)
        model.train_on_batch(np.ones((2, 2), "float32"), 4 * np.ones((2, 2), "float32"))
        return model.get_weights()

    found = trained(hornet)
    for one, other in zip(found, oracle("weights", lambda: trained(keras)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert found[0][0, 0] > 0.99 > found[2][0, 0]


def test_what_is_excluded_is_part_of_the_program():
    x, found = np.zeros((4, 2), "float32"), []
    for excluded in ({}, {"var_names": ["bias"]}, {"var_list": ["kernel"]}):  # models of one structure
        model = hornet.Sequential([hornet.layers.Dense(1, bias_initializer="ones", input_shape=(2,))])
        optimizer = optimizers.SGD(0.0, weight_decay=0.1)
        optimizer = optimizers.SGD(0.1, weight_decay=0.5)
        if "var_list" in excluded:
            optimizer.exclude_from_weight_decay(var_list=[model.layers[0].bias])
        elif excluded:
            optimizer.exclude_from_weight_decay(**excluded)
        model.compile(optimizer, "mse")
        model.fit(x, np.ones((4, 1)), verbose=0)
        found.append(float(model.layers[0].bias.value[0]))
    assert found == [pytest.approx(0.95), 1.0, 1.0]


# --- types ------------------------------------------------------------------------------------------------


@EACH
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_weights_and_slots_keep_their_types(build, dtype):
    optimizer = build(use_ema=True, gradient_accumulation_steps=2, weight_decay=0.1, global_clipnorm=1.0)
    weights = {path: np.ones(shape, dtype) for path, shape in SHAPES.items()}
    made = optimizer.init(weights)
    slots = made
    update = jax.jit(lambda weights, slots, step: optimizer.update(weights, weights, slots, step))
    for step in range(2):
        weights, slots = update(weights, slots, step)
    assert {one.dtype for one in weights.values()} == {jnp.dtype(dtype)}
    assert all(np.all(np.isfinite(np.asarray(one, "float32"))) for one in weights.values())
    assert jax.tree.map(lambda one: one.dtype, slots) == jax.tree.map(lambda one: one.dtype, made)


def test_slots_of_a_model_survive_freezing_and_thawing():
    model = hornet.Sequential([hornet.layers.Dense(2, input_shape=(2,)), hornet.layers.Dense(1)])
    optimizer = optimizers.Nadam(0.1)
    x, y = np.ones((2, 2)), np.ones((2, 1))
    model.compile(loss="mse", optimizer=optimizer)
    model.train_on_batch(x, y)
    paths = set(boxes(model, Variable))
    assert set(model._optimizer_state.slots) == paths | {""}
    model.layers[0].trainable = False
    model.compile(loss="mse", optimizer=optimizer)
    model.train_on_batch(x, y)
    assert len(model._optimizer_state.slots) == 3
    model.layers[0].trainable = True
    model.train_on_batch(x, y)
    assert set(model._optimizer_state.slots) == paths | {""}
    assert optimizer.iterations == 3  # compiled again, the same object goes on, as in Keras
