"""Regularizers: penalties on weights or outputs, added to the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from hornet.core import config as configs
from hornet.core.checks import one_of
from hornet.core.dtypes import is_float
from hornet.core.imports import publish
from hornet.core.module import Module
from hornet.core.registry import Registry
from hornet.core.settings import epsilon
from hornet.core.variable import Hyperparameter

registry = Registry("regularizer", "keras.regularizers")


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """Return the regularizer that a user means by a name, a class, a config, an object or a function.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> get("l2").l2
        0.01
    """
    return registry.get(identifier)


def serialize(regularizer: Any) -> Any:
    """Return a regularizer's config, JSON-serializable.

    Example:
        >>> serialize(L2(0.5))["config"]
        {'l2': 0.5}
    """
    return configs.serialize(regularizer)


def deserialize(config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the regularizer that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize(serialize(L2(0.5))).l2
        0.5
    """
    return registry.get(config, custom_objects)


class Regularizer(Module):
    """Base of all regularizers: a function from an array to a penalty, a number of the array's type.

    A subclass writes `penalty`, which gets a JAX array, or `__call__` itself. A factor that is declared as a
    `Hyperparameter` can be changed between epochs without compiling again.

    Example:
        >>> class Spread(Regularizer):
        ...     def penalty(self, x):
        ...         return jnp.var(x)
        >>> Spread()([1.0, 3.0])
        Array(1., dtype=float32)
    """

    def __call__(self, x: ArrayLike) -> Array:
        """Return the penalty on `x`."""
        x = jnp.asarray(x)
        penalty = self.penalty(x)
        return penalty.astype(x.dtype) if is_float(x.dtype) else penalty

    def penalty(self, x: Array) -> Array:
        """Return the penalty on an array."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `penalty`. Write it, or `__call__`.")


@registry.register("l1")
class L1(Regularizer):
    r"""Penalty on the sum of absolute values, $l_1 \sum |x|$, which makes weights exactly 0.

    Args:
        l1: Factor of the penalty, at least 0.

    Source:
        Tibshirani 1996, Regression shrinkage and selection via the lasso.

    Example:
        >>> L1(0.5)([-1.0, 3.0])
        Array(2., dtype=float32)
    """

    l1 = Hyperparameter(at_least=0.0)

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = 0.01 if l1 is None else l1

    def penalty(self, x: Array) -> Array:
        return self.l1 * jnp.sum(jnp.abs(x))


@registry.register("l2")
class L2(Regularizer):
    r"""Penalty on the sum of squares, $l_2 \sum x^2$ (without a factor of ½), which keeps weights small.

    Args:
        l2: Factor of the penalty, at least 0.

    Source:
        Hoerl & Kennard 1970, Ridge regression.

    Example:
        >>> L2(0.5)([-1.0, 3.0])
        Array(5., dtype=float32)
    """

    l2 = Hyperparameter(at_least=0.0)

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = 0.01 if l2 is None else l2

    def penalty(self, x: Array) -> Array:
        return self.l2 * jnp.sum(jnp.square(x))


@registry.register("l1_l2", "l1l2")
class L1L2(Regularizer):
    r"""Both penalties: $l_1 \sum |x| + l_2 \sum x^2$.

    Args:
        l1: Factor of the sum of absolute values, at least 0.
        l2: Factor of the sum of squares, at least 0.

    Source:
        Zou & Hastie 2005, Regularization and variable selection via the elastic net, eq. 3.

    Example:
        >>> L1L2(l1=0.5, l2=0.5)([-1.0, 3.0])
        Array(7., dtype=float32)
    """

    l1 = Hyperparameter(at_least=0.0)
    l2 = Hyperparameter(at_least=0.0)

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = 0.0 if l1 is None else l1
        self.l2 = 0.0 if l2 is None else l2

    def penalty(self, x: Array) -> Array:
        return jnp.sum(self.l1 * jnp.abs(x) + self.l2 * jnp.square(x))


@registry.register("orthogonal_regularizer")
class OrthogonalRegularizer(Regularizer):
    r"""Penalty on the mean absolute cosine between two different rows (or columns) of a matrix.

    $$\mathrm{factor} \cdot \frac{1}{n (n - 1)} \sum_{i \neq j} |\cos(x_i, x_j)|$$

    Args:
        factor: Factor of the penalty, at least 0.
        mode: `"rows"` or `"columns"`: which vectors $x_i$ are pushed towards right angles.

    Raises:
        ValueError: If called with anything but a matrix.

    Example:
        >>> OrthogonalRegularizer(0.5)([[1.0, 0.0], [0.0, 2.0]])
        Array(0., dtype=float32)
    """

    factor = Hyperparameter(at_least=0.0)

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = factor
        self.mode = one_of("mode", mode, ("rows", "columns"))

    def penalty(self, x: Array) -> Array:
        if x.ndim != 2:
            raise ValueError(
                f"`OrthogonalRegularizer` takes a matrix, not an array of shape {x.shape}. Reshape it first."
            )
        vectors = x if self.mode == "rows" else x.T
        squares = jnp.sum(jnp.square(vectors), axis=1, keepdims=True)
        unit = vectors / jnp.sqrt(jnp.maximum(squares, epsilon() ** 2))
        n = len(unit)
        cosines = jnp.abs(unit @ unit.T) * (1 - jnp.eye(n, dtype=x.dtype))
        return self.factor * jnp.sum(cosines) / max(n * (n - 1), 1)


l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

publish(__name__, __all__)
