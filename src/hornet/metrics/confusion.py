"""The confusion matrix of binary predictions, and the fractions computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import lax

from hornet.core.checks import axis_size, non_negative_int, number
from hornet.core.shapes import Shape
from hornet.core.types import DTypeLike
from hornet.core.variable import Variable
from hornet.losses.reduction import aligned, check_same_shape, divide_no_nan, spread
from hornet.metrics.metric import Metric, registry

CELLS: dict[str, tuple[bool, bool | None]] = {
    "true_positives": (True, True),
    "false_positives": (False, True),
    "true_negatives": (False, False),
    "false_negatives": (True, False),
    "positives": (True, None),
    "negatives": (False, None),
}
"""What may be counted: the label, and the prediction at a threshold (`None` for either, which is a single count)."""


class ConfusionMetric(Metric):
    r"""Base of metrics computed from the weighted counts of a confusion matrix.

    A prediction $p$ is positive at the threshold $t$ where $p > t$; a label is positive where it is not 0. A
    member names the `cells` of the confusion matrix that it needs, and may turn predictions into `scores`.

    Args:
        thresholds: The thresholds; a count has one value for each.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
        per_label: Whether the labels along the last axis are counted apart; the counts then have them as first axis.
    """

    higher_is_better = True

    cells: ClassVar[tuple[str, ...]]
    _thresholds_first: ClassVar[bool] = False
    """Whether counts of labels that are counted apart have the thresholds as first axis, as in Keras's `AUC`."""
    class_id: int | None = None
    """The only label that is counted, or `None` for all."""

    def __init__(
        self, thresholds: Sequence[float], name: str | None, dtype: DTypeLike, per_label: bool = False
    ) -> None:
        super().__init__(dtype, name)
        self.thresholds = list(thresholds)
        self._per_label = per_label
        if not per_label:
            self._add_cells(())

    def _add_cells(self, labels: tuple[int, ...]) -> None:
        for cell in self.cells:
            axes = labels if CELLS[cell][1] is None else (*labels, len(self.thresholds))
            setattr(self, cell, self.add_variable(axes[::-1] if self._thresholds_first else axes, name=cell))

    def _counts(self, cell: str) -> Any:
        """Return the counts of a cell, the thresholds on the last axis."""
        counts = getattr(self, cell).value
        return counts.T if self._thresholds_first else counts

    def build(self, y_shape: Shape, output_shape: Shape) -> None:
        """Make the counts of each label, where labels are counted apart."""
        if self._per_label:
            labels = output_shape[-1] if len(output_shape) > 1 else 1
            if labels is None:
                raise ValueError(f"`{self.name}` counts the outputs apart, so their number must be known. Declare it.")
            self._add_cells((labels,))

    def scores(self, y_pred: Any) -> Any:
        """Return the scores to compare with the thresholds."""
        return y_pred

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: Labels: 0 is negative, anything else positive.
            y_pred: Predictions, one for each label.
            sample_weight: One weight a row, or one a prediction.
        """
        self.build_for(y_true, y_pred)
        labels, scores, weights = self._columns(y_true, y_pred, sample_weight)
        above = (scores[..., None] > jnp.asarray(self.thresholds, self.dtype)).astype(self.dtype)
        of_label = {True: weights * labels, False: weights * (1 - labels)}
        of_prediction = {True: above, False: 1 - above}
        for cell in self.cells:
            label, prediction = CELLS[cell]
            if prediction is None:
                count = jnp.sum(of_label[label], axis=0)
            else:
                # A product with the comparisons, not a scatter into buckets: 0.7 us in a loop for 200 thresholds and
                # 32 rows, and the loop stays one that can be hoisted (sums of selected rows take 0.9 to 3 us).
                count = jnp.einsum("n...,n...t->...t", of_label[label], of_prediction[prediction], precision="highest")
            getattr(self, cell).assign_add(count.T if self._thresholds_first else count)

    def _columns(self, y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        """Return labels (0 or 1), scores and weights, one column for each label that is counted apart."""
        y_true, y_pred = aligned(y_true, jnp.asarray(y_pred, self.dtype))
        check_same_shape(self.name, y_true, y_pred)
        labels, scores = (y_true != 0).astype(self.dtype), self.scores(y_pred)
        weights = jnp.ones_like(scores) if sample_weight is None else spread(sample_weight, scores)
        columns = labels, scores, weights
        if self.class_id is not None:
            if not (y_pred.ndim > 1 and self.class_id < y_pred.shape[-1]):
                raise ValueError(
                    f"`{self.name}` counts class {self.class_id}, but the predictions have shape {y_pred.shape}. "
                    "Give the last layer one unit a class, or leave out `class_id`."
                )
            columns = [lax.index_in_dim(column, self.class_id, axis=-1) for column in columns]
        shape = (-1, y_pred.shape[-1] if y_pred.ndim > 1 else 1) if self._per_label else (-1,)
        labels, scores, weights = (jnp.reshape(column, shape) for column in columns)
        return labels, scores, weights


class ThresholdMetric(ConfusionMetric):
    """Base of metrics whose thresholds a user chooses; they have one value for each.

    Args:
        thresholds: A number or several, from 0 to 1.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
        default: The threshold where none is given.
    """

    def __init__(
        self, thresholds: float | Sequence[float] | None, name: str | None, dtype: DTypeLike, default: float = 0.5
    ) -> None:
        if thresholds is not None:
            several = [
                number("thresholds", value, at_least=0.0, at_most=1.0) for value in np.ravel(thresholds).tolist()
            ]
            thresholds = several if np.ndim(thresholds) else several[0]
        self.init_thresholds: float | list[float] | None = thresholds
        super().__init__([default] if thresholds is None else np.ravel(thresholds).tolist(), name, dtype)

    def of_each(self, value: Any) -> Any:
        """Return one value for each threshold, a number if there is one threshold only."""
        return value[0] if len(self.thresholds) == 1 else value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


# --- counts ---------------------------------------------------------------------------------------------


class ConfusionCount(ThresholdMetric):
    """Base of the counts: a member names one cell.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
    """

    higher_is_better = None

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(thresholds, name, dtype)

    @property
    def accumulator(self) -> Variable:
        """The counts: a variable with an element for each threshold."""
        return getattr(self, self.cells[0])

    def result(self) -> Any:
        """Return the count, or one for each threshold."""
        return self.of_each(self.accumulator.value)


@registry.register("true_positives")
class TruePositives(ConfusionCount):
    """Weighted number of positive labels predicted as positive.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(TruePositives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7]))
        2.0
    """

    cells = ("true_positives",)


@registry.register("false_positives")
class FalsePositives(ConfusionCount):
    """Weighted number of negative labels predicted as positive.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(FalsePositives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7]))
        1.0
    """

    cells = ("false_positives",)


@registry.register("true_negatives")
class TrueNegatives(ConfusionCount):
    """Weighted number of negative labels predicted as negative.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> [float(count) for count in TrueNegatives(thresholds=[0.0, 0.5])([0, 0, 1], [0.3, 0.7, 0.4])]
        [0.0, 1.0]
    """

    cells = ("true_negatives",)


@registry.register("false_negatives")
class FalseNegatives(ConfusionCount):
    """Weighted number of positive labels predicted as negative.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(FalseNegatives()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7], sample_weight=[1.0, 3.0, 1.0, 1.0]))
        3.0
    """

    cells = ("false_negatives",)


# --- fractions ------------------------------------------------------------------------------------------


class ShareOfTruePositives(ThresholdMetric):
    """Base of precision and recall: the true positives as a fraction of themselves and one more cell.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1.
        top_k: Number of positive predictions of a row, those with the highest scores.
        class_id: The only class that is counted.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
    """

    true_positives: Any

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(thresholds, name, dtype, default=0.5 if top_k is None else -np.inf)
        self.top_k = None if top_k is None else axis_size("top_k", top_k)
        self.class_id = None if class_id is None else non_negative_int("class_id", class_id)

    def scores(self, y_pred: Any) -> Any:
        r"""Return predictions, with $-\infty$ for those that are not among the highest of their row."""
        return y_pred if self.top_k is None else jnp.where(among_highest(y_pred, self.top_k), y_pred, -jnp.inf)

    def result(self) -> Any:
        """Return the fraction, or one for each threshold; 0 where there is nothing to divide by."""
        hits, misses = (getattr(self, cell).value for cell in self.cells)
        return self.of_each(divide_no_nan(hits, hits + misses))


@registry.register("precision")
class Precision(ShareOfTruePositives):
    r"""Fraction of the positive predictions that are correct, $T_p / (T_p + F_p)$.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        top_k: Number of positive predictions of a row, those with the highest scores; then there is no threshold
            unless one is passed.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(Precision()([0, 1, 1, 1], [0.9, 0.2, 0.8, 0.7], sample_weight=[2.0, 1.0, 1.0, 1.0]))
        0.5
    """

    cells = ("true_positives", "false_positives")


@registry.register("recall")
class Recall(ShareOfTruePositives):
    r"""Fraction of the positive labels that are predicted as positive, $T_p / (T_p + F_n)$.

    Args:
        thresholds: Score above which a prediction is positive, or several; from 0 to 1, by default 0.5. With logits: 0.
        top_k: Number of positive predictions of a row, those with the highest scores; then there is no threshold
            unless one is passed.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(Recall(top_k=1)([[1, 1, 0], [0, 0, 1]], [[0.5, 0.3, 0.2], [0.6, 0.1, 0.3]])), 4)
        0.3333
    """

    cells = ("true_positives", "false_negatives")


def among_highest(scores: Any, k: int) -> Any:
    """Return whether each score is one of the `k` highest along the last axis; of equal ones the first counts.

    Example:
        >>> among_highest(jnp.array([0.2, 0.7, 0.2, 0.1]), 2)
        Array([ True,  True, False, False], dtype=bool)
    """
    classes = scores.shape[-1]
    indices = lax.broadcasted_iota(jnp.int32, scores.shape, scores.ndim - 1)
    excluded = jnp.isnan(scores)
    chosen = jnp.zeros(scores.shape, bool)
    for _ in range(min(k, classes)):  # neither sorted nor by argmax, which takes four times as long in a loop
        left = jnp.where(excluded, -jnp.inf, scores)
        highest = left == jnp.max(left, axis=-1, keepdims=True)
        first = indices == jnp.min(jnp.where(highest, indices, classes), axis=-1, keepdims=True)
        excluded, chosen = excluded | first, chosen | first
    return chosen
