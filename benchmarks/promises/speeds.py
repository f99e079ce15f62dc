"""What safety costs: callbacks, saving and loading, beside plain h5py and Keras."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest.mock import patch

import hornet
from hornet import callbacks, layers
from hornet.core import files


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
