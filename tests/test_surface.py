"""What editors, type checkers and `help` can read: signatures, public names, and errors that name the nearest."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import traceback

import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.checks import explained

PUBLIC_MODULES = [
    "hornet",
    *(f"hornet.{name}" for name in hornet.__all__ if inspect.ismodule(getattr(hornet, name))),
    "hornet.datasets.california_housing",
    "hornet.datasets.fashion_mnist",
    "hornet.optimizers.schedules",
    "hornet.wrappers.scikit_learn",
]

# --- arguments that a function does not take --------------------------------------------------------------


@explained("measure")
def measure(x, scale=1.0):
    return x * scale + np.negative(x, nosuch=1) if scale == 0 else x * scale


def test_a_call_that_fits_is_the_functions():
    assert measure(2, scale=3) == 6
    assert str(inspect.signature(measure)) == "(x, scale=1.0)"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure(1, scal=2), "`measure` has no argument `scal`. Did you mean 'scale'?"),
        (lambda: measure(scal=2), "`measure` has no argument `scal`. Did you mean 'scale'?"),
        (lambda: measure(1, zzz=2), "`measure` has no argument `zzz`. Use one of: x, scale."),
        (lambda: measure(), "measure() missing 1 required positional argument: 'x'"),
        (lambda: measure(1, 2, 3), "measure() takes from 1 to 2 positional arguments but 3 were given"),
        (lambda: measure(1, x=2), "measure() got multiple values for argument 'x'"),
    ],
)
def test_a_call_that_does_not_fit_says_why(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message
    assert caught.value.__context__ is None


def test_an_error_of_the_function_itself_is_left_alone():
    with pytest.raises(TypeError, match="nosuch") as caught:
        measure(1, scale=0)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "measure"


def test_signatures_of_training_name_every_argument():
    model = hornet.Sequential([layers.Dense(1)])
    for method in (model.fit, model.evaluate, model.predict, model.compile):
        kinds = {parameter.kind for parameter in inspect.signature(method).parameters.values()}
        assert kinds == {inspect.Parameter.POSITIONAL_OR_KEYWORD}, method


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_a_module_lists_its_public_names_and_no_others(module):
    found = importlib.import_module(module)
    assert dir(found) == sorted(found.__all__)
    assert [name for name in dir(found) if not hasattr(found, name)] == []


def test_modules_that_are_imported_late_are_listed_before():
    code = "import hornet, sys; print(*dir(hornet)); assert 'sklearn' not in sys.modules; hornet.tuning.GridSearchCV"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"estimators", "tuning", "wrappers"} <= set(done.stdout.split())
