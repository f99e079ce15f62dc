"""Which of the models that a search has trained predict best together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.checks import describe, positive_int
from hornet.core.errors import ArgumentError
from hornet.core.imports import optional_module
from hornet.core.suggestions import did_you_mean

Loss = Callable[..., float]
"""What is wrong with predictions: a function of the labels and the predictions; lower is better.

Where rows have weights, these are a third argument.
"""

# Measured on held-out predictions of thirty small networks each for six data sets of scikit-learn: from 25 rows to 400,
# no other choice was better by more than 2% in the mean, and each of the plain ones was worse by 5% or more somewhere.
_BAGS = 10
_FIRST = 3
"""With how many of its best members each bag begins, at equal weights."""
_ROWS_PER_STEP = 15
_ROWS_TO_COMPARE = 150
"""Rows from which on it pays to compare the result with that of all members at once, and with the best member alone."""
_MOST_STEPS = 20
_HALVES, _MOST_HALVES = 20, 18
"""Of how many halves of the rows one prediction must be better than another to be so beyond chance."""


def choose(
    predictions: Sequence[Any], y: Any, loss: Loss, size: int = 8, seed: int = 0, sample_weight: Any = None
) -> dict[int, int]:
    """Return how often each of some members counts in the mean that predicts best, by its index.

    Members are chosen greedily and with repeats: the next one is that with which the mean of all chosen so far loses
    the least. Of few rows that would take what is best by chance. So it is done ten times, each time among another
    half of the members, begun with the three best of these, and with a step more for each 15 rows: the fewer rows,
    the nearer the result is to equal weights of the best few. The best of all takes the place of those that are worse
    in nearly all halves of the rows. The counts of all are added up. Of many rows the result is never worse, on these,
    than the best member alone.

    Args:
        predictions: What each member predicts of rows that it was not trained on: arrays of one shape, rows first.
        y: The labels of the rows; of classes their numbers, or one-hot.
        loss: A function of the labels and of predictions, lower being better; see `loss_of`.
        size: The most members.
        seed: Of the halves.
        sample_weight: Weight of each row, which `loss` then takes as a third argument; those of `loss_of` that have a
            name of this package do.

    Returns:
        Counts above 0 by the members' indices, the highest first: weights for `models.average`.

    Raises:
        ValueError: If there is no member, no row, or predictions and labels do not fit; if every member loses NaN.

    Example:
        >>> y = np.array([1.0, 2.0, 3.0, 4.0])
        >>> choose([y + 1, y - 1, y + 9], y, loss_of("mse"), size=2)
        {0: 10, 1: 10}

    See R. Caruana and others, "Ensemble selection from libraries of models" (2004).
    """
    positive_int("size", size)
    stack, labels = fitting(predictions, y)
    rng = np.random.default_rng(seed)
    judge = _Judge(labels, None if sample_weight is None else np.asarray(sample_weight), loss, _halves(labels, rng))
    alone = np.array([judge.loss_of(one) for one in stack], float)
    usable = np.flatnonzero(np.isfinite(alone))
    if not len(usable):
        raise ValueError("Every member's loss is NaN or infinite, so that none can be chosen. Check the predictions.")
    ranked = usable[np.argsort(alone[usable], kind="stable")]
    steps = min(len(labels) // _ROWS_PER_STEP, _MOST_STEPS)
    counts, best = np.zeros(len(stack), int), np.zeros(len(stack), int)
    best[ranked[0]] = 1
    for _ in range(_BAGS):
        bag = np.sort(rng.permutation(len(ranked))[: max(_FIRST, -(-len(ranked) // 2))])
        members = ranked[bag]
        first = min(_FIRST, size, len(members))
        while first and judge.is_better(stack[ranked[0]], stack[members[:first]].mean(axis=0)):
            first -= 1
        if not first:  # none of these comes near the best
            first, members = 1, ranked[np.union1d([0], bag)]
        counts[members] += _greedy(stack[members], judge, first, steps)
    choices = [counts]
    if len(labels) >= _ROWS_TO_COMPARE:  # of fewer, what is best of several is best by chance
        unbagged = np.zeros_like(counts)
        firsts = [judge.loss_of(stack[ranked[:count]].mean(axis=0)) for count in range(1, min(_FIRST, size) + 1)]
        unbagged[ranked] = _greedy(stack[ranked], judge, 1 + int(np.argmin(firsts)), steps)
        choices += [unbagged, best]
    choices = [_fewest(each, alone, size) for each in choices]
    means = [np.tensordot(each / each.sum(), stack, axes=1) for each in choices]
    counts = choices[int(np.argmin([judge.loss_of(mean) for mean in means]))]
    if len(choices) == 1 and judge.is_better(stack[ranked[0]], means[0]):
        counts = best
    kept = sorted(np.flatnonzero(counts), key=lambda member: (-counts[member], alone[member]))
    return {int(member): int(counts[member]) for member in kept}


@dataclass(frozen=True)
class _Judge:
    """Says how good predictions are.

    Args:
        labels: The labels of the rows.
        weight: The weight of each, if they have any.
        loss: The loss.
        halves: Halves of the rows.
    """

    labels: np.ndarray
    weight: np.ndarray | None
    loss: Loss
    halves: Sequence[np.ndarray]

    def loss_of(self, prediction: np.ndarray, rows: Any = slice(None)) -> float:
        """Return the loss of predictions for all rows, on some of them."""
        weight = () if self.weight is None else (self.weight[rows],)
        return self.loss(self.labels[rows], prediction[rows], *weight)

    def is_better(self, one: np.ndarray, other: np.ndarray) -> bool:
        """Return whether one prediction loses less than another in so many halves of the rows that it is no chance."""
        return sum(self.loss_of(one, half) < self.loss_of(other, half) for half in self.halves) >= _MOST_HALVES


def _halves(y: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return halves of the rows, each with one of every two rows of neighbouring labels: all are alike in these.

    Of a single row there are none.
    """
    if len(y) < 2:
        return []
    order = np.lexsort(y.reshape(len(y), -1).T[::-1])
    pairs = order[: len(order) // 2 * 2].reshape(-1, 2)
    return [pairs[np.arange(len(pairs)), rng.integers(2, size=len(pairs))] for _ in range(_HALVES)]


def _fewest(counts: np.ndarray, alone: np.ndarray, size: int) -> np.ndarray:
    """Return counts without those of all but some members, which count most."""
    kept = sorted(np.flatnonzero(counts), key=lambda member: (-counts[member], alone[member]))[:size]
    return np.where(np.isin(np.arange(len(counts)), kept), counts, 0)


def _greedy(stack: np.ndarray, judge: _Judge, first: int, steps: int) -> np.ndarray:
    """Return how often each member is chosen.

    Args:
        stack: Predictions, the members with the lowest losses first.
        judge: What says how good predictions are.
        first: How many of the first members it begins with.
        steps: How many more are chosen.
    """
    counts = np.zeros(len(stack), int)
    counts[:first] = 1
    total = stack[:first].sum(axis=0)
    for count in range(counts.sum() + 1, counts.sum() + 1 + steps):
        losses = [judge.loss_of((total + one) / count) for one in stack]
        best = int(np.nanargmin(losses)) if np.isfinite(losses).any() else 0
        counts[best] += 1
        total = total + stack[best]
    return counts


def fitting(predictions: Sequence[Any], y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions of all members as one array, of the rank of the labels where these have no axis of size 1."""
    arrays = [np.asarray(one, float) for one in predictions]
    labels = np.asarray(y)
    if not arrays or not labels.ndim or not len(labels):
        raise ValueError("There are no predictions or no labels to choose by. Pass those of held-out rows.")
    shapes = {one.shape for one in arrays}
    if len(shapes) > 1 or len(arrays[0]) != len(labels):
        listed = ", ".join(map(str, sorted(shapes)))
        raise ValueError(
            f"Predictions have shapes {listed}, and the labels {labels.shape}. Pass those of the same rows."
        )
    return _without_column(np.stack(arrays), 3), _without_column(labels, 2)


def _without_column(array: np.ndarray, rank: int) -> np.ndarray:
    """Return an array without its last axis if that makes a column of what is one number a row."""
    return array[..., 0] if array.ndim == rank and array.shape[-1] == 1 else array


# --- losses -----------------------------------------------------------------------------------------------


def loss_of(metric: Any, direction: str | None = None) -> Loss:
    """Return the loss that a metric means: a function of labels and predictions, lower being better.

    Args:
        metric: `"mse"`, `"mae"` or `"log_loss"`; the name of a scorer of scikit-learn's, such as `"roc_auc"`, or a
            scorer that `make_scorer` returned, for which a prediction with a column for each class, or of numbers from
            0 to 1 for labels of 0 and 1, is one of probabilities; or a function of the labels and the predictions.
        direction: Of a function: `"max"` where higher is better; by default lower is. The others know it.

    Raises:
        ValueError: If there is no such metric.

    Example:
        >>> loss_of("mae")(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
        0.25
        >>> loss_of("accuracy")(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]))
        -0.5
    """
    if isinstance(metric, str) and metric.lower() in LOSSES:
        return LOSSES[metric.lower()]
    scorer: Any = _scorer(metric) if isinstance(metric, str) else metric
    if hasattr(scorer, "_response_method"):
        return lambda y, prediction: -float(scorer(Predicted(y, prediction), None, y))
    if not callable(scorer):
        raise ArgumentError(f"`metric` must be a name, a scorer or a function, not {describe(metric)}.")
    function: Any = scorer
    sign = -1.0 if direction == "max" else 1.0
    return lambda y, prediction: sign * float(function(y, prediction))


def _scorer(name: str) -> Any:
    metrics = optional_module("sklearn.metrics", "sklearn")
    known = metrics.get_scorer_names()
    if name not in known:
        advice = did_you_mean(name, [*LOSSES, *known])
        raise ValueError(f"There is no metric {name!r} of predictions, here or in scikit-learn.{advice}")
    return metrics.get_scorer(name)


class Predicted:
    """Stands for an estimator that has predicted already, for scorers of scikit-learn's.

    Args:
        y: Labels.
        prediction: What was predicted for their rows.
    """

    def __init__(self, y: np.ndarray, prediction: np.ndarray) -> None:
        is_binary = (
            prediction.ndim == 1 and np.isin(y, (0, 1)).all() and (prediction >= 0).all() and (prediction <= 1).all()
        )
        self._is_classifier = (y.ndim == 1 and prediction.ndim == 2) or bool(is_binary)
        self._prediction = np.stack([1 - prediction, prediction], axis=1) if is_binary else prediction
        self.classes_ = np.arange(self._prediction.shape[-1]) if self._is_classifier else None

    @classmethod
    def of(cls, y: Any, prediction: Any) -> Predicted:
        """Return what stands for an estimator, of predictions that may have an axis more than the labels."""
        return cls(_without_column(np.asarray(y), 2), _without_column(np.asarray(prediction), 2))

    def predict(self, X: Any) -> np.ndarray:
        """Return the predictions, of classes the likeliest."""
        return self._prediction.argmax(axis=1) if self._is_classifier else self._prediction

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class."""
        return self._prediction

    def fit(self, X: Any, y: Any) -> None:
        """Do nothing: scorers ask for it."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = optional_module("sklearn.utils", "sklearn")
        kind = "classifier" if self._is_classifier else "regressor"
        return tags.Tags(kind, tags.TargetTags(required=True))


def mean_of(losses: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the mean of what each row, or each number of it, loses, times the row's weight, as losses have it."""
    rows = losses.reshape(len(losses), -1).mean(axis=1)
    return float(np.mean(rows if weight is None else rows * weight))


def _mean_squared(y: np.ndarray, prediction: np.ndarray, weight: np.ndarray | None = None) -> float:
    return mean_of(np.square(prediction - y), weight)


def _mean_absolute(y: np.ndarray, prediction: np.ndarray, weight: np.ndarray | None = None) -> float:
    return mean_of(np.abs(prediction - y), weight)


def _log_loss(y: np.ndarray, prediction: np.ndarray, weight: np.ndarray | None = None) -> float:
    if prediction.ndim == 1:  # the probability of label 1
        prediction = np.stack([1 - prediction, prediction], axis=1)
    indices = (y.argmax(axis=-1) if y.ndim == prediction.ndim else y).astype(int)
    of_label = np.take_along_axis(prediction, indices[..., None], axis=-1)
    return mean_of(-np.log(np.maximum(of_label / prediction.sum(axis=-1, keepdims=True), 1e-7)), weight)


LOSSES: dict[str, Loss] = {
    "mse": _mean_squared,
    "mean_squared_error": _mean_squared,
    "mae": _mean_absolute,
    "mean_absolute_error": _mean_absolute,
    "log_loss": _log_loss,
    "crossentropy": _log_loss,
}
