"""Work that threads or processes do ahead of the one that waits for it."""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextvars import copy_context
from functools import partial
from pathlib import Path
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
        yield from _in_order(pool, lambda key: (copy_context().run, make, key), keys, max(waiting, workers))


class NoProcessesError(Exception):
    """Says why processes cannot make an object's items."""


class Processes:
    """Processes that make the items of an object, each of which has a copy of it.

    They are started afresh, not forked, as a fork of a process that computes may wait for ever. So they read the
    object from a pickle, and import the script that they belong to.

    Args:
        workers: The number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
        folder = tempfile.mkdtemp(prefix="hornet-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._path = str(Path(folder, "object.pickle"))
        self._content = b""
        self._version = 0

    def take(self, holder: Any) -> None:
        """Give the processes an object, as it is now.

        Args:
            holder: The object.

        Raises:
            NoProcessesError: If it cannot be pickled, or the processes end as they begin.
        """
        try:
            content = pickle.dumps(holder)
            if content == self._content:
                return
            self._version += 1
            Path(self._path).write_bytes(content)
            self._pool.submit(_copy_of, self._path, self._version).result()
        except BrokenProcessPool:
            reason = "they end as they begin, as where a script lacks `if __name__ == '__main__':`"
            raise NoProcessesError(reason) from None
        except (pickle.PickleError, AttributeError, TypeError, ImportError) as error:
            raise NoProcessesError(f"{type(holder).__name__!r} cannot be sent to them: {error}") from None
        self._content = content

    def items(self, keys: Iterable[Any], waiting: int) -> Iterator[Any]:
        """Yield the item of each key, in their order, made ahead.

        Args:
            keys: The keys.
            waiting: How many results wait at most; no fewer than there are processes.
        """
        make = partial(_item, self._path, self._version)
        return _in_order(self._pool, lambda key: (make, key), keys, max(waiting, self._workers))


_copies: dict[str, tuple[int, Any]] = {}
"""In one of the processes: its copy of the object, and which version of it that is, by the file."""


def _copy_of(path: str, version: int) -> None:
    if _copies.get(path, (None,))[0] != version:
        _copies[path] = version, pickle.loads(Path(path).read_bytes())


def _item(path: str, version: int, key: Any) -> Any:
    _copy_of(path, version)
    return _copies[path][1][key]


def _in_order(
    pool: Executor, task: Callable[[Any], tuple[Any, ...]], keys: Iterable[Any], waiting: int
) -> Iterator[Any]:
    made: deque[Future[Any]] = deque()
    try:
        for key in keys:
            made.append(pool.submit(*task(key)))
            if len(made) > waiting:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()
    finally:
        for future in made:
            future.cancel()
