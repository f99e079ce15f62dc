"""The layer that reads numbers that are written as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Unpack

from hornet.core.checks import number
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.text_reader import TextReader

_SIGNS = r"[+\-\u2212]?"
_CURRENCY = r"[$€£¥₹]?\s*"
_NUMBER = re.compile(
    rf"(?P<debit>\()?{_CURRENCY}(?P<sign>{_SIGNS})\s*{_CURRENCY}"
    r"(?P<digits>\d{1,3}(?:[,' \u00a0\u202f]\d{2,3})*[,' \u00a0\u202f]\d{3}(?:\.\d*)?|\d+\.?\d*|\.\d+)"
    rf"(?P<power>[eE][+-]?\d+)?\s*[$€£¥₹]?(?P<percent>%)?(?(debit)\))"
)
_LONGEST = 300
"""Longer ones are infinite as floats."""
_BETWEEN = re.compile(r"[,' \u00a0\u202f]")


@registry.register()
class TextNumbers(TextReader):
    """Reads numbers that are written as text: `"1,234"`, `"$5.00"`, `"12%"`, `"(3)"` for -3, `"1e-3"`.

    The host does so as rows are drawn, with whole numbers of any size, and subtracts `offset` and divides by `scale`
    before it rounds them to what a program holds. Numbers themselves are taken as well. A missing text is NaN, as is an
    empty one and what people write instead, such as `"?"`, `"N/A"` and `"unknown"`.

    Args:
        offset: What is subtracted.
        scale: What is divided by, above 0.
        errors: What to do with any other text: `"raise"` an error, or `"coerce"` it to NaN.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch,)` or `(batch, 1)`, strings
        output: `(batch, 1)`

    Raises:
        TypeError: If something else than strings and numbers comes.
        ValueError: If an argument is out of its range, or a string is no number.

    Example:
        >>> TextNumbers()(["1,234.5", "$5", "50%", "?"]).tolist()
        [[1234.5], [5.0], [0.5], [nan]]
        >>> TextNumbers(offset=10**15)([10**15 + 1, 10**15 + 2]).tolist()
        [[1.0], [2.0]]
    """

    _takes_fractions = True
    _of = "numbers"
    _such_as = "numbers, or text such as '1,234.5'"

    def __init__(
        self, offset: float = 0, scale: float = 1.0, errors: str = "raise", **kwargs: Unpack[LayerOptions]
    ) -> None:
        super().__init__(errors, **kwargs)
        self.offset = offset if isinstance(offset, int) else number("offset", offset)
        self.scale = number("scale", scale, above=0.0)

    @property
    def _size(self) -> int:
        return 1

    def _read(self, text: str) -> Sequence[float] | None:
        value = number_of(text)
        return None if value is None else [(value - self.offset) / self.scale]


def number_of(text: str) -> Any:
    """Return the number that a text is, an integer where it is whole; `None` if it is none.

    Example:
        >>> number_of("-$1,234"), number_of("1.5 %"), number_of("(2)"), number_of("12,34"), number_of("12 Main St")
        (-1234, 0.015, -2, None, None)
    """
    text = text.strip()
    found = _NUMBER.fullmatch(text)
    if found is None:
        return float(text) if text.lower().lstrip("+-") in ("inf", "infinity") else None
    digits = _BETWEEN.sub("", found["digits"])
    is_whole = digits.isdigit() and not found["power"] and len(digits) < _LONGEST
    value: Any = int(digits) if is_whole else float(digits + (found["power"] or ""))
    value = value / 100 if found["percent"] else value
    return -value if found["debit"] or found["sign"] in ("-", "\u2212") else value
