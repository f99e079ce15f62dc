"""Schedules, over one table of instances, and the learning rates that optimizers take from them."""

import copy
import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from tests.tables import instances

import hornet
from hornet import optimizers
from hornet.core.config import structure_of
from hornet.core.module import boxes, pure, values_of
from hornet.core.variable import Number
from hornet.optimizers import schedules
from hornet.optimizers.schedules import schedule as base

# One line an instance: class and arguments. A class without a line fails the suite.
CASES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 2.0, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [10, 30], "values": [0.1, 0.05, 0.01]}),
    ("PiecewiseConstantDecay", {"boundaries": [25], "values": [0.1, 0.5]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 40}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 40, "end_learning_rate": 0.02, "power": 0.5}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 13, "power": 2.0, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 40}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 40, "alpha": 0.2}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 30, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 12},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 30, "warmup_target": 0.2, "warmup_steps": 1}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 7}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0, "m_mul": 0.8}),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 8, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
    ),
    ("CosineLog", {"max_learning_rate": 0.1, "total_steps": 60}),
    ("CosineLog", {"max_learning_rate": 0.1, "total_steps": 80, "cycles": 2}),
    ("OneCycle", {"max_learning_rate": 0.1, "total_steps": 60}),
    ("OneCycle", {"max_learning_rate": 0.1, "total_steps": 80, "pct_start": 0.7, "div_factor": 2.0}),
]
NOT_IN_KERAS = {"CosineLog", "OneCycle"}
IDS = [f"{name}-{'-'.join(f'{key}={value}' for key, value in given.items())}" for name, given in CASES]
ALL = instances(("name", "arguments"), CASES, ids=IDS)
OF_KERAS = instances(
    ("name", "arguments"),
    [case for case in CASES if case[0] not in NOT_IN_KERAS],
    ids=[label for label, case in zip(IDS, CASES, strict=True) if case[0] not in NOT_IN_KERAS],
)
EACH_OF_KERAS = pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in CASES if name not in NOT_IN_KERAS))
STEPS = range(100)
OTHERS = {
    "initial_learning_rate": 0.3,
    "decay_steps": 11.0,
    "first_decay_steps": 5.0,
    "decay_rate": 0.7,
    "boundaries": 15.0,
    "values": 0.7,
    "end_learning_rate": 0.05,
    "power": 3.0,
    "alpha": 0.5,
    "warmup_target": 0.7,
    "warmup_steps": 20.0,
    "t_mul": 3.0,
    "m_mul": 0.5,
    "max_learning_rate": 0.3,
    "cycles": 3.0,
    "total_steps": 30.0,
    "pct_start": 0.5,
    "div_factor": 5.0,
    "final_div_factor": 10.0,
    "base_momentum": 0.5,
    "max_momentum": 0.99,
}


def build(name, arguments):
    return getattr(schedules, name)(**arguments)


@pytest.fixture
def double_precision():
    with jax.enable_x64(True):
        keras.config.set_floatx("float64")
        yield
        keras.config.set_floatx("float32")


# --- laws -------------------------------------------------------------------------------------------------


def test_every_schedule_has_a_case():
    public = {name for name in schedules.__all__ if name[0].isupper()}
    assert public - {"LearningRateSchedule"} == {name for name, _ in CASES} == set(base.registry)
    assert public - NOT_IN_KERAS == {name for name in dir(keras.optimizers.schedules) if name[0].isupper()}


@EACH_OF_KERAS
def test_arguments_and_defaults_are_those_of_keras(name):
    mine, other = (
        inspect.signature(getattr(module, name).__init__).parameters.values()
        for module in (schedules, keras.optimizers.schedules)
    )
    plain = [[(one.name, one.default) for one in side if one.name != "name"] for side in (mine, other)]
    assert plain[0] == plain[1]
    assert build(name, dict(CASES)[name]).name == getattr(keras.optimizers.schedules, name)(**dict(CASES)[name]).name


@OF_KERAS
def test_rates_are_those_of_keras(name, arguments, double_precision, oracle):
    mine = build(name, arguments)
    found = [float(mine(step)) for step in STEPS]

    def theirs():
        schedule = getattr(keras.optimizers.schedules, name)(**arguments)  # compiled, some end in NaN
        return np.array([schedule(step) for step in STEPS])

    [expected] = oracle("rates", theirs)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2e-8)  # Keras takes the cosine of a float32
    assert len({round(rate, 6) for rate in found}) > 1


