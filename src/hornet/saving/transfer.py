"""Arrays on their way from a file into a model, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import FileError
from hornet.core.variable import Variable


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
        self._planned: list[tuple[Variable, Callable[[], np.ndarray]]] = []
        self._later: list[Callable[[], None]] = []

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
        self._planned.append((variable, read))

    def later(self, action: Callable[[], None]) -> None:
        """Plan an action for after the variables have their values."""
        self._later.append(action)

    def finish(self) -> None:
        """Read all arrays, and then assign them."""
        arrays = [jnp.asarray(read(), variable.dtype) for variable, read in self._planned]
        for (variable, _), array in zip(self._planned, arrays, strict=True):
            variable.assign(array)
        for action in self._later:
            action()
