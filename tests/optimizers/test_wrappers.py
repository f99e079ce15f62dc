"""Optimizers around others: loss scaling, several optimizers, Optax's transformations."""

import copy

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest

import hornet
from hornet import optimizers
from hornet.core.config import constructor_arguments, structure_of
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Number, Variable
from hornet.optimizers import LossScaleOptimizer, MultiOptimizer, OptimizerMap
from hornet.optimizers.numbers import Count
from hornet.optimizers.transformation import OptaxOptimizer

SHAPES = {"wide": (4, 1), "deep": (4, 3), "bias": (3,)}
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def draw(count, scale=1.0):
    rng = np.random.default_rng(2)
    return [
        {path: (scale * rng.normal(size=shape)).astype("float32") for path, shape in SHAPES.items()}
        for _ in range(count)
    ]


def after_each(optimizer, weights, gradients):
    """Yield the weights and slots after each step, which are compiled."""
    numbers = boxes(optimizer, Number)
    update = jax.jit(pure(numbers, optimizer.update))
    slots = optimizer.init(weights)
    for step, gradient in enumerate(gradients):
        (weights, slots), *_ = update(values_of(numbers), gradient, weights, slots, step)
        yield weights, slots


def after_each_of_keras(optimizer, weights, gradients):
    """Yield the weights and all variables of the optimizer after each step."""
    variables = [keras.Variable(np.asarray(value), name=path) for path, value in weights.items()]
    optimizer.build(variables)
    update = jax.jit(optimizer.stateless_apply)
    state, values = [one.value for one in optimizer.variables], list(weights.values())
    for gradient in gradients:
        values, state = update(state, [gradient[path] for path in weights], values)
        yield dict(zip(weights, values, strict=True)), dict(zip(map(id, optimizer.variables), state, strict=True))


def assert_close(found, expected):
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6), found, expected)


# --- loss scaling -----------------------------------------------------------------------------------------


def test_the_scale_follows_that_of_keras(oracle):
    start, *gradients = draw(12, scale=8.0)
    for broken, value in ((2, np.nan), (3, np.inf), (7, -np.inf)):
        gradients[broken]["deep"][1, 2] = value

    def theirs():
        optimizer = keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(0.1), initial_scale=8.0, dynamic_growth_steps=3
        )
        steps = list(after_each_of_keras(optimizer, start, gradients))
        numbers = optimizer.dynamic_scale, optimizer.iterations
        weights = jax.tree.map(lambda *one: np.stack(one), *[weights for weights, _ in steps])
        return weights, *(np.stack([held[id(number)] for _, held in steps]) for number in numbers)

    ours = LossScaleOptimizer(optimizers.Adam(0.1), initial_scale=8.0, dynamic_growth_steps=3)
    *expected, scales, counts = oracle("steps", theirs)
    steps = list(after_each(ours, start, gradients))
    found = jax.tree.map(lambda *one: np.stack(one), *[weights for weights, _ in steps])
    for one, other in zip(jax.tree.leaves(found), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)  # Keras rounds beta_2 in one place of two
    assert [float(slots["scale"]) for _, slots in steps] == scales.tolist()
    assert [int(slots["step"]) for _, slots in steps] == counts.tolist()
    assert scales.tolist() == [8.0, 8.0, 4.0, 2.0, 2.0, 2.0, 4.0, 2.0, 2.0, 2.0, 4.0]


def test_a_model_trains_with_a_scaled_loss_and_reports_the_true_one():
    found = []
    for wrap in (lambda one: one, LossScaleOptimizer):
        model = hornet.Sequential([hornet.layers.Dense(1, kernel_initializer="ones", input_shape=(1,))])
        optimizer = wrap(optimizers.SGD(0.1, momentum=0.5))
        model.compile(loss="mse", optimizer=optimizer)
        found.append([model.train_on_batch(np.ones((2, 1)), np.zeros((2, 1))) for _ in range(4)])
        assert optimizer.iterations == 4
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_what_the_wrapper_is_told_it_tells_the_optimizer():
    inner = optimizers.SGD(0.25, loss_scale_factor=4.0, use_ema=True, weight_decay=0.5)
    optimizer = LossScaleOptimizer(inner)
    assert inner.loss_scale_factor == 4.0
    assert float(optimizer.scale_loss(1.0, {"scale": 2.0})) == 2.0
    assert (optimizer.learning_rate, optimizer.lr) == (0.25, 0.25)
    optimizer.learning_rate = 0.5
    assert inner.learning_rate == 0.5
    falling = optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    assert (optimizer.schedule, LossScaleOptimizer(optimizers.SGD(falling)).schedule) == (None, falling)
    count = Count()
    count.assign(3)
    optimizer._count_in(count)
    assert (inner.iterations, optimizer.iterations) == (3, 3)
    weights = {"w": Variable(2.0)}
    optimizer.exclude_from_weight_decay(var_list=weights.values())
    values, undecayed = values_of(weights), optimizer.undecayed_paths(weights)
    after, slots = optimizer.update({"w": jnp.zeros(())}, values, optimizer.init(values), 0, undecayed)
    assert float(after["w"]) == 2.0
    assert optimizer.finalize({"w": 7.0}, slots) == {"w": 2.0}


