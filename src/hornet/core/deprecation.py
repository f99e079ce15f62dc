"""How a public name or argument goes: it warns for at least one minor release, and says what to use instead.

docs/reference/stability.md is the promise that this keeps.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from hornet.core.checks import warn

Deprecated = TypeVar("Deprecated", bound=Callable[..., Any])


def deprecated(*, since: str, removal: str, instead: str) -> Callable[[Deprecated], Deprecated]:
    """Return a decorator that makes calls of a function, method or class warn; a class stays the object that it is.

    Args:
        since: The minor release that begins to warn, such as `"0.3"`.
        removal: The minor release that has the name no longer.
        instead: The name to use.

    Raises:
        ValueError: If `removal` is not a later minor release than `since`.

    Example:
        >>> import warnings
        >>> @deprecated(since="0.3", removal="0.5", instead="twice")
        ... def double(x):
        ...     return 2 * x
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     double(3)
        6
        >>> print(caught[0].message)
        `double` is deprecated since version 0.3 and will be removed in version 0.5. Use `twice` instead.
    """
    term = _term(since, removal)

    def mark(entered: Any) -> Any:
        message = f"`{entered.__qualname__}` {term} Use `{instead}` instead."
        function = entered.__init__ if isinstance(entered, type) else entered

        @functools.wraps(function)
        def warning(*args: Any, **kwargs: Any) -> Any:
            warn(message, FutureWarning)
            return function(*args, **kwargs)

        if not isinstance(entered, type):
            return warning
        cast(Any, entered).__init__ = warning
        return cast(Any, entered)

    return mark


def deprecated_argument(name: str, *, since: str, removal: str, advice: str) -> Callable[[Deprecated], Deprecated]:
    """Return a decorator that makes a function warn when it is passed an argument that goes without a successor.

    Args:
        name: The argument, which stays in the signature until it is removed.
        since: The minor release that begins to warn.
        removal: The minor release that has the argument no longer.
        advice: A sentence that says what to do.

    Raises:
        ValueError: If `removal` is not a later minor release than `since`, or the function has no such argument.

    Example:
        >>> import warnings
        >>> @deprecated_argument("workers", since="0.3", removal="0.5", advice="Leave it out; it does nothing.")
        ... def fit(x, workers=1):
        ...     return x
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     values = fit(1), fit(2, workers=4)
        >>> [str(warning.message).partition(" since")[0] for warning in caught]
        ['The argument `workers` of `fit` is deprecated']
    """
    term = _term(since, removal)

    def mark(function: Any) -> Any:
        message = f"The argument `{name}` of `{_name_of_callable(function)}` {term} {advice}"
        parameters = inspect.signature(function).parameters
        if name not in parameters:
            raise ValueError(
                f"`{_name_of_callable(function)}` has no argument `{name}`. Keep it in the signature until it goes."
            )
        keyword_only = parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        index = float("inf") if keyword_only else list(parameters).index(name)

        @functools.wraps(function)
        def warning(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs or len(args) > index:
                warn(message, FutureWarning)
            return function(*args, **kwargs)

        return warning

    return mark


def renamed_argument(old: str, new: str, *, since: str, removal: str) -> Callable[[Deprecated], Deprecated]:
    """Return a decorator that passes an argument's value on to its new name, and warns.

    Args:
        old: The name that goes, and that the signature no longer has.
        new: The name that the signature has.
        since: The minor release that begins to warn.
        removal: The minor release that accepts the old name no longer.

    Raises:
        ValueError: If `removal` is not a later minor release than `since`, or the function has no argument `new`.

    Example:
        >>> import warnings
        >>> @renamed_argument("size", "units", since="0.3", removal="0.5")
        ... def width(units):
        ...     return units
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     width(size=3)
        3
        >>> print(str(caught[0].message).partition(". ")[2])
        Use `units` instead.
    """
    term = _term(since, removal)

    def mark(function: Any) -> Any:
        message = f"The argument `{old}` of `{_name_of_callable(function)}` {term} Use `{new}` instead."
        if new not in inspect.signature(function).parameters:
            raise ValueError(f"`{_name_of_callable(function)}` has no argument `{new}`. Name one that it has.")

        @functools.wraps(function)
        def warning(*args: Any, **kwargs: Any) -> Any:
            if old in kwargs:
                if new in kwargs:
                    raise TypeError(
                        f"`{_name_of_callable(function)}` got both `{new}` and its old name `{old}`. Pass `{new}`."
                    )
                warn(message, FutureWarning)
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return warning

    return mark


def _name_of_callable(function: Any) -> str:
    """Return what a user calls: the class, where the function is its constructor."""
    return function.__qualname__.removesuffix(".__init__")


def _term(since: str, removal: str) -> str:
    """Return the sentence on when a name goes; both are `"major.minor"`."""
    first, last = (tuple(int(part) for part in version.split(".")) for version in (since, removal))
    if not (len(first) == len(last) == 2 and first < last):
        raise ValueError(f"`removal` must be a later minor release than {since!r}, not {removal!r}. See stability.md.")
    return f"is deprecated since version {since} and will be removed in version {removal}."
