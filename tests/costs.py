"""What tests cost, by folder: `pytest --costs` prints CPU seconds and programs, those of child processes included.

CPU seconds depend on the machine; counts of programs do not. Both workers' are summed.
"""

import os
import resource
import sys
import time
from collections import Counter, defaultdict
from contextlib import contextmanager

import jax
import pytest

ASKED = "/jax/core/compile/backend_compile_duration"
MISSED = "/jax/compilation_cache/cache_misses"

counts = Counter()
"""Events of JAX since the process began."""


def count_events():
    jax.monitoring.register_event_duration_secs_listener(lambda event, duration, **_: counts.update([event]))
    jax.monitoring.register_event_listener(lambda event, **_: counts.update([event]))


class ProgramCount:
    """How many programs this process asked XLA for since the last `reset`."""

    def __init__(self):
        self.reset()

    def __call__(self):
        return counts[ASKED] - self._before

    def reset(self):
        self._before = counts[ASKED]


MOST_CALLS = 2_000_000
"""Calls of functions, Python's and C's, in a second or two."""


@contextmanager
def counted_calls():
    """Count the calls of functions in a block, in the one element of a list, and end what makes too many.

    It is what takes the place of seconds, which depend on what else the machine does.
    """
    calls = [0]

    def count(frame, event, argument):
        if event in ("call", "c_call"):
            calls[0] += 1
            assert calls[0] < MOST_CALLS, "it makes call after call"

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def cpu_seconds():
    """Return the CPU time of this process and of the children it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_addoption(parser):
    parser.addoption("--costs", type=int, nargs="?", const=2, metavar="DEPTH", help="print costs by folder")


def pytest_configure(config):
    count_events()
    if config.getoption("--costs"):
        config.pluginmanager.register(Costs(config))


class Costs:
    """Sums the costs of tests by the first parts of their paths."""

    def __init__(self, config):
        self.depth = config.getoption("--costs")
        self.rows = defaultdict(lambda: [0, 0.0, 0.0, 0, 0])
        self.memory = []
        self.config = config

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        before = cpu_seconds(), time.perf_counter(), counts[ASKED], counts[MISSED]
        outcome = yield
        after = cpu_seconds(), time.perf_counter(), counts[ASKED], counts[MISSED]
        self.add(self.group_of(item.nodeid), [1, *(late - early for early, late in zip(before, after, strict=True))])
        return outcome

    def group_of(self, nodeid):
        return "/".join(nodeid.split("::")[0].split("/")[: self.depth])

    def add(self, group, row):
        self.rows[group] = [sum(pair) for pair in zip(self.rows[group], row, strict=True)]

    def pytest_sessionfinish(self, session):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["costs"] = dict(self.rows), peak, cpu_seconds()
        else:
            self.memory.append((peak, cpu_seconds()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        rows, peak, cpu = getattr(node, "workeroutput", {}).get("costs", ({}, 0, 0.0))
        self.memory.append((peak, cpu))
        for group, row in rows.items():
            self.add(group, row)

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        write(f"\n{'':52} {'tests':>6} {'CPU s':>8} {'wall s':>8} {'programs':>8} {'compiled':>8}")
        ordered = sorted(self.rows.items(), key=lambda item: -item[1][1])
        total = [sum(column) for column in zip(*self.rows.values(), strict=True)] or [0, 0.0, 0.0, 0, 0]
        for group, (tests, cpu, wall, asked, missed) in [*ordered, ("sum", total)]:
            write(f"{group:52} {tests:6} {cpu:8.1f} {wall:8.1f} {asked:8} {missed:8}")
        for peak, cpu in self.memory:
            write(f"process: {peak} MiB at most, {cpu:.0f} CPU s with imports and collection")
