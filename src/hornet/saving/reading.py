"""The frame in which files that are not trusted are read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from hornet.core.budget import OverBudgetError, file_budget
from hornet.core.errors import ANOTHER_COPY, UnsafeFileError


@contextmanager
def reading(path: Any, stored: int, part: str = "") -> Generator[None, None, None]:
    """Let a file be read within what its bytes bear out; whatever goes beyond that is refused by the file's name.

    Args:
        path: The file, for errors.
        stored: Its bytes.
        part: The part that is read, for errors.

    Raises:
        UnsafeFileError: If it requires more.
    """
    try:
        with file_budget(stored):
            yield
    except OverBudgetError as error:
        raise UnsafeFileError(path, part, f"{error}. {ANOTHER_COPY}") from error
    except (MemoryError, RecursionError) as error:
        raise UnsafeFileError(path, part, f"it requires too much ({error}). {ANOTHER_COPY}") from error
