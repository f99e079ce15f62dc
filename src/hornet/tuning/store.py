"""The state of a study in one SQLite file: what was proposed, how far each trial is, and who works on it.

Everything that may be lost in a kill is written in one transaction for many trials, so a study costs microseconds a
trial. Processes that share a study share this file; nothing else passes between them.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.core.files import is_running, require_regular, this_system
from hornet.saving.parsing import parse
from hornet.saving.reading import reading
from hornet.saving.versions import check_version

_KIND = "hornet study 1"
_LEASE = 60.0
"""Seconds after which what a process has claimed is free again, unless it renews its claim."""
_WAIT = 60.0
"""Seconds to wait for another process that writes."""
_MOST_BYTES = 10 * 2**20
"""The longest value that is read from a store."""

WAITING, RUNNING, PAUSED, FINISHED, STOPPED, FAILED = "waiting", "running", "paused", "finished", "stopped", "failed"
STATES = (WAITING, RUNNING, PAUSED, FINISHED, STOPPED, FAILED)
_OPEN = (WAITING, RUNNING, PAUSED)


@dataclass
class Trial:
    """A candidate, and how far it is.

    Args:
        number: Its number in the study.
        generation: The generation that it was proposed in.
        params: Its hyperparameters, encoded.
        state: `"waiting"`, `"running"`, `"paused"` (at a rung), `"finished"`, `"stopped"` (before its last rung) or
            `"failed"`.
        rung: How many rungs it has reached.
        epochs: How many epochs it was trained for.
        value: The objective; `None` where there is none yet, or it failed.
        seconds: How long its training took.
        logs: What was measured of it, such as `val_loss`.
        plan: What its training depends on beside its hyperparameters: the widths of padded models. And what is known of
            it beside its logs: the epoch that counts, which values are better, and what its models are built for.
        error: What went wrong.
        owner: The process that works on it.
    """

    number: int
    generation: int
    params: dict[str, Any]
    state: str = WAITING
    rung: int = 0
    epochs: int = 0
    value: float | None = None
    seconds: float = 0.0
    logs: dict[str, Any] = field(default_factory=dict[str, Any])
    plan: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""
    owner: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done for it."""
        return self.state in _OPEN


_COLUMNS = tuple(each.name for each in fields(Trial))
_SCHEMA = (
    "CREATE TABLE study (kind TEXT, settings TEXT)",
    "CREATE TABLE generations (number INTEGER PRIMARY KEY, rungs TEXT)",
    "CREATE TABLE workers (name TEXT PRIMARY KEY, seen REAL)",
    f"CREATE TABLE trials ({', '.join(_COLUMNS).replace('number', 'number INTEGER PRIMARY KEY', 1)})",
)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "generation": int,
    "rung": int,
    "epochs": int,
    "value": (float, int, type(None)),
    "seconds": (float, int),
    "error": str,
    "owner": str,
}


