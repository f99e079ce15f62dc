"""A small study that tests share: its data, its models, and what came out of it."""

import numpy as np

from hornet import Sequential, layers, optimizers
from hornet.tuning import Tuner

X = np.random.default_rng(0).normal(size=(80, 3)).astype("float32")
Y = np.tanh(X.sum(axis=1))


def build_model(hp):
    """Return a model whose widths all fit one padded one."""
    model = Sequential([layers.Input((3,)), layers.Dense(hp.Int("units", 3, 8), "relu"), layers.Dense(1)])
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    model.compile(loss="mse", optimizer=optimizers.Adam(rate), metrics=["mae"])
    return model


def study(build=build_model, data=(X, Y), fit=None, **arguments):
    """Return a tuner after its search."""
    given = {"trials": 12, "epochs": 8, "size": 6, "sampler": "random", "schedule": "halving", **arguments}
    return Tuner(build, **given).search(*data, **(fit or {}))


def outcome(tuner):
    """Return all that a study comes to, but for how long it took."""
    trials = [(trial.number, trial.state, trial.params, trial.value, trial.epochs, trial.logs) for trial in tuner.ended]
    return trials, tuner.best_params, [model.get_weights() for model in tuner.best_models(3)]


def assert_same(one, other):
    assert one[:2] == other[:2]
    for mine, theirs in zip(one[2], other[2], strict=True):
        for array, same in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(array, same)
