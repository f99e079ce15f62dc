"""Written by `tools/write_stubs.py`."""

from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from jax import Array

from hornet.activations import tanh as tanh
from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, Axis, DTypeLike, ShapeLike, SymbolicLike
from hornet.ops import image as image
from hornet.ops import linalg as linalg
from hornet.ops import nn as nn
from hornet.ops.linalg import cdist as cdist
from hornet.ops.linalg import cholesky as cholesky
from hornet.ops.linalg import cholesky_inverse as cholesky_inverse
from hornet.ops.linalg import correlate as correlate
from hornet.ops.linalg import cross as cross
from hornet.ops.linalg import det as det
from hornet.ops.linalg import dot as dot
from hornet.ops.linalg import eig as eig
from hornet.ops.linalg import eigh as eigh
from hornet.ops.linalg import einsum as einsum
from hornet.ops.linalg import inner as inner
from hornet.ops.linalg import inv as inv
from hornet.ops.linalg import jvp as jvp
from hornet.ops.linalg import kron as kron
from hornet.ops.linalg import logdet as logdet
from hornet.ops.linalg import lstsq as lstsq
from hornet.ops.linalg import lu_factor as lu_factor
from hornet.ops.linalg import matmul as matmul
from hornet.ops.linalg import matrix_rank as matrix_rank
from hornet.ops.linalg import norm as norm
from hornet.ops.linalg import outer as outer
from hornet.ops.linalg import pinv as pinv
from hornet.ops.linalg import qr as qr
from hornet.ops.linalg import slogdet as slogdet
from hornet.ops.linalg import solve as solve
from hornet.ops.linalg import solve_triangular as solve_triangular
from hornet.ops.linalg import svd as svd
from hornet.ops.linalg import tensordot as tensordot
from hornet.ops.linalg import trace as trace
from hornet.ops.linalg import vdot as vdot
from hornet.ops.nn import batch_normalization as batch_normalization
from hornet.ops.nn import binary_crossentropy as binary_crossentropy
from hornet.ops.nn import categorical_crossentropy as categorical_crossentropy
from hornet.ops.nn import celu as celu
from hornet.ops.nn import dot_product_attention as dot_product_attention
from hornet.ops.nn import elu as elu
from hornet.ops.nn import gelu as gelu
from hornet.ops.nn import glu as glu
from hornet.ops.nn import hard_shrink as hard_shrink
from hornet.ops.nn import hard_sigmoid as hard_sigmoid
from hornet.ops.nn import hard_silu as hard_silu
from hornet.ops.nn import hard_swish as hard_swish
from hornet.ops.nn import hard_tanh as hard_tanh
from hornet.ops.nn import layer_normalization as layer_normalization
from hornet.ops.nn import leaky_relu as leaky_relu
from hornet.ops.nn import log_sigmoid as log_sigmoid
from hornet.ops.nn import log_softmax as log_softmax
from hornet.ops.nn import moments as moments
from hornet.ops.nn import multi_hot as multi_hot
from hornet.ops.nn import normalize as normalize
from hornet.ops.nn import one_hot as one_hot
from hornet.ops.nn import psnr as psnr
from hornet.ops.nn import relu as relu
from hornet.ops.nn import relu6 as relu6
from hornet.ops.nn import rms_normalization as rms_normalization
from hornet.ops.nn import selu as selu
from hornet.ops.nn import sigmoid as sigmoid
from hornet.ops.nn import silu as silu
from hornet.ops.nn import soft_shrink as soft_shrink
from hornet.ops.nn import softmax as softmax
from hornet.ops.nn import softplus as softplus
from hornet.ops.nn import softsign as softsign
from hornet.ops.nn import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from hornet.ops.nn import sparse_plus as sparse_plus
from hornet.ops.nn import sparse_sigmoid as sparse_sigmoid
from hornet.ops.nn import sparsemax as sparsemax
from hornet.ops.nn import squareplus as squareplus
from hornet.ops.nn import swish as swish
from hornet.ops.nn import tanh_shrink as tanh_shrink
from hornet.ops.nn import threshold as threshold

__all__ = [
    "abs",
    "absolute",
    "add",
    "all",
    "allclose",
    "amax",
    "amin",
    "angle",
    "any",
    "append",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "array",
    "array_split",
    "associative_scan",
    "average",
    "bartlett",
    "batch_normalization",
    "binary_crossentropy",
    "bincount",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "blackman",
    "broadcast_to",
    "cast",
    "categorical_crossentropy",
    "cbrt",
    "cdist",
    "ceil",
    "celu",
    "cholesky",
    "cholesky_inverse",
    "clip",
    "concatenate",
    "cond",
    "conj",
    "conjugate",
    "convert_to_numpy",
    "convert_to_tensor",
    "copy",
    "corrcoef",
    "correlate",
    "cos",
    "cosh",
    "count_nonzero",
    "cross",
    "cumprod",
    "cumsum",
    "custom_gradient",
    "deg2rad",
    "det",
    "diag",
    "diagflat",
    "diagonal",
    "diff",
    "digitize",
    "divide",
    "divide_no_nan",
    "dot",
    "dot_product_attention",
    "dsplit",
    "dstack",
    "dtype",
    "eig",
    "eigh",
    "einsum",
    "elu",
    "empty",
    "empty_like",
    "equal",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "eye",
    "fabs",
    "flip",
    "fliplr",
    "flipud",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "fori_loop",
    "full",
    "full_like",
    "gcd",
    "gelu",
    "geomspace",
    "get_item",
    "glu",
    "greater",
    "greater_equal",
    "hamming",
    "hanning",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "heaviside",
    "histogram",
    "hsplit",
    "hstack",
    "hypot",
    "i0",
    "identity",
    "imag",
    "image",
    "in_top_k",
    "inner",
    "inv",
    "is_tensor",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "jvp",
    "kaiser",
    "kron",
    "layer_normalization",
    "lcm",
    "ldexp",
    "leaky_relu",
    "left_shift",
    "less",
    "less_equal",
    "linalg",
    "linspace",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logaddexp2",
    "logdet",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logspace",
    "logsumexp",
    "lstsq",
    "lu_factor",
    "map",
    "matmul",
    "matrix_rank",
    "max",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mod",
    "moments",
    "moveaxis",
    "multi_hot",
    "multiply",
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "ndim",
    "negative",
    "nextafter",
    "nn",
    "nonzero",
    "norm",
    "normalize",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "outer",
    "pad",
    "percentile",
    "pinv",
    "polar",
    "power",
    "prod",
    "psnr",
    "ptp",
    "qr",
    "quantile",
    "rad2deg",
    "ravel",
    "real",
    "reciprocal",
    "relu",
    "relu6",
    "repeat",
    "reshape",
    "right_shift",
    "rms_normalization",
    "roll",
    "rot90",
    "round",
    "rsqrt",
    "saturate_cast",
    "scan",
    "scatter",
    "scatter_update",
    "searchsorted",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "select",
    "selu",
    "shape",
    "sigmoid",
    "sign",
    "signbit",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "size",
    "slice",
    "slice_update",
    "slogdet",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "solve",
    "solve_triangular",
    "sort",
    "sparse_categorical_crossentropy",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "split",
    "sqrt",
    "square",
    "squareplus",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "subtract",
    "sum",
    "svd",
    "swapaxes",
    "swish",
    "switch",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tanh_shrink",
    "tensordot",
    "threshold",
    "tile",
    "top_k",
    "trace",
    "transpose",
    "trapezoid",
    "tri",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "unique",
    "unravel_index",
    "unstack",
    "vander",
    "var",
    "vdot",
    "vectorize",
    "vectorized_map",
    "view",
    "view_as_complex",
    "view_as_real",
    "vsplit",
    "vstack",
    "where",
    "while_loop",
    "zeros",
    "zeros_like",
]

