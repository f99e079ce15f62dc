"""Objects that hand over batches: which they are, how many a pass has, and how each pass begins."""

from __future__ import annotations

import sys
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import ArgumentError
from hornet.data import INFINITE_CARDINALITY, Dataset
from hornet.data.ahead import made_ahead
from hornet.data.elements import arrays_in
from hornet.data.processes import NoProcessesError, Processes


class Arrivals(Protocol):
    """An object of the user's that hands over batches."""

    @property
    def batches(self) -> int | None:
        """How many a pass has; `None` where nobody knows."""
        ...

    @property
    def is_endless(self) -> bool:
        """Whether it is known that a pass has no end."""
        ...

    @property
    def begins_anew(self) -> bool:
        """Whether there may be more than one pass."""
        ...

    def first(self) -> Any:
        """Return a batch to look at, which the next pass has all the same."""
        ...

    def open(self, seed: int | None, pass_index: int) -> Iterator[Any]:
        """Return the batches of a pass; a seed puts those that go by number into an order of the pass's own."""
        ...

    def begin_epoch(self) -> None:
        """Tell the object that an epoch begins."""
        ...

    def end_epoch(self) -> None:
        """Tell the object that an epoch has ended."""
        ...


def arrivals_of(argument: str, given: Any) -> Arrivals | None:
    """Return what hands over batches; `None` for rows in memory.

    Args:
        argument: The argument's name, for errors.
        given: What the user passed.

    Raises:
        ValueError: If it hands over single rows.

    Example:
        >>> arrivals_of("x", [[1.0, 2.0]]) is None, arrivals_of("x", iter([[1.0]])).batches is None
        (True, True)
    """
    if given is None or _holds_rows(given):
        return None
    if isinstance(given, Dataset):
        return _Passes(argument, given)
    kind = type(given)
    if any(base.__module__.startswith("torch.utils.data.dataset") for base in kind.__mro__):
        raise ArgumentError(
            f"`{argument}` is a data set of single rows (`{kind.__name__}`). Pass a `torch.utils.data.DataLoader` of "
            "it, which makes batches."
        )
    if hasattr(kind, "__getitem__") and hasattr(kind, "__len__"):
        return _Numbered(given)  # before iterators, as those of `ImageDataGenerator` are both, and without an end
    if isinstance(given, Iterator):
        return _OneShot(cast(Iterator[Any], given))
    if isinstance(given, Iterable):
        return _Iterable(cast(Iterable[Any], given))
    return None


def _holds_rows(given: Any) -> bool:
    """Return whether an object is an array, a frame or a container of rows, and not something that makes batches."""
    if isinstance(given, np.ndarray | Mapping | str | bytes | Sequence | set | frozenset):
        return True
    rows = ("shape", "__array__", "__array_interface__", "__dlpack__", "__arrow_c_stream__", "__dataframe__")
    return any(hasattr(given, name) for name in rows)


class _OneShot:
    """A generator, or another iterator: one pass, unless it never ends."""

    batches = None
    is_endless = False
    begins_anew = False

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._seen: deque[Any] = deque()

    def first(self) -> Any:
        if not self._seen:
            self._seen.extend(_next_of(self._iterator))
        return self._seen[0]

    def open(self, seed: int | None, pass_index: int) -> Iterator[Any]:
        while self._seen:
            yield self._seen.popleft()
        for batch in self._iterator:  # noqa: UP028  (`yield from` would close a generator together with this one)
            yield batch

    def begin_epoch(self) -> None: ...

    def end_epoch(self) -> None: ...


class _Iterable:
    """A data loader: each `iter` of it is a pass, in an order that is its own."""

    is_endless = False
    begins_anew = True

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._iterable = iterable
        self._begun: _OneShot | None = None
        self.batches = _length(iterable)

    def first(self) -> Any:
        if self._begun is None:
            self._begun = _OneShot(self._iter())
        return self._begun.first()

    def open(self, seed: int | None, pass_index: int) -> Iterator[Any]:
        begun, self._begun = self._begun, None
        return self._iter() if begun is None else begun.open(seed, pass_index)

    def _iter(self) -> Iterator[Any]:
        with warnings.catch_warnings():
            # The workers that a loader forks read data and never compute, so JAX has nothing to warn of.
            warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
            return iter(self._iterable)

    def begin_epoch(self) -> None:
        _tell(self._iterable, "on_epoch_begin")

    def end_epoch(self) -> None:
        _tell(self._iterable, "on_epoch_end")


