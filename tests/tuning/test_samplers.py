"""What holds of every sampler, and that those that learn do."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from hornet.tuning.domains import Choice
from hornet.tuning.ranges import Float, Int
from hornet.tuning.samplers import Told, sampler_of
from hornet.tuning.samplers.gp import GaussianProcessSampler
from hornet.tuning.space import Parameter, Space

NAMES = ["random", "grid", "tpe", "gp", "evolution"]
MIXED = Space(
    [
        Parameter("rate", Float(1e-5, 1, log=True)),
        Parameter("units", Int(4, 256, log=True)),
        Parameter("width", Int(32, 512, step=32)),
        Parameter("momentum", Float(0.01, 0.99, log=True, reverse=True)),
        Parameter("factor", Float(1e-3, 10, step=10, log=True)),
        Parameter("activation", Choice(("relu", "tanh", None))),
        Parameter("call", Choice((abs, max))),
        Parameter("depth", Choice((1, 2, 5), ordered=True)),
        Parameter("dropout", Float(0, 0.5, step=0.1), (("depth", (2, 5)),)),
        Parameter("depth_of", Int(3, 3)),
        Parameter("deep", Int(1, 9), (("depth", (5,)), ("activation", ("relu", None)))),
        Parameter("deep", Float(-1, 0), (("depth", (5,)), ("activation", ("tanh",)))),
    ]
)
SMALL = Space(
    [
        Parameter("a", Choice(("x", "y"))),
        Parameter("b", Int(1, 3), (("a", ("x",)),)),
        Parameter("c", Choice((1, 10), ordered=True), (("a", ("y",)),)),
    ]
)


@pytest.fixture(params=NAMES)
def sampler(request):
    if request.param == "tpe":
        pytest.importorskip("optuna")
    return sampler_of(request.param)


def bowl(params):
    value = (np.log10(params["rate"]) + 2.5) ** 2 + 0.1 * params["depth"] + params.get("dropout", 0.3)
    return None if params["rate"] > 0.5 else float(value)


def search(sampler, space, function, trials, size=4, seed=0):
    """Return what was told after some trials."""
    told = []
    for generation in range(trials):
        proposals = sampler.propose(space, told, min(size, trials - len(told)), seed, generation)
        told += [Told(len(told) + index, params, function(params)) for index, params in enumerate(proposals)]
        if not proposals or len(told) == trials:
            break
    return told


def test_candidates_are_canonical_active_and_new(sampler):
    told = search(sampler, MIXED, bowl, 44)
    assert len(told) == 44
    keys = set()
    for trial in told:
        params = trial.params
        assert MIXED.active(params) == params
        assert list(params) == list(MIXED.active(params))
        assert MIXED.decode(MIXED.encode(params)) == params
        for parameter in MIXED.active_parameters(params):
            value = params[parameter.name]
            assert not isinstance(value, np.generic)
            again = parameter.domain.at(parameter.domain.place(value))
            assert again == (value if parameter.domain.count else pytest.approx(value, rel=1e-9))
        missing = [p.name for p in MIXED.parameters if p.name not in params and p.is_active(params)]
        assert not missing
        keys.add(MIXED.key(params))
    assert len(keys) == 44


def test_a_space_is_used_up_and_no_further(sampler):
    told = search(sampler, SMALL, lambda params: float(len(repr(params))), 50, size=2)
    everything = {SMALL.key(params) for params in SMALL.candidates()}
    assert {SMALL.key(trial.params) for trial in told} == everything
    assert len(told) == len(everything) == 5
    assert sampler.propose(SMALL, told, 3, 0, 99) == []


def test_a_generation_larger_than_the_space_is_the_space(sampler):
    assert len(sampler.propose(SMALL, [], 100, 0, 0)) == 5


def test_the_same_arguments_give_the_same_candidates(sampler):
    told = search(sampler, MIXED, bowl, 16)
    one = sampler.propose(MIXED, told, 5, 3, 7)
    np.random.seed(12345)
    sampler.propose(SMALL, [], 2, 0, 0)
    assert sampler.propose(MIXED, list(told), 5, 3, 7) == one
    assert sampler.propose(MIXED, told, 5, 3, 7)[:2] == one[:2]
    if repr(sampler) != "GridSampler(values=10)":
        assert sampler.propose(MIXED, told, 5, 4, 7) != one
        assert sampler.propose(MIXED, told, 5, 3, 8) != one


FRESH = """
from hornet.tuning.ranges import Float, Int
from hornet.tuning.samplers import Told, sampler_of
from hornet.tuning.space import Space

