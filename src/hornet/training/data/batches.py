"""Batches that arrive from a source: gathered so that one dispatch takes several of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

import jax
import numpy as np

from hornet.core.checks import warn
from hornet.core.settings import floatx
from hornet.training.data.arrays import ArrayData
from hornet.training.data.arrivals import Arrivals
from hornet.training.data.feed import Feed, Span, place_of
from hornet.training.data.placement import allocate_aligned, program_dtype

GATHERED_BYTES = 1 << 22
"""The bytes of batches that are gathered for a dispatch, at most, where there are several."""
GATHERED_BATCHES = 256
"""How many are gathered, at most."""
GATHERING_SECONDS = 0.05
"""How long batches are gathered before the device gets them."""
_MANY_KINDS = 8
"""From so many kinds of batches on, each of which compiles a program, a word is said."""

_MANY_BATCHES = 10_000
"""From so many batches on, a word is said of a generator that may have no end."""


@dataclass(frozen=True)
class Layout:
    """What arrays a batch has.

    Args:
        structure: How its arrays lie in inputs, labels and weights.
        columns: The shape of a row and the type of each.
    """

    structure: Any
    columns: tuple[tuple[tuple[int, ...], Any], ...]

    @property
    def row_bytes(self) -> int:
        """The bytes of a row, as dense as the device has it."""
        return sum(math.prod(shape) * dtype.itemsize for shape, dtype in self.columns)


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one batch, laid out flat, as each is looked at once and copied once.

    Args:
        arrays: Its arrays.
        layout: What they are; one object for batches that look alike.
    """

    arrays: Sequence[Any]
    layout: Layout

    @classmethod
    def of(cls, rows: ArrayData) -> Batch:
        """Return checked rows as a batch."""
        arrays, structure = jax.tree.flatten((rows.x, rows.y, rows.sample_weight))
        return cls(arrays, Layout(structure, tuple((array.shape[1:], array.dtype) for array in arrays)))

    def __len__(self) -> int:
        return len(self.arrays[0])


