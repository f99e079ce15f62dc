"""The members of a model's archive, or of a folder in its place, each read by itself."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Protocol

from hornet.core.budget import RATIO, take_memory
from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError
from hornet.core.files import read_whole

_FREE = 4 * 2**20
_MOST_MEMBERS = 10_000
_TABLE = 4 * 2**20


class Members(Protocol):
    """Named bytes."""

    path: Path

    def names(self) -> list[str]:
        """Return the members' names."""
        ...

    def read(self, name: str) -> bytes | memoryview:
        """Return a member's bytes."""
        ...


class FolderMembers:
    """The files below a folder.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        inner = islice((each for each in path.rglob("*") if each.is_file() and not each.is_symlink()), _MOST_MEMBERS)
        self._files = {each.relative_to(path).as_posix(): each for each in inner}

    @property
    def stored(self) -> int:
        """The bytes of all files."""
        return sum(each.stat().st_size for each in self._files.values())

    def names(self) -> list[str]:
        """Return the files' paths below the folder."""
        return list(self._files)

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            CorruptFileError: If there is none.
        """
        if name not in self._files:
            raise CorruptFileError(
                self.path, name, "there is no such file, so it is not a model's folder. Check its name."
            )
        return read_whole(self._files[name], follow=False)


class ArchiveMembers:
    """The members of an archive, each read by itself and never written to disk.

    Args:
        path: The file.
        data: Its bytes.

    Raises:
        CorruptFileError: If it is not an archive.
        UnsafeFileError: If members have the same name, names lead out of the archive, or one is encrypted or grows
            out of all proportion.
    """

    def __init__(self, path: Path, data: bytes) -> None:
        self.path = path
        self._data = data
        _check_count(path, data)
        with _refused_archives(path, ""):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            found = self._archive.infolist()
        self._members = {member.filename: member for member in found}
        if len(self._members) < len(found):
            raise UnsafeFileError(path, "", f"two of its members have the same name. {ANOTHER_COPY}")
        for member in found:
            _check_member(path, member)

    def names(self) -> list[str]:
        """Return the members' names."""
        return list(self._members)

    def read(self, name: str) -> bytes | memoryview:
        """Return a member's bytes.

        Raises:
            CorruptFileError: If there is none, or its checksum is wrong.
        """
        if name not in self._members:
            raise CorruptFileError(
                self.path, name, f"there is no such member, so it is not a model's archive. {ANOTHER_COPY}"
            )
        member = self._members[name]
        if member.compress_type == zipfile.ZIP_STORED:
            return self._view(member)
        take_memory(member.file_size, f"the member {name!r}")
        with _refused_archives(self.path, name), self._archive.open(member) as file:
            data = file.read(member.file_size)
            if len(data) != member.file_size or file.read(1):
                raise CorruptFileError(self.path, name, f"it has not the size that it says. {ANOTHER_COPY}")
        return data

    def _view(self, member: zipfile.ZipInfo) -> memoryview:
        """Return the bytes of a member that is not compressed, where they are."""
        with _refused_archives(self.path, member.filename):
            self._archive.open(member).close()  # which checks the member's header
            name, extra = struct.unpack("<HH", self._data[member.header_offset + 26 : member.header_offset + 30])
            start = member.header_offset + 30 + name + extra
            view = memoryview(self._data)[start : start + member.file_size]
            if len(view) != member.file_size or zlib.crc32(view) != member.CRC:
                raise CorruptFileError(self.path, member.filename, f"its checksum is wrong. {ANOTHER_COPY}")
        return view


def _check_count(path: Path, data: bytes) -> None:
    """Refuse a table of so many members that listing them takes long; it stands at the end."""
    if data[-_TABLE:].count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise UnsafeFileError(path, "", f"it has more than {_MOST_MEMBERS} members. Write fewer files into it.")


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in parts
        or "\0" in member.orig_filename
    ):
        raise UnsafeFileError(path, name, f"its name is a path traversal out of the archive. {ANOTHER_COPY}")
    if member.flag_bits & 0x41:
        raise UnsafeFileError(path, name, "it is encrypted. Decrypt the archive first.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsafeFileError(path, name, "it is compressed by a rare method. Write the archive again without it.")
    if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
        raise CorruptFileError(path, name, f"it has not the size that it says. {ANOTHER_COPY}")
    if member.file_size > max(_FREE, RATIO * member.compress_size):
        raise UnsafeFileError(
            path, name, f"it grows to {member.file_size} bytes from {member.compress_size}. {ANOTHER_COPY}"
        )


_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error,
    OverflowError, LookupError, MemoryError,
)  # fmt: skip
"""Errors of the zip library for damaged files."""


@contextmanager
def _refused_archives(path: Path, part: str) -> Generator[None, None, None]:
    """Turn what the zip library raises for damaged files into an error that names the file."""
    try:
        yield
    except (CorruptFileError, UnsafeFileError):
        raise
    except _ZIP_ERRORS as error:
        raise CorruptFileError(path, part, f"it is not a sound archive ({error}). {ANOTHER_COPY}") from error
