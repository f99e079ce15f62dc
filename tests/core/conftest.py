"""Counts of compiles: facts about programs, not times."""

from contextlib import contextmanager

import jax
import pytest

COMPILED = "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def compiles():
    """Return a context in which programs that XLA is asked for are counted."""

    @contextmanager
    def counting():
        events = []

        def listen(event, duration, **_):
            if event == COMPILED:
                events.append(duration)

        jax.monitoring.register_event_duration_secs_listener(listen)
        try:
            yield lambda: len(events)
        finally:
            jax.monitoring.unregister_event_duration_listener(listen)

    return counting
