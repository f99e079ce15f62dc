"""Processes that are killed while they train or save, and places that cannot be written to."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from promises.costs import error_of

import hornet
from hornet import layers

KILLS, KERAS_KILLS, RESUMES = 200, 20, 50

SAVING = """
import sys
from hornet import Sequential, layers
path, library, value = sys.argv[1:]
if library == "keras":
    import keras
    from keras import Sequential, layers
model = Sequential([layers.Input((500,)), layers.Dense(2000), layers.Dense(500), layers.Dense(1)])
model.set_weights([0 * one + float(value) for one in model.get_weights()])
print("ready", flush=True)
while True:
    model.save(path)
"""


RESUMING = """
import json, sys
import numpy as np
import hornet
from hornet import callbacks, layers
folder, seed = sys.argv[1], int(sys.argv[2])
hornet.utils.set_random_seed(seed)
x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
model = hornet.Sequential([
    layers.Input((4,)), layers.Dense(8), layers.BatchNormalization(), layers.Activation("relu"), layers.Dropout(0.2),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer="adam", metrics=["mae"])
begun = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", flush=True))
keeper = callbacks.BackupAndRestore(folder, save_freq=5)
history = model.fit(
    x, x.sum(axis=1), batch_size=16, epochs=300, validation_split=0.2, verbose=0, callbacks=[begun, keeper]
)
print(json.dumps([[one.tolist() for one in model.get_weights()], history.history]))
"""


def resumes() -> Iterator[str]:
    """Kill a run again and again, start it again each time, and compare its end with that of one never stopped."""
    rng = np.random.default_rng(0)

    def start(folder: str, seed: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "ignore", "-c", RESUMING, folder, str(seed)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    with tempfile.TemporaryDirectory() as folder:
        whole = start(f"{folder}/whole", 3).communicate()[0].splitlines()[-1]
        file = Path(folder) / "killed" / "run.safetensors"
        for number in range(RESUMES):
            process = start(f"{folder}/killed", 3 if not file.exists() else 100 + number)
            time.sleep(float(rng.uniform(0.0, 0.1)))
            process.kill()
            process.communicate()
        went_on = file.exists()
        again = start(f"{folder}/killed", 99).communicate()[0].splitlines()[-1]
    same = [one == other for one, other in zip(json.loads(whole), json.loads(again), strict=True)]
    yield (
        f"a run killed {RESUMES} times: weights {'equal' if same[0] and went_on else 'DIFFERENT'}, "
        f"history {'equal' if same[1] else 'DIFFERENT'}"
    )


def kills() -> Iterator[str]:
    """Kill processes that save, ours and Keras's."""
    yield _kills("hornet", KILLS)
    yield _kills("keras", KERAS_KILLS)


def _kills(library: str, count: int) -> str:
    """Kill a process that saves over a good file again and again; say how many files were broken."""
    rng = np.random.default_rng(0)
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        for number in range(count):
            arguments = [sys.executable, "-W", "ignore", "-c", SAVING, str(path), library, str(number)]
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert process.stdout is not None
            process.stdout.readline()
            deadline = time.monotonic() + 30
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(float(rng.uniform(0.1, 0.4)))
            process.kill()
            process.wait()
            process.stdout.close()
            try:
                weights = hornet.models.load_model(path).get_weights()
                broken += len({float(one) for array in weights for one in np.unique(array)}) != 1
            except (ValueError, OSError):
                broken += 1
                path.unlink(missing_ok=True)
    return f"{library}: {broken} of {count} kills while saving left a broken file"


def places() -> Iterator[str]:
    """Save where that cannot be: on a full disk, in a folder that is read-only, missing or cannot be made."""
    methods = {"m.keras": "save", "m.h5": "save", "w.weights.h5": "save_weights", "w.safetensors": "save_weights"}
    model = hornet.Sequential([layers.Input((300,)), layers.Dense(300)])
    for place in (full_disk, read_only):
        good = 0
        for name, method in methods.items():
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / name
                getattr(model, method)(path)
                before = path.read_bytes()
                with place(path.parent):
                    error = error_of(lambda method=method, path=path: getattr(model, method)(path))
                is_intact = path.read_bytes() == before and os.listdir(folder) == [name]
                good += is_intact and isinstance(error, OSError) and str(path) in str(error)
        yield f"{place.__name__}: {good} of {len(methods)} errors name the file and leave the old one and nothing else"
    good = made = 0
    for name, method in methods.items():
        with tempfile.TemporaryDirectory() as folder:
            there, below = Path(folder) / "new" / name, Path(folder) / "file" / name
            below.parent.write_text("")
            error = error_of(getattr(model, method), below)
            good += isinstance(error, OSError) and str(below.parent) in str(error)
            getattr(model, method)(there)
            made += there.exists()
    yield f"a folder that is missing: made for {made} of {len(methods)}"
    yield f"a folder that cannot be made: {good} of {len(methods)} errors name it"


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Let no file grow beyond 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder, root included, who becomes a user without rights meanwhile."""
    is_root = os.geteuid() == 0
    folder.chmod(0o555)
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)
