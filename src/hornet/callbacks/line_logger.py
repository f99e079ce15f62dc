"""The base of callbacks that write a line of a file for each epoch."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from hornet.callbacks.callback import Logs
from hornet.callbacks.log_writer import LogWriter
from hornet.core.folders import file_given, make_folder_of, naming

_RUN = "{run}"


class LineLogger(LogWriter):
    """Base of callbacks that write a line of a text file for each epoch.

    Each line is on the disk when its epoch is over. A run that goes on in another process goes on in the file as well.
    Where the disk is full, the lines that are whole stay, and training goes on with a warning. A subclass says in
    `header` and `line` what they are.

    Args:
        filename: The file. `{run}` in it stands for the run's name where several models are trained.
        append: Whether to go on in a file that exists, instead of writing a new one.
    """

    _named = "log.txt"
    _run = "fit"

    def __init__(self, filename: str | os.PathLike[str], append: bool = False) -> None:
        self.filename = file_given("filename", filename, self._named)
        self.append = append
        self._file: BinaryIO | None = None
        self._begins_new = True

    def tell_apart(self, labels: Mapping[str, Any], hparams: Mapping[str, Any]) -> None:
        if _RUN not in self.filename:
            stem, ending = os.path.splitext(self._named)
            raise ValueError(
                f"Several models are trained, and `{type(self).__name__}` would write all of them into "
                f"{self.filename!r}. Put `{_RUN}` into its name, such as '{stem}-{_RUN}{ending}', so that each has a "
                "file of its own."
            )
        self._run = "_".join(f"{name}_{value}" for name, value in labels.items())

    def header(self, logs: Logs) -> str:
        """Return the line that a new file begins with, `""` for none."""
        return ""

    def line(self, epoch: int, logs: Logs) -> str:
        """Return the line of an epoch, its end included."""
        raise NotImplementedError

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.release()
        self._is_lost = False
        path = self._path
        make_folder_of(path)
        self._begins_new = not (self.append and path.exists() and path.stat().st_size > 0)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        header = self.header(logs or {})
        self._log(self._open, header)
        self._log(self._write, self.line(epoch, logs or {}))

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.release()

    def get_state(self) -> dict[str, Any]:
        return {"size": 0 if self._begins_new else os.path.getsize(self._path)}

    def set_state(self, state: dict[str, Any]) -> None:
        if state["size"] and os.path.exists(self._path):
            size = min(state["size"], os.path.getsize(self._path))
            os.truncate(self._path, size)  # lines that were written after the state was kept come again
            self._begins_new = False

    @property
    def _path(self) -> Path:
        return Path(self.filename.replace(_RUN, self._run))

    def _open(self, header: str) -> None:
        if self._file is None:
            # Without a buffer, which would still hold a line that the disk had no room for.
            self._file = cast(BinaryIO, open(self._path, "wb" if self._begins_new else "ab", 0))  # noqa: SIM115
            if self._begins_new:
                self._write(header)
            self._begins_new = False

    def _write(self, line: str) -> None:
        assert self._file is not None
        data = line.encode()
        with naming(self._path):
            if (written := self._file.write(data)) < len(data):
                with suppress(OSError):
                    self._file.truncate(self._file.tell() - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
