"""Files to read and to write, looked at before anything is computed."""

from __future__ import annotations

import os
from pathlib import Path

from hornet_cli.failures import ExitCode, Failure


def existing(name: str) -> Path:
    """Return the path of a file or a folder that is there."""
    from hornet.core.suggestions import did_you_mean

    path = Path(name)
    if not path.exists():
        near = did_you_mean(path.name, (one.name for one in path.parent.iterdir())) if path.parent.is_dir() else ""
        raise Failure(ExitCode.FILE, f"{name!r} is not there.{near}")
    return path


def file_to_write(name: str, *endings: str) -> Path:
    """Return the path of a file that can be written, so far as can be seen before there is anything to write."""
    path = Path(name)
    if endings and path.suffix.lower() not in endings:
        raise Failure(ExitCode.FILE, f"{name!r} must end in {' or '.join(endings)}. Add it.")
    if not path.parent.is_dir():
        raise Failure(
            ExitCode.FILE, f"The folder {str(path.parent)!r} is not there. Make it first: mkdir -p {path.parent}"
        )
    if path.is_dir():
        raise Failure(ExitCode.FILE, f"{name!r} is a folder. Name a file.")
    if not os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise Failure(ExitCode.FILE, f"Nothing can be written to the folder {str(path.parent)!r}. Name another.")
    return path
