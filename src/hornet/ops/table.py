"""Operations from functions of JAX, one line each.

The line `mean = taking("x, axis=None, keepdims=False")(jnp.mean, "Return the mean.")` says what `mean` takes, what
computes it and what `help(mean)` shows. Like every operation it then works on arrays, on whatever becomes one, on
variables, and on symbolic tensors, where it is recorded. `TYPES` has the types of arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Protocol

import jax
import jax.numpy as jnp

from hornet.core.symbolic import operation

_NAMES = {
    "ArrayLike": (
        "a abs_ angle array b bins data fill_value indices predictions q reference segment_ids sorted_sequence start "
        "stop targets values weights x x1 x2 y"
    ),
    "ArrayLike | None": "max_value min_value x_max x_min",
    "Axis": "axis",
    "DTypeLike": "dtype",
    "Sequence[Any]": "tensors xs",
    "Sequence[float]": "range",
    "Sequence[int | None]": "noise_shape",
    "ShapeLike": "shape",
    "bool": (
        "assume_unique compute_uv endpoint equal_nan full_matrices increasing invert keepdims lower retstep "
        "return_counts return_index return_inverse sorted upper"
    ),
    "float": (
        "alpha atol base beta dx epsilon initial level maxval mean minval nan neginf p posinf rcond rtol stddev "
        "threshold tol"
    ),
    "int": ("axis1 axis2 axisa axisb axisc decimals k kth M N n num num_classes num_segments offset rep size"),
    "int | Sequence[int]": "destination indices_or_sections pattern repeats shift source",
    "int | Sequence[int | None]": "newshape",
    "int | float | str": "ord",
    "str": "method mode name side",
}

TYPES = {name: kind for kind, names in _NAMES.items() for name in names.split()}
"""The types, as annotations, of what Keras calls arguments so; one that is not here may be anything."""

ARRAYS = {
    "a", "abs_", "angle", "array", "b", "bins", "data", "indices", "predictions", "q", "segment_ids",
    "sorted_sequence", "targets", "values", "weights", "x", "x1", "x2", "x_max", "x_min", "y",
}  # fmt: skip
"""Those that a function is handed as arrays."""


class Maker(Protocol):
    """What `taking` and `renaming` return."""

    def __call__(
        self, function: Callable[..., Any], description: str, name: str = "", returns: str = "Array"
    ) -> Callable[..., Any]: ...


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

    def make(
        function: Callable[..., Any], description: str, name: str = "", returns: str = "Array"
    ) -> Callable[..., Any]:
        return operation(written(function, description, name, returns))

    return make


def renaming(arguments: str, meaning: str = "") -> Maker:
    """Return a maker of functions that call operations, with other names or defaults of arguments.

    Example:
        >>> from hornet import ops
        >>> argmax = renaming("x, axis=-1")(ops.argmax, "Return the index of the maximum.")
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

    types = {name: TYPES.get(name, "Any") for name in names}
    for name, default in zip(names[required:], probe.__defaults__ or (), strict=True):
        if default is None and types[name] not in ("Any", "Axis", "DTypeLike"):  # which `None` is one of
            types[name] += " | None"

    def write(
        function: Callable[..., Any], description: str, name: str = "", returns: str = "Array"
    ) -> Callable[..., Any]:
        written = bind(function, as_array)
        written.__annotations__ = {**types, "return": returns}
        written.__name__ = written.__qualname__ = name or function.__name__
        written.__module__ = module
        written.__doc__ = f"{description}\n\n{meaning}" if meaning else description
        return written

    return write
