"""The trials of a search, read from whatever table they are in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.checks import describe, one_of
from hornet.core.containers import table_of
from hornet.core.errors import ArgumentError

_SIGNS = {"min": 1.0, "minimize": 1.0, "max": -1.0, "maximize": -1.0}


@dataclass(frozen=True)
class Trials:
    """Trials with a value that is a number, in the order of the table.

    Args:
        params: The hyperparameters of each, without those that it does not have.
        values: What each was worth.
        numbers: Their numbers.
        is_finished: Whether each was trained to its end, and not stopped before.
        sign: 1 where lower values are better, -1 where higher ones are.
    """

    params: Sequence[Mapping[str, Any]]
    values: np.ndarray
    numbers: np.ndarray
    is_finished: np.ndarray
    sign: float

    @classmethod
    def of(cls, trials: Any, space: Mapping[str, Any], direction: str = "min") -> Trials:
        """Return the trials of a table.

        Args:
            trials: A frame, a dict of columns or a list of dicts: `value`, a column for each hyperparameter and, where
                there are such, `number` and `state`.
            space: What the hyperparameters may be, by their names.
            direction: `"min"` where lower values are better, else `"max"`.

        Raises:
            ValueError: If a column is missing, or no trial has a value.
        """
        one_of("direction", direction, _SIGNS)
        rows = _rows(trials)
        for name in ("value", *space):
            if rows and not any(name in row for row in rows):
                raise ValueError(f"The trials have no column {name!r}. Pass those of a search over this space.")
        states = ("finished", "stopped")
        valued = [
            (number, row)
            for number, row in enumerate(rows)
            if row.get("state", "finished") in states and not _is_missing(row.get("value"))
        ]
        if not valued:
            raise ValueError("No trial has a value yet. Wait until one is finished.")
        return cls(
            [_params(row, space) for _, row in valued],
            np.array([row["value"] for _, row in valued], float),
            np.array([row.get("number", number) for number, row in valued], int),
            np.array([row.get("state", "finished") == "finished" for _, row in valued]),
            _SIGNS[direction],
        )

    @property
    def best(self) -> int:
        """The place of the best one, of those that are finished if there are such."""
        losses = self.sign * self.values
        return int(np.argmin(np.where(self.is_finished, losses, np.inf) if self.is_finished.any() else losses))

    @property
    def finished(self) -> Trials:
        """Those that are finished."""
        kept = np.flatnonzero(self.is_finished).tolist()
        params = [self.params[place] for place in kept]
        return Trials(params, self.values[kept], self.numbers[kept], self.is_finished[kept], self.sign)


def _rows(trials: Any) -> list[Mapping[str, Any]]:
    table = trials if isinstance(trials, Mapping) else table_of(trials)
    if table is not None:
        columns = [[getattr(cell, "tolist", lambda cell=cell: cell)() for cell in column] for column in table.values()]
        return [dict(zip(table, cells, strict=True)) for cells in zip(*columns, strict=True)]
    if isinstance(trials, list | tuple) and all(isinstance(row, Mapping) for row in trials):
        return list(trials)
    raise ArgumentError(f"`trials` must be a frame, or a list of dicts, not {describe(trials)}. Pass `result.trials`.")


def _params(row: Mapping[str, Any], space: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters of a row as their space has them; a frame says `NaN` of what is not there."""
    params = {}
    for name, domain in space.items():
        value, choices = row.get(name), getattr(domain, "values", ())
        if _is_missing(value) and not any(choice is None for choice in choices):
            continue
        value = None if _is_missing(value) else value
        params[name] = next((choice for choice in choices if choice == value), value)
    return params


def _is_missing(cell: Any) -> bool:
    return (
        cell is None or (isinstance(cell, float) and math.isnan(cell)) or type(cell).__name__ in ("NAType", "NaTType")
    )
