"""Tables in files: which files, which of their columns are inputs, labels and weights, and how errors name a place."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from hornet.core.containers import to_numbers
from hornet.core.errors import ANOTHER_COPY, ArgumentError, CorruptFileError, MissingFileError
from hornet.core.suggestions import did_you_mean
from hornet.data.blocks import Block, Blocks

FileLike: TypeAlias = "str | os.PathLike[str]"
Names: TypeAlias = "str | Sequence[str] | None"
BLOCK_BYTES = 1 << 22
"""About the bytes of a block where files are not divided, and of what is read at a time where they are."""


class Tables(Blocks):
    """The rows of files with the same columns, one file behind another.

    Iterating yields the blocks in the order of the rows, as arrays: inputs; or inputs and labels; or inputs, labels and
    weights.

    Args:
        names: The columns' names, as the first file has them.
        target: The column of labels, or several; `None` for none.
        columns: The columns that are inputs; `None` for all others.
        sample_weight: The column of weights; `None` for none.
        index: The columns that number or name the rows, which are inputs only where `columns` names them.

    Raises:
        ValueError: If there is no such column.
    """

    def __init__(
        self,
        names: Sequence[str],
        target: Names,
        columns: Names,
        sample_weight: str | None,
        index: Collection[str] = (),
    ) -> None:
        self._states: dict[Path, tuple[int, int]] = {}
        self._target = target
        self._sample_weight = sample_weight
        beside = {*_listed(target), *_listed(sample_weight), *index}
        self._columns = [name for name in names if name not in beside] if columns is None else _listed(columns)
        self._wanted = list(dict.fromkeys([*self._columns, *_listed(target), *_listed(sample_weight)]))
        for name in self._wanted:
            if name not in names:
                raise ArgumentError(
                    f"There is no column {name!r} in the first file.{did_you_mean(name, names)} It has "
                    f"{', '.join(map(repr, names[:20]))}{' and others' * (len(names) > 20)}."
                )
        if not self._columns:
            raise ArgumentError("No column is left for the inputs. Name them in `columns`.")

    def __iter__(self) -> Iterator[Any]:
        for block in self.blocks:
            for x, y, sample_weight in self.read(block):
                parts = [to_numbers("x", x)]
                if y is not None:
                    parts.append(to_numbers("y", y))
                if sample_weight is not None:
                    parts.append(to_numbers("sample_weight", sample_weight))
                yield parts[0] if len(parts) == 1 else tuple(parts)

    def read(self, block: Block) -> Iterator[tuple[Any, Any, Any]]:
        path, part = block.key[:2]
        with reading(path, part):
            if _state_of(path) != self._states[path]:
                raise CorruptFileError(
                    path, "", "it has changed since it was opened. Leave files as they are meanwhile."
                )
            for table in self._tables(block):
                yield table.select(self._columns), _of(table, self._target), _of(table, self._sample_weight)

    @property
    def identity(self) -> Any:
        files = [(str(path.resolve()), *state) for path, state in self._states.items()]
        return files, self._columns, _listed(self._target), _listed(self._sample_weight)

    def _keep_state(self, path: Path) -> None:
        """Remember what a file is like, so that it shows when it has changed."""
        self._states[path] = _state_of(path)

    @abstractmethod
    def _tables(self, block: Block) -> Iterator[Any]:
        """Yield the rows of a block as Arrow tables of the columns that are wanted."""


def files_in(path: Any, *endings: str) -> list[Path]:
    """Return the files that a path stands for, in the order of their names.

    Args:
        path: A file; a folder, of which all files with such an ending count, those in folders inside too; or a list.
        *endings: How names of files end.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If the names of two files of a folder differ in the ending alone, as they may hold the same rows.
    """
    if isinstance(path, list | tuple):
        return [file for one in path for file in files_in(one, *endings)]
    given = Path(path)
    if given.is_dir():
        # What begins with a point or a line is a note of those who write such folders.
        inside = (file for file in given.rglob("*") if file.name.endswith(endings) and file.name[0] not in "._")
        found = sorted(file for file in inside if file.is_file())
        _refuse_twins(found, endings)
    else:
        found = [given] if given.is_file() else []
    if not found:
        what = f"holds no file whose name ends in {endings[0]!r}" if given.is_dir() else "is not there"
        raise MissingFileError(f"{str(path)!r} {what}. Pass a file, or a folder of them.")
    return found


def _refuse_twins(files: Sequence[Path], endings: Sequence[str]) -> None:
    known: dict[str, Path] = {}
    for file in files:
        stem = next(str(file).removesuffix(ending) for ending in endings if file.name.endswith(ending))
        if known.setdefault(stem, file) != file:
            raise ArgumentError(
                f"The folder holds {known[stem].name!r} and {file.name!r}, which may be the same rows twice. Pass a "
                "list of the files that count."
            )


@contextmanager
def reading(path: Path, part: str = "") -> Generator[None, None, None]:
    """Name the file and the part of it where reading fails.

    Raises:
        FileNotFoundError: If the file is gone.
        CorruptFileError: If it is not what it was, or damaged.
    """
    try:
        yield
    except FileNotFoundError as error:
        where = f"{str(path)!r}, {part}," if part else repr(str(path))
        raise MissingFileError(f"{where} cannot be read: the file is gone.") from error
    except (OSError, ValueError, KeyError) as error:
        if isinstance(error, CorruptFileError | ArgumentError):
            raise
        raise CorruptFileError(path, part, f"it cannot be read: {str(error).rstrip('.')}. {ANOTHER_COPY}") from error


def _of(table: Any, names: Names) -> Any:
    """Return a column of an Arrow table, or several as a table."""
    return None if names is None else table.column(names) if isinstance(names, str) else table.select(list(names))


def _state_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _listed(names: Names) -> list[str]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)
