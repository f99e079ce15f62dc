"""The base of callbacks that keep a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hornet.callbacks.callback import Callback
from hornet.core.checks import warn


class LogWriter(Callback):
    """Base of callbacks that keep a log.

    A log that can no longer be written, as on a full disk, is given up with one warning, and training goes on.
    """

    _is_lost = False

    def tell_apart(self, labels: Mapping[str, Any], hparams: Mapping[str, Any]) -> None:
        """Keep this log apart from those of its copies, which other models are trained with.

        Args:
            labels: Which of them this is, such as `{"candidate": 3, "fold": 0}`.
            hparams: The candidate's hyperparameters by name; none where the models are no candidates.
        """

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


def tell_logs_apart(callbacks: Iterable[Any], labels: Mapping[str, Any], hparams: Mapping[str, Any]) -> None:
    """Tell those of a model's callbacks that keep a log which of several models it is; see `LogWriter.tell_apart`."""
    for callback in callbacks:
        if isinstance(callback, LogWriter):
            callback.tell_apart(labels, hparams)
