"""Trains the candidates of a study on other machines, by the workers of Dask or Ray.

Each rung is cut into parts, which are the executor's tasks. Who does which, and who does it again where a machine dies,
is the executor's matter; here is what travels: the task and its data once to each machine, and with each part the
states of its candidates as files, there and back.
"""

from __future__ import annotations

import copy
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import jax

from hornet.core import policies, settings
from hornet.core.errors import ArgumentError
from hornet.core.files import atomic_write
from hornet.core.imports import optional_module
from hornet.population.population import Population
from hornet.training.program_cache import ProgramCache
from hornet.tuning.candidates import Task
from hornet.tuning.objective import Objective
from hornet.tuning.reloaded import WEIGHTS
from hornet.tuning.store import FINISHED, PAUSED, Trial
from hornet.tuning.worker import RUN, Worker

_PARTS = 4
"""Parts of a rung for each worker, so that none waits long for the slowest."""
_MOST = 16
"""Trials of a part, all of which are lost with a worker that dies."""
_ATTEMPTS = 3
"""How often a trial may be lost before it has failed; Dask and Ray begin a part several times before it is lost."""
_RETURN = 60.0
"""Seconds in which a worker must be there again after all have died."""
_PATIENCE = 0.1
"""Seconds between two looks at the clock while workers train."""


