"""JAX's and XLA's settings, made only where the user has made none and JAX has not started.

See docs/reference/settings.md for what each one does and how to turn it off.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jax

from hornet.core import compile_cache

_HOIST = "xla_cpu_small_while_loop_byte_threshold"
_hoisting = False


def configure() -> None:
    """Turn on the compile cache and loop hoisting, each unless its environment variable says `off` or the like."""
    if _jax_has_started():
        if f"{_HOIST}=" not in os.environ.get("XLA_FLAGS", "") and not _is_off("HORNET_HOIST"):
            logging.getLogger("hornet").warning(
                "JAX had started before `import hornet`: programs of small models are slower, none is kept on the disk "
                "and the last bits of weights may differ from those of a process that imports hornet first."
            )
        return
    if not _is_off("HORNET_HOIST"):
        _allow_hoisting()
    if not _is_off("HORNET_CACHE"):
        _cache_compiles()


def compiler_options(shapes: Iterable[Sequence[int]], is_brief: bool = False) -> tuple[tuple[str, str | int], ...]:
    """Return XLA's options for the programs of a model, by the shapes of its weights alone.

    Args:
        shapes: The shapes.
        is_brief: Whether the time of compiling matters. Where no loop is hoisted, LLVM optimizes less then: it took
            half the time for three small layers, and their programs were as fast.

    A loop whose weights are small is compiled as one native function ("hoisted"), which saves XLA's cost of
    every operation; with larger weights that function's matrix products are slower than XLA's own.
    """
    if is_hoisted(shapes):
        return (("xla_cpu_experimental_ynn_fusion_type", ""),)
    return (("xla_backend_optimization_level", 1),) if is_brief else ()


def is_hoisted(shapes: Iterable[Sequence[int]]) -> bool:
    """Return whether the loop of a model with weights of these shapes is compiled as one native function."""
    return _hoisting and _are_small([tuple(shape) for shape in shapes if len(shape) >= 2])


def _are_small(kernels: Sequence[Sequence[int]]) -> bool:
    """Return whether hoisting is faster, as measured for batches of 32 over some thirty networks on a Zen 3 core.

    The bounds are tighter behind the first kernel, where the gradient needs one more matrix product. A kernel of more
    than two axes is a convolution's, whose products are as many as an image has positions, however small it is.
    """
    if not kernels or any(len(kernel) > 2 for kernel in kernels):
        return False
    (features, units), *later = kernels
    first_is_small = (features <= 20 and features * units <= 2400) or units == 1
    return first_is_small and all(math.prod(kernel) <= 300 for kernel in later)


def _is_off(variable: str) -> bool:
    """Return whether an environment variable says no, as people write it."""
    return os.environ.get(variable, "").strip().lower() in ("off", "0", "false", "no", "none")


def _jax_has_started() -> bool:
    bridge = sys.modules.get("jax._src.xla_bridge")
    is_started = getattr(bridge, "backends_are_initialized", None)
    return bool(is_started()) if callable(is_started) else True


def _allow_hoisting() -> None:
    global _hoisting
    flags = os.environ.get("XLA_FLAGS", "")
    if f"{_HOIST}=1000000000" in flags:  # set by the process that started this one
        _hoisting = True
    elif "xla_backend_extra_options" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_backend_extra_options={_HOIST}=1000000000".strip()
        _hoisting = True


def _cache_compiles() -> None:
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir or not settings.jax_enable_compilation_cache:
        return
    folder: Path | None = None
    try:
        folder = compile_cache.place()
        compile_cache.make_private(folder)
        compile_cache.install(folder)
    except OSError as error:
        named, advice = (
            (f" {folder}", "Make the folder yours and writable") if folder else ("", "Name one, HORNET_CACHE=")
        )
        warnings.warn(
            f"The compile cache{named} cannot be used ({error}), so each process compiles again. "
            f"{advice}, or set HORNET_CACHE=off.",
            stacklevel=2,
        )
        return
    settings.update("jax_compilation_cache_dir", str(folder))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        settings.update("jax_persistent_cache_min_compile_time_secs", 0.0)
