"""Processes that make the items of an object."""

from __future__ import annotations

import pickle
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from concurrent import futures
from functools import partial
from pathlib import Path
from typing import Any

from hornet.data.ahead import in_order


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
        import multiprocessing

        self._workers = workers
        self._pool = futures.ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
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
        except futures.BrokenExecutor:
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
        return in_order(self._pool, lambda key: (make, key), keys, max(waiting, self._workers))


_copies: dict[str, tuple[int, Any]] = {}
"""In one of the processes: its copy of the object, and which version of it that is, by the file."""


def _copy_of(path: str, version: int) -> None:
    if _copies.get(path, (None,))[0] != version:
        _copies[path] = version, pickle.loads(Path(path).read_bytes())


def _item(path: str, version: int, key: Any) -> Any:
    _copy_of(path, version)
    return _copies[path][1][key]