class Store:
    """A study's file, opened by one process.

    Args:
        path: The file; `None` for one in memory.

    Raises:
        CorruptFileError: If the file is damaged, or no study's.
        UnsafeFileError: If it is no regular file, holds more than it may, or is of a later version.

    Example:
        >>> store = Store(None)
        >>> store.begin({"space": "abc"})
        {}
        >>> with store.transaction():
        ...     store.add_generation(0, [2, 4], [Trial(0, 0, {"units": 8}), Trial(1, 0, {"units": 16})])
        >>> [trial.params for trial in store.claim(1)]
        [{'units': 8}, {'units': 16}]
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.name = f"{this_system()}.{os.getpid()}.{secrets.token_hex(4)}"
        """The name of this process, in the claims that it makes."""
        self._read: dict[int, tuple[Any, Trial]] = {}
        self._rungs: list[list[int]] = []
        self._where = str(path) if path is not None else "the study in memory"
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            for file in (path, *_beside(path)):
                if file.exists() or file.is_symlink():
                    require_regular(file)
        with self._reported():
            self._database = sqlite3.connect(
                path or ":memory:", timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            self._database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
            # What a foreign file has for a schema is data, and runs nothing.
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "synchronous=NORMAL"):
                self._database.execute(f"PRAGMA {pragma}")
            if not self._statements():
                self._create()
            self._check()

    def begin(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what the study depends on, or return in what the study that is there differs.

        Args:
            settings: JSON-serializable values by name.

        Returns:
            The values of the study that is there, for those that differ.
        """
        with self.transaction():
            found = self._execute("SELECT kind, settings FROM study").fetchone()
            if found is None:
                self._execute("INSERT INTO study VALUES (?, ?)", _KIND, json.dumps(settings))
                return {}
        there = self._json(found[1], "its settings")
        return {name: there.get(name) for name, value in settings.items() if there.get(name) != value}

    @property
    def settings(self) -> dict[str, Any]:
        """What the study that is there depends on; nothing where none has begun."""
        found = self._execute("SELECT settings FROM study").fetchone()
        return {} if found is None else self._json(found[0], "its settings")

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Write all of a block or, if it raises or the process is killed, nothing; others write before or after."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def add_generation(self, number: int, rungs: Sequence[int], trials: Iterable[Trial]) -> None:
        """Add a generation of trials, within a transaction.

        Args:
            number: The generation's number.
            rungs: The epochs at which its trials pause, the last one at which they end.
            trials: Its trials.
        """
        self._execute("INSERT INTO generations VALUES (?, ?)", number, json.dumps(list(rungs)))
        for trial in trials:
            self.put(trial)

    def put(self, trial: Trial) -> None:
        """Add a trial, or replace what is known of it, within a transaction."""
        held = (getattr(trial, name) for name in _COLUMNS)
        row = tuple(json.dumps(value) if isinstance(value, dict) else value for value in held)
        self._execute(f"INSERT OR REPLACE INTO trials VALUES ({', '.join('?' * len(row))})", *row)
        self._read[trial.number] = row, replace(trial)  # what this process wrote it need not look at again

    def generations(self) -> list[list[int]]:
        """Return the rungs of each generation."""
        rows = self._execute("SELECT number, rungs FROM generations ORDER BY number").fetchall()
        for place in range(len(self._rungs), len(rows)):  # they never change
            self._rungs.append(self._checked_rungs(place, *rows[place]))
        return self._rungs

    def trials(self, generation: int | None = None) -> list[Trial]:
        """Return the trials of a generation, or all, by their numbers."""
        which = "" if generation is None else "WHERE generation = ?"
        order = () if generation is None else (generation,)
        rows = self._execute(f"SELECT {', '.join(_COLUMNS)} FROM trials {which} ORDER BY number", *order).fetchall()
        return [self._trial(row) for row in rows]

    def claim(self, rung: int, generation: int = 0) -> list[Trial]:
        """Claim this process's share of a generation's trials that have not reached a rung and that nobody works on.

        Args:
            rung: The number of the rung, counted from 1.
            generation: The generation.
        """
        now = time.time()
        with self.transaction():
            self._execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", self.name, now)
            seen = self._execute("SELECT name, seen FROM workers").fetchall()
            alive = {name for name, when in seen if _is_alive(str(name), when, now)}
            for name, _ in seen:
                if name not in alive:
                    self._execute("DELETE FROM workers WHERE name = ?", name)
            free = [
                trial
                for trial in self.trials(generation)
                if trial.is_open and trial.rung < rung and (trial.state != RUNNING or trial.owner not in alive)
            ]
            mine = free[: -(-len(free) // len(alive))]
            for trial in mine:
                trial.state, trial.owner = RUNNING, self.name
                self.put(trial)
        return mine

    def renew(self) -> None:
        """Say that this process still works on what it has claimed."""
        with self.transaction():
            self._execute("INSERT OR REPLACE INTO workers VALUES (?, ?)", self.name, time.time())

    def release(self) -> None:
        """Let others have what this process has claimed and not done."""
        with self.transaction():
            for trial in self.trials():
                if trial.state == RUNNING and trial.owner == self.name:
                    trial.state, trial.owner = (PAUSED if trial.rung else WAITING), ""
                    self.put(trial)
            self._execute("DELETE FROM workers WHERE name = ?", self.name)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # --- what is read is not trusted ------------------------------------------------------------------------------

    def _create(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("BEGIN IMMEDIATE")
        for statement in () if self._statements() else _SCHEMA:  # another process may have been faster
            self._database.execute(statement)
        self._database.execute("COMMIT")

    def _statements(self) -> list[str]:
        """Return the statements that made the tables."""
        found = self._database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        return [statement for (statement,) in found]

    def _check(self) -> None:
        if self._statements() != list(_SCHEMA):
            raise CorruptFileError(self._where, "", "it holds no study. Name a file that holds one, or a new one.")
        problem = self._database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise CorruptFileError(self._where, "", f"it is damaged ({problem}). {ANOTHER_COPY}")
        kinds = self._database.execute("SELECT kind FROM study").fetchall()
        if kinds:
            check_version(self._where, kinds[0][0], _KIND, "a study")

    def _execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        with self._reported():
            return self._database.execute(statement, values)

    @contextmanager
    def _reported(self) -> Generator[None, None, None]:
        """Let errors of SQLite's be ours, which name the file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(
                f"The study {self._where!r} cannot be read or written ({error}). Check that its folder exists, may be "
                "written to and has room, and that no other program holds the file."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise CorruptFileError(self._where, "", f"it is damaged, or no study ({error}). {ANOTHER_COPY}") from error

    def _json(self, text: Any, part: str) -> dict[str, Any]:
        if not isinstance(text, str):
            raise CorruptFileError(self._where, part, f"it is no text. {ANOTHER_COPY}")
        with reading(self._where, len(text), part):
            return parse(self._where, part, text)

    def _checked_rungs(self, place: int, number: Any, text: Any) -> list[int]:
        rungs = self._json(f'{{"rungs": {text}}}', f"generation {place}")["rungs"]
        is_sound = isinstance(rungs, list) and rungs and all(type(each) is int and each > 0 for each in rungs)
        if number != place or not is_sound:
            raise CorruptFileError(self._where, f"generation {place}", f"its rungs are wrong. {ANOTHER_COPY}")
        return rungs

    def _trial(self, row: tuple[Any, ...]) -> Trial:
        before, trial = self._read.get(row[0], (None, None))
        if trial is None or before != row:
            trial = self._checked(row, before, trial)
            self._read[row[0]] = row, trial
        return replace(trial) if trial.is_open else trial

    def _checked(self, row: tuple[Any, ...], before: tuple[Any, ...] | None, known: Trial | None) -> Trial:
        """Return a trial; what has not changed since it was read is not looked at again."""
        values = dict(zip(_COLUMNS, row, strict=True))
        part = f"trial {values['number']!r:.20}"
        for name in ("params", "logs", "plan"):
            place = _COLUMNS.index(name)
            is_known = before is not None and before[place] == row[place]
            values[name] = getattr(known, name) if is_known else self._json(values[name], part)
        wrong = [name for name, kind in _TYPES.items() if not isinstance(values[name], kind)]
        wrong += [] if values["state"] in STATES else ["state"]
        if wrong:
            raise CorruptFileError(self._where, part, f"its {wrong[0]!r} is not what it should be. {ANOTHER_COPY}")
        return Trial(**values)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


def _is_alive(name: str, seen: Any, now: float) -> bool:
    """Return whether a process may still work on what it has claimed."""
    system, _, rest = name.partition(".")
    process = rest.partition(".")[0]
    if not isinstance(seen, float) or now - seen > _LEASE or not process.isdecimal():
        return False
    return system != this_system() or is_running(int(process))
