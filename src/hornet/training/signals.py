"""Deferred handling of Ctrl-C and SIGTERM for a run whose state is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_ENDING = (signal.SIG_DFL, signal.default_int_handler)
"""What ends a program, and so a run too."""


@contextmanager
def deferred_signals(
    note: Callable[[int], None], hear: Callable[[Callable[[], Any]], None]
) -> Generator[None, None, None]:
    """Let the first signal to stop be noted in a block, instead of ending it anywhere; a second one acts at once.

    A signal that is ignored, as under `nohup`, stays ignored. Outside the main thread, where Python hears no signals,
    the block runs as it is.

    Args:
        note: Called with the number of a signal that would end the program.
        hear: Called with what a handler of the user's would do, which may end the program or go on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            if signal.getsignal(number) is take:  # and not what the user has set meanwhile
                signal.signal(number, handler)

    def take(number: int, frame: Any) -> None:
        handler = before[number]
        if handler in _ENDING:
            restore()
            note(number)
        elif number in heard:
            handler(number, frame)
        else:
            heard.add(number)
            hear(partial(answer, number, frame))

    heard: set[int] = set()

    def answer(number: int, frame: Any) -> None:
        heard.discard(number)
        before[number](number, frame)

    for number in _STOPPING:
        handler = signal.getsignal(number)
        if handler not in (None, signal.SIG_IGN):  # `None` is a handler that is not Python's, and nobody can put back
            before[number] = handler
            signal.signal(number, take)
    try:
        yield
    finally:
        restore()
