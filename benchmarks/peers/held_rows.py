"""Rows in memory as people hold them, and what the host does with them before anything is computed; Hornet alone."""

from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory
from time import perf_counter

import data
import numpy as np

from hornet.training.data.checks import refuse_outside, warn_of_inputs
from hornet.training.inputs import readers_of_integers
from hornet.training.outputs import Outputs

COLUMNS = [f"column{place}" for place in range(8)]


def training(api, kind):
    """Training of 8-30-1: `train(epochs)` gives the seconds of each epoch, and the last loss."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    if kind == "frame":
        x = import_module("pandas").DataFrame({name: x[:, place] for place, name in enumerate(COLUMNS)})
    model = _model(keras)

    def train(epochs):
        ends = [perf_counter()]
        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(perf_counter()))
        history = model.fit(x, y, epochs=epochs, callbacks=[note], verbose=0)
        return np.diff(ends).tolist(), history.history["loss"][-1]

    return train


def checks(api):
    """What looks at the numbers of a call of `fit`: a function to time."""
    keras = import_module(api)
    (x, y), _ = data.housing()
    model = _model(keras)
    model.fit(x, y, verbose=0)

    def check():
        refuse_outside("x", readers_of_integers(model), x)
        model._compiled.objective.check_labels((y,), Outputs.of(model).shapes)
        warn_of_inputs(model, "x", x, x)

    return check


@contextmanager
def pixels(api, kind):
    """Yield 381 MB of floats in memory or in a file, and what trains on them."""
    keras = import_module(api)
    model = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.fit(np.zeros((64, 1000), "float32"), np.zeros(64, "float32"), verbose=0)
    with TemporaryDirectory() as folder:
        x = np.lib.format.open_memmap(f"{folder}/x.npy", "w+", "float32", (100_000, 1000))
        x[:] = np.arange(1000) / 1e5
        x = x.copy() if kind == "array" else np.load(f"{folder}/x.npy", mmap_mode="r")
        y = np.zeros(len(x), "float32")
        yield x, lambda: model.fit(x, y, batch_size=1000, verbose=0).history["loss"][-1]


def _model(keras):
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(30, activation="relu"), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.01))
    return model
