"""The base of callbacks that keep a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hornet.callbacks.callback import Callback
from hornet.core.checks import warn


class LogWriter(Callback):
    """Base of callbacks that keep a log.

    A log that can no longer be written, as on a full disk, is given up with one warning, and training goes on.
    """

    _is_lost = False

    def _log(self, write: Callable[..., Any], *args: Any) -> None:
        """Write something, unless the log is lost."""
        if self._is_lost:
            return
        try:
            write(*args)
        except OSError as error:
            self._is_lost = True
            self.release()
            warn(
                f"`{type(self).__name__}` cannot write its log: {error}. Training goes on without it. Make room, or "
                "name another place."
            )
