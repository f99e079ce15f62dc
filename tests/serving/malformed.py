"""Requests that no server may answer with predictions, drawn from a seed."""

import io
import json
import random

import pyarrow as pa

JSON = {"content-type": "application/json"}
CSV = {"content-type": "text/csv"}
STREAM = {"content-type": "application/vnd.apache.arrow.stream"}
FILE = {"content-type": "application/vnd.apache.arrow.file"}
ROW = {"area": 51.5, "city": "Oslo", "built": "1987-05-01", "rooms": 3}
"""A row of the model that the requests are for, `models.houses`."""
NO_NUMBERS = ["x", "", "1", {}, [], [1.0], [[[]]], {"a": 1}, "NaN", 10**400, -(10**39), 1e39]
NO_TEXTS = [1.5, {}, [], ["Oslo"], True, {"a": None}]
LITERALS = ["NaN", "Infinity", "-Infinity", "1e400", "-1e999", "9" * 500, "0x10", "1.", "+1", "undefined", "'a'"]


def malformed(seed, count):
    """Yield `(kind, headers, body)` of requests."""
    draw = random.Random(seed)
    for _ in range(count):
        make = draw.choice(KINDS)
        yield make.__name__, *make(draw)


def rows(draw):
    return [dict(ROW) for _ in range(draw.choice([1, 1, 2, 30]))]


def encoded(value):
    return json.dumps(value).encode()


def wrong_value(draw):
    given = rows(draw)
    name = draw.choice(list(ROW))
    draw.choice(given)[name] = draw.choice(NO_NUMBERS if name in ("area", "rooms") else NO_TEXTS)
    return JSON, encoded(given)


def no_date(draw):
    given = rows(draw)
    draw.choice(given)["built"] = draw.choice(["yesterday-ish", "99-99-99", "2024-13-45", "\u0000", "x" * 5000])
    return JSON, encoded(given)


def literal(draw):
    return JSON, encoded(rows(draw)).replace(b"51.5", draw.choice(LITERALS).encode(), 1)


def missing_column(draw):
    given = rows(draw)
    del draw.choice(given)[draw.choice(list(ROW))]
    return JSON, encoded(given)


def renamed_column(draw):
    name = draw.choice(list(ROW))
    return JSON, encoded([{(f"{key} " if key == name else key): value for key, value in ROW.items()}])


def other_structure(draw):
    row = dict(ROW)
    return JSON, encoded(
        draw.choice(
            [
                None,
                1,
                "a",
                True,
                [],
                [[]],
                [None],
                [row, 1],
                [[row]],
                {"rows": [row]},
                [list(row.values())],
                [[row, row]],
            ]
        )
    )


def deep(draw):
    depth = draw.choice([50, 500, 5_000, 100_000])
    opened, closed = draw.choice([("[", "]"), ('{"area":', "}")])
    return JSON, (opened * depth + closed * draw.choice([0, depth])).encode()


def truncated(draw):
    whole = encoded(rows(draw))
    return JSON, whole[: draw.randrange(len(whole))]


def trailing(draw):
    return JSON, encoded(rows(draw)) + draw.choice([b"x", b"]", b"[]", b"\x00", b",{}"])


def other_encoding(draw):
    text = json.dumps([{**ROW, "city": "Tromsø"}], ensure_ascii=False)
    codec = draw.choice(["utf-16", "utf-32", "latin-1", "utf-16-le"])
    return draw.choice([JSON, {"content-type": f"application/json; charset={codec}"}]), text.encode(codec)


def noise(draw):
    return draw.choice([JSON, STREAM, FILE]), draw.randbytes(draw.choice([0, 1, 7, 300, 5000]))


def other_type(draw):
    kind = draw.choice(
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png", "", "a;b;c", "é"]
    )
    return {"content-type": kind.encode("latin-1")}, encoded(rows(draw))


def mislabelled(draw):
    return draw.choice([CSV, STREAM, FILE]), encoded(rows(draw))


def compressed(draw):
    return {**JSON, "content-encoding": draw.choice(["gzip", "br", "zstd", "x"])}, draw.randbytes(50)


def unacceptable(draw):
    return {**JSON, "accept": draw.choice(["image/png", "text/html", "x"])}, encoded(rows(draw))


def wrong_csv(draw):
    header = ",".join(ROW)
    return CSV, draw.choice(
        [
            b"",
            b"\n\n\n",
            header.encode(),
            b"area,city\n1,Oslo\n",
            f"{header}\n1,Oslo,1987-05-01\n".encode(),
            f"{header}\nx,Oslo,1987-05-01,3\n".encode(),
            f"{header}\n1,Oslo,soon,3\n".encode(),
            f"{header}\n1,Oslo,1987-05-01,1e400\n".encode(),
            f'{header}\n1,"Oslo,1987-05-01,3\n'.encode(),
            f"{header},area\n1,Oslo,1987-05-01,3,1\n".encode(),
            f"{header}\n1,Tromsø,1987-05-01,3\n".encode("latin-1"),
            f"{header}\n1,Oslo,1987-05-01,3\n".encode("utf-16"),
            f"{header},größe\n1,Oslo,1987-05-01,3,1\n".encode("latin-1"),
        ]
    )


def arrow(table, is_file=False, options=None):
    written = io.BytesIO()
    with (pa.ipc.new_file if is_file else pa.ipc.new_stream)(written, table.schema, options=options) as writer:
        writer.write_table(table)
    return written.getvalue()


def wrong_arrow(draw):
    table = pa.table({name: [value] * 3 for name, value in ROW.items()})
    other = [
        table.drop_columns(["city"]),
        table.set_column(0, "area", [["x", "y", "z"]]),
        table.set_column(0, "area", [[[1.0], [2.0], [3.0]]]),
        table.set_column(1, "city", [[{"a": 1}] * 3]),
        table.set_column(1, "city", [[b"\xff"] * 3]),
        table.set_column(3, "rooms", [[1e39, 1.0, 1.0]]),
        table.set_column(3, "rooms", [[float("inf"), 1.0, 1.0]]),
        table.append_column("area", [[1.0, 2.0, 3.0]]),
        table.slice(0, 0),
    ]
    is_file = draw.random() < 0.3
    return FILE if is_file else STREAM, arrow(draw.choice(other), is_file)


def truncated_arrow(draw):
    is_file = draw.random() < 0.3
    whole = arrow(pa.table({name: [value] * 3 for name, value in ROW.items()}), is_file)
    return FILE if is_file else STREAM, whole[: draw.randrange(len(whole) - 16)]


KINDS = [
    *[wrong_value, no_date, literal, missing_column, renamed_column, other_structure, deep, truncated, trailing],
    *[
        other_encoding,
        noise,
        other_type,
        mislabelled,
        compressed,
        unacceptable,
        wrong_csv,
        wrong_arrow,
        truncated_arrow,
    ],
]
