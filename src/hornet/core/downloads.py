"""Files from the network: found on the disk or downloaded whole, checked, and unpacked without leaving their folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from hornet.core.checks import warn


def keras_home() -> Path:
    """Return Keras's folder, where both keep what they download: `KERAS_HOME`, or `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def data_folder() -> Path:
    """Return the folder of data sets: `HORNET_DATA`, or `datasets` in Keras's folder; it need not exist."""
    chosen = os.environ.get("HORNET_DATA")
    return Path(chosen).expanduser() if chosen else keras_home() / "datasets"


def has_content(path: Path, digest: str) -> bool:
    """Return whether a file is there whose SHA-256, or MD5 for one of 32 digits, is the expected one."""
    algorithm = "md5" if len(digest) == 32 else "sha256"
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest.lower()


def download(url: str, path: Path, digest: str | None = None) -> None:
    """Write what is behind a URL to a file, which holds all of it or is as it was.

    Args:
        url: An address of http, https, ftp or a local file.
        path: The file; its folder is made.
        digest: SHA-256, or MD5, that the content must have.

    Raises:
        FileNotFoundError: If it cannot be had; the error says where to put the file.
        ValueError: If the content is not the expected one.
    """
    pooch: Any = import_module("pooch")  # only here: a file that is on the disk should not pay for an HTTP client
    algorithm = "md5" if digest is not None and len(digest) == 32 else "sha256"
    local = urlsplit(url).scheme == "file"
    try:
        make_private_folder(path.parent)
        # Beside it first: where the download fails, a file that is there stays.
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as scratch:
            whole = pooch.retrieve(
                url,
                known_hash=None if digest is None else f"{algorithm}:{digest}",
                fname=path.name,
                path=scratch,
                downloader=_copy if local else None,
            )
            os.replace(whole, path)
    except ValueError as error:
        raise ValueError(
            f"What was downloaded from {url} is incomplete or another file: its hash is not {digest}. Try again, or "
            f"put a good copy at {path}."
        ) from error
    except OSError as error:
        whose = "" if digest is None else f" (its {algorithm.upper()} is {digest})"
        raise FileNotFoundError(
            f"{url} could not be downloaded: {error}. Where there is no network, put the file at {path}{whose}."
        ) from error


def unpack(archive: Path, folder: Path, kinds: tuple[str, ...] = ("tar", "zip")) -> bool:
    """Unpack an archive into a folder, which holds all of it or nothing; return whether it is one of these kinds.

    Members that would lie outside the folder, links that lead out of it, and devices are left out, with a warning.

    Args:
        archive: A tar file, compressed or not, or a zip file.
        folder: The folder to make; one that is there is replaced.
        kinds: Which kinds to try: `"tar"`, `"zip"`.
    """
    if "tar" in kinds and tarfile.is_tarfile(archive):
        with _replaced(folder) as new, tarfile.open(archive) as tar:
            tar.extractall(new, filter=_inside)
        return True
    if "zip" in kinds and zipfile.is_zipfile(archive):
        with _replaced(folder) as new, zipfile.ZipFile(archive) as packed:
            packed.extractall(new, members=list(_names_inside(packed, new)))
        return True
    return False


def _copy(url: str, output: Any, pooch: Any) -> None:
    shutil.copyfile(url2pathname(urlsplit(url).path), output)


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for this user alone."""
    for part in reversed((folder, *folder.parents)):
        part.mkdir(mode=0o700, exist_ok=True)


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError as error:
        warn(f"{member.name!r} was left out while unpacking: {error}")
        return None


def _names_inside(packed: zipfile.ZipFile, folder: Path) -> Iterator[str]:
    for name in packed.namelist():
        # `extractall` would drop the leading dots and write the member somewhere else than it says.
        if (folder / name).resolve().is_relative_to(folder.resolve()):
            yield name
        else:
            warn(f"{name!r} was left out while unpacking: it would lie outside the folder")


@contextmanager
def _replaced(folder: Path) -> Generator[Path, None, None]:
    """Give a new folder that takes another's place when the block ends without an error."""
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield new
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
