"""What training takes from a source of data: stretches of batches, and where a call of `fit` is in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from hornet.training.data.order import Order


@dataclass(frozen=True)
class Span:
    """A stretch of batches of one size.

    Args:
        batch: Inputs, labels and weights on the device, the rows of these batches among them.
        order: The numbers of the rows in the order in which batches take them; `None` for their own, in evaluations.
        first_row: Where in that order it begins.
        count: Number of batches.
        batch_size: Rows of a batch.
    """

    batch: Any
    order: Any
    first_row: int
    count: int
    batch_size: int


class Feed(Protocol):
    """The batches of one call of `fit`, which a run can go on with from any of them."""

    @property
    def settings(self) -> dict[str, Any]:
        """What the results of a run depend on, for those who go on with it."""
        ...

    def begin(self, seed: int, first_epoch: int) -> None:
        """Stand at the beginning of an epoch, with the orders that a seed gives."""
        ...

    def batches_of(self, epoch: int) -> int | None:
        """Return the number of an epoch's batches; `None` where nobody knows yet."""
        ...

    def begin_epoch(self, epoch: int, step: int) -> bool:
        """Stand before a batch of an epoch; return whether there is one."""
        ...

    def spans(self, epoch: int, step: int) -> Iterable[Span]:
        """Yield what is left of an epoch behind its first `step` batches."""
        ...

    def look_ahead(self) -> None:
        """Do what the next epoch needs of the host, while the device still computes this one."""
        ...

    def release(self) -> None:
        """Let go of what is kept for later, such as rows that a thread reads ahead; later may come all the same."""


class ArrayFeed(Feed):
    """Batches of rows that are held in memory: endless passes over them, each in an order of its own.

    Args:
        data: The rows.
        batch_size: Rows of a batch.
        steps: Batches of an epoch, at most. An epoch ends with the pass over the rows at the latest, and the next
            one goes on where it ended, as in Keras.
        shuffle: Whether each pass has an order of its own.
    """

    def __init__(self, data: Any, batch_size: int, steps: int, shuffle: bool) -> None:
        self._data = data
        self._batch_size = batch_size
        self._steps = steps
        self._shuffle = shuffle
        self._batches = math.ceil(len(data) / batch_size)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "rows": len(self._data),
            "batch_size": self._batch_size,
            "steps": self._steps,
            "shuffle": self._shuffle,
            **self._data.digests,
        }

    def begin(self, seed: int, first_epoch: int) -> None:
        self._first_epoch = first_epoch
        self._order = Order(len(self._data), seed if self._shuffle else None, self._data.capacity)
        self._pass_index = first_epoch

    def batches_of(self, epoch: int) -> int:
        return min(self._steps, self._batches - self._place(epoch)[1])

    def begin_epoch(self, epoch: int, step: int) -> bool:
        return True

    def spans(self, epoch: int, step: int) -> Iterator[Span]:
        self._pass_index, first_batch = self._place(epoch)
        batches = self.batches_of(epoch) - step
        for first_row, count, size in stretches(first_batch + step, batches, len(self._data), self._batch_size):
            # The rows are not moved: a program takes them in this order.
            yield Span(self._data.batch, self._order[self._pass_index], first_row, count, size)

    def look_ahead(self) -> None:
        self._order.draw(self._pass_index + 1)

    def _place(self, epoch: int) -> tuple[int, int]:
        return place_of(epoch, self._first_epoch, self._steps, self._batches)


def place_of(epoch: int, first_epoch: int, steps: int | None, batches: int | None) -> tuple[int, int]:
    """Return the pass over the rows that an epoch is a part of, and the number of its first batch in that.

    Args:
        epoch: The epoch.
        first_epoch: The one that began with a pass, of the same number.
        steps: Batches of an epoch, at most; `None` for as many as a pass has.
        batches: Batches of a pass; `None` where nobody knows, and one pass is all.

    Example:
        >>> place_of(5, first_epoch=0, steps=3, batches=10)
        (1, 3)
    """
    if steps is None:
        return epoch, 0
    if batches is None:
        return first_epoch, (epoch - first_epoch) * steps
    passes, epoch_of_pass = divmod(epoch - first_epoch, math.ceil(batches / steps))
    return first_epoch + passes, epoch_of_pass * steps


def stretches(first_batch: int, batches: int, rows: int, batch_size: int) -> Iterator[tuple[int, int, int]]:
    """Yield first row, number of batches and their size for batches of one pass over rows: full ones, then a short one.

    Example:
        >>> list(stretches(0, 4, rows=10, batch_size=3))
        [(0, 3, 3), (9, 1, 1)]
    """
    full = min(batches, rows // batch_size - first_batch)
    if full > 0:
        yield first_batch * batch_size, full, batch_size
    if batches > max(full, 0) and rows % batch_size:
        yield rows // batch_size * batch_size, 1, rows % batch_size