@pytest.mark.parametrize("end", [40, 41, 49, 1000])
def test_a_root_is_a_number_at_its_end(end):
    """A compiler may multiply by 1 / end, and so miss 1."""
    schedule = build("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": end, "power": 0.5})
    rates = jax.jit(jax.vmap(schedule))(np.arange(end - 1, end + 2))
    assert rates[0] > schedule.end_learning_rate
    np.testing.assert_allclose(rates[1:], schedule.end_learning_rate, rtol=1e-6)


@ALL
def test_a_program_and_an_array_of_steps_give_the_same(name, arguments):
    schedule = build(name, arguments)
    numbers = boxes(schedule, Number)
    program = jax.jit(pure(numbers, schedule))
    one_by_one = [schedule(step) for step in STEPS]
    np.testing.assert_allclose(schedule(np.array(STEPS)), one_by_one, rtol=1e-12)
    rates = [program(values_of(numbers), np.int32(step))[0] for step in STEPS]
    assert {rate.dtype for rate in rates} == {np.dtype("float32")}
    np.testing.assert_allclose(rates, one_by_one, rtol=1e-5, atol=1e-7)


@ALL
def test_every_number_is_an_argument_of_the_program_and_matters(name, arguments):
    schedule = build(name, arguments)
    numbers = boxes(schedule, Number)
    structure = structure_of(schedule)
    traces = []

    def rates(steps):
        traces.append(steps)
        return schedule(steps)

    program = jax.jit(pure(numbers, rates))
    steps = np.array(STEPS)
    before = program(values_of(numbers), steps)[0]
    for path, number in numbers.items():
        argument, held = path.strip("_").partition("/")[0], number.value
        number.set(OTHERS[argument])
        assert structure_of(schedule) == structure
        change = np.max(np.abs(program(values_of(numbers), steps)[0] - before))
        without = argument == "warmup_steps" and schedule.warmup_target is None
        assert (change > 1e-6) != (without or argument.endswith("momentum")), path
        number.set(held)
    assert len(traces) == 1


@OF_KERAS
def test_configs_go_from_here_to_keras_and_back(name, arguments):
    schedule = build(name, arguments)
    config = schedule.get_config()
    described = schedules.serialize(schedule)
    for twin in (
        getattr(keras.optimizers.schedules, name).from_config(copy.deepcopy(config)),
        keras.optimizers.schedules.deserialize(copy.deepcopy(described)),
    ):
        assert twin.get_config() == config
        assert getattr(schedules, name).from_config(twin.get_config()).get_config() == config
        again = schedules.deserialize(keras.optimizers.schedules.serialize(twin))
        assert again.get_config() == config
        assert structure_of(again) == structure_of(schedule)


# --- single schedules -------------------------------------------------------------------------------------


@pytest.mark.parametrize("t_mul", [1.0, 1.1, 2.0, 3.0])
def test_a_restart_comes_at_its_very_step(t_mul):
    """Keras's logarithm is rounded down at some of them, and gives the last rate of the period before."""
    schedule = schedules.CosineDecayRestarts(1.0, 1000, t_mul=t_mul, alpha=0.1)
    program = jax.jit(lambda step: schedule(step))
    restarts = np.cumsum([0, *(1000 * t_mul**period for period in range(4))])
    for step in restarts[restarts == np.round(restarts)]:
        for call in (program, schedule):
            assert float(call(np.int32(step))) == pytest.approx(1.0, abs=1e-4)
            if step:
                assert float(call(np.int32(step - 1))) < 0.11


def test_cosine_log_has_cycles_that_double():
    schedule = schedules.CosineLog(0.5, total_steps=1500, cycles=4)
    rates = np.array([schedule(step) for step in range(1601)])
    np.testing.assert_allclose(rates[[0, 100, 300, 700, 1500, 1600]], 0, atol=1e-12)
    peaks = [start + np.argmax(rates[start:stop]) for start, stop in ((0, 100), (100, 300), (300, 700))]
    np.testing.assert_allclose(peaks, 100 * (2 ** np.array([0.5, 1.5, 2.5]) - 1), atol=1)
    assert 0.4999 < rates.max() <= 0.5  # peaks lie between steps


