"""A run that was stopped anywhere ends, once started again, as one that never was."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import hornet
from hornet import callbacks, layers, optimizers
from hornet.core.errors import CorruptFileError
from hornet.training.pace import Pace

X = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
Y = X.sum(axis=1)

SCRIPT = """
import json, sys
import numpy as np
import hornet
from hornet import callbacks, layers

folder, seed, save_freq = sys.argv[1], int(sys.argv[2]), sys.argv[3]
hornet.utils.set_random_seed(seed)
model = hornet.Sequential([
    layers.Input((4,)), layers.Dense(8), layers.BatchNormalization(), layers.Activation("relu"), layers.Dropout(0.2),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer=hornet.optimizers.Adam(0.01), metrics=["mae"])
x = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")


class Begun(callbacks.Callback):
    told = False

    def on_epoch_end(self, epoch, logs=None):
        if not self.told:
            print("begun", flush=True)
        self.told = True


keeper = callbacks.BackupAndRestore(folder, save_freq if save_freq == "epoch" else int(save_freq))
history = model.fit(
    x, x.sum(axis=1), batch_size=16, epochs=400, validation_split=0.2, verbose=0, callbacks=[Begun(), keeper]
)
weights = [one.tolist() for one in model.get_weights()]
print(json.dumps([weights, history.history, history.epoch]))
"""


def start(folder, seed, save_freq, cache):
    environment = {**os.environ, "HORNET_CACHE": str(cache)}
    command = [sys.executable, "-c", SCRIPT, str(folder), str(seed), str(save_freq)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    return process


def finish(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return output


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder for the programs, which all processes share."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def expected(cache, tmp_path_factory):
    """What a run prints that nobody stops."""
    return finish(start(tmp_path_factory.mktemp("whole"), 3, "epoch", cache))


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
@pytest.mark.parametrize(
    ("save_freq", "kills"),
    [(3, 2), pytest.param(3, 10, marks=pytest.mark.full), pytest.param("epoch", 10, marks=pytest.mark.full)],
)
def test_kills_at_random_moments_change_nothing(tmp_path, save_freq, kills, expected, cache):
    moments = random.Random(7)
    file = tmp_path / "killed" / "run.safetensors"
    for kill in range(kills):
        seed = 3 + kill if file.exists() else 3  # the saved run's replaces it
        process = start(tmp_path / "killed", seed, save_freq, cache)
        time.sleep(moments.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert file.exists()
    assert finish(start(tmp_path / "killed", 99, save_freq, cache)) == expected
    assert not file.parent.exists()


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.full)])
def test_the_first_signal_saves_and_then_ends_the_process(tmp_path, number, expected, cache):
    process = start(tmp_path / "stopped", 3, "epoch", cache)
    time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode in (-number, 1)  # Python turns SIGINT into a KeyboardInterrupt
    assert os.listdir(tmp_path / "stopped") == ["run.safetensors"]
    assert finish(start(tmp_path / "stopped", 4, "epoch", cache)) == expected


class Stop(callbacks.Callback):
    """Ends a run as a crash would, after so many batches."""

    def __init__(self, batches):
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise SystemError("crash")


class Counts(callbacks.Callback):
    """A user's callback that takes part."""

    def __init__(self):
        self.epochs, self.losses = 0, np.zeros(0)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        self.losses = np.append(self.losses, logs["loss"])

    def get_state(self):
        return {"epochs": self.epochs, "kept": [{"losses": self.losses}]}

    def set_state(self, state):
        self.epochs, self.losses = state["epochs"], state["kept"][0]["losses"]


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.01, 10, 0.9), momentum=0.9),
    "nadam": lambda: optimizers.Nadam(0.01, use_ema=True),
    "accumulating": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3, clipnorm=1.0),
}


