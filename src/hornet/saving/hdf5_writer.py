"""HDF5 files, laid out by h5py; long arrays are written past it, straight to their offsets."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_MOST_ATTRIBUTE = 64_512  # bytes of an attribute in HDF5, less what Keras leaves free
_LONG = 65_536  # bytes of an array that is worth its own offset


class GroupWriter:
    """A group of a file that is being made.

    Args:
        group: h5py's group.
        long: The long arrays so far, by their offsets in the file.
    """

    def __init__(self, group: Any, long: dict[int, np.ndarray]) -> None:
        self._group = group
        self._long = long

    def group(self, path: str) -> GroupWriter:
        """Return a new group at a path below."""
        return GroupWriter(self._group.create_group(path), self._long)

    def array(self, name: str, value: Any) -> None:
        """Add an array, bfloat16 as Keras does."""
        import h5py  # here and below: it takes a tenth of a second, and only those who save need it

        array = np.asarray(value)
        if array.nbytes < _LONG:
            dataset = self._group.create_dataset(name, data=array)
        else:
            place = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            place.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            place.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            dataset = self._group.create_dataset(name, array.shape, array.dtype, dcpl=place)
            self._long[dataset.id.get_offset()] = np.ascontiguousarray(array)
        if array.dtype.name == "bfloat16":
            dataset.attrs["dtype"] = "bfloat16"

    def text(self, name: str, text: str) -> None:
        """Add a text of any length as an attribute."""
        self._group.attrs[name] = text

    def texts(self, name: str, texts: Sequence[str]) -> None:
        """Add texts as an attribute, in parts `name0`, `name1`, ... where they are more than one holds."""
        parts: list[list[bytes]] = [[]]
        for text in map(str.encode, texts):
            width = max([len(text), *map(len, parts[-1])])
            if parts[-1] and width * (len(parts[-1]) + 1) > _MOST_ATTRIBUTE:
                parts.append([])
            parts[-1].append(text)
        for number, part in enumerate(parts):
            full = f"{name}{number}" if len(parts) > 1 else name
            self._group.attrs[full] = np.asarray(part) if part else np.zeros(0)


def image(write: Callable[[GroupWriter], None]) -> list[memoryview]:
    """Return the bytes of a new HDF5 file, in pieces to write one after the other.

    h5py works in memory: where a disk is full, HDF5's library neither closes its file nor raises an `OSError`.

    Args:
        write: What fills the file.
    """
    import h5py

    memory = _Memory()
    long: dict[int, np.ndarray] = {}
    with h5py.File(memory, "w") as file:
        write(GroupWriter(file, long))
    pieces: list[memoryview] = []
    end = 0
    for place, array in sorted(long.items()):
        data = array.reshape(-1).view(np.uint8).data
        pieces += [memory.between(end, place), data]
        end = place + len(data)
    return [*pieces, memory.between(end, memory.end)]


def write_pieces(path: Path, pieces: Sequence[memoryview]) -> None:
    """Write pieces one after the other to a file."""
    with open(path, "wb") as file:
        for piece in pieces:
            file.write(piece)


class _Memory(io.RawIOBase):
    """A file in memory, in blocks, of which only those that are written to take any."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}
        self._place = self.end = 0

    def between(self, start: int, end: int) -> memoryview:
        """Return a copy of a stretch of it."""
        stretch = bytearray(end - start)
        for number, inner, outer in _cut(start, end):
            if number in self._blocks:
                stretch[outer] = self._blocks[number][inner]
        return memoryview(stretch)

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + (0, self._place, self.end)[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def truncate(self, size: int | None = None) -> int:
        self.end = self._place if size is None else size
        return self.end

    def readinto(self, buffer: Any) -> int:
        count = max(0, min(len(buffer), self.end - self._place))
        buffer[:count] = self.between(self._place, self._place + count)
        self._place += count
        return count

    def write(self, data: Any) -> int:
        start, self._place = self._place, self._place + len(data)
        for number, inner, outer in _cut(start, self._place):
            self._blocks.setdefault(number, bytearray(_LONG))[inner] = data[outer]
        self.end = max(self.end, self._place)
        return len(data)


def _cut(start: int, end: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield each block that a stretch meets: its number, the part within it, and the part of the stretch."""
    place = start
    while place < end:
        number, offset = divmod(place, _LONG)
        count = min(_LONG - offset, end - place)
        yield number, slice(offset, offset + count), slice(place - start, place - start + count)
        place += count
