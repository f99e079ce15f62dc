"""Paths for people: the names of the objects in which something is made, as `"encoder/dense/kernel"`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_owners: ContextVar[tuple[Any, ...]] = ContextVar("hornet_owners", default=())


@contextmanager
def inside(owner: Any) -> Generator[None]:
    """Let paths of what is made in a block begin with an object's name, behind those of the blocks around it.

    Args:
        owner: A layer or model; where it is inside itself, as in a `build` that calls another, it counts once.
    """
    owners = _owners.get()
    token = _owners.set(owners if owners and owners[-1] is owner else (*owners, owner))
    try:
        yield
    finally:
        _owners.reset(token)


def path_in(owner: Any) -> str:
    """Return the path of an object that is built now.

    Example:
        >>> from types import SimpleNamespace
        >>> with inside(SimpleNamespace(name="encoder")):
        ...     path_in(SimpleNamespace(name="dense"))
        'encoder/dense'
    """
    owners = _owners.get()
    return "/".join(each.name for each in (owners if owners and owners[-1] is owner else (*owners, owner)))
