"""What people hold strings in, and arrays of them on the host."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

import numpy as np

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.frames import array_of_frame, is_of_frame_library

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


def to_strings(name: str, value: Any) -> Array:
    """Return what a user holds strings in as an array of objects, with `None` for each that is missing.

    Dates become text in the form of ISO 8601.

    Args:
        name: What to call it in errors.
        value: An array, a frame, a series or nested lists.

    Raises:
        TypeError: If something else than strings is in it; the error says where.

    Example:
        >>> to_strings("x", [["a"], [None]]).tolist()
        [['a'], [None]]
    """
    if isinstance(value, Mapping):
        raise ArgumentError(f"`{name}` is a dict, not an array. Pass all rows as one array of strings.")
    if is_of_frame_library(value):
        array = array_of_frame(name, value, _checked)
    elif isinstance(value, list | tuple):
        array = np.array(value, object)
    else:
        array = np.asarray(value)
    return _checked(name, array)


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


def _checked(name: str, array: Array, column: Any = None) -> Array:
    """Return an array of strings as one of objects."""
    if array.dtype.kind == "M":
        texts: Array = np.datetime_as_string(array).astype(object)
        texts[np.isnat(array)] = None
        array = texts
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    if array.dtype.kind == "U":
        return array.astype(object)
    where = "" if column is None else f"column {column!r}, "
    if array.dtype.kind not in "OT":
        raise ArgumentError(
            f"`{name}` holds numbers ({where}of type {array.dtype}), and strings are expected. Convert them, as "
            "`.astype(str)` does."
        )
    elements: list[Any] = array.ravel().tolist()
    if set(map(type, elements)) <= {str}:
        return array.astype(object)
    strings: Array = np.empty(len(elements), object)
    for row, element in enumerate(elements):
        if isinstance(element, date) and not is_missing(element):
            strings[row] = element.isoformat()
        elif isinstance(element, str | bytes):
            strings[row] = element.decode() if isinstance(element, bytes) else element
        elif not is_missing(element):
            raise ArgumentError(
                f"`{name}` holds {describe(element)} ({where}first in row {row}), and strings are expected. "
                "Convert it, as `.astype(str)` does."
            )
    return strings.reshape(array.shape)
