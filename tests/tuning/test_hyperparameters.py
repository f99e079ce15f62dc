"""`hp`: what it returns, what it remembers, and the spaces that are discovered by calling a function."""

import json

import numpy as np
import pytest

from hornet.tuning.discovery import discover
from hornet.tuning.domains import Choice, Fixed
from hornet.tuning.hyperparameters import HyperParameters
from hornet.tuning.ranges import Float, Int


def drawn(space, seed):
    return space.at(np.random.default_rng(seed).random(len(space.parameters)).tolist())


def everything(hp):
    """Ask for one of each kind."""
    units = hp.Int("units", 32, 512, step=32)
    batch = hp.Int("batch", 8, 100, step=2, sampling="log", default=16)
    width = hp.Int("width", 2, 300, sampling="log")
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    momentum = hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
    dropout = hp.Float("dropout", 0, 0.5, step=0.125, default=0.25)
    activation = hp.Choice("activation", ["relu", "tanh"])
    depth = hp.Choice("depth", [1, 2, 4], default=2)
    clips = hp.Boolean("clips")
    loss = hp.Fixed("loss", "mse")
    with hp.name_scope("head"):
        size = hp.Int("size", 1, 4)
        kind = hp.Choice("kind", ["a", "b"])
        with hp.conditional_scope("kind", ["b"]):
            inner = hp.Float("inner", 0.0, 1.0)
    nested = hp.Int("nested", 3, 5, parent_name="head/kind", parent_values=["a"])
    return [
        units, batch, width, rate, momentum, dropout, activation, depth, clips, loss, size, kind, inner, nested,
    ]  # fmt: skip


def test_defaults():
    hp = HyperParameters()
    assert everything(hp) == [32, 16, 2, 1e-4, 0.5, 0.25, "relu", 2, False, "mse", 1, "a", None, 3]
    assert "head/inner" not in hp.values
    assert hp.values == hp.used
    assert everything(hp) == [32, 16, 2, 1e-4, 0.5, 0.25, "relu", 2, False, "mse", 1, "a", None, 3]
    assert len(hp.space.parameters) == 14


def test_values_come_from_the_candidate_and_what_it_lacks_is_drawn():
    hp = HyperParameters({"units": 64, "head/kind": "b"}, draw=lambda name, domain: domain.at(1))
    units, batch, *_, activation, depth, clips, loss, size, kind, inner, nested = everything(hp)
    assert (units, batch, activation, depth, clips, loss) == (64, 64, "tanh", 4, True, "mse")
    assert (size, kind, inner, nested) == (4, "b", 1.0, None)


def test_whoever_asks_first_pins():
    hp = HyperParameters()
    hp.Fixed("rate", 0.01)
    assert hp.Float("rate", 0.0, 1.0) == 0.01
    assert hp.space["rate"] == Fixed(0.01)


def test_what_is_used_is_what_the_function_asked_for():
    hp = HyperParameters({"layers": 1, "units_0": 3, "units_1": 5})
    for index in range(hp.Int("layers", 1, 2)):
        hp.Int(f"units_{index}", 1, 9)
    assert hp.used == {"layers": 1, "units_0": 3}


def test_get_and_in():
    hp = HyperParameters()
    everything(hp)
    assert hp.get("units") == hp["units"] == 32
    assert "units" in hp
    assert "head/inner" not in hp
    assert hp.is_active("nested")
    assert not hp.is_active("head/inner")
    with pytest.raises(ValueError, match="'head/inner' does not exist in this candidate"):
        hp.get("head/inner")
    with pytest.raises(KeyError, match=r"no hyperparameter 'unit'\. Did you mean 'units'"):
        hp.get("unit")


def test_a_copy_is_on_its_own():
    hp = HyperParameters()
    everything(hp)
    other = hp.copy()
    other.values["units"] = 64
    other.Int("more", 1, 2)
    assert everything(hp)[0] == 32
    assert everything(other)[0] == 64
    assert "more" not in hp.space
    assert other.space["units"] == hp.space["units"]


def test_a_config_makes_the_same_space():
    hp = HyperParameters()
    everything(hp)
    again = HyperParameters.from_config(json.loads(json.dumps(hp.get_config())))
    assert again.space.digest() == hp.space.digest()
    assert again.values == hp.values
    assert everything(again) == everything(hp)
    with pytest.raises(ValueError, match="no kind of hyperparameter named 'Evil'"):
        HyperParameters.from_config({"space": [{"class_name": "Evil", "config": {}}], "values": {}})


