"""The layer that makes numbers of dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Unpack

from hornet.core.checks import one_of
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.text_reader import TextReader

_DAYS = 365.2425

PARTS: Mapping[str, Callable[[datetime], float]] = {
    "year": lambda date: date.year + (date.timetuple().tm_yday - 1) / _DAYS,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": lambda date: date.weekday(),
    "hour": lambda date: date.hour + date.minute / 60,
}
"""The parts of a date by their names."""


@registry.register()
class DateParts(TextReader):
    """Makes numbers of dates: the year with the fraction that has gone by, the month, the day, the weekday, the hour.

    Dates are read as text in the form of ISO 8601, such as `"2024-05-17"` or `"2024-05-17 08:30"`, or in a `format`; a
    model's input of strings takes columns of dates as well. The host reads them as rows are drawn. Times are those that
    the clocks of their zone show. A missing date has NaN for all parts, as has an empty text and what people write
    instead, such as `"?"`, `"N/A"` and `"unknown"`.

    Args:
        parts: What is made of a date, in this order; by default all. Weekdays run from 0 for Monday to 6.
        format: Another form of dates, such as `"%d/%m/%Y"`, in the signs of `datetime.strptime`.
        errors: What to do with any other text: `"raise"` an error, or `"coerce"` it to NaN.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch,)` or `(batch, 1)`, strings
        output: `(batch, parts)`

    Raises:
        TypeError: If something else than dates and strings comes.
        ValueError: If a part is unknown, or a string is no date.

    Example:
        >>> DateParts(["month", "weekday", "hour"])(["2024-05-17 08:30", None]).tolist()
        [[5.0, 4.0, 8.5], [nan, nan, nan]]
        >>> DateParts(["day"], format="%d/%m/%Y")(["17/05/2024"]).tolist()
        [[17.0]]
    """

    _of = "dates"
    _such_as = "dates, or text such as '2024-05-17'"

    def __init__(
        self,
        parts: Sequence[str] = tuple(PARTS),
        format: str | None = None,
        errors: str = "raise",
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(errors, **kwargs)
        self.parts = [one_of("parts", part, tuple(PARTS)) for part in parts]
        if not self.parts:
            raise ValueError(f"`parts` is empty. Pass some of {', '.join(map(repr, PARTS))}.")
        self.format = format

    @property
    def _size(self) -> int:
        return len(self.parts)

    def _read(self, text: str) -> Sequence[float] | None:
        date = date_of(text, self.format)
        return None if date is None else [PARTS[part](date) for part in self.parts]


def date_of(text: str, format: str | None = None) -> datetime | None:
    """Return the date that a text is, in the form of ISO 8601 or in a given one; `None` if it is none.

    Example:
        >>> date_of("2024-05-17").month, date_of("May 17"), date_of("17.5.2024", "%d.%m.%Y").month
        (5, None, 5)
    """
    text = text.strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return None if format is None else datetime.strptime(text, format)
    except ValueError:
        return None
