"""The base of every metric: a running figure, kept in variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hornet import initializers
from hornet.core.absent_names import attribute_or_reason
from hornet.core.budget import take_memory
from hornet.core.checks import text
from hornet.core.dtypes import standardize_dtype
from hornet.core.frame import current_frame
from hornet.core.module import Module, boxes, pure
from hornet.core.registry import Registry, snake_case
from hornet.core.shapes import Shape
from hornet.core.total import Total
from hornet.core.types import DTypeLike
from hornet.core.variable import Variable

registry = Registry("metric", "keras.metrics", takes=["loss"])


class Metric(Module):
    """A figure that is updated batch by batch: base of all metrics.

    A subclass makes its variables in its constructor with `add_variable`, changes them in `update_state` and
    computes the figure in `result`. Inside a program the variables are the program's own, so an update compiles.
    Variables whose shape depends on the data are created in `build`.

    Args:
        dtype: Type in which the metric is computed; `floatx()` by default.
        name: The key under which logs and history show it; by default the class's name.

    Example:
        >>> import jax.numpy as jnp
        >>> class Positives(Metric):
        ...     def __init__(self, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.count = self.add_weight("count", initializer="zeros")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.count.assign_add(jnp.sum(y_pred > 0.0))
        ...
        ...     def result(self):
        ...         return self.count.value
        >>> positives = Positives()
        >>> positives.update_state(None, jnp.array([-1.0, 2.0]))
        >>> float(positives(None, jnp.array([1.0, 3.0])))
        3.0
    """

    _always_shown = ("name",)
    _is_metric = True

    higher_is_better: bool | None = None
    """How callbacks that select the best value compare; `None` where it is unknown."""

    def __init__(self, dtype: DTypeLike = None, name: str | None = None) -> None:
        self.dtype = standardize_dtype(dtype)
        # Without a number: logs of every model then have one name for it, which callbacks monitor.
        self.name = text("name", name) if name else snake_case(type(self).__name__)

    def build(self, y_shape: Shape, output_shape: Shape) -> None:
        """Make the variables whose shape depends on the data; there are none here.

        Training calls this before it compiles. A subclass that writes it begins `update_state` with
        `self.build_for(y_true, y_pred)`, so that it can be used by hand as well.

        Args:
            y_shape: Shape of the labels; the batch axis may be `None`.
            output_shape: Shape of the predictions.
        """

    def build_for(self, y_true: Any, y_pred: Any) -> None:
        """Build for the shapes of a batch unless there are variables already.

        Raises:
            RuntimeError: If this is inside a program, which would lose the variables.
        """
        if self.variables:
            return
        if current_frame() is not None:
            raise RuntimeError(
                f"{self!r} is updated inside a program but has no variables yet. "
                "Call its `build(y_shape, output_shape)` first, as `build` of a metric or model that holds it."
            )
        self.build(np.shape(y_true), np.shape(y_pred))

    def require_built(self) -> None:
        """Raise `ValueError` before there are variables."""
        if not self.variables:
            raise ValueError(f"{self!r} has seen no data yet, so it has no result. Call `update_state` first.")

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take a batch into account: `(y_true, y_pred, sample_weight=None)`."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `update_state`. Write one that takes a batch.")

    def result(self) -> Any:
        """Return the figure over all batches since the last reset."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `result`. Write one that returns the figure.")

    if not TYPE_CHECKING:  # no attribute exists, to type checkers
        __getattr__ = attribute_or_reason

    def reset_state(self) -> None:
        """Forget all batches."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def reset_states(self) -> None:
        """Forget all batches: the older name of `reset_state`."""
        self.reset_state()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch into account and return the figure so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Return the values of the variables after `update_state`; changes nothing, so it may be compiled.

        Args:
            metric_variables: Values in the order of `variables`.
            *args: What `update_state` takes.
            **kwargs: What `update_state` takes.

        Example:
            >>> from hornet.metrics import Mean
            >>> [float(value) for value in Mean().stateless_update_state([0.0, 0.0], [1.0, 3.0])]
            [4.0, 2.0]
        """
        return self._stateless(self.update_state, metric_variables, *args, **kwargs)[1]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """Return the figure for values of the variables, in their order."""
        return self._stateless(self.result, metric_variables)[0]

    def stateless_reset_state(self) -> list[Any]:
        """Return the values that the variables have after `reset_state`."""
        return self._stateless(self.reset_state, [variable.value for variable in self.variables])[1]

    def _stateless(
        self, function: Callable[..., Any], metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> tuple[Any, list[Any]]:
        held = boxes(self, Variable)
        if len(held) != len(metric_variables):
            raise ValueError(
                f"{self!r} has {len(held)} variables, but got {len(metric_variables)} values. "
                "Pass one for each of `variables`."
            )
        values = [one.value if isinstance(one, Variable) else one for one in metric_variables]
        output, state, _ = pure(held, function)(dict(zip(held, values, strict=True)), *args, **kwargs)
        return output, list(state.values())

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        aggregation: Any = None,
        name: Any = None,
    ) -> Variable:
        """Make a variable of this metric.

        Args:
            shape: Its shape. A name may stand here instead, as in older Keras.
            initializer: Name, object or function; zeros by default.
            dtype: Type of the elements; the metric's by default.
            aggregation: How copies on several devices become one; taken for Keras's sake, without effect.
            name: Its name.
        """
        if isinstance(shape, str):
            shape, name = name or (), shape
        sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
        take_memory(8 * math.prod(sizes), f"metric {self.name!r}")
        dtype = standardize_dtype(dtype or self.dtype)
        initialize: Any = initializers.get("zeros" if initializer is None else initializer)
        value, name = initialize(sizes, dtype=dtype), name or "variable"
        if dtype == "float32":
            variable: Variable = Total(value, dtype=dtype, name=name)
        else:
            variable = Variable(value, name=name, dtype=dtype, trainable=False)
        variable.path = f"{self.name}/{variable.name}"
        return variable

    def add_weight(self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: Any = None) -> Variable:
        """Make a variable of this metric; see `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)
