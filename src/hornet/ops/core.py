"""Conversions, control flow and what a transformation of functions needs.

Functions handed to control flow are traced: they may read variables, but assigning one inside is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from hornet.core.dtypes import is_float, standardize_dtype
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike, DTypeLike
from hornet.core.variable import Variable
from hornet.ops.table import taking

__all__ = [
    "associative_scan", "cast", "cond", "convert_to_numpy", "convert_to_tensor", "custom_gradient", "dtype",
    "fori_loop", "is_tensor", "map", "ndim", "saturate_cast", "scan", "shape", "size", "stop_gradient", "switch",
    "vectorize", "vectorized_map", "view", "while_loop",
]  # fmt: skip

# --- what an array is -------------------------------------------------------------------------------------


def shape(x: Any) -> tuple[Any, ...]:
    """Return the shape; unknown axes of a symbolic tensor are `None`.

    Example:
        >>> shape([[1.0, 2.0]])
        (1, 2)
    """
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def ndim(x: Any) -> int:
    """Return the number of axes.

    Example:
        >>> ndim([[1.0, 2.0]])
        2
    """
    return len(shape(x))


@operation
def size(x: Any) -> int:
    """Return the number of elements.

    Example:
        >>> size([[1.0, 2.0]])
        2
    """
    return jnp.size(jnp.asarray(x))


def dtype(x: Any) -> str:
    """Return the name of the type of the elements.

    Example:
        >>> dtype([1, 2])
        'int32'
    """
    return standardize_dtype(x.dtype if hasattr(x, "dtype") else jnp.asarray(x).dtype)


def is_tensor(x: Any) -> bool:
    """Return whether `x` is a JAX array, traced arrays included.

    Example:
        >>> is_tensor(jnp.zeros(2)), is_tensor([0.0, 0.0])
        (True, False)
    """
    return isinstance(x, jax.Array)


# --- conversions ------------------------------------------------------------------------------------------


@operation
def cast(x: ArrayLike, dtype: DTypeLike) -> Array:
    """Return the values in another type.

    Example:
        >>> cast([1.5, -1.5], "int32").tolist()
        [1, -1]
    """
    return jnp.asarray(x).astype(standardize_dtype(dtype))


@operation
def saturate_cast(x: ArrayLike, dtype: DTypeLike) -> Array:
    """Return the values in another type, clipped to its bounds.

    Example:
        >>> saturate_cast([-1.0, 300.0], "uint8").tolist()
        [0, 255]
    """
    x, wanted = jnp.asarray(x), jnp.dtype(standardize_dtype(dtype))
    (own_minimum, own_maximum), (minimum, maximum) = _bounds(x.dtype), _bounds(wanted)
    values = x.astype(wanted)
    # The narrower of two bounds is the one that fits into both types.
    lower, upper = max(own_minimum, minimum), min(own_maximum, maximum)
    for is_beyond, bound in ((jnp.less_equal, lower), (jnp.greater_equal, upper)):
        limit = np.asarray(bound)
        values = jnp.where(is_beyond(x, limit.astype(x.dtype)), limit.astype(wanted), values)
    return values


def _bounds(dtype: Any) -> tuple[Any, Any]:
    if jnp.issubdtype(dtype, np.bool_):
        return 0, 1
    limits, kind = (jnp.finfo(dtype), float) if is_float(dtype) else (jnp.iinfo(dtype), int)
    return kind(limits.min), kind(limits.max)


@operation
def convert_to_tensor(x: ArrayLike, dtype: DTypeLike = None, sparse: Any = None, ragged: Any = None) -> Array:
    """Return an array of anything that becomes one.

    Args:
        x: A number, list, array or variable.
        dtype: Its type; by default that of `x`.
        sparse: Must not be true; all arrays are dense.
        ragged: Must not be true; all arrays are dense.

    Example:
        >>> convert_to_tensor([1, 2])
        Array([1, 2], dtype=int32)
    """
    if sparse or ragged:
        raise ValueError("`sparse` and `ragged` must be false: all arrays are dense here. Leave them out.")
    return jnp.asarray(x, dtype=None if dtype is None else standardize_dtype(dtype))


def convert_to_numpy(x: ArrayLike) -> np.ndarray:
    """Return a copy as a NumPy array.

    Example:
        >>> convert_to_numpy(jnp.ones(2))
        array([1., 1.], dtype=float32)
    """
    return np.array(x.value if isinstance(x, Variable) else x)


view = taking("x, dtype=None")(lambda x, dtype: x.view(dtype), "Return the same bits read as another type.", "view")

# --- gradients --------------------------------------------------------------------------------------------


@operation
def stop_gradient(variable: ArrayLike) -> Array:
    """Return the values as a constant: no gradient flows through them.

    Example:
        >>> jax.grad(lambda x: x * stop_gradient(x))(3.0).tolist()
        3.0
    """
    return jax.lax.stop_gradient(jax.tree.map(jnp.asarray, variable))


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose gradient is written by hand.

    Args:
        f: A function that returns its output and a function from the gradient of the output to those of its arguments.

    Example:
        >>> @custom_gradient
        ... def through(x):  # rounded, but with the slope of a line
        ...     return jnp.round(x), lambda upstream: upstream
        >>> jax.grad(through)(0.7).tolist()
        1.0
    """
    return operation(jax.custom_gradient(f))


