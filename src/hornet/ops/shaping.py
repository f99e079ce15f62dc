"""Other shapes of the same values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornet.ops.table import taking

__all__ = [
    "append", "array_split", "broadcast_to", "concatenate", "diag", "diagflat", "diagonal", "dsplit", "dstack",
    "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack", "moveaxis", "pad", "ravel", "repeat", "reshape",
    "roll", "rot90", "split", "squeeze", "stack", "swapaxes", "tile", "transpose", "tril", "triu", "unstack", "vsplit",
    "vstack",
]  # fmt: skip


def _of_list(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a list whose elements may be anything that becomes an array."""

    def on_arrays(xs: Any, **options: Any) -> Any:
        return function([jnp.asarray(x) for x in xs], **options)

    on_arrays.__name__ = function.__name__
    return on_arrays


def _reshape(x: Any, newshape: Any) -> Any:
    sizes = newshape if isinstance(newshape, Sequence) else (newshape,)
    return jnp.reshape(x, tuple(-1 if size is None else size for size in sizes))


def _pad(x: Any, pad_width: Any, mode: str, constant_values: Any) -> Any:
    if constant_values is None:
        return jnp.pad(x, pad_width, mode)
    if mode != "constant":
        raise ValueError(f"`constant_values` means nothing with mode {mode!r}. Leave it out, or use mode 'constant'.")
    return jnp.pad(x, pad_width, mode, constant_values=constant_values)


def _unstack(x: Any, num: int | None, axis: int) -> list[Any]:
    if num is not None and num != x.shape[axis]:
        raise ValueError(f"`num` is {num}, but axis {axis} of shape {x.shape} has another size. Leave `num` out.")
    return [jax.lax.index_in_dim(x, index, axis, keepdims=False) for index in range(x.shape[axis])]


unary = taking("x")
parts = taking("x, indices_or_sections, axis=0")
parts_of_given_axis = taking("x, indices_or_sections")

# --- axes -------------------------------------------------------------------------------------------------

reshape = taking("x, newshape")(
    _reshape, "Return the values, row by row, in another shape; -1 or `None` is the size that is left.", "reshape"
)
ravel = unary(jnp.ravel, "Return the values, row by row, as a vector.")
transpose = taking("x, axes=None")(jnp.transpose, "Return the axes in another order, by default the reverse.")
moveaxis = taking("x, source, destination")(jnp.moveaxis, "Return the array with an axis, or several, moved.")
swapaxes = taking("x, axis1, axis2")(jnp.swapaxes, "Return two axes exchanged.")
expand_dims = taking("x, axis")(jnp.expand_dims, "Return the array with a new axis of size 1, or several, at an index.")
squeeze = taking("x, axis=None")(jnp.squeeze, "Return the array without an axis of size 1, by default without any.")
broadcast_to = taking("x, shape")(jnp.broadcast_to, "Return the values repeated along new axes and those of size 1.")

# --- together and apart -----------------------------------------------------------------------------------

concatenate = taking("xs, axis=0")(_of_list(jnp.concatenate), "Return arrays joined along an axis.")
stack = taking("x, axis=0")(
    lambda x, axis: _of_list(jnp.stack)(x, axis=axis), "Return arrays side by side along a new axis.", "stack"
)
append = taking("x1, x2, axis=None")(jnp.append, "Return two arrays joined along an axis; `None` ravels both first.")
hstack = taking("xs")(_of_list(jnp.hstack), "Return arrays joined along axis 1, vectors along axis 0.")
vstack = taking("xs")(_of_list(jnp.vstack), "Return arrays joined along axis 0, vectors as rows.")
dstack = taking("xs")(_of_list(jnp.dstack), "Return arrays joined along axis 2.")
unstack = taking("x, num=None, axis=0")(
    _unstack, "Return the list of arrays along an axis, which goes away.", "unstack", returns="list[Array]"
)
split = parts(
    jnp.split, "Return a list: so many equal parts of an axis, or what lies between indices.", returns="list[Array]"
)
array_split = parts(
    jnp.array_split, "Return a list like `split`, with parts that need not be equal.", returns="list[Array]"
)
hsplit = parts_of_given_axis(
    jnp.hsplit, "Return the list of parts along axis 1, of a vector along axis 0.", returns="list[Array]"
)
vsplit = parts_of_given_axis(jnp.vsplit, "Return the list of parts along axis 0.", returns="list[Array]")
dsplit = parts_of_given_axis(jnp.dsplit, "Return the list of parts along axis 2.", returns="list[Array]")

# --- repeated, turned and padded --------------------------------------------------------------------------

repeat = taking("x, repeats, axis=None")(jnp.repeat, "Return each value so many times in a row.")
tile = taking("x, repeats")(jnp.tile, "Return the whole array so many times along each axis.")
flip = taking("x, axis=None")(jnp.flip, "Return the array backwards along an axis, several, or all.")
fliplr = unary(jnp.fliplr, "Return the array backwards along axis 1.")
flipud = unary(jnp.flipud, "Return the array backwards along axis 0.")
roll = taking("x, shift, axis=None")(jnp.roll, "Return the values moved along an axis, the last ones to the front.")
rot90 = taking("array, k=1, axes=(0, 1)")(jnp.rot90, "Return the plane of two axes turned by `k` right angles.")
pad = taking("x, pad_width, mode='constant', constant_values=None")(
    _pad, "Return the array with so many values before and after each axis.", "pad"
)

# --- diagonals and triangles ------------------------------------------------------------------------------

diag = taking("x, k=0")(jnp.diag, "Return the diagonal `k` of a matrix, or the matrix of a diagonal.")
diagflat = taking("x, k=0")(jnp.diagflat, "Return the matrix with the ravelled values on its diagonal `k`.")
diagonal = taking("x, offset=0, axis1=0, axis2=1")(jnp.diagonal, "Return the diagonals of the plane of two axes.")
tril = taking("x, k=0")(jnp.tril, "Return the matrix with zeros above its diagonal `k`.")
triu = taking("x, k=0")(jnp.triu, "Return the matrix with zeros below its diagonal `k`.")
