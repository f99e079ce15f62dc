"""First weights with which a multilayer perceptron is a line: the one that ridge regression fits to its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import RidgeCV

from hornet.core import random
from hornet.estimators.sklearn_internals import rows_at
from hornet.layers import Dense
from hornet.models import Model

_PAIRS = 32
"""Pairs of units that carry an output: enough that dropout, which takes some of them away, hardly moves their sum."""
_VARIETY = 0.3
"""How much of its random weights a unit of a pair keeps. Units that are all the line would be trained alike, as one."""
_PENALTIES = np.logspace(-2, 4, 9)
_FEWEST_ROWS = 10
_MOST_ROWS = 20_000
_WORK = 2e9
"""Multiplications that the cross products of columns may take; with all penalties three seconds of a slow core."""


class Line(NamedTuple):
    """A linear function of columns: `kernel`, of shape `(columns, outputs)`, and `bias`, of shape `(outputs,)`."""

    kernel: np.ndarray
    bias: np.ndarray


def start_as_line(model: Model, x: Any, y: np.ndarray, sample_weight: np.ndarray | None, activation: Any) -> None:
    """Make a new network the line that fits what its first layer of neurons gets, if its hidden layers can carry one.

    Args:
        model: The network.
        x: Its inputs.
        y: Its labels, a column for each output.
        sample_weight: Weight of each row.
        activation: The function after each hidden layer.
    """
    layers = dense_layers(model)
    pairs = pairs_for([layer.units for layer in layers[:-1]], y.shape[1])
    count = rows_to_fit(len(y), layers[0].kernel.shape[0])
    if not pairs or not count or (sample_weight is not None and not _are_for_regression(sample_weight)):
        return
    slope = odd_slope(activation)
    if slope is None:
        return
    if count < len(y):
        drawn = np.random.default_rng(random.next_seed()).choice(len(y), count, replace=False)
        x, y, sample_weight = rows_at(x, drawn), y[drawn], None if sample_weight is None else sample_weight[drawn]
    begin_as(fit_line(first_inputs(model, x).astype(np.float64), y, sample_weight), layers, pairs, slope)


def dense_layers(model: Model) -> list[Dense]:
    """Return the hidden layers of a multilayer perceptron, and that of its outputs."""
    return [layer for layer in model.layers if isinstance(layer, Dense)]


def first_inputs(model: Model, x: Any) -> np.ndarray:
    """Return what the first of these layers gets."""
    return np.asarray(Model(model.input, dense_layers(model)[0].input).predict(x, verbose=0))


def rows_to_fit(rows: int, columns: int) -> int:
    """Return on how many rows a line is fitted; 0 where there are too few, or too many columns.

    Example:
        >>> rows_to_fit(5, 3), rows_to_fit(13_000, 8), rows_to_fit(10**5, 500), rows_to_fit(10**5, 10**4)
        (0, 13000, 8000, 0)
    """
    count = min(rows, _MOST_ROWS, int(_WORK / columns / min(rows, columns)))
    return count if rows >= _FEWEST_ROWS and count >= min(rows, columns) else 0


def fit_line(x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> Line:
    """Return what ridge regression fits, its penalty chosen for each output by leaving out one row after another.

    Args:
        x: Inputs.
        y: Labels, a column for each output.
        sample_weight: Weight of each row; only their ratios matter.

    Example:
        >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
        >>> line = fit_line(x, 2 * x + 1, None)
        >>> line.kernel.round(1).tolist(), line.bias.round(1).tolist()
        ([[2.0]], [1.0])
    """
    shares = None if sample_weight is None else sample_weight / sample_weight.mean()
    fitted: Any = RidgeCV(_PENALTIES, alpha_per_target=True).fit(x, y, shares)
    return Line(np.atleast_2d(fitted.coef_).T, np.atleast_1d(fitted.intercept_))


def odd_slope(activation: Callable[[Any], Any]) -> float | None:
    r"""Return $s > 0$ if $f(z) - f(-z) = s z$ for an activation $f$, as of relu, silu and gelu; else `None`.

    Example:
        >>> from hornet import activations
        >>> [odd_slope(activations.get(name)) for name in ("relu", "linear", "tanh")]
        [1.0, 2.0, None]
    """
    points = np.array([[0.25], [1.0], [3.0], [9.0]], np.float32)
    slopes = (np.asarray(activation(points)) - np.asarray(activation(-points))) / points
    slope = round(float(slopes.mean()), 4)
    return slope if slope > 0 and np.allclose(slopes, slope, rtol=1e-3) else None


def pairs_for(widths: Sequence[int], outputs: int) -> int:
    """Return how many pairs of units carry an output through hidden layers: at most half of each layer's units.

    Example:
        >>> pairs_for([256, 256], 1), pairs_for([256, 20], 1), pairs_for([256], 10), pairs_for([16], 10)
        (32, 5, 6, 0)
    """
    return min([_PAIRS, *(width // (4 * outputs) for width in widths)])


def begin_as(line: Line, layers: Sequence[Dense], pairs: int, slope: float) -> None:
    r"""Give a network weights with which it is a line, until it is trained.

    One unit of a pair gets $z + r$, the other $-z - r$, and an activation with $f(z) - f(-z) = s z$ hands on $z + r$.
    The $r$ are random, and their sum over the pairs is zero. Other hidden units stay as they are; the outputs, whose
    kernel is zero for them, begin without them.

    Args:
        line: The line.
        layers: The hidden layers, and that of the outputs.
        pairs: How many pairs carry an output.
        slope: $s$.
    """
    spread = np.tile(np.eye(len(line.bias)), (1, pairs))
    count = spread.shape[1]
    mean = np.concatenate([spread, -spread], axis=1).T / (pairs * slope)
    carried = line.kernel
    for layer in layers[:-1]:
        kernel, bias = (np.array(weight) for weight in layer.get_weights())
        among = _VARIETY * kernel[:, :count]
        among -= among @ spread.T @ spread / pairs
        among[: len(carried)] += carried @ spread
        kernel[:, :count], kernel[:, count : 2 * count] = among, -among
        layer.set_weights([kernel, bias])
        carried = mean
    kernel = np.zeros(layers[-1].kernel.shape)
    kernel[: len(carried)] = carried
    layers[-1].set_weights([kernel, line.bias])


def _are_for_regression(sample_weight: np.ndarray) -> bool:
    """Return whether regression takes rows' weights: none is negative, and not all are zero."""
    return bool(sample_weight.any() and (sample_weight >= 0).all())
