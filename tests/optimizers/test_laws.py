"""What must be true of every optimizer, over one table of instances."""

import copy
import functools
import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import optimizers
from hornet.core.config import constructor_arguments, structure_of
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Number
from hornet.optimizers.optimizer import registry

# One line an instance: class, arguments, slots of each weight. A class without a line fails the suite.
# A tuple as learning rate is a schedule: its class and arguments.
HALVING = ("ExponentialDecay", 0.1, 3, 0.5)
MOMENTS = ("momentum", "velocity")
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
    ("SGD", {"learning_rate": HALVING, "weight_decay": 0.1}, ()),
    ("SGD", {"use_ema": True}, ()),
    ("SGD", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3}, ()),
    ("SGD", {"loss_scale_factor": 8.0}, ()),
    ("SGD", {"learning_rate": 0.5, "momentum": 0.9, "gradient_accumulation_steps": 3}, ("momentum",)),
    ("Adam", {}, MOMENTS),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, MOMENTS),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True}, (*MOMENTS, "velocity_hat")),
    ("Adam", {"weight_decay": 0.01, "global_clipnorm": 0.5}, MOMENTS),
    ("Adam", {"learning_rate": HALVING, "gradient_accumulation_steps": 2, "clipvalue": 0.5}, MOMENTS),
    ("AdamW", {}, MOMENTS),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.2, "amsgrad": True}, (*MOMENTS, "velocity_hat")),
    ("Adamax", {}, ("momentum", "norm")),
    ("Adamax", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, ("momentum", "norm")),
    ("Nadam", {}, MOMENTS),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, MOMENTS),
    ("Nadam", {"learning_rate": HALVING, "gradient_accumulation_steps": 2}, MOMENTS),
    ("Lamb", {}, MOMENTS),
    ("Lamb", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3, "weight_decay": 0.1}, MOMENTS),
    ("Lion", {}, ("momentum",)),
    ("Lion", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.8}, ("momentum",)),
    ("RMSprop", {}, ("velocity",)),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.5, "epsilon": 1e-3}, ("velocity",)),
    ("RMSprop", {"momentum": 0.9}, ("velocity", "momentum")),
    ("RMSprop", {"centered": True}, ("velocity", "average_gradient")),
    ("RMSprop", {"centered": True, "momentum": 0.5, "clipvalue": 0.1}, ("velocity", "momentum", "average_gradient")),
    ("Adagrad", {}, ("accumulator",)),
    ("Adagrad", {"learning_rate": 0.5, "initial_accumulator_value": 0.0, "epsilon": 1e-3}, ("accumulator",)),
    ("Adadelta", {}, ("accumulated_grad", "accumulated_delta_var")),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3}, ("accumulated_grad", "accumulated_delta_var")),
    ("Adafactor", {}, ("velocity", "row", "column")),
    ("Adafactor", {"learning_rate": 0.2, "beta_2_decay": -0.3, "epsilon_1": 1e-3}, ("velocity", "row", "column")),
    ("Adafactor", {"relative_step": False, "clip_threshold": 0.5, "epsilon_2": 1.0}, ("velocity", "row", "column")),
    ("Adafactor", {"learning_rate": HALVING}, ("velocity", "row", "column")),
    ("Ftrl", {}, ("accumulator", "linear")),
    ("Ftrl", {"learning_rate": 0.1, "learning_rate_power": -0.3, "beta": 0.4}, ("accumulator", "linear")),
    ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 1.0}, ("accumulator", "linear")),
    ("Ftrl", {"l2_regularization_strength": 1.0, "initial_accumulator_value": 0.5}, ("accumulator", "linear")),
    ("Ftrl", {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 1.0}, ("accumulator", "linear")),
    ("Muon", {}, MOMENTS),
    ("Muon", {"learning_rate": 0.1, "nesterov": False, "rms_rate": None, "ns_steps": 3, "momentum": 0.5}, MOMENTS),
    ("Muon", {"exclude_layers": ["ker"], "exclude_embeddings": False, "adam_lr_ratio": 0.5}, MOMENTS),
    ("Muon", {"adam_weight_decay": None, "weight_decay": 0.1, "muon_a": 3.4, "muon_b": -4.7, "muon_c": 2.0}, MOMENTS),
    ("ScheduleFreeAdamW", {}, MOMENTS),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 5, "weight_decay": 0.1}, MOMENTS),
    ("ScheduleFreeAdamW", {"beta_1": 0.5, "beta_2": 0.8, "epsilon": 1e-3}, MOMENTS),
]
IDS = [f"{name}-{'-'.join(f'{key}={value}' for key, value in given.items()) or 'plain'}" for name, given, _ in CASES]
TABLE = [pytest.param(case, id=identifier) for case, identifier in zip(CASES, IDS, strict=True)]
ALL = instances("instance", TABLE, class_of=lambda values: values[0][0], indirect=True)
WITH_EACH_SLOTS = instances("instance", TABLE, class_of=lambda values: (values[0][0], values[0][2]), indirect=True)
CLASSES = list(dict.fromkeys(name for name, _, _ in CASES))
EACH = pytest.mark.parametrize("name", CLASSES)
WRAPPERS = {"LossScaleOptimizer", "MultiOptimizer"}  # they have no mathematics of their own: see test_wrappers.py
SHAPES = {"kernel": (4, 3), "bias": (3,), "scalar": (), "embeddings": (5, 2), "cube": (2, 3, 4), "wide": (2, 6)}
STEPS = 10
KERAS_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")


