"""The versions of the formats that are Hornet's own, and what is Hornet's own in Keras's."""

from __future__ import annotations

from typing import Any

from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError

FORMAT = "hornet_format"
"""Where a file in one of Keras's formats says which version of Hornet's habits it follows."""
VERSION = "1"
COLUMNS = "hornet_columns"
"""Where it names the columns of the frame that the model was trained on; Keras passes over it."""


def check_version(path: Any, found: Any, known: str, what: str) -> None:
    """Refuse a file of another kind, or of a version that is still to come.

    Args:
        path: The file.
        found: What it says of itself.
        known: What this version writes: words, and a number at the end.
        what: What it should hold.

    Raises:
        CorruptFileError: If it is of another kind.
        UnsafeFileError: If it is of a later version.

    Example:
        >>> check_version("a", "hornet run 2", "hornet run 1", "a run")
        Traceback (most recent call last):
        hornet.core.errors.UnsafeFileError: 'a': it is of format 'hornet run 2', and this Hornet reads ...
    """
    kind, _, version = known.rpartition(" ")
    own, _, number = str(found).rpartition(" ")
    if own != kind or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise CorruptFileError(path, "", f"it holds no {what.removeprefix('a ')}. Name the file that holds one.")
    if int(number) > int(version):
        raise UnsafeFileError(
            path, "", f"it is of format {found!r}, and this Hornet reads {known!r} and before. Install a newer one."
        )


def check_known(path: Any, version: Any) -> None:
    """Refuse a file in one of Keras's formats that a later Hornet wrote; those of Keras itself say nothing.

    Args:
        path: The file.
        version: What it says under `FORMAT`.

    Raises:
        UnsafeFileError: If it is of a later version.
    """
    if version is not None:
        check_version(path, f"hornet {version}", f"hornet {VERSION}", "a model")


def columns_from(path: Any, found: Any) -> tuple[str, ...] | None:
    """Return the names of columns that a file has under `COLUMNS`; `None` if it names none.

    Args:
        path: The file.
        found: What it says there.

    Raises:
        CorruptFileError: If it is no list of different names.
    """
    names: list[Any] = found if isinstance(found, list) else [None] * (found is not None)
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise CorruptFileError(path, COLUMNS, f"it is no list of different names. {ANOTHER_COPY}")
    return tuple(names) or None