@pytest.mark.parametrize("part", [0.2, 0.7])
def test_one_cycle_rises_and_falls_between_its_ends_and_the_momentum_goes_the_other_way(part):
    schedule = schedules.OneCycle(0.5, 1000, part, div_factor=10.0, final_div_factor=50.0)
    top = round(1000 * part)
    rates, momenta = (np.array([call(step) for step in range(1101)]) for call in (schedule, schedule.momentum_at))
    np.testing.assert_allclose(rates[[0, top, 1000, 1100]], [0.05, 0.5, 0.001, 0.001], rtol=1e-6)
    np.testing.assert_allclose(momenta[[0, top, 1000, 1100]], [0.95, 0.85, 0.95, 0.95], rtol=1e-6)
    for numbers, sign in ((rates, 1), (momenta, -1)):
        steps = sign * np.diff(numbers)
        assert (steps[:top] > 0).all()
        assert (steps[top:1000] < 0).all()
    # each way is half a cosine: a quarter of the time for the first (1 - cos 45 degrees) / 2 of it
    way = (1 - np.sqrt(0.5)) / 2
    assert schedule(top / 4) == pytest.approx(0.05 + 0.45 * way)
    assert schedule(top + (1000 - top) / 4) == pytest.approx(0.5 - 0.499 * way)
    assert schedules.OneCycle(0.5, 1000, base_momentum=None).momentum_at(3) is None
    again = schedules.deserialize(schedules.serialize(schedule))
    assert again.get_config() == schedule.get_config()
    assert structure_of(again) == structure_of(schedule)


class At(schedules.LearningRateSchedule):
    """The same rate at every step, and at each step its own momentum."""

    def __init__(self, rate, momenta):
        self.rate, self.momenta = rate, momenta

    def __call__(self, step):
        return self.rate

    def momentum_at(self, step):
        return jnp.asarray(self.momenta)[step]


MOMENTA = [0.9, 0.5, 0.7]
HAVE_MOMENTUM = {
    "momentum": lambda rate, number: optimizers.SGD(rate, momentum=number),
    "nesterov": lambda rate, number: optimizers.SGD(rate, momentum=number, nesterov=True),
    "rmsprop": lambda rate, number: optimizers.RMSprop(rate, momentum=number),
    "adam": lambda rate, number: optimizers.Adam(rate, beta_1=number),
    "lion": lambda rate, number: optimizers.Lion(rate, beta_1=number),
    "scaled": lambda rate, number: optimizers.LossScaleOptimizer(optimizers.SGD(rate, momentum=number)),
}


@pytest.mark.parametrize("kind", HAVE_MOMENTUM)
def test_a_schedule_s_momentum_is_as_if_it_were_assigned_before_each_update(kind):
    gradient, weights = {"w": np.float32([0.3, -1.0])}, {"w": np.float32([1.0, 2.0])}
    scheduled, by_hand = HAVE_MOMENTUM[kind](At(0.1, MOMENTA), 0.6), HAVE_MOMENTUM[kind](0.1, 0.6)
    found, slots = weights, scheduled.init(weights)
    expected, expected_slots = weights, by_hand.init(weights)
    numbers = boxes({"optimizer": scheduled}, Number)
    program = jax.jit(pure(numbers, scheduled.update))
    inner = getattr(by_hand, "inner_optimizer", by_hand)
    for step, momentum in enumerate(MOMENTA):
        alone = scheduled.update(gradient, found, slots, step)[0]  # outside a program
        found, slots = program(values_of(numbers), gradient, found, slots, step)[0]
        setattr(inner, "beta_1" if hasattr(inner, "beta_1") else "momentum", momentum)
        expected, expected_slots = by_hand.update(gradient, expected, expected_slots, step)
        np.testing.assert_allclose(found["w"], expected["w"], rtol=1e-5)
        np.testing.assert_allclose(alone["w"], expected["w"], rtol=1e-5)
    inner = getattr(scheduled, "inner_optimizer", scheduled)
    assert float(inner.beta_1 if hasattr(inner, "beta_1") else inner.momentum) == 0.6


def test_an_optimizer_without_momentum_passes_over_a_schedule_s():
    for optimizer in (optimizers.SGD, optimizers.Adagrad):
        cycle = schedules.OneCycle(0.1, 10)
        pair = [optimizer(rate) for rate in (cycle, lambda step, cycle=cycle: cycle(step))]
        weights = {"w": np.float32(1.0)}
        found = [each.update({"w": np.float32(2.0)}, weights, each.init(weights), 3)[0]["w"] for each in pair]
        assert found[0] == found[1] != 1.0


