"""The callback that saves the model."""

from __future__ import annotations

import os
from typing import Any

from hornet.callbacks.callback import Logs
from hornet.callbacks.monitor import Monitor, Monitoring
from hornet.callbacks.periodic import Periodic
from hornet.core.folders import make_folder_of, path_given
from hornet.core.messages import output
from hornet.core.suggestions import did_you_mean

_WHOLE = (".keras", ".h5", ".hdf5")


class ModelCheckpoint(Periodic, Monitoring):
    """Saves the model, or its weights, after each epoch or so many batches.

    A kill while it saves leaves the file that was there.

    Args:
        filepath: The file. Names in braces are replaced: `{epoch}` (counted from 1), `{batch}` and the logs', with
            formats, as in `"{epoch:02d}-{val_loss:.2f}.keras"`.
        monitor: The metric that decides what is best.
        verbose: 1 to print what is done, 0 for silence.
        save_best_only: Whether to save only where the metric is better than before.
        save_weights_only: Whether to save the weights without the model around them.
        mode: `"min"`, `"max"`, or `"auto"`: what the metric itself says.
        save_freq: `"epoch"`, or a number of batches, counted through all epochs.
        initial_value_threshold: A value that the first best one must better.

    Raises:
        ValueError: If the file's suffix says nothing of how to save a whole model; during training, if the path
            names a metric that does not exist.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1, input_shape=(2,))])
        >>> model.compile(loss="mse")
        >>> folder = Path(tempfile.mkdtemp())
        >>> checkpoint = ModelCheckpoint(folder / "{epoch:02d}.weights.h5", save_weights_only=True)
        >>> history = model.fit(np.ones((8, 2)), np.ones(8), epochs=2, callbacks=[checkpoint], verbose=0)
        >>> sorted(path.name for path in folder.iterdir())
        ['01.weights.h5', '02.weights.h5']
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(save_freq)
        self.filepath = path_given("filepath", filepath, "best.keras")
        self._monitor = Monitor(monitor, mode)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.best = initial_value_threshold
        if not save_weights_only and not self.filepath.endswith(_WHOLE):
            raise ValueError(
                f"`filepath` {self.filepath!r} does not say how to save a whole model. End it in .keras or .h5, "
                "or pass `save_weights_only=True`."
            )

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        # Of folders with names in braces it is the one around them.
        make_folder_of(self.filepath if "{" not in self.filepath else self.filepath.partition("{")[0] + "{epoch}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, logs or {}, {})

    def on_due(self, epoch: int, batch: int, logs: Logs) -> None:
        self._save(epoch, logs, {"batch": batch + 1})

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), "best": self.best}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self.best = state["best"]

    def _save(self, epoch: int, logs: Logs, more: dict[str, int]) -> None:
        path = self._path({"epoch": epoch + 1, **more, **logs})
        before = self.best
        value = self._monitor.read(logs) if self.save_best_only else None
        if value is not None:
            if not self._monitor.is_better(value, before, self.model):
                self._say(epoch, f"{self.monitor} did not improve from {before:.5f}")
                return
            self.best = value
            change = "" if before is None else f" from {before:.5f}"
            self._say(epoch, f"{self.monitor} improved{change} to {value:.5f}, saving model to {path}")
        else:
            self._say(epoch, f"saving model to {path}")
        make_folder_of(path)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)

    def _path(self, names: dict[str, Any]) -> str:
        try:
            return self.filepath.format(**names)
        except KeyError as error:
            name = error.args[0]
            advice = did_you_mean(name, names) or f" There are: {', '.join(names)}."
            raise ValueError(f"`filepath` {self.filepath!r} names {name!r}, which is unknown.{advice}") from error

    def _say(self, epoch: int, what: str) -> None:
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: {what}", file=output())
