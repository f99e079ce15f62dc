"""A line of text that says how far something is, redrawn in place where that is possible."""

from __future__ import annotations

import builtins
import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from time import perf_counter
from typing import Any, TextIO, cast

import numpy as np

from hornet.core.messages import is_interactive_logging_enabled, is_terminal, output

BAR_WIDTH = 20
_INDENT = "    "
_FIRST_SHARE = 0.02  # from which on the time that is left can be told
NOTEBOOK_COLUMNS = 1000  # a notebook breaks lines only where it shows them
REDRAW_SECONDS = 0.1  # between two redraws, and between two flushes of what is written

THEME = {
    "title": "bold",
    "done": "yellow",
    "left": "bright_black",
    "counts": "none",
    "time": "bright_black",
    "name": "cyan",
    "value": "none",
}

Parts = list[tuple[str, str]]
"""Pieces of text, each with the name of its style in `THEME`."""


@dataclass
class Progress:
    """How far an epoch, an evaluation or a prediction is.

    Args:
        title: What the line starts with; may be empty.
        target: How many steps there are; `None` if unknown.
        unit: What a step is called.
        width: Characters of the bar.
    """

    title: str = ""
    target: int | None = None
    unit: str = "step"
    width: int = BAR_WIDTH
    step: int = 0
    logs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    note: str = ""
    """What is done before the next steps, if it takes long."""
    seconds_after: float | None = None
    """How long what comes after these steps will take, such as later epochs; `None` for nothing, or where unknown."""
    share: float | None = None
    """How much is done, from 0 to 1, where it is more than the steps say."""
    started: float = field(default=0.0, init=False)
    _first: tuple[int, float] = field(default=(0, 0.0), init=False)
    _last: tuple[int, float] = field(default=(0, 0.0), init=False)

    def __post_init__(self) -> None:
        self.started = perf_counter()

    def advance(self, step: int, logs: Mapping[str, Any] | None) -> None:
        """Note that `step` steps are done, and the metrics so far."""
        self.step, self.logs, self._last = step, logs or self.logs, (step, perf_counter())
        self.note = ""
        if not self._first[0]:
            self._first = self._last

    def finish(self, logs: Mapping[str, Any] | None) -> None:
        """Note that all is done; if no step was reported in between, all steps are."""
        if self.step == 0 and self.target:
            self.advance(self.target, logs)
        self.logs, self.note = logs or {}, ""

    def seconds_per_step(self) -> float:
        """Return the time of a step; the first report, which may include compiling, counts only while alone."""
        (first_step, first), (step, last) = self._first, self._last
        if step > first_step:
            return (last - first) / (step - first_step)
        return (last - self.started) / step if step else 0.0

    def seconds_left(self) -> float | None:
        """Return how long what is left will take; `None` before it has shown."""
        if self.share is not None:
            return self.seconds() * (1.0 / self.share - 1.0) if self.share > _FIRST_SHARE else None
        if not self.target or self._last[0] == self._first[0]:
            return None
        return max(self.target - self.step, 0) * self.seconds_per_step()

    def counts(self) -> str:
        """Return the steps done, and of how many, such as `180/360`."""
        return f"{self.step:>{len(str(self.target))}}/{self.target}" if self.target else f"{self.step}/Unknown"

    def seconds(self) -> float:
        """Return the time since the begin."""
        return perf_counter() - self.started

    def elapsed(self) -> str:
        """Return the time since the begin, in whole seconds."""
        return f"{self.seconds():.0f}s"

    def pace(self) -> str:
        """Return the time of a step, such as `2ms/step`."""
        seconds = self.seconds_per_step()
        if seconds >= 1 or seconds == 0:
            return f"{seconds:.0f}s/{self.unit}"
        return f"{seconds * 1e3:.0f}ms/{self.unit}" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/{self.unit}"

    def text(self) -> str:
        """Return Keras's plain line: `363/363 - 1s - 2ms/step - loss: 0.4321`."""
        metrics = (f"{name}: {format_metric(value)}" for name, value in self.logs.items())
        return " - ".join((self.counts(), self.elapsed(), self.pace(), *metrics))


