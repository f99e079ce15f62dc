"""Losses of sets: how little predicted and true positives overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number
from hornet.core.settings import epsilon
from hornet.core.types import DTypeLike
from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.reduction import aligned, check_same_shape

Axes = int | Sequence[int] | None


@registry.register()
def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None) -> Any:
    r"""How little two sets overlap, with a weight for each kind of error.

    Computes $1 - T / (T + \alpha F_n + \beta F_p + \epsilon)$ with the sums over `axis` $T = \sum y_{true} y_{pred}$,
    $F_n = \sum y_{true} (1 - y_{pred})$ and $F_p = \sum (1 - y_{true}) y_{pred}$. This is Keras's order; the paper has
    $\alpha$ weigh the false positives and $\beta$ the false negatives.

    Args:
        y_true: Labels, from 0 to 1.
        y_pred: Probabilities of class 1.
        alpha: Weight of false negatives; at least 0. (The paper calls this one $\beta$.)
        beta: Weight of false positives; at least 0. (The paper calls this one $\alpha$.)
        axis: Axes of the sums; by default all, the rows too, so that a batch has one loss.
    Shapes:
        y_true, y_pred: `(*batch, ...)`
        output: the shape without `axis`
    Source:
        Salehi, Erdogmus & Gholipour 2017, eq. 3 (https://arxiv.org/abs/1706.05721).

    Example:
        >>> round(float(tversky([1.0, 1.0, 0.0], [1.0, 0.0, 0.0], alpha=1.0, beta=0.0)), 4)
        0.5
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("tversky", y_true, y_pred)
    hits = _total(y_true * y_pred, axis)
    false = _total((1.0 - y_true) * y_pred, axis)
    missed = _total(y_true * (1.0 - y_pred), axis)
    return 1.0 - hits / (hits + alpha * missed + beta * false + epsilon())


@registry.register()
def dice(y_true: Any, y_pred: Any, axis: Axes = None) -> Any:
    r"""How little two sets overlap, both kinds of errors with the same weight.

    Computes $1 - 2 \sum y_{true} y_{pred} / (\sum y_{true} + \sum y_{pred} + \epsilon)$ over `axis`.

    Args:
        y_true: Labels, from 0 to 1.
        y_pred: Probabilities of class 1.
        axis: Axes of the sums; by default all, the rows too, so that a batch has one loss.
    Shapes:
        y_true, y_pred: `(*batch, ...)`
        output: the shape without `axis`
    Source:
        Dice 1945, "Measures of the amount of ecologic association between species".

    Example:
        >>> round(float(dice([1.0, 1.0, 0.0], [1.0, 0.0, 0.0])), 4)
        0.3333
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("dice", y_true, y_pred)
    sizes = _total(y_true, axis) + _total(y_pred, axis)
    return 1.0 - 2.0 * _total(y_true * y_pred, axis) / (sizes + epsilon())


def _total(values: Any, axis: Axes) -> Any:
    return jnp.sum(values, axis=tuple(axis) if isinstance(axis, Sequence) else axis)


class OverlapLoss(FunctionLoss):
    """Base of the losses of sets."""

    _mixes_rows = True

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels have the output's shape and lie between 0 and 1."""
        labels.check_probabilities(self.name, y, output_shape)


@registry.register()
class Dice(OverlapLoss):
    """How little predicted and true positives overlap; see `dice`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        axis: Axes of the sums; by default all, the rows too, so that a batch has one loss.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(Dice(axis=-1)([[1, 1, 0], [1, 0, 0]], [[1, 0, 0], [1, 0, 0]])), 4)
        0.1667
    """

    function = staticmethod(dice)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axes = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = axis


@registry.register()
class Tversky(OverlapLoss):
    r"""How little predicted and true positives overlap, with a weight for each kind of error; see `tversky`.

    Args:
        alpha: Weight of false negatives; at least 0. (The paper calls this one $\beta$.)
        beta: Weight of false positives; at least 0. (The paper calls this one $\alpha$.)
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        axis: Axes of the sums; by default all, the rows too, so that a batch has one loss.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(Tversky(alpha=1.0, beta=0.0)([[1, 1, 0]], [[1, 0, 0]])), 4)
        0.5
    """

    function = staticmethod(tversky)

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.alpha = number("alpha", alpha, at_least=0.0)
        self.beta = number("beta", beta, at_least=0.0)
        self.axis = axis
