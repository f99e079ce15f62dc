"""The progress bar of `fit`, `evaluate` and `predict`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet.callbacks.callback import Callback, Logs
from hornet.core.checks import one_of
from hornet.core.messages import automatic_verbosity
from hornet.core.progress_line import Progress, ProgressLine


class ProgbarLogger(Callback):
    """Progress and metrics on the standard output; added wherever `verbose` is not 0.

    With `verbose=1` (and `"auto"`) an epoch is one line, with a moving bar in terminals and notebooks and without
    control characters in files and pipes. While it moves it says how much time is left, of the epoch and the run, and
    when a program is being compiled; it fits the terminal. With `verbose=2` an epoch has Keras's two plain lines, and
    `"auto"` is 2 after `config.disable_interactive_logging()`. Validation inside `fit` has no line of its own: its
    metrics join the epoch's.

    Raises:
        ValueError: If `verbose` among the parameters is none of 0, 1, 2 and `"auto"`.

    Example:
        >>> progress = ProgbarLogger()
        >>> progress.set_params({"verbose": 1, "epochs": 20, "steps": 363})
        >>> progress.on_epoch_begin(2)
        >>> progress.on_progress(363, {"loss": 0.4321})
        >>> progress.on_epoch_end(2, {"loss": 0.4321, "val_loss": 0.5})
        Epoch 3/20 - 363/363 - 0s - ...s/step - loss: 0.4321 - val_loss: 0.5000
    """

    def __init__(self) -> None:
        self.verbose = 1
        self.epochs = 1
        self.target: int | None = None
        self._line: ProgressLine | None = None
        self._progress = Progress()
        self._fitting = False
        self._validating = False
        self._seconds_of_epoch: float | None = None

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        verbose = one_of("verbose", params.get("verbose", 1), (0, 1, 2, "auto"))
        self.verbose = automatic_verbosity() if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._fitting = True
        self._seconds_of_epoch = None

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.release()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._start(f"Epoch {epoch + 1}/{self.epochs}" if self.epochs > 1 else "")
        if self._seconds_of_epoch is not None and self.epochs > epoch + 1:
            self._progress.seconds_after = (self.epochs - epoch - 1) * self._seconds_of_epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._seconds_of_epoch = self._progress.seconds()
        self._finish(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._validating = self._fitting
        if not self._validating:
            self._start()

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._validating:
            self._finish(logs)
            self.release()
        self._validating = False

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._start()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._finish(logs)
        self.release()

    def on_progress(self, step: int, logs: Logs | None = None) -> None:
        if self._line is None:
            return
        if not self._validating:
            self._progress.advance(step, logs)
        if self.verbose == 1:
            self._line.draw(self._progress)
        else:
            self._line.flush()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_progress(batch + 1, logs)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_progress(batch + 1, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_progress(batch + 1)  # `logs` holds the outputs, which are not metrics

    def show_compiling(self) -> None:
        """Say that a program is being compiled, for which steps wait."""
        if self._line is not None and self.verbose == 1:
            self._progress.note = "compiling"
            self._line.draw(self._progress, at_once=True)

    def clear(self) -> None:
        """Take an unfinished line away, for others to write in its place."""
        if self._line is not None:
            self._line.clear()

    def release(self) -> None:
        """End an unfinished line, as after an interruption, and the run."""
        if self._line is not None:
            self._line.close()
        self._line = None
        self._fitting = self._validating = False

    def _start(self, title: str = "") -> None:
        self._progress = Progress(title, self.target)
        if not self.verbose:
            return
        self._line = self._line or ProgressLine()
        if self.verbose == 1:
            self._line.draw(self._progress)
        elif title:
            self._line.write(title)

    def _finish(self, logs: Logs | None) -> None:
        self._progress.finish(logs)
        self.target = self._progress.target = self.target or self._progress.step  # known from now on
        if self._line is None:
            return
        if self.verbose == 1:
            self._line.finish(self._progress)
        else:
            self._line.write(self._progress.text())
