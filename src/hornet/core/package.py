"""Which code is this package's own, and which is user-defined."""

from __future__ import annotations

from typing import Any

PACKAGE = __name__.partition(".")[0]


def is_from_package(named: Any) -> bool:
    """Return whether a class, function or module name comes from this package.

    Example:
        >>> is_from_package(is_from_package), is_from_package(int), is_from_package("hornet.layers")
        (True, False, True)
    """
    module = named if isinstance(named, str) else getattr(named, "__module__", None)
    return str(module).partition(".")[0] == PACKAGE


def overridden(method: Any) -> Any:
    """Return a method's function if a user-defined class overrides it, or `None` if it is ours."""
    return None if is_from_package(method.__func__) else method.__func__
