"""The callback that stops when a metric no longer improves."""

from __future__ import annotations

from typing import Any

from hornet.callbacks.callback import Logs
from hornet.callbacks.monitor import Monitor, Monitoring
from hornet.core.checks import non_negative_int
from hornet.core.messages import output


class EarlyStopping(Monitoring):
    """Stops training when a metric has not improved for some epochs.

    Args:
        monitor: The metric's key in logs.
        min_delta: How much better a value must be to count as an improvement.
        patience: Number of epochs to wait for one.
        verbose: 1 to print when it stops, 0 for silence.
        mode: `"min"`, `"max"`, or `"auto"`: what the metric itself says.
        baseline: A value that must be bettered within `patience` epochs.
        restore_best_weights: Whether the model ends with the weights of its best epoch.
        start_from_epoch: Epochs to let pass before anything counts.

    Example:
        >>> from types import SimpleNamespace
        >>> stopping = EarlyStopping(monitor="loss", patience=2)
        >>> stopping.set_model(SimpleNamespace(stop_training=False, metrics=[], metrics_names=[]))
        >>> stopping.on_train_begin()
        >>> for epoch, loss in enumerate([0.5, 0.4, 0.45, 0.41]):
        ...     stopping.on_epoch_end(epoch, {"loss": loss})
        >>> stopping.model.stop_training, stopping.stopped_epoch, stopping.best_epoch
        (True, 3, 1)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        self._monitor = Monitor(monitor, mode, min_delta)
        self.monitor = monitor
        self.patience = non_negative_int("patience", patience)
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = non_negative_int("start_from_epoch", start_from_epoch)
        self._forget()

    def get_monitor_value(self, logs: Logs | None) -> float | None:
        """Return the value that decides, `None` for none; a subclass may compute it of several metrics."""
        return self._monitor.read(logs)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.get_monitor_value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self._monitor.is_better(value, self.best, self.model):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._monitor.is_better(value, self.baseline, self.model):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping", file=output())
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.", file=output())
            self.model.set_weights(self.best_weights)

    def get_state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._remembered}

    def set_state(self, state: dict[str, Any]) -> None:
        for name in self._remembered:
            setattr(self, name, state[name])

    _remembered = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    def _forget(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: list[Any] | None = None
