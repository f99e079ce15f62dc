"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from hornet.core.errors import MissingFileError


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Generator[Path, None, None]:
    """Give the path of an empty file that takes a file's place when the block ends, and not before.

    Whatever happens meanwhile, an error, a kill or a power cut, there is the old file or the new one. The new file is
    a neighbour of the old one, as only within a folder a file can be replaced at once. What a killed process left of
    its own attempts is removed by the next attempt.

    Args:
        path: The file; a link is followed.

    Raises:
        OSError: If the file cannot be written; the error names it, and the old one is as it was.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
        >>> with atomic_write(path) as new:
        ...     _ = new.write_text("1 2 3")
        >>> path.read_text()
        '1 2 3'
    """
    target = Path(os.path.realpath(path))
    new = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        _remove_leftovers(target)
        new.touch()
        yield new
        if target.exists():
            shutil.copymode(target, new)
        _flush(new)
        os.replace(new, target)
        _flush(target.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno,
            f"{reason}. The file was not written, and one that was there is as it was. Check that its folder "
            "exists, may be written to and has room",
            str(path),
        ) from error
    finally:
        with suppress(OSError):
            new.unlink()


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Generator[Path, None, None]:
    """Give an empty folder that takes a folder's place when the block ends without an error, and not before.

    Args:
        path: The folder, or the file that it replaces.

    Raises:
        OSError: If it cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "parts"
        >>> with atomic_folder(path) as new:
        ...     _ = (new / "one.txt").write_text("1")
        >>> [file.name for file in path.iterdir()]
        ['one.txt']
    """
    target = Path(os.path.realpath(path))
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        new.mkdir()
        yield new
        if target.exists():
            os.replace(target, old)
        os.replace(new, target)
        _flush(target.parent)


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        FileNotFoundError: If there is none; it is a `ValueError` as well.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(error.errno, "There is no such file. Check its name and folder", str(path)) from error


def _flush(path: Path) -> None:
    """Have the system store what it holds back of a file, or of a folder where the system can."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(target: Path) -> None:
    for leftover in target.parent.glob(f".{_literally(target.name)}.*.tmp"):
        process = leftover.name.split(".")[-3]
        if process.isdigit() and not _runs(int(process)):
            with suppress(OSError):
                leftover.unlink()


def _literally(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def _runs(process: int) -> bool:
    if os.name == "nt":  # where asking is killing
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