class Executor(Protocol):
    """What a cluster is asked for."""

    @property
    def slots(self) -> int:
        """How many parts it can work on at a time."""
        ...

    def place(self, thing: Any) -> Any:
        """Bring a thing to the workers; return what stands for it among the arguments of `start`."""
        ...

    def start(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Begin a call on some worker; return a job."""
        ...

    def done(self, jobs: Sequence[Any], seconds: float) -> list[Any]:
        """Wait for some of the jobs, but not for long; return those that are over."""
        ...

    def result(self, job: Any) -> Any:
        """Return what a job has returned, or raise why it could not."""
        ...

    def cancel(self, jobs: Sequence[Any]) -> None:
        """Give jobs up."""
        ...


class Dask:
    """The workers of a client of Dask's.

    Args:
        client: A `distributed.Client`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def slots(self) -> int:
        """The threads of all workers."""
        return sum(self._client.nthreads().values())

    def place(self, thing: Any) -> Any:
        """Copy a thing to all workers; where these have died, to those that come in their places."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(Exception):
                return self._client.scatter(thing, broadcast=True, hash=False)
            self._client.wait_for_workers(1, timeout=_RETURN)
        return self._client.scatter(thing, broadcast=True, hash=False)

    def start(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Submit a call; Dask does it again where its worker dies."""
        return self._client.submit(function, *arguments, pure=False)

    def done(self, jobs: Sequence[Any], seconds: float) -> list[Any]:
        """Wait for the first of the jobs."""
        distributed = optional_module("distributed", "dask")
        with suppress(TimeoutError, distributed.CancelledError):
            distributed.wait(jobs, timeout=seconds, return_when="FIRST_COMPLETED")
        return [job for job in jobs if job.done()]

    def result(self, job: Any) -> Any:
        """Return a future's result."""
        return job.result()

    def cancel(self, jobs: Sequence[Any]) -> None:
        """Cancel futures."""
        self._client.cancel(list(jobs))


class Ray:
    """The workers of a Ray cluster.

    Args:
        address: Its address, `"auto"` for the one that this machine belongs to, or `"local"` for a new one here.
    """

    def __init__(self, address: str) -> None:
        self._ray = optional_module("ray", "ray")
        if not self._ray.is_initialized():
            self._ray.init(address)

    @property
    def slots(self) -> int:
        """The processors of all machines."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def place(self, thing: Any) -> Any:
        """Put a thing into the store of objects, which a machine fetches it from once."""
        return self._ray.put(thing)

    def start(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Begin a call; Ray does it again where its worker dies."""
        return self._ray.remote(function).remote(*arguments)

    def done(self, jobs: Sequence[Any], seconds: float) -> list[Any]:
        """Wait for the first of the jobs."""
        return self._ray.wait(list(jobs), num_returns=1, timeout=seconds)[0]

    def result(self, job: Any) -> Any:
        """Return a reference's value."""
        return self._ray.get(job)

    def cancel(self, jobs: Sequence[Any]) -> None:
        """Cancel calls."""
        for job in jobs:
            self._ray.cancel(job, force=True)


def executor_of(given: Any) -> Executor:
    """Return the executor that a user names.

    Args:
        given: A client of Dask's, or the address of a Ray cluster.

    Raises:
        TypeError: If it is neither.
    """
    if isinstance(given, str):
        return Ray(given)
    if not all(hasattr(given, name) for name in ("submit", "scatter", "nthreads")):
        raise ArgumentError(
            f"`executor` must be a client of Dask's or the address of a Ray cluster, not {given!r}. Pass "
            "`distributed.Client(address)` or 'auto'."
        )
    if given.asynchronous:
        raise ArgumentError("`executor` is an asynchronous client. Pass one that is made without `asynchronous=True`.")
    return Dask(given)


class Cluster(Worker):
    """Trains trials by an executor; models are built here only to see that they can be, and how wide they are.

    Args:
        task: What makes and measures candidates.
        population: What chooses how they are trained.
        executor: What trains them.
    """

    def __init__(self, task: Task, population: Population, executor: Executor) -> None:
        super().__init__(task, population)
        self._executor = executor
        self._study = secrets.token_hex(8)
        self._placed: Any = None
        self._losses: Counter[int] = Counter()

    def planned(self, first: int, generation: int, proposed: Any) -> list[Trial]:
        trials = super().planned(first, generation, proposed)
        self._open.clear()
        return trials

    def train(
        self,
        trials: Sequence[Trial],
        place: int,
        until: int | None,
        watch: Callable[[], None],
        arrived: Callable[[list[Trial]], None],
    ) -> None:
        jobs = {self._start(part, place, until): part for part in self._parts(trials)}
        try:
            while jobs:
                for job in self._executor.done(list(jobs), _PATIENCE):
                    part = jobs.pop(job)
                    try:
                        reached, files, objective = self._executor.result(job)
                    except Exception as error:
                        jobs |= self._again(part, place, until, error, arrived)
                        continue
                    self._receive(files, objective)
                    arrived(reached)
                watch()
        finally:
            self._executor.cancel(list(jobs))

    def keep(self, numbers: Any) -> None:
        """Nothing: the files of their weights have come with them."""

    def _parts(self, trials: Sequence[Trial]) -> list[list[Trial]]:
        """Return parts of about equal size, those together that are trained by the same programs."""
        ordered = sorted(trials, key=lambda trial: (str(trial.plan), trial.number))
        count = parts_of(len(trials), self._executor.slots)
        bounds = [len(trials) * part // count for part in range(count + 1)]
        return [ordered[first:last] for first, last in pairwise(bounds)]

    def _start(self, part: Sequence[Trial], place: int, until: int | None) -> Any:
        if self._placed is None:
            task = copy.copy(self.task)
            task.folder = None
            self._placed = self._executor.place((task, self._study, _settings()))
        files = {path.name: path.read_bytes() for trial in part for path in self.task.files(RUN, trial.number)}
        return self._executor.start(_train_part, self._placed, list(part), files, place, until, self.bar)

    def _again(
        self, part: list[Trial], place: int, until: int | None, error: Exception, arrived: Callable[[list[Trial]], None]
    ) -> dict[Any, list[Trial]]:
        """Start what could not be done in halves, until it is known which trial no worker survives."""
        self._placed = None  # data may be lost with the workers that held them
        self._losses.update(trial.number for trial in part)
        if len(part) == 1 and self._losses[part[0].number] >= _ATTEMPTS:
            self._fail(part[0], RuntimeError(f"No worker could train it, in {_ATTEMPTS} attempts: {error}"))
            arrived(part)
            return {}
        middle = len(part) // 2
        return {self._start(half, place, until): half for half in (part[:middle], part[middle:]) if half}

    def _receive(self, files: Mapping[str, bytes], objective: Objective) -> None:
        self.task.objective = objective
        assert self.task.folder is not None
        for name, content in files.items():
            with atomic_write(self.task.folder / name) as path:
                path.write_bytes(content)


def parts_of(trials: int, slots: int) -> int:
    """Return into how many parts the trials of a rung are cut.

    Args:
        trials: How many there are.
        slots: How many parts can be worked on at a time.
    """
    return min(trials, max(_PARTS * max(1, slots), -(-trials // _MOST)))


# --- on a worker ------------------------------------------------------------------------------------------------------


def _train_part(
    placed: tuple[Task, str, Mapping[str, Any]],
    trials: list[Trial],
    files: Mapping[str, bytes],
    place: int,
    until: int | None,
    bar: float | None,
) -> tuple[list[Trial], dict[str, bytes], Objective]:
    """Train trials up to a rung, on a worker.

    Args:
        placed: The task, the study's name, and the settings of its process.
        trials: The trials.
        files: The states of those that were paused.
        place: The number of the rung.
        until: The epoch at which it is; `None` for the end.
        bar: The loss from which on the weights of a trial are not needed.

    Returns:
        The trials, the files of their states and weights, and the objective with its direction.
    """
    shared, study, of_process = placed
    _apply(of_process)
    with TemporaryDirectory() as folder, jax.enable_x64(of_process["x64"]):
        task = copy.copy(shared)
        task.folder = Path(folder)
        for name, content in files.items():
            (task.folder / name).write_bytes(content)
        worker = Worker(task, Population(workers=1, programs=_programs(study)))
        ended: list[Trial] = []
        worker.train(trials, place, until, lambda: None, ended.extend)
        worker.bar = bar
        worker.keep(trial.number for trial in ended if trial.state == FINISHED and worker.is_good(trial))
        worker.drop(trial.number for trial in ended if trial.state != PAUSED)
        found = {path.name: path.read_bytes() for ending in (RUN, WEIGHTS) for path in task.files(ending)}
        return ended, found, task.objective


@lru_cache(maxsize=1)
def _programs(study: str) -> ProgramCache:
    """Return the programs of a study in this process, which its parts share."""
    return ProgramCache(size=None, is_brief=True)


def _settings() -> dict[str, Any]:
    """Return the settings of this process that models depend on."""
    x64: Any = jax.config
    policy = policies.dtype_policy().name
    return {
        "floatx": settings.floatx(),
        "epsilon": settings.epsilon(),
        "image_data_format": settings.image_data_format(),
        "dtype_policy": None if policy == settings.floatx() else policy,
        "x64": x64.jax_enable_x64,
    }


def _apply(given: Mapping[str, Any]) -> None:
    """Set the settings of a worker's process."""
    settings.set_floatx(given["floatx"])
    settings.set_epsilon(given["epsilon"])
    settings.set_image_data_format(given["image_data_format"])
    policies.set_dtype_policy(given["dtype_policy"])
