"""An optimizer's state in files, in the order in which Keras lists it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.errors import CorruptFileError
from hornet.core.module import partition, values_of
from hornet.optimizers import Optimizer
from hornet.optimizers.entries import Entry, WeightNames
from hornet.saving.protocols import Savable
from hornet.saving.transfer import numbers

NEVER_RAN = 2
"""The largest number of variables that Keras lists of an optimizer that has never run: its step and learning rate."""

NamedArrays = list[tuple[str, np.ndarray]]


class StoredOptimizer:
    """A compiled model's optimizer state, as files list it.

    Args:
        model: A built and compiled model; what is listed has slots for each trained weight.
        labels: Keras's name of each trained variable by path; the paths by default.
    """

    def __init__(self, model: Savable, labels: Mapping[str, str] | None = None) -> None:
        state = model._optimizer_state
        assert state is not None
        self._state = state
        self._variables = partition(model).trained
        state.adopt(self._variables)
        weights = values_of(self._variables)
        self._weights = WeightNames(weights, labels or {path: path for path in weights})
        # Dicts of our own, to write into: the state is replaced once everything is read.
        self._slots = jax.tree.map(lambda leaf: leaf, state.optimizer.renew(state.slots, weights))
        self._counts = {"step": np.asarray(state.step.held)}

    def arrays(self, count: int | None = None) -> NamedArrays:
        """Return each variable that Keras lists: its name and value.

        Args:
            count: How many a file lists; Keras 2's have no learning rate.
        """
        return _as_arrays(self._entries(count))

    def inner_arrays(self) -> dict[str, tuple[Optimizer, NamedArrays]]:
        """Return the optimizers within, and their own lists, by Keras's paths below the outer one."""
        inner = self._state.optimizer._inner_entries(self._slots, self._weights, self._counts)
        return {path: (optimizer, _as_arrays(entries)) for path, optimizer, entries in inner}

    def accept(self, path: Any, arrays: Sequence[np.ndarray]) -> None:
        """Take what a file lists, if it fits; the optimizer has it after `put`.

        Args:
            path: The file, for errors.
            arrays: The values, in Keras's order.

        Raises:
            CorruptFileError: If a shape differs, or an array holds no numbers.
        """
        entries = self._entries(len(arrays))
        for entry, array in zip(entries, arrays, strict=True):
            if np.shape(entry.value) != np.shape(array):
                raise CorruptFileError(
                    path,
                    f"optimizer, {entry.name}",
                    f"it has shape {np.shape(array)}, not {np.shape(entry.value)}. "
                    "Load it with the optimizer that wrote it.",
                )
        for entry, array in zip(entries, arrays, strict=True):
            held = numbers(path, f"optimizer, {entry.name}", array)
            entry.put(np.asarray(held, np.asarray(entry.value).dtype))

    def put(self) -> None:
        """Let the optimizer go on from what was accepted."""
        self._state.slots, self._state.variables = self._slots, self._variables
        self._state.step.assign(self._counts["step"])
        self._state.optimizer._keep_in(self._state)

    def _entries(self, count: int | None) -> list[Entry]:
        entries = list(self._state.optimizer.entries(self._slots, self._weights, self._counts))
        shorter = [entry for entry in entries if entry.name != "learning_rate"]
        return shorter if count == len(shorter) else entries


def _as_arrays(entries: Iterator[Entry] | list[Entry]) -> NamedArrays:
    return [(entry.name, np.asarray(entry.value)) for entry in entries]
