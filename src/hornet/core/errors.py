"""Errors of files and descriptions that are not what they should be."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


class ArgumentError(TypeError, ValueError):
    """An argument is of the wrong kind: Python's habit is the one type, Keras's the other, and code catches either."""


class OutOfBoundsError(IndexError, ValueError):
    """Something has no part in a place that was asked for."""


class SymbolicValueError(TypeError, ValueError, NotImplementedError):
    """A value was asked of a tensor that has none."""


class OutsideCallError(RuntimeError, ValueError):
    """Something that belongs into `call` was done outside of it."""


class NoSuperError(AttributeError, RuntimeError):
    """A class of the user's own did not call `super().__init__()` first."""


class UnknownKeyError(KeyError, ValueError):
    """A dict has an entry for something that does not exist."""

    __str__ = ValueError.__str__  # a `KeyError` shows its message in quotes


class MissingFileError(FileNotFoundError, ValueError):
    """There is no such file: Python's habit is the one type, Keras's the other."""


@contextmanager
def said_of(argument: str, kind: type[Exception] = Exception) -> Generator[None, None, None]:
    """Let an error in a block name the argument that it is about.

    Args:
        argument: The argument.
        kind: The errors that are meant.

    Example:
        >>> with said_of("validation_data"):
        ...     raise ValueError("`y` has NaN. Drop such rows.")
        Traceback (most recent call last):
        ValueError: In `validation_data`: `y` has NaN. Drop such rows.
    """
    try:
        yield
    except kind as error:
        if error.args and isinstance(error.args[0], str) and f"`{argument}" not in error.args[0]:
            error.args = (f"In `{argument}`: {error.args[0]}", *error.args[1:])
        raise


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


class MissingObjectError(FileError, TypeError):
    """A file needs a class or function of the caller's own that was neither passed nor registered."""


class UnknownNameError(ValueError):
    """A family of objects has no member of a name.

    Args:
        family: What a member is called, such as `"loss"`.
        name: The name.
        message: The whole text.
    """

    def __init__(self, family: str, name: Any, message: str) -> None:
        super().__init__(message)
        self.family, self.name = family, name

    @property
    def passing(self) -> str:
        """What to do where the name is the user's own: the line that passes the object."""
        known_as = str(self.name).rpartition(">")[2]
        value = known_as if known_as.isidentifier() else "function"
        line = f"If it is your own, pass it: `custom_objects={{{str(self.name)!r}: {value}}}`"
        return (
            f"{line}, or load with `compile=False`." if self.family in ("loss", "metric", "optimizer") else f"{line}."
        )


class UnknownObjectError(UnknownNameError, TypeError):
    """A description is of a class or function that is not known here."""


class RebuildError(TypeError, ValueError):
    """A user-defined class refused what its description holds."""


@contextmanager
def damaged_config(of: str) -> Generator[None, None, None]:
    """Turn errors of Python's own, to which a damaged config leads, into one that says what the config is of.

    Args:
        of: What is made of the config.

    Example:
        >>> with damaged_config("a wheel"):
        ...     {}["size"]
        Traceback (most recent call last):
        hornet.core.errors.ArgumentError: The config of a wheel is damaged: it lacks 'size'. Pass what `get_config` ...
    """
    try:
        yield
    except ValueError:  # which says it already
        raise
    except (TypeError, LookupError, AttributeError, ArithmeticError) as error:
        problem = f"it lacks {error}" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise ArgumentError(
            f"The config of {of} is damaged: {problem}. Pass what `get_config` or `serialize` returned."
        ) from error
