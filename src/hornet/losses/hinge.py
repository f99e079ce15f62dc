"""Losses of margins: how far scores lie on the wrong side of a boundary."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.reduction import aligned


@registry.register()
def hinge(y_true: Any, y_pred: Any) -> Any:
    r"""Mean over the last axis of $\max(1 - y_{true} y_{pred}, 0)$.

    Args:
        y_true: Labels -1 and 1; where all of them are 0 or 1, a 0 counts as -1.
        y_pred: Scores.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> hinge([[1.0], [-1.0]], [[0.25], [0.25]])
        Array([0.75, 1.25], dtype=float32)
    """
    return jnp.mean(jnp.maximum(1.0 - _margin(y_true, y_pred), 0.0), axis=-1)


@registry.register()
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    r"""Mean over the last axis of $\max(1 - y_{true} y_{pred}, 0)^2$.

    Args:
        y_true: Labels -1 and 1; where all of them are 0 or 1, a 0 counts as -1.
        y_pred: Scores.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> squared_hinge([[1.0], [-1.0]], [[0.5], [0.5]])
        Array([0.25, 2.25], dtype=float32)
    """
    return jnp.mean(jnp.square(jnp.maximum(1.0 - _margin(y_true, y_pred), 0.0)), axis=-1)


@registry.register()
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    r"""By how much the best wrong class comes closer than 1 to the correct one, or passes it.

    Computes $\max(\max_c (1 - y_{true,c}) y_{pred,c} - \sum_c y_{true,c} y_{pred,c} + 1, 0)$ over the last axis.

    Args:
        y_true: One-hot labels.
        y_pred: Scores of the classes.
    Shapes:
        y_true, y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.5, 1.0]])
        Array([0.5], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    correct = jnp.sum(y_true * y_pred, axis=-1)
    wrong = jnp.max((1.0 - y_true) * y_pred, axis=-1)
    return jnp.maximum(wrong - correct + 1.0, 0.0)


@registry.register()
def perceptron(y_true: Any, y_pred: Any) -> Any:
    r"""Mean over the last axis of $\max(-y_{true} y_{pred}, 0)$.

    The gradient where $y_{true} y_{pred} = 0$ is $-y_{true}$, that of a mistake, so that learning can start at
    weights of zero. With batches of one row, stochastic gradient descent is then Rosenblatt's rule.

    Args:
        y_true: Labels -1 and 1; where all of them are 0 or 1, a 0 counts as -1.
        y_pred: Scores.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Source:
        Rosenblatt 1958, "The perceptron"; as a loss: Bottou 1998, "Online learning and stochastic approximations".

    Example:
        >>> perceptron([[1.0], [-1.0]], [[0.5], [0.5]])
        Array([0. , 0.5], dtype=float32)
    """
    margin = _margin(y_true, y_pred)
    return jnp.mean(jnp.where(margin > 0.0, 0.0, -margin), axis=-1)


def _margin(y_true: Any, y_pred: Any) -> Any:
    """Return labels times scores, labels 0 and 1 taken for -1 and 1."""
    y_true, y_pred = aligned(y_true, y_pred)
    zero_or_one = jnp.all((y_true == 0) | (y_true == 1))
    return jnp.where(zero_or_one, 2.0 * y_true - 1.0, y_true) * y_pred


@registry.register()
class Hinge(FunctionLoss):
    """Hinge loss of a margin of 1, that of support vector machines; see `hinge`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(Hinge()([1, -1], [0.25, 0.25]))
        1.0
    """

    function = staticmethod(hinge)

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels are all -1 or 1, or all 0 or 1."""
        labels.check_signs(self.name, y, output_shape)


@registry.register()
class SquaredHinge(FunctionLoss):
    """Squared hinge loss of a margin of 1; see `squared_hinge`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(SquaredHinge()([1, -1], [0.5, 0.5]))
        1.25
    """

    function = staticmethod(squared_hinge)

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels are all -1 or 1, or all 0 or 1."""
        labels.check_signs(self.name, y, output_shape)


@registry.register()
class CategoricalHinge(FunctionLoss):
    """Hinge loss of one-hot labels; see `categorical_hinge`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(CategoricalHinge()([[0, 1]], [[0.5, 1.0]]))
        0.5
    """

    function = staticmethod(categorical_hinge)

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless there is one column of labels for each class."""
        labels.check_one_hot(self.name, y, output_shape)


@registry.register()
class Perceptron(FunctionLoss):
    """Perceptron criterion: the score of each row on the wrong side, and a gradient at 0; see `perceptron`.

    Keras has no such loss.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(Perceptron()([1, -1], [0.5, 0.5]))
        0.25
    """

    function = staticmethod(perceptron)

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels are all -1 or 1, or all 0 or 1."""
        labels.check_signs(self.name, y, output_shape)
