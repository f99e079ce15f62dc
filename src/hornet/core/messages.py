"""Where messages for people go: to the standard output, or into the log of programs that nobody watches."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any, TextIO, cast

_is_interactive = True


def enable_interactive_logging() -> None:
    """Show progress and messages on the standard output, which is the default.

    Example:
        >>> enable_interactive_logging()
    """
    global _is_interactive
    _is_interactive = True


def disable_interactive_logging() -> None:
    """Send progress and messages to the logger `"hornet"`, at level INFO, instead of the standard output.

    Nothing of them is seen until a program sets up `logging`. `verbose="auto"` then means 2, a line an epoch.

    Example:
        >>> disable_interactive_logging()
        >>> is_interactive_logging_enabled()
        False
        >>> enable_interactive_logging()
    """
    global _is_interactive
    _is_interactive = False


def is_interactive_logging_enabled() -> bool:
    """Return whether progress and messages go to the standard output.

    Example:
        >>> is_interactive_logging_enabled()
        True
    """
    return _is_interactive


def automatic_verbosity() -> int:
    """Return what `verbose="auto"` means: 1, a bar, or 2, a line an epoch, where messages go into the log."""
    return 1 if _is_interactive else 2


def output() -> TextIO:
    """Return the stream that messages are written to now."""
    return sys.stdout if _is_interactive else cast(TextIO, _log)


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; one that cannot say, such as a copy into a file, is none.

    Example:
        >>> is_terminal(object())
        False
    """
    return hasattr(stream, "isatty") and bool(stream.isatty())


class _Log(io.TextIOBase):
    """A stream whose lines are entries of the log."""

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                logging.getLogger("hornet").info(line)
        return len(text)


_log = _Log()
