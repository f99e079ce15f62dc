"""User-defined classes and functions under the names by which configs and files call them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Entered = TypeVar("Entered", bound=Callable[..., Any])

_objects: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scoped: ContextVar[dict[str, Any] | None] = ContextVar("hornet_scoped", default=None)


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Entered], Entered]:
    """Return a decorator that lets files name a user-defined class or function.

    Args:
        package: Prefix of the name in files, so that names of several projects do not clash.
        name: The name; by default the class's or function's.

    Raises:
        ValueError: If it is a class without `get_config`.

    Example:
        >>> @register_keras_serializable("shapes")
        ... def twice(x):
        ...     return 2 * x
        >>> get_registered_name(twice), get_registered_object("shapes>twice") is twice
        ('shapes>twice', True)
    """

    def enter(entered: Any) -> Any:
        if isinstance(entered, type) and not hasattr(entered, "get_config"):
            raise ValueError(
                f"`{entered.__name__}` has no `get_config`, so files cannot describe its objects. Write one, or derive "
                "it from a class that has."
            )
        full = f"{package}>{name or entered.__name__}"
        _objects[full] = entered
        _names[entered] = full
        return entered

    return enter


def get_registered_name(obj: Any) -> str:
    """Return the name by which files call a class or function: the registered one, else its own."""
    obj = getattr(obj, "_described_as", obj)
    try:
        registered = _names.get(obj)
    except TypeError:  # not hashable
        registered = None
    return registered or getattr(obj, "__name__", type(obj).__name__)


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return the class or function of a name, or `None`.

    Args:
        name: The name, as `get_registered_name` returns it.
        custom_objects: Further ones by name, which come first.
        module_objects: Further ones by name, which come last.
    """
    for known in (custom_objects or {}, _objects, module_objects or {}):
        if name in known:
            return known[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """Return all registered classes and functions by their full names; what you enter is registered."""
    return _objects


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> Generator[None, None, None]:
    """Let every registry know user-defined classes and functions for the time of a `with` block.

    Args:
        custom_objects: Classes and functions by name; they come before members of the same name. `None` is none.

    Example:
        >>> with custom_object_scope({"twice": lambda x: 2 * x}):
        ...     known_objects()["twice"](3)
        6
    """
    token = _scoped.set({**scoped_objects(), **(custom_objects or {})})
    try:
        yield
    finally:
        _scoped.reset(token)


def scoped_objects() -> dict[str, Any]:
    """Return the user-defined classes and functions of the open scopes."""
    return _scoped.get() or {}


def known_objects() -> dict[str, Any]:
    """Return user-defined classes and functions: those registered, and those of open scopes."""
    return {**_objects, **scoped_objects()}
