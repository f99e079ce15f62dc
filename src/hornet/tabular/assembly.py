"""One model of what was chosen, from raw rows to predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hornet.models import Model
from hornet.models.averaging import average
from hornet.tabular.columns import Columns
from hornet.tabular.tasks import Task
from hornet.tabular.training import Candidate, Rows
from hornet.tuning.ensembles import choose


def chosen(
    candidates: Sequence[Candidate], rows: Rows, task: Task, most: int, seed: int
) -> tuple[dict[int, float], np.ndarray]:
    """Return the shares of the candidates that predict best together, and what they predict for held-out rows.

    Args:
        candidates: Trained candidates.
        rows: The rows, of which those that are held out decide.
        task: What is predicted.
        most: The most candidates.
        seed: Of the choice.
    """
    held_out = rows.held_out
    labels = rows.y[held_out]
    weights = None if rows.weights is None else rows.weights[held_out]
    deviations = [task.deviations(candidate.outputs, labels) for candidate in candidates]

    def loss(_: np.ndarray, found: np.ndarray, weights: np.ndarray | None = None) -> float:
        return task.error(found.reshape(len(found), -1), weights)

    counts = choose(deviations, labels, loss, most, seed, weights)
    total = sum(counts.values())
    shares = {place: count / total for place, count in counts.items()}
    return shares, np.tensordot(list(shares.values()), [candidates[place].outputs for place in shares], axes=1)


def assembled(candidates: Sequence[Candidate], shares: Mapping[int, float], columns: Columns, task: Task) -> Model:
    """Return the model of raw rows that predicts the mean of candidates, of each the mean of its folds.

    Args:
        candidates: Trained candidates.
        shares: The share of each that is in the mean, by its place.
        columns: How raw rows are encoded.
        task: What is predicted.
    """
    models, weights = [], []
    for place, share in shares.items():
        candidate = candidates[place]
        for network in candidate.models:
            models.append(Model(columns.inputs, network(columns.tensor(candidate.scale))))
            weights.append(share / len(candidate.models))
    mean = average(models, weights)
    return columns.named(Model(mean.input, task.head(mean.output)))
