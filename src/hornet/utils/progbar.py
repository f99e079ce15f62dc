"""A progress bar for loops of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from hornet.core.messages import output
from hornet.core.progress_line import Progress, ProgressLine


class Progbar:
    """Shows on one line how far a loop is, and averages of what it is told.

    Args:
        target: Number of steps; `None` if unknown.
        width: Characters of the bar.
        verbose: 0 for silence, 1 for a line that is redrawn, 2 for one line at the end.
        interval: Seconds between two redraws, at least; where lines cannot be redrawn, as in a file, between two lines.
        stateful_metrics: Names of values that are shown as they are; all others are averaged over the steps.
        stateless_metrics: Names of values that are averaged, in whose place all others are shown as they are.
        unit_name: What a step is called.

    Raises:
        ValueError: If both kinds of names are given.

    Example:
        >>> bar = Progbar(2, verbose=2)
        >>> for loss in (0.5, 0.25):
        ...     bar.add(1, [("loss", loss)])
        2/2 - 0s - ...s/step - loss: 0.2500
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` and `stateless_metrics` can say which values are averaged. "
                "Leave one of them out."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ()) if stateless_metrics is None else None
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self.unit_name = unit_name
        self._progress = Progress(target=target, unit=unit_name, width=width)
        self._sums: dict[str, tuple[float, int]] = {}
        self._line: ProgressLine | None = None
        self._stream: Any = None

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Show that some steps are done.

        Args:
            current: Number of steps so far.
            values: Pairs of a name and a value. The value of a name that is averaged counts for all steps since the
                last call, and in the last one alone, as in Keras.
            finalize: Whether it is the last call; by default, whether `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        steps = max(current - self._progress.step, 1)
        logs = {name: self._shown(name, value, steps, finalize) for name, value in values or ()}
        self._progress.advance(current, {**self._progress.logs, **logs})
        if not self.verbose or (self.verbose == 2 and not (finalize and self.target)):
            return
        line = self._present_line()
        if not finalize:
            line.draw(self._progress)
        elif self.verbose == 1:
            line.finish(self._progress)
        else:
            line.write(self._progress.text())

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Show that `n` more steps are done.

        Args:
            n: Number of steps.
            values: See `update`.
        """
        self.update(self._progress.step + n, values)

    def _shown(self, name: str, value: Any, steps: int, finalize: bool) -> Any:
        """Return what to show for a name: its value, or the average of its values."""
        if self.stateless_metrics is None:
            averaged = name not in (self.stateful_metrics or ())
        else:
            averaged = name in self.stateless_metrics
        if not averaged or finalize or isinstance(value, str):
            return value
        total, count = self._sums.get(name, (0.0, 0))
        self._sums[name] = total, count = total + float(np.mean(value)) * steps, count + steps
        return total / count

    def _present_line(self) -> ProgressLine:
        """Return the line on the present output, which a program may redirect."""
        stream = output()
        if self._line is None or stream is not self._stream:
            self._stream, self._line = stream, ProgressLine(stream, self.interval, repeats=True)
        return self._line
