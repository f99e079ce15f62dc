"""Rows of several requests, gathered into batches that one thread predicts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from hornet.serving.refusal import Refusal
from hornet.serving.served import Rows


@dataclass(frozen=True)
class _Waiting:
    """The rows of a request, and who waits for their predictions."""

    rows: Rows
    count: int
    future: asyncio.Future[Rows]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [array.shape[1:] for array in self.rows.values()]


class Batcher:
    """Predicts in one thread of its own what comes from many requests, as many of them at once as fit.

    While a batch is computed, others gather. A thread that is free waits for requests that are still being read, but
    not longer than `wait`.

    Args:
        predict: Makes predictions of rows.
        most_rows: The rows of the largest batch.
        queue: So many rows may wait.
        wait: The longest wait for other requests, in seconds.
        arriving: Says how many requests are being read, whose rows may come next.
        watch: Is told how many rows each batch has.
    """

    def __init__(
        self,
        predict: Callable[[Rows], Rows],
        most_rows: int,
        queue: int,
        wait: float,
        arriving: Callable[[], int],
        watch: Callable[[int], None],
    ) -> None:
        self._predict = predict
        self._most_rows = most_rows
        self._queue = queue
        self._wait = wait
        self._arriving = arriving
        self._watch = watch
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "hornet-predict")
        self.rows = 0
        """How many rows wait."""

    async def run(self, function: Callable[[], None]) -> None:
        """Call a function in the thread of the predictions."""
        await asyncio.get_running_loop().run_in_executor(self._thread, function)

    async def predict(self, rows: Rows, count: int) -> Rows:
        """Return predictions.

        Raises:
            Refusal: If too many rows wait, or the model refuses a value.
        """
        if self.rows and self.rows + count > self._queue:
            detail = f"{self.rows} rows wait already, and {self._queue} may. Send the request again in a second."
            raise Refusal(503, detail, {"Retry-After": "1"})
        waiting = _Waiting(rows, count, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self.rows += count
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return await waiting.future

    def close(self) -> None:
        """End the thread, once it has nothing more to do."""
        self._thread.shutdown(wait=False)

    async def _work(self) -> None:
        """Predict until nobody waits."""
        await asyncio.sleep(0)  # what has arrived by now comes into the first batch
        if self._wait and self._arriving() and self.rows < self._most_rows:
            await asyncio.sleep(self._wait)
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._answer(batch)
            except Exception as error:
                if len(batch) > 1:  # one request's fault is no other's
                    for waiting in batch:
                        await self._answer_alone(waiting)
                else:
                    _fail(batch[0], error)
        self._task = None

    def _next_batch(self) -> list[_Waiting]:
        """Take the requests off the queue that fit into a batch: one at least, all with rows of the same shapes."""
        batch = [self._waiting.popleft()]
        room = self._most_rows - batch[0].count
        while self._waiting and self._waiting[0].count <= room and self._waiting[0].shapes == batch[0].shapes:
            batch.append(self._waiting.popleft())
            room -= batch[-1].count
        self.rows -= sum(waiting.count for waiting in batch)
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        """Predict the rows of some requests, and give each its own."""
        rows = batch[0].rows
        if len(batch) > 1:
            rows = {name: np.concatenate([waiting.rows[name] for waiting in batch]) for name in rows}
        self._watch(sum(waiting.count for waiting in batch))
        found = await asyncio.get_running_loop().run_in_executor(self._thread, self._predict, rows)
        start = 0
        for waiting in batch:
            stop = start + waiting.count
            if not waiting.future.done():  # the client may be gone
                waiting.future.set_result({name: array[start:stop] for name, array in found.items()})
            start = stop

    async def _answer_alone(self, waiting: _Waiting) -> None:
        try:
            await self._answer([waiting])
        except Exception as error:
            _fail(waiting, error)


def _fail(waiting: _Waiting, error: Exception) -> None:
    """Give a request what its rows raised; what a layer says of a value is the client's to mend."""
    if not waiting.future.done():
        waiting.future.set_exception(Refusal(422, str(error)) if isinstance(error, ValueError) else error)
