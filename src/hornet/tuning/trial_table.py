"""The trials of a study as a table: rows for a frame, and a CSV file that grows while the study runs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hornet.core.files import atomic_write
from hornet.tuning.space import Space
from hornet.tuning.store import PAUSED, RUNNING, Trial


def row_of(trial: Trial, space: Space) -> dict[str, Any]:
    """Return a trial as a row: what became of it, its hyperparameters, and what was measured."""
    facts = {
        "number": trial.number,
        "state": RUNNING if trial.state == PAUSED else trial.state,
        "value": trial.value,
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        "generation": trial.generation,
    }
    return facts | dict.fromkeys(space) | space.decode(trial.params) | {"error": trial.error or None} | trial.logs


class TrialTable:
    """A CSV file with a row for each trial that has ended.

    Args:
        path: The file, which is written anew.
        space: The space of the trials.
        trials: Those that there are already.
    """

    def __init__(self, path: Path, space: Space, trials: Sequence[Trial]) -> None:
        self.path = path
        self._space = space
        self._names: list[str] = []
        with atomic_write(path) as new:
            self._append(new, trials)

    def add(self, trials: Sequence[Trial]) -> None:
        """Add trials that have ended."""
        self._append(self.path, trials)

    def _append(self, path: Path, trials: Sequence[Trial]) -> None:
        rows = [row_of(trial, self._space) for trial in trials if not trial.is_open]
        if not rows:
            return
        is_new = not self._names
        self._names = self._names or list(dict.fromkeys(name for row in rows for name in row))
        with path.open("a", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, self._names, extrasaction="ignore")
            if is_new:
                table.writeheader()
            table.writerows(rows)
