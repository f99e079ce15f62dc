"""Figures over all thresholds: the area under a curve, and the best point of one that is good enough elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, boolean, non_negative_int, number, one_of
from hornet.core.settings import epsilon
from hornet.core.shapes import Shape
from hornet.core.types import DTypeLike
from hornet.losses.reduction import divide_no_nan, spread
from hornet.metrics.confusion import ConfusionMetric
from hornet.metrics.metric import registry


class ThresholdGrid(ConfusionMetric):
    """Base of figures over many thresholds from 0 to 1; predictions beyond count as 0 and 1."""

    cells = ("true_positives", "false_positives", "positives", "negatives")
    true_positives: Any
    false_positives: Any
    positives: Any
    negatives: Any

    def scores(self, y_pred: Any) -> Any:
        """Return predictions, clipped to [0, 1]."""
        return jnp.clip(y_pred, 0.0, 1.0)

    @property
    def _hits(self) -> Any:
        """The positive labels predicted as positive, at each threshold."""
        return self._counts("true_positives")

    @property
    def _false_alarms(self) -> Any:
        """The negative labels predicted as positive, at each threshold."""
        return self._counts("false_positives")

    @property
    def false_negatives(self) -> Any:
        """The weighted number of positive labels predicted as negative, at each threshold."""
        return self.positives.value[..., None] - self._hits

    @property
    def true_negatives(self) -> Any:
        """The weighted number of negative labels predicted as negative, at each threshold."""
        return self.negatives.value[..., None] - self._false_alarms

    @property
    def recalls(self) -> Any:
        """The fraction of the positive labels predicted as positive, at each threshold: also called sensitivity."""
        return divide_no_nan(self._hits, self.positives.value[..., None])

    @property
    def specificities(self) -> Any:
        """The fraction of the negative labels predicted as negative, at each threshold."""
        return divide_no_nan(self.true_negatives, self.negatives.value[..., None])

    @property
    def precisions(self) -> Any:
        """The fraction of the positive predictions that are correct, at each threshold."""
        hits = self._hits
        return divide_no_nan(hits, hits + self._false_alarms)


def _evenly_spaced(count: int) -> list[float]:
    take_memory(_BYTES_OF_THRESHOLD * count, "`num_thresholds`")
    return np.linspace(0.0, 1.0, count).tolist()


_BYTES_OF_THRESHOLD = 100  # in lists, arrays and counts


# --- areas ----------------------------------------------------------------------------------------------


class _NearTheEnds(ThresholdGrid):
    """Counts between the outermost of many evenly spaced thresholds, where all predictions of a rare class may lie."""

    cells = ("true_positives", "false_positives")
    _thresholds_first = True


_MANY = 100
_SMALL = np.geomspace(2e-5, 1.0, 40, endpoint=False)


@registry.register("auc")
class AUC(ThresholdGrid):
    r"""Area under the curve of a classifier's rates over all thresholds.

    Between the outermost of the evenly spaced thresholds there are further ones, closer to 0 and 1, so that predictions
    which are all small are told apart (in Keras their area is 0.5). The curves run through the rates at the thresholds:
    `"ROC"` is recall over the false positive rate, `"PR"` precision over recall, and `"PRGAIN"` precision over recall
    both rescaled so that chance is 0.

    Args:
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 2. Without effect beside `thresholds`.
        curve: `"ROC"`, `"PR"` or `"PRGAIN"`.
        summation_method: How the curve runs between two thresholds: by `"interpolation"`, at the lower end
            (`"minoring"`) or at the upper one (`"majoring"`).
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
        thresholds: The inner thresholds, from 0 to 1, instead of evenly spaced ones.
        multi_label: Whether the labels along the last axis have an area each, which are averaged.
        num_labels: Number of labels with `multi_label`; that of the data by default.
        label_weights: One weight for each label, at least 0: in the average with `multi_label`, else of its
            predictions.
        from_logits: Whether predictions are logits rather than probabilities.

    Source:
        Interpolation of "PR": Davis & Goadrich 2006, section 4. "PRGAIN": Flach & Kull 2015, section 3.

    Example:
        >>> float(AUC(num_thresholds=3)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.75
    """

    _thresholds_first = True

    def __init__(
        self,
        num_thresholds: int | None = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: DTypeLike = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        self._are_given = thresholds is not None
        if thresholds is None:
            count = axis_size("num_thresholds", num_thresholds)
            if count < 2:
                raise ValueError(f"`num_thresholds` must be at least 2, not {count}. A curve has two ends.")
            inner = _evenly_spaced(count)[1:-1]
        else:
            inner = sorted(number("thresholds", value, at_least=0.0, at_most=1.0) for value in thresholds)
        ends = -epsilon(), 1.0 + epsilon()  # so that predictions of exactly 0 and 1 lie between them
        super().__init__([ends[0], *inner, ends[1]], name, dtype, per_label=bool(multi_label))
        self._near_ends: _NearTheEnds | None = None
        if thresholds is None and len(inner) + 2 >= _MANY:
            near = np.concatenate([_SMALL * inner[0], 1.0 - _SMALL[_SMALL > 1e-4] * inner[0]])
            self._near_ends = _NearTheEnds(near.tolist(), "near_ends", dtype, per_label=bool(multi_label))
            self._order = np.argsort([*self.thresholds, *near])
        self.num_thresholds = len(self.thresholds)
        self.curve: str = one_of("curve", str(curve).upper(), ("ROC", "PR", "PRGAIN"))
        methods = ("interpolation", "minoring", "majoring")
        self.summation_method: str = one_of("summation_method", str(summation_method).lower(), methods)
        self.multi_label = boolean("multi_label", multi_label)
        self.num_labels = None if num_labels is None else axis_size("num_labels", num_labels)
        if label_weights is not None:
            flat = np.ravel(np.asarray(label_weights)).tolist()
            label_weights = [number("label_weights", weight, at_least=0.0) for weight in flat]
        self.label_weights: list[float] | None = label_weights
        self.from_logits = boolean("from_logits", from_logits)
        if self.num_labels is not None:
            if not self.multi_label:
                raise ValueError(f"`num_labels={num_labels}` means nothing without `multi_label=True`. Pass both.")
            self.build((None, self.num_labels), (None, self.num_labels))

    def build(self, y_shape: Shape, output_shape: Shape) -> None:
        """Make the counts of each label, with `multi_label`."""
        for argument, labels in (("num_labels", self.num_labels), ("label_weights", self.label_weights)):
            expected = len(labels) if isinstance(labels, list) else labels
            if expected is not None and output_shape[-1] not in (None, expected):
                raise ValueError(
                    f"`{self.name}` has `{argument}` for {expected} labels, but predictions of shape "
                    f"{tuple(output_shape)}. Give one for each output."
                )
        super().build(y_shape, output_shape)
        if self._near_ends is not None:
            self._near_ends.build(y_shape, output_shape)

    @property
    def _hits(self) -> Any:
        return self._merged("true_positives")

    @property
    def _false_alarms(self) -> Any:
        return self._merged("false_positives")

    def _merged(self, cell: str) -> Any:
        """Return the counts of a cell at all thresholds, in their order."""
        counts = self._counts(cell)
        if self._near_ends is None:
            return counts
        return jnp.concatenate([counts, self._near_ends._counts(cell)], axis=-1)[..., self._order]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        if self.label_weights is not None and not self.multi_label:
            ones = jnp.ones(np.shape(y_pred), self.dtype)
            weights = ones if sample_weight is None else spread(sample_weight, ones)
            sample_weight = weights * jnp.asarray(self.label_weights, self.dtype)
        if self.from_logits:
            y_pred = jax.nn.sigmoid(jnp.asarray(y_pred, self.dtype))
        super().update_state(y_true, y_pred, sample_weight)
        if self._near_ends is not None:
            self._near_ends.update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        """Return the area, with `multi_label` the average over the labels."""
        self.require_built()
        areas = jnp.sum(self._pieces(), axis=-1)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return jnp.mean(areas)
        weights = jnp.asarray(self.label_weights, self.dtype)
        return divide_no_nan(jnp.sum(areas * weights), jnp.sum(weights))

    def _pieces(self) -> Any:
        """Return the area between each threshold and the next."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated_precision()
        if self.curve == "ROC":
            x, y = divide_no_nan(self._false_alarms, self.negatives.value[..., None]), self.recalls
        elif self.curve == "PR":
            x, y = self.recalls, self.precisions
        else:
            x, y = self._gains()
        low, high = jnp.minimum(y[..., :-1], y[..., 1:]), jnp.maximum(y[..., :-1], y[..., 1:])
        heights = {"minoring": low, "majoring": high, "interpolation": (low + high) / 2.0}
        return (x[..., :-1] - x[..., 1:]) * heights[self.summation_method]

    def _gains(self) -> tuple[Any, Any]:
        """Return recall and precision on the scale where chance is 0; recall at least 0."""
        hits = self._hits
        odds = divide_no_nan(self.positives.value, self.negatives.value)[..., None]
        recall = jnp.where(hits == 0, 0.0, 1.0 - odds * divide_no_nan(self.false_negatives, hits))
        precision = jnp.where(hits == 0, 1.0, 1.0 - odds * divide_no_nan(self._false_alarms, hits))
        return jnp.maximum(recall, 0.0), precision

    def _interpolated_precision(self) -> Any:
        r"""Return the areas under precision over recall where hits and positive predictions grow linearly between
        thresholds.

        Between the positive predictions $A < B$ of two thresholds the hits are $h(P) = a + s P$, so precision over
        recall has the area $\int h(P)/P\,dh / H = s\,(h(B) - h(A) + a \log (B / A)) / H$ with all positive labels $H$.
        """
        hits = self._hits
        predicted = hits + self._false_alarms
        more_hits, fewer = hits[..., :-1] - hits[..., 1:], predicted[..., 1:]
        slope = divide_no_nan(more_hits, jnp.maximum(predicted[..., :-1] - fewer, 0.0))
        offset = hits[..., 1:] - slope * fewer
        ratio = jnp.where((predicted[..., :-1] > 0) & (fewer > 0), divide_no_nan(predicted[..., :-1], fewer), 1.0)
        return divide_no_nan(slope * (more_hits + offset * jnp.log(ratio)), self.positives.value[..., None])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        return {**super().get_config(), "thresholds": self.thresholds[1:-1] if self._are_given else None}


# --- the best point that is good enough -----------------------------------------------------------------


class BestAtLeast(ThresholdGrid):
    """Base of the best value of one rate among the thresholds where another is high enough.

    Args:
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 1, which is 0.5.
        class_id: The only class that is counted.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
    """

    def __init__(self, num_thresholds: int, class_id: int | None, name: str | None, dtype: DTypeLike) -> None:
        self.num_thresholds = axis_size("num_thresholds", num_thresholds)
        super().__init__([0.5] if num_thresholds == 1 else _evenly_spaced(num_thresholds), name, dtype)
        self.class_id = None if class_id is None else non_negative_int("class_id", class_id)

    def best(self, wanted: Any, other: Any, minimum: float) -> Any:
        """Return the highest of the wanted values where the other is at least `minimum`, 0 where none is."""
        return jnp.max(jnp.where(other >= minimum, wanted, 0.0))


@registry.register("sensitivity_at_specificity")
class SensitivityAtSpecificity(BestAtLeast):
    """Highest sensitivity among the thresholds with at least a given specificity.

    Args:
        specificity: Minimum specificity, the fraction of the negative labels predicted as negative; from 0 to 1.
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 1, which is 0.5.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
        0.5
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self.specificity = number("specificity", specificity, at_least=0.0, at_most=1.0)

    def result(self) -> Any:
        """Return the highest sensitivity."""
        return self.best(self.recalls, self.specificities, self.specificity)


@registry.register("specificity_at_sensitivity")
class SpecificityAtSensitivity(BestAtLeast):
    """Highest specificity among the thresholds with at least a given sensitivity.

    Args:
        sensitivity: Minimum sensitivity, the fraction of the positive labels predicted as positive; from 0 to 1.
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 1, which is 0.5.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])), 4)
        0.6667
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self.sensitivity = number("sensitivity", sensitivity, at_least=0.0, at_most=1.0)

    def result(self) -> Any:
        """Return the highest specificity."""
        return self.best(self.specificities, self.recalls, self.sensitivity)


@registry.register("precision_at_recall")
class PrecisionAtRecall(BestAtLeast):
    """Highest precision among the thresholds with at least a given recall.

    Args:
        recall: Minimum recall, the fraction of the positive labels predicted as positive; from 0 to 1.
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 1, which is 0.5.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
        0.5
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self.recall = number("recall", recall, at_least=0.0, at_most=1.0)

    def result(self) -> Any:
        """Return the highest precision."""
        return self.best(self.precisions, self.recalls, self.recall)


@registry.register("recall_at_precision")
class RecallAtPrecision(BestAtLeast):
    """Highest recall among the thresholds with at least a given precision.

    Args:
        precision: Minimum precision, the fraction of the positive predictions that are correct; from 0 to 1.
        num_thresholds: Number of thresholds, evenly spaced over [0, 1]; at least 1, which is 0.5.
        class_id: The only class that is counted, by its index on the last axis.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(RecallAtPrecision(0.8)([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.5
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(num_thresholds, class_id, name, dtype)
        self.precision = number("precision", precision, at_least=0.0, at_most=1.0)

    def result(self) -> Any:
        """Return the highest recall."""
        return self.best(self.recalls, self.precisions, self.precision)
