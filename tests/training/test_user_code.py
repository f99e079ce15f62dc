"""Errors in code of the user's own: they name its line, what it got and what to do."""

import traceback

import numpy as np
import pytest

import hornet
from hornet import ops
from hornet.core.errors import ArgumentError
from hornet.core.user_code import TracedCodeError

X, Y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
METRIC = hornet.metrics.MeanSquaredError()
OPTIMIZER = hornet.optimizers.SGD(0.1)


def branch(y_true, y_pred):
    if ops.mean(y_true) > 0:
        return ops.square(y_true - y_pred)
    return ops.abs(y_true - y_pred)


def with_numpy(y_true, y_pred):
    return np.mean(np.abs(np.array(y_true) - np.array(y_pred)))


def with_float(y_true, y_pred):
    return float(ops.mean(y_pred)) * y_pred


def with_mask(y_true, y_pred):
    return y_pred[y_true > 0]


def with_metric(y_true, y_pred):
    return METRIC(y_true, y_pred)


def with_rate(y_true, y_pred):
    return OPTIMIZER.learning_rate


class Narrow(hornet.layers.Layer):
    def call(self, inputs):
        return inputs @ np.ones((3, 3))


def fit(loss="mse", **compiled):
    model = hornet.Sequential([hornet.Input((4,)), hornet.layers.Dense(1)])
    model.compile(optimizer="sgd", loss=loss, **compiled)
    return model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"loss": branch}, ["Loss 'branch' (line ", "`if ops.mean(y_true) > 0:`", "`ops.where`", "`run_eagerly=True`"]),
        ({"loss": with_numpy}, ["gives a tensor to NumPy", "Use `hornet.ops`", "labels (8, 1), predictions (8, 1)"]),
        ({"metrics": [with_numpy]}, ["Metric 'with_numpy'", "Use `hornet.ops`", "`run_eagerly=True`"]),
        ({"metrics": [with_float]}, ["makes a Python number of a tensor"]),
        ({"metrics": [with_mask]}, ["picks elements by a mask", "`ops.where`"]),
        ({"loss": with_metric}, ["calls a metric", "function of `losses`", "`compile(metrics=[...])`"]),
        ({"metrics": [with_rate]}, ["reads the learning rate", "in the history", "`on_epoch_end`"]),
    ],
)
def test_what_programs_cannot_do_is_explained(arguments, words):
    with pytest.raises(TracedCodeError) as caught:
        fit(**arguments)
    for word in words:
        assert word in str(caught.value)


def test_running_eagerly_is_a_way_out():
    assert fit(loss=branch, metrics=[with_numpy], run_eagerly=True).history["loss"]


@pytest.mark.parametrize("where", ["in a model", "alone", "in fit"])
def test_an_error_in_a_layer_names_it_and_its_line(where):
    class Model(hornet.Model):
        def __init__(self):
            super().__init__()
            self.narrow = Narrow(name="narrow")

        def call(self, inputs):
            return self.narrow(inputs)

    def run():
        if where == "alone":
            return Narrow(name="narrow")(X)
        if where == "in a model":
            return hornet.Sequential([hornet.Input((4,)), Narrow(name="narrow")])
        model = Model()
        model.compile(loss="mse")
        return model.fit(X, Y, verbose=0)

    with pytest.raises(TypeError) as caught:
        run()
    (note,) = (note for note in caught.value.__notes__ if "JAX has removed" not in note)
    assert note.startswith("This happened in layer 'narrow' (`Narrow`) (line ")
    assert "`return inputs @ np.ones((3, 3))`" in note
    assert ", 4)." in note


def test_the_traceback_of_fit_has_few_lines_of_ours_and_ends_with_the_users():
    with pytest.raises(TracedCodeError) as caught:
        fit(loss=branch)
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert files[-1] == __file__
    assert sum("hornet" in file and file != __file__ for file in files) <= 3


def test_errors_of_the_users_own_are_raised_as_they_are():
    def loss(y_true, y_pred):
        raise LookupError("mine") from KeyError("first")

    with pytest.raises(LookupError, match="mine") as caught:
        fit(loss=loss)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    "call",
    [
        lambda: hornet.layers.Dense(2.5),
        lambda: hornet.layers.LeakyReLU(None),
        lambda: hornet.metrics.Precision(thresholds=[None]),
        lambda: hornet.metrics.FBetaScore(beta="1"),
        lambda: hornet.Sequential([{}]),
        lambda: hornet.Model({"a": "x"}, hornet.Input((2,))),
        lambda: hornet.layers.Dense(1, units_of="x"),
        lambda: fit(loss=3),
    ],
)
def test_errors_of_arguments_are_what_python_and_keras_raise(call):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ValueError)
