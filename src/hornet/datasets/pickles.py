"""Arrays and plain containers in pickles, of which nothing else is read: no code that a file names is ever called."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError

_ARRAYS = {("_reconstruct", module) for module in ("numpy.core.multiarray", "numpy._core.multiarray")} | {
    ("ndarray", "numpy"),
    ("dtype", "numpy"),
}


class _ArrayUnpickler(pickle.Unpickler):
    """Knows how NumPy makes an array, and no other class or function."""

    def __init__(self, data: bytes, path: object, part: str) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")
        self._path, self._part = path, part

    def find_class(self, module: str, name: str) -> Any:
        if (name, module) == ("encode", "_codecs"):
            return _latin_1
        if (name, module) in _ARRAYS:
            return np.ndarray if name == "ndarray" else np.dtype if name == "dtype" else _new_array
        rule = f"it asks for `{module}.{name}`, which a data set does not need; nothing was run. {ANOTHER_COPY}"
        raise UnsafeFileError(self._path, self._part, rule)


def _latin_1(text: str, encoding: str) -> bytes:
    """Return bytes that Python 2's way of pickling keeps as text."""
    return text.encode("latin-1")


def _new_array(kind: Any, shape: Any, typecode: Any) -> np.ndarray:
    """Return the empty array that a pickle fills next."""
    return np.ndarray((0,), "b")


def load(data: bytes, path: object, part: str) -> Any:
    """Return what a pickle holds: numbers, text, bytes, lists, tuples, dicts, and arrays of them.

    Args:
        data: The pickle, of Python 2 or 3; text of Python 2 comes back as bytes.
        path: The file that it comes from, for errors.
        part: Which part of the file it is.

    Raises:
        UnsafeFileError: If it names anything else; nothing of that is called.
        CorruptFileError: If it is damaged.

    Example:
        >>> load(pickle.dumps({"x": [1, 2]}), "numbers.pkl", "")
        {'x': [1, 2]}
        >>> load(pickle.dumps(print), "numbers.pkl", "")
        Traceback (most recent call last):
        hornet.core.errors.UnsafeFileError: 'numbers.pkl': it asks for `builtins.print`, which a data set does not \
need; nothing was run. Take another copy of the file.
    """
    try:
        return _ArrayUnpickler(data, path, part).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, TypeError, KeyError) as error:
        raise CorruptFileError(path, part, f"it is not a whole pickle ({error}). {ANOTHER_COPY}") from error


def load_npz(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a `.npz` file by name, those of Python objects too."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): _read(archive.read(name), path, name) for name in archive.namelist()}


def _read(data: bytes, path: Path, part: str) -> np.ndarray:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, dtype = header(stream)
    if not dtype.hasobject:
        return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return load(data[stream.tell() :], path, part)
