"""Open files in the place of names: a model goes to memory, into an archive or over a connection."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TypeGuard

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError


def is_open_file(target: Any) -> TypeGuard[IO[bytes]]:
    """Return whether something is an open file, and not the name of one.

    Raises:
        TypeError: If it is a file of text, or neither.

    Example:
        >>> is_open_file(io.BytesIO()), is_open_file("model.keras")
        (True, False)
    """
    if isinstance(target, str | os.PathLike):
        return False
    if isinstance(target, io.TextIOBase):
        raise ArgumentError(f"{describe(target)} is open for text. Open it for bytes, as in `open(name, 'wb')`.")
    if not hasattr(target, "read") and not hasattr(target, "write"):
        wrap = " Bytes go into one by `io.BytesIO(data)`." if isinstance(target, bytes | bytearray | memoryview) else ""
        raise ArgumentError(f"`filepath` must be a name or an open file of bytes, not {describe(target)}.{wrap}")
    return True


def shown_name(file: IO[bytes]) -> Path:
    """Return what errors call an open file: the name that it was opened by, or its kind."""
    name: Any = getattr(file, "name", None)
    return Path(name) if isinstance(name, str | os.PathLike) else Path(f"<{type(file).__name__}>")


def write_to(file: IO[bytes], pieces: Sequence[Any]) -> None:
    """Write bytes to an open file, from where it stands."""
    for piece in pieces:
        file.write(piece)


def read_rest(file: IO[bytes]) -> bytes:
    """Return the bytes of an open file, from where it stands."""
    return bytes(file.read())
