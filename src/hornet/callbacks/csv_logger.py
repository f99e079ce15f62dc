"""The callback that writes metrics to a table."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from typing import Any

from hornet.callbacks.callback import Logs
from hornet.callbacks.line_logger import LineLogger


class CSVLogger(LineLogger):
    r"""Writes the metrics of each epoch as a row of a CSV file.

    Each row is on the disk when its epoch is over. A run that goes on in another process goes on in the file as well.
    Where the disk is full, the rows that are whole stay, and training goes on with a warning.

    Args:
        filename: The file. Where several models are trained, as in a search, `{run}` in it stands for which this is,
            such as `candidate_3_fold_0` or `model_2`; otherwise for `fit`.
        separator: Text between two values.
        append: Whether to go on in a file that exists, instead of writing a new one.

    Raises:
        ValueError: In a search or a population, if there is no `{run}` in `filename`: all models would write one file.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "log.csv"
        >>> logger = CSVLogger(path)
        >>> logger.on_train_begin()
        >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.6})
        >>> logger.on_train_end()
        >>> path.read_text()
        'epoch,loss,val_loss\n0,0.5,0.6\n'
    """

    _named = "log.csv"

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        super().__init__(filename, append)
        self.separator = separator
        self.keys: list[str] | None = None

    @property
    def sep(self) -> str:
        """The text between two values."""
        return self.separator

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.keys = None
        super().on_train_begin(logs)

    def header(self, logs: Logs) -> str:
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):  # validation may come in a later epoch
                self.keys += [f"val_{key}" for key in self.keys]
        return self._row(["epoch", *self.keys])

    def line(self, epoch: int, logs: Logs) -> str:
        return self._row([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys or [])])

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "keys": self.keys}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        if not self._begins_new:
            self.keys = state["keys"]

    def _row(self, cells: list[Any]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.separator, lineterminator="\n").writerow(cells)
        return line.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
