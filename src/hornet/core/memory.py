"""Memory that nobody uses, given back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import jax

anything: Any = jax  # whose own types are partly unknown
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


def forget_traces() -> None:
    """Drop what JAX's own functions keep of every program that they were traced in, and give the memory back.

    A program that is dropped frees what is its own. But a `jnp.matmul` or `jnp.where` in it is a jitted function too,
    which would keep each shape that it was ever traced for. Programs that are compiled stay so.
    """
    for function in _jitted_by_jax():
        function.clear_cache()
    return_memory()


@cache
def _jitted_by_jax() -> list[Any]:
    one = anything.jit(forget_traces)
    jitted = (each for each in gc.get_objects() if type(each) is type(one))
    return [each for each in jitted if str(getattr(each, "__module__", "")).startswith("jax.")]


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