def test_a_model_is_trained_along_one_cycle_in_any_gear():
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    found = []
    for settings in ({}, {"callbacks": [hornet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]}):
        hornet.utils.set_random_seed(0)
        model = hornet.Sequential([hornet.layers.Dense(4, "relu", input_shape=(3,)), hornet.layers.Dense(1)])
        model.compile(loss="mse", optimizer=optimizers.SGD(schedules.OneCycle(0.1, 12), momentum=0.9))
        model.fit(x, x.sum(axis=1), epochs=3, batch_size=16, verbose=0, **settings)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("OneCycle", (0.1, 0), "`total_steps` must be a finite number above 0, not 0"),
        ("OneCycle", (0.1, 10, 1.0), "`pct_start` must be a finite number above 0 and below 1, not 1"),
        ("ExponentialDecay", (0.1, 0, 0.5), "`decay_steps` must be a finite number above 0, not 0"),
        ("ExponentialDecay", (-0.1, 5, 0.5), "`initial_learning_rate` must be a finite number at least 0, not -0.1"),
        ("InverseTimeDecay", (0.1, 5, -1), "`decay_rate` must be a finite number at least 0, not -1"),
        ("PolynomialDecay", (0.1, -5), "`decay_steps` must be a finite number above 0, not -5"),
        ("CosineDecay", (0.1, 5, -1), "`alpha` must be a finite number at least 0, not -1"),
        ("CosineDecayRestarts", (0.1, 5, 0.5), "`t_mul` must be a finite number at least 1, not 0.5"),
        ("PiecewiseConstantDecay", ([1, 2], [0.1, 0.2]), r"There are 2 `boundaries` and 2 `values`\. Pass one value"),
        ("PiecewiseConstantDecay", ([2, 2], [0.1, 0.2, 0.3]), r"`boundaries` must grow, unlike \[2, 2\]\. Sort them"),
        ("PiecewiseConstantDecay", ([2], [0.1, -1]), "`values` must be a finite number at least 0, not -1"),
    ],
)
def test_numbers_out_of_range_are_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(schedules, name)(*arguments)


def test_names_are_found_and_the_nearest_offered():
    with pytest.raises(ValueError, match=r"no schedule named 'CosineDecoy'\. Did you mean 'CosineDecay'"):
        schedules.deserialize({"class_name": "CosineDecoy", "config": {}})
    with pytest.raises(AttributeError, match="Did you mean 'ExponentialDecay'"):
        schedules.ExponentialDeca
    with pytest.raises(NotImplementedError, match=r"`LearningRateSchedule` has no `__call__`\. Write `__call__"):
        schedules.LearningRateSchedule()(0)


def halving(step):
    return 0.5**step


class Falling(schedules.LearningRateSchedule):
    """A user's own schedule; its number is an attribute like any other."""

    def __init__(self, start):
        self.start = start

    def __call__(self, step):
        return self.start / (step + 1)


def test_an_own_schedule_is_described_and_rebuilt():
    described = schedules.serialize(Falling(0.5))
    assert described["config"] == {"start": 0.5}
    again = schedules.deserialize(described, custom_objects={"Falling": Falling})
    assert (type(again), again.start) == (Falling, 0.5)
    described = optimizers.serialize(optimizers.SGD(Falling(0.25)))
    optimizer = optimizers.deserialize(described, custom_objects={"Falling": Falling})
    assert (type(optimizer.schedule), optimizer.learning_rate) == (Falling, 0.25)
    assert optimizers.SGD(halving).get_config()["learning_rate"]["config"] == "halving"


# --- in optimizers ----------------------------------------------------------------------------------------


def line():
    """Return a model whose only weight moves by the learning rate at every step, and its data."""
    model = hornet.Sequential([hornet.layers.Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(1,))])
    return model, np.ones((2, 1)), -np.ones((2, 1))


def positions(rate, calls, **settings):
    """Return where `Lion`, which goes down by the learning rate, is after each of some updates."""
    model, x, y = line()
    optimizer = optimizers.Lion(rate, **settings)
    model.compile(loss=lambda y_true, y_pred: y_pred[:, 0], optimizer=optimizer)
    found = []
    for _ in range(calls):
        model.train_on_batch(x, y)
        found.append(float(model.get_weights()[0][0, 0]))
    return optimizer, found


@pytest.mark.parametrize(
    "rate",
    [
        Falling(0.5),
        schedules.InverseTimeDecay(0.5, 1, 1.0),
        lambda step: 0.5 / (1 + step),
        lambda step: 0.5 / jnp.asarray(1 + step, "float32"),
    ],
    ids=["own", "ours", "function", "function of arrays"],
)
def test_the_rate_comes_from_the_step(rate):
    optimizer, found = positions(rate, 3)
    np.testing.assert_allclose(found, -0.5 * np.cumsum([1, 1 / 2, 1 / 3]), rtol=1e-6)
    assert optimizer.iterations == 3
    assert optimizer.learning_rate == pytest.approx(0.125)
    assert optimizer.lr.numpy() == np.float32(0.125)


