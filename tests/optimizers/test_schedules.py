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
]
IDS = [f"{name}-{'-'.join(f'{key}={value}' for key, value in given.items())}" for name, given in CASES]
ALL = instances(("name", "arguments"), CASES, ids=IDS)
EACH = pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in CASES))
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
    assert public - {"LearningRateSchedule"} == {name for name, _ in CASES} == set(schedules.registry)
    assert public == {name for name in dir(keras.optimizers.schedules) if name[0].isupper()}


@EACH
def test_arguments_and_defaults_are_those_of_keras(name):
    mine, other = (
        inspect.signature(getattr(module, name).__init__).parameters.values()
        for module in (schedules, keras.optimizers.schedules)
    )
    plain = [[(one.name, one.default) for one in side if one.name != "name"] for side in (mine, other)]
    assert plain[0] == plain[1]
    assert build(name, dict(CASES)[name]).name == getattr(keras.optimizers.schedules, name)(**dict(CASES)[name]).name


@ALL
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
        assert (change > 1e-6) != (argument == "warmup_steps" and schedule.warmup_target is None), path
        number.set(held)
    assert len(traces) == 1


@ALL
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


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
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
        patch.setattr(schedules, "jnp", None)  # whoever asks for it fails
        assert optimizer.learning_rate == pytest.approx(0.1 * 0.5 * (1 + np.cos(np.pi * 0.6)))


def test_the_rate_of_accumulated_steps_is_that_of_the_step_that_applies_them():
    _, found = positions(Falling(0.5), 4, gradient_accumulation_steps=2)
    np.testing.assert_allclose(found, [0.0, -0.25, -0.25, -0.375], rtol=1e-6)
