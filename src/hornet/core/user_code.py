"""Errors in user-defined code, told with its line: programs call it far from where the user did."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, cast

import jax

from hornet.core.errors import ArgumentError
from hornet.core.package import is_from_package

anything: Any = jax  # whose own types are partly unknown


class TracedCodeError(ArgumentError):
    """User-defined code needs the values of tensors, and inside a program they have none yet."""


class UncarriedReadError(RuntimeError):
    """A variable or number was read inside a program that does not carry it.

    Args:
        box: The variable or number.
        message: The whole text.
    """

    def __init__(self, box: Any, message: str) -> None:
        super().__init__(message)
        self.box = box


_ADVICE: list[tuple[Any, str]] = [
    (
        anything.errors.TracerBoolConversionError,
        "asks whether a tensor is true, as `if`, `while` and `and` do. Choose with `ops.where` or `ops.cond`",
    ),
    (
        anything.errors.TracerArrayConversionError,
        "gives a tensor to NumPy, or to a library that uses it such as scikit-learn. Use `hornet.ops` instead",
    ),
    (
        anything.errors.TracerIntegerConversionError,
        "takes a tensor for a Python number, as an index or a size. Use `ops.take`, or a number that is known before",
    ),
    (
        anything.errors.NonConcreteBooleanIndexError,
        "picks elements by a mask, so that their number is unknown. Use `ops.where`",
    ),
    (
        anything.errors.ConcretizationTypeError,
        "makes a Python number of a tensor, as `float`, `int` and `range` do. Keep it a tensor, and use `ops`",
    ),
]
_NOT_UNDER_A_GRADIENT = anything.errors.TracerArrayConversionError, anything.errors.ConcretizationTypeError
"""What a tensor that a gradient is taken of does not allow in any way of running."""

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def explain(error: Exception, what: str, has_gradient: bool = True, **given: Any) -> None:
    """Say of an error in user-defined code where it happened; to be called where it is caught.

    Args:
        error: The error, which gets a note.
        what: The code that failed, such as "loss 'own'".
        has_gradient: Whether a gradient is taken of what it computes, which NumPy has not, in no way of running.
        **given: What it got, whose shapes are told.

    Raises:
        TracedCodeError: In place of an error that is about how programs come about.
    """
    if is_explained(error):
        return  # by what is inside
    place = _place_of(error)
    shapes = ", ".join(f"{name} {_shapes(value)}" for name, value in given.items() if value is not None)
    got = f" It got {shapes}." if shapes else ""
    advice = next((advice for kind, advice in _ADVICE if isinstance(error, kind)), None)
    if advice is not None and not (has_gradient and type(error) in _NOT_UNDER_A_GRADIENT):
        advice = f"{advice}; or compile with `run_eagerly=True`, which runs each step without a program"
    if isinstance(error, UncarriedReadError):
        advice = _advice_on_box(error)
    if advice is not None:
        told = TracedCodeError(f"{_capital(what)}{place} {advice}.{got}")
        raise _marked(told).with_traceback(error.__traceback__) from None
    error.add_note(f"This happened in {what}{place}.{got}{_hint(error)}")
    _marked(error)


def is_explained(error: BaseException) -> bool:
    """Return whether an error is one of user-defined code, and says so."""
    return getattr(error, "_is_explained", False)


def shown_traceback(error: BaseException) -> TracebackType | None:
    """Return the traceback of an error in user-defined code, without lines of JAX and of this package by default."""
    if anything.config.jax_traceback_filtering == "off":
        return error.__traceback__
    error.__notes__ = [note for note in getattr(error, "__notes__", []) if "JAX has removed" not in note]
    kept: list[TracebackType] = []
    rest = error.__traceback__
    while rest is not None:
        name = rest.tb_frame.f_globals.get("__name__", "")
        if not is_from_package(name) and str(name).partition(".")[0] not in ("jax", "contextlib"):
            kept.append(rest)
        rest = rest.tb_next
    shown: TracebackType | None = None
    for each in reversed(kept):
        shown = TracebackType(shown, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return shown


def _hint(error: Exception) -> str:
    if "__jax_array__" not in str(error):
        return ""
    return (
        " A variable was passed to one of JAX's functions. Pass `variable.value`, or use `ops`, which take variables."
    )


def _marked(error: Any) -> Any:
    error._is_explained = True
    return error


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _place_of(error: BaseException) -> str:
    """Return the line of the user's, as text behind a name."""
    found = None
    for frame, line in _frames(error):
        if _is_users(frame):
            found = frame, line
    if found is None:
        return ""
    frame, line = found
    file = frame.f_code.co_filename
    source = linecache.getline(file, line, frame.f_globals).strip()
    return f" (line {line} of {Path(file).name}{f': `{source}`' if source else ''})"


def _frames(error: BaseException) -> list[tuple[FrameType, int]]:
    frames: list[tuple[FrameType, int]] = []
    rest = error.__traceback__
    while rest is not None:
        frames.append((rest.tb_frame, rest.tb_lineno))
        rest = rest.tb_next
    return frames


def _is_users(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    is_installed = (
        file.startswith((*_INSTALLED, "<frozen")) or frame.f_globals.get("__name__") in sys.stdlib_module_names
    )
    return not is_installed and not is_from_package(frame.f_globals.get("__name__", ""))


def _advice_on_box(error: UncarriedReadError) -> str | None:
    """Return what to do instead of reading something that belongs to another object."""
    owners: list[Any] = [frame.f_locals.get("self") for frame, _ in _frames(error)]
    metrics = (owner for owner in owners if getattr(cast(object, owner), "_is_metric", False) is True)
    metric = next((metric for metric in metrics if any(each is error.box for each in metric.variables)), None)
    if metric is not None:
        return (
            f"calls a metric, {metric!r}, which keeps totals of its own that are not part of this program. Use a "
            "function of `losses` or a `Loss` there, and pass the metric to `compile(metrics=[...])`"
        )
    if getattr(error.box, "name", None) == "learning_rate":
        return (
            "reads the learning rate, which belongs to the optimizer. Callbacks that set it put it in the history; "
            "otherwise enter it there in a callback's `on_epoch_end`: "
            '`logs["learning_rate"] = float(self.model.optimizer.learning_rate)`'
        )
    return None


def _shapes(value: Any) -> str:
    if hasattr(value, "shape"):
        return str(tuple(value.shape)).replace("batch", "None")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_shapes(part)}" for key, part in cast(Any, value).items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shapes, cast(Any, value))) + "]"
    return type(value).__name__