class BatchData:
    """Rows that come batch by batch.

    Args:
        arrivals: What hands them over.
        checked: Makes a checked batch of one, as it came.
        check_values: Looks at the values of the rows that a dispatch takes, which costs less than batch by batch; its
            other argument is the number of rows of a batch.
        not_finite: What knows the first NaN or infinity in the inputs, once it has come.
        argument: What to call the source in errors.
    """

    x = y = None
    """The inputs and the labels, which are not known before they come."""

    def __init__(
        self,
        arrivals: Arrivals,
        checked: Callable[[Any], Batch],
        check_values: Callable[[ArrayData, int], None] = lambda *_: None,
        not_finite: Any = None,
        argument: str = "x",
    ) -> None:
        self.arrivals = arrivals
        self._argument = argument
        self.not_finite = not_finite
        self._checked = checked
        self._check_values = check_values
        self.rows = len(checked(arrivals.first()))
        """The rows of a batch, as the first one has them."""
        self._kinds: set[Any] = set()
        self.batches = arrivals.batches
        """The number of batches in a pass; `None` before a first one has ended, where nobody knows."""

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("A source of batches is not copied. Pass arrays where training is to go on in other processes.")

    def batches_in(self, batch_size: int) -> int | None:
        """Return the number of batches in a pass, where it is known; `batch_size` has no effect."""
        return self.batches

    def open(self, seed: int | None, pass_index: int) -> Iterator[Batch]:
        """Return the checked batches of a pass."""
        return map(self._checked, self.arrivals.open(seed, pass_index))

    def spans(self, batches: int | None, batch_size: int | None = None) -> Generator[Span, None, None]:
        """Yield the first batches of a pass, or all, gathered; `batch_size` has no effect.

        Raises:
            ValueError: If there is none, or all are asked for and there is no end to them.
        """
        self.require_end(batches, "steps`, or `validation_steps")
        self.arrivals.begin_epoch()
        taken = 0
        may_have_no_end = batches is None and not self.arrivals.begins_anew
        found = self.open(None, 0)
        for span in self.gathered(self._counted(found) if may_have_no_end else islice(found, batches)):
            taken += span.count
            yield span
        self.arrivals.end_epoch()
        if not taken:
            raise ValueError(
                f"`{self._argument}` is used up: there are no more batches. A generator has one pass: pass a "
                "`PyDataset`, a data loader or arrays, or a number of steps that leaves batches for later."
            )

    def _counted(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield all batches; warn where they are so many that the generator may have no end."""
        for number, batch in enumerate(batches):
            if number == _MANY_BATCHES:
                warn(
                    f"`{self._argument}` has handed over {_MANY_BATCHES} batches and goes on. If it has no end, pass "
                    "the number of batches to take: `steps`, or `validation_steps`."
                )
            yield batch

    def require_end(self, batches: int | None, argument: str) -> None:
        """Refuse to take all batches of a source that is known to have no end."""
        if batches is None and self.arrivals.is_endless:
            raise ValueError(f"The source of batches has no end. Pass `{argument}`, the number of batches to take.")

    def gathered(self, batches: Iterator[Batch]) -> Iterator[Span]:
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
                self._note_kind(batch)
                window = Window(batch, self._room_for(batch))
            window.add(batch)
            if window.is_due:
                yield self._span_of(window)
                window = None

    def _span_of(self, window: Window) -> Span:
        self._check_values(window.rows, window.batch_size)
        return window.span()

    def _note_kind(self, batch: Batch) -> None:
        shapes = (len(batch), tuple(shape for shape, _ in batch.layout.columns))
        if shapes in self._kinds:
            return
        self._kinds.add(shapes)
        if len(self._kinds) == _MANY_KINDS:
            sizes = ", ".join(map(str, sorted({rows for rows, _ in self._kinds})))
            warn(
                f"The source has handed over batches of {_MANY_KINDS} shapes (rows: {sizes}), and each compiles a "
                "program of its own. Make batches of one size, and pad sequences to a few lengths."
            )

    def _room_for(self, batch: Batch) -> int:
        """Return how many batches of a kind are gathered: always as many, so that one program serves them."""
        if len(batch) != self.rows:
            return 1  # the last one of a pass
        fitting = min(GATHERED_BATCHES, GATHERED_BYTES // max(1, batch.layout.row_bytes * self.rows))
        declared = self.arrivals.batches  # not what is learnt later, which would ask for another program
        return max(1, fitting if declared is None else min(fitting, declared))


class Window:
    """Batches of one kind, one behind another in arrays that XLA uses where they lie.

    Args:
        first: A batch, by which they are laid out; it is not added.
        room: How many fit.
    """

    def __init__(self, first: Batch, room: int) -> None:
        self.batch_size = len(first)
        self._room = room
        self._count = 0
        self._begun = perf_counter()
        self._layout = first.layout
        x, y, _ = first.layout.structure.children()
        unweighted = x.num_leaves + y.num_leaves
        self._arrays = [
            allocate_aligned((room * self.batch_size, *shape), program_dtype(dtype) if place < unweighted else floatx())
            for place, (shape, dtype) in enumerate(first.layout.columns)
        ]

    def takes(self, batch: Batch) -> bool:
        """Return whether a batch is of the kind and fits in."""
        alike = batch.layout is self._layout or batch.layout == self._layout
        return alike and self._count < self._room and len(batch) == self.batch_size

    def add(self, batch: Batch) -> None:
        """Copy a batch behind the others."""
        begin = self._count * self.batch_size
        stop = begin + self.batch_size
        for array, part in zip(self._arrays, batch.arrays, strict=True):
            array[begin:stop] = part
        self._count += 1

    @property
    def is_due(self) -> bool:
        """Whether the batches have waited long enough for others."""
        return self._count == self._room or perf_counter() - self._begun > GATHERING_SECONDS

    @property
    def rows(self) -> ArrayData:
        """The rows of the batches that are there."""
        stop = self._count * self.batch_size
        return ArrayData(*self._layout.structure.unflatten([array[:stop] for array in self._arrays]))

    def span(self) -> Span:
        """Return the batches as the device has them."""
        arrays = jax.device_put(self._arrays, may_alias=True)
        order = np.arange(self._room * self.batch_size, dtype=np.int32)
        return Span(self._layout.structure.unflatten(arrays), order, 0, self._count, self.batch_size)


class BatchFeed(Feed):
    """Batches that arrive: pass by pass, or endlessly, as the source has them.

    Args:
        data: The source.
        steps: Batches of an epoch, at most; `None` for as many as a pass has. An epoch ends with the pass at the
            latest, and the next one goes on where it ended.
        shuffle: Whether a source whose batches go by number gives them in another order in each pass.
    """

    def __init__(self, data: BatchData, steps: int | None, shuffle: bool) -> None:
        data.require_end(steps, "steps_per_epoch")
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
        self._waiting: list[Batch] = []
        self._pass: Iterator[Batch] = iter(())

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

    def _take(self, wanted: float) -> Iterator[Batch]:
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

    def _next(self) -> Batch | None:
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
        return place_of(epoch, self._first_epoch, self._steps, self._data.batches)
