"""Rows that are read by blocks: gathered in buffers, which hold many batches and are shuffled whole."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

import jax
import numpy as np

from hornet.core.checks import number
from hornet.core.row_names import part_of_data
from hornet.data.ahead import gathered_ahead
from hornet.data.blocks import Block, Blocks
from hornet.training.data.arrays import ArrayData
from hornet.training.data.checks import named_leaves
from hornet.training.data.feed import Feed, Span, place_of, stretches
from hornet.training.data.placement import program_dtype
from hornet.training.digests import digest_of_structure

BUFFER_BYTES = 1 << 27
"""The bytes of a buffer, unless a few batches are larger.

At most three are there: one that the device may still compute with, one that is handed out, and one that is filled.
"""
BATCHES_OF_A_BUFFER = 8
"""How many batches a buffer holds at least."""


@dataclass(frozen=True)
class Part:
    """The rows of a block that belong to the data.

    Args:
        block: The block.
        first: The first of them in the block.
        rows: How many; `None` for all of a block whose number nobody knows.
    """

    block: Block
    first: int
    rows: int | None


class BlockData:
    """Rows that are read by blocks.

    Args:
        source: Where the blocks come from.
        checked: Makes checked rows of a piece of a block, as it was read.
        parts: The blocks, where these are not all, or not whole.
        not_finite: What knows the first NaN or infinity in the inputs, once it was read.
    """

    x = y = None
    """The inputs and the labels, which are not in memory."""

    def __init__(
        self,
        source: Blocks,
        checked: Callable[[Any], ArrayData],
        parts: list[Part] | None = None,
        not_finite: Any = None,
    ) -> None:
        self._source = source
        self.not_finite = not_finite
        self._checked = checked
        self._parts = [Part(block, 0, block.rows) for block in source.blocks] if parts is None else parts
        counts = [part.rows for part in self._parts]
        self.rows = None if None in counts else sum(count for count in counts if count is not None)
        """The number of rows; `None` before a first pass has ended, where nobody knows."""
        self._counted = self.rows
        self._kind = None
        first = next(self.pieces(), None)
        if first is None:
            raise ValueError("The source has no rows. Pass one that has at least one.")
        self._kind = _kind(first)
        self.row_bytes = sum(array[:1].nbytes for array in jax.tree.leaves(first.empty(1)))
        """The bytes that a row takes on the device."""

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("Rows in files are not copied. Pass arrays where training is to go on in other processes.")

    @property
    def digests(self) -> dict[str, str]:
        """What tells the rows from others, for those who go on with a run over them; nothing where nobody knows."""
        identity = self._source.identity
        return {} if identity is None else {"x": digest_of_structure(identity)}

    def batches_in(self, batch_size: int) -> int | None:
        """Return the number of batches of a size in which all rows are, where it is known."""
        return None if self.rows is None else math.ceil(self.rows / batch_size)

    def buffer_rows(self, batch_size: int) -> int:
        """Return how many rows a buffer has: whole batches."""
        batches = max(BATCHES_OF_A_BUFFER, BUFFER_BYTES // max(1, self.row_bytes * batch_size))
        return batches * batch_size

    def split(self, fraction: float) -> tuple[BlockData, BlockData]:
        """Return the first rows, and the last `fraction` of them."""
        number("validation_split", fraction, above=0.0, below=1.0)
        assert self.rows is not None
        at = int(self.rows * (1.0 - fraction))
        return self._between(0, at), self._between(at, self.rows)

    def spans(self, batches: int | None, batch_size: int) -> Generator[Span, None, None]:
        """Yield the first batches, in the order of the rows, or all."""
        left = math.inf if batches is None else batches
        with closing(self.buffers(self.buffer_rows(batch_size))) as buffers:
            for buffer in buffers:
                wanted = int(min(left, math.ceil(buffer.rows / batch_size)))
                for first_row, count, size in stretches(0, wanted, buffer.rows, batch_size):
                    yield Span(buffer.batch, None, first_row, count, size)
                left -= wanted
                if left <= 0:
                    return

    def buffers(
        self, capacity: int, seed: int | None = None, pass_index: int = 0, skip: int = 0
    ) -> Generator[Buffer, None, None]:
        """Yield the rows of a pass in buffers, of which a thread fills the next one while one is used.

        That thread has another one read the next piece of a block: a disk, or what decodes a file, is waited for there.

        Args:
            capacity: The rows of a buffer. All are full but the last one.
            seed: Gives each pass an order of the blocks of its own, and each buffer one of its rows; `None` for theirs.
            pass_index: The number of the pass.
            skip: How many buffers to leave out at the beginning.
        """

        def fill(pieces: Iterator[ArrayData]) -> Iterator[Buffer]:
            for place, buffer in enumerate(gathered(pieces, capacity), skip + 1):
                # Beside 0, since NumPy takes a seed for the same when zeros follow it.
                buffer.draw_order(None if seed is None else (seed, pass_index, place))
                yield buffer

        with closing(gathered_ahead(fill, self.pieces(seed, pass_index, skip * capacity, ahead=True))) as buffers:
            for buffer in buffers:
                if buffer.rows < capacity:
                    self._learn_rows()
                yield buffer
                del buffer  # the device alone may still need it
        self._learn_rows()

    def _learn_rows(self) -> None:
        """Let the number of rows be known that a pass has shown, when its end is handed out and not when it is read."""
        if self.rows is None:
            self.rows = self._counted

    def pieces(
        self, seed: int | None = None, pass_index: int = 0, skip: int = 0, ahead: bool = False
    ) -> Generator[ArrayData, None, None]:
        """Yield the rows of a pass as they are read.

        Args:
            seed: Gives each pass an order of the blocks of its own; `None` for theirs.
            pass_index: The number of the pass.
            skip: How many rows to leave out at the beginning.
            ahead: Whether a thread reads the next piece while one is used.
        """
        parts = deque(self._parts)
        if seed is not None:
            order = np.random.default_rng((seed, pass_index)).permutation(len(parts))
            parts = deque(self._parts[place] for place in order)
        done = 0
        while parts and parts[0].rows is not None and done + parts[0].rows <= skip:
            done += parts.popleft().rows or 0
        given = ((part, rows) for part in parts for rows in self._source.read(part.block))
        with closing(gathered_ahead(iter, given) if ahead else given) as read:
            for part, of_part in groupby(read, key=itemgetter(0)):
                for piece in self._taken(part, map(itemgetter(1), of_part)):
                    done += len(piece)
                    if done > skip:
                        yield piece[-min(len(piece), done - skip) :]
        self._counted = done

    def _taken(self, part: Part, read: Iterator[Any]) -> Iterator[ArrayData]:
        """Yield the rows of a part, checked, of what was read of its block."""
        block, row = part.block, 0
        end = math.inf if part.rows is None else part.first + part.rows
        for given in read:
            with part_of_data(block.first_row + row, block.source):
                piece = self._checked(given)
            if self._kind not in (None, found := _kind(piece)):
                raise _other_kind(block, self._kind, found)
            first, last = max(part.first - row, 0), min(end - row, len(piece))
            row += len(piece)
            if first < last:
                yield piece[first : int(last)]

    def _between(self, start: int, stop: int) -> BlockData:
        parts, row = [], 0
        for part in self._parts:
            assert part.rows is not None
            first, last = max(start - row, 0), min(stop - row, part.rows)
            if first < last:
                parts.append(Part(part.block, part.first + first, last - first))
            row += part.rows
        return BlockData(self._source, self._checked, parts, self.not_finite)


def _kind(piece: ArrayData) -> list[tuple[str, Any, Any]]:
    """Return what the rows of all pieces must have in common: names, shapes and types of the arrays."""
    parts = {"x": piece.x, "y": piece.y, "sample_weight": piece.sample_weight}
    named = [pair for name, part in parts.items() for pair in named_leaves(name, part)]
    return [(name, array.shape[1:], program_dtype(array.dtype)) for name, array in named if array is not None]


def _other_kind(block: Block, known: Any, found: Any) -> ValueError:
    (name, *first), (_, *other) = next(pair for pair in zip(known, found, strict=False) if pair[0] != pair[1])
    where = block.source or f"the rows from {block.first_row} on"
    return ValueError(
        f"`{name}` has rows of shape {other[0]} and type {np.dtype(other[1])} in {where}, but of shape {first[0]} and "
        f"type {np.dtype(first[1])} in the first block. Whole numbers with gaps are floats: declare them as such."
    )


class Buffer:
    """Rows, one behind another in arrays that XLA uses where they lie.

    Args:
        first: Rows by which they are laid out; they are not added.
        capacity: How many fit.
    """

    def __init__(self, first: ArrayData, capacity: int) -> None:
        self.rows = 0
        self.capacity = capacity
        self.order = np.zeros(capacity, np.int32)
        """The numbers of the rows in the order in which batches take them."""
        self._host = first.empty(capacity)

    def add(self, piece: ArrayData, start: int) -> int:
        """Copy rows of a piece, from one on, as many as fit; return how many."""
        count = min(len(piece) - start, self.capacity - self.rows)
        parts = jax.tree.leaves((piece.x, piece.y, piece.sample_weight))
        for array, part in zip(jax.tree.leaves(self._host), parts, strict=True):
            array[self.rows : self.rows + count] = part[start : start + count]
        self.rows += count
        return count

    @cached_property
    def batch(self) -> tuple[Any, Any, Any]:
        """The rows as the program's arrays, with unused ones behind them."""
        for array in jax.tree.leaves(self._host):
            array[self.rows :] = 0
        return jax.tree.map(lambda array: jax.device_put(array, may_alias=True), self._host)

    def draw_order(self, seed: tuple[int, ...] | None) -> None:
        """Draw the order of the rows; without a seed it is their own."""
        rows = np.arange(self.rows)  # in 64 bits, which NumPy shuffles in half the time
        if seed is not None:
            np.random.default_rng(seed).shuffle(rows)
        self.order[: self.rows] = rows


