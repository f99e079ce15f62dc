"""Suggests a space to search from the shape of the data, each part with the rule of thumb behind it."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core import random
from hornet.core.containers import to_numbers
from hornet.core.messages import output
from hornet.layers import Dense, Flatten, Input
from hornet.models import Sequential
from hornet.population.learning_rates import find_learning_rate
from hornet.tuning.complete_labels import complete_labels

_MOST_ROWS = 5_000
"""Rows that the learning rates are looked for on."""

_FEWEST_NEURONS, _MOST_NEURONS = 16, 512


@dataclass(frozen=True)
class _Labels:
    """Labels as a network learns them.

    Args:
        y: Numbers: values, or the number of each row's class.
        outputs: Neurons of the output layer.
        are_classes: Whether they name classes.
    """

    y: np.ndarray
    outputs: int
    are_classes: bool

    @classmethod
    def of(cls, y: Any) -> _Labels:
        """Return labels of any type. Whole numbers name classes where there are few of them for the rows."""
        labels = complete_labels("y", y)
        if (labels == labels[:1]).all() and len(labels):
            raise ValueError(
                f"`y` holds {labels.ravel().tolist()[0]!r} in all rows, so there is nothing to learn. Pass other rows."
            )
        if labels.ndim > 1:
            return cls(to_numbers("y", labels), labels.shape[1], False)
        classes, numbers = np.unique(labels, return_inverse=True)
        is_whole = labels.dtype.kind not in "fc" or bool(np.equal(np.mod(labels, 1), 0).all())
        if is_whole and (labels.dtype.kind not in "iuf" or len(classes) <= max(2, math.isqrt(len(labels)))):
            return cls(numbers, len(classes), True)
        scale = np.std(labels) or 1.0
        return cls((labels - np.mean(labels)) / scale, 1, False)


def suggest(x: Any, y: Any, *, batch_norm: bool = False, seed: int | None = 0) -> dict[str, Any]:
    """Print and return a space to search for a multilayer perceptron, from the shape of the data.

    The names are those that a `build_model(n_hidden, n_neurons, optimizer, learning_rate)` takes, and `batch_size` that
    of `fit`. What is printed with each is the rule of thumb that it follows.

    Args:
        x: Inputs as the network will take them, scaled, the rows on the first axis.
        y: Labels: numbers, or classes of any type.
        batch_norm: Whether the network has batch normalization.
        seed: What the search for learning rates draws from; `None` for something else each time.

    Returns:
        Lists of values and, for the learning rate, a distribution of SciPy's, by name.

    Raises:
        ValueError: If there are no rows, not as many labels as rows, labels are missing or all the same, or the loss is
            not finite at any learning rate.

    Source:
        Géron 2019, chapter 10, "Fine-tuning neural network hyperparameters".

    Example:
        >>> from sklearn.datasets import load_wine
        >>> X, y = load_wine(return_X_y=True)
        >>> space = suggest((X - X.mean(axis=0)) / X.std(axis=0), y)  # doctest: +ELLIPSIS
        n_hidden: [1, 2]
          One or two hidden layers are enough for most problems, and more are worth a try only if both underfit.
        n_neurons: [16, 32, 64]
          ...
        >>> sorted(space)
        ['batch_size', 'learning_rate', 'n_hidden', 'n_neurons', 'optimizer']
    """
    from scipy.stats import loguniform  # slow to import

    seed = secrets.randbits(31) if seed is None else seed
    rows, labels = to_numbers("x", x), _Labels.of(y)
    if len(rows) != len(labels.y) or not len(rows):
        raise ValueError(
            f"`x` has {len(rows)} rows, and `y` {len(labels.y)} labels. Pass a label for each row, and at least one."
        )
    widths = _widths(len(rows), labels.outputs)
    batches = [20, 24, 28] if batch_norm else [12, 16, 24]
    working = _working_rates(rows, labels, widths[-1], batches[0], seed)
    low, high = float(working[0]) / 3, float(working[-1])
    suggested: list[tuple[str, Any, str, str]] = [
        (
            "n_hidden",
            [1, 2],
            "[1, 2]",
            "One or two hidden layers are enough for most problems, and more are worth a try only if both underfit.",
        ),
        (
            "n_neurons",
            widths,
            str(widths),
            "All hidden layers have the same width, one number to tune instead of one a layer, and up to more neurons "
            "than needed: train with `EarlyStopping(patience=10, restore_best_weights=True)`, which keeps them from "
            "overfitting.",
        ),
        (
            "optimizer",
            ["adam", "nadam", "adamw"],
            "['adam', 'nadam', 'adamw']",
            "A better optimizer than plain gradient descent matters more than most other choices.",
        ),
        (
            "learning_rate",
            loguniform(low, high),
            f"loguniform({low:.2g}, {high:.2g})",
            f"A network of {widths[-1]} neurons learns well up to {high:.2g} in a short training with 'adam', and "
            "longer training often wants less.",
        ),
        (
            "batch_size",
            batches,
            str(batches),
            "Under 32 generalizes best, and more than 10 rows make use of the hardware"
            + ("; batch normalization needs at least 20 to estimate means and variances." if batch_norm else "."),
        ),
    ]
    for name, _, shown, reason in suggested:
        print(f"{name}: {shown}\n  {reason}", file=output())
    return {name: values for name, values, _, _ in suggested}


def _widths(rows: int, outputs: int) -> list[int]:
    """Return powers of two: from no fewer than the outputs up to about four times the square root of the rows."""
    lowest = min(max(_FEWEST_NEURONS, 2 ** math.ceil(math.log2(max(outputs, 1)))), _MOST_NEURONS)
    highest = min(max(2 * lowest, 2 ** round(math.log2(4 * math.sqrt(rows)))), _MOST_NEURONS)
    return [2**power for power in range(int(math.log2(lowest)), int(math.log2(highest)) + 1)]


def _working_rates(x: np.ndarray, labels: _Labels, width: int, batch_size: int, seed: int) -> np.ndarray:
    """Return the learning rates at which a network of one hidden layer learns well with Adam."""
    chosen = np.random.default_rng(seed).permutation(len(x))[:_MOST_ROWS]
    with random.seeded(seed):
        model = Sequential([Input(x.shape[1:]), Flatten(), Dense(width, "relu")])
        model.add(Dense(labels.outputs, "softmax" if labels.are_classes else None))
        model.compile(loss="sparse_categorical_crossentropy" if labels.are_classes else "mse", optimizer="adam")
    return find_learning_rate(model, x[chosen], labels.y[chosen], batch_size=batch_size, seed=seed).working
