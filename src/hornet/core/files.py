"""Files that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from hornet.core.budget import allowed
from hornet.core.errors import ANOTHER_COPY, MissingFileError, UnsafeFileError

_DAY = 24 * 60 * 60
_LONGEST_NAME = 255  # bytes, of nearly every file system
_MOST_PIECES = 10_000


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Generator[Path, None, None]:
    """Give the path of an empty file that takes a file's place when the block ends, and not before.

    Whatever happens meanwhile, an error, a kill or a power cut, there is the old file or the new one. The new file is
    a neighbour of the old one, as only within a folder a file can be replaced at once. What a killed process left of
    its own attempts is removed by the next attempt on the same machine, or on any after a day.

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
    prefix = _prefix(target)
    new = target.with_name(f"{prefix}{this_system()}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        _require_replaceable(target)
        new.touch()
        _remove_leftovers(target.parent, prefix, new)
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
    if not target.is_dir():
        _require_replaceable(target)
    with tempfile.TemporaryDirectory(prefix=_prefix(target), dir=target.parent) as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        new.mkdir()
        yield new
        if target.exists():
            os.replace(target, old)
        os.replace(new, target)
        _flush(target.parent)


def read_whole(path: Path, follow: bool = True) -> bytes:
    """Return the bytes of a file, once it is sure that it is one.

    Args:
        path: The file.
        follow: Whether a link is followed.

    Raises:
        FileNotFoundError: If there is none; it is a `ValueError` as well.
        UnsafeFileError: If it is a folder, a device or the like, or has much less on the disk than it says.
    """
    # Not to wait for a writer, should the path become a pipe after it was looked at.
    more = getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    try:
        require_regular(path, os.stat(path, follow_symlinks=follow))
        file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | more))  # noqa: SIM115  (below)
    except FileNotFoundError as error:
        raise MissingFileError(error.errno, "There is no such file. Check its name and folder", str(path)) from error
    with file:
        status = os.fstat(file.fileno())
        require_regular(path, status)
        stored = _stored_bytes(file.fileno(), status)
        if status.st_size > allowed(stored):
            raise UnsafeFileError(path, "", f"it says {status.st_size} bytes, but has {stored}. {ANOTHER_COPY}")
        try:
            return file.read(status.st_size)
        except MemoryError as error:
            raise UnsafeFileError(path, "", f"its {status.st_size} bytes are more than memory has room for") from error


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link",
}


def _kind(status: os.stat_result) -> str | None:
    """Return what stands in the place of a file; `None` for one."""
    return None if stat.S_ISREG(status.st_mode) else _KINDS.get(stat.S_IFMT(status.st_mode), "no file")


def require_regular(path: Path, status: os.stat_result | None = None) -> None:
    """Raise `UnsafeFileError` for what is no file: a folder, a device, a pipe; a link counts as what it leads to."""
    status = os.stat(path) if status is None else status
    kind = _kind(status)
    if kind is not None:
        raise UnsafeFileError(path, "", f"it is {kind}, which is not read. Name a file.")


def _require_replaceable(target: Path) -> None:
    """Raise `OSError` for what must not become a file: a device, for example, is the whole machine's."""
    try:
        kind = _kind(os.lstat(target))
    except OSError:  # there is none, or its folder is missing: writing says so
        return
    if kind == "a folder":
        raise IsADirectoryError(21, "it is a folder")
    if kind is not None:
        raise OSError(22, f"it is {kind}, in the place of which no file is put", str(target))


def _stored_bytes(descriptor: int, status: os.stat_result) -> int:
    """Return how many bytes of a file are on the disk; holes read as zeros without being there."""
    size, place, stored = status.st_size, 0, 0
    if getattr(status, "st_blocks", size) * 512 >= size or not hasattr(os, "SEEK_HOLE"):
        return size
    # Fewer blocks than bytes may mean compression, or blocks that are not allotted yet, so the holes are looked for.
    for _ in range(_MOST_PIECES):
        try:
            first = os.lseek(descriptor, place, os.SEEK_DATA)
        except OSError:  # there is nothing but a hole
            break
        place = os.lseek(descriptor, first, os.SEEK_HOLE)
        stored += place - first
        if place >= size or allowed(stored) >= size:
            break
    os.lseek(descriptor, 0, os.SEEK_SET)
    return stored


def _flush(path: Path) -> None:
    """Have the system store what it holds back of a file, or of a folder where the system can."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(target: Path) -> str:
    """Return how the names of a file's temporary neighbours begin; a digest stands for a name that is too long."""
    prefix = f".{target.name}."
    return prefix if len(os.fsencode(prefix)) < _LONGEST_NAME - 40 else f".{_digest(target.name)}."


def _remove_leftovers(folder: Path, prefix: str, new: Path) -> None:
    """Remove what killed processes have left: of this system's those that are gone, of others' what is a day old.

    Folders are shared, by containers and over networks, and a number says nothing about another system's processes.
    """
    now = new.stat().st_mtime  # by the clock of the folder's own system
    for leftover in folder.glob(f"{_literally(prefix)}*.tmp"):
        system, _, process = leftover.name.removeprefix(prefix).partition(".")
        process = process.partition(".")[0]
        with suppress(OSError, OverflowError):
            is_own = system == this_system() and process.isdigit()
            if leftover != new and (not is_running(int(process)) if is_own else now - leftover.stat().st_mtime > _DAY):
                leftover.unlink()


@cache
def this_system() -> str:
    """Return a name of where this process's number means something: its machine since the start, and its namespace."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts = [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return _digest(" ".join(parts))


def _digest(text: str) -> str:
    return hashlib.blake2b(os.fsencode(text), digest_size=6).hexdigest()


def _literally(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def is_running(process: int) -> bool:
    """Return whether there is a process of some number on this system."""
    if os.name == "nt":  # where asking is killing
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
