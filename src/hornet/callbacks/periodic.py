"""The base of callbacks that act after an epoch, or after a number of batches."""

from __future__ import annotations

from typing import Any

from hornet.callbacks.callback import Callback, Logs
from hornet.core.checks import positive_int


class Periodic(Callback):
    """Base of callbacks that act after every epoch or after so many batches.

    It overrides no hook of single batches, so nothing is slower in between: a number of batches only bounds how many
    of them run in one program.

    Args:
        save_freq: `"epoch"`, or a number of batches, counted through all epochs.
    """

    def __init__(self, save_freq: str | int = "epoch") -> None:
        self.save_freq = save_freq if save_freq == "epoch" else positive_int("save_freq", save_freq)
        self.batches_seen = 0

    @property
    def batches_until_due(self) -> int | None:
        """The number of batches until `on_due`; `None` where epochs count."""
        return None if self.save_freq == "epoch" else int(self.save_freq) - self.batches_seen

    def on_batches_done(self, batches: int, epoch: int, batch: int, logs: Logs) -> None:
        self.batches_seen += batches
        if self.batches_until_due == 0:
            self.batches_seen = 0
            self.on_due(epoch, batch, logs)

    def on_due(self, epoch: int, batch: int, logs: Logs) -> None:
        """Called when so many batches are done."""

    def get_state(self) -> dict[str, Any]:
        return {"batches_seen": self.batches_seen}

    def set_state(self, state: dict[str, Any]) -> None:
        self.batches_seen = int(state["batches_seen"])