def associative_scan(f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    r"""Combine the elements up to each index by an associative function, in parallel."""

@overload
def cast(x: SymbolicLike, dtype: DTypeLike) -> SymbolicTensor:
    r"""Return the values in another type."""

@overload
def cast(x: ArrayLike, dtype: DTypeLike) -> Array: ...
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    r"""Return the result of one of two functions without arguments; both must return the same shapes and types."""

def convert_to_numpy(x: ArrayLike) -> np.ndarray:
    r"""Return a copy as a NumPy array."""

@overload
def convert_to_tensor(
    x: SymbolicLike, dtype: DTypeLike = None, sparse: Any = None, ragged: Any = None
) -> SymbolicTensor:
    r"""Return an array of anything that becomes one."""

@overload
def convert_to_tensor(x: ArrayLike, dtype: DTypeLike = None, sparse: Any = None, ragged: Any = None) -> Array: ...
def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    r"""Return a function whose gradient is written by hand."""

def dtype(x: Any) -> str:
    r"""Return the name of the type of the elements."""

def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    r"""Apply `body_fun(i, value)` for each `i` from `lower` up to `upper`, which is not among them."""

def is_tensor(x: Any) -> bool:
    r"""Return whether `x` is a JAX array, traced arrays included."""

def map(f: Callable[[Any], Any], xs: Any) -> Any:
    r"""Apply a function to each row, one after another."""

def ndim(x: Any) -> int:
    r"""Return the number of axes."""

@overload
def saturate_cast(x: SymbolicLike, dtype: DTypeLike) -> SymbolicTensor:
    r"""Return the values in another type, clipped to its bounds."""

@overload
def saturate_cast(x: ArrayLike, dtype: DTypeLike) -> Array: ...
def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: Any = 1,
) -> Any:
    r"""Apply `f(carry, x) -> (carry, y)` along the first axis of `xs`."""

def shape(x: Any) -> tuple[Any, ...]:
    r"""Return the shape; unknown axes of a symbolic tensor are `None`."""

def size(x: Any) -> int:
    r"""Return the number of elements."""

@overload
def stop_gradient(variable: SymbolicLike) -> SymbolicTensor:
    r"""Return the values as a constant: no gradient flows through them."""

@overload
def stop_gradient(variable: ArrayLike) -> Array: ...
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    r"""Call the function at an index on `operands`; an index out of bounds is clipped."""

def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None) -> Callable[..., Any]:
    r"""Return a function of numbers (or of the arrays of a `signature`) as one of arrays, which are broadcast."""

def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    r"""Apply a function to each row, to all at once."""

