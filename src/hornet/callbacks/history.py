"""The record of a training run."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet.callbacks.callback import Callback, Logs
from hornet.callbacks.logs import NamedLogs
from hornet.core.progress_line import format_metric
from hornet.plots import plot_history
from hornet.plots.html import curve, table


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, float | np.number) else value


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
        >>> record
        <History epochs=2, loss=0.2500>
    """

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = NamedLogs()
        self.epoch: list[int] = []

    def __repr__(self) -> str:
        last = (f"{name}={format_metric(values[-1])}" for name, values in self.history.items() if values)
        return f"<History {', '.join((f'epochs={len(self.epoch)}', *last))}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: a line for each metric, with its curve, that of validation dashed."""
        known = {name: values for name, values in self.history.items() if values and np.ndim(values[0]) == 0}
        rows = []
        for name, values in known.items():
            if name.startswith("val_") and name.removeprefix("val_") in known:
                continue
            beside = known.get(f"val_{name}", [])
            last = [_number(some[-1]) if some else None for some in (values, beside)]
            rows.append([name, _number(values[0]), *last, curve(values, beside)])
        return table("History", ["Metric", "First", "Last", "Validation", "Curve"], rows, [f"{len(self.epoch)} epochs"])

    def plot(self, axes: Any = None) -> Any:
        """Draw a curve for each metric over the epochs, that of validation dashed and in its metric's colour.

        The learning rate, and what is not a number, such as an F1 score for every class, are left out. A notebook
        shows the figure; a program shows it by `matplotlib.pyplot.show()`.

        Args:
            axes: matplotlib's axes to draw all curves into; by default a new figure has one for losses and one for the
                other metrics.

        Returns:
            A list of the axes.

        Raises:
            ValueError: If there is no epoch yet.
            ImportError: If matplotlib is not installed.
        """
        return plot_history(self.history, self.epoch, axes)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def get_state(self) -> dict[str, Any]:
        return {"history": dict(self.history), "epoch": self.epoch}

    def set_state(self, state: dict[str, Any]) -> None:
        self.history, self.epoch = NamedLogs(state["history"]), state["epoch"]

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
