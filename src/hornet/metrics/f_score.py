"""Means of precision and recall."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornet.core.checks import number, one_of
from hornet.core.types import DTypeLike
from hornet.losses.reduction import divide_no_nan
from hornet.metrics.confusion import ConfusionMetric
from hornet.metrics.metric import registry

_ALMOST_ZERO = 1e-9


@registry.register("f_beta_score", "fbeta_score")
class FBetaScore(ConfusionMetric):
    r"""Harmonic mean of precision and recall, recall weighted $\beta^2$ times as much, of each class.

    Computes $(1 + \beta^2) T_p / ((1 + \beta^2) T_p + \beta^2 F_n + F_p)$; 0 for a class
    without positives, true or predicted.

    Args:
        average: `None` for one score a class, `"macro"` for their mean, `"weighted"` for their mean weighted by the
            positive labels of each class, `"micro"` for the score of all classes' counts together.
        beta: How many times as important recall is as precision; above 0.
        threshold: Score above which a prediction is positive; above 0, at most 1. By default only the highest score of
            a row is positive, so with a single output a threshold is needed.
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Shapes:
        y_true, y_pred: `(*batch, classes)`
        result: `(classes,)` without an `average`
    Source:
        van Rijsbergen 1979, "Information retrieval", chapter 7.

    Example:
        >>> score = FBetaScore(beta=2.0, threshold=0.5)
        >>> [round(float(value), 2) for value in score([[1, 1], [1, 0], [1, 1]], [[0.2, 0.6], [0.2, 0.6], [0.6, 0.8]])]
        [0.38, 0.91]
    """

    cells = ("true_positives", "false_positives", "false_negatives")
    true_positives: Any
    false_positives: Any
    false_negatives: Any

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: DTypeLike = None,
    ) -> None:
        self.average: str | None = one_of("average", average, (None, "micro", "macro", "weighted"))
        self.beta = number("beta", beta, above=0.0)
        self.threshold = None if threshold is None else number("threshold", threshold, above=0.0, at_most=1.0)
        super().__init__([0.5 if self.threshold is None else self.threshold], name, dtype, per_label=True)

    @property
    def axis(self) -> int | None:
        """The axis of the rows, which is summed over; `None` where the classes are, too."""
        return None if self.average == "micro" else 0

    def scores(self, y_pred: Any) -> Any:
        """Return predictions; without a threshold, 1 for the highest of each row unless it is 0, else 0."""
        if self.threshold is not None:
            return y_pred
        if y_pred.ndim < 2:
            raise ValueError(
                f"`{self.name}` takes the highest score of each row, so predictions need an axis of classes, not shape "
                f"{y_pred.shape}. Pass a `threshold`, or scores of shape (rows, classes)."
            )
        highest = y_pred >= jnp.max(y_pred, axis=-1, keepdims=True)
        return (highest & (jnp.abs(y_pred) > _ALMOST_ZERO)).astype(y_pred.dtype)

    def result(self) -> Any:
        """Return the score of each class, or their average."""
        self.require_built()
        hits, false, missed = (getattr(self, cell).value[..., 0] for cell in self.cells)
        if self.average == "micro":
            hits, false, missed = jnp.sum(hits), jnp.sum(false), jnp.sum(missed)
        hits_twice = (1.0 + self.beta**2) * hits
        scores = divide_no_nan(hits_twice, hits_twice + self.beta**2 * missed + false)
        if self.average == "weighted":
            positives = hits + missed
            return divide_no_nan(jnp.sum(scores * positives), jnp.sum(positives))
        return scores if self.average is None else jnp.mean(scores)


@registry.register("f1_score")
class F1Score(FBetaScore):
    r"""Harmonic mean of precision and recall, $2 T_p / (2 T_p + F_n + F_p)$, of each class.

    Args:
        average: `None` for one score a class, `"macro"` for their mean, `"weighted"` for their mean weighted by the
            positive labels of each class, `"micro"` for the score of all classes' counts together.
        threshold: Score above which a prediction is positive; above 0, at most 1. By default only the highest score of
            a row is positive, so with a single output a threshold is needed.
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Shapes:
        y_true, y_pred: `(*batch, classes)`
        result: `(classes,)` without an `average`
    Example:
        >>> F1Score(threshold=0.5)([[1, 1], [1, 0], [1, 1]], [[0.2, 0.6], [0.2, 0.6], [0.6, 0.8]])
        Array([0.5, 0.8], dtype=float32)
        >>> round(float(F1Score("macro")([[0, 1], [1, 0]], [[0.1, 0.9], [0.4, 0.6]])), 4)
        0.3333
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
