"""What JAX keeps of programs that are gone."""

import gc

import jax
import jax.numpy as jnp
import numpy as np
from tests.costs import ProgramCount

from hornet.core.memory import forget_traces
from hornet.training.program_cache import ProgramCache


def jaxprs():
    gc.collect()
    return sum(type(each).__name__ == "Jaxpr" for each in gc.get_objects())


def traced(width):
    """Compile a program of its own for a width, and drop it."""
    return jax.jit(lambda x: jnp.where(x > 0, jnp.matmul(x, x), jnp.square(x)))(np.ones((width, width), "float32"))


def test_what_jax_s_functions_keep_of_programs_that_are_gone_is_forgotten():
    kept = jax.jit(lambda x: jnp.matmul(x, x))
    kept(np.ones((2, 2)))
    traced(3)
    forget_traces()
    before = jaxprs()
    for width in range(4, 9):
        traced(width)
    assert jaxprs() >= before + 5 * 3
    forget_traces()
    assert jaxprs() <= before
    programs = ProgramCount()
    kept(np.ones((2, 2)))
    assert programs() == 0


class Fake:
    """A program for each size that it is called with."""

    def size_of(self, arguments):
        return arguments

    def jit(self):
        return object()


def test_that_happens_where_many_programs_were_dropped(monkeypatch):
    times = []
    monkeypatch.setattr("hornet.training.program_cache.forget_traces", lambda: times.append(1))
    cache, program = ProgramCache(size=3), Fake()
    for size in range(3 + 40):
        cache.compiled(program, (size, size))
    assert len(times) == 2
