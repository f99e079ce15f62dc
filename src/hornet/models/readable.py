"""What columns of numbers and of text are read as on the host: numbers of any size, numbers as text, dates."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from hornet.core.checks import warn
from hornet.layers import DateParts, TextNumbers
from hornet.layers.date_parts import PARTS, date_of
from hornet.layers.text_numbers import number_of
from hornet.layers.text_reader import TextReader, is_gap

_NEARLY_ALL = 0.9
"""From so many of the rows on that are no gaps, a column of text is one of numbers, or of dates."""
_SAMPLE = 50
"""So many texts tell which forms of dates are worth trying on all."""
_STEPS = 256
"""Quartiles are at least as many steps of float32 apart where it is fine enough."""
_SMALLEST, _LARGEST = 1e-30, 1e30
"""Bounds of what float32 holds well."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d|$)")
_LIKE_DATE = re.compile(r"[A-Za-z]{3,9}\.? \d|\d{1,4}[-/. ]\w+[-/. ,]+\d")
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%y", "%d/%m/%y", "%m-%d-%y", "%d-%m-%y", "%d.%m.%y"),
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_CODE = re.compile(r"0\d+")
"""What has zeros in front is a name made of digits, as postcodes are."""
_SWAPPED = str.maketrans(".,", ",.")


class Reading(NamedTuple):
    """How a column is read.

    Args:
        reader: The layer that does so.
        said: What it is read as, for people.
    """

    reader: TextReader
    said: str


def reading_of_numbers(numbers: Any) -> TextNumbers | None:
    """Return what reads numbers that float32, the type of inputs, is too coarse for, or too narrow; `None` for others.

    Example:
        >>> reading_of_numbers(np.arange(100)) is None, reading_of_numbers(10**15 + np.arange(100)).offset
        (True, 1000000000000049)
    """
    if numbers.dtype.itemsize < 4 or numbers.dtype == np.float32:
        return None
    ordered = np.sort(numbers[np.isfinite(numbers)])
    if not len(ordered):
        return None
    first, low, center, high, last = (ordered[(len(ordered) - 1) * quarter // 4].item() for quarter in range(5))
    spread = high - low or last - first
    largest = max(abs(first), abs(last))
    with np.errstate(over="ignore"):
        step = float(np.spacing(np.float32(max(abs(low), abs(high)))))
    is_wide = not (spread == 0 or _SMALLEST < spread < _LARGEST)
    is_fine = spread == 0 or spread >= _STEPS * step
    if is_fine and not is_wide and largest < float(np.finfo("float32").max):
        return None
    return TextNumbers(center, min(float(spread), sys.float_info.max) if is_wide else 1.0, dtype="float32")


def reading_of_texts(name: str, counts: Mapping[str, int]) -> Reading | None:
    """Return how a column of text is read, if nearly all of it are numbers or dates; `None` for words.

    Args:
        name: Its name, for warnings.
        counts: How often each text occurs.
    """
    present = {text: count for text, count in counts.items() if not is_gap(text)}
    if not present:
        return None
    gaps = [text for text in counts if is_gap(text) and text.strip()]
    formats = _formats_of(present)
    if len(formats) > 1:
        forms = " or ".join(map(repr, formats))
        warn(
            f"Column {name!r} holds dates, and nothing tells whether they are {forms}, so that they are taken for "
            f"words. Read them first: `table[{name!r}] = pd.to_datetime(table[{name!r}], format={formats[0]!r})`."
        )
        return None
    if formats:
        format = formats[0] or None
        dates = {text: date_of(text, format) for text in present}
        parts = [part for part, of in PARTS.items() if len({of(date) for date in dates.values() if date}) > 1]
        others = [text for text in present if dates[text] is None]
        reader = DateParts(parts or ["year"], format, "coerce" if others else "raise", dtype="float32")
        return Reading(reader, f"dates{_in(format)} -> {', '.join(reader.parts)}{_said_of([*gaps, *others])}")
    if any(map(_CODE.fullmatch, present)):
        return None
    others = [text for text in present if number_of(text) is None]
    if _are_nearly_all(present, others):
        reader = TextNumbers(errors="coerce" if others else "raise", dtype="float32")
        return Reading(reader, f"number, as text -> median and quartiles{_said_of([*gaps, *others])}")
    if _are_nearly_all(present, [text for text in present if number_of(text.translate(_SWAPPED)) is None]):
        warn(
            f"Column {name!r} seems to hold numbers with a decimal comma, which are taken for words. Read them as "
            "numbers: `pd.read_csv(..., decimal=',', thousands='.')`."
        )
    return None


def _formats_of(counts: Mapping[str, int]) -> Sequence[str]:
    """Return the forms of dates that read the most of some texts, nearly all; an empty one is ISO 8601.

    Of forms that read the same dates in all there is one.
    """
    sample = list(islice(counts, _SAMPLE))
    if 2 * sum(bool(_DATE.match(text.strip())) for text in sample) > len(sample):
        others = [text for text in counts if not _DATE.match(text.strip()) or date_of(text) is None]
        return [""] * _are_nearly_all(counts, others)
    if 2 * sum(bool(_LIKE_DATE.match(text.strip())) for text in sample) < len(sample):
        return []
    found: dict[Any, str] = {}
    fewest = math.inf
    for form in (day + time for time in _TIMES for day in _DAYS):
        if 2 * sum(date_of(text, form) is not None for text in sample) < len(sample):
            continue
        dates = {text: date_of(text, form) for text in counts}
        others = [text for text, date in dates.items() if date is None]
        missed = sum(counts[text] for text in others)
        if not _are_nearly_all(counts, others) or missed > fewest:
            continue
        found = found if missed == fewest else {}
        fewest = missed
        found.setdefault(tuple(dates.values()), form)
    return list(found.values())


def _are_nearly_all(counts: Mapping[str, int], others: Sequence[str]) -> bool:
    """Return whether few rows hold others than are looked for."""
    total = sum(counts.values())
    return total - sum(counts[text] for text in others) >= _NEARLY_ALL * total


def _in(format: str | None) -> str:
    return f" as {format!r}" if format else ""


def _said_of(others: Sequence[str]) -> str:
    """Return the words for texts that are taken for gaps.

    Example:
        >>> _said_of(["x", "y", "z"])
        "; 'x' and 2 more are gaps"
    """
    if not others:
        return ""
    return f"; {others[0]!r} {f'and {len(others) - 1} more are gaps' if others[1:] else 'is a gap'}"
