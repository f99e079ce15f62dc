"""One call of `fit`: how far it is, and how another process can go on with it."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from hornet.callbacks import Callback, CallbackList
from hornet.core import random
from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.saving.run_files import read_run, write_run
from hornet.training.data.feed import Feed
from hornet.training.digests import DIGEST_LENGTH
from hornet.training.trainer import Trainer

_log = logging.getLogger("hornet")


@dataclass
class FitRun:
    """The settings of a run that results depend on, and its position.

    Args:
        trainer: The model's state and programs.
        callbacks: Whose states belong to the run's.
        feed: The batches.
        seed: What orders and draws come from.
        epoch: The epoch that is on, or comes next.
    """

    trainer: Trainer
    callbacks: CallbackList
    feed: Feed
    seed: int
    epoch: int
    step: int = 0
    """Batches of the epoch that are done."""
    is_interrupted: bool = False
    """Whether it was stopped from outside, and so is not at its end."""
    is_paused: bool = False
    """Whether it has begun and is to go on, so that callbacks are told of no new beginning."""
    _signal: int | None = None
    _answers: list[Callable[[], Any]] = field(default_factory=list[Callable[[], Any]])
    first_epoch: int = field(init=False)
    """The epoch that began with a new pass over the rows."""

    def __post_init__(self) -> None:
        self.first_epoch = self.epoch
        self._begin(self.seed)

    def interrupt(self, signal_number: int) -> None:
        """Note that a signal requests the end."""
        self.is_interrupted = True
        self._signal = signal_number

    def hear(self, answer: Callable[[], Any]) -> None:
        """Note what a handler of the user's does at a signal."""
        self._answers.append(answer)

    def answer_signals(self) -> None:
        """Let handlers of the user's act on signals that came, with the run's state kept; training may go on."""
        while self._answers:
            self.callbacks.on_safe_point(at_once=True)
            self._answers.pop(0)()

    def end(self) -> None:
        """Let a signal that was noted do what it would have done."""
        self.answer_signals()
        if self._signal is not None:
            signal.raise_signal(self._signal)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all that another process needs to go on to a file, whole or not at all."""
        metadata = {
            "settings": self._settings,
            "seed": self.seed,
            "epoch": self.epoch,
            "step": self.step,
            "random": random.get_state(),
            "hypers": {path: value for path, value in self.trainer.hyperparameters.items() if isinstance(value, float)},
            "callbacks": {name: callback.get_state() for name, callback in self._named_callbacks().items()},
        }
        write_run(path, _by_name(self.trainer.read()), metadata)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go to where a saved run was.

        Raises:
            CorruptFileError: If the file is damaged or not a run's.
            ValueError: If it is another model's run, or one over other data.
        """
        found, metadata = read_run(path)
        for difference in _differences(self._settings, metadata["settings"]):
            raise ValueError(
                f"{str(path)!r} was written by a run with {difference}. Go on with what it had, or name another file."
            )
        state = self.trainer.read()
        wanted = _by_name(state)
        if _kinds(found) != _kinds(wanted):
            name = sorted(_kinds(found).items() ^ _kinds(wanted).items())[0][0]
            raise ValueError(
                f"{str(path)!r} was written by a run of another model: {name!r} is not in both, or of another shape. "
                "Build and compile the model as it was, or name another file."
            )
        steps = self._settings.get("steps")
        if isinstance(steps, int) and metadata["step"] > steps:
            raise CorruptFileError(path, "", f"its batch {metadata['step']} is one of {steps}. {ANOTHER_COPY}")
        seed, hypers, drawn = self.seed, self.trainer.hyperparameters, random.get_state()
        try:
            self._go_to(str(path), {name: found[name] for name in wanted}, metadata)
        except Exception as error:
            self.trainer.write(state)
            self.trainer.set_hyperparameters(hypers)
            random.set_state(drawn)
            self._begin(seed)
            raise CorruptFileError(path, "", f"it cannot be gone on with ({error!r:.200}). {ANOTHER_COPY}") from error

    def _go_to(self, path: str, found: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Take over what a file holds of a run."""
        structure = jax.tree.structure(self.trainer.read())
        self.trainer.write(jax.tree.unflatten(structure, list(found.values())))
        for number, (mine, other) in self.trainer.set_hyperparameters(metadata["hypers"]).items():
            _log.warning("%s is %s, as the run in %r had it, and not %s.", number, other, path, mine)
        if "x" not in self._settings:
            _log.warning("Batches that arrive are not compared with those that the run in %r had.", path)
        random.set_state(metadata["random"])
        self._begin(metadata["seed"])
        self.epoch, self.step = metadata["epoch"], metadata["step"]
        for name, callback in self._named_callbacks().items():
            if name in metadata["callbacks"]:
                callback.set_state(metadata["callbacks"][name])

    @property
    def _settings(self) -> dict[str, Any]:
        return {**self.feed.settings, **self.trainer.settings}

    def _begin(self, seed: int) -> None:
        self.seed = seed
        self.trainer.key = random.key_data(seed)
        self.feed.begin(seed, self.first_epoch)

    def _named_callbacks(self) -> dict[str, Callback]:
        """Return each callback that has a state under its class's name, numbered among these."""
        kinds = [type(callback).__name__ for callback in self.callbacks.callbacks]
        names = [f"{kind}#{kinds[:index].count(kind)}" for index, kind in enumerate(kinds)]
        pairs = zip(names, self.callbacks.callbacks, strict=True)
        return {name: callback for name, callback in pairs if isinstance(callback, Callback)}


def _by_name(tree: Any) -> dict[str, Any]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def _kinds(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name: (np.shape(array), str(np.asarray(array).dtype)) for name, array in arrays.items()}


def _differences(mine: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Yield in what two runs differ; a file of an earlier version does not know all."""
    for name, value in mine.items():
        if name in other and other[name] != value:
            is_digest = any(isinstance(one, str) and len(one) == DIGEST_LENGTH for one in (value, other[name]))
            yield f"another {name}" if is_digest else f"`{name}` {other[name]}, and this one has {value}"
