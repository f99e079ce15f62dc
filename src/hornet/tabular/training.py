"""Trains candidates, each on all folds, and lets them predict the rows that were held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hornet.callbacks import EarlyStopping
from hornet.core import random
from hornet.core.memory import forgotten_with_session
from hornet.models import Model
from hornet.population.member import Member
from hornet.population.population import Population
from hornet.population.progress import Progress
from hornet.tabular.folds import Fold, held_out_rows, whole_batches
from hornet.tabular.kinds import KINDS, Settings, Sizes
from hornet.tabular.presets import batch_size_for, epochs_for
from hornet.tabular.tasks import Task
from hornet.training.program_cache import ProgramCache

_PROGRAMS = ProgramCache(size=96, is_brief=True)  # of all fits of a process: the second of equal shapes compiles none
forgotten_with_session(_PROGRAMS.clear)

_PATIENCE = 3
"""Training stops once the last of so many parts of it brought no better epoch."""
_BLOCK = 1024


@dataclass(frozen=True)
class Rows:
    """Encoded rows, and how they are parted.

    Args:
        x: The rows in each scale.
        y: Encoded labels.
        weights: Weights of the rows, or `None`.
        folds: What is trained on and what is held out.
    """

    x: Mapping[str, np.ndarray]
    y: np.ndarray
    weights: np.ndarray | None
    folds: Sequence[Fold]

    @property
    def held_out(self) -> np.ndarray:
        """The numbers of the rows that are held out by some fold."""
        return held_out_rows(self.folds)

    def part(self, scale: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return some rows' columns, labels and weights."""
        return self.x[scale][rows], self.y[rows], None if self.weights is None else self.weights[rows]


@dataclass
class Candidate:
    """A network with its settings, trained once for each fold.

    Args:
        kind: Its kind.
        settings: What was drawn for it.
        models: The network of each fold.
        outputs: The networks' outputs for all held-out rows, in their order: of each row by that which did not see it.
        seconds: How long it was trained.
    """

    kind: str
    settings: Settings
    models: list[Model] = field(default_factory=list)
    outputs: np.ndarray = field(default_factory=lambda: np.empty(0))
    seconds: float = 0.0

    @property
    def scale(self) -> str:
        """The scale of numbers that its networks take."""
        return KINDS[self.kind].scale if self.kind in KINDS else "robust"


class Trainer:
    """Trains candidates on some rows.

    Args:
        rows: The rows.
        task: What is predicted.
        sizes: The sizes of networks.
        updates: Updates of a network with embeddings.
        seed: What initial weights and the order of rows come from.
        workers: How many networks to train at a time; by default one on each core.
    """

    def __init__(
        self, rows: Rows, task: Task, sizes: Sizes, updates: int, seed: int, workers: int | None = None
    ) -> None:
        self.rows, self.task = rows, task
        self._sizes, self._updates, self._seed = sizes, updates, seed
        self._population = Population(workers, programs=_PROGRAMS)
        self._batch_size = batch_size_for(min(len(kept) for kept, _ in rows.folds))
        rng = np.random.default_rng(seed)
        self._folds = [whole_batches(fold, self._batch_size, rng) for fold in rows.folds]

    def train(self, candidates: Sequence[Candidate], first: int, progress: Progress) -> list[Candidate]:
        """Train candidates on all folds, and return them.

        Args:
            candidates: The candidates.
            first: The number of the first, on which its draws depend.
            progress: Where to show how far they are.

        Raises:
            Interrupted: If the user interrupts; it has those that are done.
        """
        members = [
            self._member(candidate, fold, (number, place))
            for number, candidate in enumerate(candidates, first)
            for place, fold in enumerate(self._folds)
        ]
        count, is_interrupted = len(self._folds), False
        try:
            self._population.train(members, lambda: progress.show(members))
        except KeyboardInterrupt:
            is_interrupted = True
        progress.end(members)
        done = []
        try:
            for place, candidate in enumerate(candidates):
                own = members[place * count : (place + 1) * count]
                if not is_interrupted or all(member.is_done for member in own):
                    done.append(self._finished(candidate, own))
        except KeyboardInterrupt:
            is_interrupted = True
        if is_interrupted:
            raise Interrupted(done)
        return done

    def _member(self, candidate: Candidate, fold: Fold, place: tuple[int, int]) -> Member:
        kind = KINDS[candidate.kind]
        kept, held = fold
        steps = max(1, len(kept) // self._batch_size)
        epochs = epochs_for(round(self._updates * kind.haste), steps)
        with random.seeded(int(np.random.default_rng([self._seed, *place]).integers(2**31))):
            model = kind.network(candidate.settings, self._sizes, self.task, epochs * steps)
            x, y, weights = self.rows.part(kind.scale, kept)
            held_out = self.rows.part(kind.scale, held)
            stopping = EarlyStopping(
                self.task.monitor, mode="min", patience=max(10, epochs // _PATIENCE), restore_best_weights=True
            )
            return Member.of(
                model,
                x,
                y,
                sample_weight=weights,
                callbacks=[stopping],
                epochs=epochs,
                batch_size=self._batch_size,
                validation_data=held_out[: 2 if weights is None else 3],
            )

    def _finished(self, candidate: Candidate, members: Sequence[Member]) -> Candidate:
        """Take over what was trained."""
        for member in members:
            _ = member.result  # raises what ended its training, where something did
        candidate.models = [member.model for member in members]
        candidate.seconds = sum(member.outcome.seconds for member in members)
        candidate.outputs = held_out_outputs(
            self.rows,
            candidate.scale,
            [
                lambda x, member=member: self._population.trained_model(member).predict(x, _BLOCK, verbose=0)
                for member in members
            ],
        )
        return candidate


class Interrupted(Exception):
    """The user has interrupted the training.

    Args:
        done: The candidates that were trained.
    """

    def __init__(self, done: Sequence[Candidate]) -> None:
        super().__init__()
        self.done = done


def held_out_outputs(rows: Rows, scale: str, predictions: Sequence[Any]) -> np.ndarray:
    """Return what the models of all folds predict of the rows that each holds out; the mean, where several do.

    Args:
        rows: The rows.
        scale: The scale that the models take.
        predictions: A function of rows for each fold.
    """
    held_out = rows.held_out
    total: Any = 0.0
    counts = np.zeros((len(held_out), 1))
    for (_, held), predict in zip(rows.folds, predictions, strict=True):
        places = np.searchsorted(held_out, held)
        outputs = predict(rows.x[scale][held])
        total = total + _placed(outputs, places, len(held_out))
        counts[places] += 1
    return total / counts


def _placed(outputs: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    placed = np.zeros((count, outputs.shape[1]))
    placed[places] = outputs
    return placed
