"""How a command ends that does not succeed: one sentence, and an exit code for each kind of failure."""

from __future__ import annotations

import sys
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command ends with; the kinds and numbers do not change."""

    FAULT = 1
    USAGE = 2
    FILE = 3
    TABLE = 4
    COLUMNS = 5
    MODEL = 6
    LIBRARY = 7
    REFUSED = 8
    INTERRUPTED = 130
    PIPE = 141


MEANINGS = {
    ExitCode.FAULT: "a fault of hornet",
    ExitCode.USAGE: "unknown command, option or value",
    ExitCode.FILE: "a file or folder that is not there, or cannot be read or written",
    ExitCode.TABLE: "not a table, or an empty one",
    ExitCode.COLUMNS: "columns that are not those that are needed",
    ExitCode.MODEL: "not a model, or a damaged one",
    ExitCode.LIBRARY: "a library is not installed",
    ExitCode.REFUSED: "refused, as the rows, the target and the model do not fit",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.PIPE: "nobody reads the output any more",
}


class Failure(Exception):
    """A command cannot be carried out.

    Args:
        code: The kind.
        sentence: What is wrong, and what to do.
    """

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def failure_of(error: Exception) -> Failure | None:
    r"""Return an error as what the user is told of it; `None` for a fault, whose traceback is to be seen.

    Args:
        error: What a command raised.

    Example:
        >>> failure_of(ValueError("The rows\n do not fit.")).code
        <ExitCode.REFUSED: 8>
        >>> failure_of(KeyError("rows")) is None
        True
    """
    if isinstance(error, Failure):
        return error
    code = _code_of(error)
    return None if code is None else Failure(code, " ".join(_said(error).split()))


def _code_of(error: Exception) -> ExitCode | None:
    errors = sys.modules.get("hornet.core.errors")
    if errors is not None and isinstance(error, errors.FileError):
        return ExitCode.MODEL
    if isinstance(error, OSError):
        return ExitCode.FILE
    if type(error) is ImportError:  # what names an extra; others are `ModuleNotFoundError`
        return ExitCode.LIBRARY
    return ExitCode.REFUSED if isinstance(error, ValueError | NotImplementedError | MemoryError) else None


def _said(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory. Take fewer rows."
    if isinstance(error, OSError) and error.strerror is not None:
        where = "" if error.filename is None else f"{str(error.filename)!r}: "
        return f"{where}{error.strerror.rstrip('.')}."
    return str(error)
