"""One wording for bad arguments: what is wrong with the value received, then what to do."""

from __future__ import annotations

import inspect
import logging
import math
import numbers
import threading
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cache
from typing import Any

from hornet.core.errors import ArgumentError
from hornet.core.package import is_from_package
from hornet.core.suggestions import did_you_mean

LARGEST = 2**31 - 1
"""The longest axis: XLA counts in 32 bits."""


def positive_int(argument: str, value: Any, advice: str = "") -> int:
    """Return `value` as an `int` of at least 1."""
    return _int(argument, value, 1, "a positive integer", advice)


def axis_size(argument: str, value: Any, advice: str = "") -> int:
    """Return `value` as an `int` of at least 1 that an axis may have."""
    found = positive_int(argument, value, advice)
    if found > LARGEST:
        raise ArgumentError(f"`{argument}` is {found}, and no axis is longer than {LARGEST}. Pass less.")
    return found


def integer_size(argument: str, value: Any, advice: str = "") -> int:
    """Return `value` as an `int` of at least 1, and refuse a float even where it is whole, as Keras's layers do."""
    reject_float(argument, value, "a positive integer", advice)
    return axis_size(argument, value, advice)


def reject_float(argument: str, value: Any, kind: str = "an integer", advice: str = "") -> None:
    """Raise `TypeError` for a number of a floating-point type."""
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        raise ArgumentError(_sentence(argument, kind, value, advice))


def non_negative_int(argument: str, value: Any, advice: str = "") -> int:
    """Return `value` as an `int` of at least 0."""
    return _int(argument, value, 0, "an integer of at least 0", advice)


def number(
    argument: str,
    value: Any,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
    advice: str = "",
) -> float:
    """Return `value` as a finite `float` within the bounds."""
    if isinstance(value, bool) or (not isinstance(value, numbers.Real) and not _is_scalar_array(value)):
        raise ArgumentError(_sentence(argument, "a number", value, advice))
    result = float(value)  # pyright: ignore[reportArgumentType]
    if not math.isfinite(result) or not (at_least <= result <= at_most and above < result < below):
        bounds = [
            f"at least {at_least:g}" if at_least > -math.inf else "",
            f"above {above:g}" if above > -math.inf else "",
            f"at most {at_most:g}" if at_most < math.inf else "",
            f"below {below:g}" if below < math.inf else "",
        ]
        kind = " and ".join(bound for bound in bounds if bound)
        raise ValueError(_sentence(argument, f"a finite number {kind}".rstrip(), value, advice))
    return result


def boolean(argument: str, value: Any) -> bool:
    """Return `value` as a `bool`: one of Python's or NumPy's, an array of no axes, or 0 or 1. `None` is `False`."""
    if value is None:
        return False
    is_one = type(value).__name__ in ("bool", "bool_") or _is_scalar_array(value)
    if not is_one and not (isinstance(value, numbers.Integral) and value in (0, 1)):
        raise ArgumentError(_sentence(argument, "True or False", value, "Pass one of them."))
    return bool(value)


def text(argument: str, value: Any) -> str:
    """Return `value` if it is text."""
    if not isinstance(value, str):
        raise ArgumentError(_sentence(argument, "text", value, ""))
    return value


def one_of(argument: str, value: Any, allowed: Iterable[Any]) -> Any:
    """Return `value` if it is one of the `allowed` ones."""
    choices = list(allowed)
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        advice = (did_you_mean(value, choices) if isinstance(value, str) else "") or " Pass one of them."
        raise ValueError(f"`{argument}` must be one of {listed}, not {describe(value)}.{advice}")
    return value


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, pointing at the user's line that led here; where warnings are held back, keep it for later."""
    if _held.warnings is not None:
        _held.warnings.append((message, category))
        return
    frame, level = inspect.currentframe(), 1
    while frame is not None and is_from_package(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@cache
def say_difference(what: str) -> None:
    """Log, once in a process, what is computed in another way than in Keras."""
    logging.getLogger("hornet").warning("%s. See docs/explanations/differences.md.", what)


class _Held(threading.local):
    warnings: list[tuple[str, type[Warning]]] | None = None


_held = _Held()


@contextmanager
def held_back() -> Generator[list[tuple[str, type[Warning]]], None, None]:
    """Hold back the warnings of this thread, to which no line of the user's has led, for a thread that waits for it.

    Example:
        >>> with held_back() as warnings:
        ...     warn("`x` has NaN.")
        >>> warnings
        [('`x` has NaN.', <class 'UserWarning'>)]
    """
    _held.warnings = []
    try:
        yield _held.warnings
    finally:
        _held.warnings = None


def describe(value: Any) -> str:
    """Return a short description of a value of any kind, for use in an error."""
    text = repr(value)
    return text if len(text) <= 60 else f"an object of type {type(value).__name__}"


def _is_scalar_array(value: Any) -> bool:
    return getattr(value, "shape", None) == () and getattr(value, "dtype", None) is not None


def _int(argument: str, value: Any, minimum: int, kind: str, advice: str) -> int:
    is_integer = isinstance(value, numbers.Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (is_integer or (_is_scalar_array(value) and float(value).is_integer())):
        raise ArgumentError(_sentence(argument, kind, value, advice))
    if int(value) < minimum:
        raise ValueError(_sentence(argument, kind, value, advice))
    return int(value)


def _sentence(argument: str, kind: str, value: Any, advice: str) -> str:
    return f"`{argument}` must be {kind}, not {describe(value)}. {advice or f'Pass {kind}.'}"
