"""Processes that were forked from one in which JAX had begun, whose threads they do not have."""

from __future__ import annotations

import os
import sys

_has_lost_jax = False


def refuse_forked() -> None:
    """Raise `RuntimeError` in a process that was forked after JAX began, where a computation would wait for ever."""
    if _has_lost_jax:
        raise RuntimeError(
            "This process was forked from one in which JAX had begun, and has none of its threads, so a computation "
            "would never end. Start it by `multiprocessing.get_context('spawn')`, or fork before anything is computed."
        )


def _note_fork() -> None:
    global _has_lost_jax
    bridge = sys.modules.get("jax._src.xla_bridge")
    is_begun = getattr(bridge, "backends_are_initialized", None)
    _has_lost_jax = _has_lost_jax or (is_begun is not None and is_begun())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
