"""What a process is for long: its memory while it goes on and on, and threads that share a model."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import hornet
from hornet import callbacks, layers

BEGIN = """
import gc, sys
import numpy as np
import hornet
from hornet import layers

X = np.random.default_rng(0).normal(size=(1000, 4)).astype("float32")
Y = X.sum(axis=1)


def memory():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def model(width=8):
    made = hornet.Sequential([layers.Input((4,)), layers.Dense(width, "relu"), layers.Dense(1)])
    made.compile("adam", "mse")
    return made


def slope(work, first, units):
    for unit in range(first):
        work(unit)
    before = memory()
    for unit in range(first, first + units):
        work(unit)
    print((memory() - before) / units, memory())


one = model()
"""

WORK = {
    "a fit of equal shape": "slope(lambda unit: one.fit(X, Y, verbose=0), 100, 200)",
    "a predict": "slope(lambda unit: one.predict(X[: 1 + unit % 499], verbose=0), 1000, 2000)",
    "an equal model that is trained": "slope(lambda unit: model().fit(X, Y, verbose=0), 50, 100)",
    "a candidate of a search": """
from hornet.estimators import MLPRegressor
from hornet.tuning import GridSearchCV
def search(unit):
    space = {"hidden_layer_sizes": [(10 + 20 * unit + number,) for number in range(20)]}
    GridSearchCV(MLPRegressor(max_iter=2), space, cv=2).fit(X, Y)
    return 20
search(0); search(1)
before = memory()
for unit in range(2, 7):
    search(unit)
print((memory() - before) / 100, memory())""",
    "a model of another width (of 300)": """
def work(unit):
    made = model(10 + unit)
    made.fit(X, Y, verbose=0)
    made.predict(X, verbose=0)
slope(work, 100, 200)""",
    "a length of data (of 300)": """
def work(unit):
    one.fit(X[: 100 + 3 * unit], Y[: 100 + 3 * unit], verbose=0)
    one.evaluate(X[: 100 + 3 * unit], Y[: 100 + 3 * unit], verbose=0)
slope(work, 100, 200)""",
}


def memory() -> Iterator[str]:
    """Do the same again and again in a process of its own; say what memory each time leaves behind."""
    for name, code in WORK.items():
        command = [sys.executable, "-W", "ignore", "-c", BEGIN + code]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        yield f"{name}: {float(found[-2]):.3f} MB, {float(found[-1]):.0f} MB in all"


def threads() -> Iterator[str]:
    """Predict, train and look in many threads at once."""
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    yield _predictions(x)
    yield _fits(x)
    yield _looks()


def _model() -> Any:
    hornet.utils.set_random_seed(1)
    made = hornet.Sequential([layers.Input((3,)), layers.Dense(8, "relu"), layers.Dense(1)])
    made.compile("adam", "mse")
    return made


def _at_once(jobs: list[Callable[[], object]]) -> None:
    started = [threading.Thread(target=job) for job in jobs]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def _predictions(x: np.ndarray) -> str:
    model, wrong = _model(), []
    expected = model.predict(x, verbose=0)

    def predict(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(1000):
            start, rows = int(rng.integers(0, 40)), int(rng.integers(1, 24))
            found = model.predict(x[start : start + rows], verbose=0)
            if not np.allclose(found, expected[start : start + rows], atol=1e-5):
                wrong.append(start)

    _at_once([lambda seed=seed: predict(seed) for seed in range(8)])
    return f"predict in 8 threads, 1,000 calls each: {len(wrong)} wrong"


def _fits(x: np.ndarray) -> str:
    alone, together = [_model() for _ in range(6)], [_model() for _ in range(6)]

    def fit(model: Any) -> None:
        model.fit(x, x.sum(axis=1), epochs=4, shuffle=False, verbose=0)

    for model in alone:
        fit(model)
    _at_once([lambda model=model: fit(model) for model in together])
    pairs = [(one.get_weights(), other.get_weights()) for one, other in zip(alone, together, strict=True)]
    equal = sum(all(map(np.array_equal, one, other)) for one, other in pairs)
    return f"fit of 6 models in 6 threads: {equal} of 6 equal to those trained alone"


class _Counting(layers.Layer):
    """Thirty weights, each of which counts the steps."""

    def build(self, input_shape: Any) -> None:
        self.each = [
            self.add_weight(name=f"w{number}", shape=(), initializer="zeros", trainable=False) for number in range(30)
        ]

    def call(self, inputs: Any) -> Any:
        for one in self.each:
            one.assign_add(1.0)
        return inputs


class _Watched(callbacks.Callback):
    """Has every batch dispatched by itself."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


def _looks() -> str:
    x = np.ones((64, 1), "float32")
    model = hornet.Sequential([layers.Input((1,)), _Counting(), layers.Dense(1)])
    model.compile("sgd", "mse")
    seen: list[Any] = []
    refused: list[RuntimeError] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.append(model.get_weights())

    def train() -> None:
        while not ended.wait(0.05):
            try:
                model.fit(x, x, verbose=0)
            except RuntimeError as error:
                refused.append(error)

    others = [threading.Thread(target=one) for one in (look, train)]

    class Started(_Watched):
        def on_train_begin(self, logs: Any = None) -> None:
            for other in others:
                other.start()

        def on_train_end(self, logs: Any = None) -> None:
            ended.set()

    model.fit(x, x, batch_size=1, epochs=20, verbose=0, callbacks=[Started()])
    for other in others:
        other.join()
    mixed = sum(len(set(map(float, weights[:30]))) != 1 for weights in seen)
    return (
        f"{mixed} of {len(seen)} looks from another thread mix two steps; "
        f"{len(refused)} fits beside one that runs, refused by name"
    )
