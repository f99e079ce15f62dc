"""One wording for bad arguments: what is wrong with the value received, then what to do."""

import jax.numpy as jnp
import numpy as np
import pytest

from hornet.core import checks

ADVICE = "Pass the size of the layer's output."


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3), np.array(3), jnp.array(3)], ids=repr)
def test_a_whole_number_of_any_kind_becomes_an_int(value):
    for check in (checks.positive_int, checks.non_negative_int):
        found = check("units", value)
        assert (found, type(found)) == (3, int)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-3, ValueError),
        (2.5, TypeError),
        (True, TypeError),
        ("3", TypeError),
        (None, TypeError),
        ([3], TypeError),
        (float("nan"), TypeError),
        (float("inf"), TypeError),
        (np.array([3]), TypeError),
    ],
)
def test_what_is_no_positive_integer(value, error):
    with pytest.raises(error) as caught:
        checks.positive_int("units", value, ADVICE)
    assert str(caught.value) == f"`units` must be a positive integer, not {value!r}. {ADVICE}"


def test_zero_is_an_integer_of_at_least_0():
    assert checks.non_negative_int("initial_epoch", 0) == 0
    with pytest.raises(ValueError, match=r"^`initial_epoch` must be an integer of at least 0, not -1\."):
        checks.non_negative_int("initial_epoch", -1)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), jnp.array(0.5)], ids=repr)
def test_a_number_of_any_kind_becomes_a_float(value):
    found = checks.number("rate", value, at_least=0.0, at_most=1.0)
    assert (found, type(found)) == (0.5, float)


@pytest.mark.parametrize(
    ("value", "bounds", "error", "message"),
    [
        (-0.5, {"at_least": 0.0}, ValueError, "`rate` must be a finite number at least 0, not -0.5. Do."),
        (0.0, {"above": 0.0}, ValueError, "`rate` must be a finite number above 0, not 0.0. Do."),
        (1.5, {"at_most": 1.0}, ValueError, "`rate` must be a finite number at most 1, not 1.5. Do."),
        (1, {"below": 1.0}, ValueError, "`rate` must be a finite number below 1, not 1. Do."),
        (
            2,
            {"at_least": 0.0, "below": 1.0},
            ValueError,
            "`rate` must be a finite number at least 0 and below 1, not 2. Do.",
        ),
        (float("nan"), {}, ValueError, "`rate` must be a finite number, not nan. Do."),
        (float("inf"), {"at_least": 0.0}, ValueError, "`rate` must be a finite number at least 0, not inf. Do."),
        ("0.5", {}, TypeError, "`rate` must be a number, not '0.5'. Do."),
        (True, {}, TypeError, "`rate` must be a number, not True. Do."),
        (None, {}, TypeError, "`rate` must be a number, not None. Do."),
        (np.zeros(2), {}, TypeError, "`rate` must be a number, not array([0., 0.]). Do."),
    ],
)
def test_what_is_no_number_within_the_bounds(value, bounds, error, message):
    with pytest.raises(error) as caught:
        checks.number("rate", value, **bounds, advice="Do.")
    assert str(caught.value) == message


def test_one_of_a_few_values():
    assert checks.one_of("verbose", 2, (0, 1, 2)) == 2
    with pytest.raises(ValueError, match=r"^`verbose` must be one of 0, 1, 2, not 7\."):
        checks.one_of("verbose", 7, (0, 1, 2))
    with pytest.raises(ValueError, match=r"one of 'channels_last', 'channels_first', not 'last'\."):
        checks.one_of("data_format", "last", ("channels_last", "channels_first"))


@pytest.mark.parametrize(
    "check",
    [
        lambda: checks.positive_int("epochs", -1),
        lambda: checks.positive_int("epochs", "three"),
        lambda: checks.non_negative_int("initial_epoch", -1),
        lambda: checks.number("rate", -1.0, at_least=0.0),
        lambda: checks.number("rate", "half"),
        lambda: checks.one_of("verbose", -1, (0, 1, 2)),
        lambda: checks.one_of("data_format", "zzz", ("channels_last", "channels_first")),
    ],
)
def test_a_check_that_was_given_no_advice_still_says_what_to_do(check):
    with pytest.raises((TypeError, ValueError), match=r"^`\w+` must be [^.]+(\.\d)?\. (Pass|Use) [^?]+\.$"):
        check()


def test_long_values_are_described_by_their_type():
    assert checks.describe([1, 2]) == "[1, 2]"
    assert checks.describe(list(range(1000))) == "an object of type list"


def test_a_size_is_no_float():
    assert checks.integer_size("units", np.int64(3)) == 3
    for value in (3.0, np.float32(3)):
        with pytest.raises(ValueError, match=r"^`units` must be a positive integer, not .*3\.0"):
            checks.integer_size("units", value)
