"""Stages with other keys than those below them: fewer, in another order, together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, count, islice, repeat
from typing import Any

import numpy as np

from hornet.core.random import next_seed
from hornet.data.elements import arrays_in, map_arrays, padded
from hornet.data.stages import Over, Pass, Stage


class Picked(Stage):
    """The elements of some keys of another stage.

    Args:
        source: The other one.
        keys: The keys.
    """

    def __init__(self, source: Stage, keys: Sequence[Any]) -> None:
        self._source = source
        self._keys = keys

    def keys(self, which: Pass) -> Iterator[Any]:
        return iter(self._keys)

    def at(self, key: Any) -> Any:
        return self._source.at(key)

    def rows(self, keys: Sequence[Any]) -> Any:
        return self._source.rows(keys)

    def count(self) -> float:
        return len(self._keys)


class Take(Over):
    """The elements from one number to another.

    Args:
        source: The elements.
        first: The first one's number.
        stop: The number of the one behind the last; `None` for all.
        step: How far it is from one to the next.
    """

    def __init__(self, source: Stage, first: int, stop: int | None, step: int = 1) -> None:
        super().__init__(source)
        self._first, self._stop, self._step = first, stop, step

    def keys(self, which: Pass) -> Iterator[Any]:
        return islice(self._source.keys(which), self._first, self._stop, self._step)

    def count(self) -> float | None:
        number = self._source.count()
        if number is None:
            return None
        stop = number if self._stop is None else min(number, self._stop)
        return stop if stop == math.inf else len(range(self._first, int(stop), self._step))


class Shuffle(Over):
    """Elements in an order that is drawn.

    Args:
        source: The elements.
        room: How many keys are held; the next one is drawn from among them.
        seed: A seed, or `None`.
        reshuffles: Whether each pass has an order of its own.
    """

    def __init__(self, source: Stage, room: int, seed: int | None, reshuffles: bool) -> None:
        super().__init__(source)
        self._room = room
        self._given = seed
        self._drawn = next_seed() if seed is None else seed
        self._reshuffles = reshuffles

    def keys(self, which: Pass) -> Iterator[Any]:
        # One order for all passes is for those who part the elements by `take` and `skip`, wherever they are read.
        entropy = (self._drawn,)
        if self._reshuffles:
            fallback = self._drawn if which.seed is None else which.seed
            entropy = (fallback if self._given is None else self._given, *which.path)
        return shuffled(self._source.keys(which.inner()), self._room, np.random.default_rng(entropy))


def shuffled(keys: Iterator[Any], room: int, generator: np.random.Generator) -> Iterator[Any]:
    """Yield keys, each drawn from among those that fit into a buffer.

    Example:
        >>> sorted(shuffled(iter(range(5)), 2, np.random.default_rng(0)))
        [0, 1, 2, 3, 4]
    """
    held = list(islice(keys, room))
    places = chain.from_iterable(generator.integers(room, size=1024).tolist() for _ in repeat(None))
    for key in keys:
        place = next(places)
        yield held[place]
        held[place] = key
    for place in generator.permutation(len(held)).tolist():
        yield held[place]


class Repeat(Over):
    """Several passes, one behind another.

    Args:
        source: The elements.
        times: How many; `None` without an end.
    """

    def __init__(self, source: Stage, times: int | None) -> None:
        super().__init__(source)
        self._times = times

    def keys(self, which: Pass) -> Iterator[Any]:
        for number in count() if self._times is None else range(self._times):
            is_empty = True
            for key in self._source.keys(which.inner(number)):
                is_empty = False
                yield key
            if is_empty:
                return

    def count(self) -> float | None:
        number = self._source.count()
        if number == 0 or self._times == 0:
            return 0
        if self._times is None:
            return math.inf
        return None if number is None else number * self._times


class Batch(Over):
    """Elements put together, as many at a time.

    Args:
        source: The elements.
        size: How many.
        drops: Whether a short last batch is left out.
        threads: How many threads put them together.
    """

    def __init__(self, source: Stage, size: int, drops: bool, threads: int = 1) -> None:
        super().__init__(source)
        self._size = size
        self._drops = drops
        self.threads = max(threads, source.threads)
        self.is_batched = not drops
        self.is_of_rows = False

    def keys(self, which: Pass) -> Iterator[list[Any]]:
        keys = self._source.keys(which)
        while group := list(islice(keys, self._size)):
            if len(group) == self._size or not self._drops:
                yield group

    def at(self, key: list[Any]) -> Any:
        return self._source.rows(key)

    def rows(self, keys: Sequence[Any]) -> Any:
        return Stage.rows(self, keys)

    def unbatched(self) -> tuple[Stage, int | None]:
        return self._source, self._size

    def count(self) -> float | None:
        number = self._source.count()
        if number is None or number == math.inf:
            return number
        return number // self._size if self._drops else math.ceil(number / self._size)


class PaddedBatch(Batch):
    """Elements of different lengths, filled up and put together; `shapes` and `values` are those of `padded`."""

    def __init__(self, source: Stage, size: int, drops: bool, shapes: Any, values: Any) -> None:
        super().__init__(source, size, drops)
        self._shapes, self._values = shapes, values

    def at(self, key: list[Any]) -> Any:
        return padded([self._source.at(one) for one in key], self._shapes, self._values)


class Window(Stage):
    """Windows over elements, each a dataset of its own, or one for each array of an element.

    Args:
        source: The elements.
        size: How many a window has.
        shift: How far it is from one window to the next.
        stride: How far it is from one element of a window to the next.
        drops: Whether short ones are left out.
        wrap: Makes a dataset of a stage.
    """

    def __init__(
        self, source: Stage, size: int, shift: int, stride: int, drops: bool, wrap: Callable[[Stage], Any]
    ) -> None:
        self._source = source
        self._size, self._shift, self._stride, self._drops = size, shift, stride, drops
        self._wrap = wrap

    def keys(self, which: Pass) -> Iterator[list[Any]]:
        keys = self._source.keys(which)
        span = (self._size - 1) * self._stride + 1
        held = list(islice(keys, span))
        while held:
            window = held[:: self._stride]
            if len(window) == self._size or not self._drops:
                yield window
            held = [*held[self._shift :], *islice(keys, max(0, self._shift - span), self._shift)]

    def at(self, key: list[Any]) -> Any:
        window, numbers = Picked(self._source, key), count()
        first = self._source.at(key[0])
        if not isinstance(first, tuple | Mapping):
            return self._wrap(window)
        return map_arrays(lambda _: self._wrap(Part(window, next(numbers))), first)


class Part(Over):
    """One of the arrays of each element.

    Args:
        source: The elements.
        number: Which of their arrays.
    """

    def __init__(self, source: Stage, number: int) -> None:
        super().__init__(source)
        self._number = number

    def at(self, key: Any) -> Any:
        return arrays_in(super().at(key))[self._number]

    def rows(self, keys: Sequence[Any]) -> Any:
        return arrays_in(super().rows(keys))[self._number]


class Concatenate(Stage):
    """The elements of several stages, one behind another.

    Args:
        sources: The stages.
    """

    def __init__(self, sources: Sequence[Stage]) -> None:
        self._sources = sources
        self.threads = max(source.threads for source in sources)
        self.is_batched = any(source.is_batched for source in sources)
        self.is_of_rows = all(source.is_of_rows for source in sources)

    def keys(self, which: Pass) -> Iterator[Any]:
        for number, source in enumerate(self._sources):
            for key in source.keys(which.inner(number)):
                yield number, key

    def at(self, key: Any) -> Any:
        number, of_source = key
        return self._sources[number].at(of_source)

    def rows(self, keys: Sequence[Any]) -> Any:
        numbers = {number for number, _ in keys}
        return self._sources[numbers.pop()].rows([key for _, key in keys]) if len(numbers) == 1 else super().rows(keys)

    def count(self) -> float | None:
        numbers = [source.count() for source in self._sources]
        if math.inf in numbers:
            return math.inf
        return None if None in numbers else sum(number for number in numbers if number is not None)


class Zip(Stage):
    """The elements of several stages side by side, as many as the shortest one has.

    Args:
        structure: The stages, in the structure of an element.
    """

    def __init__(self, structure: Any) -> None:
        self._structure = structure
        self._sources: list[Stage] = arrays_in(structure)
        self.threads = max(source.threads for source in self._sources)
        self.is_batched = any(source.is_batched for source in self._sources)
        self.is_of_rows = all(source.is_of_rows for source in self._sources)

    def keys(self, which: Pass) -> Iterator[Any]:
        # Passes of parts differ, so that two shuffles beside each other do not draw the same.
        passes = [source.keys(which.inner(number)) for number, source in enumerate(self._sources)]
        return zip(*passes, strict=False)

    def at(self, key: Any) -> Any:
        return self._packed(source.at(one) for source, one in zip(self._sources, key, strict=True))

    def rows(self, keys: Sequence[Any]) -> Any:
        columns = zip(*keys, strict=True)
        return self._packed(source.rows(column) for source, column in zip(self._sources, columns, strict=True))

    def _packed(self, parts: Iterator[Any]) -> Any:
        return map_arrays(lambda _: next(parts), self._structure)

    def count(self) -> float | None:
        numbers = [source.count() for source in self._sources]
        return None if None in numbers else min(number for number in numbers if number is not None)


class Prefetch(Over):
    """Elements of which threads, where there are any, make more ahead.

    Args:
        source: The elements.
        waiting: How many.
    """

    def __init__(self, source: Stage, waiting: int) -> None:
        super().__init__(source)
        self.waiting = waiting

    def unbatched(self) -> tuple[Stage, int | None]:
        return self._source.unbatched()