def test_decay_is_older_keras_s_decay_with_time():
    optimizer, found = positions(0.1, 3, lr=0.5, decay=1.0)
    np.testing.assert_allclose(found, -0.5 * np.cumsum([1, 1 / 2, 1 / 3]), rtol=1e-6)
    assert isinstance(optimizer.schedule, schedules.InverseTimeDecay)
    assert optimizers.SGD(lr=0.5, decay=0.0).schedule is None
    assert optimizers.SGD(0.5, decay=None).learning_rate == 0.5


def test_a_function_of_nothing_is_called_before_each_dispatch():
    rates = iter([0.5, 0.25, 0.125, 1.0])
    optimizer, found = positions(lambda: next(rates), 3)
    np.testing.assert_allclose(found, [-0.5, -0.75, -0.875], rtol=1e-6)
    assert optimizer.learning_rate == 1.0
    with pytest.raises(ValueError, match="`learning_rate` must be a finite number, not nan"):
        positions(lambda: float("nan"), 1)


def test_optional_arguments_of_a_function_are_not_the_step():
    assert positions(lambda rate=0.5: rate, 2)[1] == [-0.5, -1.0]


def test_numbers_of_a_schedule_change_without_a_trace():
    traces = []

    class Counted(schedules.ExponentialDecay):
        def __call__(self, step):
            traces.append(step)
            return super().__call__(step)

    schedule = Counted(0.5, 1, 0.5)
    model, x, y = line()
    model.compile(loss=lambda y_true, y_pred: y_pred[:, 0], optimizer=optimizers.Lion(schedule))
    model.train_on_batch(x, y)
    traced = len(traces)
    schedule.initial_learning_rate = 2.0
    model.train_on_batch(x, y)
    assert len(traces) == traced >= 1
    assert model.get_weights()[0].tolist() == [[-0.5 - 2.0 * 0.5]]


def test_two_schedules_of_one_class_share_a_program_and_two_functions_do_not():
    def structure(rate):
        return structure_of(optimizers.SGD(rate))

    assert structure(0.1) == structure(0.2)
    assert structure(schedules.CosineDecay(0.1, 5)) == structure(schedules.CosineDecay(0.2, 7, alpha=0.5))
    assert structure(schedules.CosineDecay(0.1, 5)) != structure(schedules.CosineDecay(0.1, 5, warmup_target=1.0))
    assert structure(schedules.CosineDecay(0.1, 5)) != structure(0.1)
    assert structure(lambda step: 0.1) != structure(lambda step: 0.2)


@pytest.mark.parametrize("rate", [schedules.CosineDecay(0.1, 5), lambda step: 0.1, lambda: 0.1])
def test_a_number_cannot_take_a_schedule_s_place(rate):
    optimizer = optimizers.SGD(rate)
    for assign in (lambda value: setattr(optimizer, "lr", value), optimizer.learning_rate.assign):
        with pytest.raises(
            TypeError, match=r"`learning_rate` is a schedule or a function, .* become 0\.5\. Assign anot"
        ):
            assign(0.5)
    optimizer.learning_rate = schedules.CosineDecay(0.25, 5)
    assert optimizer.learning_rate == 0.25


def test_a_schedule_may_take_a_number_s_place():
    optimizer = optimizers.Adam(0.1)
    optimizer.learning_rate = schedules.CosineDecay(0.25, 5)
    assert optimizer.learning_rate == 0.25
    with pytest.raises(TypeError, match="`learning_rate` must be a number, not"):
        optimizers.Adam(schedules.CosineDecay)


def test_a_look_at_the_rate_compiles_nothing():
    optimizer = optimizers.SGD(schedules.CosineDecayRestarts(0.1, 5))
    optimizer.iterations.assign(3)
    with jax.log_compiles(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "jnp", None)  # whoever asks for it fails
        assert optimizer.learning_rate == pytest.approx(0.1 * 0.5 * (1 + np.cos(np.pi * 0.6)))


def test_the_rate_of_accumulated_steps_is_that_of_the_step_that_applies_them():
    _, found = positions(Falling(0.5), 4, gradient_accumulation_steps=2)
    np.testing.assert_allclose(found, [0.0, -0.25, -0.25, -0.375], rtol=1e-6)
