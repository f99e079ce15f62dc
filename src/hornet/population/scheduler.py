"""A queue for several workers, of tasks that share compiled programs: which is trained next, and on which core."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Bucket:
    """Tasks that share their programs.

    Args:
        key: What these programs are made for.
    """

    key: Any = None
    waiting: deque[tuple[Any, float]] = field(default_factory=deque)
    """Tasks, and about how many seconds each will take."""
    spare: list[Any] = field(default_factory=list)
    """Idle models with compiled programs."""
    is_begun: bool = False
    is_compiled: bool = False

    def add(self, task: Any, seconds: float) -> None:
        """Let a task wait here."""
        self.waiting.append((task, seconds))

    @property
    def work(self) -> float:
        """About how many seconds the waiting tasks will take."""
        return sum(seconds for _, seconds in self.waiting)


class Scheduler:
    """Hands out tasks to workers.

    Buckets whose programs are not compiled yet come first, as workers compile different ones at the same time; else
    those with the most work left, so that all workers end together. A worker waits while others compile what is needed.

    Example:
        >>> short, long = Bucket("short"), Bucket("long")
        >>> short.add("a", 1.0)
        >>> long.add("b", 9.0)
        >>> scheduler = Scheduler()
        >>> scheduler.begin([short, long])
        >>> task, bucket = scheduler.next()
        >>> task, bucket is long
        ('b', True)
    """

    def __init__(self) -> None:
        self._buckets: list[Bucket] = []
        self._changed = threading.Condition()
        self.is_stopped = False

    def begin(self, buckets: list[Bucket]) -> None:
        """Hand out what waits in some buckets from now on."""
        self._buckets = buckets
        self.is_stopped = False

    def next(self) -> tuple[Any, Bucket] | None:
        """Return a task and its bucket, or `None` when all are done; waits while others compile what is needed."""
        with self._changed:
            while not self.is_stopped:
                waiting = [bucket for bucket in self._buckets if bucket.waiting]
                if not waiting:
                    return None
                ready = [bucket for bucket in waiting if not bucket.is_begun]
                ready = ready or [bucket for bucket in waiting if bucket.is_compiled]
                if ready:
                    bucket = max(ready, key=lambda bucket: bucket.work)
                    bucket.is_begun = True
                    return bucket.waiting.popleft()[0], bucket
                self._changed.wait()
            return None

    def end(self, bucket: Bucket) -> None:
        """Note that a task of a bucket has ended, so that its programs are compiled."""
        with self._changed:
            bucket.is_compiled = True
            self._changed.notify_all()

    def borrow(self, bucket: Bucket, make: Callable[[], Any]) -> Any:
        """Return an idle model of a bucket, or a new one."""
        with self._changed:
            if bucket.spare:
                return bucket.spare.pop()
        return make()

    def give_back(self, bucket: Bucket, model: Any) -> None:
        """Let others use a model of a bucket."""
        with self._changed:
            bucket.spare.append(model)

    def wait(self, seconds: float) -> None:
        """Wait until a task has ended, at most for some seconds."""
        with self._changed:
            self._changed.wait(timeout=seconds)

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self.is_stopped = True
            for bucket in self._buckets:
                bucket.waiting.clear()
            self._changed.notify_all()
