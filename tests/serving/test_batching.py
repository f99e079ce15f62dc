"""Rows of several requests in one batch."""

import asyncio
import threading

import numpy as np
import pytest

from hornet.serving.batching import Batcher
from hornet.serving.refusal import Refusal


class Model:
    """Doubles rows, when it is let; notes the batches."""

    def __init__(self):
        self.batches = []
        self.free = threading.Event()
        self.free.set()
        self.threads = set()

    def predict(self, given):
        assert self.free.wait(10)
        self.threads.add(threading.current_thread().name)
        self.batches.append(given["x"].tolist())
        if (given["x"] < 0).any():
            raise ValueError("A value is below 0.")
        return {"predictions": given["x"] * 2}


def run(task, **kwargs):
    """Return what a task makes of a batcher, and the model behind it."""
    model = Model()

    async def running():
        options = {"most_rows": 4, "queue": 6, "wait": 0.01, "arriving": lambda: 0, "watch": lambda _: None} | kwargs
        batcher = Batcher(model.predict, **options)
        try:
            return await task(model, batcher)
        finally:
            model.free.set()
            batcher.close()

    return asyncio.run(running()), model


def ask(batcher, *values):
    return asyncio.create_task(batcher.predict({"x": np.array(values, float)}, len(values)))


async def outcomes(tasks):
    found = await asyncio.gather(*tasks, return_exceptions=True)
    return [each if isinstance(each, Exception) else each["predictions"].tolist() for each in found]


def test_rows_that_come_together_are_one_batch_and_each_gets_its_own():
    found, model = run(lambda _, batcher: outcomes([ask(batcher, 1), ask(batcher, 2, 3), ask(batcher, 4)]))
    assert found == [[2], [4, 6], [8]]
    assert model.batches == [[1, 2, 3, 4]]
    assert len(model.threads) == 1


def test_a_batch_has_no_more_rows_than_it_may():
    found, model = run(lambda _, batcher: outcomes([ask(batcher, 1, 2, 3), ask(batcher, 4, 5), ask(batcher, 6)]))
    assert found == [[2, 4, 6], [8, 10], [12]]
    assert model.batches == [[1, 2, 3], [4, 5, 6]]


def test_others_are_waited_for_and_not_for_ever():
    async def task(_, batcher):
        first = ask(batcher, 1)
        await asyncio.sleep(0.02)
        return await outcomes([first, ask(batcher, 2)])

    found, model = run(task, wait=0.5, arriving=lambda: 1)
    assert found == [[2], [4]]
    assert model.batches == [[1, 2]]
    found, model = run(lambda _, batcher: outcomes([ask(batcher, 1)]), wait=0.01, arriving=lambda: 1)
    assert found == [[2]]


def test_a_full_queue_refuses():
    async def task(model, batcher):
        model.free.clear()
        first = [ask(batcher, 0)]
        await asyncio.sleep(0.05)  # it is computed now
        tasks = [*first, ask(batcher, 1, 2, 3), ask(batcher, 4, 5, 6), ask(batcher, 7)]
        await asyncio.sleep(0.05)
        model.free.set()
        return await outcomes(tasks)

    (*answered, refused), _ = run(task)
    assert answered == [[0], [2, 4, 6], [8, 10, 12]]
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.headers) == (503, {"Retry-After": "1"})


def test_a_fault_is_only_that_requests():
    found, _ = run(lambda _, batcher: outcomes([ask(batcher, 1), ask(batcher, -2), ask(batcher, 3)]))
    assert found[0] == [2]
    assert found[2] == [6]
    assert (found[1].status, found[1].detail) == (422, "A value is below 0.")


@pytest.mark.parametrize("shape", [(2,), (3, 1)], ids=str)
def test_rows_of_other_shapes_are_not_mixed(shape):
    async def task(_, batcher):
        other = asyncio.create_task(batcher.predict({"x": np.ones((1, *shape))}, 1))
        return await outcomes([ask(batcher, 1), other])

    found, model = run(task)
    assert found[0] == [2]
    assert len(model.batches) == 2
