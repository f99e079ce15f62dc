"""Which thread trains a model."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

_threads: dict[int, int] = {}
"""The thread that trains a model, by the model's `id`."""


@contextmanager
def trained_by_this_thread(model: Any) -> Generator[None, None, None]:
    """Refuse to train a model while another thread does: each would undo what the other has learnt."""
    thread = threading.get_ident()
    is_outermost = id(model) not in _threads
    if _threads.setdefault(id(model), thread) != thread:
        raise RuntimeError(
            f"{model.name!r} is being trained by another thread. Wait for its `fit` to end, or train a copy of the "
            "model (`clone_model`)."
        )
    try:
        yield
    finally:
        if is_outermost:
            del _threads[id(model)]


def is_being_trained(model: Any) -> bool:
    """Return whether a `fit` of the model is on."""
    return id(model) in _threads
