"""Headers of objects in an HDF5 file: their messages, attributes and links.

Source:
    The HDF5 file format specification, version 3.0, sections III.A to III.E and IV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hornet.saving.hdf5_bytes import NOWHERE, Bytes, read_kind, read_shape, size_of

_MOST_MESSAGES = 100_000
_MOST_LEVELS = 16
_LONGEST_NAME = 65_536


@dataclass
class Header:
    """The messages of an object's header.

    Args:
        messages: Number of the kind and bytes of each.
        attributes: Attributes by name.
    """

    messages: list[tuple[int, bytes]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)

    def first(self, kind: int) -> bytes | None:
        """Return the first message of a kind, or `None`."""
        return next((data for number, data in self.messages if number == kind), None)


def messages_of(source: Bytes, address: int) -> Header:
    """Return the header at an address.

    Raises:
        UnsafeFileError: If a message is stored elsewhere (a shared one), or attributes are in a heap.
    """
    header = Header()
    blocks = _first_block(source, address)
    seen = {blocks[0][0]}
    for start, end, second in blocks:  # which grows
        for kind, flags, data in _messages(source, start, end, second):
            if flags & 0x02 and kind in (0x01, 0x03, 0x08, 0x0B, 0x0C):
                raise source.unsafe("a part of its header is stored elsewhere (a shared message)")
            if kind == 0x10:
                place, size = source.within(data).numbers("QQ", 0)
                if place in seen or len(seen) > 1000:
                    raise source.corrupt("its header has a cycle")
                seen.add(place)
                if second is not None:
                    source.expect(place, b"OCHK")
                    blocks.append((place + 4, place + size - 4, second))
                else:
                    blocks.append((place, place + size, None))
            elif kind == 0x0C:
                name, value = _attribute(source, data)
                header.attributes[name] = value
            elif kind == 0x15 and source.within(data).numbers("Q", 4 if data[1] & 1 else 2) != (NOWHERE,):
                raise source.unsafe("its attributes are kept in a heap")
            else:
                header.messages.append((kind, data))
            if len(header.messages) > _MOST_MESSAGES:
                raise source.corrupt("its header has too many messages")
    return header


def _first_block(source: Bytes, address: int) -> list[tuple[int, int, int | None]]:
    """Return where a header's messages begin and end, and for the second version the bytes of a creation order."""
    if source.take(address, 4) != b"OHDR":
        version, _, _, _, size = source.numbers("BBHII", address)
        if version != 1:
            raise source.corrupt(f"there is no header at {address}")
        return [(address + 16, address + 16 + size, None)]
    version, flags = source.numbers("BB", address + 4)
    if version != 2:
        raise source.corrupt(f"its header has version {version}")
    start = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(source.take(start, width), "little")
    return [(start + width, start + width + size, 2 if flags & 4 else 0)]


def _messages(source: Bytes, start: int, end: int, second: int | None) -> Iterator[tuple[int, int, bytes]]:
    prefix = 8 if second is None else 4 + second
    while start + prefix <= end:
        if second is None:
            kind, size, flags = source.numbers("HHB", start)
        else:
            kind, size, flags = source.numbers("BHB", start)
        if start + prefix + size > end:
            raise source.corrupt("a message is longer than its header")
        yield kind, flags, source.take(start + prefix, size)
        start += prefix + size


# --- attributes -----------------------------------------------------------------------------------------


def _attribute(source: Bytes, message: bytes) -> tuple[str, Any]:
    part = source.within(message)
    version, flags, *sizes = part.numbers("BBHHH", 0)
    if version not in (1, 2, 3) or (version > 1 and flags):
        raise source.unsafe("an attribute's type is stored elsewhere")
    start, pieces = (9 if version == 3 else 8), []
    for size in sizes:
        pieces.append(part.take(start, size))
        start += size + (-size % 8 if version == 1 else 0)
    name = _text(source, pieces[0].split(b"\0")[0])
    kind, shape = read_kind(source, pieces[1]), read_shape(source, pieces[2])
    size = size_of(shape, kind)
    data = part.take(start, size)
    if kind.dtype is None:
        count = size // kind.size
        texts = [_heap_text(source, *part.numbers("IQI", start + 16 * place)) for place in range(count)]
        return name, texts[0] if shape == () else texts
    array = np.frombuffer(data, kind.dtype).reshape(shape)
    if kind.dtype.kind == "S":
        texts = [_text(source, value) for value in array.ravel().tolist()]
        return name, texts[0] if shape == () else texts
    return name, array.item() if shape == () and kind.dtype.kind in "iufb" else array


