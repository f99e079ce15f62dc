"""The metric that a callback monitors for its best value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from hornet.callbacks.callback import Callback
from hornet.core.checks import number, text, warn
from hornet.core.config import shown
from hornet.core.suggestions import did_you_mean


class Monitoring(Callback):
    """Base of callbacks that monitor a metric."""

    monitor: str
    _monitor: Monitor

    def __repr__(self) -> str:
        return shown(self, ("monitor",))

    @property
    def mode(self) -> str:
        """`"min"`, `"max"`, or `"auto"`: what the metric itself says."""
        return self._monitor.mode

    @property
    def min_delta(self) -> float:
        """How much better a value must be to count as an improvement."""
        return self._monitor.min_delta

    @min_delta.setter
    def min_delta(self, value: float) -> None:
        self._monitor.min_delta = abs(number("min_delta", value))

    @property
    def monitor_op(self) -> Callable[[Any, Any], bool]:
        """The function that says whether one value is better than another: `operator.gt` or `operator.lt`."""
        return operator.gt if self._monitor.higher_is_better(self.model) else operator.lt


class Monitor:
    """A metric, and which of its values is better.

    Args:
        name: The metric's key in logs.
        mode: `"min"`, `"max"`, or `"auto"`: what the metric itself says, the minimum for a loss. Any other is taken for
            `"auto"`, with a warning.
        min_delta: How much better a value must be to count.

    Example:
        >>> monitor = Monitor("val_loss", min_delta=0.1)
        >>> monitor.is_better(0.45, than=0.5), monitor.is_better(0.3, than=0.5), monitor.is_better(0.3, than=None)
        (False, True, True)
    """

    def __init__(self, name: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        self.name = text("monitor", name)
        if mode not in ("auto", "min", "max"):
            warn(f"`mode` {mode!r} is unknown, so it is taken for 'auto'. Pass 'auto', 'min' or 'max'.")
            mode = "auto"
        self.mode = mode
        self.min_delta = abs(number("min_delta", min_delta))

    def read(self, logs: Mapping[str, Any] | None) -> float | None:
        """Return the metric's value, or `None` with a warning if there is none."""
        value = (logs or {}).get(self.name)
        if value is None or getattr(value, "ndim", 0):
            warn(f"A callback monitors {self.name!r}, but {self._problem(value, logs or {})}")
            return None
        return float(value)

    def _problem(self, value: Any, logs: Mapping[str, Any]) -> str:
        if value is not None:
            return (
                f"it has one value a class, {value.size} of them. "
                "Give the metric `average='macro'`, or monitor one that is a single number."
            )
        if self.name.startswith("val_") and self.name.removeprefix("val_") in logs:
            said = "nothing was evaluated after this epoch. Pass `validation_data`, or a smaller `validation_freq`."
            return f"{said}{did_you_mean(self.name, logs)}"
        advice = did_you_mean(self.name, logs) or f" There are: {', '.join(logs) or 'none'}."
        return f"there is none in the logs.{advice}"

    def is_better(self, value: float, than: float | None, model: Any = None) -> bool:
        """Return whether a value is better than another by more than `min_delta`; anything is better than `None`.

        Raises:
            ValueError: If the metric does not say whether more is better.
        """
        higher = self.higher_is_better(model)
        if than is None:
            return True
        return value - self.min_delta > than if higher else value + self.min_delta < than

    def higher_is_better(self, model: Any) -> bool:
        """Return whether more of the metric is better, as the mode or a metric of the model says.

        Raises:
            ValueError: If neither says it.
        """
        if self.mode != "auto":
            return self.mode == "max"
        name = self.name.removeprefix("val_")
        names, metrics_of = getattr(model, "metrics_names", ()), getattr(model, "metrics", ())
        metrics: dict[str, Any] = dict(zip(names, metrics_of, strict=True))
        higher = getattr(metrics.get(name), "higher_is_better", None)
        if higher is None and not (name == "loss" or name.endswith("_loss")):
            raise ValueError(
                f"It is not known whether more of {self.name!r} is better. Pass `mode='max'` or `mode='min'` to the "
                "callback, or give the metric's class the attribute `higher_is_better`."
            )
        return bool(higher)
