"""Files that a program fetches before it begins."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from hornet.core.checks import one_of, warn
from hornet.core.downloads import download, has_content, keras_home, unpack

_DIGITS = {"sha256": 64, "md5": 32}


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str | os.PathLike[str] = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Return the path of a file that is downloaded unless it is there; Keras's folders and names.

    A download is written whole or not at all. An archive is unpacked beside it, without the members that would lie
    outside its folder.

    Args:
        fname: Name of the file; by default the last part of the address. For an archive, the name of the folder.
        origin: The address, of http, https, ftp or a local file.
        untar: As `extract`, for a tar file.
        md5_hash: As `file_hash`, an MD5.
        file_hash: SHA-256 or MD5 of the file; a file of another content is downloaded again.
        cache_subdir: Folder in `cache_dir`; an absolute one stands alone.
        hash_algorithm: `"sha256"`, `"md5"`, or `"auto"`: the one whose digests are as long as `file_hash`.
        extract: Whether the file is an archive to unpack.
        archive_format: `"tar"`, `"zip"`, a list of them, or `"auto"` for both.
        cache_dir: Folder of what is kept; by default `KERAS_HOME`, or `~/.keras`.
        force_download: Whether to download a file that is there.

    Returns:
        The file's path, or the folder's for an archive.

    Raises:
        ValueError: If there is no `origin`, `fname` is more than a name, or the content is not the expected one.
        FileNotFoundError: If the file cannot be downloaded.

    Example:
        >>> source = Path(tempfile.mkdtemp()) / "rows.csv"
        >>> _ = source.write_text("1,2")
        >>> path = get_file(origin=source.as_uri(), cache_dir=tempfile.mkdtemp())
        >>> Path(path).name, Path(path).read_text()
        ('rows.csv', '1,2')
    """
    if origin is None:
        raise ValueError("`get_file` needs `origin`, the address of the file. Pass it.")
    one_of("hash_algorithm", hash_algorithm, ("auto", *_DIGITS))
    digest = file_hash if file_hash is not None else md5_hash
    lengths = tuple(_DIGITS.values()) if hash_algorithm == "auto" else (_DIGITS[hash_algorithm],)
    if digest is not None and len(digest) not in lengths:
        raise ValueError(f"`file_hash` {digest!r} has {len(digest)} digits. Pass a SHA-256 of 64 or an MD5 of 32.")
    folder = _writable(Path(cache_dir).expanduser() if cache_dir is not None else keras_home()) / cache_subdir
    name = os.fspath(fname) if fname else PurePosixPath(unquote(urlsplit(origin).path)).name
    if not name or name != Path(name).name:
        raise ValueError(f"`fname` must be a name without folders, not {name!r}. Say the folder with `cache_dir`.")
    if not (extract or untar):
        return os.fspath(_fetched(origin, folder / name, digest, force_download))
    stem, dot, _ = name.partition(".")
    target = folder / (name if fname and dot else f"{name}_archive")
    unpacked = folder / (f"{stem}_extracted" if fname and dot else name)
    was_there = unpacked.is_dir() and not force_download and (digest is None or has_content(target, digest))
    _fetched(origin, target, digest, force_download)
    formats = "tar" if untar else archive_format
    formats = ("tar", "zip") if formats == "auto" else (formats,) if isinstance(formats, str) else tuple(formats or ())
    if not was_there and not unpack(target, unpacked, formats):
        warn(f"{target} could not be unpacked: it is not an archive of the formats {formats}. Pass `archive_format`.")
    return os.fspath(unpacked)


def _fetched(origin: str, path: Path, digest: str | None, force: bool) -> Path:
    is_there = path.is_file() if digest is None else has_content(path, digest)
    if force or not is_there:
        download(origin, path, digest)
    return path


def _writable(folder: Path) -> Path:
    """Return a folder, or one for this process alone where the user may not write to it."""
    nearest = next(part for part in (folder, *folder.parents) if part.exists())
    return folder if os.access(nearest, os.W_OK) else _temporary_folder()


@cache
def _temporary_folder() -> Path:
    # A new one, not Keras's `/tmp/.keras`: what lies there anybody may have put there.
    return Path(tempfile.mkdtemp(prefix="keras-"))
