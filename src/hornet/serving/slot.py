"""A place in which one model is served, and is replaced when its file is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hornet.serving.batching import Batcher
from hornet.serving.metrics import Metrics
from hornet.serving.readers import Reader
from hornet.serving.served import Served, open_model

_log = logging.getLogger("hornet.serving")


@dataclass(frozen=True)
class Limits:
    """What clients may ask for.

    Args:
        body: The bytes of a request.
        rows: The rows of a request.
        queue: The rows that wait, of each model.
        batch: The rows that are predicted at once.
        wait: How long a row waits for others to come into its batch, in seconds.
        read: How long the body of a request may take to arrive, in seconds.
    """

    body: int = 16 * 2**20
    rows: int = 10_000
    queue: int = 20_000
    batch: int = 256
    wait: float = 0.002
    read: float = 30.0


@dataclass
class Running:
    """A model that is served, and how many requests it is to answer, `arriving` of which are still being read."""

    served: Served
    reader: Reader
    batcher: Batcher
    users: int = 0
    arriving: int = 0
    is_warm: bool = False
    is_retired: bool = False
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count a request while its rows are not there yet."""
        self.arriving += 1
        try:
            yield
        finally:
            self.arriving -= 1


class Slot:
    """A place in which one model is served.

    Args:
        name: What clients call the model.
        source: A model, an estimator, or the path of a file.
        limits: What clients may ask for.
        metrics: Where requests are counted.
        custom_objects: Classes and functions of the user's that files need.

    Raises:
        CorruptFileError: If the file is damaged.
        FileNotFoundError: If there is none.
        TypeError: If the source is something else.
        ValueError: If the model does not say what it takes.
    """

    def __init__(
        self, name: str, source: Any, limits: Limits, metrics: Metrics, custom_objects: Mapping[str, Any] | None
    ) -> None:
        self.name = name
        self.path = source if isinstance(source, Path) else None
        self.problem: str | None = None
        """What is wrong with the file that lies there now, while an older model is served."""
        self._limits = limits
        self._metrics = metrics
        self._custom_objects = custom_objects
        self._seen = self._state_of_file()
        self.current = self._start(source)
        metrics.waiting.labels(name).set_function(lambda: self.current.batcher.rows)
        metrics.is_stale.labels(name).set(0)

    @property
    def status(self) -> str:
        """`"warming up"`, `"ready"`, or `"stale"`: it answers, but its file is broken."""
        if not self.current.is_warm:
            return "warming up"
        return "stale" if self.problem else "ready"

    @contextmanager
    def lease(self) -> Iterator[Running]:
        """Hold on to the current model while a request is answered, also if it is replaced meanwhile."""
        running = self.current
        running.users += 1
        try:
            yield running
        finally:
            running.users -= 1
            _close_if_over(running)

    async def warm_up(self) -> None:
        """Compile the programs of the current model."""
        await self._warm(self.current)

    async def watch(self, seconds: float, replaced: Callable[[], None]) -> None:
        """Look at the file again and again; serve a new one in the place of the old, once it is warm.

        Args:
            seconds: The time between two looks. A file is read when it has not changed between them.
            replaced: Called once a new model is in the place of the old.
        """
        before = self._seen
        while True:
            await asyncio.sleep(seconds)
            now = await asyncio.to_thread(self._state_of_file)
            if now is not None and now == before and now != self._seen:
                self._seen = now
                await self._replace()
                replaced()
            before = now

    def close(self) -> None:
        """End the thread of the current model."""
        self.current.is_retired = True
        _close_if_over(self.current)

    async def _replace(self) -> None:
        """Serve what the file holds now; go on with the old model if it is broken."""
        new: Running | None = None
        try:
            new = await asyncio.to_thread(self._start, self.path)
            await self._warm(new)
        except Exception as error:  # whatever is wrong with it, the old model serves
            if new is not None:
                new.batcher.close()
            self.problem = str(error).replace(
                str(self.path), self.path.name if self.path else ""
            )  # folders are private
            self._count("failed", 1)
            _log.error("The file of %r is broken, and the model before it is served on: %s", self.name, error)
            return
        old, self.current, self.problem = self.current, new, None
        self._count("replaced", 0)
        _log.info("The model %r was replaced.", self.name)
        old.is_retired = True
        _close_if_over(old)

    def _count(self, outcome: str, is_stale: int) -> None:
        self._metrics.reloads.labels(self.name, outcome).inc()
        self._metrics.is_stale.labels(self.name).set(is_stale)

    def _start(self, source: Any) -> Running:
        """Return a model and what serves it."""
        opened = open_model(source, self._custom_objects) if isinstance(source, Path) else source
        served = Served(opened, self._limits.batch)
        rows = self._metrics.batches.labels(self.name)
        batcher = Batcher(
            served.predict,
            served.sizes[-1],
            self._limits.queue,
            self._limits.wait,
            lambda: running.arriving,
            rows.observe,
        )
        running = Running(served, Reader(served.signature, self._limits.rows), batcher)
        return running

    async def _warm(self, running: Running) -> None:
        await running.batcher.run(running.served.warm_up)
        running.is_warm = True

    def _state_of_file(self) -> tuple[int, int, int] | None:
        """Return what changes when a file is replaced or written; `None` where there is none at the moment."""
        try:
            found = None if self.path is None else self.path.stat()
        except OSError:
            found = None
        return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


def _close_if_over(running: Running) -> None:
    if running.is_retired and not running.users:
        running.batcher.close()
