"""One wording for bad arguments: what is wrong with the value received, then what to do."""

from __future__ import annotations

import difflib
import importlib
import inspect
import math
import numbers
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from hornet.core.package import is_from_package

P = ParamSpec("P")
R = TypeVar("R")


def positive_int(argument: str, value: Any, advice: str = "") -> int:
    """Return `value` as an `int` of at least 1."""
    return _int(argument, value, 1, "a positive integer", advice)


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
        raise TypeError(_sentence(argument, "a number", value, advice))
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


def one_of(argument: str, value: Any, allowed: Iterable[Any]) -> Any:
    """Return `value` if it is one of the `allowed` ones."""
    choices = list(allowed)
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        advice = (did_you_mean(value, choices) if isinstance(value, str) else "") or " Pass one of them."
        raise ValueError(f"`{argument}` must be one of {listed}, not {describe(value)}.{advice}")
    return value


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, pointing at the user's line that led here."""
    frame, level = inspect.currentframe(), 1
    while frame is not None and is_from_package(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def did_you_mean(name: Any, known: Iterable[Any]) -> str:
    """Return ` Did you mean 'x'?` for the nearest known name, or an empty string."""
    names = [str(candidate) for candidate in known]
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if not near:
        lowered = {candidate.lower(): candidate for candidate in names}
        near = [lowered[match] for match in difflib.get_close_matches(str(name).lower(), lowered, n=1, cutoff=0.6)]
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown_name(family: str, name: Any, known: Iterable[str]) -> ValueError:
    """Return the error for a name that a family of objects does not know."""
    names = sorted(known)
    advice = did_you_mean(name, names) or f" Use one of: {', '.join(names)}."
    return ValueError(f"There is no {family} named {name!r}.{advice}")


def reject_unknown_arguments(function: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise `TypeError` for the first of the `given` argument names that is not `known`."""
    names = list(known)
    for name in given:
        if name not in names:
            advice = did_you_mean(name, names) or f" Use one of: {', '.join(names)}."
            raise TypeError(f"`{function}` has no argument `{name}`.{advice}")


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
        TypeError: `fit` has no argument `epoch`. Did you mean 'epochs'?
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except TypeError as error:
                if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                    raise  # from a line of the function: the call itself was right
                refusal = error
            reject_unknown_arguments(
                name, kwargs, (parameter for parameter in inspect.signature(function).parameters if parameter != "self")
            )
            raise refusal

        return call

    return decorate


def optional_module(name: str, extra: str) -> Any:
    """Return a module of a library that only some need.

    Args:
        name: The module's full name.
        extra: The extra of this package that installs the library.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        library = name.partition(".")[0]
        raise ImportError(
            f"{library} is not installed, and this needs it. Run `pip install 'hornet-nn[{extra}]'`."
        ) from error


def publish(module: str, names: Collection[str], later: Mapping[str, str] | None = None) -> None:
    """Let a module list just its public names, and answer an unknown one with the nearest of them.

    It sets the module's `__dir__` and `__getattr__` without their names in its source: where a checker of
    types sees a `__getattr__`, it takes every name for one that exists.

    Args:
        module: The module's name.
        names: Its public names.
        later: Names that are imported at their first use, and the modules that they, or what they name
            inside, come from.
    """
    sources = later or {}

    def find(name: str) -> Any:
        if name in sources:
            source = importlib.import_module(sources[name])
            return vars(source).get(name, source)
        raise AttributeError(f"module {module!r} has no attribute {name!r}.{did_you_mean(name, names)}")

    vars(sys.modules[module]).update(__getattr__=find, __dir__=lambda: sorted(names))


def describe(value: Any) -> str:
    """Return a short description of a value of any kind, for use in an error."""
    text = repr(value)
    return text if len(text) <= 60 else f"an object of type {type(value).__name__}"


def _is_scalar_array(value: Any) -> bool:
    return getattr(value, "shape", None) == () and getattr(value, "dtype", None) is not None


def _int(argument: str, value: Any, minimum: int, kind: str, advice: str) -> int:
    is_integer = isinstance(value, numbers.Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (is_integer or (_is_scalar_array(value) and float(value).is_integer())):
        raise TypeError(_sentence(argument, kind, value, advice))
    if int(value) < minimum:
        raise ValueError(_sentence(argument, kind, value, advice))
    return int(value)


def _sentence(argument: str, kind: str, value: Any, advice: str) -> str:
    return f"`{argument}` must be {kind}, not {describe(value)}. {advice or f'Pass {kind}.'}"