def model_of(optimizer):
    model = hornet.Sequential(
        [layers.Input((4,)), layers.Dense(6, "relu"), layers.Dropout(0.3), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile(loss="mse", optimizer=OPTIMIZERS[optimizer](), metrics=["mae"])
    return model


def run(optimizer, *more, seed=0, epochs=6, **options):
    hornet.utils.set_random_seed(seed)
    model = model_of(optimizer)
    model.fit(X, Y, batch_size=16, epochs=epochs, verbose=0, callbacks=list(more), **options)
    return model


def same(one, other):
    assert one.history.history == other.history.history
    assert one.history.epoch == other.history.epoch
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    ("optimizer", "save_freq", "batches"),
    [
        ("nadam", "epoch", 1),
        ("nadam", "epoch", 14),
        ("nadam", "epoch", 29),
        ("nadam", 1, 8),
        ("nadam", 5, 14),
        ("nadam", 5, 29),
        ("sgd", 5, 14),
        ("accumulating", 5, 14),
    ],
)
def test_a_crash_after_any_batch_changes_nothing(tmp_path, optimizer, save_freq, batches):
    whole = run(optimizer, counts := Counts(), validation_split=0.25)
    keeper = callbacks.BackupAndRestore(tmp_path, save_freq)
    with pytest.raises(SystemError):
        run(optimizer, Counts(), keeper, Stop(batches), validation_split=0.25)
    seed = 5 if keeper.path.exists() else 0
    again = run(optimizer, found := Counts(), keeper, seed=seed, validation_split=0.25)
    same(whole, again)
    assert found.epochs == counts.epochs
    np.testing.assert_array_equal(found.losses, counts.losses)


def test_a_learning_rate_that_was_set_stays(tmp_path):
    class Halve(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) / 2

    keeper = callbacks.BackupAndRestore(tmp_path)
    whole = run("nadam", Halve())
    with pytest.raises(SystemError):
        run("nadam", Halve(), keeper, Stop(20))
    again = run("nadam", Halve(), keeper, seed=1)
    same(whole, again)
    assert float(whole.optimizer.learning_rate) == float(again.optimizer.learning_rate)


def test_a_number_of_batches_only_bounds_dispatches(tmp_path, monkeypatch):
    saved, counts = [], []
    monkeypatch.setattr("hornet.training.fit_run.FitRun.save", lambda self, path: saved.append((self.epoch, self.step)))
    monkeypatch.setattr("hornet.training.trainer.Trainer.pace", lambda *_: Pace(100, fixed=True))  # on any machine
    launch = hornet.training.program_cache.BoundProgram.__call__
    monkeypatch.setattr(
        "hornet.training.program_cache.BoundProgram.__call__",
        lambda self, *arguments: counts.append(arguments[-1]) or launch(self, *arguments),
    )
    run("nadam", callbacks.BackupAndRestore(tmp_path, save_freq=4), epochs=2)
    assert counts == [4, 2, 1, 1, 4, 1, 1]  # of six whole batches and a short one, each epoch
    assert saved == [(0, 4), (1, 1), (1, 5)]


def test_resume_goes_on_and_further(tmp_path):
    path = tmp_path / "runs" / "a"
    whole = run("sgd", epochs=6)
    run("sgd", epochs=2, resume=path)
    same(whole, run("sgd", epochs=6, seed=8, resume=path))
    same(whole, run("sgd", epochs=6, seed=9, resume=path))  # which has nothing left to do
    assert path.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 8}, "`batch_size` 16, and this one has 8"),
        ({"shuffle": False}, "`shuffle` True, and this one has False"),
        ({"validation_split": 0.5}, "`rows` 100, and this one has 50"),
        ({"steps_per_epoch": 3}, "`steps` 7, and this one has 3"),
    ],
)
def test_another_run_s_file_is_refused(tmp_path, options, message):
    run("sgd", epochs=1, resume=tmp_path / "a")
    model = model_of("sgd")
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, **{"batch_size": 16, "verbose": 0, "resume": tmp_path / "a", **options})
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_model_s_file_is_refused(tmp_path):
    run("sgd", epochs=1, resume=tmp_path / "a")
    model = hornet.Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="another model"):
        model.fit(X, Y, batch_size=16, verbose=0, resume=tmp_path / "a")


def test_a_file_that_is_no_run_s_is_refused(tmp_path):
    hornet.saving.safetensors.write(tmp_path / "a", {"x": np.ones(2)})
    with pytest.raises(CorruptFileError, match="holds no run"):
        model_of("sgd").fit(X, Y, verbose=0, resume=tmp_path / "a")


def test_a_file_says_what_it_holds(tmp_path):
    run("sgd", epochs=1, resume=tmp_path / "a")
    arrays, facts = hornet.saving.safetensors.read(tmp_path / "a")
    assert "state/params/dense/kernel" in arrays
    assert json.loads(facts["run"])["epoch"] == 1


@pytest.mark.parametrize("folder", ["", None])
def test_a_backup_needs_a_folder(folder):
    for package in (keras, hornet):
        with pytest.raises(ValueError, match="`backup_dir`"):
            package.callbacks.BackupAndRestore(folder)


