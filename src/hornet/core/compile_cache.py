"""JAX's cache of compiled programs, in a folder of one user's, each entry with a checksum of ours.

JAX writes an entry in place, leaves one that is there, and has no checksum of it where its compressor brings none: what
a kill or a disk has damaged would be run as machine code, or warned of by every later process.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

_MARK = b"hornet program 1\n"
_DIGEST = 32


def place() -> Path:
    """Return the folder of compiled programs.

    Raises:
        OSError: If the user has no home, and says of no folder instead.
    """
    given = os.environ.get("HORNET_CACHE", "")
    if given.strip().lower() not in ("", "on", "1", "true", "yes"):
        return Path(given)
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):  # as the standard has it
        try:
            cache = Path.home() / ".cache"
        except RuntimeError as error:
            raise FileNotFoundError("this user has no home folder") from error
    return Path(cache) / "hornet" / "programs"


def make_private(folder: Path) -> None:
    """Make a folder where only this user writes; a compiled program is code.

    Raises:
        OSError: If it cannot be made, or belongs to another user, or another one may put something in its place.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not hasattr(os, "getuid"):
        return
    real = Path(os.path.realpath(folder))
    if real.stat().st_uid != os.getuid():
        raise PermissionError("it belongs to another user")
    for above in real.parents:
        _require_safe(above)
    if stat.S_IMODE(real.stat().st_mode) != 0o700:
        real.chmod(0o700)


def _require_safe(folder: Path) -> None:
    """Refuse a folder in which another user may rename what is this user's."""
    status = folder.stat()
    if status.st_uid not in (os.getuid(), 0, os.stat("/").st_uid):
        raise PermissionError(f"{folder} belongs to another user, who could put other programs in its place")
    foreign = stat.S_IWOTH | (0 if status.st_gid in (os.getgid(), 0) else stat.S_IWGRP)
    if status.st_mode & foreign and not status.st_mode & stat.S_ISVTX:
        raise PermissionError(f"others may write to {folder}, and could put other programs in its place")


class CheckedCache:
    """Another cache of bytes by key, with a checksum of each entry.

    Args:
        base: JAX's cache.
        folder: Where its entries are.
    """

    def __init__(self, base: Any, folder: Path) -> None:
        self._base = base
        self._path = folder

    def get(self, key: str) -> bytes | None:
        """Return an entry; `None` where there is none, or it is damaged, and then it makes way for another."""
        file = self._path / f"{key}-cache"
        entry = self._base.get(key) if _is_own(file) else None
        begun = len(_MARK) + _DIGEST
        if entry is not None and entry[:begun] == _MARK + _digest(entry[begun:]):
            return entry[begun:]
        with suppress(OSError):
            file.unlink()
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep an entry."""
        self._base.put(key, _MARK + _digest(value) + value)


def _is_own(file: Path) -> bool:
    """Return whether only this user can have written a file: a folder may have been open to others before."""
    try:
        status = file.lstat()
    except OSError:
        return False
    is_mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return is_mine and stat.S_ISREG(status.st_mode) and not status.st_mode & stat.S_IWOTH


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=_DIGEST).digest()


def install(folder: Path) -> None:
    """Let JAX look through a checksum at the entries of a folder; other folders are the user's own.

    Raises:
        OSError: If this version of JAX makes its cache elsewhere, so that nothing would be checked.
    """
    module: Any = import_module("jax._src.compilation_cache")
    make: Any = getattr(module, "get_file_cache", None)
    if make is None:
        raise FileNotFoundError("this version of JAX makes its cache elsewhere")

    def checked(path: str) -> Any:
        made = make(path)
        return (CheckedCache(made[0], folder), path) if made is not None and Path(path) == folder else made

    module.get_file_cache = checked
