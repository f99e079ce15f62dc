"""Files of comma-separated values, read by stretches of lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hornet.core.checks import warn
from hornet.core.errors import ArgumentError, CorruptFileError
from hornet.core.imports import optional_module
from hornet.core.suggestions import explained
from hornet.data.blocks import Block
from hornet.data.tables import BLOCK_BYTES, FileLike, Names, Tables, files_in, reading

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ")
"""How files begin that gzip, bzip2, zip, zstd and xz write."""
_NO_NAMES = ("", "Unnamed: 0")
"""What pandas calls an index without a name, when it writes one and when it has read it."""


@explained("csv")
def csv(
    path: FileLike | Sequence[FileLike],
    target: Names = None,
    columns: Names = None,
    sample_weight: str | None = None,
    dtype: Any = None,
    sep: str = ",",
) -> Tables:
    r"""Return the rows of CSV files, to pass as `x` in the place of arrays; they are read as they are needed.

    The first line of each file names its columns. How many rows there are shows when all have been read once. No value
    may hold a line break.

    Args:
        path: A file; a folder, of which all files count whose names end in `.csv`, those in folders inside too; or a
            list of such.
        target: The column of labels; for several outputs, or labels of several columns, a list. `None` for rows to
            predict.
        columns: The columns that are inputs, in their order; `None` for all others but a first one without a name that
            numbers the rows, as `to_csv` of pandas writes it. A model with several inputs takes them by their names, as
            it does of a frame.
        sample_weight: The column that holds the weight of each row.
        dtype: The type of the values, such as `"float32"`; or a dict of types by column. Columns without have that
            which the first 4 MB show.
        sep: What stands between values.

    Returns:
        A source for `fit`, `evaluate`, `predict`, `validation_data` and `adapt`. Iterating over it yields arrays,
        `(x, y)`, block by block.

    Raises:
        ImportError: If pyarrow is not installed.
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such column, or a file has other columns than the first.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> for part in range(2):
        ...     with open(f"{folder}/{part}.csv", "w") as file:
        ...         _ = file.write("rooms,age,price\n1.0,9,1.5\n2.0,4,2.5\n")
        >>> [(x.shape, y.tolist()) for x, y in csv(folder, target="price")]
        [((2, 2), [1.5, 2.5]), ((2, 2), [1.5, 2.5])]
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> history = model.fit(csv(folder, target="price"), epochs=2, verbose=0)
    """
    return CSVTables(files_in(path, ".csv"), target, columns, sample_weight, dtype, sep)


class CSVTables(Tables):
    """The rows of CSV files; see `csv`."""

    def __init__(
        self,
        paths: Sequence[Path],
        target: Names,
        columns: Names,
        sample_weight: str | None,
        dtype: Any,
        sep: str,
    ) -> None:
        self._arrow = optional_module("pyarrow", "data")
        self._csv = optional_module("pyarrow.csv", "data")
        self._sep = sep
        self._names: list[str] = []
        self._types: dict[str, Any] = {}
        self._blocks: list[Block] = []
        for path in paths:
            with reading(path):
                names, begin = self._header(path)
                size = path.stat().st_size
            if not self._names:
                self._names = names
                super().__init__(names, target, columns, sample_weight)
                if columns is None and self._is_index(path, begin, size):
                    super().__init__(names, target, columns, sample_weight, names[:1])
                    warn(
                        f"The first column of {str(path)!r} has no name and numbers the rows, as `to_csv` writes it: "
                        "it is left out. Name it in `columns` to keep it; `to_csv(index=False)` does not write it."
                    )
            elif names != self._names:
                raise CorruptFileError(
                    path, "first line", f"it names {names}, but that of the first file {self._names}. Leave it out."
                )
            self._keep_state(path)
            self._blocks += [
                _block_of(path, start, min(start + BLOCK_BYTES, size)) for start in range(begin, size, BLOCK_BYTES)
            ]
        self._types = self._types_of(dtype)

    @property
    def blocks(self) -> Sequence[Block]:
        return self._blocks

    def _tables(self, block: Block) -> Iterator[Any]:
        path, part, start, stop = block.key
        try:
            table = self._parsed(_lines(path, start, stop))
        except self._arrow.ArrowInvalid as error:
            rule = f"{error}. Where the first lines showed another type, pass `dtype`, such as `{{'age': 'float32'}}`."
            raise CorruptFileError(path, part, rule) from error
        if len(table):
            yield table

    def _header(self, path: Path) -> tuple[list[str], int]:
        """Return the columns' names, and where the lines begin that hold rows."""
        with path.open("rb") as file:
            line = file.readline()
        if line.startswith(_COMPRESSED):
            raise ArgumentError(
                f"{str(path)!r} is compressed, and CSV files are read by stretches of their bytes. Unpack it, write "
                "Parquet, or pass the frame that `pandas.read_csv` makes of it."
            )
        parse = self._csv.ParseOptions(delimiter=self._sep)
        names = self._csv.read_csv(self._arrow.BufferReader(line), parse_options=parse).column_names
        other = next((mark for mark in ";\t|" if mark in names[0]), None)
        if len(names) == 1 and other is not None:
            raise ArgumentError(
                f"{str(path)!r} has a single column between commas, {names[0]!r}. Pass `sep={other!r}` if that stands "
                "between its values."
            )
        return names, len(line)

    def _is_index(self, path: Path, begin: int, size: int) -> bool:
        """Return whether the first column has no name and a whole number of its own in each row, as far as seen."""
        if self._names[0] not in _NO_NAMES or self._names[0] not in self._columns:
            return False
        with reading(path):
            numbers = self._parsed(_lines(path, begin, min(begin + BLOCK_BYTES, size))).column(self._names[0])
        return self._arrow.types.is_integer(numbers.type) and len(numbers.unique()) == len(numbers)

    def _parsed(self, lines: bytes) -> Any:
        if not lines.strip():
            return self._arrow.table({name: [] for name in self._wanted})
        return self._csv.read_csv(
            self._arrow.BufferReader(lines),
            self._csv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=self._names),
            self._csv.ParseOptions(delimiter=self._sep, newlines_in_values=False),
            self._csv.ConvertOptions(include_columns=self._wanted, column_types=self._types),
        )

    def _types_of(self, dtype: Any) -> dict[str, Any]:
        """Return the type of each column: as declared, else as the first rows show."""
        given = dtype if isinstance(dtype, Mapping) else {} if dtype is None else dict.fromkeys(self._wanted, dtype)
        self._types = {name: self._arrow.from_numpy_dtype(kind) for name, kind in given.items()}
        path, part, start, stop = self._blocks[0].key
        with reading(path, part):
            schema = self._parsed(_lines(path, start, stop)).schema
        kinds = {field.name: field.type for field in schema}
        # A column that begins with gaps holds numbers, or it is of no use.
        return {
            name: self._arrow.float64() if self._arrow.types.is_null(kind) else kind for name, kind in kinds.items()
        }


def _lines(path: Path, start: int, stop: int) -> bytes:
    """Return the lines of a file that begin between two places."""
    with path.open("rb") as file:
        file.seek(start - 1)
        found = file.read(1 + stop - start)
        found += file.readline() if not found.endswith(b"\n") else b""
    # A line that begins at `start` stands behind a line break, which is the first byte that was read.
    return found[found.find(b"\n") + 1 :] if b"\n" in found else b""


def _block_of(path: Path, start: int, stop: int) -> Block:
    part = f"lines behind byte {start}"
    return Block((path, part, start, stop), None, 0, f"{str(path)!r}, {part}")
