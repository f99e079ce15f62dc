"""Prints what the reliability page says of files: kills while saving, hostile files, and how fast saving is.

python benchmarks/reliability.py [kills]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import hornet
from hornet import layers
from hornet.core import files
from hornet.core.errors import FileError

SAVING = """
import sys
from hornet import Sequential, layers
path, library, value = sys.argv[1:]
if library == "keras":
    import os
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras import Sequential, layers
model = Sequential([layers.Input((500,)), layers.Dense(2000), layers.Dense(500), layers.Dense(1)])
model.set_weights([0 * one + float(value) for one in model.get_weights()])
print("ready", flush=True)
while True:
    model.save(path)
"""


def kills(library: str, count: int) -> str:
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


def mutants(count: int) -> str:
    """Load files with changed bytes; say what came of them."""
    outcomes: Counter[str] = Counter()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("keras", "h5"):
            path = Path(folder) / f"model.{suffix}"
            hornet.Sequential([layers.Input((2,)), layers.Dense(1)]).save(path)
            data = path.read_bytes()
            for _ in range(count // 2):
                mutant = bytearray(data)
                for _ in range(int(rng.integers(1, 4))):
                    mutant[int(rng.integers(len(mutant)))] = int(rng.integers(256))
                path.write_bytes(bytes(mutant))
                try:
                    hornet.models.load_model(path)
                    outcomes["loaded"] += 1
                except FileError:
                    outcomes["refused by name"] += 1
                except Exception as error:
                    outcomes[f"raised {type(error).__name__}"] += 1
    return f"{count} mutants: " + ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())


def speed() -> list[str]:
    """Time saving and loading 10 million numbers beside plain h5py, interleaved, fsync aside."""
    import h5py

    model = hornet.Sequential(
        [layers.Input((1000,)), layers.Dense(3000), layers.Dense(2000), layers.Dense(500), layers.Dense(10)]
    )
    arrays = model.get_weights()
    files._flush = lambda path: None
    with tempfile.TemporaryDirectory() as folder:

        def plain() -> None:
            with h5py.File(os.path.join(folder, "plain.h5"), "w") as file:
                for number, array in enumerate(arrays):
                    file[str(number)] = array

        paths = {name: os.path.join(folder, name) for name in ("model.weights.h5", "model.h5", "model.keras")}
        jobs = {
            "plain h5py": plain,
            **{
                f"save {name}": lambda path=path: (
                    model.save_weights(path) if path.endswith("weights.h5") else model.save(path)
                )
                for name, path in paths.items()
            },
            "load model.h5": lambda: hornet.models.load_model(paths["model.h5"]),
            "load model.keras": lambda: hornet.models.load_model(paths["model.keras"]),
        }
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(15):
            for name, job in jobs.items():
                begun = time.perf_counter()
                job()
                times[name].append(time.perf_counter() - begun)
    base = statistics.median(times["plain h5py"])
    return [
        f"{name}: {statistics.median(one) * 1e3:.1f} ms, {base / statistics.median(one):.2f} of plain h5py's speed"
        for name, one in times.items()
    ]


def main() -> None:
    """Print all of it."""
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(*speed(), sep="\n")
    print(mutants(2000))
    print(kills("hornet", count))
    print(kills("keras", min(count, 20)))


if __name__ == "__main__":
    main()
