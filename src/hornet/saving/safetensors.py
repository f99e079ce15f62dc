"""Arrays by name in one file, in the safetensors format: a length, a header in JSON, and the arrays' bytes.

Source:
    https://github.com/huggingface/safetensors, section Format.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.core.files import atomic_write, read_whole
from hornet.saving.parsing import parse
from hornet.saving.reading import reading

_TYPES = {
    "BOOL": np.dtype("bool"),
    "U8": np.dtype("uint8"),
    "I8": np.dtype("int8"),
    "U16": np.dtype("uint16"),
    "I16": np.dtype("int16"),
    "U32": np.dtype("uint32"),
    "I32": np.dtype("int32"),
    "U64": np.dtype("uint64"),
    "I64": np.dtype("int64"),
    "F16": np.dtype("float16"),
    "BF16": np.dtype(jnp.bfloat16),
    "F32": np.dtype("float32"),
    "F64": np.dtype("float64"),
}
_CODES = {dtype: code for code, dtype in _TYPES.items()}
_LENGTH = 8
_MOST_HEADER = 100_000_000  # bytes, as the format says
_FACTS = "__metadata__"
_MOST_AXES = 32
_MOST_NUMBER = 2**48  # elements


def write(path: str | os.PathLike[str], arrays: Mapping[str, Any], facts: Mapping[str, str] | None = None) -> None:
    """Write arrays to a file, whole or not at all.

    Args:
        path: The file.
        arrays: Arrays by name.
        facts: Texts by name to keep with them.

    Raises:
        OSError: If the file cannot be written.
        TypeError: If an array has a type that the format does not know.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "a.safetensors"
        >>> write(path, {"kernel": np.ones((2, 3), "float32")}, {"made": "today"})
        >>> arrays, facts = read(path)
        >>> arrays["kernel"].shape, facts
        ((2, 3), {'made': 'today'})
    """
    header: dict[str, Any] = {_FACTS: dict(facts)} if facts else {}
    parts: list[np.ndarray] = []
    end = 0
    for name, value in arrays.items():
        array = np.asarray(value)
        if array.dtype not in _CODES:
            raise TypeError(f"Array {name!r} has type {array.dtype}, which safetensors files cannot hold.")
        header[name] = {
            "dtype": _CODES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
        parts.append(array)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the arrays' bytes are aligned
    with atomic_write(path) as new, open(new, "wb") as file:
        file.write(len(text).to_bytes(_LENGTH, "little") + text)
        for array in parts:
            file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the arrays of a file and the texts kept with them.

    Nothing in the file is trusted: no more memory is taken than it has bytes.

    Args:
        path: The file.

    Raises:
        CorruptFileError: If it is not a safetensors file, or damaged.
        UnsafeFileError: If its table requires more than the file bears out.
    """
    arrays, facts = views(path, read_whole(Path(path)))
    return {name: array.copy() for name, array in arrays.items()}, facts


def views(path: str | os.PathLike[str], data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return what `read` does of a file's bytes, the arrays where they lie among these.

    Args:
        path: The file, for errors.
        data: Its bytes.
    """
    view = memoryview(data)
    length = int.from_bytes(view[:_LENGTH], "little")
    begun = _LENGTH + length
    if len(data) < begun or length > _MOST_HEADER:
        raise CorruptFileError(path, "header", f"it is longer than the file. {ANOTHER_COPY}")
    with reading(path, len(data), "header"):
        header = parse(path, "header", view[_LENGTH:begun])
    facts = header.pop(_FACTS, {})
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise CorruptFileError(path, _FACTS, f"it must hold texts. {ANOTHER_COPY}")
    _check(path, header, len(data) - begun)
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        held = np.frombuffer(view[begun + first : begun + last], _TYPES[entry["dtype"]])
        arrays[name] = held.reshape(entry["shape"])
    return arrays, facts


def _check(path: Any, header: Mapping[str, Any], room: int) -> None:
    """Refuse arrays whose bytes are not theirs alone, or are not there."""
    end = 0
    try:
        entries = sorted(header.items(), key=lambda entry: tuple(entry[1]["data_offsets"]))
        for name, entry in entries:
            first, last = entry["data_offsets"]
            shape, dtype = entry["shape"], _TYPES[entry["dtype"]]
            numbers = [first, last, *shape]
            if not all(type(number) is int and 0 <= number <= _MOST_NUMBER for number in numbers):
                raise CorruptFileError(
                    path, name, "its sizes must be integers of at least 0, and none can be so large."
                )
            if len(shape) > _MOST_AXES or math.prod(filter(None, shape)) > _MOST_NUMBER:
                raise CorruptFileError(path, name, f"it has a shape that no array has. {ANOTHER_COPY}")
            if first != end or last - first != math.prod(shape) * dtype.itemsize or last > room:
                raise CorruptFileError(path, name, f"its bytes are not where its shape says. {ANOTHER_COPY}")
            end = last
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, CorruptFileError):
            raise
        raise CorruptFileError(path, "header", f"an entry is not an array's ({error}). {ANOTHER_COPY}") from error
    if end != room:
        raise CorruptFileError(path, "", f"it has bytes that belong to no array. {ANOTHER_COPY}")
