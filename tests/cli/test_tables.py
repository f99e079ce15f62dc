"""Tables in every format, from files and pipes, as they are read and written."""

import bz2
import gzip
import io
import lzma
import os
import threading
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest
from tests.cli.command import columns_in, run

from hornet_cli.tables import Reading, read_table

ROWS = {"a": [1.5, -2.0, 3.0], "b": [1, 2, 3]}
SUMS = [2.5, 0.0, 6.0]


def lines(separator=",", decimal="."):
    text = pd.DataFrame(ROWS).to_csv(index=False, sep=separator, decimal=decimal)
    return text.encode()


def stream():
    sink = io.BytesIO()
    table = pa.table(ROWS)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def through(write):
    sink = pa.BufferOutputStream()
    write(pa.table(ROWS), sink)
    return sink.getvalue().to_pybytes()


def zipped(*names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, lines())
    return sink.getvalue()


JSON_LINES = pd.DataFrame(ROWS).to_json(orient="records", lines=True).encode()
CONTENTS = {
    "t.csv": lines(),
    "t.CSV": lines(),
    "t.tsv": lines("\t"),
    "t.parquet": through(pyarrow.parquet.write_table),
    "t.arrow": through(pyarrow.feather.write_feather),
    "t.feather": through(pyarrow.feather.write_feather),
    "t.jsonl": JSON_LINES,
    "t.json": pd.DataFrame(ROWS).to_json(orient="records").encode(),
    "t.csv.gz": gzip.compress(lines()[:9]) + gzip.compress(lines()[9:]),
    "t.csv.bz2": bz2.compress(lines()),
    "t.csv.xz": lzma.compress(lines()),
    "t.csv.zst": pa.compress(lines(), "zstd", asbytes=True),
    "t.jsonl.gz": gzip.compress(JSON_LINES),
    "t.csv.zip": zipped("__MACOSX/t.csv", "t.csv"),
}


def predicted(name, *options, stdin=None):
    done = run(" ".join(["predict sum.keras", name, "--in-order", *options]), stdin)
    assert done.code == 0, done.err
    return columns_in(done.out)["prediction"]


@pytest.mark.parametrize("name", CONTENTS)
def test_a_table_is_read_from_a_file_and_from_a_pipe(here, name):
    (here / name).write_bytes(CONTENTS[name])
    assert predicted(name) == SUMS
    assert predicted("-", stdin=CONTENTS[name]) == SUMS


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (lines(";", ","), ["--sep ';'", "--decimal ,"]),
        (lines("\t"), ["--sep tab"]),
        (lines("|"), ["--sep '|'"]),
        (lines().decode().encode("utf-16"), ["--encoding utf-16"]),
        (b"\xef\xbb\xbf" + lines(), []),
        (lines().replace(b"\n", b"\r\n"), []),
        (CONTENTS["t.parquet"], ["--format parquet"]),
        (stream(), ["--format arrow"]),
    ],
    ids=["semicolons", "tab", "bars", "utf-16", "mark", "windows", "parquet", "stream"],
)
def test_a_table_is_read_as_options_say(here, content, options):
    (here / "t.csv").write_bytes(content)
    assert predicted("t.csv", *options) == SUMS


def test_a_stream_of_arrow_and_a_named_pipe_are_read(here):
    assert predicted("-", stdin=stream()) == SUMS
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: (here / "pipe").write_bytes(lines()))
    writer.start()
    assert predicted("pipe") == SUMS
    writer.join()


def test_an_index_that_pandas_has_written_is_left_out(here):
    pd.DataFrame(ROWS, index=[7, 5, 9]).to_csv("t.csv")
    done = run("predict sum.keras t.csv --in-order")
    assert columns_in(done.out)["prediction"] == SUMS
    assert done.err == "Note: the first column of 't.csv' has no name, and is left out.\n"
    pd.DataFrame(ROWS, index=[7, 5, 9]).to_parquet("t.parquet")
    assert predicted("t.parquet") == SUMS


def test_a_quote_that_is_never_closed_is_noted(here):
    done = run("predict sum.keras - --in-order --keep c --drop c", 'a,b,c\n1,2,"x\n3,4,y\n')
    assert "an odd number of quotes" in done.err


def test_columns_of_gaps_and_of_times_reach_a_model(here):
    table = pyarrow.csv.read_csv("houses.csv")
    gaps = table.set_column(2, "rooms", [pa.nulls(60)]).append_column("at", [["10:30:00"] * 30 + ["11:00:00"] * 30])
    pyarrow.csv.write_csv(gaps, "gaps.csv")
    assert run("predict price.keras gaps.csv").code == 0
    assert run("fit gaps.csv --target price -q").code == 0


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "arrow", "jsonl", "csv.gz", "tsv.bz2", "jsonl.zst"])
def test_predictions_are_written_as_the_name_says_and_read_again(here, ending):
    text = 'a,b,name\n1,2,"x, ""y"""\n3,4,z\n'
    done = run(f"predict sum.keras - --in-order --drop name --keep name -o out.{ending}", text)
    assert done == (0, b"", "")
    assert read_table(f"out.{ending}", Reading()).to_pydict() == {"name": ['x, "y"', "z"], "prediction": [3, 7]}


def test_lines_have_quotes_only_where_they_need_them(here):
    plain = run("predict sum.keras - --in-order --drop n --keep n", "a,b,n\n1,2,x\n0.1,0.2,y\n").out
    assert plain == b"n,prediction\nx,3\ny,0.3\n"
    quoted = run("predict sum.keras - --in-order --drop n --keep n", 'a,b,n\n1,2,"x,y"\n').out
    assert columns_in(quoted) == {"n": ["x,y"], "prediction": [3]}


@pytest.mark.parametrize("format", ["tsv", "parquet", "arrow", "jsonl"])
def test_the_standard_output_has_any_format(here, format):
    (here / f"out.{format}").write_bytes(run(f"predict sum.keras - --in-order --to {format}", lines()).out)
    assert read_table(f"out.{format}", Reading()).to_pydict() == {"prediction": SUMS}
