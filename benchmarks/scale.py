"""How a study of 100,000 trials scales over machines: a simulation, calibrated by a study that is trained here.

python benchmarks/scale.py [--trials 100000] [--seed 0]

Measured here: the CPU seconds that a trial takes to build, propose, send and note in the process of the study, and to
train on a worker; the bytes that travel. Simulated: generations whose parts the free workers take one after another,
what each worker compiles first, machines that die so that a part is begun again, and a network of a gigabyte a second.
Not simulated: Dask's own scheduler, for which a millisecond a part is counted, as its makers say.
"""

from __future__ import annotations

import argparse
import heapq
import pickle
import platform
import time
from dataclasses import dataclass, field
from typing import Any

import cloudpickle
import jax
import numpy as np

import hornet
from hornet import layers, optimizers
from hornet.datasets import california_housing
from hornet.tuning import Tuner, cluster
from hornet.tuning import tuner as tuners

CORES = 16
"""Workers of a machine, one for each core."""
NETWORK = 1e9
"""Bytes a second that the study's process sends and receives."""
TASK = 1e-3
"""Seconds of Dask's scheduler for a part."""
DEATHS = 1 / 24
"""Deaths of a machine in an hour; spot machines die about once a day."""


@dataclass
class Here:
    """An executor of this process, which takes times: everything travels as bytes, and nothing runs beside."""

    slots: int = 1
    trained: float = 0.0
    travelled: int = 0
    placed: int = 0
    parts: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    def place(self, thing: Any) -> bytes:
        data = cloudpickle.dumps(thing)
        self.placed = len(data)
        return data

    def start(self, function: Any, placed: bytes, *arguments: Any) -> tuple[Any, ...]:
        return function, placed, pickle.dumps(arguments), len(arguments[0])

    def done(self, jobs: Any, seconds: float) -> list[Any]:
        return list(jobs)

    def result(self, job: Any) -> Any:
        function, placed, sent, count = job
        thing, arguments = pickle.loads(placed), pickle.loads(sent)
        begun = time.process_time()
        found = function(thing, *arguments)
        taken = time.process_time() - begun
        back = pickle.dumps(found)
        self.trained += taken
        self.travelled += len(sent) + len(back)
        self.parts.append((count, taken))
        return pickle.loads(back)

    def cancel(self, jobs: Any) -> None:
        """Nothing runs beside."""


def build_model(hp: Any) -> Any:
    """Return a network of the chapter's size."""
    model = hornet.Sequential([layers.Input((8,))])
    for _ in range(hp.Int("layers", 1, 3)):
        model.add(layers.Dense(hp.Int("width", 8, 99), "relu"))
    model.add(layers.Dense(1))
    model.compile(loss="mse", optimizer=optimizers.Adam(hp.Float("rate", 1e-4, 3e-2, sampling="log")))
    return model


def calibrated(trials: int, seed: int) -> dict[str, float]:
    """Return what a trial of housing costs, by a study that is trained here."""
    (x, y), (x_held, y_held), _ = california_housing.load_data(split="published")
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    tuners.executor_of = lambda given: given  # which knows Dask and Ray alone

    def searched(count: int) -> tuple[Here, float, float]:
        here = Here()
        begun = time.process_time()
        tuner = Tuner(build_model, trials=count, epochs=10, sampler="random", seed=seed, size=count, executor=here)
        held_out = (x_held - mean) / deviation, y_held
        tuner.search((x - mean) / deviation, y, validation_data=held_out, batch_size=32)
        return here, time.process_time() - begun, sum(trial.seconds for trial in tuner.ended)

    searched(8)  # JAX's own first uses
    cluster._programs.cache_clear()
    here, whole, training = searched(trials)
    return {
        "study, ms a trial": 1e3 * (whole - here.trained) / trials,
        "training, s a trial": training / trials,
        "building on the worker, ms a trial": 1e3 * max(0.0, here.trained - training) / trials,
        "bytes a trial": here.travelled / trials,
        "bytes placed once": float(here.placed),
    }


def simulated(
    machines: int, trials: int, size: int, seconds: float, serial: float, compiling: float, travelling: float, seed: int
) -> tuple[float, float]:
    """Return the hours that a study takes, and the part of the workers' time in which they train.

    Args:
        machines: How many there are.
        trials: Trials of the study.
        size: Trials of a generation.
        seconds: Seconds that a trial takes to train, in the mean.
        serial: Seconds of the study's process for a trial.
        compiling: Seconds in which a worker compiles what it meets first.
        travelling: Bytes of a trial.
        seed: What is drawn comes from it.
    """
    rng = np.random.default_rng(seed)
    slots, clock, worked, begun = machines * CORES, 0.0, 0.0, 0
    new = set(range(slots))
    while begun < trials:
        count = min(size, trials - begun)
        begun += count
        clock += count * (serial + travelling / NETWORK)
        each = rng.lognormal(np.log(seconds) - 0.125, 0.5, count)  # networks of some widths take more than others
        worked += float(each.sum())
        free = [(clock, slot) for slot in range(slots)]
        heapq.heapify(free)
        end = clock
        for part in np.array_split(each, cluster.parts_of(count, slots)):
            clock += TASK
            when, slot = heapq.heappop(free)
            taken = float(part.sum()) + (compiling if slot in new else 0.0)
            new.discard(slot)
            if rng.random() < 1 - np.exp(-DEATHS / 3600 * taken):
                taken *= 1 + rng.random()  # what it had done is lost, and done again
            when = max(when, clock) + taken
            end = max(end, when)
            heapq.heappush(free, (when, slot))
        clock = end
    return clock / 3600, worked / (clock * slots)


def main() -> None:
    """Print what was measured, and the table of the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, JAX {jax.__version__}")
    costs = calibrated(200, given.seed)
    for name, value in costs.items():
        print(f"{name}: {value:.3g}")
    serial = costs["study, ms a trial"] / 1e3
    print(
        "machines | seconds a trial | a generation of 10,000: hours | busy | of one part for each worker: hours | busy"
    )
    for seconds in (costs["training, s a trial"], 10.0, 60.0):
        for machines in (1, 10, 100, 1000):
            row = []
            for size in (10_000, cluster._PARTS * machines * CORES):
                row += simulated(machines, given.trials, size, seconds, serial, 5.0, costs["bytes a trial"], given.seed)
            print(f"{machines} | {seconds:.2g} | {row[0]:.2f} | {row[1]:.0%} | {row[2]:.2f} | {row[3]:.0%}", flush=True)


if __name__ == "__main__":
    main()
