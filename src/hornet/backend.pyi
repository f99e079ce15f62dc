"""Written by `tools/write_stubs.py`."""

from collections.abc import Callable, Sequence
from typing import Any, overload

from jax import Array

from hornet.config import backend as backend
from hornet.config import epsilon as epsilon
from hornet.config import floatx as floatx
from hornet.config import image_data_format as image_data_format
from hornet.config import set_epsilon as set_epsilon
from hornet.config import set_floatx as set_floatx
from hornet.config import set_image_data_format as set_image_data_format
from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ArrayLike, Axis, DTypeLike, ShapeLike, SymbolicLike
from hornet.core.variable import Variable
from hornet.ops import abs as abs
from hornet.ops import all as all
from hornet.ops import any as any
from hornet.ops import binary_crossentropy as binary_crossentropy
from hornet.ops import cast as cast
from hornet.ops import categorical_crossentropy as categorical_crossentropy
from hornet.ops import cos as cos
from hornet.ops import dtype as dtype
from hornet.ops import elu as elu
from hornet.ops import exp as exp
from hornet.ops import log as log
from hornet.ops import logsumexp as logsumexp
from hornet.ops import mean as mean
from hornet.ops import ndim as ndim
from hornet.ops import round as round
from hornet.ops import shape as int_shape
from hornet.ops import shape as shape
from hornet.ops import sigmoid as sigmoid
from hornet.ops import sign as sign
from hornet.ops import sin as sin
from hornet.ops import size as count_params
from hornet.ops import softmax as softmax
from hornet.ops import softplus as softplus
from hornet.ops import softsign as softsign
from hornet.ops import square as square
from hornet.ops import stack as stack
from hornet.ops import std as std
from hornet.ops import sum as sum
from hornet.ops import tanh as tanh
from hornet.ops import var as var
from hornet.utils import clear_session as clear_session
from hornet.utils import is_keras_tensor as is_keras_tensor
from hornet.utils import standardize_dtype as standardize_dtype

__all__ = [
    "abs",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "backend",
    "batch_dot",
    "batch_flatten",
    "batch_get_value",
    "batch_normalization",
    "batch_set_value",
    "bias_add",
    "binary_crossentropy",
    "cast",
    "cast_to_floatx",
    "categorical_crossentropy",
    "clear_session",
    "clip",
    "concatenate",
    "constant",
    "cos",
    "count_params",
    "cumprod",
    "cumsum",
    "dot",
    "dropout",
    "dtype",
    "elu",
    "epsilon",
    "equal",
    "eval",
    "exp",
    "expand_dims",
    "eye",
    "flatten",
    "floatx",
    "gather",
    "get_value",
    "greater",
    "greater_equal",
    "hard_sigmoid",
    "image_data_format",
    "in_top_k",
    "in_train_phase",
    "int_shape",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "l2_normalize",
    "learning_phase",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "map_fn",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "moving_average_update",
    "ndim",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "permute_dimensions",
    "pow",
    "prod",
    "random_bernoulli",
    "random_normal",
    "random_uniform",
    "relu",
    "repeat",
    "repeat_elements",
    "reshape",
    "result_type",
    "reverse",
    "round",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_value",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_crossentropy",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "standardize_dtype",
    "std",
    "stop_gradient",
    "sum",
    "switch",
    "tanh",
    "tile",
    "transpose",
    "truncated_normal",
    "update",
    "update_add",
    "update_sub",
    "var",
    "variable",
    "zeros",
    "zeros_like",
]

def arange(
    start: float | Array, stop: float | Array | None = None, step: float | Array = 1, dtype: DTypeLike = "int32"
) -> Array:
    r"""Return the numbers from `start` (or 0) up to `stop`, which is not among them, by `step`."""

