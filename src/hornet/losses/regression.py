"""Losses of numbers: how far predictions lie from targets."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.checks import number
from hornet.core.settings import epsilon
from hornet.core.types import DTypeLike
from hornet.losses.loss import FunctionLoss, registry
from hornet.losses.reduction import aligned


@registry.register("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    r"""Mean of the squared errors over the last axis: $\mathrm{mean}\,(y_{true} - y_{pred})^2$.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]])
        Array([2.], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


@registry.register("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    r"""Mean of the absolute errors over the last axis: $\mathrm{mean}\,|y_{true} - y_{pred}|$.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]])
        Array([1.], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


@registry.register("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    r"""Mean of the absolute errors in percent of the target.

    Computes $100\,\mathrm{mean}\,|(y_{true} - y_{pred}) / \max(|y_{true}|, \epsilon)|$ over the last axis, with
    $\epsilon$ = `epsilon()`.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]])
        Array([25.], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return 100.0 * jnp.mean(jnp.abs((y_true - y_pred) / jnp.maximum(jnp.abs(y_true), epsilon())), axis=-1)


@registry.register("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    r"""Mean of the squared differences of logarithms.

    Computes $\mathrm{mean}\,(\log(1 + y_{true}) - \log(1 + y_{pred}))^2$ over the last axis, both raised to at least
    `epsilon()` first: negative values count as none.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> round(float(mean_squared_logarithmic_error([1.0], [0.0])), 4)
        0.4805
    """
    y_true, y_pred = aligned(y_true, y_pred)
    log_true = jnp.log(jnp.maximum(y_true, epsilon()) + 1.0)
    log_pred = jnp.log(jnp.maximum(y_pred, epsilon()) + 1.0)
    return jnp.mean(jnp.square(log_pred - log_true), axis=-1)


@registry.register("huber_loss")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    r"""Square near the target, straight line far from it.

    Computes the mean over the last axis of $e^2/2$ where $|e| \le \delta$ and $\delta |e| - \delta^2/2$ elsewhere,
    with $e = y_{pred} - y_{true}$.

    Args:
        y_true: Targets.
        y_pred: Predictions.
        delta: Error $\delta$ at which the line begins; above 0.
    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Source:
        Huber 1964, "Robust estimation of a location parameter".

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]])
        Array([1.5], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = y_pred - y_true
    size = jnp.abs(error)
    return jnp.mean(jnp.where(size <= delta, 0.5 * jnp.square(error), delta * size - 0.5 * delta**2), axis=-1)


@registry.register("logcosh")
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    r"""Logarithm of the error's hyperbolic cosine: $e^2/2$ near the target, $|e| - \log 2$ far from it.

    Computes $\mathrm{mean}\,\log\cosh(y_{pred} - y_{true})$ over the last axis.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> round(float(log_cosh([0.0], [1.0])), 4)
        0.4338
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = y_pred - y_true
    return jnp.mean(error + jax.nn.softplus(-2.0 * error) - jnp.log(2.0), axis=-1)


@registry.register("cosine_proximity")
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    r"""Minus the cosine of the angle between targets and predictions: $-1$ for the same direction, 1 for the opposite.

    Computes $-\sum \frac{y_{true}}{\|y_{true}\|} \frac{y_{pred}}{\|y_{pred}\|}$ along `axis`; 0 for a vector of zeros.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        output: `(*batch,)`
    Example:
        >>> cosine_similarity([[0.0, 2.0], [1.0, 0.0]], [[0.0, 5.0], [0.0, 1.0]])
        Array([-1., -0.], dtype=float32)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return -jnp.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: Any, axis: int) -> Any:
    """Scale vectors to length 1, those shorter than `epsilon()` by its inverse at most."""
    inverse = jax.lax.rsqrt(jnp.sum(jnp.square(x), axis=axis, keepdims=True))
    return x * jnp.minimum(inverse, 1.0 / epsilon())


@registry.register()
class MeanSquaredError(FunctionLoss):
    r"""Mean of the squared errors, $\mathrm{mean}\,(y_{true} - y_{pred})^2$.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(MeanSquaredError()([[0.0, 1.0]], [[2.0, 1.0]]))
        2.0
    """

    function = staticmethod(mean_squared_error)


@registry.register()
class MeanAbsoluteError(FunctionLoss):
    r"""Mean of the absolute errors, $\mathrm{mean}\,|y_{true} - y_{pred}|$.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]]))
        1.0
    """

    function = staticmethod(mean_absolute_error)


@registry.register()
class MeanAbsolutePercentageError(FunctionLoss):
    """Mean of the absolute errors in percent of the target; see `mean_absolute_percentage_error`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)


@registry.register()
class MeanSquaredLogarithmicError(FunctionLoss):
    """Mean of the squared differences of logarithms; see `mean_squared_logarithmic_error`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(MeanSquaredLogarithmicError()([[1.0]], [[0.0]])), 4)
        0.4805
    """

    function = staticmethod(mean_squared_logarithmic_error)


@registry.register()
class Huber(FunctionLoss):
    """Square near the target, straight line far from it; see `huber`.

    Args:
        delta: Error at which the line begins; above 0.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(Huber(delta=2.0)([[0.0]], [[3.0]]))
        4.0
    """

    function = staticmethod(huber)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = number("delta", delta, above=0.0)


@registry.register()
class LogCosh(FunctionLoss):
    r"""Mean of $\log\cosh(y_{pred} - y_{true})$; see `log_cosh`.

    Args:
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> round(float(LogCosh()([[0.0]], [[1.0]])), 4)
        0.4338
    """

    function = staticmethod(log_cosh)


@registry.register()
class CosineSimilarity(FunctionLoss):
    """Minus the cosine of the angle between targets and predictions; see `cosine_similarity`.

    Args:
        axis: Axis along which the vectors lie.
        reduction: How the values of a batch become one number; see `Loss`.
        name: A name.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> float(CosineSimilarity()([[0.0, 2.0]], [[0.0, 5.0]]))
        -1.0
    """

    function = staticmethod(cosine_similarity)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = axis


mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
cosine_proximity = cosine_similarity
huber_loss = huber
logcosh = log_cosh
