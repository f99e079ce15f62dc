"""The short functions of older Keras, `K.square` and its like, with their own argument names and defaults.

New code uses `hornet.ops`; what is listed here are its functions under the names that books and old losses use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from hornet import ops, random
from hornet.config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from hornet.core.dtypes import is_float as is_float_dtype
from hornet.core.dtypes import standardize_dtype
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.imports import publish
from hornet.core.settings import checked_data_format
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike, DTypeLike
from hornet.core.variable import Variable
from hornet.ops.table import renaming
from hornet.utils import clear_session, is_keras_tensor

__all__ = [
    "abs", "all", "any", "arange", "argmax", "argmin", "backend", "batch_dot", "batch_flatten", "batch_get_value",
    "batch_normalization", "batch_set_value", "bias_add", "binary_crossentropy", "cast", "cast_to_floatx",
    "categorical_crossentropy", "clear_session", "clip", "concatenate", "constant", "cos", "count_params", "cumprod",
    "cumsum", "dot", "dropout", "dtype", "elu", "epsilon", "equal", "eval", "exp", "expand_dims", "eye", "flatten",
    "floatx", "gather", "get_value", "greater", "greater_equal", "hard_sigmoid", "image_data_format", "in_top_k",
    "in_train_phase", "int_shape", "is_float_dtype", "is_int_dtype", "is_keras_tensor", "l2_normalize",
    "learning_phase", "less", "less_equal", "log", "logsumexp", "map_fn", "max", "maximum", "mean", "min", "minimum",
    "moving_average_update", "ndim", "not_equal", "one_hot", "ones", "ones_like", "permute_dimensions", "pow", "prod",
    "random_bernoulli", "random_normal", "random_uniform", "relu", "repeat", "repeat_elements", "reshape",
    "result_type", "reverse", "round", "set_epsilon", "set_floatx", "set_image_data_format", "set_value", "shape",
    "sigmoid", "sign", "sin", "softmax", "softplus", "softsign", "sparse_categorical_crossentropy", "sqrt", "square",
    "squeeze", "stack", "standardize_dtype", "std", "stop_gradient", "sum", "switch", "tanh", "tile", "transpose",
    "truncated_normal", "update", "update_add", "update_sub", "var", "variable", "zeros", "zeros_like",
]  # fmt: skip

unary = renaming("x")
binary = renaming("x, y")
reduction = renaming("x, axis=None, keepdims=False", "Over one axis, several (a tuple) or all (`None`).")
along_axis = renaming("x, axis=-1")
new = renaming("shape, dtype=None, name=None")
like = renaming("x, dtype=None, name=None")
drawn = renaming("shape, mean=0.0, stddev=1.0, dtype=None, seed=None")

# --- element by element -----------------------------------------------------------------------------------

abs, exp, log, round, sign, sin, cos, square, tanh = (
    ops.abs, ops.exp, ops.log, ops.round, ops.sign, ops.sin, ops.cos, ops.square, ops.tanh
)  # fmt: skip
elu, sigmoid, softmax, softplus, softsign = ops.elu, ops.sigmoid, ops.softmax, ops.softplus, ops.softsign
sqrt = unary(lambda x: ops.sqrt(ops.maximum(x, 0)), "Return the root, 0 where `x` is negative.", "sqrt")
pow = renaming("x, a")(ops.power, "Return `x` to the power `a`.", "pow")
maximum = binary(ops.maximum, "Return the maximum of both.")
minimum = binary(ops.minimum, "Return the minimum of both.")
equal = binary(ops.equal, "Return whether both are equal.")
not_equal = binary(ops.not_equal, "Return whether both differ.")
greater = binary(ops.greater, "Return whether `x` is greater.")
greater_equal = binary(ops.greater_equal, "Return whether `x` is greater or equal.")
less = binary(ops.less, "Return whether `x` is less.")
less_equal = binary(ops.less_equal, "Return whether `x` is less or equal.")
clip = renaming("x, min_value, max_value")(ops.clip, "Return the values clipped to bounds; `None` is no bound.")
hard_sigmoid = unary(
    lambda x: ops.clip(ops.add(ops.multiply(x, 0.2), 0.5), 0.0, 1.0),
    "Return `0.2 x + 0.5` clipped to [0, 1], as Keras 2 did.",
    "hard_sigmoid",
)
relu = renaming("x, alpha=0.0, max_value=None, threshold=0.0")(
    lambda x, alpha, **options: ops.relu(x, alpha, **options),
    "Return the rectified values; `alpha` is the slope below the `threshold`.",
    "relu",
)

# --- over axes --------------------------------------------------------------------------------------------

max = reduction(ops.max, "Return the maximum.")
min = reduction(ops.min, "Return the minimum.")
all, any, logsumexp, mean, std, sum, var = ops.all, ops.any, ops.logsumexp, ops.mean, ops.std, ops.sum, ops.var
prod = reduction(ops.prod, "Return the product.")
argmax = along_axis(ops.argmax, "Return the index of the maximum.")
argmin = along_axis(ops.argmin, "Return the index of the minimum.")
cumsum = renaming("x, axis=0")(ops.cumsum, "Return the sum up to each index.")
cumprod = renaming("x, axis=0")(ops.cumprod, "Return the product up to each index.")
l2_normalize = renaming("x, axis=None")(
    lambda x, axis: ops.multiply(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), 1e-12))),
    "Return the values divided by their norm, which is at least a millionth.",
    "l2_normalize",
)

# --- shapes and indices -----------------------------------------------------------------------------------

shape, int_shape, ndim, dtype, count_params = ops.shape, ops.shape, ops.ndim, ops.dtype, ops.size
reshape = renaming("x, shape")(ops.reshape, "Return the values, row by row, in another shape.")
flatten = unary(ops.ravel, "Return the values, row by row, as a vector.", "flatten")
batch_flatten = unary(
    lambda x: ops.reshape(x, (-1, math.prod(ops.shape(x)[1:]))), "Return each row as a vector.", "batch_flatten"
)
expand_dims = along_axis(ops.expand_dims, "Return the array with a new axis of size 1 at an index.")
squeeze = renaming("x, axis")(ops.squeeze, "Return the array without an axis of size 1.")
permute_dimensions = renaming("x, pattern")(ops.transpose, "Return the axes in another order.", "permute_dimensions")
transpose = unary(ops.transpose, "Return the axes in reverse order.")
concatenate = renaming("tensors, axis=-1")(ops.concatenate, "Return arrays joined along an axis.")
stack = ops.stack
tile = renaming("x, n")(ops.tile, "Return the whole array so many times along each axis.")
repeat = renaming("x, n")(
    lambda x, n: ops.repeat(ops.expand_dims(x, 1), n, axis=1),
    "Return each row of a matrix so many times along a new axis 1.",
    "repeat",
)
repeat_elements = renaming("x, rep, axis")(
    ops.repeat, "Return each value so many times along an axis.", "repeat_elements"
)
reverse = renaming("x, axes")(ops.flip, "Return the array backwards along axes.", "reverse")
gather = renaming("reference, indices")(
    lambda reference, indices: ops.take(reference, indices, axis=0), "Return the rows at indices.", "gather"
)
one_hot = renaming("indices, num_classes")(ops.one_hot, "Return class indices as rows of zeros with a single one.")
in_top_k = renaming("predictions, targets, k")(
    lambda predictions, targets, k: ops.in_top_k(targets, predictions, k),
    "Return whether the class of each row is among its `k` largest predictions.",
    "in_top_k",
)

# --- products, losses and statistics ----------------------------------------------------------------------

dot = binary(ops.dot, "Return the sum of products over the last axis of `x` and the last but one of `y`.")
binary_crossentropy = ops.binary_crossentropy
categorical_crossentropy = ops.categorical_crossentropy
batch_normalization = renaming("x, mean, var, beta, gamma, axis=-1, epsilon=1e-3")(
    lambda x, mean, var, beta, gamma, axis, epsilon: ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon),
    "Return `x` normalized by the given mean and variance, times `gamma`, plus `beta`.",
    "batch_normalization",
)

# --- new arrays -------------------------------------------------------------------------------------------

zeros = new(lambda shape, dtype, name: ops.zeros(shape, dtype), "Return zeros.", "zeros")
ones = new(lambda shape, dtype, name: ops.ones(shape, dtype), "Return ones.", "ones")
zeros_like = like(
    lambda x, dtype, name: ops.zeros_like(x, dtype), "Return zeros in the shape of another array.", "zeros_like"
)
ones_like = like(
    lambda x, dtype, name: ops.ones_like(x, dtype), "Return ones in the shape of another array.", "ones_like"
)
eye = renaming("size, dtype=None, name=None")(
    lambda size, dtype, name: ops.eye(size, dtype=dtype), "Return the identity matrix of a size.", "eye"
)
cast = ops.cast
stop_gradient = renaming("variables")(ops.stop_gradient, "Return the values as constants.")
random_normal = drawn(random.normal, "Draw from the normal distribution.", "random_normal")
truncated_normal = drawn(random.truncated_normal, "Draw within two standard deviations of the mean.")
random_uniform = renaming("shape, minval=0.0, maxval=1.0, dtype=None, seed=None")(
    random.uniform, "Draw evenly from `minval` up to `maxval`.", "random_uniform"
)
random_bernoulli = renaming("shape, p=0.0, dtype=None, seed=None")(
    lambda shape, p, dtype, seed: ops.cast(random.uniform(shape, seed=seed) < p, dtype),
    "Draw 1 with probability `p`, and 0 otherwise.",
    "random_bernoulli",
)
dropout = renaming("x, level, noise_shape=None, seed=None")(
    random.dropout, "Return `x` with a random fraction set to zero and the rest scaled up."
)


def arange(
    start: float | Array, stop: float | Array | None = None, step: float | Array = 1, dtype: DTypeLike = "int32"
) -> Array:
    """Return the numbers from `start` (or 0) up to `stop`, which is not among them, by `step`.

    Example:
        >>> arange(3).tolist()
        [0, 1, 2]
    """
    return ops.arange(start, stop, step, dtype)


def constant(value: Any, dtype: DTypeLike = None, shape: Sequence[int] | None = None, name: str | None = None) -> Array:
    """Return an array of values, or of one value in a shape.

    Example:
        >>> constant(2.0, shape=(2,)).tolist()
        [2.0, 2.0]
    """
    array = jnp.asarray(value, standardize_dtype(dtype))
    return (
        array if shape is None else jnp.broadcast_to(array, tuple(shape)) if array.ndim == 0 else array.reshape(shape)
    )


def cast_to_floatx(x: ArrayLike) -> Array:
    """Return the values in the default floating-point type.

    Example:
        >>> cast_to_floatx([1, 2])
        Array([1., 2.], dtype=float32)
    """
    return ops.cast(x, floatx())


def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Array:
    """Return the cross-entropy of class indices; see `ops.sparse_categorical_crossentropy`.

    Args:
        target: Class indices, from 0.
        output: Probabilities of the classes, or logits.
        from_logits: Whether outputs are logits.
        axis: Axis of the classes.
        ignore_class: A class whose rows have loss 0.

    Example:
        >>> sparse_categorical_crossentropy([1, 0], [[0.5, 0.5], [0.5, 0.5]], ignore_class=0).tolist()
        [0.6931..., 0.0]
    """
    loss = ops.sparse_categorical_crossentropy(target, output, from_logits, axis)
    if ignore_class is None:
        return loss
    return ops.where(ops.equal(ops.reshape(target, ops.shape(loss)), ignore_class), 0.0, loss)


@operation
def bias_add(x: ArrayLike, bias: ArrayLike, data_format: str | None = None) -> Array:
    """Return `x` plus a number for each channel, or a number for each element of a row.

    Args:
        x: The array.
        bias: A vector with a number for each channel, or an array with all axes of `x` but the first.
        data_format: `"channels_first"` if the channels are axis 1, `"channels_last"`, or `None` for the setting.

    Example:
        >>> bias_add([[1.0, 2.0]], [10.0, 20.0]).tolist()
        [[11.0, 22.0]]
    """
    x, bias = jnp.asarray(x), jnp.asarray(bias)
    if checked_data_format(data_format) == "channels_first":
        bias = jnp.moveaxis(bias, -1, 0).reshape(-1, *(bias.shape[:-1] or (1,) * (x.ndim - 2)))
    return x + bias


@operation
def batch_dot(x: ArrayLike, y: ArrayLike, axes: Any = None) -> Array:
    """Return for each row of a batch the sum of products over an axis of `x` and one of `y`.

    Args:
        x: An array with the batch as its first axis.
        y: Another one.
        axes: The axis of each, or one number for both; by default the last of `x` and the last but one of `y`, or
            the last of a matrix.

    Returns:
        The other axes of `x`, then those of `y`; of two matrices a column.

    Example:
        >>> batch_dot([[1.0, 2.0]], [[3.0, 4.0]]).tolist()
        [[11.0]]
    """
    x, y = jnp.asarray(x), jnp.asarray(y)
    if axes is None:
        axes = (-1, -1 if y.ndim == 2 else -2)
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % x.ndim, second % y.ndim
    if 0 in (first, second):
        raise ValueError(f"`axes` must not be the batch's axis 0, but they are {axes}. Pass later ones.")
    products = jax.lax.dot_general(x, y, (((first,), (second,)), ((0,), (0,))))
    return products if products.ndim > 1 else products[:, None]


# --- variables --------------------------------------------------------------------------------------------


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """Return a variable; its type is `floatx()` by default.

    Example:
        >>> weights = variable([1.0, 2.0])
        >>> set_value(weights, [3.0, 4.0])
        >>> get_value(weights)
        array([3., 4.], dtype=float32)
    """
    dtype = standardize_dtype(dtype)
    return Variable(value, dtype=dtype, name=name or "variable", constraint=constraint)


def get_value(x: Any) -> Any:
    """Return the value of a variable, array or hyperparameter as NumPy's; anything else as it is.

    Example:
        >>> get_value(jnp.ones(2))
        array([1., 1.], dtype=float32)
    """
    if isinstance(x, jax.Array):
        return np.asarray(x)
    return x.numpy() if hasattr(x, "numpy") else x


def set_value(x: Any, value: Any) -> None:
    """Replace the value of a variable, or of a hyperparameter such as `model.optimizer.learning_rate`.

    Raises:
        TypeError: If `x` is neither.

    Example:
        >>> from hornet.optimizers import SGD
        >>> optimizer = SGD(0.1)
        >>> set_value(optimizer.learning_rate, 0.5)
        >>> optimizer.learning_rate
        0.5
    """
    if not hasattr(x, "assign"):
        raise ArgumentError(
            f"{type(x).__name__!r} holds nothing that can be replaced. Pass a variable or a hyperparameter."
        )
    x.assign(value)


def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    """Return the values of several variables.

    Example:
        >>> batch_get_value([variable(1.0)])
        [array(1., dtype=float32)]
    """
    return [get_value(tensor) for tensor in tensors]


def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    """Replace the values of several variables, given as pairs of a variable and its new value.

    Example:
        >>> batch_set_value([(variable(1.0), 2.0)])
    """
    for x, value in tuples:
        set_value(x, value)


def update(x: Variable, new_x: Any) -> Variable:
    """Replace the value of a variable, and return the variable.

    Example:
        >>> float(update(variable(1.0), 5.0))
        5.0
    """
    x.assign(new_x)
    return x


def update_add(x: Variable, increment: Any) -> Variable:
    """Add to a variable, and return the variable.

    Example:
        >>> float(update_add(variable(1.0), 5.0))
        6.0
    """
    x.assign_add(increment)
    return x


def update_sub(x: Variable, decrement: Any) -> Variable:
    """Subtract from a variable, and return the variable.

    Example:
        >>> float(update_sub(variable(1.0), 5.0))
        -4.0
    """
    x.assign_sub(decrement)
    return x


def moving_average_update(x: Variable, value: Any, momentum: Any) -> Variable:
    """Move a variable towards a value: to `momentum * x + (1 - momentum) * value`.

    Example:
        >>> float(moving_average_update(variable(1.0), 5.0, 0.75))
        2.0
    """
    x.assign(momentum * x.value + (1 - momentum) * jnp.asarray(value))
    return x


# --- control flow -----------------------------------------------------------------------------------------


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Return one of two values, or of the results of two functions; with an array of conditions element by element.

    Example:
        >>> switch(jnp.array([True, False]), jnp.ones(2), jnp.zeros(2)).tolist()
        [1.0, 0.0]
    """
    then_value, else_value = (
        expression() if callable(expression) else expression for expression in (then_expression, else_expression)
    )
    return _choose(condition, then_value, else_value)


