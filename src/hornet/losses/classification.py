"""Losses of probabilities: how surprising the labels are to the model."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import boolean, number
from hornet.core.settings import epsilon
from hornet.core.types import DTypeLike
from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.probabilities import class_indices, is_class, log_probabilities, log_yes_and_no, smoothed
from hornet.losses.reduction import aligned, check_same_shape


@registry.register("bce", "BCE")
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    r"""Cross-entropy of binary labels.

    Computes $-\mathrm{mean}\,(y_{true} \log p + (1 - y_{true}) \log(1 - p))$ over `axis`, where $p$ is `y_pred` kept
    within $[\epsilon, 1 - \epsilon]$, or $\sigma(y_{pred})$ for logits.

    Args:
        y_true: Labels, from 0 to 1.
        y_pred: Probabilities of class 1, or logits.
        from_logits: Whether predictions are logits.
        label_smoothing: Fraction $s$ by which labels move to 1/2, $y (1 - s) + s/2$; from 0 to 1.
        axis: Axis of the mean.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> binary_crossentropy([[1.0]], [[0.5]])
        Array([0.6931472], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("binary_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 2)
    yes, no = log_yes_and_no(y_pred, from_logits)
    return -jnp.mean(y_true * yes + (1.0 - y_true) * no, axis=axis)


@registry.register()
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    r"""Cross-entropy of one-hot labels.

    Computes $-\sum_c y_{true,c} \log p_c$ along `axis`, where $p$ is `y_pred` divided by its sum and clipped to
    $[\epsilon, 1 - \epsilon]$, or $\mathrm{softmax}(y_{pred})$ for logits.

    Args:
        y_true: Labels: probabilities of the classes, usually a single 1.
        y_pred: Probabilities of the classes, or logits.
        from_logits: Whether predictions are logits.
        label_smoothing: Fraction $s$ of a label that is spread over all $C$ classes, $y (1 - s) + s/C$; from 0 to 1.
        axis: Axis of the classes.
    Shapes:
        y_true, y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Source:
        Label smoothing: Szegedy et al. 2016, section 7.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
        Array([0.6931472], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("categorical_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, y_true.shape[axis])
    return -jnp.sum(y_true * log_probabilities(y_pred, from_logits, axis), axis=axis)


@registry.register()
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    r"""Cross-entropy of class indices.

    Computes $-\log p_{y_{true}}$, where $p$ is `y_pred` divided by its sum and clipped to
    $[\epsilon, 1 - \epsilon]$, or $\mathrm{softmax}(y_{pred})$ for logits.

    Args:
        y_true: Class indices, from 0.
        y_pred: Probabilities of the classes, or logits.
        from_logits: Whether predictions are logits.
        ignore_class: A label whose rows have loss 0.
        axis: Axis of the classes.
    Shapes:
        y_true: `(*batch,)` or `(*batch, 1)`
        y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]])
        Array([0.6931472], dtype=float32)
    """
    y_pred = jnp.asarray(y_pred)
    chosen, y_true = is_class("sparse_categorical_crossentropy", y_true, y_pred.shape, axis)
    if ignore_class is not None:
        chosen &= y_true != ignore_class
    return -jnp.sum(jnp.where(chosen, log_probabilities(y_pred, from_logits, axis), 0.0), axis=axis)


@registry.register()
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    r"""A loss of class indices that does not trust every label: between cross-entropy and the absolute error.

    Computes $(1 - p^q) / q$ with $p$ the probability of the correct class: $-\log p$ for $q \to 0$ and $1 - p$ for
    $q = 1$.

    Args:
        y_true: Class indices, from 0.
        y_pred: Probabilities of the classes.
        q: How little an unlikely label counts; above 0 and below 1.
    Shapes:
        y_true: `(*batch,)` or `(*batch, 1)`
        y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Source:
        Zhang & Sabuncu 2018, eq. 6 (https://arxiv.org/abs/1805.07836).

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5)
        Array([1.], dtype=float32)
    """
    y_pred = jnp.asarray(y_pred)
    chosen, _ = is_class("categorical_generalized_cross_entropy", y_true, y_pred.shape, -1)
    p = jnp.sum(jnp.where(chosen, y_pred, 0.0), axis=-1)
    impossible = p == 0.0  # where the slope of the power is infinite
    return (1.0 - jnp.where(impossible, 0.0, jnp.where(impossible, 1.0, p) ** q)) / q


@registry.register("kld", "KLD", "kullback_leibler_divergence")
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    r"""Kullback and Leibler's divergence of the predicted probabilities from the true ones.

    Computes $\sum_c y_{true,c} \log (y_{true,c} / y_{pred,c})$ over the last axis, both clipped to $[\epsilon, 1]$.

    Shapes:
        y_true, y_pred: `(*batch, classes)`
        output: `(*batch,)`
    Source:
        Kullback & Leibler 1951, "On information and sufficiency".

    Example:
        >>> kl_divergence([[0.0, 1.0]], [[0.5, 0.5]])
        Array([0.69314563], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    y_true, y_pred = jnp.clip(y_true, epsilon(), 1.0), jnp.clip(y_pred, epsilon(), 1.0)
    return jnp.sum(y_true * jnp.log(y_true / y_pred), axis=-1)


@registry.register()
def poisson(y_true: Any, y_pred: Any) -> Any:
    r"""Minus the log-likelihood of counts under Poisson's law, up to a term without `y_pred`.

    Computes $\mathrm{mean}\,(y_{pred} - y_{true} \log(y_{pred} + \epsilon))$ over the last axis.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`, predictions above 0
        output: `(*batch,)`
    Example:
        >>> poisson([[3.0]], [[1.0]])
        Array([0.99999964], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return jnp.mean(y_pred - y_true * jnp.log(y_pred + epsilon()), axis=-1)


@registry.register()
class BinaryCrossentropy(FunctionLoss):
    """Cross-entropy of binary labels; see `binary_crossentropy`.

    Args:
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Part by which labels move to 1/2; from 0 to 1.
        axis: Axis of the mean.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(BinaryCrossentropy(from_logits=True)([1, 0], [0.0, 0.0])), 4)
        0.6931
    """

    function = staticmethod(binary_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)
        self.axis = axis

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels have the output's shape and lie between 0 and 1."""
        labels.check_probabilities(self.name, y, output_shape)


