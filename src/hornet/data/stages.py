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
from itertools import chain, count, islice, repeat
from typing import Any

import numpy as np

from hornet.core.random import next_seed
from hornet.data.ahead import made_ahead
from hornet.data.elements import arrays_in, as_element, map_arrays, padded, read_only, stacked

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


# --- where elements come from -----------------------------------------------------------------------------


class Slices(Stage):
    """Rows of arrays.

    Args:
        arrays: Arrays of one length, in the structure of an element.
    """

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


class _Made(Stage):
    """Base of the stages whose keys are the elements."""

    def at(self, key: Any) -> Any:
        return key


class Generated(_Made):
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


# --- other elements ---------------------------------------------------------------------------------------


class _Over(Stage):
    """Base of the stages over another one, whose elements they hand on.

    Args:
        source: The other one.
    """

    def __init__(self, source: Stage) -> None:
        self._source = source
        self.threads = source.threads
        self.waiting = source.waiting
        self.is_batched = source.is_batched

    def keys(self, which: Pass) -> Iterator[Any]:
        return self._source.keys(which)

    def at(self, key: Any) -> Any:
        return self._source.at(key)

    def rows(self, keys: Sequence[Any]) -> Any:
        return self._source.rows(keys)

    def count(self) -> float | None:
        return self._source.count()


class Map(_Over):
    """What a function makes of elements.

    Args:
        source: The elements.
        function: Takes an element, or the parts of a tuple as its arguments.
        threads: How many threads call it.
    """

    def __init__(self, source: Stage, function: Callable[..., Any], threads: int = 1) -> None:
        super().__init__(source)
        self._function = function
        self.threads = max(threads, source.threads)

    def keys(self, which: Pass) -> Iterator[Any]:
        return enumerate(self._source.keys(which))

    def at(self, key: tuple[int, Any]) -> Any:
        number, of_source = key
        return as_element(called(self._function, "map", number, self._source.at(of_source)))

    def rows(self, keys: Sequence[Any]) -> Any:
        return Stage.rows(self, keys)


class Filter(_Made):
    """The elements for which a function returns true.

    Args:
        source: The elements.
        predicate: The function.
    """

    def __init__(self, source: Stage, predicate: Callable[..., Any]) -> None:
        self._source = source
        self._predicate = predicate
        self.is_batched = source.is_batched

    def keys(self, which: Pass) -> Iterator[Any]:
        for number, element in enumerate(self._source.elements(which)):
            if called(self._predicate, "filter", number, element):
                yield element


class Unbatch(_Made):
    """The rows of elements, one by one.

    Args:
        source: Elements whose arrays have as many rows.
    """

    def __init__(self, source: Stage) -> None:
        self._source = source

    def keys(self, which: Pass) -> Iterator[Any]:
        for element in self._source.elements(which):
            for place in range(len(arrays_in(element)[0])):
                yield map_arrays(lambda array, place=place: array[place], element)


class Flat(_Made):
    """The elements of the stages that a function makes of elements, one behind another.

    Args:
        source: The elements.
        function: Returns a stage.
    """

    def __init__(self, source: Stage, function: Callable[..., Stage]) -> None:
        self._source = source
        self._function = function

    def keys(self, which: Pass) -> Iterator[Any]:
        for number, element in enumerate(self._source.elements(which)):
            stage = called(self._function, "flat_map", number, element)
            yield from stage.elements(which.inner(number))


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


class Window(Stage):
    """Windows over elements, each a dataset of its own.

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
        return self._wrap(Picked(self._source, key))


class Cache(_Made):
    """Elements that are kept once a pass has made them all.

    Args:
        source: The elements.
    """

    def __init__(self, source: Stage) -> None:
        self._source = source
        self._kept: list[Any] | None = None
        self.is_batched = source.is_batched

    def keys(self, which: Pass) -> Iterator[Any]:
        if self._kept is not None:
            yield from self._kept
            return
        kept = []
        for element in self._source.elements(which):
            kept.append(map_arrays(lambda array: read_only(np.asarray(array)), element))
            yield kept[-1]
        self._kept = kept

    def count(self) -> float | None:
        return self._source.count() if self._kept is None else len(self._kept)


# --- other keys -------------------------------------------------------------------------------------------


class Shuffle(_Over):
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


class Batch(_Over):
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


class Take(_Over):
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


class Repeat(_Over):
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


class Concatenate(Stage):
    """The elements of several stages, one behind another.

    Args:
        sources: The stages.
    """

    def __init__(self, sources: Sequence[Stage]) -> None:
        self._sources = sources
        self.threads = max(source.threads for source in sources)
        self.is_batched = any(source.is_batched for source in sources)

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


class Prefetch(_Over):
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


def called(function: Callable[..., Any], method: str, number: int, element: Any) -> Any:
    """Return what a function of the user's makes of an element, whose number stands in errors."""
    try:
        return function(*element) if isinstance(element, tuple) else function(element)
    except Exception as error:
        name = getattr(function, "__name__", type(function).__name__)
        arguments = f"{len(element)} arguments, the parts of it" if isinstance(element, tuple) else "it alone"
        error.add_note(f"This happened in `{name}`, given to `{method}`, on element {number}, called with {arguments}.")
        raise
