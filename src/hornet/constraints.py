"""Constraints: what a weight is moved to after each update."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import index
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from hornet.core import config as configs
from hornet.core.checks import describe, number
from hornet.core.config import Configurable
from hornet.core.errors import ArgumentError
from hornet.core.imports import publish
from hornet.core.registry import Registry
from hornet.core.settings import epsilon

registry = Registry("constraint", "keras.constraints")

Axes = int | Sequence[int]


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """Return the constraint that a user means by a name, a class, a config, an object or a function.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> get("non_neg")([-1.0, 2.0])
        Array([0., 2.], dtype=float32)
    """
    return registry.get(identifier)


def serialize(constraint: Any) -> Any:
    """Return a constraint's config, JSON-serializable.

    Example:
        >>> serialize(MaxNorm(3.0))["config"]
        {'max_value': 3.0, 'axis': 0}
    """
    return configs.serialize(constraint)


def deserialize(config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the constraint that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> deserialize(serialize(MaxNorm(3.0))).max_value
        3.0
    """
    return registry.get(config, custom_objects)


class Constraint(Configurable):
    """Base of all constraints: a function from a weight to an allowed one of the same shape.

    Example:
        >>> class Rounded(Constraint):
        ...     def __call__(self, w):
        ...         return jnp.round(w)
        >>> Rounded()(jnp.array([0.4, 0.6]))
        Array([0., 1.], dtype=float32)
    """

    def __call__(self, w: Any) -> Any:
        """Return the allowed weight; here `w` itself."""
        return w


@registry.register("non_neg")
class NonNeg(Constraint):
    r"""Set negative weights to 0: $\max(w, 0)$.

    Example:
        >>> NonNeg()([-1.0, 2.0])
        Array([0., 2.], dtype=float32)
    """

    def __call__(self, w: ArrayLike) -> Array:
        return jnp.maximum(jnp.asarray(w), 0)


class NormConstraint(Constraint):
    r"""Base of the constraints on a norm: $w \cdot \mathrm{allowed}(\lVert w \rVert) / \lVert w \rVert$.

    A member has `allowed`, from the norms of the weights to those allowed. The fuzz factor `epsilon()` is
    added to the denominator.

    Args:
        axis: The axes that one norm is taken over: 0 for the weights into each unit of a `Dense` layer.
    """

    def __init__(self, axis: Axes = 0) -> None:
        try:
            self.axis = [index(number) for number in axis] if isinstance(axis, Sequence) else index(axis)
        except TypeError:
            raise ArgumentError(
                f"`axis` must be an integer or a list of integers, not {describe(axis)}. Pass 0 for a `Dense` kernel."
            ) from None

    def allowed(self, norms: Array) -> Array | float:
        """Return the allowed norm for weights of each norm."""
        raise NotImplementedError(
            f"`{type(self).__name__}` has no `allowed`. Write one that returns the allowed norms."
        )

    def __call__(self, w: ArrayLike) -> Array:
        w = jnp.asarray(w)
        axes = self.axis if isinstance(self.axis, int) else tuple(self.axis)
        norms = jnp.sqrt(jnp.sum(jnp.square(w), axes, keepdims=True))
        return w * (self.allowed(norms) / (epsilon() + norms))


@registry.register("max_norm")
class MaxNorm(NormConstraint):
    r"""Scale the weights down whose norm is above `max_value`.

    Args:
        max_value: Maximum norm, at least 0.
        axis: The axes that one norm is taken over: 0 for the weights into each unit of a `Dense` layer.

    Source:
        Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout, section 5.1.

    Example:
        >>> MaxNorm(1.0)([[3.0], [4.0]])
        Array([[0.6], [0.8]], dtype=float32)
    """

    def __init__(self, max_value: float = 2.0, axis: Axes = 0) -> None:
        super().__init__(axis)
        self.max_value = number("max_value", max_value, at_least=0.0)

    def allowed(self, norms: Array) -> Array:
        return jnp.minimum(norms, self.max_value)


@registry.register("min_max_norm")
class MinMaxNorm(NormConstraint):
    r"""Move the norm of the weights towards the range from `min_value` to `max_value`.

    $$\mathrm{allowed}(n) = \mathrm{rate} \cdot \mathrm{clip}(n) + (1 - \mathrm{rate})\,n$$

    Args:
        min_value: Minimum norm, at least 0.
        max_value: Maximum norm, at least `min_value`.
        rate: Fraction of the distance moved at each update, from 0 to 1; 1 is strict.
        axis: The axes that one norm is taken over: 0 for the weights into each unit of a `Dense` layer.

    Example:
        >>> MinMaxNorm(1.0, 2.0, rate=0.5)([[3.0], [4.0]])
        Array([[2.1], [2.8]], dtype=float32)
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axes = 0) -> None:
        super().__init__(axis)
        self.min_value = number("min_value", min_value, at_least=0.0)
        self.max_value = number("max_value", max_value, at_least=self.min_value)
        self.rate = number("rate", rate, at_least=0.0, at_most=1.0)

    def allowed(self, norms: Array) -> Array:
        return self.rate * jnp.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms


@registry.register("unit_norm")
class UnitNorm(NormConstraint):
    r"""Scale the weights to norm 1.

    Args:
        axis: The axes that one norm is taken over: 0 for the weights into each unit of a `Dense` layer.

    Example:
        >>> UnitNorm()([[3.0], [4.0]])
        Array([[0.6], [0.8]], dtype=float32)
    """

    def allowed(self, norms: Array) -> float:
        return 1.0


max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

publish(__name__, __all__)