def test_one_name_under_two_conditions():
    def build(hp):
        kind = hp.Choice("kind", ["mlp", "cnn"])
        with hp.conditional_scope("kind", ["mlp"]):
            narrow = hp.Int("units", 1, 4)
        with hp.conditional_scope("kind", ["cnn"]):
            wide = hp.Int("units", 100, 104)
        return narrow if kind == "mlp" else wide

    space = discover(build)
    for seed in range(20):
        params = drawn(space, seed)
        units = build(HyperParameters(params))
        assert units == params["units"]
        assert (units < 5) is (params["kind"] == "mlp")


def test_choices_may_be_anything():
    hp = HyperParameters()
    assert hp.Choice("clip", [0.1, None]) is None, "as KerasTuner says of its default"
    assert hp.Choice("widths", [(8, 8), (16,)]) == (8, 8)
    assert hp.Choice("act", [abs, max]) is abs
    assert hp.Choice("flags", [True, False]) is True
    assert hp.space["widths"] == Choice(((8, 8), (16,)))


BAD = {
    "ends the wrong way around": (lambda hp: hp.Int("x", 5, 1), "lower end is greater"),
    "a fraction": (lambda hp: hp.Int("x", 1, 2.5), "no whole number"),
    "an unknown sampling": (lambda hp: hp.Float("x", 1, 2, sampling="logg"), "no sampling 'logg'.*Did you mean 'log'"),
    "logarithm of nothing": (lambda hp: hp.Float("x", 0, 1, sampling="log"), "greater than 0"),
    "a factor of one": (lambda hp: hp.Float("x", 1, 2, step=1, sampling="log"), "greater than 1"),
    "nothing to choose from": (lambda hp: hp.Choice("x", []), "at least one value"),
    "a default that is none of them": (lambda hp: hp.Choice("x", [1, 2], default=3), "none of"),
    "an order of words": (lambda hp: hp.Choice("x", ["a"], ordered=True), "no order"),
    "a default that is no bool": (lambda hp: hp.Boolean("x", default="yes"), "neither True nor False"),
    "a parent that nobody asked for": (lambda hp: hp.Int("x", 1, 2, parent_name="y", parent_values=[1]), "'y' to dep"),
    "a child of itself": (
        lambda hp: (hp.Int("x", 1, 2), hp.Int("x", 1, 2, parent_name="x", parent_values=[1])),
        "depend on itself",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case):
    ask, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        ask(HyperParameters())


# --- discovery ----------------------------------------------------------------------------------------------------


def test_all_scopes_are_entered():
    calls = []

    def build(hp):
        calls.append(hp)
        model = hp.Choice("model", ["linear", "mlp", "cnn"])
        with hp.conditional_scope("model", ["mlp"]):
            if model == "mlp":
                layers = hp.Int("layers", 1, 2)
                with hp.conditional_scope("layers", [2]):
                    if layers == 2:
                        hp.Float("dropout", 0, 0.5)
        with hp.conditional_scope("model", ["cnn"]):
            if model == "cnn":
                hp.Choice("kernel", [3, 5])

    space = discover(build)
    assert set(space) == {"model", "layers", "kernel", "dropout"}
    assert space.conditions["dropout"] == (("model", ("mlp",)), ("layers", (2,)))
    assert len(calls) <= 8


def test_scopes_about_one_parent_within_each_other():
    def build(hp):
        count = hp.Int("count", 0, 2)
        with hp.conditional_scope("count", [1, 2]):
            hp.Choice("pool", [2, 3])
            for index in range(2):
                with hp.conditional_scope("count", list(range(index + 1, 3))):
                    if index < count:
                        hp.Int(f"filters_{index}", 8, 16)

    space = discover(build)
    assert set(space) == {"count", "pool", "filters_0", "filters_1"}
    sizes = {len(drawn(space, seed)) for seed in range(30)}
    assert sizes == {1, 3, 4}


def test_a_scope_that_nothing_enters_ends_the_search_all_the_same():
    def build(hp):
        hp.Choice("a", ["x", "y"])
        with hp.conditional_scope("a", ["x"]), hp.conditional_scope("a", ["y"]):
            hp.Int("never", 1, 2)

    space = discover(build)
    assert all("never" not in drawn(space, seed) for seed in range(9))


def build_with_loops(hp):
    for index in range(hp.Int("layers", 1, 3)):
        hp.Int(f"units_{index}", 8, 64)
        if hp.Boolean(f"drops_{index}"):
            hp.Float(f"dropout_{index}", 0.1, 0.5)
    if hp.Choice("optimizer", ["sgd", "adam"]) == "sgd":
        hp.Float("momentum", 0, 1)


def test_names_of_loops_and_branches_get_conditions():
    space = discover(build_with_loops)
    for seed in range(40):
        params = drawn(space, seed)
        hp = HyperParameters(params)
        build_with_loops(hp)
        assert hp.used == params, "the candidate has what the function asks for, and nothing else"


def test_a_function_that_needs_no_scopes_is_called_twice():
    calls = []
    discover(lambda hp: calls.append(everything(hp)))
    assert len(calls) == 2 + 2 * 2, "as it is and at the upper ends; again for each of the two scopes"
    calls.clear()
    discover(lambda hp: calls.append(hp.Int("units", 1, 9)))
    assert calls == [1, 9]


def test_candidates_that_fail_leave_the_others():
    def build(hp):
        if hp.Int("units", 1, 9) > 3:
            raise MemoryError("too wide")
        hp.Int("more", 1, 2)

    assert list(discover(build)) == ["units", "more"]

    def broken(hp):
        hp.Int("units", 1, 9)
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        discover(broken)


def test_pinned_values_stay():
    hp = HyperParameters()
    hp.Fixed("layers", 1)
    space = discover(build_with_loops, hp)
    assert space["layers"] == Fixed(1)
    assert "units_1" not in space


# --- KerasTuner itself --------------------------------------------------------------------------------------------


@pytest.fixture
def keras_tuner(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras_tuner")


def same_config(ours, theirs):
    for one, other in zip(ours["space"], theirs["space"], strict=True):
        assert one["class_name"] == other["class_name"]
        expected = dict(other["config"])
        if expected.get("default", 0) is None:  # theirs leaves it to be found again
            expected["default"] = one["config"]["default"]
        assert one["config"] == expected
    assert ours["values"] == theirs["values"]


@pytest.mark.peers
def test_defaults_and_configs_are_keras_tuners(keras_tuner):
    ours, theirs = HyperParameters(), keras_tuner.HyperParameters()
    assert everything(ours) == everything(theirs)
    same_config(ours.get_config(), theirs.get_config())
    assert everything(HyperParameters.from_config(theirs.get_config())) == everything(theirs)
    assert everything(keras_tuner.HyperParameters.from_config(ours.get_config())) == everything(theirs)
    for name in ("units", "head/kind", "head/inner", "no such"):
        assert (name in ours) == (name in theirs)


@pytest.mark.peers
@pytest.mark.parametrize("sampling", ["linear", "log", "reverse_log"])
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("Int", (3, 17)),
        ("Int", (2, 300)),
        ("Int", (5, 5)),
        ("Int", (32, 512, 32)),
        ("Int", (6, 13, 3)),
        ("Int", (2, 100, 2)),
        ("Float", (0.001, 0.5)),
        ("Float", (1.0, 2.0)),
        ("Float", (1.0, 2.0, 0.25)),
        ("Float", (0.001, 10.0, 10)),
        ("Float", (1.0, 90.0, 3.0)),
    ],
)
def test_values_over_the_unit_scale_are_keras_tuners(keras_tuner, kind, arguments, sampling):
    try:
        theirs = getattr(keras_tuner.engine.hyperparameters, kind)("x", *arguments, sampling=sampling)
    except ValueError:
        with pytest.raises(ValueError, match="no range"):
            getattr(HyperParameters(), kind)("x", *arguments, sampling=sampling)
        return
    ours = HyperParameters()
    getattr(ours, kind)("x", *arguments, sampling=sampling)
    domain = ours.space["x"]
    units = np.linspace(0.0003, 0.9997, 312).tolist()  # none on a border of steps
    expected = [theirs.prob_to_value(unit) for unit in units]
    if sampling == "reverse_log" and len(arguments) == 3:  # theirs goes down there, ours always up
        expected.reverse()
    assert [domain.at(unit) for unit in units] == pytest.approx(expected, rel=1e-9)


@pytest.mark.peers
@pytest.mark.parametrize("case", BAD)
def test_what_we_refuse_is_refused_there_too(keras_tuner, case):
    with pytest.raises((ValueError, IndexError)):
        BAD[case][0](keras_tuner.HyperParameters())


def test_the_domains_of_each_kind():
    hp = HyperParameters()
    everything(hp)
    assert hp.space["units"] == Int(32, 512, step=32)
    assert hp.space["width"] == Int(2, 300, log=True)
    assert hp.space["momentum"] == Float(0.5, 0.99, log=True, reverse=True)
    assert hp.space["depth"] == Choice((1, 2, 4), ordered=True)
    assert hp.space["clips"] == Choice((False, True))
