"""Files that are not what they say: made for it, asking for much, or with bytes changed at random."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from promises.costs import Worst, error_of

import hornet
from hornet import layers
from hornet.core.errors import FileError

MUTANTS = 10_000
FORBIDDEN = ("compile", "exec", "import", "marshal", "pickle", "socket", "subprocess", "os.system", "os.exec", "ctypes")
SIGNATURE = "def foo("  # `inspect` parses the signatures of functions written in C; nothing is run


class Events:
    """Counts what Python says of code that is run, imported or unpickled, and of connections, while files are read."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.is_on = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: Any) -> None:
        if self.is_on and event.startswith(FORBIDDEN) and SIGNATURE not in str(arguments):
            self.seen.append(f"{event} {arguments}"[:200])

    def __str__(self) -> str:
        return f"{len(self.seen)} events of code, imports or connections{''.join(f'; {one}' for one in self.seen[:3])}"

    def during(self, read: Callable[[], object]) -> Callable[[], object]:
        """Return a call that is watched."""

        def watched() -> object:
            self.is_on = True
            try:
                return read()
            finally:
                self.is_on = False

        return watched


def hostile() -> Iterator[str]:
    """Read every file that the tests make to trick a reader, and every one that asks for more than it holds."""
    events = Events()
    for what, families in (("trick", _tricks), ("ask for much", _costly)):
        worst = Worst()
        with tempfile.TemporaryDirectory() as folder:
            for name, path, read in families(Path(folder)):
                error_of(read, path)  # the first time imports what it needs
                error = worst.add(name, events.during(lambda read=read, path=path: read(path)))
                if not isinstance(error, FileError):
                    yield f"{name} was NOT refused by name: {error!r}"
        yield f"{worst.count} families of files that {what}: refused; {worst}"
    yield str(events)


def _tricks(folder: Path) -> Iterator[tuple[str, Path, Callable[[Any], object]]]:
    for name, path in _tests("test_untrusted").hostile_files(folder):
        yield name, path, hornet.models.load_model


def _costly(folder: Path) -> Iterator[tuple[str, Any, Callable[[Any], object]]]:
    yield from _tests("test_costs_of_files").hostile_files(folder)


def _tests(name: str) -> Any:
    root = str(Path(__file__).parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)
    return import_module(f"tests.saving.{name}")


def mutants() -> Iterator[str]:
    """Read files of each format with changed bytes, drawn by a seed; say what came of them, and what they cost."""
    formats = _formats()
    each = int(os.environ.get("HORNET_MUTANTS", MUTANTS)) // len(formats)
    changed, events = _tests("test_untrusted").mutants, Events()
    for name, (write, read) in formats.items():
        outcomes: Counter[str] = Counter()
        worst = Worst()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write(path)
            for number, mutant in enumerate(changed(path.read_bytes(), each, np.random.default_rng(1))):
                path.write_bytes(mutant)
                error = worst.add("", events.during(lambda read=read, path=path: read(path)), number % 20 == 0)
                outcomes["loaded" if error is None else _kind(error, path)] += 1
        listed = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
        yield f"{name}: {each} mutants: {listed}; {worst}"
    yield str(events)


def _formats() -> dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]]:
    """Return how a file of each format is written and read, by a name of such a file."""
    x, y = np.ones((4, 2), "float32"), np.ones(4, "float32")
    target = hornet.Sequential([layers.Input((2,)), layers.Dense(1)])
    target.compile(loss="mse", optimizer="adam")

    def run(path: Path) -> object:
        return target.fit(x, y, epochs=1, verbose=0, resume=path)

    def described(path: Path) -> object:
        return hornet.models.model_from_json(path.read_text(errors="replace"))

    return {
        "m.keras": (target.save, hornet.models.load_model),
        "m.h5": (target.save, hornet.models.load_model),
        "m.weights.h5": (target.save_weights, target.load_weights),
        "m.weights.json": (lambda path: target.save_weights(path, max_shard_size=1e-8), target.load_weights),
        "m.safetensors": (target.save_weights, target.load_weights),
        "m.json": (lambda path: path.write_text(target.to_json()), described),
        "run": (run, run),
    }


def _kind(error: Exception, path: Path) -> str:
    # Another model's run is a `ValueError`, and a file of weights that a map names may be missing.
    is_named = str(path.parent) in str(error) and isinstance(error, ValueError)
    return "refused by name" if isinstance(error, FileError) or is_named else f"FOREIGN {type(error).__name__}"
