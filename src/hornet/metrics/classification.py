"""Metrics of probabilities and margins: running means of the losses of the same names."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornet import losses
from hornet.core.checks import boolean, number
from hornet.core.types import DTypeLike
from hornet.losses.reduction import same_rank
from hornet.metrics.metric import registry
from hornet.metrics.reduction import FunctionMetric


@registry.register("binary_crossentropy", "bce", "BCE")
class BinaryCrossentropy(FunctionMetric):
    """Mean cross-entropy of binary labels; see `hornet.losses.binary_crossentropy`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Part by which labels move to 1/2; from 0 to 1.

    Example:
        >>> round(float(BinaryCrossentropy()([[1], [0]], [[0.5], [0.5]])), 4)
        0.6931
    """

    function = staticmethod(losses.binary_crossentropy)
    axis = -1  # Keras lets nobody choose it here

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)


@registry.register("categorical_crossentropy")
class CategoricalCrossentropy(FunctionMetric):
    """Mean cross-entropy of one-hot labels; see `hornet.losses.categorical_crossentropy`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Fraction of a label that is spread over all classes; from 0 to 1.
        axis: Axis of the classes.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(losses.categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)
        self.axis = axis


@registry.register("sparse_categorical_crossentropy")
class SparseCategoricalCrossentropy(FunctionMetric):
    """Mean cross-entropy of class indices; see `hornet.losses.sparse_categorical_crossentropy`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        from_logits: Whether predictions are logits rather than probabilities.
        ignore_class: A label whose rows are ignored. (Keras counts them as zeros unless there are sample weights.)
        axis: Axis of the classes.

    Example:
        >>> round(float(SparseCategoricalCrossentropy(ignore_class=-1)([1, -1], [[0.5, 0.5], [0.9, 0.1]])), 4)
        0.6931
    """

    function = staticmethod(losses.sparse_categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.ignore_class = ignore_class
        self.axis = axis

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        if self.ignore_class is not None:
            y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
            counted = (y_true != self.ignore_class).astype(self.dtype)
            if counted.ndim == y_pred.ndim:
                counted = jnp.squeeze(counted, self.axis)
            if sample_weight is not None:
                counted, sample_weight = same_rank(counted, jnp.asarray(sample_weight, self.dtype))
                counted = counted * sample_weight
            sample_weight = counted
        super().update_state(y_true, y_pred, sample_weight)


@registry.register("kl_divergence", "kld", "KLD", "kullback_leibler_divergence")
class KLDivergence(FunctionMetric):
    """Mean divergence of the predicted probabilities from the true ones; see `hornet.losses.kl_divergence`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(KLDivergence()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(losses.kl_divergence)


@registry.register("poisson")
class Poisson(FunctionMetric):
    """Mean of minus the log-likelihood of counts under Poisson's law; see `hornet.losses.poisson`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(Poisson()([[3.0]], [[1.0]])), 4)
        1.0
    """

    function = staticmethod(losses.poisson)


@registry.register("hinge")
class Hinge(FunctionMetric):
    """Mean hinge loss; see `hornet.losses.hinge`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(Hinge()([[1], [-1]], [[0.25], [0.25]]))
        1.0
    """

    function = staticmethod(losses.hinge)


@registry.register("squared_hinge")
class SquaredHinge(FunctionMetric):
    """Mean squared hinge loss; see `hornet.losses.squared_hinge`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(SquaredHinge()([[1], [-1]], [[0.5], [0.5]]))
        1.25
    """

    function = staticmethod(losses.squared_hinge)


@registry.register("categorical_hinge")
class CategoricalHinge(FunctionMetric):
    """Mean hinge loss of one-hot labels; see `hornet.losses.categorical_hinge`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(CategoricalHinge()([[0, 1]], [[0.5, 1.0]]))
        0.5
    """

    function = staticmethod(losses.categorical_hinge)