@registry.register()
class CategoricalCrossentropy(FunctionLoss):
    """Cross-entropy of one-hot labels; see `categorical_crossentropy`.

    Args:
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: Fraction of a label that is spread over all classes; from 0 to 1.
        axis: Axis of the classes.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(CategoricalCrossentropy()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, at_least=0.0, at_most=1.0)
        self.axis = axis

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless there is one column of labels for each class."""
        labels.check_one_hot(self.name, y, output_shape, self.axis)


@registry.register()
class SparseCategoricalCrossentropy(FunctionLoss):
    """Cross-entropy of class indices; see `sparse_categorical_crossentropy`.

    Args:
        from_logits: Whether predictions are logits rather than probabilities.
        ignore_class: A label whose rows are ignored.
        reduction: How the values of a batch become one number; see `Loss`.
        axis: Axis of the classes.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(SparseCategoricalCrossentropy(ignore_class=-1)([1, -1], [[0.5, 0.5], [0.9, 0.1]])), 4)
        0.6931
    """

    function = staticmethod(sparse_categorical_crossentropy)

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.from_logits = boolean("from_logits", from_logits)
        self.ignore_class = ignore_class
        self.axis = axis

    @property
    def _is_mean_of_rows(self) -> bool:
        """Whether the loss of a batch is the mean of the losses of its rows."""
        return super()._is_mean_of_rows and self.ignore_class is None

    def _mask(self, y_true: Any, y_pred: Any) -> Any:
        """Return which rows count, or `None` when all do."""
        if self.ignore_class is None:
            return None
        return jnp.squeeze(class_indices(self.name, y_true, y_pred.shape, self.axis), self.axis) != self.ignore_class

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels are integers from 0 to the number of classes minus one."""
        labels.check_class_indices(self.name, y, output_shape, self.axis, self.ignore_class)


@registry.register()
class CategoricalGeneralizedCrossEntropy(FunctionLoss):
    """A loss of class indices that does not trust every label; see `categorical_generalized_cross_entropy`.

    Args:
        q: How little an unlikely label counts; above 0 (cross-entropy) and below 1 (absolute error).
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0
    """

    function = staticmethod(categorical_generalized_cross_entropy)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.q = number("q", q, above=0.0, below=1.0)

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` unless labels are integers from 0 to the number of classes minus one."""
        labels.check_class_indices(self.name, y, output_shape, -1, None)


@registry.register()
class KLDivergence(FunctionLoss):
    """Kullback and Leibler's divergence of the predicted probabilities from the true ones; see `kl_divergence`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(KLDivergence()([[0, 1]], [[0.5, 0.5]])), 4)
        0.6931
    """

    function = staticmethod(kl_divergence)


@registry.register()
class Poisson(FunctionLoss):
    """Minus the log-likelihood of counts under Poisson's law; see `poisson`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(Poisson()([[3.0]], [[1.0]])), 4)
        1.0
    """

    function = staticmethod(poisson)


bce = BCE = binary_crossentropy
kld = KLD = kullback_leibler_divergence = kl_divergence
