"""Cross-entropies focused on hard examples: those that the model already predicts well are down-weighted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.checks import boolean, number
from hornet.core.types import DTypeLike
from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.probabilities import clipped, log_probabilities, log_yes_and_no, probabilities, smoothed
from hornet.losses.reduction import aligned, check_same_shape


@registry.register()
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    r"""Cross-entropy of binary labels that is focused on hard examples.

    Computes $\mathrm{mean}\,(1 - p_t)^\gamma\,\mathrm{BCE}$ over `axis`, where $p_t = y_{true}\,p + (1 - y_{true})
    (1 - p)$ is the probability of the correct class and BCE its `binary_crossentropy`.

    Args:
        y_true: Labels, from 0 to 1.
        y_pred: Probabilities $p$ of class 1, or logits.
        apply_class_balancing: Whether class 1 is weighted by `alpha` and class 0 by `1 - alpha`.
        alpha: Weight of class 1; from 0 to 1.
        gamma: How strongly easy examples are down-weighted, $\gamma$; at least 0, which is cross-entropy.
        from_logits: Whether predictions are logits.
        label_smoothing: Fraction $s$ by which labels move to 1/2, $y (1 - s) + s/2$; from 0 to 1.
        axis: Axis of the mean.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Source:
        Lin, Goyal, Girshick, He & Dollár 2017, eq. 4 and 5 (https://arxiv.org/abs/1708.02002).

    Example:
        >>> binary_focal_crossentropy([[1.0]], [[0.5]])
        Array([0.1732868], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("binary_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 2)
    # Not 1 - sigmoid for class 0: it is 0 for a logit above 17, where the loss would lose its slope.
    yes, no = (jax.nn.sigmoid(y_pred), jax.nn.sigmoid(-y_pred)) if from_logits else (y_pred, 1.0 - y_pred)
    log_yes, log_no = log_yes_and_no(y_pred, from_logits)
    missed = y_true * no + (1.0 - y_true) * yes
    values = -(missed**gamma) * (y_true * log_yes + (1.0 - y_true) * log_no)
    if apply_class_balancing:
        values *= y_true * alpha + (1.0 - y_true) * (1.0 - alpha)
    return jnp.mean(values, axis=axis)


@registry.register()
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    r"""Cross-entropy of one-hot labels that turns to the hard rows.

    Computes $-\sum_c \alpha_c (1 - p_c)^\gamma\,y_{true,c} \log p_c$ along `axis`, with the probabilities $p$ of
    `categorical_crossentropy`.

    Args:
        y_true: Labels: probabilities of the classes, usually a single 1.
        y_pred: Probabilities of the classes, or logits.
        alpha: Weight of every class, or one of each; at least 0.
        gamma: How strongly easy examples are down-weighted, $\gamma$; at least 0.
        from_logits: Whether predictions are logits.
        label_smoothing: Fraction $s$ of a label that is spread over all $C$ classes, $y (1 - s) + s/C$; from 0 to 1.
        axis: Axis of the classes.
    Shapes:
        y_true, y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Source:
        Lin, Goyal, Girshick, He & Dollár 2017, eq. 5 (https://arxiv.org/abs/1708.02002).

    Example:
        >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
        Array([0.0433217], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("categorical_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, y_true.shape[axis])
    missed = 1.0 - clipped(probabilities(y_pred, from_logits, axis))
    factor = _of_class(alpha, y_pred.ndim, axis) * missed**gamma
    return -jnp.sum(factor * y_true * log_probabilities(y_pred, from_logits, axis), axis=axis)


def _of_class(alpha: Any, ndim: int, axis: int) -> Any:
    """Lay one weight a class along the axis of the classes."""
    alpha = jnp.asarray(alpha, float)
    return alpha if alpha.ndim == 0 else alpha.reshape([-1 if i == axis % ndim else 1 for i in range(ndim)])


@registry.register()
class BinaryFocalCrossentropy(FunctionLoss):
    """Cross-entropy of binary labels that is focused on hard examples; see `binary_focal_crossentropy`.

    Args:
        apply_class_balancing: Whether class 1 is weighted by `alpha` and class 0 by `1 - alpha`.
        alpha: Weight of class 1; from 0 to 1.
        gamma: How strongly easy examples are down-weighted; at least 0, which is cross-entropy.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Part by which labels move to 1/2; from 0 to 1.
        axis: Axis of the mean.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(BinaryFocalCrossentropy(gamma=1.0)([1, 0], [0.5, 0.5])), 4)
        0.3466
    """

    function = staticmethod(binary_focal_crossentropy)

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.apply_class_balancing = boolean("apply_class_balancing", apply_class_balancing)
        self.alpha = number("alpha", alpha, at_least=0.0, at_most=1.0)
        self.gamma = number("gamma", gamma, at_least=0.0)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)
        self.axis = axis

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels have the output's shape and lie between 0 and 1."""
        labels.check_probabilities(self.name, y, output_shape)


@registry.register()
class CategoricalFocalCrossentropy(FunctionLoss):
    """Cross-entropy of one-hot labels that turns to the hard rows; see `categorical_focal_crossentropy`.

    Args:
        alpha: Weight of every class, or one of each; at least 0.
        gamma: How strongly easy examples are down-weighted; at least 0.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Fraction of a label that is spread over all classes; from 0 to 1.
        axis: Axis of the classes.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(CategoricalFocalCrossentropy(alpha=[0.25, 1.0], gamma=1.0)([[0, 1]], [[0.5, 0.5]])), 4)
        0.3466
    """

    function = staticmethod(categorical_focal_crossentropy)

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        if np.ndim(alpha) == 0:
            self.alpha: Any = number("alpha", alpha, at_least=0.0)
        else:
            self.alpha = [number("alpha", weight, at_least=0.0) for weight in np.ravel(alpha).tolist()]
        self.gamma = number("gamma", gamma, at_least=0.0)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)
        self.axis = axis

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless there is one column of labels for each class."""
        labels.check_one_hot(self.name, y, output_shape, self.axis)
        if isinstance(self.alpha, list) and output_shape[self.axis] not in (None, len(self.alpha)):
            raise ValueError(
                f"`{self.name}` has {len(self.alpha)} weights in `alpha` for {output_shape[self.axis]} outputs. "
                "Give one weight for each class."
            )
