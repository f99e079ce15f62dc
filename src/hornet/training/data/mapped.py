"""Arrays that lie in files, of which blocks of rows are read: memory maps, and data sets of HDF5 or Zarr."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from hornet.core.containers import is_number, is_sparse, refilled
from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.core.frames import is_of_frame_library, rows_of_frame
from hornet.data.blocks import Block, Blocks
from hornet.training.data.convert import as_numbers, as_rows
from hornet.training.data.maps import map_of
from hornet.training.digests import digest_of_rows

LARGE_BYTES = 1 << 29
"""Arrays in files that are larger together are read by blocks, smaller ones whole. It is the same on every machine."""
BLOCK_BYTES = 1 << 22
"""About the bytes of a block: few enough that many are in a buffer, enough that a disk reads them in one go."""
_IN_MEMORY = ("__dlpack__", "__array_interface__", "__cuda_array_interface__", "numpy")
"""What arrays and tensors in memory have, of whatever library."""


def large_arrays(x: Any, y: Any, sample_weight: Any) -> Blocks | None:
    """Return the blocks of arrays of which those in files are large; `None` for anything else."""
    if type(x) is np.ndarray and x.nbytes < LARGE_BYTES and y is None:  # the shortest way, for predictions row by row
        return None
    parts = {"x": x, "y": y, "sample_weight": sample_weight}
    in_files = [part for name, given in parts.items() for _, part in _named(given, name) if _is_in_file(part)]
    if sum(map(_bytes, in_files)) <= LARGE_BYTES:
        return None
    return ArrayBlocks(x, y, sample_weight)


class ArrayBlocks(Blocks):
    """The rows of arrays, at least one of which lies in a file.

    Args:
        x: Inputs: an array, or a list, tuple or dict of arrays.
        y: Labels, likewise; or `None`.
        sample_weight: Weights, likewise; or `None`.

    Raises:
        ValueError: If one has more rows than another.
    """

    def __init__(self, x: Any, y: Any = None, sample_weight: Any = None) -> None:
        parts = {"x": x, "y": y, "sample_weight": sample_weight}
        named = [pair for name, given in parts.items() for pair in _named(given, name)]
        (first, leaf), *others = named
        for name, part in others:
            if _rows(part) != _rows(leaf):
                raise ValueError(
                    f"`{first}` has {_rows(leaf)} rows but `{name}` has {_rows(part)}. "
                    "Pass one entry of each for every row."
                )
        in_files = [part for _, part in named if _is_in_file(part)]
        maps = [array for array in map(map_of, in_files) if array is not None]
        self._ends = {str(array.filename): array.offset + array.nbytes for array in maps}
        rows, length = _rows(leaf), _rows_of_block(in_files)
        self._blocks = [
            Block((start, min(start + length, rows)), min(length, rows - start), start)
            for start in range(0, rows, length)
        ]
        self._parts = {name: _over(part, _sliceable, name) for name, part in parts.items()}

    @property
    def blocks(self) -> Sequence[Block]:
        return self._blocks

    @property
    def identity(self) -> Any:
        named = [pair for name, given in self._parts.items() for pair in _named(given, name)]
        return [(name, _identity_of(name, part)) for name, part in named]

    def read(self, block: Block) -> Iterator[tuple[Any, Any, Any]]:
        for path, end in self._ends.items():
            # Reading behind the end of a memory map would end the process.
            if not os.path.exists(path) or os.stat(path).st_size < end:
                raise CorruptFileError(path, "", f"it has fewer than the {end} bytes that were mapped. {ANOTHER_COPY}")
        rows = partial(_between, *block.key)
        x, y, sample_weight = (_over(part, rows, name) for name, part in self._parts.items())
        yield x, y, sample_weight


def _sliceable(name: str, part: Any) -> Any:
    return part if _is_in_file(part) or is_sparse(part) or is_of_frame_library(part) else as_numbers(name, part)


def _between(start: int, stop: int, name: str, part: Any) -> Any:
    """Return rows of a part, in memory."""
    if is_of_frame_library(part):
        return rows_of_frame(part, start, stop)
    if is_sparse(part):
        return part[start:stop]
    try:
        return np.asarray(part[start:stop])
    except Exception as error:
        file = getattr(getattr(part, "file", None), "filename", name)
        what = f"rows {start} to {stop - 1} of `{name}`"
        raise CorruptFileError(file, what, f"they cannot be read: {error}. {ANOTHER_COPY}") from error


def _rows_of_block(in_files: Sequence[Any]) -> int:
    """Return how many rows a block has: whole chunks, where a file is made of such."""
    size = sum(_bytes(part) / len(part) for part in in_files)
    rows = max(1, round(BLOCK_BYTES / size))
    # What is compressed together is read together.
    chunk = max((chunks[0] for part in in_files if (chunks := getattr(part, "chunks", None))), default=1)
    return math.ceil(rows / chunk) * chunk


def _is_in_file(part: Any) -> bool:
    if isinstance(part, np.ndarray):
        return map_of(part) is not None
    has_rows = all(hasattr(part, name) for name in ("shape", "dtype", "__getitem__", "__len__"))
    if not has_rows or any(hasattr(part, name) for name in _IN_MEMORY):
        return False
    is_other = is_of_frame_library(part) or is_sparse(part)
    return bool(part.shape) and not is_other and is_number(np.dtype(part.dtype))


def _identity_of(name: str, part: Any) -> Any:
    """Return what tells an array from others: where it lies in a file of which age, or the digest of its numbers."""
    array = map_of(part)
    path = getattr(getattr(part, "file", None), "filename", None) if array is None else array.filename
    if path is not None and os.path.exists(path):
        stat = os.stat(path)
        place = getattr(part, "name", "") if array is None else array.offset
        return os.path.abspath(path), stat.st_size, stat.st_mtime_ns, place, repr(part.shape)
    return repr(part.shape) if _is_in_file(part) else digest_of_rows(as_rows(name, part))


def _bytes(part: Any) -> int:
    return math.prod(part.shape) * np.dtype(part.dtype).itemsize


def _rows(part: Any) -> int:
    return part.shape[0] if hasattr(part, "shape") else len(part)


def _named(part: Any, name: str) -> list[tuple[str, Any]]:
    """Return the arrays in a part, with what errors call them."""
    found: list[tuple[str, Any]] = []
    _over(part, lambda *named: found.append(named), name)
    return found


def _over(part: Any, function: Callable[[str, Any], Any], name: str) -> Any:
    """Return a part with each array in it replaced by what a function makes of its name and of it."""
    if part is None:
        return None
    if isinstance(part, Mapping):
        return {key: _over(entry, function, f"{name}[{key!r}]") for key, entry in part.items()}
    if isinstance(part, list | tuple) and any(getattr(entry, "shape", ()) for entry in part):
        return refilled(part, (_over(entry, function, f"{name}[{place}]") for place, entry in enumerate(part)))
    return function(name, part)