def gathered(pieces: Iterator[ArrayData], capacity: int) -> Iterator[Buffer]:
    """Yield rows in buffers, all of which are full but the last one."""
    buffer = None
    for piece in pieces:
        start = 0
        while start < len(piece):
            if buffer is None:
                buffer = Buffer(piece, capacity)
            start += buffer.add(piece, start)
            if buffer.rows == capacity:
                yield buffer
                buffer = None
    if buffer is not None:
        yield buffer


class BlockFeed(Feed):
    """Batches of rows that are read by blocks: pass by pass, buffer by buffer.

    In each pass the blocks come in an order of its own; the rows that they make go through buffers of one size, and
    batches take the rows of a buffer in an order of its own. All of these orders are functions of the seed and of the
    numbers of pass and buffer.

    Args:
        data: The source.
        batch_size: Rows of a batch.
        steps: Batches of an epoch, at most; `None` for as many as a pass has. An epoch ends with the pass at the
            latest, and the next one goes on where it ended.
        shuffle: Whether there are such orders. Without, rows come in their own.
    """

    def __init__(self, data: BlockData, batch_size: int, steps: int | None, shuffle: bool) -> None:
        self._data = data
        self._batch_size = batch_size
        self._steps = steps
        self._shuffle = shuffle
        self._capacity = data.buffer_rows(batch_size)
        self._settings = {
            "rows": data.rows,
            "batch_size": batch_size,
            "steps": steps,
            "shuffle": shuffle,
            "rows of a buffer": self._capacity,
            **data.digests,
        }
        self._buffers: Generator[Buffer, None, None] = (none for none in ())
        """The buffers behind the one that is held."""
        self._held: Buffer | None = None
        self._stands_at: tuple[int, int] | None = None
        """The pass, and the number of the buffer in it, that is held."""

    @property
    def settings(self) -> dict[str, Any]:
        return self._settings

    def begin(self, seed: int, first_epoch: int) -> None:
        self._seed = seed
        self._first_epoch = first_epoch
        self.release()

    def batches_of(self, epoch: int) -> int | None:
        batches = self._data.batches_in(self._batch_size)
        if batches is None:
            return self._steps
        left = batches - self._place(epoch)[1]
        return left if self._steps is None else min(self._steps, left)

    def begin_epoch(self, epoch: int, step: int) -> bool:
        # A pass may have ended with the last epoch, which shows only when more of it is asked for.
        return self._data.rows is not None or self._finds(epoch, step) or self._finds(epoch, step)

    def spans(self, epoch: int, step: int) -> Iterator[Span]:
        pass_index, first = self._place(epoch)
        wanted = self.batches_of(epoch)
        batch, end = first + step, math.inf if wanted is None else first + wanted
        while batch < end:
            number, begin = divmod(batch, self._batches_of_buffer)
            buffer = self._buffer(pass_index, number)
            if buffer is None:
                break
            left = int(min(end - batch, math.ceil(buffer.rows / self._batch_size) - begin))
            for first_row, count, size in stretches(begin, left, buffer.rows, self._batch_size):
                batch += count
                yield Span(buffer.batch, buffer.order, first_row, count, size)
            if buffer.rows < self._capacity:
                break
            del buffer  # so that only the next ones are held
        if batch == self._data.batches_in(self._batch_size):
            self.release()

    def look_ahead(self) -> None: ...

    def release(self) -> None:
        self._buffers.close()
        self._stands_at = self._held = None

    @property
    def _batches_of_buffer(self) -> int:
        return self._capacity // self._batch_size

    def _finds(self, epoch: int, step: int) -> bool:
        """Return whether there is a batch; where there is none, the number of rows is known then."""
        pass_index, first = self._place(epoch)
        number, begin = divmod(first + step, self._batches_of_buffer)
        buffer = self._buffer(pass_index, number)
        return buffer is not None and begin * self._batch_size < buffer.rows

    def _buffer(self, pass_index: int, number: int) -> Buffer | None:
        """Return a buffer; `None` where the pass has ended before it."""
        if self._stands_at != (pass_index, number):
            self._held = None
            if self._stands_at != (pass_index, number - 1):
                self._buffers.close()
                seed = self._seed if self._shuffle else None
                self._buffers = self._data.buffers(self._capacity, seed, pass_index, number)
            self._stands_at, self._held = (pass_index, number), next(self._buffers, None)
        return self._held

    def _place(self, epoch: int) -> tuple[int, int]:
        return place_of(epoch, self._first_epoch, self._steps, self._data.batches_in(self._batch_size))