@overload
def view(x: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the same bits read as another type."""

@overload
def view(x: ArrayLike, dtype: DTypeLike = None) -> Array: ...
def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: Any = None
) -> Any:
    r"""Apply `body` while `cond` holds."""

def arange(
    start: float | Array, stop: float | Array | None = None, step: float | Array | None = None, dtype: DTypeLike = None
) -> Array:
    r"""Return the numbers from `start` (or 0) up to `stop`, which is not among them, by `step` (or 1)."""

@overload
def array(x: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return a copy as an array."""

@overload
def array(x: ArrayLike, dtype: DTypeLike = None) -> Array: ...
@overload
def bartlett(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the triangular window of a length."""

@overload
def bartlett(x: ArrayLike) -> Array: ...
@overload
def blackman(x: SymbolicLike) -> SymbolicTensor:
    r"""Return Blackman's window of a length."""

@overload
def blackman(x: ArrayLike) -> Array: ...
def empty(shape: ShapeLike, dtype: DTypeLike = None) -> Array:
    r"""Return an array of any values; here they are zeros."""

@overload
def empty_like(x: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return any values in the shape, and by default the type, of another array."""

@overload
def empty_like(x: ArrayLike, dtype: DTypeLike = None) -> Array: ...
def eye(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike = None) -> Array:
    r"""Return an `N` by `M` matrix of ones on the diagonal `k` and zeros elsewhere."""

@overload
def full(shape: ShapeLike, fill_value: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return an array that is `fill_value` everywhere."""

@overload
def full(shape: ShapeLike, fill_value: ArrayLike, dtype: DTypeLike = None) -> Array: ...
@overload
def full_like(x: SymbolicLike, fill_value: SymbolicLike | ArrayLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return `fill_value` in the shape, and by default the type, of another array."""

@overload
def full_like(x: ArrayLike, fill_value: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor: ...
@overload
def full_like(x: ArrayLike, fill_value: ArrayLike, dtype: DTypeLike = None) -> Array: ...
@overload
def geomspace(
    start: SymbolicLike,
    stop: SymbolicLike | ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike = None,
    axis: Axis = 0,
) -> SymbolicTensor:
    r"""Return `num` values from `start` to `stop`, each the same multiple of the last."""

@overload
def geomspace(
    start: ArrayLike, stop: SymbolicLike, num: int = 50, endpoint: bool = True, dtype: DTypeLike = None, axis: Axis = 0
) -> SymbolicTensor: ...
@overload
def geomspace(
    start: ArrayLike, stop: ArrayLike, num: int = 50, endpoint: bool = True, dtype: DTypeLike = None, axis: Axis = 0
) -> Array: ...
@overload
def hamming(x: SymbolicLike) -> SymbolicTensor:
    r"""Return Hamming's window of a length."""

@overload
def hamming(x: ArrayLike) -> Array: ...
@overload
def hanning(x: SymbolicLike) -> SymbolicTensor:
    r"""Return Hann's window of a length."""

@overload
def hanning(x: ArrayLike) -> Array: ...
def identity(n: int, dtype: DTypeLike = None) -> Array:
    r"""Return the `n` by `n` identity matrix."""

@overload
def kaiser(x: SymbolicLike, beta: float) -> SymbolicTensor:
    r"""Return Kaiser's window of a length, the narrower the larger `beta`."""

@overload
def kaiser(x: ArrayLike, beta: float) -> Array: ...
def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike = None,
    axis: Axis = 0,
) -> Any:
    r"""Return `num` values from `start` to `stop`, evenly spaced."""

@overload
def logspace(
    start: SymbolicLike,
    stop: SymbolicLike | ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: DTypeLike = None,
    axis: Axis = 0,
) -> SymbolicTensor:
    r"""Return `num` values from `base**start` to `base**stop`, each the same multiple of the last."""

@overload
def logspace(
    start: ArrayLike,
    stop: SymbolicLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: DTypeLike = None,
    axis: Axis = 0,
) -> SymbolicTensor: ...
@overload
def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: DTypeLike = None,
    axis: Axis = 0,
) -> Array: ...
def meshgrid(*x: ArrayLike, indexing: str = "xy") -> Any:
    r"""Return the coordinates of a grid, one array for each axis."""

def ones(shape: ShapeLike, dtype: DTypeLike = None) -> Array:
    r"""Return ones."""

@overload
def ones_like(x: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return ones in the shape, and by default the type, of another array."""

@overload
def ones_like(x: ArrayLike, dtype: DTypeLike = None) -> Array: ...
def tri(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike = None) -> Array:
    r"""Return an `N` by `M` matrix of ones on and below the diagonal `k`, zeros above."""

@overload
def vander(x: SymbolicLike, N: int | None = None, increasing: bool = False) -> SymbolicTensor:
    r"""Return the Vandermonde matrix: the first `N` powers of each value, in descending order."""

@overload
def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> Array: ...
def zeros(shape: ShapeLike, dtype: DTypeLike = None) -> Array:
    r"""Return zeros."""

@overload
def zeros_like(x: SymbolicLike, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return zeros in the shape, and by default the type, of another array."""

@overload
def zeros_like(x: ArrayLike, dtype: DTypeLike = None) -> Array: ...
@overload
def abs(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $|x|$; of a complex number its modulus."""

@overload
def abs(x: ArrayLike) -> Array: ...
@overload
def absolute(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $|x|$; of a complex number its modulus."""

@overload
def absolute(x: ArrayLike) -> Array: ...
@overload
def add(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 + x_2$."""

@overload
def add(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def add(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def angle(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the angle of a complex number."""

@overload
def angle(x: ArrayLike) -> Array: ...
@overload
def arccos(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the angle in $[0, \pi]$ whose cosine is $x$."""

@overload
def arccos(x: ArrayLike) -> Array: ...
@overload
def arccosh(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the inverse of `cosh`, for $x \geq 1$."""

@overload
def arccosh(x: ArrayLike) -> Array: ...
@overload
def arcsin(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the angle in $[-\pi/2, \pi/2]$ whose sine is $x$."""

@overload
def arcsin(x: ArrayLike) -> Array: ...
@overload
def arcsinh(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the inverse of `sinh`."""

@overload
def arcsinh(x: ArrayLike) -> Array: ...
@overload
def arctan(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the angle in $(-\pi/2, \pi/2)$ whose tangent is $x$."""

@overload
def arctan(x: ArrayLike) -> Array: ...
@overload
def arctan2(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the angle of the point $(x_2, x_1)$, in $[-\pi, \pi]$."""

@overload
def arctan2(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def arctan2(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def arctanh(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the inverse of `tanh`, for $|x| < 1$."""

@overload
def arctanh(x: ArrayLike) -> Array: ...
@overload
def bitwise_and(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the bits set in both."""

@overload
def bitwise_and(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def bitwise_and(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def bitwise_invert(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the value with every bit inverted."""

@overload
def bitwise_invert(x: ArrayLike) -> Array: ...
@overload
def bitwise_left_shift(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x 2^y$ by moving bits."""

@overload
def bitwise_left_shift(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def bitwise_left_shift(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def bitwise_not(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the value with every bit inverted."""

@overload
def bitwise_not(x: ArrayLike) -> Array: ...
@overload
def bitwise_or(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the bits set in one or both."""

@overload
def bitwise_or(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def bitwise_or(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def bitwise_right_shift(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x / 2^y$, rounded down, by moving bits."""

@overload
def bitwise_right_shift(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def bitwise_right_shift(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def bitwise_xor(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the bits set in just one."""

@overload
def bitwise_xor(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def bitwise_xor(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def cbrt(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $\sqrt[3]{x}$."""

@overload
def cbrt(x: ArrayLike) -> Array: ...
@overload
def ceil(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the smallest integer that is not below $x$, as a float."""

@overload
def ceil(x: ArrayLike) -> Array: ...
@overload
def clip(
    x: SymbolicLike, x_min: SymbolicLike | ArrayLike | None, x_max: SymbolicLike | ArrayLike | None
) -> SymbolicTensor:
    r"""Return $x$ clipped to bounds; `None` is no bound."""

@overload
def clip(x: ArrayLike, x_min: ArrayLike | None, x_max: ArrayLike | None) -> Array: ...
@overload
def conj(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the complex conjugate."""

@overload
def conj(x: ArrayLike) -> Array: ...
@overload
def conjugate(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the complex conjugate."""

@overload
def conjugate(x: ArrayLike) -> Array: ...
@overload
def copy(x: SymbolicLike) -> SymbolicTensor:
    r"""Return a copy."""

@overload
def copy(x: ArrayLike) -> Array: ...
@overload
def cos(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the cosine."""

@overload
def cos(x: ArrayLike) -> Array: ...
@overload
def cosh(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the hyperbolic cosine."""

@overload
def cosh(x: ArrayLike) -> Array: ...
@overload
def deg2rad(x: SymbolicLike) -> SymbolicTensor:
    r"""Return degrees as radians."""

@overload
def deg2rad(x: ArrayLike) -> Array: ...
@overload
def divide(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 / x_2$; of integers too a float."""

@overload
def divide(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def divide(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def divide_no_nan(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 / x_2$, and 0 where $x_2$ is 0."""

@overload
def divide_no_nan(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def divide_no_nan(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def equal(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 = x_2$."""

@overload
def equal(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def equal(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def erf(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the error function, $\frac{2}{\sqrt\pi} \int_0^x e^{-t^2} dt$."""

@overload
def erf(x: ArrayLike) -> Array: ...
@overload
def erfc(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $1 - \mathrm{erf}(x)$, exact for large $x$."""

@overload
def erfc(x: ArrayLike) -> Array: ...
@overload
def erfinv(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the inverse of `erf`, for $|x| < 1$."""

@overload
def erfinv(x: ArrayLike) -> Array: ...
@overload
def exp(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $e^x$."""

@overload
def exp(x: ArrayLike) -> Array: ...
@overload
def exp2(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $2^x$."""

@overload
def exp2(x: ArrayLike) -> Array: ...
@overload
def expm1(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $e^x - 1$, exact near 0."""

@overload
def expm1(x: ArrayLike) -> Array: ...
@overload
def fabs(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $|x|$ as a float."""

@overload
def fabs(x: ArrayLike) -> Array: ...
@overload
def floor(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the largest integer that is not above $x$, as a float."""

@overload
def floor(x: ArrayLike) -> Array: ...
@overload
def floor_divide(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 / x_2$ rounded down."""

@overload
def floor_divide(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def floor_divide(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def fmax(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the maximum of both, or the one that is not NaN."""

@overload
def fmax(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def fmax(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def fmin(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the minimum of both, or the one that is not NaN."""

@overload
def fmin(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def fmin(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def fmod(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the remainder of $x_1 / x_2$ rounded towards 0; it has the sign of $x_1$."""

@overload
def fmod(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def fmod(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def gcd(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the greatest common divisor of integers."""

@overload
def gcd(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def gcd(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def greater(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 > x_2$."""

@overload
def greater(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def greater(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def greater_equal(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 \geq x_2$."""

@overload
def greater_equal(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def greater_equal(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def heaviside(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return 0 where $x_1 < 0$, $x_2$ where $x_1 = 0$, and 1 elsewhere."""

@overload
def heaviside(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def heaviside(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def hypot(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $\sqrt{x_1^2 + x_2^2}$."""

@overload
def hypot(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def hypot(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def i0(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the modified Bessel function of the first kind and order 0."""

@overload
def i0(x: ArrayLike) -> Array: ...
@overload
def imag(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the imaginary part."""

@overload
def imag(x: ArrayLike) -> Array: ...
@overload
def isclose(
    x1: SymbolicLike, x2: SymbolicLike | ArrayLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> SymbolicTensor:
    r"""Return whether $|x_1 - x_2| \leq \mathrm{atol} + \mathrm{rtol}\,|x_2|$."""

@overload
def isclose(
    x1: ArrayLike, x2: SymbolicLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> SymbolicTensor: ...
@overload
def isclose(
    x1: ArrayLike, x2: ArrayLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Array: ...
@overload
def isfinite(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether $x$ is neither NaN nor infinite."""

@overload
def isfinite(x: ArrayLike) -> Array: ...
@overload
def isinf(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether $x$ is infinite."""

@overload
def isinf(x: ArrayLike) -> Array: ...
@overload
def isnan(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether $x$ is NaN."""

@overload
def isnan(x: ArrayLike) -> Array: ...
@overload
def isneginf(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether $x = -\infty$."""

@overload
def isneginf(x: ArrayLike) -> Array: ...
@overload
def isposinf(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether $x = \infty$."""

@overload
def isposinf(x: ArrayLike) -> Array: ...
@overload
def isreal(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether the imaginary part is 0."""

@overload
def isreal(x: ArrayLike) -> Array: ...
@overload
def lcm(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the least common multiple of integers."""

@overload
def lcm(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def lcm(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def ldexp(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 2^{x_2}$ for integer $x_2$."""

@overload
def ldexp(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def ldexp(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def left_shift(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x 2^y$ by moving bits."""

@overload
def left_shift(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def left_shift(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def less(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 < x_2$."""

@overload
def less(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def less(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def less_equal(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 \leq x_2$."""

@overload
def less_equal(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def less_equal(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def log(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the natural logarithm."""

@overload
def log(x: ArrayLike) -> Array: ...
@overload
def log1p(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $\log(1 + x)$, exact near 0."""

@overload
def log1p(x: ArrayLike) -> Array: ...
@overload
def log2(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the logarithm to base 2."""

@overload
def log2(x: ArrayLike) -> Array: ...
@overload
def log10(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the logarithm to base 10."""

@overload
def log10(x: ArrayLike) -> Array: ...
@overload
def logaddexp(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $\log(e^{x_1} + e^{x_2})$ without overflow."""

@overload
def logaddexp(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def logaddexp(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def logaddexp2(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $\log_2(2^{x_1} + 2^{x_2})$ without overflow."""

@overload
def logaddexp2(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def logaddexp2(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def logical_and(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether both are true; any number but 0 is."""

@overload
def logical_and(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def logical_and(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def logical_not(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether it is false."""

@overload
def logical_not(x: ArrayLike) -> Array: ...
@overload
def logical_or(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether one or both are true."""

@overload
def logical_or(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def logical_or(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def logical_xor(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether just one is true."""

@overload
def logical_xor(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def logical_xor(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def maximum(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the maximum of both; NaN is propagated."""

@overload
def maximum(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def maximum(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def minimum(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the minimum of both; NaN is propagated."""

@overload
def minimum(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def minimum(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def mod(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the remainder of $x_1 / x_2$ rounded down; it has the sign of $x_2$."""

@overload
def mod(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def mod(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def multiply(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 x_2$."""

@overload
def multiply(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def multiply(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def nan_to_num(
    x: SymbolicLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> SymbolicTensor:
    r"""Return $x$ with NaN and infinities replaced; `None` is the maximum or minimum of the type."""

@overload
def nan_to_num(x: ArrayLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array: ...
@overload
def negative(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $-x$."""

@overload
def negative(x: ArrayLike) -> Array: ...
@overload
def nextafter(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the float next to $x_1$ in the direction of $x_2$."""

@overload
def nextafter(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def nextafter(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def not_equal(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether $x_1 \neq x_2$."""

@overload
def not_equal(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def not_equal(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def polar(abs_: SymbolicLike, angle: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the complex numbers of a modulus and an angle."""

@overload
def polar(abs_: ArrayLike, angle: SymbolicLike) -> SymbolicTensor: ...
@overload
def polar(abs_: ArrayLike, angle: ArrayLike) -> Array: ...
@overload
def power(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1$ to the power $x_2$."""

@overload
def power(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def power(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def rad2deg(x: SymbolicLike) -> SymbolicTensor:
    r"""Return radians as degrees."""

@overload
def rad2deg(x: ArrayLike) -> Array: ...
@overload
def real(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the real part."""

@overload
def real(x: ArrayLike) -> Array: ...
@overload
def reciprocal(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $1 / x$."""

@overload
def reciprocal(x: ArrayLike) -> Array: ...
@overload
def right_shift(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x / 2^y$, rounded down, by moving bits."""

@overload
def right_shift(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def right_shift(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def round(x: SymbolicLike, decimals: int = 0) -> SymbolicTensor:
    r"""Return $x$ rounded to `decimals` places, halves to the even neighbour."""

@overload
def round(x: ArrayLike, decimals: int = 0) -> Array: ...
@overload
def rsqrt(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $1 / \sqrt{x}$."""

@overload
def rsqrt(x: ArrayLike) -> Array: ...
@overload
def sign(x: SymbolicLike) -> SymbolicTensor:
    r"""Return -1, 0 or 1, the sign of $x$."""

@overload
def sign(x: ArrayLike) -> Array: ...
@overload
def signbit(x: SymbolicLike) -> SymbolicTensor:
    r"""Return whether the sign is minus, of $-0$ too."""

@overload
def signbit(x: ArrayLike) -> Array: ...
@overload
def sin(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the sine."""

@overload
def sin(x: ArrayLike) -> Array: ...
@overload
def sinc(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $\sin(\pi x) / (\pi x)$."""

@overload
def sinc(x: ArrayLike) -> Array: ...
@overload
def sinh(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the hyperbolic sine."""

@overload
def sinh(x: ArrayLike) -> Array: ...
@overload
def sqrt(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $\sqrt{x}$, NaN where $x < 0$."""

@overload
def sqrt(x: ArrayLike) -> Array: ...
@overload
def square(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $x^2$."""

@overload
def square(x: ArrayLike) -> Array: ...
@overload
def subtract(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 - x_2$."""

@overload
def subtract(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def subtract(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def tan(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the tangent."""

@overload
def tan(x: ArrayLike) -> Array: ...
@overload
def true_divide(x1: SymbolicLike, x2: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return $x_1 / x_2$; of integers too a float."""

@overload
def true_divide(x1: ArrayLike, x2: SymbolicLike) -> SymbolicTensor: ...
@overload
def true_divide(x1: ArrayLike, x2: ArrayLike) -> Array: ...
@overload
def trunc(x: SymbolicLike) -> SymbolicTensor:
    r"""Return $x$ without its fraction."""

@overload
def trunc(x: ArrayLike) -> Array: ...
@overload
def view_as_complex(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the complex numbers whose parts are the last axis."""

@overload
def view_as_complex(x: ArrayLike) -> Array: ...
@overload
def view_as_real(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the parts of complex numbers along a new last axis."""

@overload
def view_as_real(x: ArrayLike) -> Array: ...
@overload
def argpartition(x: SymbolicLike, kth: int, axis: Axis = -1) -> SymbolicTensor:
    r"""Return indices of which the `kth` is that of `argsort`, those of smaller values before it."""

@overload
def argpartition(x: ArrayLike, kth: int, axis: Axis = -1) -> Array: ...
@overload
def argsort(x: SymbolicLike, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the indices that sort the values along an axis in ascending order."""

@overload
def argsort(x: ArrayLike, axis: Axis = -1) -> Array: ...
@overload
def digitize(x: SymbolicLike, bins: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the index of the bin of each value; bin 0 lies below the first edge."""

@overload
def digitize(x: ArrayLike, bins: SymbolicLike) -> SymbolicTensor: ...
@overload
def digitize(x: ArrayLike, bins: ArrayLike) -> Array: ...
@overload
def get_item(x: SymbolicLike, key: Any) -> SymbolicTensor:
    r"""Return `x[key]`."""

@overload
def get_item(x: ArrayLike, key: Any) -> Array: ...
@overload
def in_top_k(targets: SymbolicLike, predictions: SymbolicLike | ArrayLike, k: int) -> SymbolicTensor:
    r"""Return whether the class of each row is among its `k` largest predictions."""

@overload
def in_top_k(targets: ArrayLike, predictions: SymbolicLike, k: int) -> SymbolicTensor: ...
@overload
def in_top_k(targets: ArrayLike, predictions: ArrayLike, k: int) -> Array: ...
@overload
def isin(
    x1: SymbolicLike, x2: SymbolicLike | ArrayLike, assume_unique: bool = False, invert: bool = False
) -> SymbolicTensor:
    r"""Return whether each value of `x1` occurs in `x2`."""

@overload
def isin(x1: ArrayLike, x2: SymbolicLike, assume_unique: bool = False, invert: bool = False) -> SymbolicTensor: ...
@overload
def isin(x1: ArrayLike, x2: ArrayLike, assume_unique: bool = False, invert: bool = False) -> Array: ...
@overload
def nonzero(x: SymbolicLike) -> tuple[SymbolicTensor, ...]:
    r"""Return the indices of what is not 0, one array for each axis; no program can hold it."""

@overload
def nonzero(x: ArrayLike) -> tuple[Array, ...]: ...
@overload
def scatter(indices: SymbolicLike, values: SymbolicLike | ArrayLike, shape: Sequence[int]) -> SymbolicTensor:
    r"""Return zeros of a shape with values added at indices."""

@overload
def scatter(indices: ArrayLike, values: SymbolicLike, shape: Sequence[int]) -> SymbolicTensor: ...
@overload
def scatter(indices: ArrayLike, values: ArrayLike, shape: Sequence[int]) -> Array: ...
@overload
def scatter_update(
    inputs: SymbolicLike,
    indices: SymbolicLike | ArrayLike,
    updates: SymbolicLike | ArrayLike,
    reduction: str | None = None,
) -> SymbolicTensor:
    r"""Return the array with values set, or combined, at indices."""

@overload
def scatter_update(
    inputs: ArrayLike, indices: SymbolicLike, updates: SymbolicLike | ArrayLike, reduction: str | None = None
) -> SymbolicTensor: ...
@overload
def scatter_update(
    inputs: ArrayLike, indices: ArrayLike, updates: SymbolicLike, reduction: str | None = None
) -> SymbolicTensor: ...
@overload
def scatter_update(
    inputs: ArrayLike, indices: ArrayLike, updates: ArrayLike, reduction: str | None = None
) -> Array: ...
@overload
def searchsorted(sorted_sequence: SymbolicLike, values: SymbolicLike | ArrayLike, side: str = "left") -> SymbolicTensor:
    r"""Return the indices at which values belong in a vector in ascending order."""

@overload
def searchsorted(sorted_sequence: ArrayLike, values: SymbolicLike, side: str = "left") -> SymbolicTensor: ...
@overload
def searchsorted(sorted_sequence: ArrayLike, values: ArrayLike, side: str = "left") -> Array: ...
@overload
def select(
    condlist: Sequence[SymbolicTensor], choicelist: Sequence[SymbolicTensor] | Sequence[Any], default: Any = 0
) -> SymbolicTensor:
    r"""Return the choice of the first condition that holds, and `default` where none does."""

@overload
def select(condlist: Sequence[Any], choicelist: Sequence[SymbolicTensor], default: Any = 0) -> SymbolicTensor: ...
@overload
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array: ...
@overload
def slice(inputs: SymbolicLike, start_indices: Any, shape: Sequence[int]) -> SymbolicTensor:
    r"""Return the block of a shape from an index on."""

@overload
def slice(inputs: ArrayLike, start_indices: Any, shape: Sequence[int]) -> Array: ...
@overload
def slice_update(inputs: SymbolicLike, start_indices: Any, updates: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the array with a block in it replaced, from an index on."""

@overload
def slice_update(inputs: ArrayLike, start_indices: Any, updates: SymbolicLike) -> SymbolicTensor: ...
@overload
def slice_update(inputs: ArrayLike, start_indices: Any, updates: ArrayLike) -> Array: ...
@overload
def sort(x: SymbolicLike, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the values along an axis in ascending order."""

@overload
def sort(x: ArrayLike, axis: Axis = -1) -> Array: ...
@overload
def take(x: SymbolicLike, indices: SymbolicLike | ArrayLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return the values at indices along an axis, or of the ravelled array; NaN where out of bounds."""

@overload
def take(x: ArrayLike, indices: SymbolicLike, axis: Axis = None) -> SymbolicTensor: ...
@overload
def take(x: ArrayLike, indices: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def take_along_axis(x: SymbolicLike, indices: SymbolicLike | ArrayLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return the values along an axis, each at an index of its own."""

@overload
def take_along_axis(x: ArrayLike, indices: SymbolicLike, axis: Axis = None) -> SymbolicTensor: ...
@overload
def take_along_axis(x: ArrayLike, indices: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def top_k(x: SymbolicLike, k: int, sorted: bool = True) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return the `k` largest values of the last axis, in descending order, and their indices."""

@overload
def top_k(x: ArrayLike, k: int, sorted: bool = True) -> tuple[Array, Array]: ...
@overload
def unique(
    x: SymbolicLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Axis = None,
    size: int | None = None,
    fill_value: SymbolicLike | ArrayLike | None = None,
) -> SymbolicTensor | tuple[SymbolicTensor, ...]:
    r"""Return each value that occurs, once; in a program give the `size` of the result."""

@overload
def unique(
    x: ArrayLike,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Axis = None,
    size: int | None = None,
    fill_value: ArrayLike | None = None,
) -> Array | tuple[Array, ...]: ...
@overload
def unravel_index(indices: SymbolicLike, shape: ShapeLike) -> tuple[SymbolicTensor, ...]:
    r"""Return the indices along each axis of indices into the ravelled array."""

@overload
def unravel_index(indices: ArrayLike, shape: ShapeLike) -> tuple[Array, ...]: ...
@overload
def where(
    condition: SymbolicLike, x1: SymbolicLike | ArrayLike | None = None, x2: SymbolicLike | ArrayLike | None = None
) -> SymbolicTensor:
    r"""Return `x1` where a condition holds and `x2` elsewhere; without both, the indices where it holds."""

@overload
def where(condition: ArrayLike, x1: ArrayLike | None = None, x2: ArrayLike | None = None) -> Array: ...
@overload
def all(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return whether all are true; any number but 0 is."""

@overload
def all(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def allclose(
    x1: SymbolicLike, x2: SymbolicLike | ArrayLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> SymbolicTensor:
    r"""Return whether all are `isclose`."""

@overload
def allclose(
    x1: ArrayLike, x2: SymbolicLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> SymbolicTensor: ...
@overload
def allclose(
    x1: ArrayLike, x2: ArrayLike, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Array: ...
@overload
def amax(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the maximum."""

@overload
def amax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def amin(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the minimum."""

@overload
def amin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def any(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return whether any is true; any number but 0 is."""

@overload
def any(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def argmax(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the index of the maximum, the first if there are several."""

@overload
def argmax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def argmin(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the index of the minimum, the first if there are several."""

@overload
def argmin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def average(x: SymbolicLike, axis: Axis = None, weights: SymbolicLike | ArrayLike | None = None) -> SymbolicTensor:
    r"""Return the mean, each value counted by its weight."""

@overload
def average(x: ArrayLike, axis: Axis = None, weights: ArrayLike | None = None) -> Array: ...
def bincount(x: ArrayLike, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    r"""Return how often each integer from 0 occurs; in a matrix, row by row."""

@overload
def corrcoef(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the correlation of each row with each row."""

@overload
def corrcoef(x: ArrayLike) -> Array: ...
@overload
def count_nonzero(x: SymbolicLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return how many are not 0."""

@overload
def count_nonzero(x: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def cumprod(x: SymbolicLike, axis: Axis = None, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the product up to each index."""

@overload
def cumprod(x: ArrayLike, axis: Axis = None, dtype: DTypeLike = None) -> Array: ...
@overload
def cumsum(x: SymbolicLike, axis: Axis = None, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the sum up to each index."""

@overload
def cumsum(x: ArrayLike, axis: Axis = None, dtype: DTypeLike = None) -> Array: ...
@overload
def diff(a: SymbolicLike, n: int = 1, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the difference of each value from the one before, `n` times over."""

@overload
def diff(a: ArrayLike, n: int = 1, axis: Axis = -1) -> Array: ...
@overload
def histogram(
    x: SymbolicLike, bins: SymbolicLike | ArrayLike = 10, range: Sequence[float] | None = None
) -> tuple[SymbolicTensor, SymbolicTensor]:
    r"""Return how many values lie in each of some bins of one width, or between edges, and the edges."""

@overload
def histogram(x: ArrayLike, bins: ArrayLike = 10, range: Sequence[float] | None = None) -> tuple[Array, Array]: ...
@overload
def logsumexp(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return $\log \sum_i e^{x_i}$ without overflow."""

@overload
def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def max(x: SymbolicLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> SymbolicTensor:
    r"""Return the maximum, or `initial` if it is larger."""

@overload
def max(x: ArrayLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> Array: ...
@overload
def mean(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the mean."""

@overload
def mean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def median(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the median; of an even number the mean of the middle two."""

@overload
def median(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def min(x: SymbolicLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> SymbolicTensor:
    r"""Return the minimum, or `initial` if it is smaller."""

@overload
def min(x: ArrayLike, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> Array: ...
@overload
def nanargmax(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the index of the maximum, NaN ignored; -1 if all are NaN."""

@overload
def nanargmax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanargmin(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the index of the minimum, NaN ignored; -1 if all are NaN."""

@overload
def nanargmin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nancumprod(x: SymbolicLike, axis: Axis = None, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the product up to each index, NaN ignored."""

@overload
def nancumprod(x: ArrayLike, axis: Axis = None, dtype: DTypeLike = None) -> Array: ...
@overload
def nancumsum(x: SymbolicLike, axis: Axis = None, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the sum up to each index, NaN ignored."""

@overload
def nancumsum(x: ArrayLike, axis: Axis = None, dtype: DTypeLike = None) -> Array: ...
@overload
def nanmax(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the maximum, NaN ignored."""

@overload
def nanmax(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanmean(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the mean, NaN ignored."""

@overload
def nanmean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanmedian(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the median, NaN ignored."""

@overload
def nanmedian(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanmin(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the minimum, NaN ignored."""

@overload
def nanmin(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanpercentile(
    x: SymbolicLike, q: SymbolicLike | ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor:
    r"""Return the `percentile`, NaN ignored."""

@overload
def nanpercentile(
    x: ArrayLike, q: SymbolicLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor: ...
@overload
def nanpercentile(
    x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Array: ...
@overload
def nanprod(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the product, NaN ignored."""

@overload
def nanprod(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanquantile(
    x: SymbolicLike, q: SymbolicLike | ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor:
    r"""Return the `quantile`, NaN ignored."""

@overload
def nanquantile(
    x: ArrayLike, q: SymbolicLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor: ...
@overload
def nanquantile(
    x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Array: ...
@overload
def nanstd(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the standard deviation, NaN ignored."""

@overload
def nanstd(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nansum(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the sum, NaN ignored."""

@overload
def nansum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def nanvar(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the variance, NaN ignored."""

@overload
def nanvar(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def percentile(
    x: SymbolicLike, q: SymbolicLike | ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor:
    r"""Return the value below which `q` percent lie."""

@overload
def percentile(
    x: ArrayLike, q: SymbolicLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor: ...
@overload
def percentile(
    x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Array: ...
@overload
def prod(x: SymbolicLike, axis: Axis = None, keepdims: bool = False, dtype: DTypeLike = None) -> SymbolicTensor:
    r"""Return the product."""

@overload
def prod(x: ArrayLike, axis: Axis = None, keepdims: bool = False, dtype: DTypeLike = None) -> Array: ...
@overload
def ptp(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the maximum minus the minimum."""

@overload
def ptp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def quantile(
    x: SymbolicLike, q: SymbolicLike | ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor:
    r"""Return the value below which a fraction `q` lies, from 0 to 1."""

@overload
def quantile(
    x: ArrayLike, q: SymbolicLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> SymbolicTensor: ...
@overload
def quantile(
    x: ArrayLike, q: ArrayLike, axis: Axis = None, method: str = "linear", keepdims: bool = False
) -> Array: ...
@overload
def segment_max(
    data: SymbolicLike, segment_ids: SymbolicLike | ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor:
    r"""Return the maximum of each segment, column by column."""

@overload
def segment_max(
    data: ArrayLike, segment_ids: SymbolicLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor: ...
@overload
def segment_max(
    data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> Array: ...
@overload
def segment_min(
    data: SymbolicLike, segment_ids: SymbolicLike | ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor:
    r"""Return the minimum of each segment, column by column."""

@overload
def segment_min(
    data: ArrayLike, segment_ids: SymbolicLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor: ...
@overload
def segment_min(
    data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> Array: ...
@overload
def segment_prod(
    data: SymbolicLike, segment_ids: SymbolicLike | ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor:
    r"""Return the product of the rows of each segment."""

@overload
def segment_prod(
    data: ArrayLike, segment_ids: SymbolicLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor: ...
@overload
def segment_prod(
    data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> Array: ...
@overload
def segment_sum(
    data: SymbolicLike, segment_ids: SymbolicLike | ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor:
    r"""Return the sum of the rows of each segment."""

@overload
def segment_sum(
    data: ArrayLike, segment_ids: SymbolicLike, num_segments: int | None = None, sorted: bool = False
) -> SymbolicTensor: ...
@overload
def segment_sum(
    data: ArrayLike, segment_ids: ArrayLike, num_segments: int | None = None, sorted: bool = False
) -> Array: ...
@overload
def std(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the standard deviation, the root of `var`."""

@overload
def std(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def sum(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the sum."""

@overload
def sum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def trapezoid(
    y: SymbolicLike, x: SymbolicLike | ArrayLike | None = None, dx: float = 1.0, axis: Axis = -1
) -> SymbolicTensor:
    r"""Return the area under straight lines through the points $(x, y)$, or $y$ at steps `dx`."""

@overload
def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0, axis: Axis = -1) -> Array: ...
@overload
def var(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the variance: the mean squared distance from the mean."""

@overload
def var(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def append(x1: SymbolicLike, x2: SymbolicLike | ArrayLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return two arrays joined along an axis; `None` ravels both first."""

@overload
def append(x1: ArrayLike, x2: SymbolicLike, axis: Axis = None) -> SymbolicTensor: ...
@overload
def append(x1: ArrayLike, x2: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def array_split(x: SymbolicLike, indices_or_sections: int | Sequence[int], axis: Axis = 0) -> list[SymbolicTensor]:
    r"""Return a list like `split`, with parts that need not be equal."""

@overload
def array_split(x: ArrayLike, indices_or_sections: int | Sequence[int], axis: Axis = 0) -> list[Array]: ...
@overload
def broadcast_to(x: SymbolicLike, shape: ShapeLike) -> SymbolicTensor:
    r"""Return the values repeated along new axes and those of size 1."""

@overload
def broadcast_to(x: ArrayLike, shape: ShapeLike) -> Array: ...
@overload
def concatenate(xs: Sequence[SymbolicTensor], axis: Axis = 0) -> SymbolicTensor:
    r"""Return arrays joined along an axis."""

@overload
def concatenate(xs: Sequence[Any], axis: Axis = 0) -> Array: ...
@overload
def diag(x: SymbolicLike, k: int = 0) -> SymbolicTensor:
    r"""Return the diagonal `k` of a matrix, or the matrix of a diagonal."""

@overload
def diag(x: ArrayLike, k: int = 0) -> Array: ...
@overload
def diagflat(x: SymbolicLike, k: int = 0) -> SymbolicTensor:
    r"""Return the matrix with the ravelled values on its diagonal `k`."""

@overload
def diagflat(x: ArrayLike, k: int = 0) -> Array: ...
@overload
def diagonal(x: SymbolicLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> SymbolicTensor:
    r"""Return the diagonals of the plane of two axes."""

@overload
def diagonal(x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array: ...
@overload
def dsplit(x: SymbolicLike, indices_or_sections: int | Sequence[int]) -> list[SymbolicTensor]:
    r"""Return the list of parts along axis 2."""

@overload
def dsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]: ...
@overload
def dstack(xs: Sequence[SymbolicTensor]) -> SymbolicTensor:
    r"""Return arrays joined along axis 2."""

@overload
def dstack(xs: Sequence[Any]) -> Array: ...
@overload
def expand_dims(x: SymbolicLike, axis: Axis) -> SymbolicTensor:
    r"""Return the array with a new axis of size 1, or several, at an index."""

@overload
def expand_dims(x: ArrayLike, axis: Axis) -> Array: ...
@overload
def flip(x: SymbolicLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return the array backwards along an axis, several, or all."""

@overload
def flip(x: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def fliplr(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the array backwards along axis 1."""

@overload
def fliplr(x: ArrayLike) -> Array: ...
@overload
def flipud(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the array backwards along axis 0."""

@overload
def flipud(x: ArrayLike) -> Array: ...
@overload
def hsplit(x: SymbolicLike, indices_or_sections: int | Sequence[int]) -> list[SymbolicTensor]:
    r"""Return the list of parts along axis 1, of a vector along axis 0."""

@overload
def hsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]: ...
@overload
def hstack(xs: Sequence[SymbolicTensor]) -> SymbolicTensor:
    r"""Return arrays joined along axis 1, vectors along axis 0."""

@overload
def hstack(xs: Sequence[Any]) -> Array: ...
@overload
def moveaxis(x: SymbolicLike, source: int | Sequence[int], destination: int | Sequence[int]) -> SymbolicTensor:
    r"""Return the array with an axis, or several, moved."""

@overload
def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array: ...
@overload
def pad(x: SymbolicLike, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> SymbolicTensor:
    r"""Return the array with so many values before and after each axis."""

@overload
def pad(x: ArrayLike, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Array: ...
@overload
def ravel(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the values, row by row, as a vector."""

@overload
def ravel(x: ArrayLike) -> Array: ...
@overload
def repeat(x: SymbolicLike, repeats: int | Sequence[int], axis: Axis = None) -> SymbolicTensor:
    r"""Return each value so many times in a row."""

@overload
def repeat(x: ArrayLike, repeats: int | Sequence[int], axis: Axis = None) -> Array: ...
@overload
def reshape(x: SymbolicLike, newshape: int | Sequence[int | None]) -> SymbolicTensor:
    r"""Return the values, row by row, in another shape; -1 or `None` is the size that is left."""

@overload
def reshape(x: ArrayLike, newshape: int | Sequence[int | None]) -> Array: ...
@overload
def roll(x: SymbolicLike, shift: int | Sequence[int], axis: Axis = None) -> SymbolicTensor:
    r"""Return the values moved along an axis, the last ones to the front."""

@overload
def roll(x: ArrayLike, shift: int | Sequence[int], axis: Axis = None) -> Array: ...
@overload
def rot90(array: SymbolicLike, k: int = 1, axes: Any = (0, 1)) -> SymbolicTensor:
    r"""Return the plane of two axes turned by `k` right angles."""

@overload
def rot90(array: ArrayLike, k: int = 1, axes: Any = (0, 1)) -> Array: ...
@overload
def split(x: SymbolicLike, indices_or_sections: int | Sequence[int], axis: Axis = 0) -> list[SymbolicTensor]:
    r"""Return a list: so many equal parts of an axis, or what lies between indices."""

@overload
def split(x: ArrayLike, indices_or_sections: int | Sequence[int], axis: Axis = 0) -> list[Array]: ...
@overload
def squeeze(x: SymbolicLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return the array without an axis of size 1, by default without any."""

@overload
def squeeze(x: ArrayLike, axis: Axis = None) -> Array: ...
@overload
def stack(x: SymbolicLike, axis: Axis = 0) -> SymbolicTensor:
    r"""Return arrays side by side along a new axis."""

@overload
def stack(x: ArrayLike, axis: Axis = 0) -> Array: ...
@overload
def swapaxes(x: SymbolicLike, axis1: int, axis2: int) -> SymbolicTensor:
    r"""Return two axes exchanged."""

@overload
def swapaxes(x: ArrayLike, axis1: int, axis2: int) -> Array: ...
@overload
def tile(x: SymbolicLike, repeats: int | Sequence[int]) -> SymbolicTensor:
    r"""Return the whole array so many times along each axis."""

@overload
def tile(x: ArrayLike, repeats: int | Sequence[int]) -> Array: ...
@overload
def transpose(x: SymbolicLike, axes: Any = None) -> SymbolicTensor:
    r"""Return the axes in another order, by default the reverse."""

@overload
def transpose(x: ArrayLike, axes: Any = None) -> Array: ...
@overload
def tril(x: SymbolicLike, k: int = 0) -> SymbolicTensor:
    r"""Return the matrix with zeros above its diagonal `k`."""

@overload
def tril(x: ArrayLike, k: int = 0) -> Array: ...
@overload
def triu(x: SymbolicLike, k: int = 0) -> SymbolicTensor:
    r"""Return the matrix with zeros below its diagonal `k`."""

@overload
def triu(x: ArrayLike, k: int = 0) -> Array: ...
@overload
def unstack(x: SymbolicLike, num: int | None = None, axis: Axis = 0) -> list[SymbolicTensor]:
    r"""Return the list of arrays along an axis, which goes away."""

@overload
def unstack(x: ArrayLike, num: int | None = None, axis: Axis = 0) -> list[Array]: ...
@overload
def vsplit(x: SymbolicLike, indices_or_sections: int | Sequence[int]) -> list[SymbolicTensor]:
    r"""Return the list of parts along axis 0."""

@overload
def vsplit(x: ArrayLike, indices_or_sections: int | Sequence[int]) -> list[Array]: ...
@overload
def vstack(xs: Sequence[SymbolicTensor]) -> SymbolicTensor:
    r"""Return arrays joined along axis 0, vectors as rows."""

@overload
def vstack(xs: Sequence[Any]) -> Array: ...
