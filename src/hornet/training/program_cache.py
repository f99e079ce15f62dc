"""The table of compiled programs: models of equal structure share them, and those used last are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from itertools import count
from threading import Lock
from typing import Any

import jax

from hornet.core.forks import refuse_forked
from hornet.core.memory import forget_traces, forgotten_with_session
from hornet.training.pace import Pace
from hornet.training.program import Forward, Spec


class Program:
    """A function of `training.program` for one structure, compiled for each batch size and number of rows.

    Args:
        function: The function.
        spec: The structure, of the first model that used it.
    """

    def __init__(self, function: Callable[..., Any], spec: Spec | Forward) -> None:
        self.spec = spec
        self.pace = Pace()
        self._function = function
        self._place_of_data = list(signature(function).parameters).index("x" if isinstance(spec, Forward) else "data")

    def size_of(self, arguments: Sequence[Any]) -> tuple[int, int]:
        """Return the batch size and the number of rows in the arguments of a call."""
        return arguments[0], len(jax.tree.leaves(arguments[self._place_of_data - 1])[0])

    def jit(self) -> Any:
        """Return the function as JAX compiles it, at its first call."""
        options = dict((self.spec.forward if isinstance(self.spec, Spec) else self.spec).options)

        def run(batch_size: int, *arguments: Any) -> Any:
            return self._function(self.spec, batch_size, *arguments)

        return jax.jit(run, static_argnums=0, compiler_options=options)


class BoundProgram:
    """A shared program for one model: where it must be traced again, it is traced from this model.

    Args:
        program: The program.
        spec: The model's structure, equal to the program's.
        cache: What holds the program.
        on_compile: Called before it is compiled for another size.
    """

    def __init__(
        self,
        program: Program,
        spec: Spec | Forward,
        cache: ProgramCache,
        on_compile: Callable[[], None] | None = None,
    ) -> None:
        self._program = program
        self._spec = spec
        self._cache = cache
        self._on_compile = on_compile

    def __call__(self, *arguments: Any) -> Any:
        refuse_forked()
        self._program.spec = self._spec
        return self._cache.compiled(self._program, arguments, self._on_compile)(*arguments)

    @property
    def pace(self) -> Pace:
        """How many steps a dispatch takes, as earlier dispatches of this structure have shown."""
        return self._program.pace

    def lower(self, *arguments: Any) -> Any:
        """Return the program as JAX's `Lowered`."""
        self._program.spec = self._spec
        return self._program.jit().lower(*arguments)


class EagerProgram:
    """A function of `training.program` that runs operation by operation.

    Args:
        function: The function.
        spec: The structure.
        steps: How many steps a dispatch takes.
    """

    def __init__(self, function: Callable[..., Any], spec: Spec, steps: int) -> None:
        self._function = function
        self._spec = spec
        self.pace = Pace(steps, fixed=True)

    def __call__(self, *arguments: Any) -> Any:
        with jax.disable_jit():
            return self._function(self._spec, *arguments)


class ProgramCache:
    """Programs by structure: models of equal structure share them.

    Args:
        size: How many to keep compiled, those that were used last; `None` for all. A program, which takes some
            megabytes, keeps the model that used it last alive.
        is_brief: Whether they run so shortly that the time of compiling counts.
    """

    def __init__(self, size: int | None = 48, is_brief: bool = False) -> None:
        self.is_brief = is_brief
        self._size = size
        self._make = lru_cache(maxsize=size)(Program)
        self._compiled: dict[tuple[Program, tuple[int, int]], _Compiled] = {}
        self._calls = count()
        self._lock = Lock()
        self._dropped = 0

    def __reduce__(self) -> str:
        return "SHARED"  # copies of a model, in another process too, use the programs that are there

    @property
    def made(self) -> int:
        """The number of programs that were made so far."""
        return self._make.cache_info().misses

    def get(
        self, function: Callable[..., Any], spec: Spec | Forward, on_compile: Callable[[], None] | None = None
    ) -> BoundProgram:
        """Return a function of `training.program`, compiled for a structure."""
        return BoundProgram(self._make(function, spec), spec, self, on_compile)

    def compiled(self, program: Program, arguments: Sequence[Any], on_compile: Callable[[], None] | None = None) -> Any:
        """Return a program as JAX has compiled it for a size of batches and data, or will at its first call.

        Args:
            program: The program.
            arguments: Those of the call.
            on_compile: Called if this is the first one of its size.
        """
        key = program, program.size_of(arguments)
        found = self._compiled.get(key)
        if found is None:
            if on_compile is not None:
                on_compile()
            found = self._add(key)
        found.used = next(self._calls)
        return found.run

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._compiled.clear()
            self._make.cache_clear()

    def _add(self, key: tuple[Program, tuple[int, int]]) -> _Compiled:
        # Only what changes the table takes the lock: a prediction of one row is too short for it.
        with self._lock:
            found = self._compiled.setdefault(key, _Compiled(key[0].jit(), next(self._calls)))
            if self._size is not None and len(self._compiled) > self._size:
                del self._compiled[min(self._compiled, key=lambda other: self._compiled[other].used)]
                self._dropped += 1
                if self._dropped % 16 == 0:
                    forget_traces()
        return found


@dataclass(slots=True)
class _Compiled:
    """A program for one size.

    Args:
        run: What JAX compiles at its first call.
        used: The number of the last call that used it.
    """

    run: Any
    used: int


SHARED = ProgramCache()
"""The programs of all models for which no other cache is set."""
forgotten_with_session(SHARED.clear)
