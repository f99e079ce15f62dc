"""The record of a training run."""

from __future__ import annotations

from typing import Any

from hornet.callbacks.callback import Callback, Logs


class History(Callback):
    """Metrics of every epoch; `fit` adds one and returns it.

    Attributes:
        history: For each metric the list of its values, one an epoch.
        epoch: The epochs, counted from 0.
        params: `epochs`, `steps` and `verbose` of the run.

    Example:
        >>> record = History()
        >>> record.on_train_begin()
        >>> for epoch, loss in enumerate([0.5, 0.25]):
        ...     record.on_epoch_end(epoch, {"loss": loss})
        >>> record.history, record.epoch
        ({'loss': [0.5, 0.25]}, [0, 1])
    """

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def get_state(self) -> dict[str, Any]:
        return {"history": self.history, "epoch": self.epoch}

    def set_state(self, state: dict[str, Any]) -> None:
        self.history, self.epoch = state["history"], state["epoch"]

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
