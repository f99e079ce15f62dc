"""Memory that nobody uses, given back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import jax

_forget: list[Callable[[], None]] = []


def forgotten_with_session(forget: Callable[[], None]) -> None:
    """Have a function called when the user clears the session."""
    _forget.append(forget)


def forget_programs() -> None:
    """Drop every compiled program, of JAX's own too, and give the memory back."""
    for forget in _forget:
        forget()
    jax.clear_caches()
    gc.collect()
    return_memory()


def return_memory() -> None:
    """Have the C library give back what was freed, which glibc keeps for later."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    if sys.platform != "linux":
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library
        return None
