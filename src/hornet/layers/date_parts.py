"""The layer that makes numbers of dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.core.errors import ArgumentError
from hornet.core.prepared import Prepared
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import OfStrings

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
class DateParts(OfStrings):
    """Makes numbers of dates: the year with the fraction that has gone by, the month, the day, the weekday, the hour.

    Dates are read as text in the form of ISO 8601, such as `"2024-05-17"` or `"2024-05-17 08:30"`; a model's input of
    strings takes columns of dates as well. The host reads them as rows are drawn. A missing date has NaN for all parts.

    Args:
        parts: What is made of a date, in this order; by default all. Weekdays run from 0 for Monday to 6.
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
    """

    _input_dtype = STRING

    def __init__(self, parts: Sequence[str] = tuple(PARTS), **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.parts = [one_of("parts", part, tuple(PARTS)) for part in parts]
        if not self.parts:
            raise ValueError(f"`parts` is empty. Pass some of {', '.join(map(repr, PARTS))}.")

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Tracer):
            raise ArgumentError(
                f"Layer {self.name!r} reads dates, which a compiled `call` cannot hold. Draw the model as "
                '`Model(inputs, outputs)`, from `Input(dtype="string")`; or call the layer on the data first.'
            )
        prepared = inputs if isinstance(inputs, Prepared) else self._prepare(inputs)
        return jnp.asarray(prepared.parts["numbers"], self.compute_dtype)

    def _cast(self, inputs: Any) -> Any:
        traced = isinstance(inputs, SymbolicTensor | Tracer | Prepared)
        return inputs if traced else to_strings("inputs", inputs)

    def _prepare(self, inputs: Any) -> Prepared:
        texts = self._cast(inputs)
        if texts.ndim > 2 or (texts.ndim == 2 and texts.shape[1] != 1):
            raise ValueError(f"Layer {self.name!r} takes one date a row, and got shape {texts.shape}. Pass one column.")
        rows = {text: self._numbers(text) for text in set(texts.ravel().tolist())}
        numbers = [rows[text] for text in texts.ravel().tolist()]
        return Prepared({"numbers": np.array(numbers, "float32").reshape(len(numbers), len(self.parts))})

    def _numbers(self, text: str | None) -> list[float]:
        if text is None:
            return [np.nan] * len(self.parts)
        date = date_of(text)
        if date is None:
            raise ValueError(
                f"Layer {self.name!r} got {text!r}, which is no date. Pass dates, or text such as '2024-05-17'."
            )
        return [PARTS[part](date) for part in self.parts]

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        return SymbolicTensor((args[0].shape[0], len(self.parts)), self.compute_dtype)


def date_of(text: str) -> datetime | None:
    """Return the date that a text is, `None` if it is none.

    Example:
        >>> date_of("2024-05-17").month, date_of("May 17")
        (5, None)
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
