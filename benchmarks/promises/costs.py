"""What a call costs: seconds, memory, and the error that it raises."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Worst:
    """The largest costs of many calls.

    Args:
        seconds: CPU seconds and the name of the call that took most.
        size: The same for bytes.
        count: The number of calls.
    """

    seconds: tuple[float, str] = (0.0, "")
    size: tuple[float, str] = (0.0, "")
    count: int = 0

    def add(self, name: str, call: Callable[[], object], is_weighed: bool = True) -> Exception | None:
        """Make a call, and once more with its memory counted if asked; return its error."""
        begun = time.process_time()
        error = error_of(call)
        self.count += 1
        self.seconds = max(self.seconds, (time.process_time() - begun, name))
        if is_weighed:  # counting takes many times longer than reading
            tracemalloc.start()
            error_of(call)
            self.size = max(self.size, (float(tracemalloc.get_traced_memory()[1]), name))
            tracemalloc.stop()
        return error

    def __str__(self) -> str:
        slow, large = (f" ({name})" if name else "" for _, name in (self.seconds, self.size))
        return f"at most {self.seconds[0] * 1e3:.0f} ms{slow} and {self.size[0] / 1e6:.1f} MB{large}"


def error_of(function: Callable[..., object], *arguments: object) -> Exception | None:
    """Call a function; return the exception that it raises, or `None`."""
    try:
        function(*arguments)
    except Exception as error:
        return error
    return None
