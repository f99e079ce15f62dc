"""How good `tuning.find_learning_rate` is, beside a grid of rates trained in full and other rules, and what it costs.

python benchmarks/learning_rates.py [data set ...] [--optimizers sgd adam] [--seeds 3] [--rows 2000]

Regret is how much of what can be learned is lost: (loss at the suggested rate - least loss of the grid), divided by
(loss at the start - least loss). Losses are of held-out rows in the best epoch, means over fresh seeds; between rates
of the grid they are interpolated. `strict` divides by the least loss alone. Prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split

import hornet
from hornet import callbacks, layers, optimizers
from hornet.core import random
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.training.program_cache import SHARED
from hornet.tuning import LearningRateCurve, find_learning_rate

GRID = np.geomspace(1e-5, 10, 30)
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {"sgd": optimizers.SGD, "adam": optimizers.Adam}
FINDING, FRESH = 0, 100
"""Seeds: of what the finder sees, and the first of those that the grid is trained with."""


@dataclass(frozen=True)
class Task:
    """A data set, and a network for it.

    Args:
        x: Inputs.
        y: Labels.
        hidden: Widths of hidden layers.
        epochs: Epochs of a full training, at most.
    """

    x: np.ndarray
    y: np.ndarray
    hidden: tuple[int, ...]
    epochs: int

    @property
    def has_classes(self) -> bool:
        """Whether the labels are classes."""
        return self.y.dtype.kind == "i"

    def parts(self) -> list[np.ndarray]:
        """Return rows to train and to validate on, scaled by the former."""
        strata = self.y if self.has_classes else None
        x, held_x, y, held_y = train_test_split(self.x, self.y, test_size=0.25, random_state=0, stratify=strata)
        mean, deviation = x.mean(axis=0), x.std(axis=0)
        deviation[deviation == 0] = 1
        if not self.has_classes:
            held_y, y = (held_y - y.mean()) / y.std(), (y - y.mean()) / y.std()
        kind = "int32" if self.has_classes else "float32"
        return [
            ((x - mean) / deviation).astype("float32"),
            y.astype(kind),
            ((held_x - mean) / deviation).astype("float32"),
            held_y.astype(kind),
        ]

    def model(self, optimizer: Any, seed: int) -> Any:
        """Return a compiled network with new weights."""
        with random.seeded(seed):
            model = hornet.Sequential([layers.Input(self.x.shape[1:])])
            for width in self.hidden:
                model.add(layers.Dense(width, "relu"))
            model.add(layers.Dense(int(self.y.max()) + 1, "softmax") if self.has_classes else layers.Dense(1))
            loss = "sparse_categorical_crossentropy" if self.has_classes else "mse"
            model.compile(loss=loss, optimizer=optimizer)
            return model


def tasks(rows: int) -> dict[str, Task]:
    """Return the data sets, those that are made or large with a number of rows."""
    found = {}
    for name, hidden in {
        "iris": (30,),
        "wine": (30,),
        "breast_cancer": (30,),
        "digits": (30,),
        "diabetes": (30,),
    }.items():
        x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        found[name] = Task(x, y, hidden, 100)
    made = {
        "moons": datasets.make_moons(rows, noise=0.25, random_state=0),
        "friedman1": datasets.make_friedman1(rows, noise=1.0, random_state=0),
        "friedman2": datasets.make_friedman2(rows, noise=50.0, random_state=0),
        "hastie": datasets.make_hastie_10_2(2 * rows, random_state=0),
        "classification": datasets.make_classification(rows, 20, n_informative=10, n_classes=4, random_state=0),
    }
    made["hastie"] = (made["hastie"][0], (made["hastie"][1] > 0).astype(int))
    found |= {name: Task(x, y, (30, 30), 60) for name, (x, y) in made.items()}
    (x, y), _ = hornet.datasets.california_housing.load_data()
    found["housing"] = Task(x[: 8 * rows], y[: 8 * rows], (30,), 30)
    (images, y), _ = hornet.datasets.fashion_mnist.load_data()
    found["fashion_mnist"] = Task(images[:rows].reshape(rows, -1) / 255.0, y[:rows].astype(int), (300, 100), 20)
    return found


def losses_of_grid(task: Task, optimizer: str, seed: int) -> np.ndarray:
    """Return the held-out loss of each rate of the grid after a full training."""
    x, y, held_x, held_y = task.parts()
    members = []
    for rate in GRID:
        model = task.model(OPTIMIZERS[optimizer](float(rate)), seed)
        followers = [callbacks.EarlyStopping(patience=10)]  # which ends those that diverge, too
        with random.seeded(seed):
            plan = {"epochs": task.epochs, "validation_data": (held_x, held_y), "callbacks": followers}
            members.append(Member.of(model, x, y, **plan))
    Population().train(members)
    return np.array([np.nanmin([np.inf, *member.result.history["val_loss"]]) for member in members])


# --- rules --------------------------------------------------------------------------------------------------


def chapter(curve: LearningRateCurve) -> float:
    """Half of the largest rate that does not diverge: whose loss does not end above the start."""
    return float(curve.rates[curve.losses < curve.start][-1]) / 2


def best(curve: LearningRateCurve) -> float:
    """The rate of the least loss."""
    return float(curve.rates[curve.losses.argmin()])


def sweep(task: Task, optimizer: str, updates: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Return rates and smoothed losses of a range test: one training, each update at a higher rate (Smith 2017)."""
    x, y, *_ = task.parts()
    rates = np.geomspace(1e-6, 10, updates)
    model = task.model(OPTIMIZERS[optimizer](float(rates[0])), FINDING)
    rng, average, smooth = np.random.default_rng(FINDING), 0.0, []
    for step, rate in enumerate(rates):
        model.optimizer.learning_rate = float(rate)
        model.reset_metrics()
        rows = rng.permutation(len(x))[:32]
        average = 0.98 * average + 0.02 * float(model.train_on_batch(x[rows], y[rows]))
        smooth.append(average / (1 - 0.98 ** (step + 1)))
        if not np.isfinite(smooth[-1]) or smooth[-1] > 4 * min(smooth):
            break
    return rates[: len(smooth) - 1], np.array(smooth[:-1])