class ProgressLine:
    """The last line of the output: redrawn in a terminal or notebook, written once it is finished elsewhere.

    A redraw overwrites the line from its start, so an interruption at any point leaves the terminal as it was: no
    cursor is hidden, no stream replaced, no thread left. The redraws are at most one in `REDRAW_SECONDS`, however
    fast the calls; finished lines are single writes. In a notebook the moving line is an output of its own.

    Args:
        stream: Where to write; by default what `sys.stdout` is now, or the log.
        interval: Seconds between two redraws, at least.
        repeats: Whether to write a line in the place of a redraw where lines cannot be redrawn.
    """

    def __init__(self, stream: TextIO | None = None, interval: float = REDRAW_SECONDS, repeats: bool = False) -> None:
        self._stream = stream or output()
        self._interval, self._repeats = interval, repeats
        self._console = _interactive_console(self._stream)
        self._covered = 0  # columns of an unfinished line
        self._drawn_at = self._flushed_at = -math.inf
        self._live = _LiveOutput() if self._console is not None and self._console.is_jupyter else None
        if self._console is not None:
            from rich.color import ColorSystem
            from rich.theme import Theme

            colorful = self._console.color_system and not (self._console.no_color or self._console.legacy_windows)
            self._colors = ColorSystem.STANDARD if colorful else None
            self._styles = Theme(THEME, inherit=False).styles
            self._dash = "=" if self._console.options.ascii_only else "━"

    def draw(self, progress: Progress, at_once: bool = False) -> None:
        """Show an unfinished line, if the last redraw is long enough ago, or at once."""
        redraws = self._console is not None
        is_due = perf_counter() - self._drawn_at >= self._interval
        if (redraws and at_once) or ((redraws or self._repeats) and is_due):
            if redraws:
                columns = self._columns() - 1  # the last column stays empty, or the cursor would wrap
                self._overwrite(_crop(self._unfinished(progress, columns), columns))
            else:
                self.finish(progress)
            self._drawn_at = perf_counter()
            self._flushed_at = -math.inf
        self.flush()

    def finish(self, progress: Progress) -> None:
        """Write a line for good."""
        if self._console is None:
            self.write(f"{progress.title} - {progress.text()}" if progress.title else progress.text())
        else:
            for line in self._finished(progress, self._columns()):
                self._overwrite(line, end="\n")
            if self._live is not None:
                self._live.hide()
            self.flush()

    def write(self, text: str) -> None:
        """Write a plain line."""
        self.clear()
        self._stream.write(f"{text}\n")
        self.flush()

    def clear(self) -> None:
        """Take an unfinished line away, for others to write in its place."""
        if self._covered:
            self._stream.write(f"\r{' ' * self._covered}\r")
            self._covered = 0

    def flush(self) -> None:
        """Bring out what is written, if the last time is long enough ago."""
        now = perf_counter()
        if now - self._flushed_at >= REDRAW_SECONDS:
            self._stream.flush()
            self._flushed_at = now

    def close(self) -> None:
        """Leave an unfinished line as it is, and the cursor below it."""
        if self._covered:
            self._stream.write("\n")
            self._covered = 0
        self._stream.flush()

    def _overwrite(self, parts: Parts, end: str = "") -> None:
        width = _width(parts)
        painted = "".join(self._styles[style].render(text, color_system=self._colors) for text, style in parts)
        if self._live is not None and not end:
            self._live.show(painted)
            return
        start, rest = ("\r", " " * (self._covered - width)) if self._covered else ("", "")
        self._stream.write(f"{start}{painted}{rest}{end}")
        self._covered = 0 if end else width

    def _columns(self) -> int:
        return NOTEBOOK_COLUMNS if self._console.is_jupyter else self._console.width

    def _unfinished(self, progress: Progress, columns: int) -> Parts:
        """Return a line that fits: first a short bar, then the metrics, the time of all, and a longer bar."""
        left = progress.seconds_left()
        whole = ""
        if progress.note or not (progress.step or progress.share):
            is_blocked = progress.note and progress.share is None  # so that nothing would count the seconds
            time = f" {progress.note}" if is_blocked else f" {progress.elapsed()} {progress.note}".rstrip()
        elif left is None:
            time = f" {progress.elapsed()} {progress.pace()}"
        else:
            after = progress.seconds_after
            time = f" {progress.elapsed()}, {format_seconds(left)} left"
            whole = "" if after is None else f" (run: {format_seconds(left + after)})"
        title, head = _title(progress), [(progress.counts(), "counts"), (time, "time")]
        shortest = progress.width // 4 + 1 if progress.target else 0
        room = columns - _width(title) - _width(head) - shortest
        tail: Parts = []
        for metric in _metrics(progress):
            if _width(tail) + _width(metric) > room:
                whole = ""
                break
            tail += metric
        if len(whole) + _width(tail) <= room:
            head.append((whole, "time"))
        return self._barred(progress, title, head + tail, columns)

    def _finished(self, progress: Progress, columns: int) -> list[Parts]:
        """Return lines that fit: metrics that do not go on in further ones."""
        head: Parts = [(progress.counts(), "counts"), (f" {progress.elapsed()} {progress.pace()}", "time")]
        title, metrics = _title(progress), _metrics(progress)
        whole = self._barred(progress, title, [*head, *chain.from_iterable(metrics)], columns)
        if _width(whole) <= columns:
            return [whole]
        lines, room = [title + head], columns - _width(title + head)
        for metric in metrics:
            width = _width(metric)
            if width > room:
                lines.append([(_INDENT, "time"), *metric[1:]])
                room = columns - _width(lines[-1])
            else:
                lines[-1] += metric
                room -= width
        return [self._barred(progress, title, lines[0][len(title) :], columns), *lines[1:]]

    def _barred(self, progress: Progress, title: Parts, rest: Parts, columns: int) -> Parts:
        """Return a line with a bar after the title, where there is room."""
        width = min(progress.width, columns - 1 - _width(title) - _width(rest))
        if not progress.target or width < progress.width // 4:
            return title + rest
        share = progress.step / progress.target if progress.share is None else progress.share
        done = min(int(width * share + 1e-9), width)
        return [*title, (self._dash * done, "done"), (self._dash * (width - done) + " ", "left"), *rest]


