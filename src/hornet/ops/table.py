"""Operations from functions of JAX, one line each.

The line `mean = taking("x, axis=None, keepdims=False")(jnp.mean, "Return the mean.")` says what `mean` takes, what
computes it and what `help(mean)` shows. Like every operation it then works on arrays, on whatever becomes one, on
variables, and on symbolic tensors, where it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from hornet.core.symbolic import operation

ARRAYS = {
    "a", "abs_", "angle", "array", "b", "bins", "data", "indices", "predictions", "q", "segment_ids",
    "sorted_sequence", "targets", "values", "weights", "x", "x1", "x2", "x_max", "x_min", "y",
}  # fmt: skip
"""What Keras calls arguments that are arrays."""


class Maker(Protocol):
    """What `taking` and `renaming` return."""

    def __call__(self, function: Callable[..., Any], description: str, name: str = "") -> Callable[..., Any]: ...


def taking(arguments: str, meaning: str = "", arrays: Container[str] = ARRAYS) -> Maker:
    """Return a maker of operations that take `arguments`, written as in a `def`.

    Arguments without a default are handed to the function in their order, the others by their name.

    Args:
        arguments: The arguments of each of the operations.
        meaning: A sentence on them for each docstring.
        arrays: The names of those that are arrays, or anything that becomes one; the others are settings.

    Example:
        >>> mean = taking("x, axis=None, keepdims=False")(jnp.mean, "Return the mean.")
        >>> mean([[1.0, 3.0]], axis=1).tolist()
        [2.0]
        >>> mean([1.0], dim=0)
        Traceback (most recent call last):
        TypeError: mean() got an unexpected keyword argument 'dim'
    """
    written = _writer("hornet.ops", arguments, meaning, arrays)

    def make(function: Callable[..., Any], description: str, name: str = "") -> Callable[..., Any]:
        return operation(written(function, description, name))

    return make


def renaming(arguments: str, meaning: str = "") -> Maker:
    """Return a maker of functions that call operations, with other names or defaults of arguments.

    Example:
        >>> from hornet import ops
        >>> argmax = renaming("x, axis=-1")(ops.argmax, "Return the place of the greatest value.")
        >>> argmax([[1, 3, 2]]).tolist()
        [1]
    """
    return _writer("hornet.backend", arguments, meaning, ())


def as_array(value: Any) -> Any:
    """Return an array of anything that becomes one; `None` stays."""
    return value if value is None or isinstance(value, jax.Array) else jnp.asarray(value)


def _writer(module: str, arguments: str, meaning: str, arrays: Container[str]) -> Maker:
    # Text, so that each function takes just these arguments: Python itself checks a call.
    probe = eval(f"lambda {arguments}: None")
    names = probe.__code__.co_varnames
    values = [f"_array({name})" if name in arrays else name for name in names]
    required = len(names) - len(probe.__defaults__ or ())
    by_name = [f"{name}={value}" for name, value in zip(names[required:], values[required:], strict=True)]
    handed = ", ".join(values[:required] + by_name)
    bind = eval(f"lambda _function, _array: lambda {arguments}: _function({handed})")

    def write(function: Callable[..., Any], description: str, name: str = "") -> Callable[..., Any]:
        written = bind(function, as_array)
        written.__name__ = written.__qualname__ = name or function.__name__
        written.__module__ = module
        written.__doc__ = f"{description}\n\n{meaning}" if meaning else description
        return written

    return write
