"""The callback that lets a run go on after a kill."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hornet.callbacks.callback import Logs
from hornet.callbacks.periodic import Periodic
from hornet.core.folders import make_folder_of, path_given


class RunCheckpoint(Periodic):
    """Saves the whole state of a run in one file, and goes on from it where there is one.

    The run that goes on ends as one that was never stopped: on a CPU the weights are equal bit for bit. The file
    holds weights, optimizer slots, hyperparameters, totals of metrics, the random state, the position in the epoch,
    the history, and what each callback's `get_state` returns. At most what one interval does is lost.

    Args:
        path: The file.
        save_freq: `"epoch"`, or a number of batches.
    """

    saves_run_state = True

    def __init__(self, path: str | os.PathLike[str], save_freq: str | int = "epoch") -> None:
        super().__init__(save_freq)
        self.path = Path(path_given("path", path, "run.safetensors"))
        self._is_due = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        make_folder_of(self.path)

    def on_train_ready(self) -> None:
        if self.path.exists():
            self.model._fit_run.load(self.path)

    def on_due(self, epoch: int, batch: int, logs: Logs) -> None:
        self._is_due = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._is_due = self._is_due or self.save_freq == "epoch"

    def on_safe_point(self, at_once: bool = False) -> None:
        if self._is_due or at_once:
            self._is_due = False
            self.model._fit_run.save(self.path)

    def get_state(self) -> dict[str, Any]:
        return {}  # saving begins the count again

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.batches_seen = 0


class BackupAndRestore(RunCheckpoint):
    """Lets a run that was killed go on when the same program is started again.

    See `RunCheckpoint` for what is kept. The file is removed when training comes to its end, and
    its folder with it where nothing else is in it.

    Args:
        backup_dir: Folder of the file; use it for one run only.
        save_freq: `"epoch"`, or a number of batches.
        double_checkpoint: Ignored; kept for compatibility with Keras. A file is replaced whole, so the last is good.
        delete_checkpoint: Whether to remove the file when training has come to its end.

    Raises:
        ValueError: If `backup_dir` is no path.

    Example:
        >>> import tempfile
        >>> from hornet import Sequential, layers
        >>> import numpy as np
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse", optimizer="adam")
        >>> keeper = BackupAndRestore(tempfile.mkdtemp())
        >>> model.fit(np.ones((8, 2)), np.ones(8), epochs=2, callbacks=[keeper], verbose=0).epoch
        [0, 1]
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__(Path(path_given("backup_dir", backup_dir, "backup")) / "run.safetensors", save_freq)
        self.backup_dir = backup_dir
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint and not self.model._fit_run.is_interrupted:
            self.path.unlink(missing_ok=True)
            with suppress(OSError):  # something else is in the folder
                self.path.parent.rmdir()
