"""The callback that writes metrics to a table."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from hornet.callbacks.callback import Logs
from hornet.callbacks.log_writer import LogWriter
from hornet.core.folders import file_given, make_folder_of, naming


class CSVLogger(LogWriter):
    r"""Writes the metrics of each epoch as a row of a CSV file.

    Each row is on the disk when its epoch is over. A run that goes on in another process goes on in the file as well.
    Where the disk is full, the rows that are whole stay, and training goes on with a warning.

    Args:
        filename: The file.
        separator: Text between two values.
        append: Whether to go on in a file that exists, instead of writing a new one.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "log.csv"
        >>> logger = CSVLogger(path)
        >>> logger.on_train_begin()
        >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.6})
        >>> logger.on_train_end()
        >>> path.read_text()
        'epoch,loss,val_loss\n0,0.5,0.6\n'
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename = file_given("filename", filename, "log.csv")
        self.separator = separator
        self.append = append
        self.keys: list[str] | None = None
        self._file: BinaryIO | None = None
        self._begins_new = True

    @property
    def sep(self) -> str:
        """The text between two values."""
        return self.separator

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.keys = None
        self.release()
        self._is_lost = False
        path = Path(self.filename)
        make_folder_of(path)
        self._begins_new = not (self.append and path.exists() and path.stat().st_size > 0)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):  # validation may come in a later epoch
                self.keys += [f"val_{key}" for key in self.keys]
        self._log(self._open)
        self._log(self._write, [epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.release()

    def get_state(self) -> dict[str, Any]:
        size = 0 if self._begins_new else os.path.getsize(self.filename)
        return {"size": size, "keys": self.keys}

    def set_state(self, state: dict[str, Any]) -> None:
        if state["size"] and os.path.exists(self.filename):
            size = min(state["size"], os.path.getsize(self.filename))
            os.truncate(self.filename, size)  # rows that were written after the state was kept come again
            self.keys, self._begins_new = state["keys"], False

    def _open(self) -> None:
        if self._file is None:
            # Without a buffer, which would still hold a row that the disk had no room for.
            self._file = cast(BinaryIO, open(self.filename, "wb" if self._begins_new else "ab", 0))  # noqa: SIM115
            if self._begins_new:
                self._write(["epoch", *(self.keys or [])])
            self._begins_new = False

    def _write(self, row: list[Any]) -> None:
        assert self._file is not None
        line = io.StringIO()
        csv.writer(line, delimiter=self.separator, lineterminator="\n").writerow(row)
        data = line.getvalue().encode()
        with naming(self.filename):
            if (written := self._file.write(data)) < len(data):
                with suppress(OSError):
                    self._file.truncate(self._file.tell() - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _cell(value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