# --- several optimizers -----------------------------------------------------------------------------------


def by_map(library):
    return library.OptimizerMap(library.Nadam(0.1), {"wide": library.Ftrl(0.1), "b.*": library.Nadam(0.01)})


def by_function(library):
    chosen = {"wide": library.Ftrl(0.1), "bias": library.Nadam(0.01)}
    rest = library.Nadam(0.1)
    return lambda variable: chosen.get(variable.name, rest)


@pytest.mark.parametrize("choose", [by_map, by_function])
@pytest.mark.parametrize("factor", [None, 4.0])
def test_each_weight_follows_its_own_optimizer_of_keras(choose, factor, oracle):
    start, *gradients = draw(6)

    def theirs():
        optimizer = keras.optimizers.MultiOptimizer(choose(keras.optimizers), loss_scale_factor=factor)
        return [weights for weights, _ in after_each_of_keras(optimizer, start, gradients)]

    ours = MultiOptimizer(choose(optimizers), loss_scale_factor=factor)
    ours.init(start)  # which asks a function for the optimizers
    found = jax.tree.leaves([weights for weights, _ in after_each(ours, start, gradients)])
    for one, other in zip(found, oracle("weights", theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert len(ours.optimizers) == 3


def test_a_function_may_make_an_optimizer_for_each_weight():
    start, gradient = draw(2)
    asked = []

    def choose(weight):
        asked.append((weight.path, weight.name, weight.shape, weight.dtype))
        return optimizers.SGD({"wide": 1.0}.get(weight.name, 0.5))

    optimizer = MultiOptimizer(choose)
    for _ in range(2):
        weights, _ = optimizer.update(gradient, start, optimizer.init(start), 0)
    assert asked == [(path, path, shape, np.dtype("float32")) for path, shape in SHAPES.items()]
    assert_close(weights["wide"], start["wide"] - gradient["wide"])
    assert_close(weights["deep"], start["deep"] - 0.5 * gradient["deep"])


def test_a_wide_and_deep_model_trains_with_two_optimizers_whose_numbers_are_arguments():
    model = hornet.Sequential(
        [hornet.layers.Dense(2, name="deep", input_shape=(2,)), hornet.layers.Dense(1, name="wide")]
    )
    deep, wide = optimizers.Nadam(0.0, use_ema=True), optimizers.SGD(0.1)
    model.compile(loss="mse", optimizer=MultiOptimizer(OptimizerMap(deep, {"wide/.*": wide})))
    x, y = np.ones((2, 2)), np.full((2, 1), 9.0)
    start = model.get_weights()
    model.fit(x, y, verbose=0)
    first = model.get_weights()
    np.testing.assert_allclose(first[0], start[0], rtol=1e-6)
    assert np.all(first[2] != start[2])
    wide.learning_rate = 0.0
    deep.learning_rate = 0.1
    model.fit(x, y, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[2], first[2])
    assert np.all(model.get_weights()[0] != first[0])
    assert (deep.iterations, wide.iterations) == (2, 2)


def test_averages_take_the_place_of_the_weights_of_those_who_keep_them():
    start, *gradients = draw(4)
    optimizer = MultiOptimizer(OptimizerMap(optimizers.SGD(), {"wide": optimizers.SGD(use_ema=True)}))
    *_, (weights, slots) = after_each(optimizer, start, gradients)
    final = optimizer.finalize(weights, slots)
    assert set(final) == set(start)
    assert np.all(final["wide"] != weights["wide"])
    assert np.array_equal(final["deep"], weights["deep"])


def test_weights_are_excluded_from_decay_in_every_optimizer():
    (weights,) = draw(1)
    zeros = jax.tree.map(np.zeros_like, weights)
    kinds = {"default_optimizer": optimizers.SGD(weight_decay=1.0), "optimizer_map": {"wide": optimizers.AdamW()}}
    optimizer = MultiOptimizer(OptimizerMap(**kinds))
    optimizer.exclude_from_weight_decay(var_names=["bias", "wide"])
    after, _ = jax.jit(optimizer.update)(zeros, weights, optimizer.init(weights), 0)
    assert {path for path in SHAPES if np.any(after[path] != weights[path])} == {"deep"}


def test_a_map_matches_whole_paths_and_refuses_doubt():
    sgd, adam, ftrl = optimizers.SGD(), optimizers.Adam(), optimizers.Ftrl()
    chosen = OptimizerMap(sgd, {"encoder/.*": adam, "encoder": ftrl})
    assert chosen["encoder/dense/kernel"] is adam
    assert chosen["encoder"] is ftrl
    assert chosen["my/encoder/kernel"] is sgd
    chosen["encoder/dense/kernel"] = ftrl
    assert chosen["encoder/dense/kernel"] is ftrl
    assert list(chosen) == ["encoder/.*", "encoder", "encoder/dense/kernel"]
    assert len(chosen) == 3
    chosen[".*/bias"] = "sgd"
    with pytest.raises(ValueError, match=r"^The path 'encoder/bias' matches the keys .* Change one"):
        chosen["encoder/bias"]
    with pytest.raises(ValueError, match=r"^The key 'encoder' has an optimizer already\. Delete it first"):
        chosen["encoder"] = sgd
    del chosen["encoder"]
    assert chosen["encoder"] is sgd


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: OptimizerMap(3), TypeError, "3 is not a valid optimizer"),
        (lambda: OptimizerMap(len), TypeError, "is not a valid optimizer"),
        (lambda: OptimizerMap("sdg"), ValueError, "There is no optimizer named 'sdg'. Did you mean 'sgd'"),
        (lambda: OptimizerMap("sgd", {"a": LossScaleOptimizer("sgd")}), TypeError, "Put it around them"),
        (
            lambda: MultiOptimizer(lambda weight: None).init({"a": np.ones(2)}),
            TypeError,
            "None is not a valid optimizer",
        ),
        (
            lambda: LossScaleOptimizer("sgd", initial_scale=0),
            ValueError,
            "`initial_scale` must be a finite number above",
        ),
        (lambda: LossScaleOptimizer("sgd", clipnorm=1.0), ValueError, "clipnorm"),
        (lambda: LossScaleOptimizer(None), TypeError, "None is not a valid optimizer"),
    ],
)
def test_slips_are_explained(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_several_optimizers_have_no_single_rate():
    optimizer = MultiOptimizer(OptimizerMap("sgd"))
    assert not hasattr(optimizer, "learning_rate")
    with pytest.raises(AttributeError, match="Assign it to its `optimizers`"):
        optimizer.learning_rate = 0.1


# --- configs of wrappers ----------------------------------------------------------------------------------


@KERAS_WARNS
@pytest.mark.parametrize(
    "build",
    [
        lambda library: library.LossScaleOptimizer(library.Adam(0.5), 2.0**10, 100),
        lambda library: library.MultiOptimizer(by_map(library), loss_scale_factor=2.0),
    ],
    ids=["LossScaleOptimizer", "MultiOptimizer"],
)
def test_configs_go_from_here_to_keras_and_back(build):
    optimizer = build(optimizers)
    config = optimizer.get_config()
    assert set(config) == set(constructor_arguments(type(optimizer)))
    again = type(optimizer).from_config(config)
    assert again.get_config() == config
    assert structure_of(again) == structure_of(optimizer)
    twin = getattr(keras.optimizers, type(optimizer).__name__).from_config(copy.deepcopy(config))
    from_keras = type(optimizer).from_config(twin.get_config())
    assert structure_of(from_keras) == structure_of(optimizer)
    found, expected = (sorted(values_of(boxes(one, Number)).items()) for one in (from_keras, optimizer))
    assert found == [(path, pytest.approx(value, rel=1e-6)) for path, value in expected]


# --- Optax ------------------------------------------------------------------------------------------------

TRANSFORMATIONS = {
    "sgd": lambda: optax.sgd(0.1, momentum=0.9),
    "adamw with a schedule": lambda: optax.adamw(optax.cosine_decay_schedule(0.1, 10), weight_decay=0.1),
    "chain": lambda: optax.chain(optax.clip_by_global_norm(0.5), optax.lion(0.1)),
    "several steps": lambda: optax.MultiSteps(optax.adam(0.1), 2),
    "hyperparameters in the state": lambda: optax.inject_hyperparams(optax.sgd)(0.1),
    "some weights": lambda: optax.masked(optax.sgd(0.1), lambda weights: {path: path != "bias" for path in weights}),
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_transformation_s_steps_are_optax_s(name):
    start, *gradients = draw(5)
    transformation = TRANSFORMATIONS[name]()
    weights, state = start, transformation.init(start)
    update = jax.jit(transformation.update)
    optimizer = optimizers.get(transformation)
    assert isinstance(optimizer, OptaxOptimizer)
    for gradient, (found, slots) in zip(gradients, after_each(optimizer, start, gradients), strict=True):
        updates, state = update(gradient, state, weights)
        weights = optax.apply_updates(weights, updates)
        assert_close(found, weights)
        assert jax.tree.structure(slots) == jax.tree.structure(state)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_a_model_trains_with_a_transformation_by_any_gear(name):
    found = []
    for watch in (False, True):
        model = hornet.Sequential([hornet.layers.Dense(3, input_shape=(2,), kernel_initializer="ones")])
        model.compile(loss="mse", optimizer=TRANSFORMATIONS[name]())
        callback = hornet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
        model.fit(np.ones((8, 2)), np.zeros((8, 3)), 2, epochs=3, verbose=0, callbacks=[callback] * watch)
        found.append(model.get_weights())
        assert model.optimizer.iterations == 12
    assert np.all(found[0][0] < 1.0)
    jax.tree.map(np.testing.assert_array_equal, *found)


def test_a_transformation_does_as_our_optimizer():
    found = []
    for optimizer in (optax.adam(0.1, eps_root=0.0, eps=1e-7), optimizers.Adam(0.1)):
        model = hornet.Sequential([hornet.layers.Dense(3, input_shape=(2,), kernel_initializer="ones")])
        model.compile(loss="mse", optimizer=optimizer)
        for _ in range(5):
            model.train_on_batch(np.ones((8, 2)), np.zeros((8, 3)))
        found.append(model.get_weights())
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-4), *found)


