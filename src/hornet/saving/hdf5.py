"""HDF5 files, read in Python alone, as far as files of weights go.

HDF5's own library does more than a file of weights needs, because a file says so: it follows links into other files,
loads filters from disk and trusts sizes. This reader knows groups, hard links, plain arrays and texts. All else is
refused, and nothing is read whose size the file's own bytes do not bear out.

Source:
    The HDF5 file format specification, version 3.0.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory
from hornet.core.errors import CorruptFileError
from hornet.core.files import read_whole
from hornet.saving.hdf5_bytes import (
    NOWHERE,
    Bytes,
    Kind,
    Place,
    read_filters,
    read_kind,
    read_place,
    read_shape,
    size_of,
)
from hornet.saving.hdf5_headers import Header, links_of, messages_of

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_DEPTH = 64
_MOST_LEVELS = 8
_DEFLATED = 1032
"""The most bytes that deflate makes of one."""


class Dataset:
    """An array in a file.

    Args:
        source: The file.
        header: The dataset's header.
    """

    def __init__(self, source: Bytes, header: Header) -> None:
        self._source = source
        self.attributes = header.attributes
        shape, kind, place = (header.first(number) for number in (0x01, 0x03, 0x08))
        if shape is None or kind is None or place is None:
            raise source.corrupt("it is an array without a shape, a type or a place")
        self.shape = read_shape(source, shape)
        self.kind: Kind = read_kind(source, kind)
        self._place: Place = read_place(source, place)
        filters = header.first(0x0B)
        self._filters = [] if filters is None else read_filters(source, filters)

    @property
    def stored_elements(self) -> int:
        """The number of elements that the stored bytes can fill."""
        return math.prod(self.shape) if self._is_borne_out() else 0

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """The addresses and sizes of all stretches of the file that hold its elements."""
        if self._place.inline is not None or self._place.start == NOWHERE:
            return []
        if self._place.chunk is not None:
            return [(start, size) for _, start, size in self.chunks]
        return [(self._place.start, self._place.size)]

    def check_chunks(self) -> None:
        """Refuse chunks of which some are missing, or that grow out of all proportion.

        Raises:
            CorruptFileError: If there are not as many as the shape needs.
            OverBudgetError: If the file does not bear out what they become.
        """
        chunk = self._place.chunk
        if chunk is None:
            return
        size, stored = size_of(self.shape, self.kind), sum(held for _, _, held in self.chunks)
        width = size_of(chunk, self.kind)
        if len(chunk) != len(self.shape) or width == 0:
            raise self._source.corrupt(f"chunks of shape {chunk} make no array of shape {self.shape}")
        if len(self.chunks) != math.prod(-(-length // step) for length, step in zip(self.shape, chunk, strict=True)):
            raise self._source.corrupt(f"{len(self.chunks)} chunks of shape {chunk} do not fill shape {self.shape}")
        take_memory(max(size, width * len(self.chunks)) - stored, f"array {self._source.part!r}")

    def _is_borne_out(self) -> bool:
        size = size_of(self.shape, self.kind)
        if self._place.chunk is not None:
            return size <= _DEFLATED * sum(held for _, _, held in self.chunks)
        held = self._place.size if self._place.inline is None else len(self._place.inline)
        return size <= held and self._place.start + held <= len(self._source.data)

    def read(self, shape: Sequence[int] | None = None) -> np.ndarray:
        """Return the elements.

        Args:
            shape: The shape they must have; of arrays in chunks, which may be small on disk, always pass it.

        Raises:
            CorruptFileError: If they have another, or their bytes are not there.
        """
        if shape is not None and tuple(shape) != self.shape:
            raise self._source.corrupt(f"it has shape {self.shape}, not {tuple(shape)}")
        size = size_of(self.shape, self.kind)
        if self._place.chunk is not None:
            return self._read_chunks()
        data: Any
        if self._place.inline is not None:
            data = self._place.inline
        elif self._place.start == NOWHERE and size == 0:
            data = b""
        else:
            data = self._source.view(self._place.start, min(size, self._place.size))
        if len(data) < size or self._filters:
            raise self._source.corrupt(f"it has {len(data)} bytes for {size} of shape {self.shape}")
        return self._make_array(data[:size]).reshape(self.shape)

    def _make_array(self, data: bytes | memoryview) -> np.ndarray:
        if self.kind.dtype is None:
            raise self._source.corrupt("it is an array of texts")
        return self._of_own_type(np.frombuffer(data, self.kind.dtype))

    def _of_own_type(self, array: np.ndarray) -> np.ndarray:
        if self.attributes.get("dtype") == "bfloat16" and array.dtype.itemsize == 2:
            return array.view(np.dtype(jnp.bfloat16))
        return array.astype(array.dtype.newbyteorder("=")) if array.dtype.byteorder == ">" else array

    def _read_chunks(self) -> np.ndarray:
        chunk = self._place.chunk
        assert chunk is not None
        width = size_of(chunk, self.kind)
        if self.kind.dtype is None:
            raise self._source.corrupt("it is an array of texts")
        array = np.zeros(self.shape, self.kind.dtype)
        for place, data in self._chunks():
            data = self._unfilter(data, width)
            whole = np.frombuffer(data, self.kind.dtype).reshape(chunk)
            region = tuple(slice(first, first + length) for first, length in zip(place, chunk, strict=True))
            target = array[region]
            target[...] = whole[tuple(slice(0, length) for length in target.shape)]
        return self._of_own_type(array)

    def _chunks(self) -> Iterator[tuple[tuple[int, ...], bytes]]:
        """Yield each chunk's place in the array and its bytes."""
        for place, start, size in self.chunks:
            yield place, bytes(self._source.view(start, size))

    @cached_property
    def chunks(self) -> list[tuple[tuple[int, ...], int, int]]:
        """Each chunk's place in the array, its address and size; empty for an array in one piece."""
        chunk = self._place.chunk
        return [] if chunk is None else list(self._from_tree(self._place.start, len(chunk), set(), _MOST_LEVELS))

    def _from_tree(
        self, start: int, axes: int, seen: set[int], most: int
    ) -> Iterator[tuple[tuple[int, ...], int, int]]:
        """Yield the chunks below a node of an index of the first kind, which is of a lower level than the one above."""
        source = self._source
        if start == NOWHERE:
            return
        if start in seen:
            raise source.corrupt("its index of chunks has a cycle")
        seen.add(start)
        source.expect(start, b"TREE")
        kind, level, count = source.numbers("BBH", start + 4)
        if kind != 1 or level > most:
            raise source.corrupt("its index of chunks is none")
        step = 8 + 8 * (axes + 1)
        for entry in range(count):
            key = start + 24 + entry * (step + 8)
            size, _ = source.numbers("II", key)
            place = source.numbers(f"{axes}Q", key + 8)
            (child,) = source.numbers("Q", key + step)
            if level:
                yield from self._from_tree(child, axes, seen, level - 1)
            elif any(first >= length for first, length in zip(place, self.shape, strict=True)):
                raise source.corrupt(f"it has a chunk at {place}, outside of its shape {self.shape}")
            else:
                yield place, child, size

    def _unfilter(self, data: bytes, width: int) -> bytes:
        for number in reversed(self._filters):
            if number == 3:  # a checksum behind the data
                data = data[:-4]
            elif number == 1:
                try:
                    data = zlib.decompressobj().decompress(data, width + 1)
                except zlib.error as error:
                    raise self._source.corrupt(f"a chunk cannot be decompressed ({error})") from error
            else:
                count = len(data) // self.kind.size
                data = np.frombuffer(data[: count * self.kind.size], "u1").reshape(self.kind.size, count).T.tobytes()
        if len(data) != width:
            raise self._source.corrupt(f"a chunk has {len(data)} bytes instead of {width}")
        return data


