"""One call of `fit`: how far it is, and how another process can go on with it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from hornet.callbacks import CallbackList
from hornet.core import random
from hornet.core.errors import CorruptFileError
from hornet.saving import safetensors
from hornet.training.data.order import Order
from hornet.training.trainer import Trainer

_KIND = "hornet run 1"


@dataclass
class Run:
    """The settings of a run that results depend on, and its position.

    Args:
        trainer: The model's state and programs.
        callbacks: Whose states belong to the run's.
        rows: Number of rows.
        batch_size: Rows of a batch.
        steps: Batches of an epoch.
        shuffle: Whether each sweep has an order of its own.
        seed: What orders and draws come from.
        epoch: The epoch that is on, or comes next.
        room: Rows that the data have room for on the device; `None` for as many as they need.
    """

    trainer: Trainer
    callbacks: CallbackList
    rows: int
    batch_size: int
    steps: int
    shuffle: bool
    seed: int
    epoch: int
    room: int | None = None
    step: int = 0
    """Batches of the epoch that are done."""
    is_interrupted: bool = False
    """Whether it was stopped from outside, and so is not at its end."""
    _signal: int | None = None
    order: Order = field(init=False)
    """The order of rows in each sweep."""

    def __post_init__(self) -> None:
        self._begin(self.seed)

    def interrupt(self, signal_number: int) -> None:
        """Note that a signal asks for the end."""
        self.is_interrupted = True
        self._signal = signal_number

    def end(self) -> None:
        """Let a signal that was noted do what it would have done."""
        if self._signal is not None:
            signal.raise_signal(self._signal)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all that another process needs to go on to a file, whole or not at all."""
        arrays = {f"state/{name}": one for name, one in _by_name(self.trainer.read()).items()}
        facts = {
            "settings": self._settings(),
            "seed": self.seed,
            "epoch": self.epoch,
            "step": self.step,
            "random": random.get_state(),
            "hypers": {path: one for path, one in self.trainer.hypers.items() if isinstance(one, float)},
            "callbacks": {
                name: _without_arrays(one, f"callbacks/{name}", arrays) for name, one in self._callback_states().items()
            },
        }
        safetensors.write(path, arrays, {"format": _KIND, "run": json.dumps(facts)})

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go to where a saved run was.

        Raises:
            CorruptFileError: If the file is damaged or no run's.
            ValueError: If it is another model's run, or one over other data.
        """
        arrays, kept = safetensors.read(path)
        if kept.get("format") != _KIND:
            raise CorruptFileError(path, "", "it holds no run. Name the file that an earlier run has written.")
        facts = json.loads(kept["run"])
        for name, (mine, other) in _differences(self._settings(), facts["settings"]).items():
            raise ValueError(
                f"{str(path)!r} was written by a run with {name} {other}, and this one has {mine}. "
                "Go on with what it had, or name another file."
            )
        state = self.trainer.read()
        wanted = _by_name(state)
        found = {name.removeprefix("state/"): one for name, one in arrays.items() if name.startswith("state/")}
        if _kinds(found) != _kinds(wanted):
            name = sorted(_kinds(found).items() ^ _kinds(wanted).items())[0][0]
            raise ValueError(
                f"{str(path)!r} was written by a run of another model: {name!r} is not in both, or of another shape. "
                "Build and compile the model as it was, or name another file."
            )
        structure = jax.tree.structure(state)
        self.trainer.write(jax.tree.unflatten(structure, [found[name] for name in wanted]))
        self.trainer.set_hypers(facts["hypers"])
        random.set_state(facts["random"])
        self._begin(facts["seed"])
        self.epoch, self.step = facts["epoch"], facts["step"]
        states = {name: _with_arrays(one, arrays) for name, one in facts["callbacks"].items()}
        for name, callback in self._named_callbacks():
            if name in states and hasattr(callback, "set_state"):
                callback.set_state(states[name])

    def _begin(self, seed: int) -> None:
        self.seed = seed
        self.trainer.key = random.key_data(seed)
        self.order = Order(self.rows, seed if self.shuffle else None, self.room)

    def _settings(self) -> dict[str, Any]:
        return {"rows": self.rows, "batch_size": self.batch_size, "steps": self.steps, "shuffle": self.shuffle}

    def _named_callbacks(self) -> list[tuple[str, Any]]:
        """Return each callback under its class's name, numbered among these."""
        kinds = [type(callback).__name__ for callback in self.callbacks.callbacks]
        names = [f"{kind}#{kinds[:place].count(kind)}" for place, kind in enumerate(kinds)]
        return list(zip(names, self.callbacks.callbacks, strict=True))

    def _callback_states(self) -> dict[str, Any]:
        return {name: one.get_state() for name, one in self._named_callbacks() if hasattr(one, "get_state")}


def _by_name(tree: Any) -> dict[str, Any]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def _kinds(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: (np.shape(one), str(np.asarray(one).dtype)) for name, one in arrays.items()}


def _differences(mine: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {f"`{name}`": (one, other.get(name)) for name, one in mine.items() if other.get(name) != one}


def _without_arrays(value: Any, name: str, arrays: dict[str, Any]) -> Any:
    """Return a state as plain data, its arrays put aside under names of their own."""
    if isinstance(value, Mapping):
        return {key: _without_arrays(one, f"{name}/{key}", arrays) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(one, f"{name}/{place}", arrays) for place, one in enumerate(value)]
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        arrays[name] = value
        return {"__array__": name}
    return value


def _with_arrays(value: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_arrays(one, arrays) for one in value]
    if isinstance(value, Mapping):
        if set(value) == {"__array__"}:
            return arrays[value["__array__"]]
        return {key: _with_arrays(one, arrays) for key, one in value.items()}
    return value
