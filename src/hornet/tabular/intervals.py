"""Intervals that hold a label as often as is asked, by how far predictions are off on rows that were held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_GRID = np.linspace(0.0, 1.0, 1001)


def distances_of(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return within what distance of predictions labels lie, for parts of all rows from 0 to 1.

    Args:
        predicted: Predictions for rows that were held out, a column for each target.
        labels: Their labels.

    Returns:
        A row for each target, to be read by `distance_at`.

    Source:
        Lei et al. 2018, Distribution-free predictive inference for regression.

    Example:
        >>> labels = np.arange(100.0)[:, None]
        >>> distance_at(distances_of(np.zeros((100, 1)), labels), 0.5).round(1).tolist()
        [50.0]
    """
    return np.quantile(np.abs(labels - predicted), _corrected(_GRID, len(labels)), axis=0).T


def distance_at(distances: np.ndarray, coverage: float) -> np.ndarray:
    """Return the distance of each target that holds a part of all labels."""
    return np.array([np.interp(coverage, _GRID, one) for one in distances])


def opposite(levels: Sequence[float], level: float) -> int | None:
    """Return the place of the level that is as far from 1 as one is from 0, if it is there.

    Example:
        >>> opposite([0.05, 0.5, 0.95], 0.05), opposite([0.1, 0.5], 0.1)
        (2, None)
    """
    return next((place for place, other in enumerate(levels) if abs(1 - level - other) < 1e-9), None)


def margins_of(levels: Sequence[float], predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return by how much an interval between quantiles must be widened, or narrowed, to hold as many labels as it says.

    Args:
        levels: The levels of the quantiles, ascending.
        predicted: Quantiles that were predicted for rows that were held out, a column for each level.
        labels: The labels of these rows.

    Returns:
        For each level, 0 where its opposite is not there.

    Source:
        Romano et al. 2019, Conformalized quantile regression.
    """
    margins = np.zeros(len(levels))
    for place, level in enumerate(levels):
        other = opposite(levels, level)
        if other is not None and level < 0.5:
            outside = np.maximum(predicted[:, place] - labels, labels - predicted[:, other])
            margins[place] = np.quantile(outside, _corrected(1 - 2 * level, len(labels)))
    return margins


def _corrected(parts: np.ndarray | float, rows: int) -> np.ndarray:
    """Return parts such that as many of new rows are held, of which there is one more than of those seen."""
    return np.minimum(1.0, np.multiply(parts, 1 + 1 / rows))
