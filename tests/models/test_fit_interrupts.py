"""Runs that go wrong: Ctrl-C, and a loss that stops being finite."""

import os
import signal
import threading
import warnings

import numpy as np
import pytest

import hornet
from hornet import Sequential, callbacks, layers, optimizers

HOOKS = [name for name in vars(callbacks.Callback) if name.startswith("on_") and "predict" not in name]
ROWS, BATCH = 70, 8


def data(rows=ROWS):
    x = np.random.default_rng(1).normal(size=(rows, 4)).astype("float32")
    return x, x.sum(axis=1)


def build(optimizer=None):
    model = Sequential([layers.Dense(5, "tanh", input_shape=(4,)), layers.BatchNormalization(), layers.Dense(1)])
    model.compile(optimizer=optimizer or optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return model


def fit(model, *followers, **arguments):
    given = {"batch_size": BATCH, "epochs": 4, "validation_data": data(20), "verbose": 0}
    return model.fit(*data(), callbacks=list(followers), **given | arguments)


class Ends(callbacks.Callback):
    """Counts the epochs and runs that were begun and ended."""

    def __init__(self):
        self.epochs, self.begun, self.ended = [], 0, 0

    def on_train_begin(self, logs=None):
        self.begun += 1

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)

    def on_train_end(self, logs=None):
        self.ended += 1


def assert_whole(model, ends):
    """The history holds every epoch that ended, and the model can do all that it could do before."""
    history = model.history
    assert ends.begun == ends.ended
    assert history.epoch == ends.epochs
    assert set(history.history) == ({"loss", "mae", "val_loss", "val_mae"} if ends.epochs else set())
    assert all(len(values) == len(ends.epochs) for values in history.history.values())
    x, y = data()
    assert np.isfinite(model.predict(x, verbose=0)).all()
    before = model.evaluate(x, y, verbose=0)[0]
    again = fit(model, epochs=30)
    assert again.epoch == list(range(30))
    assert again.history["loss"][-1] < before


# --- Ctrl-C -----------------------------------------------------------------------------------------------


def interrupting(hook, at):
    """Return a callback whose hook is interrupted in its `at`-th call, as if a key had been pressed."""

    class Interrupter(callbacks.Callback):
        def __init__(self):
            self.calls = 0

    def press(self, *arguments, **logs):
        self.calls += 1
        if self.calls == at:
            raise KeyboardInterrupt

    setattr(Interrupter, hook, press)
    return Interrupter()


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook != "on_train_end"])
def test_interrupted_in_a_hook(hook):
    model, ends = build(), Ends()
    with pytest.raises(KeyboardInterrupt):
        fit(model, ends, interrupting(hook, at=1 if hook == "on_train_begin" else 3))
    assert len(ends.epochs) == {"on_epoch_begin": 2, "on_epoch_end": 3, "on_test_begin": 2, "on_test_end": 2}.get(
        hook, 0 if "train" in hook or hook.startswith("on_batch") else 0
    )
    ends.epochs = list(model.history.epoch) if hook == "on_epoch_end" else ends.epochs
    assert_whole(model, ends)