@operation
def _choose(condition: Any, then_value: Any, else_value: Any) -> Any:
    condition, then_value = jnp.asarray(condition), jnp.asarray(then_value)
    condition = condition.reshape(condition.shape + (1,) * (then_value.ndim - condition.ndim))
    return jnp.where(condition, then_value, else_value)


def learning_phase() -> int:
    """Return 1 within a layer's call in training, and 0 elsewhere.

    Example:
        >>> learning_phase()
        0
    """
    frame = current_frame()
    return int(frame is not None and bool(frame.training))


def in_train_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    """Return `x` in training and `alt` otherwise; functions are called for their value.

    Example:
        >>> in_train_phase(1, 2), in_train_phase(lambda: 1, 2, training=True)
        (2, 1)
    """
    chosen = x if (learning_phase() if training is None else training) else alt
    return chosen() if callable(chosen) else chosen


def map_fn(fn: Callable[[Any], Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """Apply a function to each row.

    Example:
        >>> map_fn(lambda x: x + 1, jnp.arange(2)).tolist()
        [1, 2]
    """
    return ops.map(fn, elems)


# --- types ------------------------------------------------------------------------------------------------


def is_int_dtype(dtype: Any) -> bool:
    """Return whether a type is an integer type.

    Example:
        >>> is_int_dtype("uint8"), is_int_dtype("bool")
        (True, False)
    """
    return bool(jnp.issubdtype(dtype, np.integer))


def result_type(*dtypes: Any) -> str:
    """Return the type of a result computed from several types.

    Example:
        >>> result_type("int32", "bfloat16")
        'bfloat16'
    """
    return standardize_dtype(jnp.result_type(*dtypes))


eval = get_value

publish(__name__, __all__)
