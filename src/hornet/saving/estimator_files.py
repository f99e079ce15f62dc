"""The description of an estimator beside the model in a `.keras` file; reading it needs no estimator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hornet.core.errors import CorruptFileError
from hornet.saving.members import ArchiveMembers
from hornet.saving.parsing import parse
from hornet.saving.reading import reading
from hornet.saving.streams import read_all

DESCRIPTION = "estimator.json"
"""The member of the archive."""


def class_in(filepath: str | os.PathLike[str]) -> str | None:
    """Return the name of the class of the estimator for tables that a file holds; `None` for any other file.

    Raises:
        CorruptFileError: If it is a damaged archive.
    """
    described = _described(filepath)
    return None if described is None or "class" not in described else str(described["class"])


def classes_in(filepath: str | os.PathLike[str]) -> Mapping[str, Any] | None:
    """Return the description of the classes that a file holds beside a model alone; `None` for any other file.

    Raises:
        CorruptFileError: If it is a damaged archive.
    """
    described = _described(filepath)
    return None if described is None or "class" in described else described.get("classes")


def _described(filepath: str | os.PathLike[str]) -> Mapping[str, Any] | None:
    """Return the description in a file; `None` where there is none, or where the file is no archive."""
    path = Path(filepath)
    data = b"" if path.is_dir() else read_all(path)
    if not data.startswith(b"PK"):
        return None
    with reading(path, len(data)):
        return description_in(path, data)


def description_in(path: Path, data: bytes) -> Mapping[str, Any] | None:
    """Return the description in the bytes of an archive; `None` where there is none.

    Raises:
        CorruptFileError: If it is damaged.
    """
    members = ArchiveMembers(path, data)
    if DESCRIPTION not in members.names():
        return None
    described = parse(path, DESCRIPTION, members.read(DESCRIPTION))
    if not isinstance(described, Mapping):
        raise CorruptFileError(path, DESCRIPTION, "it is no description of an estimator. Save it again.")
    return described
