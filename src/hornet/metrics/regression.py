"""Metrics of numbers: running means of the losses of the same names, and what is made of them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornet import losses
from hornet.losses.reduction import aligned
from hornet.metrics.metric import registry
from hornet.metrics.reduction import FunctionMetric, Mean


@registry.register("mean_squared_error", "mse", "MSE")
class MeanSquaredError(FunctionMetric):
    r"""Mean of the squared errors, $\mathrm{mean}\,(y_{true} - y_{pred})^2$.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(MeanSquaredError()([0.0, 1.0], [2.0, 1.0]))
        2.0
    """

    function = staticmethod(losses.mean_squared_error)


@registry.register("root_mean_squared_error", "rmse", "RMSE")
class RootMeanSquaredError(Mean):
    r"""Root of the mean of the squared errors, $\sqrt{\mathrm{mean}\,(y_{true} - y_{pred})^2}$.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(RootMeanSquaredError()([0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]))
        2.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        y_true, y_pred = aligned(y_true, jnp.asarray(y_pred, self.dtype))
        super().update_state(jnp.square(y_pred - y_true), sample_weight)

    def result(self) -> Any:
        """Return the root of the mean."""
        return jnp.sqrt(super().result())


@registry.register("mean_absolute_error", "mae", "MAE")
class MeanAbsoluteError(FunctionMetric):
    r"""Mean of the absolute errors, $\mathrm{mean}\,|y_{true} - y_{pred}|$.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(MeanAbsoluteError()([0.0, 1.0], [2.0, 1.0]))
        1.0
    """

    function = staticmethod(losses.mean_absolute_error)


@registry.register("mean_absolute_percentage_error", "mape", "MAPE")
class MeanAbsolutePercentageError(FunctionMetric):
    """Mean of the absolute errors in percent of the target; see `hornet.losses.mean_absolute_percentage_error`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> float(MeanAbsolutePercentageError()([2.0, 4.0], [1.0, 4.0]))
        25.0
    """

    function = staticmethod(losses.mean_absolute_percentage_error)


@registry.register("mean_squared_logarithmic_error", "msle", "MSLE")
class MeanSquaredLogarithmicError(FunctionMetric):
    """Mean of the squared differences of logarithms; see `hornet.losses.mean_squared_logarithmic_error`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(MeanSquaredLogarithmicError()([1.0], [0.0])), 4)
        0.4805
    """

    function = staticmethod(losses.mean_squared_logarithmic_error)


@registry.register("log_cosh_error", "log_cosh", "logcosh")
class LogCoshError(FunctionMetric):
    r"""Mean of $\log\cosh(y_{pred} - y_{true})$; see `hornet.losses.log_cosh`.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> round(float(LogCoshError()([0.0], [1.0])), 4)
        0.4338
    """

    function = staticmethod(losses.log_cosh)

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(name, dtype)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Cosine of the angle between targets and predictions: 1 for the same direction, the loss has the other sign.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> cosine_similarity([[0.0, 2.0]], [[0.0, 5.0]])
        Array([1.], dtype=float32)
    """
    return -losses.cosine_similarity(y_true, y_pred, axis)


@registry.register("cosine_similarity")
class CosineSimilarity(FunctionMetric):
    """Mean cosine of the angle between targets and predictions; the loss has the other sign.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.
        axis: Axis along which the vectors lie.

    Example:
        >>> float(CosineSimilarity()([[0.0, 2.0]], [[0.0, 5.0]]))
        1.0
    """

    function = staticmethod(cosine_similarity)

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(name, dtype)
        self.axis = axis
