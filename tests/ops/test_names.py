"""What operations are called and what they take."""

import inspect
import pickle
import re

import keras
import pytest

from hornet import ops

FUNCTIONS = [name for name in ops.__all__ if callable(getattr(ops, name))]


# Ours take more, or leave out an argument that Keras calls deprecated and wrong.
OTHERWISE = {"layer_normalization", "multi_hot", "relu"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_and_defaults_are_those_of_keras(name):
    ours, theirs = (
        [(one.name, one.default, one.kind) for one in inspect.signature(getattr(module, name)).parameters.values()]
        for module in (ops, keras.ops)
    )
    if name in OTHERWISE:
        theirs = [one for one in theirs if one[2] is not inspect.Parameter.VAR_KEYWORD]
        ours = ours[: len(theirs)]
    assert ours == theirs


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_operation_is_found_under_the_name_that_it_shows(name):
    function = getattr(ops, name)
    assert getattr(ops, function.__name__) is function
    assert re.match(r"[A-Z].*\.$", inspect.getdoc(function).splitlines()[0])
    assert pickle.loads(pickle.dumps(function)) is function


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match="has no attribute 'reduce_mean'"):
        ops.reduce_mean
    with pytest.raises(AttributeError, match="Did you mean 'concatenate'"):
        ops.concat
