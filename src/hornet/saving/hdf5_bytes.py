"""Bytes of an HDF5 file, read with every bound checked, and the descriptions of types, sizes and addresses in them.

Source:
    The HDF5 file format specification, version 3.0, sections III.D, III.E and IV.A.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError

NOWHERE = 0xFFFF_FFFF_FFFF_FFFF
_MOST_AXES = 32
_MOST_ELEMENTS = 2**48
_FREE_READS = 2**20
_READS = 4
_LEAST = 16
"""What taking a few bytes counts beside them, as it takes time."""
_PLAIN = "Write it with h5py's default settings."


class Progress:
    """What is known of a file while it is read: how many bytes may still be taken, and its heaps.

    Structures that overlap would be read again and again, so all that is taken together is bounded; arrays aside.

    Args:
        size: The file's size.
    """

    def __init__(self, size: int) -> None:
        self.left = _FREE_READS + _READS * size
        self.heaps: dict[int, dict[int, tuple[int, int]]] = {}
        """Where each text of each heap is, and how long."""


class Bytes:
    """The bytes of a file, and errors that name it.

    Args:
        path: The file's name, for errors.
        data: Its bytes.
        part: Which part of the file is being read, for errors.
        progress: What is known of the file; that nothing is read yet by default.
    """

    def __init__(self, path: Any, data: bytes | memoryview, part: str = "", progress: Progress | None = None) -> None:
        self.path = path
        self.data = data
        self.part = part
        self.progress = progress or Progress(len(data))

    def of(self, part: str) -> Bytes:
        """Return the same bytes, read for another part."""
        return Bytes(self.path, self.data, part, self.progress)

    def within(self, message: bytes) -> Bytes:
        """Return bytes that were taken from these, and that are read by structures of their own."""
        return Bytes(self.path, message, self.part, self.progress)

    def corrupt(self, problem: str) -> CorruptFileError:
        """Return the error for damaged bytes."""
        return CorruptFileError(self.path, self.part, f"{problem}. {ANOTHER_COPY}")

    def unsafe(self, problem: str) -> UnsafeFileError:
        """Return the error for what is not read merely because a file says so."""
        return UnsafeFileError(self.path, self.part, f"{problem}, which is not followed. {_PLAIN}")

    def view(self, start: int, size: int) -> memoryview:
        """Return a view of bytes, all of which must be there."""
        if start < 0 or size < 0 or start + size > len(self.data):
            raise self.corrupt(f"it points to {size} bytes at {start}, behind the end of the file")
        return memoryview(self.data)[start : start + size]

    def take(self, start: int, size: int) -> bytes:
        """Return bytes, all of which must be there.

        Raises:
            UnsafeFileError: If those taken so far are more than the file has, many times over.
        """
        self.progress.left -= size + _LEAST
        if self.progress.left < 0:
            raise self.unsafe("its structures overlap, and would be read many times over")
        return bytes(self.view(start, size))

    def until(self, byte: bytes, start: int, end: int) -> bytes | None:
        """Return the bytes before the first of a kind in a stretch; `None` where there is none."""
        size = 64
        while True:
            taken = self.take(start, min(size, end - start))
            found = taken.find(byte)
            if found >= 0:
                return taken[:found]
            if start + size >= end:
                return None
            size *= 8

    def numbers(self, layout: str, start: int) -> tuple[Any, ...]:
        """Return little-endian numbers."""
        layout = f"<{layout}"
        return struct.unpack(layout, self.take(start, struct.calcsize(layout)))

    def expect(self, start: int, signature: bytes) -> None:
        """Raise an error unless a structure begins with its signature."""
        if self.take(start, len(signature)) != signature:
            raise self.corrupt(f"there is no {signature.decode('latin-1')!r} at {start}")


@dataclass(frozen=True)
class Kind:
    """A type of elements: a NumPy type, or texts kept elsewhere in the file (`dtype` is `None`)."""

    dtype: np.dtype | None
    size: int


@dataclass(frozen=True)
class Place:
    """Where a dataset's bytes are: in one piece, or in chunks behind filters.

    Args:
        start: Address of the piece, or of the index of chunks.
        size: Bytes of the piece.
        chunk: Shape of a chunk, or `None` where there is one piece.
        inline: The bytes themselves, where they stand in the header.
    """

    start: int
    size: int
    chunk: tuple[int, ...] | None = None
    inline: bytes | None = None


def read_shape(source: Bytes, message: bytes) -> tuple[int, ...]:
    """Return the shape that a dataspace message describes."""
    part = source.within(message)
    version, axes, _, kind = part.numbers("BBBB", 0)
    if version not in (1, 2) or axes > _MOST_AXES:
        raise source.corrupt(f"a shape has version {version} and {axes} axes")
    if version == 2 and kind == 2:
        return (0,)
    shape = part.numbers(f"{axes}Q", 8 if version == 1 else 4)
    if math.prod(filter(None, shape)) > _MOST_ELEMENTS:
        raise source.corrupt("a shape has no end")
    return shape


def read_kind(source: Bytes, message: bytes) -> Kind:
    """Return the type that a datatype message describes."""
    part = source.within(message)
    kind, bits, _, _, size = part.numbers("BBBBI", 0)
    order = ">" if bits & 1 else "<"
    match kind & 0x0F:
        case 0 if size in (1, 2, 4, 8):
            return Kind(np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}"), size)
        case 1 if size in (2, 4, 8):
            return Kind(_float(part, order, size), size)
        case 3 if 0 < size <= 65536:
            return Kind(np.dtype(f"S{size}"), size)
        case 5 if size == 2:  # how h5py keeps bfloat16 where HDF5 has no such type
            return Kind(np.dtype("V2"), size)
        case 8:  # an enumeration: h5py's booleans
            base = read_kind(part, message[8:20])
            if base.dtype is None or base.dtype.itemsize != 1:
                raise source.corrupt("it has an enumeration that is not a boolean")
            return Kind(np.dtype("bool"), 1)
        case 9 if bits & 0x0F == 1 and size == 16:
            return Kind(None, size)
    raise source.unsafe(f"it has elements of HDF5's class {kind & 0x0F} with {size} bytes")


def _float(part: Bytes, order: str, size: int) -> np.dtype:
    _, _, _, exponent, _, mantissa = part.numbers("HHBBBB", 8)
    if (size, exponent, mantissa) == (2, 8, 7):
        return np.dtype(jnp.bfloat16)
    if (size, exponent, mantissa) not in ((2, 5, 10), (4, 8, 23), (8, 11, 52)):
        raise part.corrupt(f"it has floats with {exponent} and {mantissa} bits")
    return np.dtype(f"{order}f{size}")


def read_place(source: Bytes, message: bytes) -> Place:
    """Return the address that a layout message describes."""
    part = source.within(message)
    version, kind = part.numbers("BB", 0)
    if kind == 3 and version == 4:
        raise source.unsafe("its elements are in other datasets (a virtual dataset)")
    if version not in (3, 4) or kind > 2 or (version == 4 and kind == 2):
        raise source.unsafe(f"its elements have layout {version}.{kind}")
    if kind == 0:
        (size,) = part.numbers("H", 2)
        return Place(0, size, inline=part.take(4, size))
    if kind == 1:
        start, size = part.numbers("QQ", 2)
        return Place(start, size)
    (axes,) = part.numbers("B", 2)
    if not 1 < axes <= _MOST_AXES:
        raise source.corrupt(f"its chunks have {axes - 1} axes")
    (start,) = part.numbers("Q", 3)
    return Place(start, 0, chunk=part.numbers(f"{axes}I", 11)[:-1])


def read_filters(source: Bytes, message: bytes) -> list[int]:
    """Return the numbers of the filters that chunks went through; none but HDF5's own three are known."""
    part = source.within(message)
    version, count = part.numbers("BB", 0)
    if version not in (1, 2) or count > 8:
        raise source.corrupt(f"a list of filters has version {version} and {count} entries")
    start = 8 if version == 1 else 2
    filters: list[int] = []
    for _ in range(count):
        (number,) = part.numbers("H", start)
        if number not in (1, 2, 3):
            raise source.unsafe(f"it requires filter {number}")
        if version == 1:
            name, _, values = part.numbers("HHH", start + 2)
            start += 8 + name + 4 * (values + values % 2)
        else:
            _, values = part.numbers("HH", start + 2)
            start += 6 + 4 * values
        filters.append(number)
    return filters


def size_of(shape: Sequence[int], kind: Kind) -> int:
    """Return the number of bytes of elements of a shape."""
    return math.prod(shape) * kind.size
