"""Written by `tools/write_stubs.py`."""

from collections.abc import Callable
from typing import Any, overload

from jax import Array

from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, Axis, SymbolicLike

__all__ = [
    "cdist",
    "cholesky",
    "cholesky_inverse",
    "correlate",
    "cross",
    "det",
    "dot",
    "eig",
    "eigh",
    "einsum",
    "inner",
    "inv",
    "jvp",
    "kron",
    "logdet",
    "lstsq",
    "lu_factor",
    "matmul",
    "matrix_rank",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "tensordot",
    "trace",
    "vdot",
]

@overload
def cdist(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the distance of each row of `x` from each row of `y`."""

@overload
def cdist(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def cdist(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def cholesky(x: SymbolicLike, upper: bool = False) -> SymbolicTensor:
    r"""Return the lower (or upper) triangular factor of a positive definite matrix."""

@overload
def cholesky(x: ArrayLike, upper: bool = False) -> Array: ...
@overload
def cholesky_inverse(x: SymbolicLike, upper: bool = False) -> SymbolicTensor:
    r"""Return the inverse of the matrix whose factor `cholesky` gave."""

@overload
def cholesky_inverse(x: ArrayLike, upper: bool = False) -> Array: ...
@overload
def correlate(x1: SymbolicLike, x2: SymbolicLike | ArrayLike, mode: str = "valid") -> SymbolicTensor:
    r"""Return the sliding product of two vectors."""

@overload
def correlate(x1: ArrayLike, x2: SymbolicLike, mode: str = "valid") -> SymbolicTensor: ...
@overload
def correlate(x1: ArrayLike, x2: ArrayLike, mode: str = "valid") -> Array: ...
@overload
def cross(
    x1: SymbolicLike, x2: SymbolicLike | ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Axis = None
) -> SymbolicTensor:
    r"""Return the cross product of vectors."""

@overload
def cross(
    x1: ArrayLike, x2: SymbolicLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Axis = None
) -> SymbolicTensor: ...
@overload
def cross(
    x1: ArrayLike, x2: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Axis = None
) -> Array: ...
@overload
def det(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the determinant."""

@overload
def det(x: ArrayLike) -> Array: ...
@overload
def dot(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the sum of products over the last axis of `x1` and the last but one of `x2`."""

@overload
def dot(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def dot(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def eig(x: SymbolicLike) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the eigenvalues and eigenvectors of a square matrix."""

@overload
def eig(x: ArrayLike) -> tuple[Array, Array]: ...
@overload
def eigh(x: SymbolicLike) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the eigenvalues, ascending, and eigenvectors of a Hermitian matrix."""

@overload
def eigh(x: ArrayLike) -> tuple[Array, Array]: ...
def einsum(subscripts: str, *operands: ArrayLike, **kwargs: Any) -> Array:
    r"""Return the sum of products that `subscripts` describe."""

@overload
def inner(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the sum of products over the last axis of both."""

@overload
def inner(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def inner(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def inv(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the inverse."""

@overload
def inv(x: ArrayLike) -> Array: ...
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    r"""Return a function's value at `primals`, and its derivative in the direction of `tangents`."""

@overload
def kron(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return Kronecker's product."""

@overload
def kron(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def kron(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def logdet(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the logarithm of the determinant's size."""

@overload
def logdet(x: ArrayLike) -> Array: ...
@overload
def lstsq(a: SymbolicLike, b: SymbolicLike | ArrayLike, rcond: float | None = None) -> SymbolicTensor:
    r"""Return the $x$ that minimizes $|a x - b|$."""

@overload
def lstsq(a: ArrayLike, b: SymbolicLike, rcond: float | None = None) -> SymbolicTensor: ...
@overload
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> Array: ...
@overload
def lu_factor(x: SymbolicLike) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the triangular factors, in one matrix, and the rows' exchanges."""

@overload
def lu_factor(x: ArrayLike) -> tuple[Array, Array]: ...
@overload
def matmul(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the matrix product over the last two axes; the others are broadcast."""

@overload
def matmul(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def matmul(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def matrix_rank(x: SymbolicLike, tol: float | None = None) -> SymbolicTensor:
    r"""Return the rank."""

@overload
def matrix_rank(x: ArrayLike, tol: float | None = None) -> Array: ...
@overload
def norm(
    x: SymbolicLike, ord: int | float | str | None = None, axis: Axis = None, keepdims: bool = False
) -> SymbolicTensor:
    r"""Return the norm: over one axis of vectors, over two of matrices, by default of all."""

@overload
def norm(x: ArrayLike, ord: int | float | str | None = None, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def outer(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the product of each value of `x1` with each of `x2`, both ravelled."""

@overload
def outer(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def outer(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def pinv(x: SymbolicLike, rcond: float | None = None) -> SymbolicTensor:
    r"""Return Moore and Penrose's pseudoinverse."""

@overload
def pinv(x: ArrayLike, rcond: float | None = None) -> Array: ...
def qr(x: ArrayLike, mode: str = "reduced") -> Any:
    r"""Return an orthogonal and a triangular factor."""

@overload
def slogdet(x: SymbolicLike) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the sign and the logarithm of the determinant."""

@overload
def slogdet(x: ArrayLike) -> tuple[Array, Array]: ...
@overload
def solve(a: SymbolicLike, b: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the $x$ with $a x = b$."""

@overload
def solve(a: ArrayLike, b: SymbolicLike) -> SymbolicTensor: ...
@overload
def solve(a: ArrayLike, b: ArrayLike) -> Array: ...
@overload
def solve_triangular(a: SymbolicLike, b: SymbolicLike | ArrayLike, lower: bool = False) -> SymbolicTensor:
    r"""Return the $x$ with $a x = b$ for a triangular `a`."""

@overload
def solve_triangular(a: ArrayLike, b: SymbolicLike, lower: bool = False) -> SymbolicTensor: ...
@overload
def solve_triangular(a: ArrayLike, b: ArrayLike, lower: bool = False) -> Array: ...
def svd(x: ArrayLike, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    r"""Return the singular values, between the left and right vectors if `compute_uv`."""

@overload
def tensordot(x1: SymbolicLike, x2: SymbolicLike | ArrayLike, axes: Any = 2) -> SymbolicTensor:
    r"""Return the sum of products over so many axes, last of `x1` and first of `x2`, or over given ones."""

@overload
def tensordot(x1: ArrayLike, x2: SymbolicLike, axes: Any = 2) -> SymbolicTensor: ...
@overload
def tensordot(x1: ArrayLike, x2: ArrayLike, axes: Any = 2) -> Array: ...
@overload
def trace(x: SymbolicLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> SymbolicTensor:
    r"""Return the sum of the diagonal of the plane of two axes."""

@overload
def trace(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array: ...
@overload
def vdot(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the sum of products of all values, those of `x1` conjugated."""

@overload
def vdot(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def vdot(x1: ArrayLike, x2: ArrayLike) -> Array: ...