# --- control flow -----------------------------------------------------------------------------------------


@operation
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Return the result of one of two functions without arguments; both must return the same shapes and types.

    Example:
        >>> int(cond(True, lambda: 1, lambda: 2))
        1
    """
    return jax.lax.cond(jnp.asarray(pred), true_fn, false_fn)


@operation
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call the function at an index on `operands`; an index out of bounds is clipped.

    Example:
        >>> int(switch(1, [lambda x: x, lambda x: -x], 5))
        -5
    """
    return jax.lax.switch(index, branches, *operands)


@operation
def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: Any = None
) -> Any:
    """Apply `body` while `cond` holds.

    Args:
        cond: Function of the loop's variables that says whether to go on.
        body: Function from the variables to the next ones, of the same shapes and types.
        loop_vars: What the first step gets: a list or tuple of variables, or one.
        maximum_iterations: Maximum number of steps; `None` for no bound.

    Returns:
        The last variables: a tuple, or one.

    Example:
        >>> [int(value) for value in while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, 2 * x), (0, 1))]
        [3, 8]
    """
    several = isinstance(loop_vars, list | tuple)
    start = jax.tree.map(jnp.asarray, tuple(loop_vars) if several else (loop_vars,))

    def goes_on(state: Any) -> Any:
        count, current = state
        wanted = jnp.asarray(cond(*current))
        return wanted if maximum_iterations is None else wanted & (count < maximum_iterations)

    def step(state: Any) -> Any:
        count, current = state
        after = body(*current)
        return count + 1, tuple(after) if several else (after,)

    _, last = jax.lax.while_loop(goes_on, step, (0, start))
    return last if several else last[0]


@operation
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Apply `body_fun(i, value)` for each `i` from `lower` up to `upper`, which is not among them.

    Example:
        >>> int(fori_loop(0, 4, lambda i, total: total + i, 0))
        6
    """
    return jax.lax.fori_loop(lower, upper, body_fun, jax.tree.map(jnp.asarray, init_val))


@operation
def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: Any = 1,
) -> Any:
    """Apply `f(carry, x) -> (carry, y)` along the first axis of `xs`.

    Args:
        f: A step.
        init: The first carry.
        xs: Arrays with a row for each step, or `None`.
        length: Number of steps; needed without `xs`.
        reverse: Whether to begin with the last row.
        unroll: Steps that XLA compiles as one, or whether all are.

    Returns:
        The last carry, and the `y` of all steps along a new first axis.

    Example:
        >>> total, sums = scan(lambda total, x: (total + x, total + x), 0, jnp.arange(4))
        >>> int(total), sums.tolist()
        (6, [0, 1, 3, 6])
    """
    init, xs = jax.tree.map(jnp.asarray, (init, xs))
    return jax.lax.scan(f, init, xs, length, reverse, unroll)


@operation
def associative_scan(f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Combine the elements up to each index by an associative function, in parallel.

    Example:
        >>> associative_scan(jnp.add, jnp.arange(4)).tolist()
        [0, 1, 3, 6]
    """
    return jax.lax.associative_scan(f, jax.tree.map(jnp.asarray, elems), reverse, axis)


@operation
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Apply a function to each row, one after another.

    Example:
        >>> map(lambda x: x * x, jnp.arange(3)).tolist()
        [0, 1, 4]
    """
    return jax.lax.map(f, jax.tree.map(jnp.asarray, xs))


@operation
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Apply a function to each row, to all at once.

    Example:
        >>> vectorized_map(jnp.sum, jnp.ones((2, 3))).tolist()
        [3.0, 3.0]
    """
    return jax.vmap(function)(jax.tree.map(jnp.asarray, elements))


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None) -> Callable[..., Any]:
    """Return a function of numbers (or of the arrays of a `signature`) as one of arrays, which are broadcast.

    Args:
        pyfunc: The function.
        excluded: Indices and names of arguments that are passed on unchanged.
        signature: Such as `"(n),(n)->()"` for a function of two vectors that returns a number.

    Example:
        >>> vectorize(lambda x, y: x * y)(jnp.arange(3), 2).tolist()
        [0, 2, 4]
    """
    return operation(jnp.vectorize(pyfunc, excluded=excluded or frozenset(), signature=signature))