def test_every_optimizer_has_a_case():
    assert {*CLASSES, *WRAPPERS} == {registry[name].__name__ for name in registry}
    public = {name for name in optimizers.__all__ if name[0].isupper()}
    assert public == {*CLASSES, *WRAPPERS, "Optimizer", "OptimizerMap"}


def build(library, name, arguments):
    rate = arguments.get("learning_rate")
    if isinstance(rate, tuple):
        arguments = {**arguments, "learning_rate": getattr(library.schedules, rate[0])(*rate[1:])}
    return getattr(library, name)(**arguments)


def weights_and_gradients(dtype="float32"):
    rng = np.random.default_rng(0)

    def draw():
        return {path: jnp.asarray(rng.normal(size=shape), dtype) for path, shape in SHAPES.items()}

    return draw(), [draw() for _ in range(STEPS)]


class Instance:
    """An optimizer, weights and gradients, and a program of its update that the laws share."""

    def __init__(self, name, arguments, slots):
        self.name, self.arguments, self.slots = name, arguments, slots
        self.optimizer = build(optimizers, name, arguments)
        self.numbers = values_of(boxes(self.optimizer, Number))
        self.weights, self.gradients = weights_and_gradients()
        self.traces = 0

    def update(self, *batch):
        self.traces += 1
        return self.optimizer.update(*batch)

    @functools.cached_property
    def lowered(self):
        program = jax.jit(pure(boxes(self.optimizer, Number), self.update))
        return program.lower(self.numbers, self.gradients[0], self.weights, self.optimizer.init(self.weights), 0)

    @functools.cached_property
    def program(self):
        return self.lowered.compile()

    def steps(self, **changed):
        """Return the weights and slots after each step, with some numbers changed."""
        numbers, weights = self.numbers | changed, self.weights
        slots, *_ = pure(boxes(self.optimizer, Number), self.optimizer.init)(numbers, weights)
        found = []
        for step, gradient in enumerate(self.gradients):
            (weights, slots), *_ = self.program(numbers, gradient, weights, slots, step)
            found.append((weights, slots))
        return found

    @functools.cached_property
    def after(self):
        return self.steps()


@pytest.fixture(scope="module")
def instance(request):
    return Instance(*request.param)