class _LiveOutput:
    """An output of a notebook's cell that is replaced: of lines that overwrite each other a saved page shows all."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._is_shown = False

    def show(self, text: str) -> None:
        """Put text in the place of what is there."""
        self._put({"text/plain": text})
        self._is_shown = True

    def hide(self) -> None:
        """Leave nothing to be seen."""
        if self._is_shown:
            self._put({"text/plain": "", "text/html": ""})
            self._is_shown = False

    def _put(self, bundle: Mapping[str, str]) -> None:
        if self._handle is None:
            display = importlib.import_module("IPython.display").display  # which is there, as this is its shell
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def _title(progress: Progress) -> Parts:
    return [(f"{progress.title} ", "title")] if progress.title else []


def _metrics(progress: Progress) -> list[Parts]:
    return [
        [(" - ", "time"), (f"{name}:", "name"), (f" {format_metric(value)}", "value")]
        for name, value in progress.logs.items()
    ]


def _width(parts: Parts) -> int:
    return len("".join([text for text, _ in parts]))


def format_seconds(seconds: float) -> str:
    """Return a time for people.

    Example:
        >>> format_seconds(0.4), format_seconds(75), format_seconds(7265)
        ('0s', '1m15s', '2h01m')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    return f"{whole // 60}m{whole % 60:02}s" if whole < 3600 else f"{whole // 3600}h{whole % 3600 // 60:02}m"


def format_metric(value: Any) -> str:
    """Return a metric as Keras prints it: four decimals, or a power of ten where these would say too little.

    Of an array, such as an F1 score for every class, it is the mean. What is not a number is text.

    Example:
        >>> format_metric(0.43214), format_metric(0.00012345), format_metric([0.25, 0.5]), format_metric("high")
        ('0.4321', '1.2345e-04', '0.3750', 'high')
    """
    try:
        mean = value if isinstance(value, float) else float(cast(Any, np).mean(value))
    except TypeError:
        return str(value)
    return f"{mean:.4f}" if abs(mean) > 1e-3 else f"{mean:.4e}"


def _crop(parts: Parts, columns: int) -> Parts:
    cropped: Parts = []
    for text, style in parts:
        cropped.append((text[:columns], style))
        columns -= len(cropped[-1][0])
    return cropped


def _interactive_console(stream: TextIO) -> Any:
    """Return rich's console on a terminal or in a notebook, `None` where lines cannot be redrawn."""
    if not (is_terminal(stream) or (hasattr(builtins, "get_ipython") and is_interactive_logging_enabled())):
        return None
    from rich.console import Console  # here, because most runs of a program without a screen do without it

    console = Console(file=stream)
    redraws = console.is_jupyter or (is_terminal(stream) and not console.is_dumb_terminal)
    return console if redraws else None
