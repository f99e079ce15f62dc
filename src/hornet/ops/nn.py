"""Operations of neural networks: activations, encodings of classes, cross-entropies and normalizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from hornet import activations
from hornet.activations import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh_shrink,
    threshold,
)
from hornet.core.dtypes import standardize_dtype
from hornet.core.settings import epsilon as fuzz
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike, Axis, DTypeLike
from hornet.ops.attention import dot_product_attention
from hornet.ops.table import as_array

__all__ = [
    "batch_normalization", "binary_crossentropy", "categorical_crossentropy", "celu", "dot_product_attention", "elu",
    "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "layer_normalization",
    "leaky_relu", "log_sigmoid", "log_softmax", "moments", "multi_hot", "normalize", "one_hot", "psnr", "relu", "relu6",
    "rms_normalization", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish",
    "tanh_shrink", "threshold",
]  # fmt: skip


def gelu(x: ArrayLike, approximate: bool = True) -> Array:
    r"""Compute $x\,\Phi(x)$ as `activations.gelu` does, but by default with the tangent's approximation of $\Phi$.

    Example:
        >>> round(float(gelu(1.0)), 4)
        0.8412
    """
    return activations.gelu(x, approximate)


# --- classes ----------------------------------------------------------------------------------------------


@operation
def one_hot(x: ArrayLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False) -> Array:
    """Return class indices as rows of zeros with a single one; an index that is not a class is all zeros.

    Args:
        x: Class indices.
        num_classes: Number of classes.
        axis: Where the axis of the classes is in the result.
        dtype: Type of the result; `floatx()` by default.
        sparse: Must be `False`; all arrays are dense.

    Example:
        >>> one_hot([0, 2], 3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    _refuse_sparse(sparse)
    return jax.nn.one_hot(jnp.asarray(x), num_classes, dtype=standardize_dtype(dtype), axis=axis)


@operation
def multi_hot(
    inputs: ArrayLike,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: DTypeLike = None,
    sparse: bool = False,
    *,
    num_tokens: int | None = None,
) -> Array:
    """Return which classes occur in each row of class indices, as zeros and ones.

    Args:
        inputs: Class indices.
        num_classes: Number of classes.
        axis: Where the axis of the classes is in the one-hot rows that are joined.
        dtype: Type of the result; `floatx()` by default.
        sparse: Must be `False`; all arrays are dense.
        num_tokens: The older spelling of `num_classes`.

    Example:
        >>> multi_hot([[0, 2], [1, 1]], 3).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    inputs, num_classes = jnp.asarray(inputs), num_classes if num_tokens is None else num_tokens
    if num_classes is None:
        raise ValueError("`num_classes` is None, but a row has one element for each class. Pass their number.")
    rows = one_hot(inputs, num_classes, axis, dtype, sparse)
    return jnp.max(rows, axis=1 if inputs.ndim > 1 else 0)


# --- cross-entropies --------------------------------------------------------------------------------------


@operation
def binary_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False) -> Array:
    r"""Cross-entropy of binary labels, element by element.

    Computes $-(t \log p + (1 - t) \log(1 - p))$, where $p$ is `output` clipped to $[\epsilon, 1 - \epsilon]$, or
    $\sigma(\mathrm{output})$ for logits.

    Args:
        target: Labels $t$, from 0 to 1.
        output: Probabilities of class 1, or logits.
        from_logits: Whether outputs are logits.

    Shapes:
        target, output, result: the same

    Example:
        >>> binary_crossentropy([1.0], [0.5]).tolist()
        [0.6931...]
    """
    target, output = _of_one_shape("binary_crossentropy", target, output)
    if from_logits:
        yes, no = jax.nn.log_sigmoid(output), jax.nn.log_sigmoid(-output)
    else:
        output = _clip(output)
        yes, no = jnp.log(output), jnp.log(1.0 - output)
    return -(target * yes + (1.0 - target) * no)


@operation
def categorical_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1) -> Array:
    r"""Cross-entropy of one-hot labels.

    Computes $-\sum_c t_c \log p_c$, where $p$ is `output` divided by its sum and clipped to
    $[\epsilon, 1 - \epsilon]$, or $\mathrm{softmax}(\mathrm{output})$ for logits.

    Args:
        target: Probabilities $t$ of the classes, usually a single 1.
        output: Probabilities of the classes, or logits.
        from_logits: Whether outputs are logits.
        axis: Axis of the classes.

    Shapes:
        target, output: the same
        result: without `axis`

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).tolist()
        [0.6931...]
    """
    target, output = _of_one_shape("categorical_crossentropy", target, output)
    return -jnp.sum(target * _log_probabilities(output, from_logits, axis), axis=axis)


@operation
def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1
) -> Array:
    r"""Cross-entropy of class indices.

    Computes $-\log p_t$ with $p$ as in `categorical_crossentropy`.

    Args:
        target: Class indices $t$, from 0.
        output: Probabilities of the classes, or logits.
        from_logits: Whether outputs are logits.
        axis: Axis of the classes.

    Shapes:
        target: that of `output` without `axis`, or with an `axis` of size 1
        result: that of `output` without `axis`

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).tolist()
        [0.6931...]
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    if target.ndim < output.ndim:
        target = jnp.expand_dims(target, axis)
    wanted = tuple(1 if i == axis % output.ndim else size for i, size in enumerate(output.shape))
    if target.shape != wanted:
        raise ValueError(
            f"`sparse_categorical_crossentropy` got targets of shape {target.shape} for outputs of shape "
            f"{output.shape}. Pass one class index for each row of probabilities."
        )
    # Compare and select, not pick: the gradient of a pick scatters, which is slow inside a loop.
    chosen = jax.lax.broadcasted_iota("int32", output.shape, axis % output.ndim) == target.astype("int32")
    return -jnp.sum(jnp.where(chosen, _log_probabilities(output, from_logits, axis), 0.0), axis=axis)