def ours(optimizer, weights, gradients):
    """Return the weights after each step, of a program."""
    numbers = boxes(optimizer, Number)
    update = jax.jit(pure(numbers, optimizer.update))
    slots = optimizer.init(weights)
    for step, gradient in enumerate(gradients):
        (weights, slots), *_ = update(values_of(numbers), gradient, weights, slots, step)
        yield weights


def theirs(optimizer, weights, gradients):
    variables = [keras.Variable(np.asarray(value), name=path) for path, value in weights.items()]
    optimizer.build(variables)
    update = jax.jit(optimizer.stateless_apply)
    state, values = ([one.value for one in some] for some in (optimizer.variables, variables))
    for gradient in gradients:
        values, state = update(state, [gradient[path] for path in weights], values)
        yield dict(zip(weights, values, strict=True))


def stacked(steps):
    return jax.tree.map(lambda *one: np.stack(one), *steps)


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


@pytest.fixture
def double_precision():
    with jax.enable_x64(True):
        keras.config.set_floatx("float64")
        yield
        keras.config.set_floatx("float32")


@WITH_EACH_SLOTS
def test_weights_follow_those_of_keras(instance, double_precision, oracle):
    """In float64, where a difference is one of mathematics; Keras has float32 in some places of its own."""
    weights, gradients = weights_and_gradients("float64")
    found, expected = (
        lambda library=library, steps=steps: stacked(
            steps(build(library, instance.name, instance.arguments), weights, gradients)
        )
        for library, steps in ((optimizers, ours), (keras.optimizers, theirs))
    )
    for one, other in zip(jax.tree.leaves(found()), oracle("weights", expected), strict=True):
        assert len(one) == len(other) == STEPS
        assert one.dtype == "float64"
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


SOME = ("SGD", "Adam", "Nadam", "Muon", "ScheduleFreeAdamW")
FOR_TRAINERS = {"use_ema", "loss_scale_factor", "gradient_accumulation_steps"}
IN_A_MODEL = [
    pytest.param(name, arguments, id=identifier)
    for (name, arguments, _), identifier in zip(CASES, IDS, strict=True)
    if FOR_TRAINERS & set(arguments) or arguments.get("learning_rate") is HALVING or (name in SOME and not arguments)
]


