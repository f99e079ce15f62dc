"""Files of comma-separated values, read by stretches of lines."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hornet.core.checks import warn
from hornet.core.errors import ANOTHER_COPY, ArgumentError, CorruptFileError
from hornet.core.imports import optional_module
from hornet.core.suggestions import explained
from hornet.data.blocks import Block
from hornet.data.tables import BLOCK_BYTES, FileLike, Names, Tables, files_in, reading

_CODECS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}
"""How files begin that Arrow unpacks while it reads them, and with what."""
_PACKED = (b"PK\x03\x04", b"\xfd7zXZ")
"""How files begin that zip and xz write."""
_PACKED_ENDINGS = (".csv.gz", ".csv.bz2", ".csv.zst")
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
    may hold a line break. Files that gzip, bzip2 or zstd packed are unpacked while they are read, from their beginning;
    so shuffling does not begin in the middle of one.

    Args:
        path: A file; a folder, of which all files count whose names end in `.csv`, or in that and `.gz`, `.bz2` or
            `.zst`, those in folders inside too; or a list of such.
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
    return CSVTables(files_in(path, ".csv", *_PACKED_ENDINGS), target, columns, sample_weight, dtype, sep)


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
                names, blocks = self._opened(path)
            if not self._names:
                self._names = names
                super().__init__(names, target, columns, sample_weight)
                if columns is None and blocks and self._is_index(blocks[0]):
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
            self._blocks += blocks
        self._types = self._types_of(dtype)

    @property
    def blocks(self) -> Sequence[Block]:
        return self._blocks

    def _tables(self, block: Block) -> Iterator[Any]:
        try:
            for lines in self._lines(block):
                table = self._parsed(lines)
                if len(table):
                    yield table
        except self._arrow.ArrowInvalid as error:
            rule = f"{error}. Where the first lines showed another type, pass `dtype`, such as `{{'age': 'float32'}}`."
            path, part = block.key[:2]
            raise CorruptFileError(path, part, rule) from error

    def _opened(self, path: Path) -> tuple[list[str], list[Block]]:
        """Return the columns' names, and where the lines are that hold rows."""
        with path.open("rb") as file:
            line = file.readline()
        if line.startswith(_PACKED):
            raise ArgumentError(
                f"{str(path)!r} is packed by zip or xz, which are not unpacked while they are read. Unpack it, pack it "
                "with gzip, write Parquet, or pass the frame that `pandas.read_csv` makes of it."
            )
        codec = next((codec for mark, codec in _CODECS.items() if line.startswith(mark)), None)
        if codec is not None:
            with self._unpacked(path, codec) as file:
                return self._names_in(path, file.readline(BLOCK_BYTES)), [
                    Block((path, "", codec), None, 0, repr(str(path)))
                ]
        size = path.stat().st_size
        starts = range(len(line), size, BLOCK_BYTES)
        return self._names_in(path, line), [_block_of(path, start, min(start + BLOCK_BYTES, size)) for start in starts]

    def _names_in(self, path: Path, line: bytes) -> list[str]:
        parse = self._csv.ParseOptions(delimiter=self._sep)
        names = self._csv.read_csv(self._arrow.BufferReader(line), parse_options=parse).column_names
        other = next((mark for mark in ";\t|" if mark in names[0]), None)
        if len(names) == 1 and other is not None:
            raise ArgumentError(
                f"{str(path)!r} has a single column between commas, {names[0]!r}. Pass `sep={other!r}` if that stands "
                "between its values."
            )
        return names

    def _lines(self, block: Block) -> Iterator[bytes]:
        """Yield the lines of a block, in stretches that memory has room for."""
        path, part, *place = block.key
        if part:
            yield _lines_between(path, *place)
            return
        with self._unpacked(path, *place) as file:
            file.readline()  # the names
            while lines := file.read(BLOCK_BYTES):
                rest = b"" if lines.endswith(b"\n") else file.readline(BLOCK_BYTES)
                if len(rest) == BLOCK_BYTES:
                    raise CorruptFileError(path, part, f"a line has more than {BLOCK_BYTES} bytes. {ANOTHER_COPY}")
                yield lines + rest

    def _unpacked(self, path: Path, codec: str) -> io.BufferedReader:
        return io.BufferedReader(self._arrow.CompressedInputStream(self._arrow.OSFile(str(path)), codec))

    def _first_rows(self, block: Block) -> Any:
        with reading(*block.key[:2]):
            return self._parsed(next(self._lines(block), b""))

    def _is_index(self, block: Block) -> bool:
        """Return whether the first column has no name and a whole number of its own in each row, as far as seen."""
        if self._names[0] not in _NO_NAMES or self._names[0] not in self._columns:
            return False
        numbers = self._first_rows(block).column(self._names[0])
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
        kinds = {field.name: field.type for field in self._first_rows(self._blocks[0]).schema}
        # A column that begins with gaps holds numbers, or it is of no use.
        return {
            name: self._arrow.float64() if self._arrow.types.is_null(kind) else kind for name, kind in kinds.items()
        }


def _lines_between(path: Path, start: int, stop: int) -> bytes:
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
