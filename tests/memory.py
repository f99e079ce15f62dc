"""Keeps the memory of test processes bounded: drops the programs of tests that have ended."""

import gc

import jax
import pytest
from tests.costs import ProgramCount

PROGRAMS_KEPT, PROGRAMS_OF_A_FILE = 300, 900
"""How many programs a process compiles or loads before it drops all: JAX keeps one to two MB for each."""

programs = ProgramCount()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Drop programs once there are many; whoever needs one again finds it in the compile cache.

    Between two files if possible: within one, tests may share programs, and some count what is compiled.
    """
    is_last = nextitem is None or nextitem.path != item.path
    if programs() > (PROGRAMS_KEPT if is_last else PROGRAMS_OF_A_FILE):
        jax.clear_caches()
        gc.collect()
        programs.reset()
