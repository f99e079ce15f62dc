"""The loss whose minimum is a quantile, so that predictions come with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number
from hornet.core.types import DTypeLike
from hornet.losses import labels
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.reduction import aligned


@registry.register()
def pinball(y_true: Any, y_pred: Any, quantiles: float | Sequence[float] = 0.5) -> Any:
    r"""Errors below the target weighted by $q$ and those above by $1 - q$: least where $y_{pred}$ is the quantile $q$.

    Computes the mean over the last axis of $\max(q e, (q - 1) e)$ with $e = y_{true} - y_{pred}$. With several
    quantiles the last axis of the predictions has one for each.

    Args:
        y_true: Targets.
        y_pred: Predictions.
        quantiles: $q$, or several, each above 0 and below 1.
    Shapes:
        y_true: `(*batch, outputs)`; for several quantiles `(*batch,)` or `(*batch, 1)`
        y_pred: `(*batch, outputs)`; for several quantiles `(*batch, quantiles)`
        output: `(*batch,)`
    Raises:
        ValueError: If the predictions do not have one for each of several quantiles.
    Source:
        Koenker & Bassett 1978, Regression quantiles, eq. 3.1.

    Example:
        >>> pinball([[0.0], [3.0]], [[1.0], [1.0]], quantiles=0.75)
        Array([0.25, 1.5 ], dtype=float32)
        >>> pinball([3.0], [[1.0, 4.0]], quantiles=[0.25, 0.75])
        Array([0.375], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    orders = np.atleast_1d(np.asarray(quantiles, y_pred.dtype))
    if len(orders) > 1 and y_pred.shape[-1:] != orders.shape:
        raise ValueError(
            f"`pinball` got predictions of shape {y_pred.shape} for {len(orders)} quantiles. Pass one for each, on the "
            "last axis."
        )
    error = (y_true[..., None] if y_true.ndim < y_pred.ndim else y_true) - y_pred
    return jnp.mean(jnp.maximum(orders * error, (orders - 1.0) * error), axis=-1)


@registry.register()
class Pinball(FunctionLoss):
    """Least where predictions are quantiles of the target; see `pinball`.

    A model of several quantiles has a unit for each in its last layer, and labels of one column.

    Args:
        quantiles: One, or several, each above 0 and below 1.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(Pinball([0.1, 0.5, 0.9])([3.0], [[1.0, 2.0, 4.0]])), 4)
        0.2667
    """

    function = staticmethod(pinball)

    def __init__(
        self,
        quantiles: float | Sequence[float] = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "pinball",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        given = quantiles if isinstance(quantiles, Sequence | np.ndarray) else [quantiles]
        if not len(given):
            raise ValueError("`quantiles` is empty. Pass at least one, such as 0.5.")
        self.quantiles = [number("quantiles", each, above=0.0, below=1.0) for each in given]

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` when labels cannot belong to outputs of a shape."""
        if len(self.quantiles) == 1:
            super().check_labels(y, output_shape)
        else:
            labels.check_repeated(self.name, y, output_shape, len(self.quantiles), "quantiles")
