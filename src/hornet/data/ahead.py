"""Work that threads do ahead of the one that waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def made_ahead(make: Callable[[Any], Any], keys: Iterable[Any], workers: int, waiting: int) -> Iterator[Any]:
    """Yield what a function makes of keys, in their order, made ahead by threads.

    Args:
        make: The function.
        keys: What it is called with, drawn in the thread of the caller.
        workers: The number of threads.
        waiting: How many results wait at most; no fewer than there are threads.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="hornet-batches") as pool:
        made: deque[Future[Any]] = deque()
        try:
            for key in keys:
                made.append(pool.submit(copy_context().run, make, key))
                if len(made) > max(waiting, workers):
                    yield made.popleft().result()
            while made:
                yield made.popleft().result()
        finally:
            for future in made:
                future.cancel()
