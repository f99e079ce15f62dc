"""The nearest name that is known, for an error about one that is not."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from hornet.core.absent_names import why_no_attribute
from hornet.core.errors import ArgumentError, UnknownNameError, UnknownObjectError
from hornet.core.user_code import is_explained, shown_traceback

P = ParamSpec("P")
R = TypeVar("R")


def did_you_mean(name: Any, known: Iterable[Any]) -> str:
    """Return ` Did you mean 'x'?` for the nearest known name, or an empty string."""
    names = [str(candidate) for candidate in known]
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if not near:
        lowered = {candidate.lower(): candidate for candidate in names}
        near = [lowered[match] for match in difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)]
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown_name(family: str, name: Any, known: Iterable[str]) -> UnknownNameError:
    """Return the error for a name that a family of objects does not know."""
    names = sorted(known)
    advice = did_you_mean(name, names) or f" Use one of: {', '.join(names)}."
    return UnknownNameError(family, name, f"There is no {family} named {name!r}.{advice}")


def unknown_object(family: str, name: Any, known: Iterable[str]) -> UnknownObjectError:
    """Return the error for a description of a class or function that nobody knows."""
    error = UnknownObjectError(family, name, "")
    error.args = (f"There is no {family} named {name!r}.{did_you_mean(name, sorted(known))} {error.passing}",)
    return error


def reject_unknown_arguments(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise `ArgumentError` for the first of the `given` argument names that is not `known`."""
    names = list(known)
    for name in given:
        if name not in names:
            why = why_no_attribute(name)
            advice = f" {why}" if why else did_you_mean(name, names) or f" Use one of: {', '.join(names)}."
            raise ArgumentError(f"`{function}` has no argument `{name}`.{advice}")


def explained(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator after which a call with an argument that a function does not take names the nearest one.

    The signature stays the function's, so type checkers and editors know each argument, and only a call that fails
    is looked at.

    Args:
        name: What the user called.

    Example:
        >>> @explained("fit")
        ... def fit(x, epochs=1): ...
        >>> fit(0, epoch=3)
        Traceback (most recent call last):
        hornet.core.errors.ArgumentError: `fit` has no argument `epoch`. Did you mean 'epochs'?
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if is_explained(error):
                    raise error.with_traceback(shown_traceback(error)) from error.__cause__
                is_of_call = error.__traceback__ is not None and error.__traceback__.tb_next is None
                if not isinstance(error, TypeError) or not is_of_call:
                    raise  # from a line of the function: the call itself was right
                refusal = error
            reject_unknown_arguments(
                name, kwargs, (parameter for parameter in inspect.signature(function).parameters if parameter != "self")
            )
            raise refusal

        return call

    return decorate