class _Numbered:
    """A `PyDataset`, or another object with `__len__` and `__getitem__`, whose items are batches."""

    begins_anew = True

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.batches = _length(dataset)
        self.is_endless = self.batches is None
        if self.batches == 0:
            raise ValueError(f"`{type(dataset).__name__}` has no batches: its length is 0. Pass at least one.")
        self._first: Any = None
        self._processes: Any = None
        """What makes batches, if that is asked for; `False` once it showed that they cannot be had."""

    def first(self) -> Any:
        if self._first is None:
            self._first = self._dataset[0]
        return self._first

    def open(self, seed: int | None, pass_index: int) -> Iterator[Any]:
        self._first = None
        if self.batches is None:
            numbers: Iterable[int] = iter(range(2**63))
        else:
            numbers = np.arange(self.batches)
            if seed is not None:
                np.random.default_rng((seed, pass_index)).shuffle(numbers)
            numbers = cast(list[int], numbers.tolist())
        workers = int(getattr(self._dataset, "workers", 1) or 1)
        waiting = int(getattr(self._dataset, "max_queue_size", 10))
        if getattr(self._dataset, "use_multiprocessing", False) and self._has_processes(workers):
            return self._processes.items(numbers, waiting)
        if workers <= 1:
            return map(self._dataset.__getitem__, numbers)
        return made_ahead(self._dataset.__getitem__, numbers, workers, waiting)

    def _has_processes(self, workers: int) -> bool:
        """Return whether processes make batches, of the data set as it is now; warn once if they cannot."""
        if self._processes is None:
            self._processes = Processes(workers)
        if self._processes:
            try:
                self._processes.take(self._dataset)
            except NoProcessesError as error:
                warn(f"`use_multiprocessing=True` needs processes, and {error}. Threads make the batches instead.")
                self._processes = False
        return bool(self._processes)

    def begin_epoch(self) -> None:
        _tell(self._dataset, "on_epoch_begin")

    def end_epoch(self) -> None:
        _tell(self._dataset, "on_epoch_end")


class _Passes:
    """A `hornet.data.Dataset`, whose passes are functions of a seed and their number.

    Raises:
        ValueError: If its elements are single rows.
    """

    begins_anew = True

    def __init__(self, argument: str, dataset: Dataset) -> None:
        self._dataset = dataset
        number = dataset.cardinality()
        self.batches = int(number) if number >= 0 else None
        self.is_endless = bool(number == INFINITE_CARDINALITY)
        self._first = dataset._first()
        axes = [np.ndim(array) for array in arrays_in(self._first)]
        if 0 in axes or (dataset._stage.is_of_rows and max(axes) == 1):
            raise ArgumentError(
                f"`{argument}` is a dataset of single rows. Make batches of them, as in `dataset.batch(32)`."
            )

    def first(self) -> Any:
        return self._first

    def open(self, seed: int | None, pass_index: int) -> Iterator[Any]:
        return self._dataset._elements(seed, pass_index)

    def begin_epoch(self) -> None: ...

    def end_epoch(self) -> None: ...


def _length(given: Any) -> int | None:
    try:
        length = len(given)
    except (TypeError, NotImplementedError, AttributeError):  # as of a loader of a stream, or an endless data set
        return None
    return length if 0 <= length < sys.maxsize else None  # Grain says that of what repeats without end


def _next_of(iterator: Iterator[Any]) -> list[Any]:
    for batch in iterator:
        return [batch]
    raise ValueError("The source of batches is empty: its first batch never came. Pass one that has at least one.")


def _tell(given: Any, hook: str) -> None:
    method = getattr(given, hook, None)
    if callable(method):
        method()