# --- normalizations ---------------------------------------------------------------------------------------


@operation
def moments(
    x: ArrayLike, axes: int | Sequence[int], keepdims: bool = False, synchronized: bool = False
) -> tuple[Array, Array]:
    """Return the mean and the variance over axes, computed in float32 at least.

    Args:
        x: The values.
        axes: An axis, or several.
        keepdims: Whether the axes stay, with size 1.
        synchronized: Whether to take them over several devices; there is one.

    Example:
        >>> [moment.tolist() for moment in moments([[1.0, 3.0]], axes=1)]
        [[2.0], [1.0]]
    """
    del synchronized
    x = jnp.asarray(x)
    mean, variance = (function(_precise(x), _axes(axes), keepdims=keepdims) for function in (jnp.mean, jnp.var))
    return mean.astype(_result(x)), variance.astype(_result(x))


@operation
def normalize(x: ArrayLike, axis: Axis = -1, order: int = 2, epsilon: float | None = None) -> Array:
    r"""Divide by the norm along an axis.

    Computes $x / \max(\|x\|, \epsilon)$.

    Args:
        x: The values.
        axis: An axis, or several whose values are one vector.
        order: Order of the norm, an integer of at least 1.
        epsilon: Minimum divisor; `epsilon()` by default.

    Example:
        >>> normalize([[3.0, 4.0]]).round(1).tolist()
        [[0.6..., 0.8...]]
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"`order` must be an integer of at least 1, not {order!r}. Pass 2 for Euclid's norm.")
    x = jnp.atleast_1d(jnp.asarray(x))
    precise, minimum = _precise(x), fuzz() if epsilon is None else epsilon
    # The bound comes before the root, whose slope at 0 is infinite.
    powers = jnp.maximum(jnp.sum(jnp.abs(precise) ** order, _axes(axis), keepdims=True), minimum**order)
    norms = jnp.sqrt(powers) if order == 2 else powers ** (1 / order)
    return (precise / norms).astype(_result(x))


@operation
def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    axis: int,
    offset: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    epsilon: float = 1e-3,
) -> Array:
    r"""Normalize the features along an axis by given statistics.

    Computes $\mathrm{scale}\,(x - \mathrm{mean}) / \sqrt{\mathrm{variance} + \epsilon} + \mathrm{offset}$.

    Args:
        x: The values.
        mean: Mean of each feature.
        variance: Variance of each feature.
        axis: Axis of the features.
        offset: What is added to each feature, or `None`.
        scale: What each feature is multiplied by, or `None`.
        epsilon: What keeps the division finite.

    Source:
        Ioffe & Szegedy 2015, algorithm 1 (https://arxiv.org/abs/1502.03167).

    Example:
        >>> batch_normalization([[1.0], [3.0]], [2.0], [1.0], axis=-1, epsilon=0.0).tolist()
        [[-1.0], [1.0]]
    """
    x = jnp.asarray(x)
    center, spread, offset, scale = (_along((axis,), values, x) for values in (mean, variance, offset, scale))
    return _scale((x - center) * jax.lax.rsqrt(spread + epsilon), scale, offset)


@operation
def layer_normalization(
    x: ArrayLike,
    gamma: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
) -> Array:
    r"""Normalize each row by its own mean and variance over an axis, or several.

    Computes $\gamma (x - \mathrm{mean}) / \sqrt{\mathrm{variance} + \epsilon} + \beta$.

    Args:
        x: The values.
        gamma: Scale of each feature, or `None`.
        beta: Offset of each feature, or `None`.
        axis: Axis of the features, or axes.
        epsilon: What keeps the division finite; `epsilon()` by default.

    Source:
        Ba, Kiros & Hinton 2016, eq. 3 (https://arxiv.org/abs/1607.06450).

    Example:
        >>> layer_normalization([[1.0, 3.0]], epsilon=0.0).tolist()
        [[-1.0, 1.0]]
    """
    x = jnp.asarray(x)
    precise, axes, epsilon = _precise(x), _axes(axis), fuzz() if epsilon is None else epsilon
    mean, variance = (function(precise, axes, keepdims=True) for function in (jnp.mean, jnp.var))
    normalized = (precise - mean) * jax.lax.rsqrt(variance + epsilon)
    return _scale(normalized, *(_along(axes, values, x) for values in (gamma, beta))).astype(_result(x))


@operation
def rms_normalization(
    x: ArrayLike, scale: ArrayLike | None = None, axis: Axis = -1, epsilon: float | None = None
) -> Array:
    r"""Divide each row by its root mean square over an axis, or several.

    Computes $\mathrm{scale}\,x / \sqrt{\mathrm{mean}(x^2) + \epsilon}$.

    Args:
        x: The values.
        scale: What each feature is multiplied by, or `None`.
        axis: Axis of the features, or axes.
        epsilon: What keeps the division finite; `epsilon()` by default.

    Source:
        Zhang & Sennrich 2019, eq. 4 (https://arxiv.org/abs/1910.07467).

    Example:
        >>> rms_normalization([[3.0, -3.0]], epsilon=0.0).tolist()
        [[1.0, -1.0]]
    """
    x = jnp.atleast_1d(jnp.asarray(x))
    precise, epsilon = _precise(x), fuzz() if epsilon is None else epsilon
    mean_square = jnp.mean(jnp.square(precise), _axes(axis), keepdims=True)
    return _scale(precise * jax.lax.rsqrt(mean_square + epsilon), as_array(scale), None).astype(_result(x))


@operation
def psnr(x1: ArrayLike, x2: ArrayLike, max_val: float) -> Array:
    r"""Peak signal-to-noise ratio of two arrays, in decibels.

    Computes $10 \log_{10} (\mathrm{max\_val}^2 / \mathrm{mean}((x_1 - x_2)^2))$.

    Args:
        x1: The values.
        x2: Other values of the same shape.
        max_val: Maximum possible value.

    Example:
        >>> psnr([1.0, 0.0], [0.9, 0.1], 1.0).round().tolist()
        20.0
    """
    x1, x2 = _of_one_shape("psnr", x1, x2)
    return 20 * jnp.log10(jnp.asarray(max_val, x2.dtype)) - 10 * jnp.log10(jnp.mean(jnp.square(x1 - x2)))


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list | tuple) else (axis,)


def _along(axes: tuple[int, ...], values: Any, x: Any) -> Any:
    """Return values that belong to some axes of `x` in a shape that is broadcast along the others."""
    if values is None:
        return None
    sizes = [size if i in {axis % x.ndim for axis in axes} else 1 for i, size in enumerate(x.shape)]
    return jnp.asarray(values).reshape(sizes)


def _precise(x: Any) -> Any:
    """Return the values in float32 at least: statistics of half floats overflow."""
    return x.astype(jnp.promote_types(x.dtype, "float32"))


def _scale(x: Any, scale: Any, offset: Any) -> Any:
    scaled = x if scale is None else x * scale
    return scaled if offset is None else scaled + offset


def _result(x: Any) -> Any:
    return x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else standardize_dtype(None)


def _clip(probabilities: Array) -> Array:
    return jnp.clip(probabilities, fuzz(), 1.0 - fuzz())


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return jax.nn.log_softmax(output, axis)
    return jnp.log(_clip(output / jnp.sum(output, axis, keepdims=True)))


def _of_one_shape(function: str, first: ArrayLike, second: ArrayLike) -> tuple[Array, Array]:
    first, second = jnp.asarray(first), jnp.asarray(second)
    if first.shape != second.shape:
        raise ValueError(f"`{function}` got shapes {first.shape} and {second.shape}. Pass two arrays of one shape.")
    return first, second


def _refuse_sparse(sparse: bool) -> None:
    if sparse:
        raise ValueError("`sparse` must be False: all arrays are dense here. Leave it out.")
