"""What must be true of every optimizer, over one table of instances."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import hornet
from hornet import optimizers
from hornet.core.config import constructor_arguments, structure_of
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Number
from hornet.optimizers.optimizer import registry

# One line an instance: class, arguments, slots of each weight. A class without a line fails the suite.
CASES = [
    ("SGD", {}, ()),
    ("SGD", {"learning_rate": 0.5}, ()),
    ("SGD", {"momentum": 0.9}, ("momentum",)),
    ("SGD", {"momentum": 0.9, "nesterov": True}, ("momentum",)),
    ("SGD", {"nesterov": True}, ()),
    ("SGD", {"weight_decay": 0.1}, ()),
    ("SGD", {"momentum": 0.5, "weight_decay": 0.1, "clipnorm": 0.5}, ("momentum",)),
    ("SGD", {"clipnorm": 1.0}, ()),
    ("SGD", {"clipvalue": 0.5}, ()),
    ("SGD", {"global_clipnorm": 1.0}, ()),
    ("Adam", {}, ("momentum", "velocity")),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, ("momentum", "velocity")),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True}, ("momentum", "velocity", "velocity_hat")),
    ("Adam", {"weight_decay": 0.01, "global_clipnorm": 0.5}, ("momentum", "velocity")),
    ("RMSprop", {}, ("velocity",)),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.5, "epsilon": 1e-3}, ("velocity",)),
    ("RMSprop", {"momentum": 0.9}, ("velocity", "momentum")),
    ("RMSprop", {"centered": True}, ("velocity", "average_gradient")),
    ("RMSprop", {"centered": True, "momentum": 0.5, "clipvalue": 0.1}, ("velocity", "momentum", "average_gradient")),
]
IDS = [f"{name}-{'-'.join(f'{key}={value}' for key, value in given.items()) or 'plain'}" for name, given, _ in CASES]
ALL = pytest.mark.parametrize(("name", "arguments", "slots"), CASES, ids=IDS)
EACH = pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
SHAPES = {"kernel": (4, 3), "bias": (3,), "scalar": ()}
STEPS = 10
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def test_every_optimizer_has_a_case():
    assert {name for name, _, _ in CASES} == {registry[name].__name__ for name in registry}
    assert {name for name in optimizers.__all__ if name[0].isupper()} - {"Optimizer"} == {name for name, _, _ in CASES}


def weights_and_gradients():
    rng = np.random.default_rng(0)

    def draw():
        return {path: jnp.asarray(rng.normal(size=shape), "float32") for path, shape in SHAPES.items()}

    return draw(), [draw() for _ in range(STEPS)]


def ours(optimizer, weights, gradients, update=None):
    """Return the weights after each step."""
    update = update or optimizer.update
    slots = optimizer.init(weights)
    for step, gradient in enumerate(gradients):
        weights, slots = update(gradient, weights, slots, step)
        yield weights


def theirs(optimizer, weights, gradients):
    variables = {path: keras.Variable(np.asarray(value), name=path) for path, value in weights.items()}
    optimizer.build(list(variables.values()))
    for gradient in gradients:
        optimizer.apply([gradient[path] for path in variables])
        yield {path: np.array(variable.value) for path, variable in variables.items()}


# --- parity with Keras ------------------------------------------------------------------------------------


@EACH
def test_arguments_and_defaults_are_those_of_keras(name):
    mine, other = (
        inspect.signature(getattr(module, name).__init__).parameters for module in (optimizers, keras.optimizers)
    )
    shared = [
        one
        for one in other.values()
        if one.name in mine and one.kind is one.POSITIONAL_OR_KEYWORD and one.name != "self"
    ]
    assert shared
    positional = [one.name for one in mine.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    for one in shared:
        assert one.default == mine[one.name].default
    assert positional == list(other)[: len(positional)]


@ALL
def test_weights_follow_those_of_keras(name, arguments, slots):
    weights, gradients = weights_and_gradients()
    expected = list(theirs(getattr(keras.optimizers, name)(**arguments), weights, gradients))
    found = list(ours(getattr(optimizers, name)(**arguments), weights, gradients))
    assert len(found) == len(expected) == STEPS
    for one, other in zip(found, expected, strict=True):
        for path in SHAPES:
            np.testing.assert_allclose(one[path], other[path], rtol=1e-5, atol=1e-6)


@KERAS_WARNS
@ALL
def test_weights_follow_those_of_keras_in_a_model(name, arguments, slots):
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    start = None
    found = []
    for library in (hornet, keras):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(2, "tanh"), library.layers.Dense(1)])
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(loss="mse", optimizer=getattr(library.optimizers, name)(**arguments))
        for _ in range(3):
            model.train_on_batch(x, x.sum(axis=1, keepdims=True))
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):  # Keras rounds beta_2 in one place of two: its error is 2.4e-5
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_adam_is_exact_to_its_rounding_in_a_program():
    """In float32 `1 - beta_2` has four digits, so it must be rounded alike wherever it stands."""
    optimizer = optimizers.Adam(0.1)
    weights, gradients = weights_and_gradients()
    numbers = boxes(optimizer, Number)
    program = jax.jit(pure(numbers, optimizer.update))
    found = list(ours(optimizer, weights, gradients, lambda *batch: program(values_of(numbers), *batch)[0]))
    w, m, v = np.asarray(weights["kernel"], "float64"), 0.0, 0.0
    for step, gradient in enumerate(gradients, start=1):
        g = np.asarray(gradient["kernel"], "float64")
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
        np.testing.assert_allclose(found[step - 1]["kernel"], w, rtol=1e-5, atol=2e-6)


# --- slots ------------------------------------------------------------------------------------------------


@ALL
def test_slots_are_what_is_remembered_of_each_weight(name, arguments, slots):
    optimizer = getattr(optimizers, name)(**arguments)
    weights, gradients = weights_and_gradients()
    made = optimizer.init(weights)
    assert optimizer.slot_names == slots
    assert {path: tuple(one) for path, one in made.items()} == dict.fromkeys(SHAPES, slots)
    for path, one in made.items():
        assert all(slot.shape == weights[path].shape and not np.any(slot) for slot in one.values())
    _, after = optimizer.update(gradients[0], weights, made, 0)
    assert jax.tree.structure(after) == jax.tree.structure(made)
    assert jax.tree.map(lambda one: (one.shape, one.dtype), after) == jax.tree.map(
        lambda one: (one.shape, one.dtype), made
    )


@ALL
def test_an_update_changes_nothing_it_was_given(name, arguments, slots):
    optimizer = getattr(optimizers, name)(**arguments)
    weights, gradients = weights_and_gradients()
    given = (gradients[0], weights, optimizer.init(weights))
    before = jax.tree.map(np.array, given)
    optimizer.update(*given, 0)
    jax.tree.map(np.testing.assert_array_equal, given, before)


@ALL
def test_a_compiled_update_is_the_eager_one_and_takes_its_numbers_as_arguments(name, arguments, slots):
    optimizer = getattr(optimizers, name)(**arguments)
    weights, gradients = weights_and_gradients()
    numbers = boxes(optimizer, Number)
    program = jax.jit(pure(numbers, optimizer.update))

    def last(call):
        held = {path: np.float32(value) for path, value in values_of(numbers).items()}
        return list(ours(optimizer, weights, gradients, lambda *batch: call(held, *batch)[0]))[-1]

    def both():
        return last(program), last(pure(numbers, optimizer.update))

    compiled, eager = both()
    optimizer.learning_rate = 0.3
    faster, expected = both()
    for path in SHAPES:
        np.testing.assert_allclose(compiled[path], eager[path], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(faster[path], expected[path], rtol=1e-5, atol=1e-6)
        assert np.all(faster[path] != compiled[path])
    assert program._cache_size() == 1


@ALL
def test_a_learning_rate_of_zero_moves_nothing(name, arguments, slots):
    weights, gradients = weights_and_gradients()
    last = list(ours(getattr(optimizers, name)(**{**arguments, "learning_rate": 0.0}), weights, gradients))[-1]
    jax.tree.map(np.testing.assert_array_equal, last, weights)


# --- numbers ----------------------------------------------------------------------------------------------


@EACH
def test_lr_is_the_learning_rate_s_older_name(name):
    optimizer = getattr(optimizers, name)(lr=0.25)
    assert (optimizer.learning_rate, optimizer.lr) == (0.25, 0.25)
    optimizer.lr = 0.5
    assert optimizer.learning_rate == 0.5
    optimizer.learning_rate = 0.125
    assert optimizer.lr == 0.125


@EACH
def test_the_learning_rate_is_read_as_a_float_and_any_number_may_be_assigned(name):
    optimizer = getattr(optimizers, name)()
    assert optimizer.learning_rate == pytest.approx(float(getattr(keras.optimizers, name)().learning_rate))
    for value in (1, 0.5, np.float32(0.5), np.array(0.5), jnp.array(0.5)):
        optimizer.learning_rate = value
        assert optimizer.learning_rate == float(value)
        assert isinstance(optimizer.learning_rate, float)
    optimizer.learning_rate *= 0.5
    assert optimizer.learning_rate == 0.25
    optimizer.learning_rate.assign(0.75)
    assert optimizer.learning_rate.numpy() == np.float32(0.75)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("SGD", {"learning_rate": -0.1}, ValueError, "`learning_rate` must be a finite number at least 0, not -0.1"),
        ("SGD", {"learning_rate": float("nan")}, ValueError, "`learning_rate` must be a finite number"),
        ("SGD", {"learning_rate": "fast"}, TypeError, "`learning_rate` must be a number, not 'fast'"),
        ("SGD", {"learning_rate": None}, TypeError, "`learning_rate` must be a number, not None"),
        ("SGD", {"momentum": 1.5}, ValueError, "`momentum` must be a finite number at least 0 and at most 1, not 1.5"),
        ("SGD", {"momentum": None}, TypeError, "`momentum` must be a number, not None"),
        ("SGD", {"clipnorm": 0.0}, ValueError, "`clipnorm` must be a finite number above 0, not 0.0"),
        ("SGD", {"clipvalue": -1}, ValueError, "`clipvalue` must be a finite number above 0, not -1"),
        ("SGD", {"global_clipnorm": 0}, ValueError, "`global_clipnorm` must be a finite number above 0, not 0"),
        ("SGD", {"weight_decay": -0.1}, ValueError, "`weight_decay` must be a finite number at least 0, not -0.1"),
        ("Adam", {"beta_1": 1.0}, ValueError, "`beta_1` must be a finite number at least 0 and below 1, not 1.0"),
        ("Adam", {"beta_2": -0.5}, ValueError, "`beta_2` must be a finite number at least 0 and below 1, not -0.5"),
        ("Adam", {"epsilon": -1e-7}, ValueError, "`epsilon` must be a finite number at least 0"),
        ("RMSprop", {"rho": 2}, ValueError, "`rho` must be a finite number at least 0 and at most 1, not 2"),
        ("RMSprop", {"momentum": -1}, ValueError, "`momentum` must be a finite number at least 0 and at most 1"),
        (
            "SGD",
            {"learnin_rate": 0.1},
            TypeError,
            r"^`SGD` has no argument `learnin_rate`\. Did you mean 'learning_rate'\?",
        ),
        ("Adam", {"beta1": 0.1}, TypeError, r"^`Adam` has no argument `beta1`\. Did you mean 'beta_1'\?"),
    ],
)
def test_numbers_out_of_range_and_unknown_names_are_refused(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(optimizers, name)(**arguments)


def test_a_number_out_of_range_is_refused_on_assignment_and_the_old_one_kept():
    optimizer = optimizers.Adam(0.1)
    for attribute, value in (("learning_rate", -1.0), ("beta_1", 1.0), ("lr", float("inf"))):
        with pytest.raises(ValueError, match="must be a finite number"):
            setattr(optimizer, attribute, value)
    assert (optimizer.learning_rate, optimizer.beta_1) == (0.1, 0.9)


@EACH
@pytest.mark.parametrize(
    "limits",
    [
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"clipnorm": 1.0, "global_clipnorm": 1.0},
        {"clipvalue": 1.0, "global_clipnorm": 1.0},
        {"clipnorm": 1.0, "clipvalue": 1.0, "global_clipnorm": 1.0},
    ],
)
def test_only_one_kind_of_clipping_may_be_asked_for(name, limits):
    with pytest.raises(ValueError, match=r"cannot be used together\. Pass one of them\.$"):
        getattr(optimizers, name)(**limits)


@pytest.mark.parametrize("limit", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_clipping_leaves_small_gradients_alone_and_zeros_finite(limit):
    weights, gradients = weights_and_gradients()
    gradients = [jax.tree.map(lambda one: one * 1e-3, gradients[0]), jax.tree.map(jnp.zeros_like, weights)]
    plain = list(ours(optimizers.SGD(), weights, gradients))
    clipped = list(ours(optimizers.SGD(**{limit: 1.0}), weights, gradients))
    jax.tree.map(np.testing.assert_array_equal, clipped, plain)


@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.RMSprop])
def test_momentum_that_is_assigned_later_counts(kind):
    late, early = kind(0.1), kind(0.1, momentum=0.9)
    late.momentum = 0.9
    assert late.slot_names == early.slot_names
    assert structure_of(late) == structure_of(early)


def test_a_model_trains_with_the_momentum_that_was_assigned_to_its_optimizer():
    found = []
    for momentum in (0.0, 0.9):
        model = hornet.Sequential(
            [hornet.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(2,))]
        )
        optimizer = optimizers.SGD(0.1, momentum=momentum)
        model.compile(loss="mse", optimizer=optimizer)
        optimizer.momentum = 0.9
        for _ in range(3):
            model.train_on_batch(np.ones((4, 2)), np.ones(4))
        found.append(model.get_weights()[0])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


# --- configs, names ---------------------------------------------------------------------------------------


@ALL
def test_an_optimizer_is_rebuilt_from_its_config(name, arguments, slots):
    optimizer = getattr(optimizers, name)(**arguments)
    config = optimizer.get_config()
    assert set(config) == set(constructor_arguments(type(optimizer)))
    for again in (type(optimizer).from_config(config), optimizers.deserialize(optimizers.serialize(optimizer))):
        assert again.get_config() == config
        assert structure_of(again) == structure_of(optimizer)


@KERAS_WARNS
@ALL
def test_keras_reads_the_config_and_writes_the_same(name, arguments, slots):
    optimizer = getattr(optimizers, name)(**arguments)
    config = optimizer.get_config()
    for twin in (
        getattr(keras.optimizers, name).from_config(config),
        keras.optimizers.deserialize(optimizers.serialize(optimizer)),
    ):
        written = twin.get_config()
        assert {key: pytest.approx(written[key]) for key in config} == config


def test_a_config_holds_the_number_as_it_stands():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = 0.5
    assert optimizer.get_config()["learning_rate"] == 0.5


@pytest.mark.parametrize(
    "identifier", ["sgd", "SGD", optimizers.SGD, {"class_name": "SGD", "config": {"learning_rate": 0.01}}]
)
def test_get_takes_names_classes_and_configs(identifier):
    found = optimizers.get(identifier)
    assert isinstance(found, optimizers.SGD)
    assert found.learning_rate == 0.01


def test_get_returns_objects_as_they_are_and_offers_the_nearest_name():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None
    with pytest.raises(ValueError, match=r"^There is no optimizer named 'adm'\. Did you mean 'adam'\?$"):
        optimizers.get("adm")


@EACH
def test_names_are_those_of_keras(name):
    hornet.core.module.reset_names()
    keras.backend.clear_session()
    for _ in range(2):
        assert getattr(optimizers, name)().name == getattr(keras.optimizers, name)().name
    assert getattr(optimizers, name)(name="own").name == "own"


def test_an_own_optimizer_writes_one_method():
    class SignDescent(optimizers.Optimizer):
        def update_one(self, gradient, weight, slots, step):
            return weight - self.learning_rate * jnp.sign(gradient), {}

    model = hornet.Sequential([hornet.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(2,))])
    model.compile(loss="mse", optimizer=SignDescent(0.5))
    model.train_on_batch(np.ones((4, 2)), np.ones(4))
    assert model.get_weights()[0].tolist() == [[0.5], [0.5]]
    with pytest.raises(NotImplementedError, match=r"`Optimizer` has no `update_one`\. Write one"):
        optimizers.Optimizer().update({"w": 1.0}, {"w": 1.0}, {"w": {}}, 0)