class Group:
    """A folder in a file.

    Args:
        source: The file; its part names the group.
        attributes: The group's attributes.
    """

    def __init__(self, source: Bytes, attributes: dict[str, Any]) -> None:
        self.source = source
        self.attributes = attributes
        self.members: dict[str, Group | Dataset] = {}

    def find(self, path: str) -> Group | Dataset | None:
        """Return the member at a path below, or `None`."""
        found: Group | Dataset | None = self
        for name in filter(None, path.split("/")):
            found = found.members.get(name) if isinstance(found, Group) else None
        return found

    def group(self, path: str) -> Group:
        """Return the group at a path below.

        Raises:
            CorruptFileError: If there is none.
        """
        found = self.find(path)
        if not isinstance(found, Group):
            raise self.source.corrupt(f"there is no group {path!r}")
        return found

    def dataset(self, path: str) -> Dataset:
        """Return the dataset at a path below.

        Raises:
            CorruptFileError: If there is none.
        """
        found = self.find(path)
        if not isinstance(found, Dataset):
            raise self.source.corrupt(f"there is no array {path!r}")
        return found

    def texts(self, name: str) -> list[str]:
        """Return an attribute that lists texts; where it is missing, what `name0`, `name1`, ... hold together."""
        names = [name] if name in self.attributes else []
        while not names or names[-1] != name:
            following = f"{name}{len(names)}"
            if following not in self.attributes:
                break
            names.append(following)
        found = [text for part in names for text in np.atleast_1d(self.attributes[part]).tolist()]
        if not all(isinstance(text, str) for text in found):
            raise self.source.corrupt(f"its attribute {name!r} holds no texts")
        return found


