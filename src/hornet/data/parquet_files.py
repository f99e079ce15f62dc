"""Parquet files, read by row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

from hornet.core.errors import CorruptFileError
from hornet.core.frames import index_of_schema
from hornet.core.imports import optional_module
from hornet.core.suggestions import explained
from hornet.data.blocks import Block
from hornet.data.tables import BLOCK_BYTES, FileLike, Names, Tables, files_in, reading

PIECE_BYTES = 1 << 24
"""About the bytes of the columns that are read at a time: so many that the calls around it take little."""

BUFFERED_BYTES = 1 << 26
"""The bytes of all columns that are read from the disk at a time, where there are no more than a thousand."""


@explained("parquet")
def parquet(
    path: FileLike | Sequence[FileLike],
    target: Names = None,
    columns: Names = None,
    sample_weight: str | None = None,
) -> Tables:
    """Return the rows of Parquet files, to pass as `x` in the place of arrays; they are read as they are needed.

    Args:
        path: A file; a folder, of which all files count whose names end in `.parquet`, those in folders inside too; or
            a list of such.
        target: The column of labels; for several outputs, or labels of several columns, a list. `None` for rows to
            predict.
        columns: The columns that are inputs, in their order; `None` for all others but those that were the index of a
            frame of pandas'. A model with several inputs takes them by their names, as it does of a frame.
        sample_weight: The column that holds the weight of each row.

    Returns:
        A source for `fit`, `evaluate`, `predict`, `validation_data` and `adapt`. Iterating over it yields arrays,
        `(x, y)`, block by block.

    Raises:
        ImportError: If pyarrow is not installed.
        FileNotFoundError: If there is no such file.
        ValueError: If there is no such column, a file is damaged, or one has other columns than the first.

    Example:
        >>> import pyarrow as pa, pyarrow.parquet, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> for part in range(2):
        ...     table = pa.table({"rooms": [1.0, 2.0, 3.0], "age": [9, 4, part], "price": [1.5, 2.5, 3.5]})
        ...     pa.parquet.write_table(table, f"{folder}/{part}.parquet")
        >>> rows = parquet(folder, target="price")
        >>> rows.rows, [x.shape for x, y in rows]
        (6, [(3, 2), (3, 2)])
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> history = model.fit(rows, epochs=2, verbose=0)
        >>> model.predict(rows, verbose=0).shape
        (6, 1)
    """
    return ParquetTables(files_in(path, ".parquet"), target, columns, sample_weight)


class ParquetTables(Tables):
    """The rows of Parquet files; see `parquet`."""

    def __init__(self, paths: Sequence[Path], target: Names, columns: Names, sample_weight: str | None) -> None:
        module = optional_module("pyarrow.parquet", "data")
        self._arrow = optional_module("pyarrow", "data")
        self._parquet = module
        first: Any = None
        self._blocks: list[Block] = []
        self._as_floats: set[str] = set()
        for path in paths:
            with reading(path), module.ParquetFile(path) as file:
                metadata, schema = file.metadata, file.schema_arrow
            if first is None:
                first = schema
                super().__init__(schema.names, target, columns, sample_weight, index_of_schema(schema))
            self._keep_state(path)
            self._check_schema(path, first, schema)
            self._note_gaps(metadata, schema)
            self._blocks += _blocks_of(path, metadata)

    @property
    def blocks(self) -> Sequence[Block]:
        return self._blocks

    def _tables(self, block: Block) -> Iterator[Any]:
        path, _, groups = block.key
        rows = max(1, PIECE_BYTES // (8 * len(self._wanted)))
        # Without buffers for the columns, Arrow would hold whole columns of a row group, however large it is.
        buffer_size = max(1 << 16, BUFFERED_BYTES // len(self._wanted))
        with self._parquet.ParquetFile(path, pre_buffer=False, buffer_size=buffer_size) as file:
            found = file.iter_batches(rows, groups, self._wanted, use_threads=False)
            for batch in found:
                table = self._arrow.Table.from_batches([batch])
                yield self._filled(table.replace_schema_metadata(None))  # an index that was asked for is a column

    def _filled(self, table: Any) -> Any:
        """Return a table whose columns of whole numbers are floats where a row group has a gap, or a file fractions."""
        for name in self._as_floats:
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, table.column(name).cast(self._arrow.float64()))
        return table

    def _check_schema(self, path: Path, first: Any, schema: Any) -> None:
        for name in self._wanted:
            if name not in schema.names:
                raise CorruptFileError(path, "", f"it has no column {name!r}, which the first file has. Leave it out.")
            kind, known = schema.field(name).type, first.field(name).type
            is_number = self._is_whole(kind) or self._arrow.types.is_floating(kind)
            if kind != known and not (is_number and (self._is_whole(known) or self._arrow.types.is_floating(known))):
                rule = f"it is of type {kind}, but of type {known} in the first file. Write it again in one type."
                raise CorruptFileError(path, f"column {name!r}", rule)
            if self._is_whole(kind) != self._is_whole(known):
                self._as_floats.add(name)

    def _note_gaps(self, metadata: Any, schema: Any) -> None:
        whole = {name for name in self._wanted if self._is_whole(schema.field(name).type)} - self._as_floats
        for number in range(metadata.num_row_groups if whole else 0):
            group = metadata.row_group(number)
            for column in map(group.column, range(group.num_columns)):
                statistics = column.statistics if column.path_in_schema in whole else None
                if statistics is not None and statistics.has_null_count and statistics.null_count:
                    self._as_floats.add(column.path_in_schema)

    def _is_whole(self, kind: Any) -> bool:
        return self._arrow.types.is_integer(kind)


def _blocks_of(path: Path, metadata: Any) -> Iterator[Block]:
    """Yield the row groups of a file, small ones together."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    ends = accumulate(group.total_byte_size for group in groups)
    places = [(end - group.total_byte_size) // BLOCK_BYTES for end, group in zip(ends, groups, strict=True)]
    done = 0
    for _, together in groupby(range(len(groups)), key=places.__getitem__):
        numbers = list(together)
        first, last = numbers[0], numbers[-1]
        rows = sum(groups[number].num_rows for number in numbers)
        name = f"row group {first}" if first == last else f"row groups {first} to {last}"
        if rows:
            yield Block((path, name, numbers), rows, done, repr(str(path)))
        done += rows
