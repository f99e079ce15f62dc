"""Runs that go wrong: Ctrl-C, and a loss that stops being finite."""

import os
import signal
import threading

import numpy as np
import pytest

from hornet import Sequential, callbacks, layers, optimizers

ROWS, BATCH = 70, 8  # nine batches with a short last one; three of validation
STEPS = -(-ROWS // BATCH)


def data(rows=ROWS):
    x = np.random.default_rng(1).normal(size=(rows, 4)).astype("float32")
    return x, x.sum(axis=1)


def build(optimizer=None):
    model = Sequential([layers.Dense(5, "tanh", input_shape=(4,)), layers.BatchNormalization(), layers.Dense(1)])
    model.compile(optimizer=optimizer or optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return model


def fit(model, *followers, rows=ROWS, **arguments):
    given = {"batch_size": BATCH, "epochs": 4, "validation_data": data(20), "verbose": 0}
    return model.fit(*data(rows), callbacks=list(followers), **given | arguments)


class Ends(callbacks.Callback):
    """Notes what was begun and what was ended."""

    def __init__(self):
        self.epochs, self.begun, self.ended = [], 0, 0

    def on_train_begin(self, logs=None):
        self.begun += 1

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)

    def on_train_end(self, logs=None):
        self.ended += 1


def assert_whole(model, ends):
    """The run was ended once, its history holds each epoch that ended, and the model works and learns as before."""
    history = model.history
    assert (ends.begun, ends.ended) == (1, 1)
    assert history.epoch == ends.epochs
    assert set(history.history) == ({"loss", "mae", "val_loss", "val_mae"} if ends.epochs else set())
    assert all(len(values) == len(ends.epochs) for values in history.history.values())
    x, y = data()
    outputs = model.predict(x, verbose=0)
    assert outputs.shape == (ROWS, 1)
    expected = np.square(outputs[:, 0] - y).mean()
    assert model.evaluate(x, y, verbose=0, return_dict=True)["loss"] == pytest.approx(expected, rel=1e-5)
    model.set_weights([one / 2 for one in model.get_weights()])
    again = fit(model, epochs=40)
    assert again.epoch == list(range(40))
    assert again.history["loss"][-1] < again.history["loss"][0]


# --- Ctrl-C -----------------------------------------------------------------------------------------------


def interrupting(hook, at):
    """Return a callback that is interrupted in the `at`-th call of its hook, as if the keys were pressed then."""

    class Interrupter(callbacks.Callback):
        def __init__(self):
            self.calls = 0

    def press(self, *arguments, **logs):
        self.calls += 1
        if self.calls == at:
            raise KeyboardInterrupt

    setattr(Interrupter, hook, press)
    return Interrupter()


FINISHED = {  # hook: epochs that have ended before its third call
    "on_epoch_begin": 2,
    "on_epoch_end": 2,
    "on_train_batch_begin": 0,
    "on_train_batch_end": 0,
    "on_batch_begin": 0,
    "on_batch_end": 0,
    "on_test_begin": 2,
    "on_test_end": 2,
    "on_test_batch_begin": 0,
    "on_test_batch_end": 0,
}


@pytest.mark.parametrize("hook", FINISHED)
def test_interrupted_in_a_hook(hook):
    model, ends = build(), Ends()
    with pytest.raises(KeyboardInterrupt):
        fit(model, interrupting(hook, at=3), ends)
    assert ends.epochs == list(range(FINISHED[hook]))
    assert_whole(model, ends)


def test_interrupted_between_batches_keeps_their_updates():
    """What the batches before the interruption taught stays: three of them here, as in a run of three."""
    ends = []
    for followers, steps in ([interrupting("on_train_batch_end", at=3)], None), ([], 3):
        model = build()
        model.set_weights([np.full(one.shape, 0.1 * at, "float32") for at, one in enumerate(model.get_weights(), 1)])
        try:
            fit(model, *followers, shuffle=False, steps_per_epoch=steps, epochs=1)
        except KeyboardInterrupt:
            assert followers
        ends.append((int(model.optimizer.iterations), [one.tolist() for one in model.get_weights()]))
    assert ends[0] == ends[1]
    assert ends[0][0] == 3


@pytest.fixture
def ctrl_c(monkeypatch):
    """Return a callback during whose second epoch a thread sends the signal of Ctrl-C, while a program runs."""

    class Pressed(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # test runners' workers may ignore it
    yield Pressed()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_interrupted_by_a_signal(verbose, ctrl_c, capsys):
    """With many epochs ahead, of which each is many dispatches long."""
    model, ends = build(), Ends()
    with pytest.raises(KeyboardInterrupt):
        fit(model, ends, ctrl_c, rows=50_000, epochs=1000, verbose=verbose)
    assert 1 <= len(ends.epochs) < 1000
    assert_whole(model, ends)
    printed = capsys.readouterr().out
    assert printed == "" if verbose == 0 else printed.endswith("\n")


def test_an_error_in_a_callback_comes_through_and_leaves_the_model_whole():
    class Broken(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("out of paper")

    model = build()
    with pytest.raises(RuntimeError, match="out of paper"):
        fit(model, Broken())
    assert model.history.epoch == [0, 1]
    assert fit(model).epoch == [0, 1, 2, 3]


# --- a loss that stops being finite -----------------------------------------------------------------------


class Explode(callbacks.Callback):
    """Makes the learning rate huge in some epoch, so that its second loss is infinite."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            self.model.optimizer.learning_rate = 1e30


class Watcher(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def warned(model, *followers, y=None, **arguments):
    """Return the one warning of a run, and its losses."""
    x, labels = data()
    given = {"batch_size": BATCH, "epochs": 4, "shuffle": False, "verbose": 0}
    with pytest.warns(UserWarning, match="The loss became") as caught:
        history = model.fit(x, labels if y is None else y, callbacks=list(followers), **given | arguments)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    return str(caught[0].message), history.history["loss"]


@pytest.mark.parametrize("watchers", [[], [Watcher()]], ids=["epoch gear", "step gear"])
@pytest.mark.parametrize(("row", "step"), [(0, 1), (BATCH, 2), (5 * BATCH + 3, 6), (ROWS - 1, STEPS)])
def test_a_loss_that_is_not_finite_warns_once_and_says_where(row, step, watchers):
    y = data()[1]
    y[row] = 1e30  # whose square is infinite
    message, losses = warned(build(), *watchers, y=y)
    assert f" in epoch 1 at step {step}." in message
    assert not np.isfinite(losses).any()


@pytest.mark.parametrize("epoch", [0, 2])
def test_a_run_that_explodes_later(epoch):
    model = Sequential([layers.Dense(1, input_shape=(4,))])
    model.compile(optimizer="sgd", loss="mse")
    message, losses = warned(model, Explode(epoch))
    assert f"in epoch {epoch + 1} at step 2." in message
    assert np.isfinite(losses).tolist() == [at < epoch for at in range(4)]


def test_the_next_run_warns_again():
    model, y = build(), np.zeros(ROWS, "float32")
    y[::3] = 1e30
    assert warned(model, y=y)[0] == warned(model, y=y)[0]