class Signals(callbacks.Callback):
    """Sends this process a signal after the third batch, and again after the fortieth."""

    def __init__(self):
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.batches in (3, 40):
            os.kill(os.getpid(), signal.SIGTERM)


def signalled(tmp_path, handler, keeps=True):
    """Return the history and the weights of a run that gets signals, which a handler takes."""
    before = signal.signal(signal.SIGTERM, handler)
    try:
        hornet.utils.set_random_seed(5)
        model = hornet.Sequential([layers.Input((4,)), layers.Dropout(0.2), layers.Dense(1)])
        model.compile("adam", "mse")
        keeping = {"resume": tmp_path / "run"} if keeps else {}
        history = model.fit(X, Y, batch_size=16, epochs=8, verbose=0, callbacks=[Signals()], **keeping).history
        return history, [weight.tolist() for weight in model.get_weights()]
    finally:
        assert signal.getsignal(signal.SIGTERM) == handler
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
def test_a_signal_that_does_not_end_the_program_does_not_end_training(tmp_path):
    expected = signalled(tmp_path, signal.SIG_IGN, keeps=False)
    assert len(expected[0]["loss"]) == 8
    assert signalled(tmp_path / "ignored", signal.SIG_IGN) == expected
    saved = []

    def handler(number, frame):
        saved.append((number, (tmp_path / "heard" / "run").exists()))

    assert signalled(tmp_path / "heard", handler) == expected
    assert saved == [(signal.SIGTERM, True)] * 2


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
def test_a_handler_that_leaves_finds_the_run_kept(tmp_path):
    expected = signalled(tmp_path, signal.SIG_IGN, keeps=False)

    def leave(number, frame):
        sys.exit(3)

    with pytest.raises(SystemExit):
        signalled(tmp_path, leave)
    assert signalled(tmp_path, signal.SIG_IGN) == expected


def resumed(path, activation="relu", loss="mse", optimizer=None, rate=0.2, **data):
    hornet.utils.set_random_seed(0)
    hidden = [layers.Dense(3, activation=activation), layers.Dropout(rate)]
    model = hornet.Sequential([layers.Input((4,)), *hidden, layers.Dense(1)])
    model.compile(optimizer or optimizers.Adam(0.01), loss)
    data = {"x": X, "y": Y, **data}
    return model.fit(**data, epochs=2, verbose=0, resume=path).model


class Scaled(hornet.losses.Loss):
    def __init__(self, factor, name="scaled"):
        super().__init__(name)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * (y_true - y_pred) ** 2


@pytest.mark.filterwarnings("ignore:`class_weight` is for class numbers")
@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("x", {"x": X[::-1]}),
        ("y", {"y": Y + 1}),
        ("sample_weight", {"sample_weight": np.arange(100.0)}),
        ("sample_weight", {"class_weight": {0: 2.0}}),
        ("model", {"activation": "tanh"}),
        ("model", {"activation": lambda x: x}),
        ("loss", {"loss": "mae"}),
        ("loss", {"loss": Scaled(3.0)}),
        ("loss", {"loss": lambda y_true, y_pred: (y_true - y_pred) ** 4}),
        ("optimizer", {"optimizer": optimizers.Adam(0.01, amsgrad=True)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_goes_on_with_what_it_had_alone(tmp_path, what, changed):
    kept = {
        "activation": {"activation": lambda x: 2 * x},
        "loss": {"loss": Scaled(2.0) if isinstance(changed.get("loss"), Scaled) else lambda a, b: (a - b) ** 2},
    }.get(next(iter(changed)), {})
    resumed(tmp_path / "run", **kept)
    resumed(tmp_path / "run", **kept)
    with pytest.raises(ValueError, match=f"another {what}"):
        resumed(tmp_path / "run", **kept | changed)


def test_numbers_come_from_the_file_which_is_said(tmp_path, caplog):
    resumed(tmp_path / "run")
    assert not caplog.records
    model = resumed(tmp_path / "run", rate=0.5, optimizer=optimizers.Adam(0.1))
    assert float(model.optimizer.learning_rate.value) == pytest.approx(0.01)
    assert [record.args[:2] for record in caplog.records] == [("dropout/rate", 0.2), ("optimizer/learning_rate", 0.01)]


def test_of_batches_that_arrive_is_said_that_nobody_compares_them(tmp_path, caplog):
    for _ in range(2):
        resumed(tmp_path / "run", x=((X, Y[:, None]) for _ in range(4)), y=None, steps_per_epoch=1)
    said = [record.getMessage() for record in caplog.records]
    assert [line.startswith("Batches that arrive are not compared") for line in said] == [True]
