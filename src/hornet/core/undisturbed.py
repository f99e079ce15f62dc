"""What keeps a thread that reads a model's state from seeing half of what another one writes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_lock = threading.RLock()


def undisturbed(function: Callable[P, R]) -> Callable[P, R]:
    """Let no other thread read or write the state of a model while a function does.

    Example:
        >>> undisturbed(abs)(-1)
        1
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with _lock:
            return function(*args, **kwargs)

    return call


def _renew() -> None:
    """Give a forked process a lock that no thread of its parent holds."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
