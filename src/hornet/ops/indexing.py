"""Values by index, by order and by condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
from jax import Array

from hornet.core.checks import one_of
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike
from hornet.ops.table import taking

__all__ = [
    "argpartition", "argsort", "digitize", "get_item", "in_top_k", "isin", "nonzero", "scatter", "scatter_update",
    "searchsorted", "select", "slice", "slice_update", "sort", "take", "take_along_axis", "top_k", "unique",
    "unravel_index", "where",
]  # fmt: skip


def _argsort(x: Any, axis: int | None) -> Any:
    return jnp.argsort(x, axis if x.ndim else None)


def _argpartition(x: Any, kth: int, axis: int | None) -> Any:
    return jnp.argpartition(x.ravel(), kth) if axis is None else jnp.argpartition(x, kth, axis)


def _top_k(x: Any, k: int, sorted: bool) -> tuple[Any, Any]:
    values, indices = jax.lax.top_k(x, k)
    return values, indices


def _in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    chosen = jax.lax.broadcasted_iota(targets.dtype, predictions.shape, predictions.ndim - 1) == targets[..., None]
    own = jnp.max(jnp.where(chosen, predictions, -jnp.inf), axis=-1, keepdims=True)
    return jnp.sum(predictions > own, axis=-1) < k


# --- order ------------------------------------------------------------------------------------------------

sort = taking("x, axis=-1")(jnp.sort, "Return the values along an axis in ascending order.")
argsort = taking("x, axis=-1")(
    _argsort, "Return the indices that sort the values along an axis in ascending order.", "argsort"
)
argpartition = taking("x, kth, axis=-1")(
    _argpartition,
    "Return indices of which the `kth` is that of `argsort`, those of smaller values before it.",
    "argpartition",
)
top_k = taking("x, k, sorted=True")(
    _top_k,
    "Return the `k` largest values of the last axis, in descending order, and their indices.",
    "top_k",
    returns="tuple[Array, Array]",
)
in_top_k = taking("targets, predictions, k")(
    _in_top_k, "Return whether the class of each row is among its `k` largest predictions.", "in_top_k"
)
searchsorted = taking("sorted_sequence, values, side='left'")(
    jnp.searchsorted, "Return the indices at which values belong in a vector in ascending order."
)
digitize = taking("x, bins")(
    jnp.digitize, "Return the index of the bin of each value; bin 0 lies below the first edge."
)

# --- index ------------------------------------------------------------------------------------------------

take = taking("x, indices, axis=None")(
    jnp.take, "Return the values at indices along an axis, or of the ravelled array; NaN where out of bounds."
)
take_along_axis = taking("x, indices, axis=None")(
    jnp.take_along_axis, "Return the values along an axis, each at an index of its own."
)
unravel_index = taking("indices, shape")(
    jnp.unravel_index,
    "Return the indices along each axis of indices into the ravelled array.",
    returns="tuple[Array, ...]",
)
get_item = taking("x, key")(lambda x, key: x[key], "Return `x[key]`.", "get_item")

# --- condition --------------------------------------------------------------------------------------------

isin = taking("x1, x2, assume_unique=False, invert=False")(
    jnp.isin, "Return whether each value of `x1` occurs in `x2`."
)
nonzero = taking("x")(
    jnp.nonzero,
    "Return the indices of what is not 0, one array for each axis; no program can hold it.",
    returns="tuple[Array, ...]",
)
unique = taking(
    "x, sorted=True, return_index=False, return_inverse=False, return_counts=False, axis=None, size=None,"
    "fill_value=None"
)(
    lambda x, **options: jnp.unique(x, equal_nan=False, **options),
    "Return each value that occurs, once; in a program give the `size` of the result.",
    "unique",
    returns="Array | tuple[Array, ...]",
)


@operation
def where(condition: ArrayLike, x1: ArrayLike | None = None, x2: ArrayLike | None = None) -> Array:
    """Return `x1` where a condition holds and `x2` elsewhere; without both, the indices where it holds.

    Example:
        >>> where([True, False], [1, 2], 0).tolist()
        [1, 0]
    """
    chosen = [x if x is None else jnp.asarray(x) for x in (x1, x2)]
    return cast(Any, jnp.where)(jnp.asarray(condition), *chosen)


@operation
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """Return the choice of the first condition that holds, and `default` where none does.

    Example:
        >>> x = jnp.array([1, 5, 9])
        >>> select([x > 8, x > 4], [x, -x], 0).tolist()
        [0, -5, 9]
    """
    return jnp.select(list(map(jnp.asarray, condlist)), list(map(jnp.asarray, choicelist)), default)


@operation
def slice(inputs: ArrayLike, start_indices: Any, shape: Sequence[int]) -> Array:
    """Return the block of a shape from an index on.

    Args:
        inputs: The array.
        start_indices: The first index along each axis.
        shape: The block's shape; -1 is all that is left of an axis.

    Example:
        >>> slice([[1, 2, 3], [4, 5, 6]], (0, 1), (2, -1)).tolist()
        [[2, 3], [5, 6]]
    """
    inputs = jnp.asarray(inputs)
    sizes = [inputs.shape[axis] - start_indices[axis] if size == -1 else size for axis, size in enumerate(shape)]
    return jax.lax.dynamic_slice(inputs, tuple(start_indices), sizes)


@operation
def slice_update(inputs: ArrayLike, start_indices: Any, updates: ArrayLike) -> Array:
    """Return the array with a block in it replaced, from an index on.

    Example:
        >>> slice_update([1, 2, 3], (1,), [9, 9]).tolist()
        [1, 9, 9]
    """
    return jax.lax.dynamic_update_slice(jnp.asarray(inputs), jnp.asarray(updates), tuple(start_indices))


@operation
def scatter(indices: ArrayLike, values: ArrayLike, shape: Sequence[int]) -> Array:
    """Return zeros of a shape with values added at indices.

    Args:
        indices: Along the last axis, an index for each of the first axes.
        values: What is added there.
        shape: Shape of the result.

    Example:
        >>> scatter([[0], [2], [2]], [1.0, 2.0, 3.0], (4,)).tolist()
        [1.0, 0.0, 5.0, 0.0]
    """
    values = jnp.asarray(values)
    return scatter_update(jnp.zeros(shape, values.dtype), indices, values, "add")


@operation
def scatter_update(inputs: ArrayLike, indices: ArrayLike, updates: ArrayLike, reduction: str | None = None) -> Array:
    """Return the array with values set, or combined, at indices.

    Args:
        inputs: The array.
        indices: Along the last axis, an index for each of the first axes.
        updates: The values.
        reduction: `"add"`, `"max"`, `"min"` or `"mul"` combines with what is there; `None` replaces it.

    Example:
        >>> scatter_update([1, 1, 1], [[0], [2]], [5, 7]).tolist()
        [5, 1, 7]
    """
    methods = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}
    one_of("reduction", reduction, methods)
    target = jnp.asarray(inputs).at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))]
    return getattr(target, methods[reduction])(jnp.asarray(updates))
