"""Batches that arrive from a source: gathered so that one dispatch takes several of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from time import perf_counter
from typing import Any

import jax
import numpy as np

from hornet.core.checks import warn
from hornet.training.data.arrays import ArrayData
from hornet.training.data.arrivals import Arrivals
from hornet.training.data.feed import Feed, Span

GATHERED_BYTES = 1 << 22
"""The bytes of batches that are gathered for a dispatch, at most, where there are several."""
GATHERED_BATCHES = 256
"""How many are gathered, at most."""
GATHERING_SECONDS = 0.05
"""How long batches are gathered before the device gets them."""


class BatchData:
    """Rows that come batch by batch.

    Args:
        arrivals: What hands them over.
        checked: Makes checked rows of one batch, as it came.
        check_values: Looks at the values of the rows that a dispatch takes, which costs less than batch by batch.
    """

    x = y = None
    """The inputs and the labels, which are not known before they come."""

    def __init__(
        self,
        arrivals: Arrivals,
        checked: Callable[[Any], ArrayData],
        check_values: Callable[[ArrayData], None] = lambda _: None,
    ) -> None:
        self.arrivals = arrivals
        self._checked = checked
        self._check_values = check_values
        self.rows = len(checked(arrivals.first()))
        """The rows of a batch, as the first one has them."""
        self.batches = arrivals.batches
        """The number of batches in a pass; `None` before a first one has ended, where nobody knows."""

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("A source of batches is not copied. Pass arrays where training is to go on in other processes.")

    def batches_in(self, batch_size: int) -> int | None:
        """Return the number of batches in a pass, where it is known; `batch_size` has no effect."""
        return self.batches

    def open(self, seed: int | None, pass_index: int) -> Iterator[ArrayData]:
        """Return the checked batches of a pass."""
        return map(self._checked, self.arrivals.open(seed, pass_index))

    def spans(self, batches: int | None, batch_size: int | None = None) -> Iterator[Span]:
        """Yield the first batches of a pass, or all, gathered; `batch_size` has no effect.

        Raises:
            ValueError: If there is none.
        """
        self.arrivals.begin_epoch()
        taken = 0
        for span in self.gathered(islice(self.open(None, 0), batches)):
            taken += span.count
            yield span
        self.arrivals.end_epoch()
        if not taken:
            raise ValueError(
                "The source of batches is used up. A generator has one pass: pass a `PyDataset`, a data loader or "
                "arrays, or a number of steps that leaves batches for later."
            )

    def gathered(self, batches: Iterator[ArrayData]) -> Iterator[Span]:
        """Yield batches, in their order, as spans on the device; what a source raises comes behind what it yielded."""
        window = None
        error = None
        while True:
            try:
                batch = next(batches, None)
            except Exception as raised:
                batch, error = None, raised
            if window is not None and (batch is None or not window.takes(batch)):
                yield self._span_of(window)
                window = None
            if error is not None:
                raise error
            if batch is None:
                return
            if window is None:
                window = Window(batch, self._room_for(batch))
            window.add(batch)
            if window.is_due:
                yield self._span_of(window)
                window = None

    def _span_of(self, window: Window) -> Span:
        self._check_values(window.rows)
        return window.span()

    def _room_for(self, batch: ArrayData) -> int:
        """Return how many batches of a kind are gathered: always as many, so that one program serves them."""
        if len(batch) != self.rows:
            return 1  # the last one of a pass
        parts = jax.tree.leaves((batch.x, batch.y, batch.sample_weight))
        size = sum(math.prod(part.shape) * part.dtype.itemsize for part in parts)  # as dense as the device has it
        fitting = min(GATHERED_BATCHES, GATHERED_BYTES // max(1, size))
        declared = self.arrivals.batches  # not what is learnt later, which would ask for another program
        return max(1, fitting if declared is None else min(fitting, declared))


class Window:
    """Batches of one kind, one behind another in arrays that XLA uses where they lie.

    Args:
        first: A batch, by which they are laid out; it is not added.
        room: How many fit.
    """

    def __init__(self, first: ArrayData, room: int) -> None:
        self._size = len(first)
        self._room = room
        self._count = 0
        self._begun = perf_counter()
        self._kind = _kind(first)
        self._arrays = first.empty(room * self._size)

    def takes(self, batch: ArrayData) -> bool:
        """Return whether a batch is of the kind and fits in."""
        return self._count < self._room and len(batch) == self._size and _kind(batch) == self._kind

    def add(self, batch: ArrayData) -> None:
        """Copy a batch behind the others."""
        begin = self._count * self._size
        parts = jax.tree.leaves((batch.x, batch.y, batch.sample_weight))
        for array, part in zip(jax.tree.leaves(self._arrays), parts, strict=True):
            array[begin : begin + self._size] = part
        self._count += 1

    @property
    def is_due(self) -> bool:
        """Whether the batches have waited long enough for others."""
        return self._count == self._room or perf_counter() - self._begun > GATHERING_SECONDS

    @property
    def rows(self) -> ArrayData:
        """The rows of the batches that are there."""
        return ArrayData(*jax.tree.map(lambda array: array[: self._count * self._size], self._arrays))

    def span(self) -> Span:
        """Return the batches as the device has them."""
        arrays = jax.tree.map(lambda array: jax.device_put(array, may_alias=True), self._arrays)
        return Span(arrays, np.arange(self._room * self._size, dtype=np.int32), 0, self._count, self._size)


def _kind(batch: ArrayData) -> Any:
    leaves, structure = jax.tree.flatten((batch.x, batch.y, batch.sample_weight))
    return structure, [(part.shape[1:], part.dtype) for part in leaves]


class BatchFeed(Feed):
    """Batches that arrive: pass by pass, or endlessly, as the source has them.

    Args:
        data: The source.
        steps: Batches of an epoch, at most; `None` for as many as a pass has. An epoch ends with the pass at the
            latest, and the next one goes on where it ended.
        shuffle: Whether a source whose batches go by number gives them in another order in each pass.
    """

    def __init__(self, data: BatchData, steps: int | None, shuffle: bool) -> None:
        self._data = data
        self._steps = steps
        self._shuffle = shuffle
        self._settings = {"batches": data.batches, "steps": steps, "shuffle": shuffle}

    @property
    def settings(self) -> dict[str, Any]:
        return self._settings

    def begin(self, seed: int, first_epoch: int) -> None:
        self._seed = seed if self._shuffle else None
        self._first_epoch = first_epoch
        self._stands_at: tuple[int, int] | None = None
        """The pass that is open, and the number of the batch that comes next in it."""
        self._waiting: list[ArrayData] = []
        self._pass: Iterator[ArrayData] = iter(())

    def batches_of(self, epoch: int) -> int | None:
        if self._data.batches is None:
            return self._steps
        left = self._data.batches - self._place(epoch)[1]
        return left if self._steps is None else min(self._steps, left)

    def begin_epoch(self, epoch: int, step: int) -> bool:
        self._data.arrivals.begin_epoch()
        found = self._find(epoch, step)
        # A pass may have ended with the last epoch, which shows only now.
        return found or (self._data.arrivals.begins_anew and self._find(epoch, step))

    def spans(self, epoch: int, step: int) -> Iterator[Span]:
        known = self._data.arrivals.batches is not None or self._steps is not None
        wanted = self.batches_of(epoch) if known else None  # later passes may be longer than the first was
        yield from self._data.gathered(self._take(math.inf if wanted is None else wanted - step))
        self._data.arrivals.end_epoch()

    def look_ahead(self) -> None: ...

    def _take(self, wanted: float) -> Iterator[ArrayData]:
        assert self._stands_at is not None
        taken = 0
        while taken < wanted and (batch := self._next()) is not None:
            taken += 1
            yield batch
        if taken < wanted and self._steps is not None:
            warn(
                f"The source of batches ended after {taken} of the {self._steps} that `steps_per_epoch` asks for. "
                "Leave `steps_per_epoch` out, or pass a source that goes on."
            )

    def _next(self) -> ArrayData | None:
        assert self._stands_at is not None
        pass_index, number = self._stands_at
        batch = self._waiting.pop() if self._waiting else next(self._pass, None)
        if batch is None or number + 1 == self._data.arrivals.batches:
            self._pass = iter(())  # which ends the workers of a loader
        if batch is None:
            self._data.batches = number
        else:
            self._stands_at = pass_index, number + 1
        return batch

    def _find(self, epoch: int, step: int) -> bool:
        """Stand before a batch of an epoch; return whether there is one."""
        pass_index, first_batch = self._place(epoch)
        place = pass_index, first_batch + step
        if self._stands_at != place:
            self._pass, self._waiting = self._data.open(self._seed, pass_index), []
            self._stands_at = pass_index, 0
            for _ in range(place[1]):
                if self._next() is None:
                    return False
        batch = self._next()
        if batch is None:
            return False
        self._stands_at, self._waiting = place, [batch]
        return True

    def _place(self, epoch: int) -> tuple[int, int]:
        """Return the pass that an epoch is a part of, and the number of its first batch in that."""
        done = epoch - self._first_epoch
        if self._steps is None:
            return epoch, 0
        if self._data.batches is None:
            return self._first_epoch, done * self._steps
        passes, epoch_of_pass = divmod(done, math.ceil(self._data.batches / self._steps))
        return self._first_epoch + passes, epoch_of_pass * self._steps
