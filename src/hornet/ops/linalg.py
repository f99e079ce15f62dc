"""Products of arrays, and linear algebra on the last two axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike
from hornet.ops.table import taking

__all__ = [
    "cdist", "cholesky", "cholesky_inverse", "correlate", "cross", "det", "dot", "eig", "eigh", "einsum", "inner",
    "inv", "jvp", "kron", "logdet", "lstsq", "lu_factor", "matmul", "matrix_rank", "norm", "outer", "pinv", "qr",
    "slogdet", "solve", "solve_triangular", "svd", "tensordot", "trace", "vdot",
]  # fmt: skip

linalg: Any = jnp.linalg


def _cholesky(x: Any, upper: bool) -> Any:
    factor = linalg.cholesky(x, upper=upper)
    if not isinstance(factor, Tracer) and not jnp.isfinite(factor).all():
        raise ValueError("`x` is not positive definite, so it has no Cholesky factor. Add to its diagonal, perhaps.")
    return factor


def _cholesky_inverse(x: Any, upper: bool) -> Any:
    half = jax.scipy.linalg.solve_triangular(x, jnp.eye(x.shape[-1], dtype=x.dtype), lower=not upper)
    return half @ half.T if upper else half.T @ half


def _norm(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    return linalg.norm(x, ord, tuple(axis) if isinstance(axis, list) else axis, keepdims)


def _qr(x: Any, mode: str) -> Any:
    return linalg.qr(x, one_of("mode", mode, ("reduced", "complete")))


def _cdist(x: Any, y: Any) -> Any:
    return jnp.sqrt(jnp.sum(jnp.square(x[..., :, None, :] - y[..., None, :, :]), axis=-1))


square = taking("x")
pair = taking("x1, x2")
system = taking("a, b")

# --- products ---------------------------------------------------------------------------------------------

matmul = pair(jnp.matmul, "Return the matrix product over the last two axes; the others are broadcast.")
dot = pair(jnp.dot, "Return the sum of products over the last axis of `x1` and the last but one of `x2`.")
inner = pair(jnp.inner, "Return the sum of products over the last axis of both.")
outer = pair(jnp.outer, "Return the product of each value of `x1` with each of `x2`, both ravelled.")
vdot = pair(jnp.vdot, "Return the sum of products of all values, those of `x1` conjugated.")
kron = pair(jnp.kron, "Return Kronecker's product.")
tensordot = taking("x1, x2, axes=2")(
    jnp.tensordot, "Return the sum of products over so many axes, last of `x1` and first of `x2`, or over given ones."
)
cross = taking("x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None")(jnp.cross, "Return the cross product of vectors.")
correlate = taking("x1, x2, mode='valid'")(jnp.correlate, "Return the sliding product of two vectors.")
trace = taking("x, offset=0, axis1=0, axis2=1")(jnp.trace, "Return the sum of the diagonal of the plane of two axes.")
cdist = taking("x, y")(_cdist, "Return the distance of each row of `x` from each row of `y`.", "cdist")
norm = taking("x, ord=None, axis=None, keepdims=False")(
    _norm, "Return the norm: over one axis of vectors, over two of matrices, by default of all.", "norm"
)

# --- systems of equations ---------------------------------------------------------------------------------

inv = square(linalg.inv, "Return the inverse.")
pinv = taking("x, rcond=None")(linalg.pinv, "Return Moore and Penrose's pseudoinverse.")
solve = system(linalg.solve, "Return the $x$ with $a x = b$.")
solve_triangular = taking("a, b, lower=False")(
    jax.scipy.linalg.solve_triangular, "Return the $x$ with $a x = b$ for a triangular `a`."
)
lstsq = taking("a, b, rcond=None")(
    lambda a, b, rcond: linalg.lstsq(a, b, rcond)[0], "Return the $x$ that minimizes $|a x - b|$.", "lstsq"
)

# --- determinants and factors -----------------------------------------------------------------------------

det = square(linalg.det, "Return the determinant.")
slogdet = square(
    lambda x: tuple(linalg.slogdet(x)),
    "Return the sign and the logarithm of the determinant.",
    "slogdet",
    returns="tuple[Array, Array]",
)
logdet = square(lambda x: linalg.slogdet(x)[1], "Return the logarithm of the determinant's size.", "logdet")
matrix_rank = taking("x, tol=None")(
    lambda x, tol: linalg.matrix_rank(x, tol=tol).astype("int32"), "Return the rank.", "matrix_rank"
)
cholesky = taking("x, upper=False")(
    _cholesky, "Return the lower (or upper) triangular factor of a positive definite matrix.", "cholesky"
)
cholesky_inverse = taking("x, upper=False")(
    _cholesky_inverse, "Return the inverse of the matrix whose factor `cholesky` gave.", "cholesky_inverse"
)
lu_factor = square(
    jax.scipy.linalg.lu_factor,
    "Return the triangular factors, in one matrix, and the rows' exchanges.",
    returns="tuple[Array, Array]",
)
qr = taking("x, mode='reduced'")(_qr, "Return an orthogonal and a triangular factor.", "qr", returns="Any")
svd = taking("x, full_matrices=True, compute_uv=True")(
    linalg.svd, "Return the singular values, between the left and right vectors if `compute_uv`.", returns="Any"
)
eig = square(linalg.eig, "Return the eigenvalues and eigenvectors of a square matrix.", returns="tuple[Array, Array]")
eigh = square(
    linalg.eigh,
    "Return the eigenvalues, ascending, and eigenvectors of a Hermitian matrix.",
    returns="tuple[Array, Array]",
)


@operation
def einsum(subscripts: str, *operands: ArrayLike, **kwargs: Any) -> Array:
    """Return the sum of products that `subscripts` describe.

    Example:
        >>> einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).tolist()
        [3.0, 7.0]
    """
    return jnp.einsum(subscripts, *map(jnp.asarray, operands), **kwargs)


@operation
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """Return a function's value at `primals`, and its derivative in the direction of `tangents`.

    Args:
        fun: A function of arrays.
        primals: Its arguments.
        tangents: The direction, in the same structure.
        has_aux: Whether the function returns a pair, whose second part is handed back as it is.

    Example:
        >>> [float(value) for value in jvp(lambda x: x * x, (3.0,), (1.0,))]
        [9.0, 6.0]
    """
    arrays = (jax.tree.map(jnp.asarray, tuple(values)) for values in (primals, tangents))
    return jax.jvp(fun, *arrays, has_aux=has_aux)
