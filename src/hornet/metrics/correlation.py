"""How closely the outputs of a row follow its targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp

from hornet.core.settings import epsilon
from hornet.core.shapes import Shape
from hornet.core.types import DTypeLike
from hornet.losses.reduction import aligned, check_same_shape
from hornet.metrics.metric import registry
from hornet.metrics.reduction import FunctionMetric

Axes = int | tuple[int, ...]


def pearson_correlation(y_true: Any, y_pred: Any, axis: Axes = -1) -> Any:
    r"""Pearson's correlation: 1 where predictions are a rising line of the targets, -1 where a falling one.

    Computes $\mathrm{mean}\,\frac{y_{true} - \bar y_{true}}{\sigma_{true}} \frac{y_{pred} - \bar y_{pred}}
    {\sigma_{pred}}$ along `axis`; it is NaN where all values are equal.

    Args:
        y_true: Targets.
        y_pred: Predictions.
        axis: int | Sequence[int] or axes along which the numbers lie.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`, at least 2 outputs
        output: `(*batch,)`
    Source:
        Pearson 1895, "Notes on regression and inheritance in the case of two parents".

    Example:
        >>> pearson_correlation([[0.0, 1.0, 2.0]], [[5.0, 4.0, 3.0]]).round(4)
        Array([-1.], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("pearson_correlation", y_true, y_pred)
    centred_true, centred_pred = _center(y_true, axis), _center(y_pred, axis)
    scale = jnp.std(y_true, axis=axis) * jnp.std(y_pred, axis=axis)
    return jnp.mean(centred_true * centred_pred, axis=axis) / scale


def concordance_correlation(y_true: Any, y_pred: Any, axis: Axes = -1) -> Any:
    r"""Lin's concordance: the correlation lowered by what predictions are shifted and scaled against the targets.

    Computes $2\,\mathrm{cov}(y_{true}, y_{pred}) / (\sigma_{true}^2 + \sigma_{pred}^2 + (\bar y_{true} -
    \bar y_{pred})^2 + \epsilon)$ along `axis`.

    Args:
        y_true: Targets.
        y_pred: Predictions.
        axis: int | Sequence[int] or axes along which the numbers lie.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Source:
        Lin 1989, "A concordance correlation coefficient to evaluate reproducibility".

    Example:
        >>> concordance_correlation([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]]).round(4)
        Array([0.5714], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    check_same_shape("concordance_correlation", y_true, y_pred)
    covariance = jnp.mean(_center(y_true, axis) * _center(y_pred, axis), axis=axis)
    shift = jnp.mean(y_true, axis=axis) - jnp.mean(y_pred, axis=axis)
    spread = jnp.var(y_true, axis=axis) + jnp.var(y_pred, axis=axis) + jnp.square(shift)
    return 2.0 * covariance / (spread + epsilon())


def _center(values: Any, axis: Axes) -> Any:
    return values - jnp.mean(values, axis=axis, keepdims=True)


class Correlation(FunctionMetric):
    """Base of the correlations."""

    higher_is_better = True

    axis: Axes

    def __init__(self, name: str | None, dtype: DTypeLike, axis: int | Sequence[int]) -> None:
        super().__init__(name, dtype)
        self.axis = axis if isinstance(axis, int) else tuple(axis)

    def build(self, y_shape: Shape, output_shape: Shape) -> None:
        """Raise `ValueError` where there is nothing to correlate: a single number along the axis."""
        if isinstance(self.axis, int) and output_shape[self.axis] == 1:
            raise ValueError(
                f"`{self.name}` correlates numbers along axis {self.axis}, where outputs of shape "
                f"{tuple(output_shape)} have only one. Pass another `axis`, or use R2Score."
            )


@registry.register("pearson_correlation")
class PearsonCorrelation(Correlation):
    """Mean correlation of the outputs of a row with its targets; see `pearson_correlation`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        axis: int | Sequence[int] or axes along which the numbers lie.

    Example:
        >>> round(float(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[0.0, 1.0, 1.0]])), 4)
        0.866
    """

    function = staticmethod(pearson_correlation)

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: DTypeLike = None, axis: int | Sequence[int] = -1
    ) -> None:
        super().__init__(name, dtype, axis)


@registry.register("concordance_correlation")
class ConcordanceCorrelation(Correlation):
    """Mean concordance of the outputs of a row with its targets; see `concordance_correlation`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        axis: int | Sequence[int] or axes along which the numbers lie.

    Example:
        >>> round(float(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 2.0, 3.0]])), 4)
        0.5714
    """

    function = staticmethod(concordance_correlation)

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: DTypeLike = None, axis: int | Sequence[int] = -1
    ) -> None:
        super().__init__(name, dtype, axis)
