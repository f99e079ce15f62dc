"""Prints the figures of docs/reliability.md: kills, full disks, hostile files, and what safety costs in time.

python benchmarks/reliability.py [part ...]

HORNET_MUTANTS is the number of files with changed bytes, by default 10,000.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

os.environ["KERAS_BACKEND"] = "jax"

import hornet
from hornet import callbacks, layers
from hornet.core import files
from hornet.core.errors import FileError

KILLS, KERAS_KILLS, RESUMES, MUTANTS = 200, 20, 20, 10_000

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


def mutants() -> Iterator[str]:
    """Read files of each format with changed bytes, drawn by a seed; say what came of them, and what they cost."""
    test_untrusted = _tests("test_untrusted")
    count = int(os.environ.get("HORNET_MUTANTS", MUTANTS))
    x, y = np.ones((4, 2), "float32"), np.ones(4, "float32")

    def model() -> Any:
        made = hornet.Sequential([layers.Input((2,)), layers.Dense(1)])
        made.compile(loss="mse", optimizer="adam")
        return made

    target = model()
    formats: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
        "m.keras": (target.save, hornet.models.load_model),
        "m.h5": (target.save, hornet.models.load_model),
        "m.weights.h5": (target.save_weights, target.load_weights),
        "m.safetensors": (target.save_weights, target.load_weights),
        "run": (
            lambda path: target.fit(x, y, epochs=1, verbose=0, resume=path),
            lambda path: target.fit(x, y, epochs=1, verbose=0, resume=path),
        ),
    }
    for name, (write, read) in formats.items():
        outcomes: Counter[str] = Counter()
        slowest = largest = 0.0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(path)
            data = path.read_bytes()
            for number, mutant in enumerate(
                test_untrusted.mutants(data, count // len(formats), np.random.default_rng(1))
            ):
                path.write_bytes(mutant)
                is_weighed = number % 20 == 0  # counting memory takes many times longer than reading
                begun, error, size = _cost(lambda: read(path), is_weighed)  # noqa: B023  (called at once)
                slowest, largest = max(slowest, 0.0 if is_weighed else begun), max(largest, size)
                outcomes["loaded" if error is None else _kind(error, path)] += 1
        listed = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
        cost = f"{slowest * 1e3:.0f} ms and {largest / 1e6:.1f} MB"
        yield f"{name}: {count // len(formats)} mutants: {listed}; at most {cost}"


def _kind(error: Exception, path: Path) -> str:
    is_named = str(path) in str(error) and isinstance(error, ValueError)  # another model's run is a `ValueError`
    return "refused by name" if isinstance(error, FileError) or is_named else f"FOREIGN {type(error).__name__}"


def _cost(read: Callable[[], object], is_weighed: bool) -> tuple[float, Exception | None, float]:
    """Return the seconds of CPU of a call, its error, and where asked the bytes that it took at most."""
    if is_weighed:
        tracemalloc.start()
    begun = time.process_time()
    error = _error(read)
    seconds = time.process_time() - begun
    size = float(tracemalloc.get_traced_memory()[1]) if is_weighed else 0.0
    tracemalloc.stop()
    return seconds, error, size


def _tests(name: str) -> Any:
    folder = str(Path(__file__).parent.parent / "tests" / "saving")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return import_module(name)


def costly() -> Iterator[str]:
    """Read small files that ask for much memory or time; say what refusing them costs."""
    families = _tests("test_costs_of_files")
    times: dict[str, float] = {}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path, read in families.hostile_files(Path(folder)):
            times[name], error, _ = _cost(lambda: read(path), False)  # noqa: B023  (called at once)
            if error is None or not isinstance(error, FileError):
                yield f"{name} was NOT refused by name: {error!r}"
            sizes[name] = _cost(lambda: read(path), True)[2]  # noqa: B023
    slow, large = max(times, key=lambda name: times[name]), max(sizes, key=lambda name: sizes[name])
    yield (
        f"{len(times)} families of small files that ask for much; at most {times[slow] * 1e3:.0f} ms ({slow}) and "
        f"{sizes[large] / 1e6:.1f} MB ({large})"
    )


def places() -> Iterator[str]:
    """Save where that cannot be: on a full disk, in a folder that is read-only, in one that is not there."""
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
                    error = _error(lambda method=method, path=path: getattr(model, method)(path))
                is_intact = path.read_bytes() == before and os.listdir(folder) == [name]
                good += is_intact and isinstance(error, OSError) and str(path) in str(error)
        yield f"{place.__name__}: {good} of {len(methods)} errors name the file and leave the old one and nothing else"
    errors = [_error(lambda name=name: getattr(model, methods[name])(f"/none/{name}")) for name in methods]
    good = sum(
        isinstance(one, OSError) and f"/none/{name}" in str(one) for one, name in zip(errors, methods, strict=True)
    )
    yield f"missing folder: {good} of {len(methods)} errors name the file"


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


def _error(function: Callable[[], object]) -> Exception | None:
    try:
        function()
    except Exception as error:
        return error
    return None


def hostile() -> Iterator[str]:
    """Load the hostile files of the tests; say how long refusing takes, and how much memory."""
    test_untrusted = _tests("test_untrusted")
    times: dict[str, float] = {}
    sizes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in test_untrusted.hostile_files(Path(folder)):
            tries = []
            for _ in range(3):
                begun = time.perf_counter()
                error = _error(lambda path=path: hornet.models.load_model(path))
                tries.append(time.perf_counter() - begun)
            if isinstance(error, FileError) and str(path) in str(error):
                times[name] = min(tries)
            else:
                yield f"{name} was NOT refused: {error!r}"
            tracemalloc.start()
            _error(lambda path=path: hornet.models.load_model(path))
            sizes[name] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    slow, large = max(times, key=lambda name: times[name]), max(sizes, key=lambda name: sizes[name])
    yield (
        f"{len(times)} kinds of hostile files refused; at most {times[slow] * 1e3:.0f} ms ({slow}) and "
        f"{sizes[large] / 1e6:.1f} MB ({large})"
    )


def watched() -> Iterator[str]:
    """Time epochs of the housing model with callbacks and without."""
    (x, y), _ = hornet.datasets.california_housing.load_data()
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    model = hornet.Sequential([layers.Input(x.shape[1:]), layers.Dense(30, "relu"), layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    begin = model.get_weights()
    epochs = 50

    def fit(*followers: callbacks.Callback) -> None:
        model.set_weights(begin)
        model.fit(x[:15480], y[:15480], epochs=epochs, validation_split=0.25, verbose=0, callbacks=list(followers))

    with tempfile.TemporaryDirectory() as folder:

        def kept() -> None:
            path = os.path.join(folder, "best.keras")
            with patch.object(type(model), "save", lambda *arguments, **options: None):
                fit(
                    callbacks.ModelCheckpoint(path, save_best_only=True),
                    callbacks.EarlyStopping(patience=epochs, restore_best_weights=True),
                )

        jobs = {
            "epoch": fit,
            "ModelCheckpoint and EarlyStopping, file writes aside": kept,
            "TensorBoard scalars": lambda: fit(callbacks.TensorBoard(tempfile.mkdtemp(dir=folder), write_graph=False)),
            "save": lambda: [model.save(os.path.join(folder, "best.keras")) for _ in range(epochs)],
        }
        found = interleaved(jobs, 16)
    times = {name: [one / epochs * 1e3 for one in found[name][1:]] for name in jobs}  # the first round compiles
    bare = times.pop("epoch")
    epoch, save = statistics.median(bare), statistics.median(times.pop("save"))
    yield f"an epoch of housing: {epoch:.2f} ms; a file of the model: {save:.1f} ms, fsync aside"
    for name, one in times.items():
        added = statistics.median(more - less for more, less in zip(one, bare, strict=True))
        yield f"{name}: {added:.2f} ms more an epoch, {added / epoch:.0%}"


def speed() -> Iterator[str]:
    """Time saving 10 million numbers beside plain h5py, and loading them beside Keras, fsync aside."""
    import h5py
    import keras

    model = hornet.Sequential(
        [layers.Input((1000,)), layers.Dense(3000), layers.Dense(2000), layers.Dense(500), layers.Dense(10)]
    )
    arrays = model.get_weights()
    with tempfile.TemporaryDirectory() as folder:

        def plain() -> None:
            with h5py.File(os.path.join(folder, "plain.h5"), "w") as file:
                for number, array in enumerate(arrays):
                    file[str(number)] = array

        weights, older, archive = (os.path.join(folder, name) for name in ("m.weights.h5", "m.h5", "m.keras"))
        saving = {
            "plain h5py": plain,
            ".weights.h5": lambda: model.save_weights(weights),
            ".h5": lambda: model.save(older),
            ".keras": lambda: model.save(archive),
        }
        times = interleaved(saving, 15)
        for name in list(saving)[1:]:
            yield f"save {name}: {_side_by_side(times, name, 'plain h5py')} of plain h5py's speed"
        theirs: Any = keras.models.load_model(archive)
        loading = {
            ".weights.h5": lambda: model.load_weights(weights),
            "Keras, .weights.h5": lambda: theirs.load_weights(weights),
            ".h5": lambda: hornet.models.load_model(older),
            "Keras, .h5": lambda: keras.models.load_model(older),
            ".keras": lambda: hornet.models.load_model(archive),
            "Keras, .keras": lambda: keras.models.load_model(archive),
        }
        times = interleaved(loading, 9)
        for name in list(loading)[::2]:
            yield f"load {name}: {_side_by_side(times, name, f'Keras, {name}')} times Keras's speed"


def interleaved(jobs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each job in each round, without the system's storing of files."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    with patch.object(files, "_flush", lambda path: None):
        for _ in range(rounds):
            for name, job in jobs.items():
                begun = time.perf_counter()
                job()
                times[name].append(time.perf_counter() - begun)
    return times


def _side_by_side(times: dict[str, list[float]], name: str, base: str) -> str:
    ratio = statistics.median(other / one for one, other in zip(times[name], times[base], strict=True))
    return f"{statistics.median(times[name]) * 1e3:.0f} ms, {ratio:.2f}"


def main() -> None:
    """Print all parts, or those that are named."""
    warnings.simplefilter("ignore")
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras's
    parts = (watched, speed, places, hostile, costly, mutants, resumes, kills)
    for part in parts:
        if part.__name__ in (sys.argv[1:] or [one.__name__ for one in parts]):
            print(f"load of the machine: {os.getloadavg()[0]:.1f}")
            for line in part():
                print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
