"""Process-wide settings: the default floating-point type, the fuzz factor, and where images have their channels."""

from __future__ import annotations

from typing import Any, cast, overload

import jax

from hornet.core.checks import number, one_of, positive_int, warn

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


_limits: dict[str, int | None] = {"max_epochs": None, "max_steps_per_epoch": None}


@overload
def within_limit(setting: str, wanted: int) -> int: ...
@overload
def within_limit(setting: str, wanted: int | None) -> int | None: ...
def within_limit(setting: str, wanted: int | None) -> int | None:
    """Return a number of epochs or of an epoch's batches, or the limit that is set, with a warning."""
    limit = _limits[setting]
    if limit is None or (wanted is not None and wanted <= limit):
        return wanted
    warn(f"`config.set_{setting}({limit})` is set, so there are {limit} instead of {wanted or 'all'}.")
    return limit


def max_epochs() -> int | None:
    """Return the largest number of epochs of one `fit`; `None` for any.

    Example:
        >>> max_epochs()
    """
    return _limits["max_epochs"]


def set_max_epochs(max_epochs: int | None) -> None:
    """Let each `fit` end after a number of epochs, for a trial run of a whole program; `None` lifts the limit.

    Example:
        >>> set_max_epochs(None)
    """
    _limits["max_epochs"] = None if max_epochs is None else positive_int("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Return the largest number of batches of an epoch or evaluation; `None` for any.

    Example:
        >>> max_steps_per_epoch()
    """
    return _limits["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Let each epoch and evaluation end after a number of batches; `None` lifts the limit. `predict` takes all rows.

    Example:
        >>> set_max_steps_per_epoch(None)
    """
    steps = max_steps_per_epoch
    _limits["max_steps_per_epoch"] = None if steps is None else positive_int("max_steps_per_epoch", steps)


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
