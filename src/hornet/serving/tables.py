"""Rows as tables: CSV and Arrow."""

from __future__ import annotations

import codecs
import io
import math
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc

from hornet.serving.columns import ROWS, Column, Signature
from hornet.serving.refusal import Refusal

_MAGIC = b"ARROW1\0\0"
"""What a file begins with; a stream follows."""
_HEADER, _DATA, _COMPRESSION = 2, 1, 3
"""Numbers of fields in Arrow's `Message.fbs`: of a message, of a dictionary, of a record batch."""


def read_csv(signature: Signature, body: bytes) -> dict[str, np.ndarray]:
    """Return the rows of a CSV file, by the names of their columns; without names it has no header.

    Raises:
        Refusal: If it is none, or columns are missing or hold something else.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refusal(400, "The body is in UTF-16. Send CSV in UTF-8, with commas.")
    columns = signature.columns
    texts = {column.name if signature.is_named else "f0": pa.string() for column in columns if column.is_text}
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(body if body.endswith(b"\n") else body + b"\n"),  # a single line without an end is not read
            read_options=pyarrow.csv.ReadOptions(autogenerate_column_names=not signature.is_named, use_threads=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types=texts, strings_can_be_null=True),
        )
        _ = table.column_names  # raises where they are in another encoding
    except UnicodeError:
        raise Refusal(400, "The names of the columns are not in UTF-8. Send CSV in UTF-8, with commas.") from None
    except (pa.ArrowException, ValueError) as error:
        raise Refusal(400, f"The body is no CSV: {_first_line(error)}. Send CSV in UTF-8, with commas.") from None
    return _rows_of(signature, table)


def read_arrow_stream(signature: Signature, body: bytes) -> dict[str, np.ndarray]:
    """Return the rows of a stream in Arrow's format.

    Raises:
        Refusal: If it is none, or columns are missing or hold something else.
    """
    return _read_arrow(signature, body, pa.ipc.open_stream)


def read_arrow_file(signature: Signature, body: bytes) -> dict[str, np.ndarray]:
    """Return the rows of a file in Arrow's format.

    Raises:
        Refusal: If it is none, or columns are missing or hold something else.
    """
    return _read_arrow(signature, body, pa.ipc.open_file)


def _read_arrow(signature: Signature, body: bytes, open_: Any) -> dict[str, np.ndarray]:
    try:
        if _is_compressed(body):  # a body of any size could unpack to more than there is memory
            raise Refusal(415, "The columns are compressed. Write them without compression.")
        with open_(pa.BufferReader(body)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets that point elsewhere would be followed
    except (pa.ArrowException, ValueError, OSError, UnicodeError, struct.error) as error:
        raise Refusal(
            400, f"The body is no Arrow: {_first_line(error)}. Send an IPC stream or file, as its type says."
        ) from None
    return _rows_of(signature, table)


def _is_compressed(body: bytes) -> bool:
    """Return whether a record batch in Arrow's format says that its buffers are compressed."""
    messages = pa.ipc.MessageReader.open_stream(body[len(_MAGIC) :] if body.startswith(_MAGIC) else body)
    return any(
        _field(metadata, header, _COMPRESSION) is not None
        for metadata, header in map(_record_batch, messages)
        if header is not None
    )


def _record_batch(message: Any) -> tuple[bytes, int | None]:
    """Return the metadata of a message, and where in them a record batch is described, if one is."""
    metadata = message.metadata.to_pybytes()
    header = _field(metadata, _target(metadata, 0), _HEADER)
    if message.type == "dictionary" and header is not None:
        header = _field(metadata, header, _DATA)
    return metadata, header if message.type in ("record batch", "dictionary") else None


def _field(metadata: bytes, table: int, number: int) -> int | None:
    """Return where a table of FlatBuffers has what one of its fields points to; `None` where it has no such field."""
    offsets = table - struct.unpack_from("<i", metadata, table)[0]
    place = 4 + 2 * number
    if place >= struct.unpack_from("<H", metadata, offsets)[0]:
        return None
    offset = struct.unpack_from("<H", metadata, offsets + place)[0]
    return _target(metadata, table + offset) if offset else None


def _target(metadata: bytes, place: int) -> int:
    return place + struct.unpack_from("<I", metadata, place)[0]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def _rows_of(signature: Signature, table: pa.Table) -> dict[str, np.ndarray]:
    """Return the columns of a table that the model takes."""
    if not signature.is_named:
        return {ROWS: _unnamed(signature.columns[0], table)}
    names = table.column_names
    for column in signature.columns:
        if column.shape:
            raise Refusal(415, f"A value of {column.name!r} has the shape {list(column.shape)}. Send rows as JSON.")
        if names.count(column.name) != 1:
            many = "lacks" if column.name not in names else "has twice"
            needed = ", ".join(repr(each.name) for each in signature.columns)
            raise Refusal(422, f"The table {many} the column {column.name!r}. Send one with {needed}.")
    arrays = {column.name: _array_of(column, table.column(column.name)) for column in signature.columns}
    return signature.stacked(arrays)


def _unnamed(column: Column, table: pa.Table) -> np.ndarray:
    """Return the columns of a table as rows of a model's only input, in the order of its elements."""
    if None in column.shape:
        raise Refusal(415, "Rows may be of any length. Send them as JSON.")
    wanted = math.prod(size or 1 for size in column.shape)
    if table.num_columns != wanted:
        raise Refusal(
            422, f"There are {table.num_columns} columns, and the model takes {wanted}. Send as many, no header."
        )
    single = Column(column.name, column.kind, (), column.takes_gaps, column.below, dtype=column.dtype)
    arrays = [_array_of(single, each) for each in table.columns]
    return np.stack(arrays, axis=1).reshape(-1, *column.shape) if column.shape else arrays[0]


def _array_of(column: Column, values: pa.ChunkedArray) -> np.ndarray:
    """Return the values of a column as an array."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    try:
        if column.is_text:
            if pa.types.is_nested(kind) or pa.types.is_binary(kind):
                raise pa.ArrowInvalid("other values")
            return _texts(column, values)
        if not (_is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
            raise pa.ArrowInvalid("other values")
        numbers = values.cast(pa.float64(), safe=False).to_numpy()
    except (pa.ArrowException, ValueError, UnicodeError):
        raise Refusal(
            422, f"The column {column.name!r} holds values of type {kind}. Send {column.kind}s in it."
        ) from None
    return column.array(_integers(column, numbers) if column.kind == "integer" else numbers)


def _texts(column: Column, values: pa.ChunkedArray) -> np.ndarray:
    return column.array(values.cast(pa.string()).to_pylist())


def _integers(column: Column, numbers: np.ndarray) -> np.ndarray:
    """Return whole numbers within the column's range."""
    least, most = column.bounds
    wrong = ~((numbers == np.floor(numbers)) & (numbers >= least) & (numbers <= most))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise Refusal(
            422, f"Row {row}, column {column.name!r} is {numbers[row]}. Send integers from {least} to {most}."
        )
    return numbers


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
