"""What is made ahead of who takes it, by threads or by processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from itertools import takewhile
from threading import Event
from typing import Any, TypeVar

from hornet.core.checks import held_back, warn

T = TypeVar("T")


def made_ahead(make: Callable[[Any], Any], keys: Iterable[Any], workers: int, waiting: int) -> Iterator[Any]:
    """Yield what a function makes of keys, in their order, made ahead by threads.

    Args:
        make: The function.
        keys: What it is called with, drawn in the thread of the caller.
        workers: The number of threads.
        waiting: How many results wait at most; no fewer than there are threads.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="hornet-batches") as pool:
        yield from in_order(pool, lambda key: (copy_context().run, make, key), keys, max(waiting, workers))


def in_order(
    pool: Executor, task: Callable[[Any], tuple[Any, ...]], keys: Iterable[Any], waiting: int
) -> Iterator[Any]:
    """Yield what a pool makes of each key, in their order.

    Args:
        pool: The pool.
        task: Returns the function that makes it, and its arguments.
        keys: The keys.
        waiting: How many results wait at most.
    """
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


def gathered_ahead(
    gather: Callable[[Iterator[Any]], Iterator[T]], parts: Generator[Any, None, None]
) -> Generator[T, None, None]:
    """Yield what is gathered from parts, while a thread gathers the next one.

    The thread has ended when this generator is closed, which takes as long as one part.

    Args:
        gather: Makes what is yielded, of one or several parts each.
        parts: What it is made of, drawn in the thread; closed with this generator.
    """
    is_closed = Event()
    gathered = gather(takewhile(lambda _: not is_closed.is_set(), parts))

    def draw() -> tuple[T | None, list[tuple[str, type[Warning]]]]:
        with held_back() as warnings:
            return next(gathered, None), warnings

    with closing(parts), ThreadPoolExecutor(1, thread_name_prefix="hornet-rows") as pool:
        try:
            found, warnings = pool.submit(copy_context().run, draw).result()
            while found is not None:
                ahead = pool.submit(copy_context().run, draw)
                for warning in warnings:
                    warn(*warning)
                yield found
                del found  # while the next one is waited for, nobody needs this one
                found, warnings = ahead.result()
        finally:
            is_closed.set()
