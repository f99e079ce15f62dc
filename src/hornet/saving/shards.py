"""Weights that are spread over several files, with a map of them: `m.weights.json`, `m_00000.weights.h5`, ..."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.budget import add_stored
from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError
from hornet.core.files import atomic_write, read_whole
from hornet.saving import hdf5
from hornet.saving.hdf5_writer import image, write_pieces
from hornet.saving.keras3 import Entry, write_entries
from hornet.saving.parsing import parse

_MAP = "weight_map"


def read(path: Path, data: bytes) -> hdf5.Group:
    """Return the arrays of all files of a map.

    Args:
        path: The map.
        data: Its bytes.

    Raises:
        CorruptFileError: If it is not a map, or a file is damaged.
        FileNotFoundError: If a file is missing.
        UnsafeFileError: If it names a file that is none of its own: a neighbour with its name and a number.
    """
    mapped = parse(path, "", data).get(_MAP)
    if not isinstance(mapped, Mapping) or not mapped:
        raise CorruptFileError(path, _MAP, f"it names no files. {ANOTHER_COPY}")
    own = re.compile(re.escape(path.stem.replace(".weights", "")) + r"_\d{5}\.weights\.h5")
    names = [name for value in mapped.values() for name in (value if isinstance(value, list) else [value])]
    for name in names:
        if not isinstance(name, str) or not own.fullmatch(name):
            raise UnsafeFileError(
                path, _MAP, f"it names {name!r}, which is not one of its own files. Give all of them their first names."
            )
    first, *others = (hdf5.read(path.with_name(name), _neighbour(path, name)) for name in sorted(set(names)))
    for other in others:
        _add(other, first)
    return first


def _neighbour(path: Path, name: str) -> bytes:
    """Return the bytes of a file beside the map; a link out of the folder is somebody else's choice of a file."""
    beside = path.with_name(name)
    real = Path(os.path.realpath(beside))
    if real.parent != Path(os.path.realpath(beside.parent)):
        raise UnsafeFileError(beside, "", "it is a link out of its folder, which is not followed. Put the file there.")
    data = read_whole(real, follow=False)
    add_stored(len(data))
    return data


def write(path: Path, held: Iterable[Entry], size: float) -> None:
    """Write arrays to several files, and then the map of them.

    Args:
        path: The map, `*.weights.json`; the files are its neighbours.
        held: What `keras3.entries` yields.
        size: The most GiB of arrays in one file.

    Raises:
        ValueError: If an array is larger.
    """
    files = _distributed(held, size * 2**30)
    described: dict[str, Any] = {"metadata": {"total_size": 0}, _MAP: {}}
    for number, entries in enumerate(files):
        name = f"{path.stem.replace('.weights', '')}_{number:05}.weights.h5"
        made = image(partial(write_entries, held=entries))
        with atomic_write(path.with_name(name)) as new:
            write_pieces(new, made)
        for group, _, arrays in entries:
            described["metadata"]["total_size"] += sum(np.asarray(array).nbytes for array in arrays.values())
            if arrays:
                described[_MAP].setdefault(f"/{group}", []).append(name)
    with atomic_write(path) as new:
        new.write_text(json.dumps(described, indent=4))


def _distributed(held: Iterable[Entry], most: float) -> list[list[Entry]]:
    """Return the entries of each file; where one is full, the rest of an object's arrays is in the next."""
    files: list[list[Entry]] = [[]]
    taken = 0
    for group, name, arrays in held:
        files[-1].append((group, name, {}))
        for key, array in arrays.items():
            bytes_of = np.asarray(array).nbytes
            if bytes_of > most:
                raise ValueError(
                    f"Weight {key} of {name!r} has {bytes_of} bytes, more than the {most:.0f} of `max_shard_size`. "
                    f"Pass at least {bytes_of / 2**30:.3g}."
                )
            if taken + bytes_of > most:
                files.append([(group, name, {})])
                taken = 0
            files[-1][-1][2][key] = array
            taken += bytes_of
    return files


def _add(other: hdf5.Group, group: hdf5.Group) -> None:
    for name, member in other.members.items():
        present = group.members.setdefault(name, member)
        if isinstance(present, hdf5.Group) and isinstance(member, hdf5.Group):
            if present is not member:
                _add(member, present)
        elif present is not member:
            raise other.source.corrupt(f"{name!r} is in another file as well")
