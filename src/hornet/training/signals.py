"""Deferred handling of Ctrl-C and SIGTERM for a run whose state is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def deferred_signals(note: Callable[[int], None]) -> Generator[None, None, None]:
    """Let the first signal to stop be noted in a block, instead of ending it anywhere; a second one ends it at once.

    Outside the main thread, where Python hears no signals, the block runs as it is.

    Args:
        note: Called with the signal's number.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def note_signal(number: int, frame: Any) -> None:
        restore()
        note(number)

    for number in _STOPPING:
        before[number] = signal.signal(number, note_signal)
    try:
        yield
    finally:
        restore()