def read(path: str | os.PathLike[str], data: bytes | memoryview | None = None, part: str = "") -> Group:
    """Return the root of a file, all its groups and attributes read, its arrays not yet.

    Args:
        path: The file.
        data: Its bytes, where they are at hand.
        part: What to call them in errors.

    Raises:
        CorruptFileError: If it is not an HDF5 file, or damaged.
        UnsafeFileError: If it has links other than hard ones, or needs what this reader does not do.
    """
    if data is None:
        data = read_whole(Path(path))
    source = Bytes(path, data, part)
    if data[:8] != _SIGNATURE:
        raise CorruptFileError(path, part, "it is not an HDF5 file. Check its name.")
    version, *_ = source.numbers("B", 8)
    if version in (0, 1):
        sizes, start = source.numbers("BB", 13), 24 + 4 * version
        base, _, end, driver = source.numbers("QQQQ", start)
        (root,) = source.numbers("Q", start + 40)
    elif version in (2, 3):
        sizes = source.numbers("BB", 9)
        base, _, end, root = source.numbers("QQQQ", 12)
        driver = NOWHERE
    else:
        raise source.corrupt(f"it has version {version}")
    if sizes != (8, 8) or base != 0 or driver != NOWHERE:
        raise source.unsafe("its addresses are not those of one plain file")
    if end > len(data):
        raise source.corrupt(f"it says that it has {end} bytes, but has {len(data)}")
    group = _group(source, root, part, 0, set())
    _check_pieces(source, group)
    return group


def _group(source: Bytes, address: int, part: str, depth: int, seen: set[int]) -> Group:
    found = _member(source, address, part, depth, seen)
    if not isinstance(found, Group):
        raise source.corrupt("its root is not a group")
    return found


def _member(source: Bytes, address: int, part: str, depth: int, seen: set[int]) -> Group | Dataset:
    own = source.of(part)
    if address in seen:
        raise own.unsafe("a link leads to what has another name already")
    if depth > _MOST_DEPTH:
        raise own.unsafe(f"groups lie more than {_MOST_DEPTH} deep")
    seen.add(address)
    header = messages_of(own, address)
    if header.first(0x07) is not None:
        raise own.unsafe("its elements are in another file (external storage)")
    if header.first(0x08) is not None:
        return Dataset(own, header)
    group = Group(own, header.attributes)
    for name, place in links_of(own, header):
        if name in group.members:
            raise own.corrupt(f"it has a duplicate name {name!r}")
        group.members[name] = _member(source, place, f"{part}/{name}" if part else name, depth + 1, seen)
    return group


def _check_pieces(source: Bytes, group: Group) -> None:
    """Refuse arrays that share bytes of the file: each would count, though they are there once."""
    datasets = list(_datasets(group))
    for dataset in datasets:
        dataset.check_chunks()
    end = 0
    for start, size in sorted(piece for dataset in datasets for piece in dataset.pieces if piece[1]):
        if start < end:
            raise source.unsafe(f"two of its arrays share the bytes at {start}")
        end = start + size


def _datasets(group: Group) -> Iterator[Dataset]:
    for member in group.members.values():
        if isinstance(member, Dataset):
            yield member
        else:
            yield from _datasets(member)


def stored_elements(group: Group) -> int:
    """Return the number of elements of all arrays below a group but an optimizer's and metrics'."""
    total = 0
    for name, member in group.members.items():
        if isinstance(member, Dataset):
            total += member.stored_elements
        elif name not in ("optimizer", "metrics"):
            total += stored_elements(member)
    return total
