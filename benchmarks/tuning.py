"""How good `tuning.tune` is, and what it costs beside the training itself, on housing's published split.

python benchmarks/tuning.py [housing|halving|samplers|overhead|memory ...] [--seeds 5] [--minutes 5] [--trials 40]

housing: the error on the test rows of the best model and of an ensemble of eight, after some minutes on this machine.
halving: the time in which halving, which goes on from where it paused, comes within 2% of the full search's best.
samplers: the best value after equal trials, by random, TPE and Gaussian-process candidates.
overhead: CPU milliseconds a trial beside building, checking and training, of random candidates and of TPE.
memory: resident memory that a trial leaves behind, over trials of changing width.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import statistics
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from sklearn.preprocessing import QuantileTransformer

import hornet
from hornet import layers, optimizers
from hornet.datasets import california_housing
from hornet.population.population import Population
from hornet.tuning import Tuner
from hornet.tuning.builder import Builder
from hornet.tuning.candidates import Task

EPOCHS = 60
BATCH = 256


@cache
def housing() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the three parts, inputs by their quantiles."""
    parts: list[Any] = list(california_housing.load_data(split="published"))
    scaler = QuantileTransformer(output_distribution="normal", random_state=0).fit(parts[0][0])
    names = ("train", "held out", "test")
    return {
        name: (np.asarray(scaler.transform(x), "float32"), np.asarray(y, "float32"))
        for name, (x, y) in zip(names, parts, strict=True)
    }


def build_model(hp: Any) -> Any:
    """Return a plain network: up to three equal layers, dropout, AdamW along half a cosine."""
    model = hornet.Sequential([layers.Input((8,))])
    width = hp.Int("width", 64, 512, sampling="log")
    for _ in range(hp.Int("layers", 1, 3)):
        model.add(layers.Dense(width, hp.Choice("activation", ["relu", "gelu"])))
        model.add(layers.Dropout(hp.Float("dropout", 0.0, 0.4)))
    model.add(layers.Dense(1))
    steps = EPOCHS * math.ceil(len(housing()["train"][0]) / BATCH)
    rate = optimizers.schedules.CosineDecay(hp.Float("rate", 3e-4, 1e-2, sampling="log"), steps)
    decay = hp.Float("decay", 1e-4, 1e-1, sampling="log")
    model.compile(loss="mse", optimizer=optimizers.AdamW(rate, weight_decay=decay))
    return model


def constant(hp: Any) -> Any:
    """Return a smaller network with a constant rate, by which early rungs rank well."""
    model = hornet.Sequential([layers.Input((8,))])
    for _ in range(hp.Int("layers", 1, 2)):
        model.add(layers.Dense(hp.Int("width", 8, 128, sampling="log"), "relu"))
    model.add(layers.Dense(1))
    model.compile(loss="mse", optimizer=optimizers.Adam(hp.Float("rate", 1e-4, 3e-2, sampling="log")))
    return model


def searched(build: Any, **arguments: Any) -> Tuner:
    """Return a tuner after its search on the training rows, measured on the rows held out."""
    data = housing()
    return Tuner(build, **arguments).search(*data["train"], validation_data=data["held out"], batch_size=BATCH)


def rmse(model: Any) -> float:
    """Return a model's error on the test rows."""
    x, y = housing()["test"]
    return float(np.sqrt(np.mean((model.predict(x, verbose=0)[:, 0] - y) ** 2)))


def housing_part(given: argparse.Namespace) -> Iterator[str]:
    """Yield the errors after some minutes."""
    errors: list[tuple[float, float]] = []
    for seed in range(given.seeds):
        tuner = searched(build_model, minutes=given.minutes, epochs=EPOCHS, sampler="gp", size=8, seed=seed)
        errors.append((rmse(tuner.best_model), rmse(tuner.ensemble(8))))
        yield f"seed {seed}: best {errors[-1][0]:.4f}, ensemble {errors[-1][1]:.4f}, {len(tuner.ended)} trials"
    best, together = np.mean(errors, axis=0)
    yield f"mean: best {best:.4f} (at most 0.50), ensemble {together:.4f} (0.485)"


def halving_part(given: argparse.Namespace) -> Iterator[str]:
    """Yield how long halving takes, by the full search's time, and how good its best is."""
    ratios: list[float] = []
    for seed in range(given.seeds):
        taken, found = {}, {}
        for schedule in ("full", "halving"):
            begun = time.process_time()
            tuner = searched(
                constant, trials=given.trials, epochs=36, sampler="random", schedule=schedule, seed=seed, size=20
            )
            taken[schedule], found[schedule] = time.process_time() - begun, tuner.best_value
        ratios.append(taken["halving"] / taken["full"])
        yield f"seed {seed}: {ratios[-1]:.0%} of the CPU time, best loss {found['halving'] / found['full'] - 1:+.1%}"
    yield f"median {statistics.median(ratios):.0%} (at most 45%)"


def samplers_part(given: argparse.Namespace) -> Iterator[str]:
    """Yield the medians of what each sampler finds."""
    for sampler in ("random", "tpe", "gp"):
        found = [
            searched(constant, trials=given.trials, epochs=12, sampler=sampler, seed=seed, size=8).best_value
            for seed in range(given.seeds)
        ]
        yield f"{sampler}: median of the best losses {statistics.median(found):.4f}"


def overhead_part(given: argparse.Namespace) -> Iterator[str]:
    """Yield CPU milliseconds a trial, beside building the models and what `train_population` of them takes."""
    for sampler in ("random", "tpe"):
        spent = {"all": 0.0, "inside": 0.0}
        parts = (Task, "candidate"), (Builder, "of"), (Population, "choose_buckets"), (Population, "train")
        undo = [_timed(owner, name, spent) for owner, name in parts]
        for trials in (16, 300):  # the first warms up
            spent["inside"] = 0.0
            begun = time.process_time()
            searched(constant, trials=trials, epochs=1, sampler=sampler, fixed={"layers": 1, "width": 30})
            spent["all"] = time.process_time() - begun
        for back in undo:
            back()
        yield f"{sampler}: {1e3 * (spent['all'] - spent['inside']) / 300:.2f} ms a trial"


def _timed(owner: Any, name: str, spent: dict[str, float]) -> Any:
    function = getattr(owner, name)

    def timed(*args: Any, **kwargs: Any) -> Any:
        begun, before = time.process_time(), spent["inside"]
        try:
            return function(*args, **kwargs)
        finally:
            spent["inside"] = before + time.process_time() - begun  # what it calls of these is in it

    setattr(owner, name, timed)
    return lambda: setattr(owner, name, function)


def memory_part(given: argparse.Namespace) -> Iterator[str]:
    """Yield the growth of resident memory a trial."""
    searched(constant, trials=50, epochs=1, sampler="random", seed=1)
    before = _resident()
    searched(constant, trials=350, epochs=1, sampler="random", seed=2)
    yield f"{(_resident() - before) / 350:.3f} MB a trial (at most 0.2)"


def _resident() -> float:
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


PARTS = {
    "housing": housing_part,
    "halving": halving_part,
    "samplers": samplers_part,
    "overhead": overhead_part,
    "memory": memory_part,
}


def main() -> None:
    """Print all parts, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--trials", type=int, default=40)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        print(f"{part} (load of the machine: {os.getloadavg()[0]:.1f})", flush=True)
        for line in PARTS[part](given):
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
