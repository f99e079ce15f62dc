"""Domains and spaces: places on the unit scale, numbers for files, and what users may write."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from hornet.tuning.domains import Choice, Distribution, Fixed
from hornet.tuning.ranges import Float, Int
from hornet.tuning.space import Parameter, Space

DOMAINS = {
    "whole numbers": Int(3, 17),
    "steps": Int(32, 512, step=32),
    "steps that miss the end": Int(6, 13, step=3),
    "logarithm": Int(1, 300, log=True),
    "logarithm turned around": Int(2, 40, log=True, reverse=True),
    "factors": Int(2, 40, step=2, log=True),
    "one number": Int(7, 7),
    "fractions": Float(-5, 10),
    "decades": Float(1e-5, 1, log=True),
    "momentum": Float(0.01, 0.99, log=True, reverse=True),
    "tenths": Float(0, 1, step=0.1),
    "fractional factors": Float(1e-3, 10, step=10, log=True),
    "factors turned around": Float(1, 100, step=10, log=True, reverse=True),
    "words": Choice(("relu", "tanh", None)),
    "objects": Choice(((1, 2), [3], len, True, 1, "1")),
    "numbers in order": Choice((1, 10, 1000), ordered=True),
    "fixed": Fixed("adam"),
    "beta": Distribution(stats.beta(2, 5)),
    "binomial": Distribution(stats.binom(4, 0.3)),
}
UNITS = np.linspace(0, 1, 201)


@pytest.fixture(params=DOMAINS)
def domain(request):
    return DOMAINS[request.param]


def test_the_value_at_the_place_of_a_value_is_that_value(domain):
    for unit in UNITS:
        value = domain.at(unit)
        again = domain.at(domain.place(value))
        if domain.count is None:
            assert again == pytest.approx(value, rel=1e-9, abs=1e-12)
        else:
            assert again == value
            assert type(again) is type(value)


def test_places_rise_with_numbers_and_stay_on_the_scale(domain):
    values = [domain.at(unit) for unit in UNITS]
    assert all(0 <= domain.place(value) <= 1 for value in values)
    if domain.is_ordered:
        assert values == sorted(values)
        assert sorted(values, key=domain.place) == values


def test_equal_shares_of_the_scale_are_equally_likely():
    for domain in DOMAINS.values():
        if not isinstance(domain, Distribution) and domain.count and not (getattr(domain, "log", False)):
            units = (np.arange(60 * domain.count) + 0.5) / (60 * domain.count)
            drawn = [repr(domain.at(unit)) for unit in units]
            assert {drawn.count(value) for value in set(drawn)} == {60}


def test_the_values_of_a_countable_domain_are_its_grid(domain):
    if domain.count is None:
        assert len(set(domain.grid(7))) == 7
    else:
        grid = domain.grid()
        assert len(grid) == domain.count
        drawn = {repr(domain.at(unit)) for unit in np.linspace(0, 1, 2001)}
        assert drawn == {repr(value) for value in grid}
        assert set(map(repr, domain.grid(10))) <= drawn


def test_files_hold_numbers_that_come_back_as_the_value(domain):
    for unit in UNITS:
        value = domain.at(unit)
        stored = json.loads(json.dumps(domain.encode(value)))
        assert isinstance(stored, int | float)
        assert not isinstance(stored, bool)
        again = domain.decode(stored)
        assert again == value
        assert type(again) is type(value)
    json.dumps(domain.describe())


def test_a_number_that_no_value_has_is_refused():
    for domain in DOMAINS.values():
        if not isinstance(domain, Fixed):
            for wrong in (-99, 1e9, float("nan"), "no such"):
                with pytest.raises((ValueError, TypeError)):
                    domain.decode(wrong)
                with pytest.raises((ValueError, TypeError)):
                    domain.encode(wrong)


def test_numbers_are_pythons_own(domain):
    for unit in UNITS:
        assert not isinstance(domain.at(unit), np.generic)
    arrays = Space.of({"a": np.array([1, 2]), "b": np.array(["x"])})
    assert [type(value) for value in arrays.at([0, 0]).values()] == [int, str]


def test_steps_are_read_as_people_write_them():
    assert Float(0, 1, step=0.1).grid() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert Float(1 / 3, 1, step=1 / 3).at(0) == 1 / 3


@pytest.mark.parametrize(
    ("domain", "value", "edge"),
    [
        (Int(1, 9), 1, "lower"),
        (Int(1, 9), 9, "upper"),
        (Int(1, 9), 5, None),
        (Int(1, 2), 2, "upper"),
        (Int(6, 13, step=3), 12, "upper"),
        (Int(4, 4), 4, None),
        (Float(1e-5, 1, log=True), 1.1e-5, "lower"),
        (Float(1e-5, 1, log=True), 0.95, "upper"),
        (Float(1e-5, 1, log=True), 0.01, None),
        (Choice((1, 2, 3), ordered=True), 3, "upper"),
        (Choice((1, 2, 3)), 3, None),
        (Choice((1,), ordered=True), 1, None),
        (Fixed(1), 1, None),
        (Distribution(stats.beta(2, 5)), 0.001, "lower"),
    ],
)
def test_edges(domain, value, edge):
    assert domain.is_edge(value) == edge


def test_true_is_not_one():
    domain = Choice((True, 1, 0, False))
    assert domain.count == 4
    assert [domain.encode(value) for value in (True, 1, 0, False)] == [0, 1, 2, 3]


# --- what users write ---------------------------------------------------------------------------------------------


class Real:
    def __init__(self, low, high, prior="uniform"):
        self.low, self.high, self.prior = low, high, prior


class Integer:
    def __init__(self, lower, upper, distribution="uniform"):
        self.lower, self.upper, self.distribution = lower, upper, distribution


@pytest.mark.parametrize(
    ("given", "domain"),
    [
        ([1, 5, 9], Choice((1, 5, 9), ordered=True)),
        ([9, 1, 5], Choice((9, 1, 5))),
        (["a", "a", "b"], Choice(("a", "b"))),
        ([True, False], Choice((True, False))),
        (range(1, 4), Choice((1, 2, 3), ordered=True)),
        (np.arange(3), Choice((0, 1, 2), ordered=True)),
        (("relu", "tanh"), Choice(("relu", "tanh"))),
        (stats.uniform(2, 3), Float(2, 5)),
        (stats.loguniform(1e-4, 1e-1), Float(1e-4, 1e-1, log=True)),
        (stats.reciprocal(3e-4, 3e-2), Float(3e-4, 3e-2, log=True)),
        (stats.randint(1, 5), Int(1, 4)),
        (stats.uniform, Float(0, 1)),
        ((1, 9), Int(1, 9)),
        ((0.5, 9), Float(0.5, 9)),
        ((1e-6, 1e2, "log-uniform"), Float(1e-6, 1e2, log=True)),
        ((0, 10, 5), Choice((0, 2, 4, 6, 8), ordered=True)),
        ((0.0, 1.0, 4), Choice((0.0, 0.25, 0.5, 0.75), ordered=True)),
        (Real(1e-3, 1, "log-uniform"), Float(1e-3, 1, log=True)),
        (Integer(1, 8), Int(1, 8)),
        (SimpleNamespace(categories=("a", "b")), Choice(("a", "b"))),
        (Int(1, 3), Int(1, 3)),
    ],
)
def test_what_stands_for_a_domain(given, domain):
    assert Space.of({"x": given})["x"] == domain


def test_optunas_distributions_are_taken():
    distributions = pytest.importorskip("optuna").distributions
    space = Space.of(
        {
            "a": distributions.IntDistribution(2, 8, step=2),
            "b": distributions.FloatDistribution(1e-3, 1, log=True),
            "c": distributions.CategoricalDistribution(["x", "y"]),
        }
    )
    assert dict(space) == {"a": Int(2, 8, step=2), "b": Float(1e-3, 1, log=True), "c": Choice(("x", "y"))}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "The space is empty"),
        ({"x": []}, "'x': A choice needs at least one value"),
        ({"x": stats.norm(0, 1)}, r"norm\(0, 1\) has no end on one side.*truncnorm"),
        ({"x": stats.poisson(3)}, "has no end on one side"),
        ({"x": "relu"}, r"'x' is 'relu', which is no list.*write \['relu'\]"),
        ({"x": 3}, r"write \[3\]"),
        ({"x": (1, 2, 2.5)}, "'log-uniform'"),
        ({"x": (5, 1)}, "lower end is greater"),
        ([1, 2], "a dict from names"),
    ],
)
def test_what_is_no_space(given, words):
    with pytest.raises(ValueError, match=words):
        Space.of(given)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Int(1, 2.5), "no whole number"),
        (lambda: Int(1, float("inf")), "finite"),
        (lambda: Float(0, float("nan")), "finite"),
        (lambda: Float(0, 1, log=True), "lower end greater than 0"),
        (lambda: Float(1, 2, step=1, log=True), "greater than 1"),
        (lambda: Int(1, 3, step=0), "greater than 0"),
        (lambda: Float(1, 2, reverse=True), "log=True"),
    ],
)
def test_what_is_no_range(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# --- spaces -------------------------------------------------------------------------------------------------------

TREE = Space(
    [
        Parameter("model", Choice(("mlp", "cnn"))),
        Parameter("units", Int(1, 3), (("model", ("mlp",)),)),
        Parameter("kernel", Choice((3, 5)), (("model", ("cnn",)),)),
        Parameter("units", Int(10, 11), (("model", ("cnn",)), ("kernel", (5,)))),
    ]
)


def test_a_candidate_has_what_its_conditions_allow():
    assert TREE.active({"model": "mlp", "units": 2, "kernel": 3}) == {"model": "mlp", "units": 2}
    assert TREE.active({"model": "cnn", "units": 2, "kernel": 3}) == {"model": "cnn", "kernel": 3}
    assert TREE.at([0.9, 0.5, 0.9, 0.9]) == {"model": "cnn", "kernel": 5, "units": 11}
    assert TREE.places({"model": "mlp", "units": 2}) == [0.25, 0.5, None, None]


def test_all_candidates_of_a_tree():
    assert list(TREE.candidates()) == [
        {"model": "mlp", "units": 1},
        {"model": "mlp", "units": 2},
        {"model": "mlp", "units": 3},
        {"model": "cnn", "kernel": 3},
        {"model": "cnn", "kernel": 5, "units": 10},
        {"model": "cnn", "kernel": 5, "units": 11},
    ]
    for candidate in TREE.candidates():
        assert TREE.decode(json.loads(json.dumps(TREE.encode(candidate)))) == candidate
        assert TREE.active(candidate) == candidate
    assert len({TREE.key(candidate) for candidate in TREE.candidates()}) == 6


def test_a_condition_on_what_comes_later_is_refused():
    with pytest.raises(ValueError, match="'b' depends on 'a'"):
        Space([Parameter("b", Int(1, 2), (("a", (1,)),)), Parameter("a", Int(1, 2))])


def test_names_and_values_that_are_not_there():
    with pytest.raises(ValueError, match=r"no hyperparameter .unit.\. Did you mean"):
        TREE.encode({"unit": 3})
    with pytest.raises(ValueError, match="'units': 7 is not in Int"):
        TREE.encode({"model": "mlp", "units": 7})
    with pytest.raises(ValueError, match="none of the choices"):
        TREE.decode({"model": 2})


def test_the_digest_changes_with_anything_in_the_space():
    digests = [TREE.digest()]
    for index in range(len(TREE.parameters)):
        digests.append(Space(TREE.parameters[:index]).digest())
    digests += [Space.of({"x": given}).digest() for given in ((1, 3), (1, 4), [1, 2, 3], (1.0, 3.0), [len], [max])]
    assert len(set(digests)) == len(digests)
    assert TREE.digest() == Space(TREE.parameters).digest()