def test_a_transformation_s_state_is_kept_for_known_weights_and_made_for_new_ones():
    start, gradient = draw(2)
    optimizer = optimizers.get(optax.adam(0.1))
    some = {path: start[path] for path in ("wide", "bias")}
    _, held = jax.jit(optimizer.update)({path: gradient[path] for path in some}, some, optimizer.init(some), 0)
    renewed = optimizer.renew(held, start)
    assert int(renewed[0].count) == 1
    assert np.array_equal(renewed[0].mu["wide"], held[0].mu["wide"])
    assert not np.any(renewed[0].mu["deep"])
    jax.tree.map(np.testing.assert_array_equal, optimizer.renew(renewed, some), held)
    model = hornet.Sequential([hornet.layers.Dense(2, input_shape=(2,)), hornet.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile(loss="mse", optimizer=optax.adam(0.1))
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))
    model.layers[0].trainable = True
    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))
    assert int(model._optimizer_state.slots[0].count) == 2
    assert len(model._optimizer_state.slots[0].mu) == 4


def test_a_transformation_s_numbers_are_its_own():
    transformation = optax.sgd(0.1)
    optimizer = optimizers.get(transformation)
    assert not hasattr(optimizer, "learning_rate")
    with pytest.raises(AttributeError, match="inside Optax's transformation"):
        optimizer.learning_rate = 0.5
    with pytest.raises(NotImplementedError, match="cannot be serialized"):
        optimizers.serialize(optimizer)
    assert structure_of(optimizer) == structure_of(optimizers.get(transformation))
    assert structure_of(optimizer) != structure_of(optimizers.get(optax.sgd(0.1)))
    assert optimizer.scale_loss(2.0, ()) == 2.0


def test_optax_is_not_imported_by_hornet():
    import pathlib

    sources = pathlib.Path(hornet.__file__).parent.rglob("*.py")
    assert not [one for one in sources if "import optax" in one.read_text()]
