"""Arrays on their way from a file into a model, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import ANOTHER_COPY, CorruptFileError, FileError
from hornet.core.variable import Variable

anything: Any = jnp  # whose own types are partly unknown


class Transfer:
    """Values to assign to a model's variables once all of them are known to fit.

    Args:
        path: The file, for errors.
        error: The kind of error for what does not fit.
        skip_mismatch: Whether that is passed over with a warning instead.
    """

    def __init__(self, path: str | os.PathLike[str], error: type[FileError], skip_mismatch: bool = False) -> None:
        self.path = Path(path)
        self._error = error
        self._skips = skip_mismatch
        self._planned: list[tuple[str, Variable, Callable[[], np.ndarray]]] = []
        self._later: list[tuple[Callable[[], Any], Callable[[Any], None], Sequence[Variable]]] = []

    def differ(self, part: str, problem: str) -> None:
        """Raise the error for a part that does not fit, or warn that it is passed over."""
        if not self._skips:
            raise self._error(
                self.path,
                part,
                f"{problem}. Build the model as it was when the file was written, or pass `skip_mismatch=True`.",
            )
        warn(f"{str(self.path)!r}, {part}: {problem}; it is passed over.")

    def plan(self, part: str, variable: Variable, shape: Sequence[int], read: Callable[[], np.ndarray]) -> None:
        """Plan to put an array into a variable.

        Args:
            part: Its name in the file, for errors.
            variable: The variable.
            shape: The array's shape.
            read: What returns it.
        """
        if tuple(shape) != variable.shape:
            self.differ(part, f"it has shape {tuple(shape)}, but {variable.name!r} has {variable.shape}")
            return
        self._planned.append((part, variable, read))

    def later(self, read: Callable[[], Any], put: Callable[[Any], None], variables: Sequence[Variable] = ()) -> None:
        """Plan an action for after the variables have their values.

        Args:
            read: Returns what it needs of the file; called before anything is changed.
            put: The action.
            variables: What it changes, to be put back if it or a later one fails.
        """
        self._later.append((read, put, variables))

    def finish(self) -> None:
        """Read all that is planned, and then assign it; where that fails, the model is as it was.

        Raises:
            CorruptFileError: If an array holds no numbers.
        """
        arrays = [
            jnp.asarray(numbers(self.path, part, read()), variable.dtype) for part, variable, read in self._planned
        ]
        actions = [(put, read()) for read, put, _ in self._later]
        changed = [variable for _, variable, _ in self._planned]
        before = [(each, each.held) for each in (*changed, *(one for *_, more in self._later for one in more))]
        try:
            for variable, array in zip(changed, arrays, strict=True):
                variable.assign(array)
            for put, found in actions:
                put(found)
        except BaseException:
            for variable, held in before:
                variable.assign(held)
            raise


def numbers(path: Any, part: str, array: np.ndarray) -> np.ndarray:
    """Return an array of a file, if it is one of numbers.

    Raises:
        CorruptFileError: If it is one of texts, for example.
    """
    if array.dtype.kind != "b" and not anything.issubdtype(array.dtype, np.number):
        raise CorruptFileError(path, part, f"it holds elements of type {array.dtype}, not numbers. {ANOTHER_COPY}")
    return array