@overload
def argmax(x: SymbolicLike, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the index of the maximum."""

@overload
def argmax(x: ArrayLike, axis: Axis = -1) -> Array: ...
@overload
def argmin(x: SymbolicLike, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the index of the minimum."""

@overload
def argmin(x: ArrayLike, axis: Axis = -1) -> Array: ...
@overload
def batch_dot(x: SymbolicLike, y: SymbolicLike | ArrayLike, axes: Any = None) -> SymbolicTensor:
    r"""Return for each row of a batch the sum of products over an axis of `x` and one of `y`."""

@overload
def batch_dot(x: ArrayLike, y: SymbolicLike, axes: Any = None) -> SymbolicTensor: ...
@overload
def batch_dot(x: ArrayLike, y: ArrayLike, axes: Any = None) -> Array: ...
@overload
def batch_flatten(x: SymbolicLike) -> SymbolicTensor:
    r"""Return each row as a vector."""

@overload
def batch_flatten(x: ArrayLike) -> Array: ...
def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    r"""Return the values of several variables."""

@overload
def batch_normalization(
    x: SymbolicLike, mean: float, var: Any, beta: float, gamma: Any, axis: Axis = -1, epsilon: float = 0.001
) -> SymbolicTensor:
    r"""Return `x` normalized by the given mean and variance, times `gamma`, plus `beta`."""

@overload
def batch_normalization(
    x: ArrayLike, mean: float, var: Any, beta: float, gamma: Any, axis: Axis = -1, epsilon: float = 0.001
) -> Array: ...
def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    r"""Replace the values of several variables, given as pairs of a variable and its new value."""

@overload
def bias_add(x: SymbolicLike, bias: SymbolicLike | ArrayLike, data_format: str | None = None) -> SymbolicTensor:
    r"""Return `x` plus a number for each channel, or a number for each element of a row."""

@overload
def bias_add(x: ArrayLike, bias: SymbolicLike, data_format: str | None = None) -> SymbolicTensor: ...
@overload
def bias_add(x: ArrayLike, bias: ArrayLike, data_format: str | None = None) -> Array: ...
@overload
def cast_to_floatx(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the values in the default floating-point type."""

@overload
def cast_to_floatx(x: ArrayLike) -> Array: ...
@overload
def clip(
    x: SymbolicLike, min_value: SymbolicLike | ArrayLike | None, max_value: SymbolicLike | ArrayLike | None
) -> SymbolicTensor:
    r"""Return the values clipped to bounds; `None` is no bound."""

@overload
def clip(x: ArrayLike, min_value: ArrayLike | None, max_value: ArrayLike | None) -> Array: ...
@overload
def concatenate(tensors: Sequence[SymbolicTensor], axis: Axis = -1) -> SymbolicTensor:
    r"""Return arrays joined along an axis."""

@overload
def concatenate(tensors: Sequence[Any], axis: Axis = -1) -> Array: ...
def constant(value: Any, dtype: DTypeLike = None, shape: Sequence[int] | None = None, name: str | None = None) -> Array:
    r"""Return an array of values, or of one value in a shape."""

@overload
def cumprod(x: SymbolicLike, axis: Axis = 0) -> SymbolicTensor:
    r"""Return the product up to each index."""

@overload
def cumprod(x: ArrayLike, axis: Axis = 0) -> Array: ...
@overload
def cumsum(x: SymbolicLike, axis: Axis = 0) -> SymbolicTensor:
    r"""Return the sum up to each index."""

@overload
def cumsum(x: ArrayLike, axis: Axis = 0) -> Array: ...
@overload
def dot(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the sum of products over the last axis of `x` and the last but one of `y`."""

@overload
def dot(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def dot(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def dropout(
    x: SymbolicLike, level: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None
) -> SymbolicTensor:
    r"""Return `x` with a random fraction set to zero and the rest scaled up."""

@overload
def dropout(x: ArrayLike, level: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None) -> Array: ...
@overload
def equal(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether both are equal."""

@overload
def equal(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def equal(x: ArrayLike, y: ArrayLike) -> Array: ...
def eval(x: Any) -> Any:
    r"""Return the value of a variable, array or hyperparameter as NumPy's; anything else as it is."""

@overload
def expand_dims(x: SymbolicLike, axis: Axis = -1) -> SymbolicTensor:
    r"""Return the array with a new axis of size 1 at an index."""

@overload
def expand_dims(x: ArrayLike, axis: Axis = -1) -> Array: ...
def eye(size: int, dtype: DTypeLike = None, name: str | None = None) -> Array:
    r"""Return the identity matrix of a size."""

@overload
def flatten(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the values, row by row, as a vector."""

@overload
def flatten(x: ArrayLike) -> Array: ...
@overload
def gather(reference: SymbolicLike, indices: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the rows at indices."""

@overload
def gather(reference: ArrayLike, indices: SymbolicLike) -> SymbolicTensor: ...
@overload
def gather(reference: ArrayLike, indices: ArrayLike) -> Array: ...
def get_value(x: Any) -> Any:
    r"""Return the value of a variable, array or hyperparameter as NumPy's; anything else as it is."""

@overload
def greater(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether `x` is greater."""

@overload
def greater(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def greater(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def greater_equal(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether `x` is greater or equal."""

@overload
def greater_equal(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def greater_equal(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def hard_sigmoid(x: SymbolicLike) -> SymbolicTensor:
    r"""Return `0.2 x + 0.5` clipped to [0, 1], as Keras 2 did."""

@overload
def hard_sigmoid(x: ArrayLike) -> Array: ...
@overload
def in_top_k(predictions: SymbolicLike, targets: SymbolicLike | ArrayLike, k: int) -> SymbolicTensor:
    r"""Return whether the class of each row is among its `k` largest predictions."""

@overload
def in_top_k(predictions: ArrayLike, targets: SymbolicLike, k: int) -> SymbolicTensor: ...
@overload
def in_top_k(predictions: ArrayLike, targets: ArrayLike, k: int) -> Array: ...
def in_train_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    r"""Return `x` in training and `alt` otherwise; functions are called for their value."""

def is_float_dtype(dtype: Any) -> bool:
    r"""Return whether a dtype is a floating-point one, bfloat16 included."""

def is_int_dtype(dtype: Any) -> bool:
    r"""Return whether a type is an integer type."""

@overload
def l2_normalize(x: SymbolicLike, axis: Axis = None) -> SymbolicTensor:
    r"""Return the values divided by their norm, which is at least a millionth."""

@overload
def l2_normalize(x: ArrayLike, axis: Axis = None) -> Array: ...
def learning_phase() -> int:
    r"""Return 1 within a layer's call in training, and 0 elsewhere."""

@overload
def less(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether `x` is less."""

@overload
def less(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def less(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def less_equal(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether `x` is less or equal."""

@overload
def less_equal(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def less_equal(x: ArrayLike, y: ArrayLike) -> Array: ...
def map_fn(fn: Callable[[Any], Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    r"""Apply a function to each row."""

@overload
def max(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the maximum."""

@overload
def max(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def maximum(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the maximum of both."""

@overload
def maximum(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def maximum(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def min(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the minimum."""

@overload
def min(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
@overload
def minimum(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return the minimum of both."""

@overload
def minimum(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def minimum(x: ArrayLike, y: ArrayLike) -> Array: ...
def moving_average_update(x: Variable, value: Any, momentum: Any) -> Variable:
    r"""Move a variable towards a value: to `momentum * x + (1 - momentum) * value`."""

@overload
def not_equal(x: SymbolicLike, y: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return whether both differ."""

@overload
def not_equal(x: ArrayLike, y: SymbolicLike) -> SymbolicTensor: ...
@overload
def not_equal(x: ArrayLike, y: ArrayLike) -> Array: ...
@overload
def one_hot(indices: SymbolicLike, num_classes: int) -> SymbolicTensor:
    r"""Return class indices as rows of zeros with a single one."""

@overload
def one_hot(indices: ArrayLike, num_classes: int) -> Array: ...
def ones(shape: ShapeLike, dtype: DTypeLike = None, name: str | None = None) -> Array:
    r"""Return ones."""

@overload
def ones_like(x: SymbolicLike, dtype: DTypeLike = None, name: str | None = None) -> SymbolicTensor:
    r"""Return ones in the shape of another array."""

@overload
def ones_like(x: ArrayLike, dtype: DTypeLike = None, name: str | None = None) -> Array: ...
@overload
def permute_dimensions(x: SymbolicLike, pattern: int | Sequence[int]) -> SymbolicTensor:
    r"""Return the axes in another order."""

@overload
def permute_dimensions(x: ArrayLike, pattern: int | Sequence[int]) -> Array: ...
@overload
def pow(x: SymbolicLike, a: SymbolicLike | ArrayLike) -> SymbolicTensor:
    r"""Return `x` to the power `a`."""

@overload
def pow(x: ArrayLike, a: SymbolicLike) -> SymbolicTensor: ...
@overload
def pow(x: ArrayLike, a: ArrayLike) -> Array: ...
@overload
def prod(x: SymbolicLike, axis: Axis = None, keepdims: bool = False) -> SymbolicTensor:
    r"""Return the product."""

@overload
def prod(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Array: ...
def random_bernoulli(shape: ShapeLike, p: float = 0.0, dtype: DTypeLike = None, seed: Any = None) -> Array:
    r"""Draw 1 with probability `p`, and 0 otherwise."""

def random_normal(
    shape: ShapeLike, mean: float = 0.0, stddev: float = 1.0, dtype: DTypeLike = None, seed: Any = None
) -> Array:
    r"""Draw from the normal distribution."""

def random_uniform(
    shape: ShapeLike, minval: float = 0.0, maxval: float = 1.0, dtype: DTypeLike = None, seed: Any = None
) -> Array:
    r"""Draw evenly from `minval` up to `maxval`."""

@overload
def relu(
    x: SymbolicLike, alpha: float = 0.0, max_value: ArrayLike | None | None = None, threshold: float = 0.0
) -> SymbolicTensor:
    r"""Return the rectified values; `alpha` is the slope below the `threshold`."""

@overload
def relu(
    x: ArrayLike, alpha: float = 0.0, max_value: ArrayLike | None | None = None, threshold: float = 0.0
) -> Array: ...
@overload
def repeat(x: SymbolicLike, n: int) -> SymbolicTensor:
    r"""Return each row of a matrix so many times along a new axis 1."""

@overload
def repeat(x: ArrayLike, n: int) -> Array: ...
@overload
def repeat_elements(x: SymbolicLike, rep: int, axis: Axis) -> SymbolicTensor:
    r"""Return each value so many times along an axis."""

@overload
def repeat_elements(x: ArrayLike, rep: int, axis: Axis) -> Array: ...
@overload
def reshape(x: SymbolicLike, shape: ShapeLike) -> SymbolicTensor:
    r"""Return the values, row by row, in another shape."""

@overload
def reshape(x: ArrayLike, shape: ShapeLike) -> Array: ...
def result_type(*dtypes: Any) -> str:
    r"""Return the type of a result computed from several types."""

@overload
def reverse(x: SymbolicLike, axes: Any) -> SymbolicTensor:
    r"""Return the array backwards along axes."""

@overload
def reverse(x: ArrayLike, axes: Any) -> Array: ...
def set_value(x: Any, value: Any) -> None:
    r"""Replace the value of a variable, or of a hyperparameter such as `model.optimizer.learning_rate`."""

@overload
def sparse_categorical_crossentropy(
    target: SymbolicLike,
    output: SymbolicLike | ArrayLike,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> SymbolicTensor:
    r"""Return the cross-entropy of class indices; see `ops.sparse_categorical_crossentropy`."""

@overload
def sparse_categorical_crossentropy(
    target: ArrayLike, output: SymbolicLike, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> SymbolicTensor: ...
@overload
def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Array: ...
@overload
def sqrt(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the root, 0 where `x` is negative."""

@overload
def sqrt(x: ArrayLike) -> Array: ...
@overload
def squeeze(x: SymbolicLike, axis: Axis) -> SymbolicTensor:
    r"""Return the array without an axis of size 1."""

@overload
def squeeze(x: ArrayLike, axis: Axis) -> Array: ...
def stop_gradient(variables: Any) -> Array:
    r"""Return the values as constants."""

def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    r"""Return one of two values, or of the results of two functions; with an array of conditions element by element."""

@overload
def tile(x: SymbolicLike, n: int) -> SymbolicTensor:
    r"""Return the whole array so many times along each axis."""

@overload
def tile(x: ArrayLike, n: int) -> Array: ...
@overload
def transpose(x: SymbolicLike) -> SymbolicTensor:
    r"""Return the axes in reverse order."""

@overload
def transpose(x: ArrayLike) -> Array: ...
def truncated_normal(
    shape: ShapeLike, mean: float = 0.0, stddev: float = 1.0, dtype: DTypeLike = None, seed: Any = None
) -> Array:
    r"""Draw within two standard deviations of the mean."""

def update(x: Variable, new_x: Any) -> Variable:
    r"""Replace the value of a variable, and return the variable."""

def update_add(x: Variable, increment: Any) -> Variable:
    r"""Add to a variable, and return the variable."""

def update_sub(x: Variable, decrement: Any) -> Variable:
    r"""Subtract from a variable, and return the variable."""

def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    r"""Return a variable; its type is `floatx()` by default."""

def zeros(shape: ShapeLike, dtype: DTypeLike = None, name: str | None = None) -> Array:
    r"""Return zeros."""

@overload
def zeros_like(x: SymbolicLike, dtype: DTypeLike = None, name: str | None = None) -> SymbolicTensor:
    r"""Return zeros in the shape of another array."""

@overload
def zeros_like(x: ArrayLike, dtype: DTypeLike = None, name: str | None = None) -> Array: ...
