"""Process-wide settings: the default floating-point type, the fuzz factor, and where images have their channels."""

from __future__ import annotations

from typing import Any, cast

import jax

from hornet.core.checks import number, one_of

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_filters_tracebacks = True


def floatx() -> str:
    """Return the name of the default floating-point type.

    Example:
        >>> floatx()
        'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default floating-point type: `"float16"`, `"bfloat16"`, `"float32"` or `"float64"`.

    For `"float64"` JAX's 64-bit types are turned on, for the whole process.
    """
    global _floatx
    _floatx = one_of("value", value, ("float16", "bfloat16", "float32", "float64"))
    if value == "float64":
        cast(Any, jax.config).update("jax_enable_x64", True)


def epsilon() -> float:
    """Return the fuzz factor that keeps logarithms and divisions finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor."""
    global _epsilon
    _epsilon = number("value", value, above=0.0)


def image_data_format() -> str:
    """Return where images have their channels if nobody says: `"channels_last"` or `"channels_first"`.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set where images have their channels in layers that are made from now on.

    Raises:
        ValueError: If it is not `"channels_last"` or `"channels_first"`.
    """
    global _image_data_format
    _image_data_format = checked_data_format(data_format)


def checked_data_format(data_format: str | None) -> str:
    """Return where images have their channels, as an argument says or the setting."""
    return one_of("data_format", data_format or _image_data_format, ("channels_last", "channels_first"))


def is_traceback_filtering_enabled() -> bool:
    """Return whether errors leave out the lines of JAX, and of this package, that say nothing to its users.

    Example:
        >>> is_traceback_filtering_enabled()
        True
    """
    return _filters_tracebacks


def enable_traceback_filtering() -> None:
    """Leave out of errors the lines that say nothing to users, which is the default."""
    _filter_tracebacks(True)


def disable_traceback_filtering() -> None:
    """Show every line that led to an error.

    Example:
        >>> disable_traceback_filtering()
        >>> is_traceback_filtering_enabled()
        False
        >>> enable_traceback_filtering()
    """
    _filter_tracebacks(False)


def _filter_tracebacks(filters: bool) -> None:
    global _filters_tracebacks
    _filters_tracebacks = filters
    cast(Any, jax.config).update("jax_traceback_filtering", "auto" if filters else "off")
