"""The metric that a callback monitors for its best value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet.core.checks import number, one_of, warn
from hornet.core.suggestions import did_you_mean


class Monitor:
    """A metric, and which of its values is better.

    Args:
        name: The metric's key in logs.
        mode: `"min"`, `"max"`, or `"auto"`: what the metric itself says, the minimum for a loss.
        min_delta: How much better a value must be to count.

    Example:
        >>> monitor = Monitor("val_loss", min_delta=0.1)
        >>> monitor.is_better(0.45, than=0.5), monitor.is_better(0.3, than=0.5), monitor.is_better(0.3, than=None)
        (False, True, True)
    """

    def __init__(self, name: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        self.name = name
        self.mode = one_of("mode", mode, ("auto", "min", "max"))
        self.min_delta = abs(number("min_delta", min_delta))

    def read(self, logs: Mapping[str, Any] | None) -> float | None:
        """Return the metric's value, or `None` with a warning if there is none."""
        value = (logs or {}).get(self.name)
        if value is None or getattr(value, "ndim", 0):
            problem = "there is none in the logs" if value is None else "it is not a scalar"
            advice = did_you_mean(self.name, logs or {}) or f" There are: {', '.join(logs or {}) or 'none'}."
            warn(f"A callback monitors {self.name!r}, but {problem}.{advice}")
            return None
        return float(value)

    def is_better(self, value: float, than: float | None, model: Any = None) -> bool:
        """Return whether a value is better than another by more than `min_delta`; anything is better than `None`.

        Raises:
            ValueError: If the metric does not say whether more is better.
        """
        if than is None:
            return True
        margin = self.min_delta
        return value - margin > than if self._higher_is_better(model) else value + margin < than

    def _higher_is_better(self, model: Any) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = self.name.removeprefix("val_")
        metrics = {} if model is None else dict(zip(model.metrics_names, model.metrics, strict=True))
        higher = getattr(metrics.get(name), "higher_is_better", None)
        if higher is None and not (name == "loss" or name.endswith("_loss")):
            raise ValueError(f"It is not known whether more of {self.name!r} is better. Pass `mode='max'` or 'min'.")
        return bool(higher)
