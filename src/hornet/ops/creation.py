"""New arrays. Their type is `floatx()` by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import Array

from hornet.core.dtypes import standardize_dtype
from hornet.core.settings import floatx
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike, DTypeLike
from hornet.ops.table import taking

__all__ = [
    "arange", "array", "bartlett", "blackman", "empty", "empty_like", "eye", "full", "full_like", "geomspace",
    "hamming", "hanning", "identity", "kaiser", "linspace", "logspace", "meshgrid", "ones", "ones_like", "tri",
    "vander", "zeros", "zeros_like",
]  # fmt: skip


def _typed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose `dtype=None` means `floatx()`."""

    def typed(*args: Any, dtype: Any, **kwargs: Any) -> Any:
        return function(*args, dtype=standardize_dtype(dtype), **kwargs)

    typed.__name__ = function.__name__
    return typed


def _window(function: Callable[..., Any]) -> Callable[..., Any]:
    def window(*args: Any) -> Any:
        return function(*args).astype(floatx())

    window.__name__ = function.__name__
    return window


shaped = taking("shape, dtype=None")
like = taking("x, dtype=None")
square = taking("N, M=None, k=0, dtype=None")

zeros = shaped(_typed(jnp.zeros), "Return zeros.")
ones = shaped(_typed(jnp.ones), "Return ones.")
empty = shaped(_typed(jnp.empty), "Return an array of any values; here they are zeros.")
full = taking("shape, fill_value, dtype=None")(_typed(jnp.full), "Return an array that is `fill_value` everywhere.")
zeros_like = like(jnp.zeros_like, "Return zeros in the shape, and by default the type, of another array.")
ones_like = like(jnp.ones_like, "Return ones in the shape, and by default the type, of another array.")
empty_like = like(jnp.empty_like, "Return any values in the shape, and by default the type, of another array.")
full_like = taking("x, fill_value, dtype=None")(
    jnp.full_like, "Return `fill_value` in the shape, and by default the type, of another array."
)
array = like(jnp.array, "Return a copy as an array.")

eye = square(_typed(jnp.eye), "Return an `N` by `M` matrix of ones on the diagonal `k` and zeros elsewhere.")
tri = square(_typed(jnp.tri), "Return an `N` by `M` matrix of ones on and below the diagonal `k`, zeros above.")
identity = taking("n, dtype=None")(_typed(jnp.identity), "Return the `n` by `n` identity matrix.")
vander = taking("x, N=None, increasing=False")(
    jnp.vander, "Return the Vandermonde matrix: the first `N` powers of each value, in descending order."
)

linspace = taking("start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0")(
    jnp.linspace, "Return `num` values from `start` to `stop`, evenly spaced.", returns="Any"
)
logspace = taking("start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0")(
    jnp.logspace, "Return `num` values from `base**start` to `base**stop`, each the same multiple of the last."
)
geomspace = taking("start, stop, num=50, endpoint=True, dtype=None, axis=0")(
    jnp.geomspace, "Return `num` values from `start` to `stop`, each the same multiple of the last."
)

length = taking("x", arrays=())

bartlett = length(_window(jnp.bartlett), "Return the triangular window of a length.")
blackman = length(_window(jnp.blackman), "Return Blackman's window of a length.")
hamming = length(_window(jnp.hamming), "Return Hamming's window of a length.")
hanning = length(_window(jnp.hanning), "Return Hann's window of a length.")
kaiser = taking("x, beta", arrays=())(
    _window(jnp.kaiser), "Return Kaiser's window of a length, the narrower the larger `beta`."
)


def arange(
    start: float | Array, stop: float | Array | None = None, step: float | Array | None = None, dtype: DTypeLike = None
) -> Array:
    """Return the numbers from `start` (or 0) up to `stop`, which is not among them, by `step` (or 1).

    Their type is that of the arguments: integers or `floatx()`.

    Example:
        >>> arange(3).tolist(), arange(0.0, 1.0, 0.5).tolist()
        ([0, 1, 2], [0.0, 0.5])
    """
    if dtype is None:
        dtype = floatx() if any(isinstance(bound, float) for bound in (start, stop, step)) else None
    return jnp.arange(start, stop, step, dtype=dtype)


@operation
def meshgrid(*x: ArrayLike, indexing: str = "xy") -> Any:
    """Return the coordinates of a grid, one array for each axis.

    Args:
        *x: The coordinates along each axis, as vectors.
        indexing: `"ij"` for the order of the axes, `"xy"` for the first two exchanged.

    Example:
        >>> [grid.tolist() for grid in meshgrid([1, 2], [3, 4], indexing="ij")]
        [[[1, 1], [2, 2]], [[3, 4], [3, 4]]]
    """
    return jnp.meshgrid(*map(jnp.asarray, x), indexing=indexing)
