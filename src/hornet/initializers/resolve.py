"""Initializers by what a user passes, and to configs and back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core import config as configs
from hornet.core.dtypes import standardize_dtype
from hornet.initializers.constants import Constant
from hornet.initializers.initializer import Initializer, Shape, registry


def get(identifier: Any) -> Callable[..., Any] | None:
    """Return the initializer that a user means.

    Args:
        identifier: A name, a class, a config, an object, a function of `shape` and perhaps `dtype`, or an
            array of the values themselves.

    Returns:
        A function of `shape` and `dtype`; `None` for `None`.

    Raises:
        ValueError: If the name is unknown.

    Example:
        >>> get("ones")((2,))
        array([1., 1.], dtype=float32)
        >>> get(lambda shape: np.arange(shape[0]))((3,), dtype="float32")
        array([0., 1., 2.], dtype=float32)
    """
    if isinstance(identifier, np.ndarray | jax.Array):
        return Constant(identifier)
    initializer = registry.get(identifier)
    if initializer is None or isinstance(initializer, Initializer) or _takes_dtype(initializer):
        return initializer
    return _with_dtype(initializer)


def serialize(initializer: Any) -> Any:
    """Return an initializer's config, JSON-serializable.

    Example:
        >>> from hornet.initializers import Orthogonal
        >>> serialize(Orthogonal(seed=1))["config"]
        {'gain': 1.0, 'seed': 1}
    """
    return configs.serialize(initializer)


def deserialize(config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the initializer that `serialize` described.

    Args:
        config: What `serialize` returned, or a name.
        custom_objects: User-defined classes and functions by name.

    Example:
        >>> from hornet.initializers import Orthogonal
        >>> deserialize(serialize(Orthogonal(seed=1))).seed
        1
    """
    return registry.get(config, custom_objects)


def _takes_dtype(initializer: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(initializer).parameters
    except ValueError:  # some NumPy functions have no signature
        return True
    return "dtype" in parameters or any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())


@cache  # one function is one part of a program's structure
def _with_dtype(initializer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(initializer)
    def adapted(shape: Shape, dtype: Any = None) -> np.ndarray:
        return np.asarray(initializer(shape), jnp.dtype(standardize_dtype(dtype)))

    return adapted
