"""Metrics of numbers: running means of the losses of the same names, and what is made of them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from hornet import losses
from hornet.core.checks import non_negative_int, one_of
from hornet.core.shapes import Shape
from hornet.core.types import DTypeLike
from hornet.losses.reduction import aligned, check_same_shape, divide_no_nan, spread
from hornet.metrics.metric import Metric, registry
from hornet.metrics.reduction import FunctionMetric, Mean, counting


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

    higher_is_better = False

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: DTypeLike = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        weights = counting(y_pred, sample_weight)
        y_true, y_pred = aligned(y_true, jnp.asarray(y_pred, self.dtype))
        super().update_state(jnp.square(y_pred - y_true), weights)

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

    def __init__(self, name: str | None = "logcosh", dtype: DTypeLike = None) -> None:
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

    higher_is_better = True

    function = staticmethod(cosine_similarity)

    def __init__(self, name: str | None = "cosine_similarity", dtype: DTypeLike = None, axis: int = -1) -> None:
        super().__init__(name, dtype)
        self.axis = axis


@registry.register("r2_score")
class R2Score(Metric):
    r"""Fraction of the targets' variance that the predictions explain: 1 is perfect, 0 no better than their mean.

    Computes $1 - \sum w (y_{true} - y_{pred})^2 / \sum w (y_{true} - \bar y_{true})^2$ for each output. With equal
    targets it is 1 where all are met and 0 elsewhere.

    Args:
        class_aggregation: `"uniform_average"` for the mean over the outputs, `"variance_weighted_average"` for one
            weighted by the variances of the targets, `None` for one score an output.
        num_regressors: Number $p$ of inputs for the adjusted score $1 - (1 - R^2) (n - 1) / (n - p - 1)$ of $n$ rows;
            0 does not adjust, nor are $n \le p + 1$ rows adjusted for.
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Shapes:
        y_true, y_pred: `(*batch, outputs)`
        result: `(outputs,)` without `class_aggregation`
    Source:
        Merging the sums of squares of two batches: Chan, Golub & LeVeque 1979, eq. 2.1. Sums of the targets' squares,
        as Keras has them, lose all digits where the targets lie far from 0.

    Example:
        >>> round(float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 4)
        0.5714
    """

    higher_is_better = True

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: DTypeLike = None,
    ) -> None:
        super().__init__(dtype, name)
        averages = (None, "uniform_average", "variance_weighted_average")
        self.class_aggregation: str | None = one_of("class_aggregation", class_aggregation, averages)
        self.num_regressors = non_negative_int("num_regressors", num_regressors)

    def build(self, y_shape: Shape, output_shape: Shape) -> None:
        """Make the sums of each output."""
        outputs = output_shape[-1] if len(output_shape) > 1 else 1
        if outputs is None:
            raise ValueError(f"`{self.name}` scores the outputs apart, so their number must be known. Declare it.")
        self.rows = self.add_variable(name="rows")
        self.weight = self.add_variable((outputs,), name="weight")
        self.mean = self.add_variable((outputs,), name="mean")
        self.variation = self.add_variable((outputs,), name="variation")
        self.residual = self.add_variable((outputs,), name="residual")

    @property
    def num_samples(self) -> Any:
        """The number of rows."""
        return self.rows.value

    @property
    def count(self) -> Any:
        """The sum of the weights, for each output."""
        return self.weight.value

    @property
    def sum(self) -> Any:
        """The weighted sum of the targets, for each output."""
        return self.mean.value * self.weight.value

    @property
    def squared_sum(self) -> Any:
        """The weighted sum of the targets' squares, for each output."""
        return self.variation.value + jnp.square(self.mean.value) * self.weight.value

    @property
    def total_mse(self) -> Any:
        """The weighted sum of the squared errors, for each output."""
        return self.residual.value

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: Targets.
            y_pred: Predictions, one for each target.
            sample_weight: One weight a row, or one a target.
        """
        self.build_for(y_true, y_pred)
        y_true, y_pred = aligned(y_true, jnp.asarray(y_pred, self.dtype))
        check_same_shape(self.name, y_true, y_pred)
        weights = jnp.ones_like(y_true) if sample_weight is None else spread(sample_weight, y_true)
        shape = (-1, y_true.shape[-1] if y_true.ndim > 1 else 1)
        y_true, y_pred, weights = (jnp.reshape(values, shape) for values in (y_true, y_pred, weights))
        weight = jnp.sum(weights, axis=0)
        mean = divide_no_nan(jnp.sum(weights * y_true, axis=0), weight)
        step, fraction = mean - self.mean.value, divide_no_nan(weight, self.weight.value + weight)
        between = jnp.square(step) * self.weight.value * fraction
        self.variation.assign_add(jnp.sum(weights * jnp.square(y_true - mean), axis=0) + between)
        self.residual.assign_add(jnp.sum(weights * jnp.square(y_true - y_pred), axis=0))
        self.mean.assign_add(step * fraction)
        self.weight.assign_add(weight)
        self.rows.assign_add(len(y_true))

    def result(self) -> Any:
        """Return the score, or one for each output."""
        self.require_built()
        variation, residual = self.variation.value, self.residual.value
        constant = variation == 0
        met = ((residual == 0) & (self.weight.value > 0)).astype(self.dtype)
        scores = jnp.where(constant, met, 1.0 - residual / jnp.where(constant, 1.0, variation))
        if self.class_aggregation == "uniform_average":
            scores = jnp.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = divide_no_nan(jnp.sum(variation * scores), jnp.sum(variation))
        freedom = self.rows.value - self.num_regressors - 1
        adjusts = (freedom > 0) & (self.num_regressors > 0)
        return jnp.where(adjusts, 1.0 - (1.0 - scores) * (self.rows.value - 1) / jnp.where(adjusts, freedom, 1), scores)
