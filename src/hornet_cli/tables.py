"""Tables in files and pipes: CSV, TSV, Parquet, Arrow and JSON lines, also compressed. Arrow reads and writes them."""

from __future__ import annotations

import io
import json
import lzma
import re
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hornet_cli.commands import say
from hornet_cli.failures import ExitCode, Failure
from hornet_cli.files import existing

ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
FORMATS = tuple(dict.fromkeys(ENDINGS.values()))
_COMPRESSED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
"""What Arrow packs and unpacks, by the ending."""
_UNPACKED = (".xz", ".zip")
"""What is only read."""
_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")
_CODECS = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}
_SEPARATORS = {"csv": ",", "tsv": "\t"}
_NO_NAMES = ("", "Unnamed: 0")
"""What pandas calls an index without a name, when it writes one and when it has read it."""
_SAMPLE = 1 << 16
"""So many bytes show how numbers are written."""
_LARGEST_BLOCK = 2**31 - 1


@dataclass(frozen=True)
class Reading:
    """How a table is read where its name does not say all.

    Args:
        format: One of `FORMATS`; by default what the name ends in, or the first bytes show.
        sep: What stands between the values of a line; by default a comma, or a tabulator.
        decimal: The decimal mark of numbers in lines.
        encoding: The encoding of text.
    """

    format: str | None = None
    sep: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"


