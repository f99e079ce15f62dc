"""Open files in the place of names: a model goes to memory, into an archive or over a connection."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.files import read_whole
from hornet.core.types import FileLike


def target_of(filepath: FileLike) -> Path | IO[bytes]:
    """Return the path that a name stands for, or the open file itself.

    Raises:
        TypeError: If it is a file of text, or neither.

    Example:
        >>> target_of("model.keras").suffix, target_of(io.BytesIO(b"ab")).read()
        ('.keras', b'ab')
    """
    if isinstance(filepath, str | os.PathLike):
        return Path(filepath)
    if isinstance(filepath, io.TextIOBase):
        raise ArgumentError(f"{describe(filepath)} is open for text. Open it for bytes, as in `open(name, 'wb')`.")
    if not hasattr(filepath, "read") and not hasattr(filepath, "write"):
        advice = "Pass one such as 'model.keras'."
        if isinstance(filepath, bytes | bytearray):
            advice = "Bytes go into one by `io.BytesIO(data)`."
        raise ArgumentError(f"`filepath` must be a name or an open file of bytes, not {describe(filepath)}. {advice}")
    return filepath


def shown_path(file: Path | IO[bytes]) -> Path:
    """Return what errors call a file: its path; for an open one the name that it was opened by, or its kind."""
    if isinstance(file, Path):
        return file
    name: Any = getattr(file, "name", None)
    return Path(name) if isinstance(name, str | os.PathLike) else Path(f"<{type(file).__name__}>")


def write_to(file: IO[bytes], pieces: Sequence[Any]) -> None:
    """Write bytes to an open file, from where it stands."""
    for piece in pieces:
        file.write(piece)


def read_all(target: Path | IO[bytes]) -> bytes:
    """Return the bytes of a file, of an open one from where it stands.

    Raises:
        FileNotFoundError: If there is none; it is a `ValueError` as well.
    """
    return read_whole(target) if isinstance(target, Path) else bytes(target.read())