def steepest(rates: np.ndarray, losses: np.ndarray) -> float:
    """Where the loss of a range test falls fastest."""
    return float(rates[np.gradient(losses, np.log(rates)).argmin()])


def valley(rates: np.ndarray, losses: np.ndarray) -> float:
    """In the middle of the longest falling subsequence of a range test's losses (fastai's rule)."""
    lengths, before = [1] * len(losses), [-1] * len(losses)
    for late in range(len(losses)):
        for early in range(late):
            if losses[early] > losses[late] and lengths[early] + 1 > lengths[late]:
                lengths[late], before[late] = lengths[early] + 1, early
    end = start = int(np.argmax(lengths))
    while before[start] >= 0:
        start = before[start]
    return float(rates[(start + end) // 2])


# --- the report ---------------------------------------------------------------------------------------------


def cost(task: Task, optimizer: str, rounds: int = 3) -> tuple[float, float]:
    """Return CPU seconds of a fit of ten epochs, and the median of how many times that the finder takes, in turn."""
    x, y, *_ = task.parts()
    jobs = (
        lambda model: model.fit(x, y, epochs=10, verbose=0),
        lambda model: find_learning_rate(model, x, y),
    )
    seconds: list[list[float]] = []
    for _ in range(rounds):
        seconds.append([])
        for job in jobs:
            SHARED.clear()
            jax.clear_caches()  # both compile
            model = task.model(OPTIMIZERS[optimizer](0.001), FINDING)
            begun = time.process_time()
            job(model)
            seconds[-1].append(time.process_time() - begun)
    return statistics.median(fit for fit, _ in seconds), statistics.median(find / fit for fit, find in seconds)


def report(names: list[str], kinds: list[str], seeds: int, rows: int) -> Iterator[str]:
    """Yield the lines of the report."""
    found = tasks(rows)
    counts: dict[str, list[float]] = {}
    columns = ["data set", "optimizer", "best of 30", "suggested", "regret", "strict", "other rules' regret"]
    columns += ["ten epochs, CPU s", "finder / that"]
    yield f"| {' | '.join(columns)} |"
    yield "| --- " * len(columns) + "|"
    for name in names or list(found):
        for optimizer in kinds:
            task = found[name]
            x, y, *_ = task.parts()
            curve = find_learning_rate(task.model(OPTIMIZERS[optimizer](0.001), FINDING), x, y, seed=FINDING)
            ranged = sweep(task, optimizer)
            rules = {
                "finder": curve.suggestion,
                "chapter": chapter(curve),
                "best": best(curve),
                "steepest": steepest(*ranged),
                "valley": valley(*ranged),
            }
            fresh = [losses_of_grid(task, optimizer, FRESH + seed) for seed in range(seeds)]
            losses = np.minimum(np.mean(fresh, axis=0), 10 * curve.start)
            least = losses.min()
            at = {rule: float(np.interp(np.log(rate), np.log(GRID), losses)) for rule, rate in rules.items()}
            regrets = {rule: (loss - least) / (curve.start - least) for rule, loss in at.items()}
            for rule, regret in regrets.items():
                counts.setdefault(f"{rule}, {optimizer}", []).append(regret)
            others = ", ".join(f"{rule} {regret:.0%}" for rule, regret in regrets.items() if rule != "finder")
            seconds, ratio = cost(task, optimizer)
            yield (
                f"| {name} | {optimizer} | {GRID[losses.argmin()]:.2g} | {rules['finder']:.2g} | "
                f"{regrets['finder']:.1%} | {at['finder'] / least - 1:.0%} | {others} | {seconds:.2f} | {ratio:.2f} |"
            )
    yield ""
    for rule, regrets in counts.items():
        good = sum(regret <= 0.05 for regret in regrets)
        yield f"- {rule}: at most 5% on {good} of {len(regrets)}, at worst {max(regrets):.0%}"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--optimizers", nargs="+", default=list(OPTIMIZERS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=2000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for line in report(given.names, given.optimizers, given.seeds, given.rows):
        print(line, flush=True)


if __name__ == "__main__":
    main()
