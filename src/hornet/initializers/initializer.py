"""The base of all initializers, and their registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import jax.numpy as jnp
import numpy as np

from hornet.core.config import Configurable
from hornet.core.dtypes import standardize_dtype
from hornet.core.registry import Registry

registry = Registry("initializer", "keras.initializers")

Shape = Sequence[int]


class Initializer(Configurable):
    """Base of all initializers: a function from a shape to an array.

    A subclass writes `values`, which need not care about the dtype, or `__call__` itself.

    Example:
        >>> class Alternating(Initializer):
        ...     def values(self, shape):
        ...         return np.where(np.indices(shape).sum(0) % 2, -1, 1)
        >>> Alternating()((2, 2))
        array([[ 1., -1.],
               [-1.,  1.]], dtype=float32)
    """

    _draws_only = True

    def __call__(self, shape: Shape, dtype: Any = None) -> np.ndarray:
        """Return an array of a shape; its dtype is `floatx()` unless given."""
        return np.asarray(self.values(tuple(shape)), jnp.dtype(standardize_dtype(dtype)))

    def values(self, shape: tuple[int, ...]) -> Any:
        """Return an array of a shape and any dtype."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `values`. Write it, or `__call__`.")

    def clone(self) -> Self:
        """Return a new initializer made from the same arguments."""
        return self.from_config(self.get_config())
