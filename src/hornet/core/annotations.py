"""Whether arguments are of the kinds that a constructor's annotations name: one check for all families of objects.

It comes behind the constructor, whose own checks say more, and knows only kinds that cannot be taken for others: text,
numbers, `True` and `False`, lists, dicts and functions. What it does not know it lets pass.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, wraps
from inspect import Parameter, Signature, signature, unwrap
from numbers import Integral, Real
from typing import Any, Union, cast, get_args, get_origin

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.suggestions import reject_unknown_arguments

_LISTS: tuple[Any, ...] = (Sequence, Iterable, Collection, list, tuple)
_FEW = 100
"""Elements of a list that are looked at."""


def checked(init: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that refuses what is not of the kind that its annotations name.

    Example:
        >>> class Wheel:
        ...     @checked
        ...     def __init__(self, size: int, name: str | None = None):
        ...         self.size = size
        >>> Wheel("a")
        Traceback (most recent call last):
        hornet.core.errors.ArgumentError: `size` of `Wheel` must be an integer, not 'a'. Pass an integer.
    """

    @wraps(init)
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except Exception as error:
            if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
                reject_unknown_arguments(type(self).__name__, kwargs, _hints(init))
            if "`" not in str(error):  # what names no argument is Python's or another library's
                _refuse_misfits(init, self, args, kwargs, error)
            raise
        _refuse_misfits(init, self, args, kwargs)

    return construct


def _refuse_misfits(
    init: Callable[..., None], made: Any, args: Sequence[Any], kwargs: Mapping[str, Any], cause: Exception | None = None
) -> None:
    """Raise an error for the first argument that is not of the kind that its annotation names.

    Raises:
        ArgumentError: If there is one.
    """
    hints = _hints(init)
    for name, value in (*zip(hints, args, strict=False), *kwargs.items()):
        hint = hints.get(name, Any)
        if not _fits(value, hint):
            kind = _words(hint)
            raise ArgumentError(
                f"`{name}` of `{type(made).__name__}` must be {kind}, not {describe(value)}. Pass {kind}."
            ) from cause


@cache
def _hints(init: Callable[..., None]) -> dict[str, Any]:
    """Return the annotation of each argument, in the order of places; `Any` where it is none that is known here."""
    plain = unwrap(init)
    shown: Signature = signature(plain)
    named = [each for each in shown.parameters.values() if each.kind is not Parameter.VAR_KEYWORD][1:]
    if any(each.kind is Parameter.VAR_POSITIONAL for each in named):
        return {}
    return {each.name: _evaluated(each, plain) for each in named}


def _evaluated(parameter: Parameter, function: Any) -> Any:
    try:
        written = parameter.annotation
        hint = eval(written, function.__globals__) if isinstance(written, str) else written
    except (NameError, SyntaxError, TypeError, AttributeError):  # a name for type checkers alone
        return Any
    return hint | None if parameter.default is None else hint


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if hint is None or hint is type(None):
        return value is None
    if hint is bool:  # `None` is `False`
        return value is None or _is_boolean(value)
    if hint is int:
        return _is_number(value) and (not isinstance(value, Real) or _is_whole(value))
    if hint is float:
        return _is_number(value)
    if hint is str:
        return isinstance(value, str)
    kind = origin or hint
    if kind in _LISTS:
        return _is_list(value) and _elements_fit(value, parts)
    if kind in (Mapping, dict):
        return isinstance(value, Mapping)
    return callable(value) if kind is Callable else True


def _is_boolean(value: Any) -> bool:
    return type(value).__name__ in ("bool", "bool_") or (isinstance(value, Real) and value in (0, 1))


def _is_number(value: Any) -> bool:
    """Return whether a value is a number, or holds one as an array, a variable or a schedule's result does."""
    return isinstance(value, Real) or getattr(value, "shape", None) == () or callable(getattr(value, "__array__", None))


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) or (value == value and abs(value) != float("inf") and int(value) == value)


def _is_list(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)


def _elements_fit(value: Any, parts: tuple[Any, ...]) -> bool:
    if not isinstance(value, list | tuple) or not parts:
        return True
    elements = cast(Sequence[Any], value)[:_FEW]
    hints = parts if len(parts) == len(elements) and Ellipsis not in parts else parts[:1] * len(elements)
    return all(_fits(element, hint) for element, hint in zip(elements, hints, strict=False))


_WORDS = {int: "an integer", float: "a number", bool: "True or False", str: "text"}
_PLURALS = {int: " of integers", float: " of numbers", str: " of texts"}


def _words(hint: Any) -> str:
    """Return the kinds that an annotation allows, for an error."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(part) for part in parts))
    if hint is None or hint is type(None):
        return "None"
    kind = origin or hint
    if kind in _LISTS:
        return "a list" + next((words for part, words in _PLURALS.items() if part in parts), "")
    if kind in (Mapping, dict):
        return "a dict"
    return "a function" if kind is Callable else _WORDS.get(hint, f"a `{getattr(hint, '__name__', hint)}`")
