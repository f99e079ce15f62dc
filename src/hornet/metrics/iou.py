"""Overlap of predicted and true classes: intersection over union."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, boolean, number
from hornet.core.dtypes import is_float
from hornet.core.settings import floatx
from hornet.core.types import DTypeLike
from hornet.losses.reduction import check_same_shape, divide_no_nan, same_rank, spread
from hornet.metrics.metric import Metric, registry


@registry.register("io_u")
class IoU(Metric):
    r"""Mean over some classes of intersection over union, $T_p / (T_p + F_p + F_n)$.

    A class that occurs neither in labels nor in predictions is ignored. So are labels that are not a class, such as -1
    or 255.

    Args:
        num_classes: Number of classes; at least 1.
        target_class_ids: The classes whose mean is returned.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed, `floatx()` by default. Counts are floats in any case, since
            sample weights may be fractions (Keras counts in integers by default, which cuts the weights off).
        ignore_class: A label whose rows are ignored.
        sparse_y_true: Whether labels are class indices rather than one-hot.
        sparse_y_pred: Whether predictions are class indices rather than scores of the classes.
        axis: Axis of the classes in one-hot labels and scores.

    Shapes:
        y_true, y_pred: `(*batch,)`, with one more axis where not sparse
    Example:
        >>> round(float(IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    higher_is_better = True

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype, name)
        self.num_classes = axis_size("num_classes", num_classes)
        take_memory(8 * self.num_classes**2, "`num_classes`")
        self.target_class_ids = [int(index) for index in target_class_ids]
        for index in self.target_class_ids:
            if not 0 <= index < self.num_classes:
                raise ValueError(f"`target_class_ids` holds {index}. Pass class indices from 0 to {num_classes - 1}.")
        self.ignore_class = ignore_class
        self.sparse_y_true = boolean("sparse_y_true", sparse_y_true)
        self.sparse_y_pred = boolean("sparse_y_pred", sparse_y_pred)
        self.axis = axis
        size = self.num_classes, self.num_classes
        self.total_cm = self.add_variable(
            size, dtype=self.dtype if is_float(self.dtype) else floatx(), name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: Labels.
            y_pred: Predictions.
            sample_weight: One weight a row, or one a label.
        """
        y_true = jnp.asarray(y_true) if self.sparse_y_true else jnp.argmax(jnp.asarray(y_true), axis=self.axis)
        y_pred = jnp.asarray(y_pred) if self.sparse_y_pred else jnp.argmax(jnp.asarray(y_pred), axis=self.axis)
        y_true, y_pred = same_rank(y_true.astype(jnp.int32), y_pred.astype(jnp.int32))
        check_same_shape(self.name, y_true, y_pred)
        kept = jnp.ones(y_true.shape, self.total_cm.dtype)
        if self.ignore_class is not None:
            kept = (y_true != self.ignore_class).astype(kept.dtype)
        if sample_weight is not None:
            kept *= spread(sample_weight, kept)
        classes = jnp.arange(self.num_classes)
        rows, columns = (
            (jnp.ravel(indices)[:, None] == classes).astype(kept.dtype) for indices in (y_true, y_pred)
        )  # a product of one-hot rows, not a scatter
        matrix = jnp.einsum("ni,nj->ij", rows * jnp.ravel(kept)[:, None], columns, precision="highest")
        self.total_cm.assign_add(matrix)

    def result(self) -> Any:
        """Return the mean over the target classes that occur."""
        matrix = self.total_cm.value
        hits = jnp.sum(matrix * jnp.eye(self.num_classes, dtype=matrix.dtype), axis=0)
        union = jnp.sum(matrix, axis=0) + jnp.sum(matrix, axis=1) - hits
        times = np.bincount(self.target_class_ids, minlength=self.num_classes)
        return divide_no_nan(jnp.sum(times * divide_no_nan(hits, union)), jnp.sum(times * (union > 0)))


@registry.register("binary_io_u")
class BinaryIoU(IoU):
    """Mean intersection over union of the classes 0 and 1, separated by a threshold.

    Args:
        target_class_ids: The classes whose mean is returned: `[0]`, `[1]` or both.
        threshold: Score from which on class 1 is predicted.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed, `floatx()` by default.

    Example:
        >>> round(float(BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number("threshold", threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        super().update_state(y_true, jnp.asarray(y_pred) >= self.threshold, sample_weight)


@registry.register("mean_io_u")
class MeanIoU(IoU):
    """Mean over all classes of intersection over union.

    Args:
        num_classes: Number of classes; at least 1.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed, `floatx()` by default.
        ignore_class: A label whose rows are ignored.
        sparse_y_true: Whether labels are class indices rather than one-hot.
        sparse_y_pred: Whether predictions are class indices rather than scores of the classes.
        axis: Axis of the classes in one-hot labels and scores.

    Example:
        >>> metric = MeanIoU(num_classes=2)
        >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1], sample_weight=[0.3, 0.3, 0.3, 0.1])), 4)
        0.2381
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        every = range(axis_size("num_classes", num_classes))
        super().__init__(num_classes, every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


@registry.register("one_hot_io_u")
class OneHotIoU(IoU):
    """Mean over some classes of intersection over union, for one-hot labels.

    Args:
        num_classes: Number of classes; at least 1.
        target_class_ids: The classes whose mean is returned.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed, `floatx()` by default.
        ignore_class: A label whose rows are ignored.
        sparse_y_pred: Whether predictions are class indices rather than scores of the classes.
        axis: Axis of the classes.

    Example:
        >>> metric = OneHotIoU(num_classes=3, target_class_ids=[0, 2])
        >>> round(float(metric([[0, 0, 1], [1, 0, 0]], [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])), 4)
        0.25
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


@registry.register("one_hot_mean_io_u")
class OneHotMeanIoU(MeanIoU):
    """Mean over all classes of intersection over union, for one-hot labels.

    Args:
        num_classes: Number of classes; at least 1.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed, `floatx()` by default.
        ignore_class: A label whose rows are ignored.
        sparse_y_pred: Whether predictions are class indices rather than scores of the classes.
        axis: Axis of the classes.

    Example:
        >>> metric = OneHotMeanIoU(num_classes=3)
        >>> round(float(metric([[0, 0, 1], [1, 0, 0]], [[0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])), 4)
        0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
