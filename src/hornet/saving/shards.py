"""Weights that Keras 3 spread over several files, with a map of them: `m.weights.json`, `m_00000.weights.h5`, ..."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError
from hornet.saving import hdf5
from hornet.saving.description import parse

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
    first, *others = (hdf5.read(path.with_name(name)) for name in sorted(set(names)))
    for other in others:
        _add(other, first)
    return first


def _add(other: hdf5.Group, group: hdf5.Group) -> None:
    for name, member in other.members.items():
        present = group.members.setdefault(name, member)
        if isinstance(present, hdf5.Group) and isinstance(member, hdf5.Group):
            if present is not member:
                _add(member, present)
        elif present is not member:
            raise other.source.corrupt(f"{name!r} is in another file as well")