space = Space.of({"x": Float(1e-3, 1, log=True), "n": Int(1, 50), "c": ["a", "b", "c"]})
for name in %r:
    told = [Told(i, p, p["x"] * p["n"]) for i, p in enumerate(sampler_of("random").propose(space, [], 20, 1, 0))]
    print(name, sampler_of(name).propose(space, told, 4, 5, 6))
"""


def test_another_process_makes_the_same_candidates(capsys):
    names = [name for name in NAMES if name != "tpe"]
    try:
        import optuna  # noqa: F401

        names.append("tpe")
    except ImportError:
        pass
    code = FRESH % names
    there = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    exec(code, {})
    assert capsys.readouterr().out == there.stdout


@pytest.mark.parametrize(
    "values",
    [
        [None] * 12,
        [1.0] * 12,
        [1.0] * 11 + [None],
        [float("nan"), float("inf")] * 6,
        [0.1, 0.2, 1e300, None, 0.3, float("inf"), 0.4, 1e9, 0.5, -0.1, 0.6, float("nan")],
        [1.0] * 10 + [2.0, 1e9],
        [1e-320, 2e-320, 0.0] * 4,
        [-1e308, 1e308, 0.0] * 4,
    ],
    ids=["none", "equal", "equal or none", "not finite", "outliers", "two levels", "tiny", "huge"],
)
def test_any_values_may_be_told(sampler, values):
    params = sampler_of("random").propose(MIXED, [], len(values), 0, 0)
    told = [Told(index, *pair) for index, pair in enumerate(zip(params, values, strict=True))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(sampler.propose(MIXED, told, 3, 0, 1)) == 3


def test_what_was_told_need_not_be_of_the_space(sampler):
    told = [
        Told(index, {"rate": rate, "units": 1000, "width": 33, "no such": 1}, rate)
        for index, rate in enumerate(np.logspace(-5, 0.5, 14).tolist())
    ]
    assert len(sampler.propose(MIXED, told, 3, 0, 1)) == 3


def test_there_is_nothing_to_choose(sampler):
    space = Space.of({"a": [3], "b": Int(1, 1)})
    assert sampler.propose(space, [], 4, 0, 0) == [{"a": 3, "b": 1}]
    assert sampler.propose(space, [Told(0, {"a": 3, "b": 1}, 1.0)], 4, 0, 1) == []


def test_the_grid_is_in_order():
    candidates = sampler_of("grid").propose(Space.of({"a": [1, 2], "b": ["x", "y"]}), [], 9, 0, 0)
    assert candidates == [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
    assert len(sampler_of("grid").propose(Space.of({"a": (0.0, 1.0), "b": [1, 2]}), [], 99, 0, 0)) == 20


def test_random_candidates_have_the_spaces_law():
    candidates = sampler_of("random").propose(MIXED, [], 4000, 0, 0)
    rates = np.log10([params["rate"] for params in candidates])
    np.testing.assert_allclose(np.histogram(rates, np.linspace(-5, 0, 6))[0] / 4000, 0.2, atol=0.03)
    deep = np.mean(["deep" in params for params in candidates])
    assert deep == pytest.approx(1 / 3, abs=0.03)


# --- learning -----------------------------------------------------------------------------------------------------


def branin(params):
    x, y = params["x"], params["y"]
    valley = (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
    return valley + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def network(params):
    """Be like a loss over a network's hyperparameters: a bowl over logarithms that diverges at large rates."""
    rate = np.log10(params["rate"])
    if rate > -0.7:
        return None if params["units"] > 50 else 1e9
    shape = 0.05 * (np.log2(params["units"]) - 6) ** 2 + {"relu": 0, "selu": 0.1, "tanh": 0.3}[params["activation"]]
    return 0.3 * (rate + 2.3) ** 2 + shape + 0.2 * params["dropout"]


def slope(params):
    return sum(abs(value - 0.3) for value in params.values())


FUNCTIONS = {
    "branin": (Space.of({"x": Float(-5, 10), "y": Float(0, 15)}), branin),
    "network": (
        Space.of(
            {
                "rate": Float(1e-5, 1, log=True),
                "units": Int(4, 256, log=True),
                "activation": ["relu", "tanh", "selu"],
                "dropout": Float(0, 0.5, step=0.1),
            }
        ),
        network,
    ),
    "slope": (Space.of({f"x{index}": Float(0, 1) for index in range(5)}), slope),
}


