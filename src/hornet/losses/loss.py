"""The base of every loss: from labels and predictions to one number."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core import config
from hornet.core.checks import one_of, text
from hornet.core.config import Configurable
from hornet.core.dtypes import standardize_dtype
from hornet.core.forks import refuse_forked
from hornet.core.frame import mask_of
from hornet.core.names import unique_name
from hornet.core.registry import Member, Registry
from hornet.core.symbolic import operation, tensors_in
from hornet.core.types import DTypeLike
from hornet.core.user_code import explain
from hornet.core.user_functions import returned_numbers
from hornet.losses import labels
from hornet.losses.reduction import REDUCTIONS, check_rows_of, masked, reduce, same_ranks


class LossRegistry(Registry):
    """The losses by name. A function among them takes symbolic tensors, on which it is recorded."""

    def register(self, *aliases: str, module: str | None = None) -> Callable[[Member], Member]:
        """Return a decorator that enters a class or function; see `Registry`."""
        enter = super().register(*aliases, module=module)

        def enter_recorded(member: Any) -> Any:
            return enter(member if isinstance(member, type) else cast(Any, operation(member)))

        return enter_recorded


registry = LossRegistry("loss", "keras.losses")


class Loss(Configurable):
    r"""Base of all losses: a subclass computes one value per row in `call`.

    The values $\ell_i$, multiplied by the sample weights $w_i$, are reduced to $\frac{1}{n}\sum_i w_i \ell_i$.

    Args:
        name: A name; by default the class's name with a number.
        reduction: How values become one number: `"sum_over_batch_size"` and `"mean"` divide their sum by their number,
            `"sum"` does not divide, `"mean_with_sample_weight"` divides by the sum of the weights, and `"none"` or
            `None` returns the values as they are.
        dtype: Type in which the loss is computed; `floatx()` by default.

    Example:
        >>> class Quartic(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return (y_true - y_pred) ** 4
        >>> float(Quartic()([0.0, 0.0], [1.0, 2.0]))
        8.5
    """

    _always_shown = ("name",)
    _mixes_rows: ClassVar[bool] = False
    """Whether the loss of a row may depend on the others of its batch."""

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: DTypeLike = None
    ) -> None:
        self.name = text("name", name) if name else unique_name(type(self))
        self.reduction = one_of("reduction", reduction, REDUCTIONS)
        self.dtype = standardize_dtype(dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced loss.

        Args:
            y_true: Labels. Where they have a last axis of size 1 less than the predictions, or more, `call` gets both
                with as many axes.
            y_pred: Predictions; a symbolic tensor is answered with one. A dict or list of arrays is given to `call` of
                a class or function of one's own as it is.
            sample_weight: One weight a row, or one a value. Steps that a mask of the predictions leaves out weigh 0.
        """
        if tensors_in((y_true, y_pred)):
            return operation(self.__call__, self.name)(y_true, y_pred, sample_weight)
        refuse_forked()
        mask, y_true, y_pred = self._compared(y_true, y_pred)
        try:
            values = returned_numbers(f"Loss {self.name!r}", self.call(y_true, y_pred), self.dtype)
            if not isinstance(self, FunctionLoss):
                check_rows_of(self.name, values, y_true, y_pred)
        except Exception as error:
            explain(error, f"loss {self.name!r}", labels=y_true, predictions=y_pred)
            raise
        return reduce(values, self._weights(sample_weight, mask), self.reduction)

    def _divisor(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the number of values that the mean of a batch is of, or the sum of their weights; `None` for all.

        Means of batches weighted by it are the mean of all values, whatever the size of the batches.
        """
        mask, y_true, y_pred = self._compared(y_true, y_pred)
        if self.reduction == "mean_with_sample_weight":
            weights = self._weights(sample_weight, mask)
            return None if weights is None else jnp.sum(weights)
        return None if mask is None or self.reduction not in ("sum_over_batch_size", "mean") else jnp.sum(mask)

    def _compared(self, y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
        """Return which values count, or `None` for all, and labels and predictions as arrays of one rank."""
        counts = mask_of(y_pred)
        y_true, y_pred = same_ranks(self._arrays(y_true), self._arrays(y_pred))
        own = self._mask(y_true, y_pred)
        return own if counts is None else counts if own is None else counts & own, y_true, y_pred

    def _weights(self, sample_weight: Any, mask: Any) -> Any:
        weights = None if sample_weight is None else jnp.asarray(sample_weight, self.dtype)
        return weights if mask is None else masked(weights, mask.astype(self.dtype), self.reduction)

    def _arrays(self, given: Any) -> Any:
        """Return labels or predictions as an array, or as arrays in their structure."""
        if not isinstance(self, FunctionLoss) and (
            isinstance(given, Mapping) or (isinstance(given, list | tuple) and any(map(_is_array_like, given)))
        ):
            return jax.tree.map(lambda part: jnp.asarray(part, self.dtype), given)
        return jnp.asarray(given, self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each row."""
        raise NotImplementedError(
            f"`{type(self).__name__}` has no `call`. Write one that returns the loss of each row."
        )

    @property
    def _is_mean_of_rows(self) -> bool:
        """Whether the loss of a batch is the mean of the losses of its rows; known of Hornet's losses only."""
        is_mean = self.reduction in ("sum_over_batch_size", "mean")
        return is_mean and not self._mixes_rows and config.is_ours(type(self))

    def _mask(self, y_true: Any, y_pred: Any) -> Any:
        """Return which values are unmasked, in the shape of what `call` returns, or `None` when all are."""
        return None

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` when labels cannot belong to outputs of a shape; runs on the host, before compiling.

        Args:
            y: All labels.
            output_shape: Shape of the model's output; the batch axis may be `None`.
        """


class FunctionLoss(Loss):
    """A loss whose values are a pure function of labels and predictions: base of the losses that come with Hornet.

    A member names the `function`; further arguments of the function are read from attributes of the same name.

    Args:
        reduction: See `Loss`.
        name: A name; by default the function's.
        dtype: Type in which the loss is computed; `floatx()` by default.
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: DTypeLike = None
    ) -> None:
        super().__init__(name or type(self).function.__name__, reduction, dtype)

    @property
    def fn(self) -> Callable[..., Any]:
        """The function of labels and predictions."""
        return type(self).function

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each row."""
        function = type(self).function
        return function(jnp.atleast_1d(y_true), jnp.atleast_1d(y_pred), **further_arguments(self, function))

    def check_labels(self, y: np.ndarray, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` when labels cannot belong to outputs of a shape."""
        labels.check_elementwise(self.name, y, output_shape)


@registry.register()
class LossFunctionWrapper(Loss):
    """A loss made of any function `(y_true, y_pred, **kwargs)`.

    Args:
        fn: The function, its name or its description.
        reduction: See `Loss`.
        name: A name; by default the class's name with a number.
        dtype: Type in which the loss is computed; `floatx()` by default.
        **kwargs: Further arguments of the function.

    Example:
        >>> loss = LossFunctionWrapper(lambda y_true, y_pred, scale: scale * (y_true - y_pred), scale=10.0)
        >>> float(loss([3.0], [1.0]))
        20.0
    """

    _mixes_rows = True  # for all that is known

    def __init__(
        self,
        fn: str | Callable[..., Any] | Mapping[str, Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: DTypeLike = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.fn = registry.get(fn)
        self.fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each row."""
        return self.fn(y_true, y_pred, **self.fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, JSON-serializable."""
        return {**super().get_config(), **config.serialize(self.fn_kwargs)}

    def _structure(self) -> Any:
        """Return a key that is equal for objects whose programs are equal."""
        return (super()._structure(), config.structure_of(self.fn_kwargs))


def _is_array_like(part: Any) -> bool:
    return isinstance(part, Mapping) or len(getattr(part, "shape", ())) > 0


# --- arguments of functions -----------------------------------------------------------------------------


@cache
def _further_parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)[2:]


def further_arguments(owner: Any, function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments of a function of labels and predictions that its owner holds as attributes."""
    return {name: getattr(owner, name) for name in _further_parameters(function)}
