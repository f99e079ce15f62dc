"""The stages of a dataset.

A stage hands out *keys*, and makes an element of a key when somebody wants it. To shuffle, to take, to repeat and to
batch is to handle keys, which are cheap: numbers of rows, say. So a batch of shuffled rows of arrays is one gather,
and files that `take` leaves out are never read. A stage that cannot say what is at a key before it has made it, as a
generator, hands out the elements themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from hornet.data.ahead import made_ahead
from hornet.data.elements import arrays_in, as_element, map_arrays, read_only, stacked

WAITING = 2
"""The elements that threads make ahead where nobody says how many."""


@dataclass(frozen=True)
class Pass:
    """Which pass over a stage this is: the orders that are drawn in it are a function of that.

    Args:
        seed: A seed for what was given none; `None` for the one drawn when the stage was made.
        path: Numbers that tell the pass from others.
    """

    seed: int | None
    path: tuple[int, ...]

    def inner(self, number: int = 0) -> Pass:
        """Return one of the passes over stages below that this pass consists of."""
        return Pass(self.seed, (*self.path, number + 1))


class Stage:
    """Elements, pass by pass."""

    threads = 1
    """How many threads make elements."""
    waiting = WAITING
    """How many elements these make ahead."""
    is_batched = False
    """Whether the first axis of the arrays is that of a batch, whose size may vary."""
    is_of_rows = False
    """Whether elements are known to be single rows."""

    def keys(self, which: Pass) -> Iterator[Any]:
        """Return the keys of a pass, in their order."""
        raise NotImplementedError

    def at(self, key: Any) -> Any:
        """Return the element of a key; any thread may ask."""
        raise NotImplementedError

    def rows(self, keys: Sequence[Any]) -> Any:
        """Return the elements of several keys as one, along a new first axis."""
        return stacked([self.at(key) for key in keys])

    def count(self) -> float | None:
        """Return how many elements a pass has: infinity for an endless one, `None` where nobody knows."""
        return None

    def elements(self, which: Pass) -> Iterator[Any]:
        """Return the elements of a pass."""
        keys = self.keys(which)
        return map(self.at, keys) if self.threads == 1 else made_ahead(self.at, keys, self.threads, self.waiting)

    def unbatched(self) -> tuple[Stage, int | None]:
        """Return the stage that batches are made of, and their size; where it makes none, itself and `None`."""
        return self, None


class Over(Stage):
    """Base of the stages over another one, whose elements they hand on.

    Args:
        source: The other one.
    """

    def __init__(self, source: Stage) -> None:
        self._source = source
        self.threads = source.threads
        self.waiting = source.waiting
        self.is_batched = source.is_batched
        self.is_of_rows = source.is_of_rows

    def keys(self, which: Pass) -> Iterator[Any]:
        return self._source.keys(which)

    def at(self, key: Any) -> Any:
        return self._source.at(key)

    def rows(self, keys: Sequence[Any]) -> Any:
        return self._source.rows(keys)

    def count(self) -> float | None:
        return self._source.count()


class Made(Stage):
    """Base of the stages whose keys are the elements."""

    def at(self, key: Any) -> Any:
        return key


# --- where elements come from -----------------------------------------------------------------------------


class Slices(Stage):
    """Rows of arrays.

    Args:
        arrays: Arrays of one length, in the structure of an element.
    """

    is_of_rows = True

    def __init__(self, arrays: Any) -> None:
        self._arrays = map_arrays(read_only, arrays)
        self._length = len(arrays_in(arrays)[0])

    def keys(self, which: Pass) -> Iterator[int]:
        return iter(range(self._length))

    def at(self, key: int) -> Any:
        return map_arrays(lambda array: array[key], self._arrays)

    def rows(self, keys: Sequence[int]) -> Any:
        places = np.array(keys)
        return map_arrays(lambda array: array[places], self._arrays)

    def count(self) -> float:
        return self._length


class Numbers(Stage):
    """Integers in their order.

    Args:
        first: The first one.
        stop: The one that they stop before; `None` for no end.
        step: How far it is from one to the next.
    """

    def __init__(self, first: int, stop: int | None, step: int = 1) -> None:
        self._first, self._stop, self._step = first, stop, step

    def keys(self, which: Pass) -> Iterator[int]:
        first, step = self._first, self._step
        return count(first, step) if self._stop is None else iter(range(first, self._stop, step))

    def at(self, key: int) -> Any:
        return np.int64(key)

    def rows(self, keys: Sequence[int]) -> Any:
        return np.array(keys, np.int64)

    def count(self) -> float:
        return math.inf if self._stop is None else len(range(self._first, self._stop, self._step))


class Generated(Made):
    """What a function's generator yields, anew in each pass.

    Args:
        generate: Returns an iterable.
        number: How many elements that has, where it is known.
    """

    def __init__(self, generate: Callable[[], Iterable[Any]], number: int | None = None) -> None:
        self._generate = generate
        self._number = number

    def keys(self, which: Pass) -> Iterator[Any]:
        return map(as_element, self._generate())

    def count(self) -> float | None:
        return self._number