def median_best(sampler, name, trials, seeds):
    space, function = FUNCTIONS[name]
    bests = []
    for seed in range(seeds):
        values = [trial.value for trial in search(sampler, space, function, trials, seed=seed)]
        bests.append(min(value for value in values if value is not None))
    return np.median(bests)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("gp", "network"),
        pytest.param("gp", "branin", marks=pytest.mark.full),
        pytest.param("gp", "slope", marks=pytest.mark.full),
        ("tpe", "branin"),
        pytest.param("tpe", "network", marks=pytest.mark.full),
        pytest.param("tpe", "slope", marks=pytest.mark.full),
        ("evolution", "network"),
        ("evolution", "slope"),
    ],
)
def test_learning_beats_chance_at_equal_trials(name, function):
    if name == "tpe":
        pytest.importorskip("optuna")
    trials, seeds = (28, 5) if name == "gp" else (50, 5)
    learned = median_best(sampler_of(name), function, trials, seeds)
    assert learned < median_best(sampler_of("random"), function, trials, seeds)


def test_proposals_of_a_generation_keep_away_from_each_other():
    space, function = FUNCTIONS["branin"]
    sampler = GaussianProcessSampler(candidates=128)
    told = search(sampler_of("random"), space, function, 12)
    points = np.array([space.places(params) for params in sampler.propose(space, told, 5, 0, 9)])
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)[np.triu_indices(5, 1)]
    assert apart.min() > 0.01


# --- Optuna's -----------------------------------------------------------------------------------------------------


def optunas(name):
    optuna = pytest.importorskip("optuna")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=0, n_startup_trials=4),
            "nsga2": lambda: optuna.samplers.NSGAIISampler(seed=0, population_size=6),
            "random": lambda: optuna.samplers.RandomSampler(seed=0),
            "qmc": lambda: optuna.samplers.QMCSampler(seed=0),
            "tpe": lambda: optuna.samplers.TPESampler(seed=0, multivariate=True),
            "grid": lambda: optuna.samplers.GridSampler({"a": ["x", "y"], "b": [1, 2, 3]}, seed=0),
            "fixed": lambda: optuna.samplers.PartialFixedSampler({"a": "x"}, optuna.samplers.RandomSampler(seed=0)),
        }[name]()


@pytest.mark.parametrize("name", ["cmaes", "nsga2", "random", "qmc", "tpe"])
def test_optunas_samplers_propose(name):
    if name == "cmaes":
        pytest.importorskip("cmaes")
    sampler = sampler_of(optunas(name))
    assert not sampler.is_exact
    for space, function in [(MIXED, bowl), *list(FUNCTIONS.values())[:1]]:
        told = search(sampler, space, function, 24)
        assert len({space.key(trial.params) for trial in told}) == 24
        assert all(space.active(trial.params) == trial.params for trial in told)


def test_optunas_samplers_know_our_values():
    space = Space.of({"a": ["x", "y"], "b": (1, 3)})
    assert len(search(sampler_of(optunas("grid")), space, lambda params: 1.0, 50)) == 6
    proposals = sampler_of(optunas("fixed")).propose(space, [], 3, 0, 0)
    assert [params["a"] for params in proposals] == ["x"] * 3


def test_an_object_may_be_used_for_several_studies():
    given = optunas("tpe")
    sampler = sampler_of(given)
    one = search(sampler, *FUNCTIONS["branin"], 16)
    assert search(sampler, *FUNCTIONS["branin"], 16) == one
    search(sampler, *FUNCTIONS["slope"], 8)
    assert search(sampler_of(given), *FUNCTIONS["branin"], 16) == one


def test_optunas_settings_are_left_alone(capfd):
    optuna = pytest.importorskip("optuna")
    before = optuna.logging.get_verbosity()
    search(sampler_of("tpe"), *FUNCTIONS["branin"], 14)
    assert optuna.logging.get_verbosity() == before
    out, err = capfd.readouterr()
    assert out == err == ""


# --- bad input ----------------------------------------------------------------------------------------------------


def test_what_is_no_sampler():
    with pytest.raises(ValueError, match=r"no sampler named 'gpp'.*Did you mean 'gp'"):
        sampler_of("gpp")
    with pytest.raises(ValueError, match="3 is no sampler"):
        sampler_of(3)


def test_a_sampler_of_ones_own():
    class Own:
        is_exact = True

        def propose(self, space, told, count, seed, generation):
            return [space.at([0.5] * len(space.parameters))]

    own = Own()
    assert sampler_of(own) is own
