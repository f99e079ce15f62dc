"""What the host makes of rows that hold strings, for a program to go on with."""

from __future__ import annotations

from typing import Any, NamedTuple


class Prepared(NamedTuple):
    """The numbers that the host's part of a model, or of a layer, made of rows with strings.

    XLA has no strings. So the calls of a graph that read strings are made on the host, up to the numbers that come of
    them, and a program takes these in the place of the rows.

    Args:
        parts: Arrays by name, and what the host's parts of models inside made.
    """

    parts: dict[str, Any]
