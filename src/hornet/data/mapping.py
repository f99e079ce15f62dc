"""Stages with other elements than those below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from hornet.data.elements import arrays_in, as_element, map_arrays, read_only
from hornet.data.stages import Made, Over, Pass, Stage


class Map(Over):
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


class Filter(Made):
    """The elements for which a function returns true.

    Args:
        source: The elements.
        predicate: The function.
    """

    def __init__(self, source: Stage, predicate: Callable[..., Any]) -> None:
        self._source = source
        self._predicate = predicate
        self.is_batched = source.is_batched
        self.is_of_rows = source.is_of_rows

    def keys(self, which: Pass) -> Iterator[Any]:
        for number, element in enumerate(self._source.elements(which)):
            if called(self._predicate, "filter", number, element):
                yield element


class Unbatch(Made):
    """The rows of elements, one by one.

    Args:
        source: Elements whose arrays have as many rows.
    """

    is_of_rows = True

    def __init__(self, source: Stage) -> None:
        self._source = source

    def keys(self, which: Pass) -> Iterator[Any]:
        for element in self._source.elements(which):
            for place in range(len(arrays_in(element)[0])):
                yield map_arrays(lambda array, place=place: array[place], element)


class Flat(Made):
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


class Cache(Made):
    """Elements that are kept once a pass has made them all.

    Args:
        source: The elements.
    """

    def __init__(self, source: Stage) -> None:
        self._source = source
        self._kept: list[Any] | None = None
        self.is_batched = source.is_batched
        self.is_of_rows = source.is_of_rows

    def keys(self, which: Pass) -> Iterator[Any]:
        if self._kept is not None:
            yield from self._kept
            return
        kept, number = [], self._source.count()
        for element in self._source.elements(which):
            kept.append(map_arrays(lambda array: read_only(np.asarray(array)), element))
            if len(kept) == number:  # who knows the number takes the last element and does not ask for another
                self._kept = kept
            yield kept[-1]
        self._kept = kept

    def count(self) -> float | None:
        return self._source.count() if self._kept is None else len(self._kept)


def called(function: Callable[..., Any], method: str, number: int, element: Any) -> Any:
    """Return what a function of the user's makes of an element, whose number stands in errors."""
    try:
        return function(*element) if isinstance(element, tuple) else function(element)
    except Exception as error:
        name = getattr(function, "__name__", type(function).__name__)
        arguments = f"{len(element)} arguments, the parts of it" if isinstance(element, tuple) else "it alone"
        error.add_note(f"This happened in `{name}`, given to `{method}`, on element {number}, called with {arguments}.")
        raise
