"""Running sums and means, and metrics that are the mean of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jax.numpy as jnp

from hornet import losses
from hornet.core import config
from hornet.core.frame import mask_of
from hornet.core.package import is_from_package
from hornet.core.types import DTypeLike
from hornet.core.user_functions import returned_numbers
from hornet.losses.loss import further_arguments
from hornet.losses.reduction import divide_no_nan, masked, same_rank
from hornet.metrics.metric import Metric, registry


def per_sample(values: Any, sample_weight: Any, reduce: Callable[..., Any], dtype: str) -> tuple[Any, Any]:
    """Return one weighted value a row, and the weights a row (`None` without any).

    Args:
        values: Any values, rows first.
        sample_weight: Weights of the leading axes, or `None`.
        reduce: Reduces the axes behind the rows: `jnp.mean` or `jnp.sum`.
        dtype: Type of the results.
    """
    values = jnp.asarray(values, dtype)
    if sample_weight is None:
        return _over_rows(values, reduce), None
    values, weights = same_rank(values, jnp.asarray(sample_weight, dtype))
    if values.ndim > weights.ndim:
        values = reduce(values, axis=tuple(range(weights.ndim, values.ndim)))
    weights = jnp.broadcast_to(weights, values.shape)
    return _over_rows(values * weights, reduce), _over_rows(weights, reduce)


def _over_rows(values: Any, reduce: Callable[..., Any]) -> Any:
    return reduce(values, axis=tuple(range(1, values.ndim))) if values.ndim > 1 else values


@registry.register("sum")
class Sum(Metric):
    r"""Weighted sum of all values, $\sum_i w_i v_i$.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> total = Sum()
        >>> total.update_state([1.0, 3.0])
        >>> float(total([5.0]))
        9.0
    """

    def __init__(self, name: str | None = "sum", dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values, each times its weight."""
        values, _ = per_sample(values, sample_weight, jnp.sum, self.dtype)
        self.total.assign_add(jnp.sum(values))

    def result(self) -> Any:
        """Return the sum."""
        return self.total.value


@registry.register("mean")
class Mean(Metric):
    r"""Weighted mean of all values, $\sum_i w_i v_i / \sum_i w_i$; 0 before the first one.

    Args:
        name: The key in logs.
        dtype: Type in which the metric is computed; `floatx()` by default.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 3.0])
        >>> float(mean([5.0], sample_weight=[2.0]))
        3.5
    """

    def __init__(self, name: str | None = "mean", dtype: DTypeLike = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take values into account, each with its weight; the axes behind the first are averaged."""
        values, weights = per_sample(values, sample_weight, jnp.mean, self.dtype)
        self.total.assign_add(jnp.sum(values))
        self.count.assign_add(values.size if weights is None else jnp.sum(weights))

    def result(self) -> Any:
        """Return the mean."""
        return divide_no_nan(self.total.value, self.count.value)


class FunctionMetric(Mean):
    """Mean of a pure function of labels and predictions: base of most metrics that come with Hornet.

    A member names the `function`; further arguments of the function are read from attributes of the same name.

    Args:
        name: The key in logs; by default the function's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
    """

    higher_is_better = False

    function: ClassVar[Callable[..., Any]]

    def __init__(self, name: str | None = None, dtype: DTypeLike = None) -> None:
        super().__init__(name or type(self).function.__name__, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account.

        Args:
            y_true: Labels.
            y_pred: Predictions.
            sample_weight: One weight a row, or one a value.
        """
        function = type(self).function
        values = function(y_true, y_pred, **further_arguments(self, function))
        super().update_state(values, counting(y_pred, sample_weight))


@registry.register("mean_metric_wrapper")
class MeanMetricWrapper(Mean):
    """Mean of any function `(y_true, y_pred, **kwargs)`.

    Args:
        fn: The function, its name or its description.
        name: The key in logs; by default the class's name.
        dtype: Type in which the metric is computed; `floatx()` by default.
        **kwargs: Further arguments of the function.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred: y_pred - y_true, name="bias")
        >>> metric.update_state(jnp.array([1.0, 2.0]), jnp.array([2.0, 5.0]))
        >>> float(metric.result())
        2.0
    """

    def __init__(
        self,
        fn: str | Callable[..., Any] | Mapping[str, Any],
        name: str | None = None,
        dtype: DTypeLike = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, dtype)
        self.fn = _function(fn)
        # Losses are better low; of a function of the user's nobody knows.
        self.higher_is_better = False if is_from_package(self.fn) else None
        self.fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account; the function gets labels and predictions of one rank, as a loss does."""
        weights = counting(y_pred, sample_weight)
        if y_true is not None:
            y_true, y_pred = same_rank(jnp.asarray(y_true), jnp.asarray(y_pred))
        values = returned_numbers(f"Metric {self.name!r}", self.fn(y_true, y_pred, **self.fn_kwargs), self.dtype)
        super().update_state(values, weights)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        return {**super().get_config(), **config.serialize(self.fn_kwargs)}

    def _structure(self) -> Any:
        """Return a key that is equal for objects whose programs are equal."""
        return (super()._structure(), config.structure_of(self.fn_kwargs))


def counting(y_pred: Any, sample_weight: Any) -> Any:
    """Return sample weights that are 0 for steps which a mask of the predictions leaves out."""
    mask = mask_of(y_pred)
    if mask is None:
        return sample_weight
    weights = None if sample_weight is None else jnp.asarray(sample_weight, "float32")
    return masked(weights, mask.astype("float32"), "sum")


def _function(identifier: Any) -> Any:
    """Return the function of a metric, or else of a loss, from a name or a saved config."""
    is_saved = isinstance(identifier, Mapping) and identifier.get("class_name") == "function"
    name = identifier["config"] if is_saved else identifier
    for member in (registry[key] for key in registry):
        if isinstance(member, type) and issubclass(member, FunctionMetric) and member.function.__name__ == name:
            return member.function
    return losses.registry.get(identifier)
