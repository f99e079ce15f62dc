"""Errors of files that are not what they should be."""

from __future__ import annotations


class ArgumentError(TypeError, ValueError):
    """An argument is of the wrong kind: Python's habit is the one type, Keras's the other, and code catches either."""


class UnknownKeyError(KeyError, ValueError):
    """A dict has an entry for something that does not exist."""

    __str__ = ValueError.__str__  # a `KeyError` shows its message in quotes


class MissingFileError(FileNotFoundError, ValueError):
    """There is no such file: Python's habit is the one type, Keras's the other."""


ANOTHER_COPY = "Take another copy of the file."
"""What to do about a file that is damaged."""


class FileError(ValueError):
    """Base of the errors that name a file, a part of it and the rule that it breaks.

    Args:
        path: The file.
        part: The part that is wrong; empty for the whole.
        rule: What is wrong with it, and what to do.
    """

    def __init__(self, path: object, part: str, rule: str) -> None:
        where = f"{str(path)!r}, {part}" if part else repr(str(path))
        super().__init__(f"{where}: {rule}")
        self.path, self.part, self.rule = path, part, rule


class CorruptFileError(FileError):
    """A file is damaged, or no file of its kind."""


class UnsafeFileError(FileError):
    """A file requires what loading must not do."""