def read_table(name: str, how: Reading) -> Any:
    """Return a table of at least one row as an Arrow table.

    Args:
        name: A file, or `-` for the standard input.
        how: How it is read.
    """
    arrow = _arrow()
    said = "standard input" if name == "-" else repr(name)
    is_pipe = name == "-" or Path(name).is_fifo()
    if name != "-" and existing(name).is_dir():
        raise Failure(ExitCode.FILE, f"{name!r} is a folder. Pass a file.")
    named = how.format or (None if is_pipe else _format_of(name))
    data = _unpacked(said, sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
    format = named or _format_in(data)
    if not data.strip():
        raise Failure(ExitCode.TABLE, f"{said} is empty. Pass a table with a line of names and rows below.")
    readers = {"parquet": _parquet, "arrow": _of_arrow, "jsonl": _json_lines}
    try:
        table = readers[format](data) if format in readers else _lines_of_values(said, data, format, how)
    except (arrow.ArrowException, UnicodeDecodeError, LookupError, json.JSONDecodeError) as error:
        advice = "" if format in readers else _advice(data, format, how)
        if isinstance(error, UnicodeDecodeError):
            advice = " Pass --encoding, such as latin-1."
        raise Failure(ExitCode.TABLE, f"{said} cannot be read as {format}: {_reason(error)}{advice}") from error
    return _checked(said, table)


def write_bytes(table: Any, format: str, compression: str | None = None) -> bytes:
    """Return an Arrow table as the bytes of a file."""
    arrow = _arrow()
    writers = {"parquet": _write_parquet, "arrow": _write_arrow, "jsonl": _write_json_lines}
    sink = arrow.BufferOutputStream()
    if format in writers:
        writers[format](table, sink)
    else:
        sink.write(_lines(table, _SEPARATORS[format]))
    content = sink.getvalue()
    if compression is not None:
        sink = arrow.BufferOutputStream()
        with arrow.CompressedOutputStream(sink, compression) as stream:
            stream.write(content)
        content = sink.getvalue()
    return content.to_pybytes()


def format_to_write(name: str) -> tuple[str, str | None]:
    """Return the format and the compression that a file's name says; both are known before anything is computed."""
    path = Path(name)
    if path.suffix.lower() in _UNPACKED:
        raise Failure(ExitCode.FILE, f"{name!r}: such archives are only read. Let it end in .gz, .bz2 or .zst.")
    return _format_of(name), _COMPRESSED.get(path.suffix.lower())


# --- bytes ------------------------------------------------------------------------------------------------------------


def _format_of(name: str) -> str:
    path = Path(name)
    packed = path.suffix.lower() in (*_COMPRESSED, *_UNPACKED)
    suffix = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    if suffix in _SHEETS:
        raise Failure(ExitCode.TABLE, f"{name!r} is a spreadsheet, which is neither read nor written. Take CSV.")
    if suffix not in ENDINGS:
        raise Failure(
            ExitCode.TABLE,
            f"{name!r} has none of the endings of tables: {', '.join(ENDINGS)}, with or without "
            f"{', '.join((*_COMPRESSED, *_UNPACKED))}. Rename it, or pipe it in: `-`.",
        )
    return ENDINGS[suffix]


def _format_in(data: bytes) -> str:
    if data[:4] == b"PAR1":
        return "parquet"
    if data[:6] == b"ARROW1" or data[:4] in (b"FEA1", b"\xff\xff\xff\xff"):
        return "arrow"
    if data.lstrip()[:1] in (b"{", b"["):
        return "jsonl"
    first = data.partition(b"\n")[0]
    return "tsv" if b"\t" in first and b"," not in first else "csv"


def _unpacked(said: str, data: bytes) -> bytes:
    codec = next((codec for begin, codec in _CODECS.items() if data.startswith(begin)), None)
    try:
        if codec is not None:
            return _arrow().input_stream(io.BytesIO(data), compression=codec).read()
        if data.startswith(b"\xfd7zXZ"):
            return lzma.decompress(data)
        return _of_zip(said, data) if data.startswith(b"PK\x03\x04") else data
    except (OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise Failure(ExitCode.TABLE, f"{said} cannot be unpacked: {_reason(error)}") from error


def _of_zip(said: str, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
        if len(files) == 1:
            return archive.read(files[0])
        advice = (
            "Save the sheet as CSV." if "[Content_Types].xml" in archive.namelist() else "Take out the one you mean."
        )
    raise Failure(ExitCode.TABLE, f"{said} is an archive of {len(files)} files. {advice}")


# --- formats ----------------------------------------------------------------------------------------------------------


def _parquet(data: bytes) -> Any:
    return _module("pyarrow.parquet").read_table(_arrow().BufferReader(data))


def _of_arrow(data: bytes) -> Any:
    source = _arrow().BufferReader(data)
    if data[:6] == b"ARROW1" or data[:4] == b"FEA1":
        return _module("pyarrow.feather").read_table(source)
    return _arrow().ipc.open_stream(source).read_all()


def _json_lines(data: bytes) -> Any:
    if data.lstrip()[:1] == b"[":
        rows = json.loads(data)
        if not all(isinstance(row, dict) for row in rows):
            raise _arrow().ArrowInvalid("the list holds something other than objects, one for each row")
        return _arrow().Table.from_pylist(rows)
    module = _module("pyarrow.json")
    return module.read_json(
        _arrow().BufferReader(data), module.ReadOptions(use_threads=False, block_size=_block_of(data))
    )


def _lines_of_values(said: str, data: bytes, format: str, how: Reading) -> Any:
    separator = how.sep or _SEPARATORS[format]
    _refuse_other_kinds(said, data, how)
    module = _module("pyarrow.csv")
    table = module.read_csv(
        _arrow().BufferReader(data),
        # One block, so that all values say what type a column is of.
        module.ReadOptions(use_threads=False, block_size=_block_of(data), encoding=how.encoding),
        module.ParseOptions(delimiter=separator, newlines_in_values=True),
        module.ConvertOptions(strings_can_be_null=True, decimal_point=how.decimal),
    )
    first = table.column_names[0]
    advice = _advice(data, format, how)
    if table.num_columns == 1 and advice:
        raise Failure(ExitCode.TABLE, f"{said} has a single column, {first!r}.{advice}")
    if data.count(b'"') % 2:
        say(f"{said} has an odd number of quotes, so that rows between two may have been read as one.")
    if first in _NO_NAMES and table.num_columns > 1:
        say(f"the first column of {said} has no name, and is left out.")
        return table.drop_columns([first])
    return table


def _advice(data: bytes, format: str, how: Reading) -> str:
    """Return the options that part a line of names which has no separator; nothing where it has one, or needs none."""
    names = data.partition(b"\n")[0].decode("latin-1")  # the signs are ASCII, and any bytes can be read
    other = next((sign for sign in (";", "\t", "|", ",") if sign in names), None)
    if other is None or (how.sep or _SEPARATORS[format]) in names:
        return ""
    sep = {"\t": "$'\\t'"}.get(other, f"'{other}'")
    has_commas = how.decimal == "." and re.search(rb"\d,\d", data[:_SAMPLE]) is not None
    return f" Say what is between values: --sep {sep}{' --decimal ,' * (has_commas and other != ',')}."


def _refuse_other_kinds(said: str, data: bytes, how: Reading) -> None:
    """Refuse what is no text in lines, or no table."""
    begin = data[:1024]
    if data[:4] == b"PAR1" or data[:6] == b"ARROW1":
        raise Failure(ExitCode.TABLE, f"{said} holds {_format_in(data)}, not text. Pass --format {_format_in(data)}.")
    if b"\0" in begin and how.encoding == "utf-8":
        is_utf_16 = begin.startswith((b"\xff\xfe", b"\xfe\xff"))
        advice = "in UTF-16: pass --encoding utf-16" if is_utf_16 else "not text: save the table as CSV"
        raise Failure(ExitCode.TABLE, f"{said} is {advice}.")
    if begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"{")):
        kind = "JSON: pass --format jsonl" if b"{" in begin[:8] else "a page or XML: save the table as CSV"
        raise Failure(ExitCode.TABLE, f"{said} is no CSV but {kind}.")


def _write_parquet(table: Any, sink: Any) -> None:
    _module("pyarrow.parquet").write_table(table, sink)


def _write_arrow(table: Any, sink: Any) -> None:
    _module("pyarrow.feather").write_feather(table, sink, compression="uncompressed")


def _write_json_lines(table: Any, sink: Any) -> None:
    sink.write("".join(json.dumps(row, default=str) + "\n" for row in table.to_pylist()).encode())


def _lines(table: Any, separator: str) -> Any:
    """Return lines of values, in quotes only if one of them needs it: Arrow gives them to all texts, or to none."""
    module = _module("pyarrow.csv")
    for quoting in ("none", "needed"):
        sink = _arrow().BufferOutputStream()
        options = module.WriteOptions(delimiter=separator, quoting_style=quoting, quoting_header=quoting)
        try:
            module.write_csv(table, sink, options)
            break
        except _arrow().ArrowInvalid:  # a separator, a quote or a line break
            if quoting == "needed":
                raise
    return sink.getvalue()


def _checked(said: str, table: Any) -> Any:
    """Return a table whose columns all have names, and types that models take."""
    arrow = _arrow()
    repeated = next((name for name, count in Counter(table.column_names).items() if count > 1), None)
    if repeated is not None:
        raise Failure(ExitCode.TABLE, f"{said} has several columns called {repeated!r}. Give each a name of its own.")
    if not table.num_rows:
        raise Failure(ExitCode.TABLE, f"{said} has names of columns, and no rows.")
    for place, field in enumerate(table.schema):
        if arrow.types.is_binary(field.type):
            raise Failure(
                ExitCode.TABLE, f"Column {field.name!r} of {said} is not UTF-8. Pass --encoding, such as latin-1."
            )
        wanted = arrow.string() if arrow.types.is_time(field.type) else arrow.float64()
        if arrow.types.is_time(field.type) or arrow.types.is_null(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(wanted))
    index = _module("hornet.core.frames").index_of_schema(table.schema)  # of the frame of pandas that it was
    return table.drop_columns(index) if len(index) < table.num_columns else table


def _block_of(data: bytes) -> int:
    return min(len(data) + 1, _LARGEST_BLOCK)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."


def _arrow() -> Any:
    return _module("pyarrow")


def _module(name: str) -> Any:
    from hornet.core.imports import optional_module

    return optional_module(name, "cli")
