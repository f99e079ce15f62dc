"""What people hold strings in, and arrays of them on the host."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from numbers import Integral, Real
from typing import Any, cast

import numpy as np

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.frames import array_of_frame, is_of_frame_library
from hornet.core.row_names import row_name

STRING = "string"
"""The dtype of symbolic tensors that stand for strings."""

MISSING = "\U0010ffff"
"""What stands for a missing string where an array holds nothing else: no character, kept by Unicode for such uses."""

Array = np.ndarray[Any, Any]


def is_missing(element: Any) -> bool:
    """Return whether an element of a column is a gap: `None`, NaN, or pandas's words for them.

    Example:
        >>> is_missing(None), is_missing(float("nan")), is_missing("")
        (True, True, False)
    """
    return (
        element is None
        or (isinstance(element, float) and math.isnan(element))
        or type(element).__name__ in ("NAType", "NaTType")
    )


def to_strings(name: str, value: Any, fractions: bool = False) -> Array:
    """Return what a user holds strings in as an array of objects, with `None` for each that is missing.

    Dates become text in the form of ISO 8601, whole numbers their digits, as a file of text is often read so.

    Args:
        name: What to call it in errors.
        value: An array, a frame, a series or nested lists.
        fractions: Whether all other numbers become text as well.

    Raises:
        TypeError: If something else is in it; the error says where.

    Example:
        >>> to_strings("x", [["a"], [None]]).tolist(), to_strings("x", np.array([7.0, np.nan])).tolist()
        ([['a'], [None]], ['7', None])
    """
    if isinstance(value, Mapping):
        raise ArgumentError(f"`{name}` is a dict, not an array. Pass all rows as one array of strings.")
    if is_of_frame_library(value):
        array = array_of_frame(name, value, partial(_checked, fractions=fractions))
    elif isinstance(value, list | tuple):
        array = np.array(value, object)
    else:
        array = np.asarray(value)
    return _checked(name, array, fractions=fractions)


def holds_strings(value: Any) -> bool:
    """Return whether the first elements of data are strings, as far as there are any.

    Example:
        >>> holds_strings([["a"]]), holds_strings(np.zeros(3))
        (True, False)
    """
    if isinstance(value, np.ndarray) and cast(Array, value).dtype.kind not in "OUST":
        return False
    if isinstance(value, str | bytes):
        return True
    if isinstance(value, Mapping) or not hasattr(cast(Any, value), "__len__") or not len(cast(Any, value)):
        return False
    rows = cast(Any, value)
    flat = np.asarray(rows if is_of_frame_library(value) else rows[:1], object).ravel().tolist()
    return next((isinstance(element, str | bytes) for element in flat if not is_missing(element)), False)


def on_codes(function: Callable[..., Any], arrays: list[Array]) -> Array:
    """Return what a function that moves elements about makes of arrays of strings.

    Args:
        function: Makes an array of JAX's out of arrays.
        arrays: Strings, missing ones `None`.
    """
    filled = [np.where(array == None, MISSING, array) for array in arrays]  # noqa: E711  (element by element)
    words, codes = np.unique(np.concatenate([array.ravel() for array in filled]).astype(str), return_inverse=True)
    ends = np.cumsum([array.size for array in arrays])[:-1]
    numbered = [part.reshape(array.shape) for part, array in zip(np.split(codes, ends), arrays, strict=True)]
    strings = words.astype(object)
    strings[words == MISSING] = None
    return strings[np.asarray(function(*numbered))]


def _checked(name: str, array: Array, column: Any = None, fractions: bool = False) -> Array:
    """Return an array of strings, or of what is taken for such, as one of objects."""
    if array.dtype.kind == "M":
        texts = np.asarray(np.datetime_as_string(array), object)
        texts[np.isnat(array)] = None
        return texts
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    if array.dtype.kind == "U":
        return array.astype(object)
    elements: list[Any] = array.ravel().tolist()
    if set(map(type, elements)) <= {str}:
        return array.astype(object)
    strings: Array = np.empty(len(elements), object)
    for row, element in enumerate(elements):
        strings[row] = text = _text_of(element, fractions)
        if text is None and not is_missing(element):
            where = "" if column is None else f"column {column!r}, "
            raise ArgumentError(
                f"`{name}` holds {describe(element)} ({where}first in row {row_name(row // max(1, _width(array)))}), "
                "and strings are expected. Convert it, as `.astype(str)` does."
            )
    return strings.reshape(array.shape)


def _text_of(element: Any, fractions: bool) -> str | None:
    """Return the text that an element is taken for; `None` for a gap, and for what is no text."""
    if isinstance(element, str):
        return element
    if isinstance(element, bytes):
        return element.decode()
    if is_missing(element):
        return None
    if isinstance(element, date):
        return element.isoformat()
    if isinstance(element, Integral):
        return str(element)
    if isinstance(element, Real | Decimal):
        number: Any = element  # which Python's tower of numbers says too little of
        is_whole = math.isfinite(number) and number == int(number)
        return str(int(number)) if is_whole else repr(float(number)) if fractions else None
    return str(element) if type(element).__name__ == "Interval" else None  # what `pd.cut` makes of numbers


def _width(array: Array) -> int:
    """Return how many elements a row has."""
    return array.size // max(1, len(array)) if array.ndim else 1