def trained(library, name, arguments):
    """Return the weights of a model after three batches."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(24, 3)).astype("float32")
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2, "tanh"), library.layers.Dense(1)])
    model.set_weights([rng.normal(size=one.shape) for one in model.get_weights()])
    model.compile(loss="mse", optimizer=build(library.optimizers, name, arguments))
    model.fit(x, x.sum(axis=1, keepdims=True), batch_size=8, epochs=1, shuffle=False, verbose=0)
    return model.get_weights()


@KERAS_WARNS
@instances(("name", "arguments"), IN_A_MODEL, class_of=lambda case: min(FOR_TRAINERS & set(case[1]), default=case[0]))
def test_weights_follow_those_of_keras_in_a_model(name, arguments, oracle):
    found = trained(hornet, name, arguments)
    expected = oracle("weights", lambda: trained(keras, name, arguments))
    for one, other in zip(found, expected, strict=True):  # Keras rounds beta_2 in one place of two: its error is 2.4e-5
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_adam_is_exact_to_its_rounding_in_a_program():
    """In float32 `1 - beta_2` has four digits, so it must be rounded alike wherever it stands."""
    optimizer = optimizers.Adam(0.1)
    weights, gradients = weights_and_gradients()
    found = list(ours(optimizer, weights, gradients))
    w, m, v = np.asarray(weights["kernel"], "float64"), 0.0, 0.0
    for step, gradient in enumerate(gradients, start=1):
        g = np.asarray(gradient["kernel"], "float64")
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
        np.testing.assert_allclose(found[step - 1]["kernel"], w, rtol=1e-5, atol=2e-6)


# --- slots ------------------------------------------------------------------------------------------------


SETTINGS = {"average": "use_ema", "gradient_accumulator": "gradient_accumulation_steps"}


@ALL
def test_slots_are_what_is_remembered_of_each_weight(instance):
    optimizer, weights = instance.optimizer, instance.weights
    made = optimizer.init(weights)
    added = tuple(slot for slot, setting in SETTINGS.items() if instance.arguments.get(setting))
    assert {slot for path in SHAPES for slot in made[path]} == {*instance.slots, *added}
    assert set(made) == set(SHAPES) | ({""} if optimizer._shared_slots else set())
    _, after = jax.eval_shape(lambda: optimizer.update(instance.gradients[0], weights, made, 0))
    assert jax.tree.structure(after) == jax.tree.structure(made)
    assert jax.tree.map(lambda one: (one.shape, one.dtype), after) == jax.tree.map(
        lambda one: (one.shape, one.dtype), made
    )


@ALL
def test_slots_begin_on_the_host_with_zeros_or_what_their_optimizer_says(instance):
    weights = instance.weights
    first = {
        "average": weights,
        "accumulator": dict.fromkeys(SHAPES, instance.arguments.get("initial_accumulator_value", 0.1)),
        "momentum": weights if instance.name == "ScheduleFreeAdamW" else {},
    }
    made = instance.optimizer.init(weights)
    for path in SHAPES:
        for slot, value in made[path].items():
            expected = first.get(slot, {}).get(path, 0.0)
            assert isinstance(value, np.ndarray) or value is expected
            np.testing.assert_array_equal(value, np.broadcast_to(np.float32(expected), value.shape))


@ALL
def test_slots_are_kept_for_known_weights_and_made_for_new_ones(instance):
    optimizer, weights = instance.optimizer, instance.weights
    some = {path: weights[path] for path in ("kernel", "bias")}
    _, after = instance.after[0]
    held = {path: after[path] for path in (*some, "") if path in after}
    renewed = optimizer.renew(held, weights)
    assert jax.tree.structure(renewed) == jax.tree.structure(optimizer.init(weights))
    fresh = optimizer.init(weights)
    for path, of_weight in renewed.items():
        jax.tree.map(np.testing.assert_array_equal, of_weight, held.get(path, fresh[path]))
    jax.tree.map(np.testing.assert_array_equal, optimizer.renew(renewed, some), held)
    reshaped = optimizer.renew(held, {"kernel": jnp.zeros((7, 2))})["kernel"]
    assert all(np.shape(one) in ((7, 2), (7,), (2,)) for one in reshaped.values())


@ALL
def test_an_update_changes_nothing_it_was_given(instance):
    given = (instance.gradients[0], instance.weights, instance.optimizer.init(instance.weights))
    before = jax.tree.map(np.array, given)
    jax.eval_shape(lambda: instance.optimizer.update(*given, 0))
    jax.tree.map(np.testing.assert_array_equal, given, before)


# Another value of each number, one that matters.
OTHERS = {
    "learning_rate": 0.3,
    "initial_learning_rate": 0.3,
    "decay_steps": 7.0,
    "decay_rate": 0.9,
    "weight_decay": 0.3,
    "clipnorm": 0.1,
    "clipvalue": 0.05,
    "global_clipnorm": 0.1,
    "ema_momentum": 0.9,
    "loss_scale_factor": 2.0,
    "momentum": 0.2,
    "beta_1": 0.3,
    "beta_2": 0.6,
    "epsilon": 0.5,
    "rho": 0.3,
    "initial_accumulator_value": 2.0,
    "beta_2_decay": -0.5,
    "epsilon_1": 0.5,
    "epsilon_2": 5.0,
    "clip_threshold": 0.1,
    "learning_rate_power": -0.8,
    "l1_regularization_strength": 0.5,
    "l2_regularization_strength": 20.0,
    "l2_shrinkage_regularization_strength": 0.5,
    "beta": 5.0,
    "adam_beta_1": 0.3,
    "adam_beta_2": 0.6,
    "adam_weight_decay": 0.3,
    "muon_a": 3.2,
    "muon_b": -4.6,
    "muon_c": 1.9,
    "adam_lr_ratio": 0.3,
    "rms_rate": 0.5,
    "warmup_steps": 7.0,
}


@ALL
def test_every_number_is_an_argument_of_the_program_and_matters(instance):
    before = jax.tree.leaves(instance.after[-1])
    for path, held in instance.numbers.items():
        last_name = path.rpartition("/")[2]
        if last_name == "momentum" and held == 0:
            continue  # there, it takes a slot
        after = jax.tree.leaves(instance.steps(**{path: OTHERS[last_name]})[-1])
        assert all(np.all(np.isfinite(one)) for one in after)
        change = max(np.max(np.abs(one - other)) for one, other in zip(after, before, strict=True))
        assert (change > 1e-6) != (last_name == "ema_momentum" and not instance.optimizer.use_ema), path
    assert instance.traces == 1


@instances("instance", TABLE, class_of=lambda values: values[0][0] == "SGD", indirect=True)
def test_eager_updates_are_those_of_a_program(instance):
    weights, slots = instance.weights, instance.optimizer.init(instance.weights)
    for step, gradient in enumerate(instance.gradients):
        weights, slots = instance.optimizer.update(gradient, weights, slots, step)
    for one, other in zip(jax.tree.leaves((weights, slots)), jax.tree.leaves(instance.after[-1]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)  # programs round beta_2


@ALL
def test_an_update_gathers_and_scatters_nothing(instance):
    program = instance.lowered.as_text()
    assert "stablehlo.multiply" in program
    for slow in ("gather", "scatter", "sort", "custom_call"):
        assert f"stablehlo.{slow}" not in program


@EACH
def test_what_does_not_depend_on_the_weight_is_computed_once(name):
    """However many weights there are, powers and roots of numbers are taken as often as for one."""
    optimizer = getattr(optimizers, name)(global_clipnorm=1.0)

    def scalars(count):
        weights = {str(number): np.ones(3, "float32") for number in range(count)}
        numbers = boxes(optimizer, Number)
        slots = optimizer.init(weights)
        lowered = jax.jit(pure(numbers, optimizer.update)).lower(values_of(numbers), weights, weights, slots, 0)
        lines = lowered.as_text().splitlines()
        return sum("tensor<f32>" in line and any(f"stablehlo.{one}" in line for one in COSTLY) for line in lines)

    per_weight = 2 if name == "Lamb" else 2 if name == "Adafactor" else 0  # norms of the weight and of its step
    assert scalars(5) - scalars(1) == 4 * per_weight


COSTLY = ("power", "sqrt", "rsqrt", "log", "exponential")


@ALL
def test_a_learning_rate_of_zero_moves_nothing(instance):
    if instance.name == "Ftrl":  # divides by it
        with pytest.raises(ValueError, match="`learning_rate` must be a finite number above 0, not 0"):
            optimizers.Ftrl(0.0)
        return
    rates = {path for path in instance.numbers if path.rpartition("/")[2] in ("learning_rate", "initial_learning_rate")}
    last, _ = instance.steps(**dict.fromkeys(rates, 0.0))[-1]
    rounding = 1e-6 if instance.name == "ScheduleFreeAdamW" else 0.0  # it finds the mean out from the weight
    for path in SHAPES:
        np.testing.assert_allclose(last[path], instance.weights[path], rtol=rounding)


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
    for attribute, value in (("learning_rate", float("nan")), ("beta_1", 1.0), ("lr", float("inf"))):
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
def test_an_optimizer_is_rebuilt_from_its_config(instance):
    optimizer = build(optimizers, instance.name, instance.arguments)
    config = optimizer.get_config()
    assert set(config) == set(constructor_arguments(type(optimizer)))
    for again in (type(optimizer).from_config(config), optimizers.deserialize(optimizers.serialize(optimizer))):
        assert again.get_config() == config
        assert structure_of(again) == structure_of(optimizer)


def close(config):
    """Return a config whose numbers are compared up to the rounding of float32."""
    if isinstance(config, dict):
        return {key: close(one) for key, one in config.items()}
    if isinstance(config, float | int) and not isinstance(config, bool):
        return pytest.approx(config, rel=1e-6)
    return config


@KERAS_WARNS
@ALL
def test_configs_go_from_here_to_keras_and_back(instance):
    name, arguments = instance.name, instance.arguments
    config = build(optimizers, name, arguments).get_config()
    described = optimizers.serialize(build(optimizers, name, {**arguments, "name": config["name"]}))
    twins = [getattr(keras.optimizers, name).from_config(copy.deepcopy(config))]
    if name != "Lamb":  # missing in Keras's own table
        twins.append(keras.optimizers.deserialize(copy.deepcopy(described)))
    for twin in twins:
        written = twin.get_config()
        assert close(written) == config
        assert close(getattr(optimizers, name).from_config(written).get_config()) == config
        assert close(optimizers.deserialize(keras.optimizers.serialize(twin)).get_config()) == config


def test_a_config_holds_the_number_as_it_stands():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = 0.5
    assert optimizer.get_config()["learning_rate"] == 0.5


@pytest.mark.parametrize(
    "identifier", ["sgd", "SGD", "Sgd", optimizers.SGD, {"class_name": "SGD", "config": {"learning_rate": 0.01}}]
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
    for wrong in (3, len, {"sgd": 1}):
        with pytest.raises((TypeError, ValueError), match=r"is not a valid optimizer|needs \"class_name\""):
            optimizers.get(wrong)


@EACH
def test_names_are_those_of_keras(name):
    hornet.core.names.reset_names()
    keras.backend.clear_session()
    for _ in range(2):
        assert getattr(optimizers, name)().name == getattr(keras.optimizers, name)().name
    assert getattr(optimizers, name)(name="own").name == "own"


class SignDescent(optimizers.Optimizer):
    slot_names = ("momentum",)

    def update_one(self, gradient, weight, slots, rate):
        momentum = 0.5 * slots["momentum"] + gradient
        return weight - rate * jnp.sign(momentum), {"momentum": momentum}


@pytest.mark.parametrize("schedule", [0.5, lambda step: 0.5 / (1 + 0 * step), lambda: 0.5])
def test_an_own_optimizer_writes_one_method(schedule):
    model = hornet.Sequential([hornet.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(2,))])
    model.compile(loss="mse", optimizer=SignDescent(schedule))
    model.train_on_batch(np.ones((4, 2)), np.ones(4))
    assert model.get_weights()[0].tolist() == [[0.5], [0.5]]


def test_an_own_optimizer_s_slips_are_explained():
    class Empty(optimizers.Optimizer):
        pass

    class Forgetful(SignDescent):
        def update_one(self, gradient, weight, slots, rate):
            return weight, {}

    class Reader(optimizers.Optimizer):
        def update_one(self, gradient, weight, slots, rate):
            return weight - self.learning_rate * gradient, {}

    weights = {"w": np.float32(1.0)}
    for optimizer, error, message in (
        (Empty(), NotImplementedError, r"^`Empty` has no `update_one`\. Write one\.$"),
        (Forgetful(), ValueError, r"returned the slots \[\] of 'w', which has \['momentum'\]\. Return each"),
        (Reader(lambda step: 0.1), RuntimeError, r"`learning_rate` is a schedule, .*Use the rate that `update_one`"),
    ):
        update = pure(boxes(optimizer, Number), optimizer.update)
        with pytest.raises(error, match=message):
            update(values_of(boxes(optimizer, Number)), weights, weights, optimizer.init(weights), 0)