def _heap_text(source: Bytes, size: int, address: int, index: int) -> str:
    """Return a text in a global heap."""
    if size == 0:
        return ""
    heaps = source.progress.heaps
    if address not in heaps:
        heaps[address] = dict(_heap_places(source, address))
    start, held = heaps[address].get(index, (0, 0))
    if size > held:
        raise source.corrupt("a text is not where it should be")
    return _text(source, source.take(start, size))


def _heap_places(source: Bytes, address: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the number of each text of a global heap, where it is and how long."""
    source.expect(address, b"GCOL")
    (length,) = source.numbers("Q", address + 8)
    end = address + length
    if end > len(source.data):
        raise source.corrupt("a heap of texts is longer than the file")
    start = address + 16
    while start + 16 <= end:
        number, _, _, held = source.numbers("HHIQ", start)
        if number == 0:
            break
        yield number, (start + 16, held)
        start += 16 + held + -held % 8


def _text(source: Bytes, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise source.corrupt("a text is not UTF-8") from error


# --- links ----------------------------------------------------------------------------------------------


def links_of(source: Bytes, header: Header) -> Iterator[tuple[str, int]]:
    """Yield the name of each member of a group, and the address of its header.

    Raises:
        UnsafeFileError: If a link is not a hard link.
    """
    table = header.first(0x11)
    if table is not None:
        tree, heap = source.within(table).numbers("QQ", 0)
        source.expect(heap, b"HEAP")
        size, _, start = source.numbers("QQQ", heap + 8)
        source.view(start, size)  # which must be there
        yield from _from_tree(source, tree, (start, start + size), set(), _MOST_LEVELS)
    information = header.first(0x02)
    if information is not None:
        part = source.within(information)
        if part.numbers("Q", 10 if information[1] & 1 else 2) != (NOWHERE,):
            raise source.unsafe("its links are kept in a heap (h5py's `libver='latest'`)")
    for kind, data in header.messages:
        if kind == 0x06:
            yield _link(source, data)


def _from_tree(
    source: Bytes, address: int, names: tuple[int, int], seen: set[int], most: int
) -> Iterator[tuple[str, int]]:
    """Yield names and addresses below a node of an index, which must be of a lower level than the one above it."""
    if address in seen:
        raise source.corrupt("its index of names has a cycle")
    seen.add(address)
    source.expect(address, b"TREE")
    kind, level, count = source.numbers("BBH", address + 4)
    if kind != 0 or level > most:
        raise source.corrupt("its index of names is none")
    for entry in range(count):
        (child,) = source.numbers("Q", address + 32 + 16 * entry)
        if level:
            yield from _from_tree(source, child, names, seen, level - 1)
            continue
        if child in seen:
            raise source.corrupt("its index of names has a cycle")
        seen.add(child)
        source.expect(child, b"SNOD")
        (symbols,) = source.numbers("H", child + 6)
        for place in range(symbols):
            name, header, cached = source.numbers("QQI", child + 8 + 40 * place)
            if cached == 2 or header == NOWHERE:
                raise source.unsafe("it has a soft link")
            yield _name_at(source, names, name), header


def _name_at(source: Bytes, names: tuple[int, int], offset: int) -> str:
    start, end = names[0] + offset, names[1]
    name = source.until(b"\0", start, min(end, start + _LONGEST_NAME)) if start < end else None
    if name is None:
        raise source.corrupt("a name has no end")
    return _name(source, name)


def _name(source: Bytes, data: bytes) -> str:
    name = _text(source, data)
    if name in ("", ".", "..") or "/" in name:
        raise source.unsafe(f"it has a member named {name!r}")
    return name


def _link(source: Bytes, message: bytes) -> tuple[str, int]:
    part = source.within(message)
    version, flags = part.numbers("BB", 0)
    if version != 1:
        raise source.corrupt(f"a link has version {version}")
    start, kind = 2, 0
    if flags & 0x08:
        (kind,) = part.numbers("B", start)
        start += 1
    if kind != 0:
        raise source.unsafe("it has a soft or an external link")
    start += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(part.take(start, width), "little")
    name = _name(source, part.take(start + width, length))
    (address,) = part.numbers("Q", start + width + length)
    return name, address
