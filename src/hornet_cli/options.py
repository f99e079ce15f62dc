"""The arguments and options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class TableFormat(StrEnum):
    """The formats of tables."""

    csv = "csv"
    tsv = "tsv"
    parquet = "parquet"
    arrow = "arrow"
    jsonl = "jsonl"


TableArgument = Annotated[
    str,
    typer.Argument(
        metavar="TABLE",
        help="A .csv, .tsv, .parquet, .arrow, .feather or .jsonl file, also with .gz, .bz2, .zst, .xz or .zip behind; "
        "- for the standard input.",
    ),
]
ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A .keras file, of Hornet or of Keras; or an .h5 file.")
]
Target = Annotated[str, typer.Option(help="The column that is predicted.", show_default=False)]
Drop = Annotated[list[str], typer.Option(help="A column to leave out; may be repeated.", show_default=False)]
InOrder = Annotated[
    bool,
    typer.Option(
        "--in-order",
        help="Take the columns in their order, for a model that does not know their names.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.", show_default=False)]
Seed = Annotated[int, typer.Option(help="What all draws come from; the same number gives the same model.")]

Format = Annotated[
    TableFormat | None,
    typer.Option(help="What TABLE is, whatever its name ends in.", show_default=False),
]


def _one_sign(sign: str | None) -> str | None:
    sign = "\t" if sign in ("tab", "\\t") else sign
    if sign is not None and len(sign) != 1:
        raise typer.BadParameter(f"It is one character, or tab, not {sign!r}.")
    return sign


Sep = Annotated[
    str | None,
    typer.Option(
        callback=_one_sign,
        help="What stands between the values of a line; by default a comma, or in .tsv a tabulator.",
        show_default=False,
    ),
]
Decimal = Annotated[str, typer.Option(callback=_one_sign, help="The decimal mark of numbers in lines.")]
Encoding = Annotated[str, typer.Option(help="The encoding of text.")]
