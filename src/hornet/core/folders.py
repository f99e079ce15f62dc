"""Paths as users give them, and the folders that files are going to be written into."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError


def path_given(argument: str, given: Any, example: str) -> str:
    """Return a path as text.

    Args:
        argument: Where it was given.
        given: The path.
        example: One such as is meant.

    Raises:
        TypeError: If it is no path.

    Example:
        >>> path_given("filename", Path("log.csv"), "log.csv")
        'log.csv'
    """
    path = cast(Any, os.fspath(cast(Any, given)) if isinstance(given, str | os.PathLike) else "")
    if not isinstance(path, str) or not path:
        raise ArgumentError(f"`{argument}` must be a path, not {describe(given)}. Pass one such as {example!r}.")
    return path


def file_given(argument: str, given: Any, example: str) -> str:
    """Return the path of a file as text; see `path_given`.

    Raises:
        TypeError: If it is no path.
        IsADirectoryError: If it is a folder.
    """
    path = path_given(argument, given, example)
    if os.path.isdir(path):
        advice = f"`{argument}` must be a file, and this is a folder. Name a file in it, such as {example!r}"
        raise IsADirectoryError(errno.EISDIR, advice, path)
    return path


def make_folder_of(path: str | os.PathLike[str]) -> None:
    """Make the folder that a file is going to be written into, before hours are spent on what it is to hold.

    Raises:
        OSError: If it cannot be made, or may not be written to; the error names the file.

    Example:
        >>> make_folder_of("/dev/null/log.csv")
        Traceback (most recent call last):
        NotADirectoryError: [Errno 20] Not a directory: its folder cannot be made or ...: '/dev/null/log.csv'
    """
    folder = Path(path).parent
    try:
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        reason = f"{error.strerror}: its folder cannot be made or written to. Name a place that can"
        raise type(error)(error.errno, reason, os.fspath(path)) from error


@contextmanager
def naming(path: str | os.PathLike[str]) -> Generator[None, None, None]:
    """Let an error of the system's in a block name the file that is written; one on a full disk names none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(path)
        raise
