"""Windows that slide over images: the arithmetic of convolution and pooling.

An image here is any array with axes between the batch's and the channels', so sequences and volumes are images too.

On a CPU, XLA's own operations are the wrong ones to train with: inside a loop the gradients of its convolution run
some twenty times slower than outside (jax#12868), and that of its `reduce_window` goes through every window one by
one. Products of matrices and element-wise choices have neither trouble. Forwards XLA's are the right ones; see
docs/explanations/decisions/pooling.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Sizes = Sequence[int]
Padding = str | Sequence[tuple[int, int]]

_BLOCK_BYTES = 4 * 2**20
"""Size of a block of patches, about that of a core's cache; up to twice that is not cut."""


def spans(window: Sizes, dilation: Sizes) -> tuple[int, ...]:
    """Return how far a window reaches along each axis: `(window - 1) * dilation + 1`."""
    return tuple((size - 1) * rate + 1 for size, rate in zip(window, dilation, strict=True))


# --- convolution ------------------------------------------------------------------------------------------


def convolve(
    x: Any,
    kernel: Any,
    strides: Sizes,
    padding: Padding,
    dilation: Sizes,
    groups: int = 1,
    training: bool = True,
) -> Any:
    r"""Multiply each window by a kernel.

    Computes $y_{p,f} = \sum_{k,c} x_{p s + k d,\,c}\, W_{k,c,f}$ with $s$ the `strides`, $d$ the `dilation` and $W$
    the `kernel`.

    Args:
        x: The images.
        kernel: What windows are multiplied by.
        strides: Steps from a window to the next along each axis.
        padding: `"valid"`, `"same"` or `"causal"`, or the zeros before and after each axis.
        dilation: Steps between the elements of a window.
        groups: Number of groups of channels, each of which has filters of its own.
        training: Whether a gradient will be taken of it; it may be taken in any case, in a program's loop slowly.

    Shapes:
        x: `(batch, *sizes, channels)`
        kernel: `(*window, channels // groups, filters)`
        result: `(batch, *positions, filters)`

    Source:
        Chellapilla, Puri & Simard 2006, section 4: convolution as a product of matrices.

    Example:
        >>> x = jnp.arange(4.0).reshape(1, 4, 1)
        >>> convolve(x, jnp.ones((2, 1, 1)), strides=(1,), padding="valid", dilation=(1,)).ravel().tolist()
        [1.0, 3.0, 5.0]
    """
    sizes = x.shape[1:-1]
    # Forwards XLA's is the faster one where many products are added up or filters are many, as it copies nothing.
    *window, channels, filters = kernel.shape
    is_large = filters >= 32 or math.prod(window) * channels >= 64
    only_forwards = not training and groups == 1 and math.prod(window) > 1 and is_large
    if only_forwards or jax.default_backend() != "cpu" or not _are_known(x.shape[:-1]):
        return _by_xla(x, kernel, strides, padding, dilation, groups)
    x = _pad(x, [(0, 0), *_pads(padding, sizes, spans(window, dilation), strides), (0, 0)], 0)
    if groups == 1:
        return _by_patches(x, kernel, strides, dilation)
    if groups == x.shape[-1]:
        return _by_shifts(x, kernel, strides, dilation)
    parts = zip(jnp.split(x, groups, axis=-1), jnp.split(kernel, groups, axis=-1), strict=True)
    return jnp.concatenate([_by_patches(*part, strides, dilation) for part in parts], axis=-1)


def convolve_transposed(
    x: Any, kernel: Any, strides: Sizes, padding: Sequence[tuple[int, int]], dilation: Sizes
) -> Any:
    """Spread each element over a window: the transpose of `convolve` as a linear map of its images.

    Args:
        x: The images.
        kernel: What elements are spread by.
        strides: Steps from a window to the next in the result.
        padding: How far the first and the last window reach over the edges of the result along each axis.
        dilation: Steps between the elements of a window.

    Shapes:
        x: `(batch, *positions, channels)`
        kernel: `(*window, filters, channels)`
        result: `(batch, *sizes, filters)`

    Example:
        >>> x = jnp.arange(3.0).reshape(1, 3, 1)
        >>> convolve_transposed(x, jnp.ones((2, 1, 1)), (1,), [(0, 0)], (1,)).ravel().tolist()
        [0.0, 1.0, 3.0, 2.0]
    """
    batch, *positions, _ = x.shape
    reach = spans(kernel.shape[:-2], dilation)
    sizes = [
        (count - 1) * stride + span - before - after
        for count, stride, span, (before, after) in zip(positions, strides, reach, padding, strict=True)
    ]
    result = jax.ShapeDtypeStruct((batch, *sizes, kernel.shape[-2]), x.dtype)
    return jax.linear_transpose(lambda y: convolve(y, kernel, strides, padding, dilation), result)(x)[0]


def _by_xla(x: Any, kernel: Any, strides: Sizes, padding: Padding, dilation: Sizes, groups: int) -> Any:
    rank = len(strides)
    if isinstance(padding, str):
        causal = [(span - 1, 0) for span in spans(kernel.shape[:-2], dilation)]
        padding = causal if padding == "causal" else padding.upper()
    images, axes = (0, rank + 1, *range(1, rank + 1)), tuple(range(rank))
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding,
        rhs_dilation=dilation,
        dimension_numbers=lax.ConvDimensionNumbers(images, (rank + 1, rank, *axes), images),
        feature_group_count=groups,
    )


def _by_patches(x: Any, kernel: Any, strides: Sizes, dilation: Sizes) -> Any:
    """Lay the elements of each window side by side and multiply them by the kernel, a block of images at a time."""
    *window, channels, filters = kernel.shape
    weights = kernel.reshape(math.prod(window) * channels, filters)

    def products(images: Any) -> Any:
        # All at once: XLA would fuse one axis' copies into the next one's, element by element.
        patches = jnp.concatenate(_shifts(images, window, strides, dilation), axis=-1)
        *positions, length = patches.shape
        return (patches.reshape(math.prod(positions), length) @ weights).reshape(*positions, filters)

    batch = x.shape[0]
    positions = (_positions(*along) for along in zip(x.shape[1:-1], spans(window, dilation), strides, strict=True))
    bytes_of_one = math.prod(positions) * weights.shape[0] * x.dtype.itemsize
    rows = _block(batch, bytes_of_one)
    if rows == batch or math.prod(window) == 1:  # of a window of one element nothing is copied
        return products(x)
    # Patches are copies, `window` times the image: laid out again for the gradient, they need not be kept.
    return lax.map(jax.checkpoint(lambda image: products(image[None])[0]), x, batch_size=rows)


def _block(batch: int, bytes_of_one: int) -> int:
    """Return how many images make a block whose patches stay in the cache.

    A divisor of the batch is preferred: what is left over would be compiled once more.
    """
    if batch * bytes_of_one <= 2 * _BLOCK_BYTES:
        return batch
    maximum = math.ceil(batch / min(math.ceil(batch * bytes_of_one / _BLOCK_BYTES), batch))
    return next((rows for rows in range(maximum, maximum // 2, -1) if batch % rows == 0), maximum)


def _by_shifts(x: Any, kernel: Any, strides: Sizes, dilation: Sizes) -> Any:
    """Add up the image's shifts, each times its weight: for channels that are not mixed."""
    *window, _, filters = kernel.shape
    x = jnp.repeat(x, filters // x.shape[-1], axis=-1)
    weights = jnp.unstack(kernel.reshape(math.prod(window), filters))
    shifts = _shifts(x, window, strides, dilation)
    return reduce(jnp.add, (shift * weight for shift, weight in zip(shifts, weights, strict=True)))


def _shifts(x: Any, window: Sizes, strides: Sizes, dilation: Sizes) -> list[Any]:
    """Return the first element of each window, the second, ..., the last axis running fastest."""
    batch, *sizes, channels = x.shape
    steps = [
        (_positions(size, span, stride) - 1) * stride + 1
        for size, span, stride in zip(sizes, spans(window, dilation), strides, strict=True)
    ]
    shifts: list[Any] = []
    for index in np.ndindex(*window):
        start = [offset * rate for offset, rate in zip(index, dilation, strict=True)]
        stop = [first + length for first, length in zip(start, steps, strict=True)]
        shifts.append(lax.slice(x, (0, *start, 0), (batch, *stop, channels), (1, *strides, 1)))
    return shifts


# --- pooling ----------------------------------------------------------------------------------------------


def pool_max(x: Any, axes: Sizes, window: Sizes, strides: Sizes, padding: str) -> Any:
    """Return the maximum of each window; the gradient goes to the first one of equals.

    Args:
        x: The images.
        axes: The axes that windows slide along.
        window: Size of a window along each of them.
        strides: Steps from a window to the next.
        padding: `"valid"` or `"same"`, whose windows may reach over the edges.

    Example:
        >>> pool_max(jnp.array([3.0, 1.0, 2.0, 4.0]), (0,), (2,), (2,), "valid").tolist()
        [3.0, 4.0]
    """
    lowest = -np.inf if jnp.issubdtype(x.dtype, np.floating) else jnp.iinfo(x.dtype).min
    # A choice among many is slow to differentiate; where no windows overlap, XLA's is the better one then.
    many = max(window) > 8 and all(step >= size for size, step in zip(window, strides, strict=True))
    return _pool(x, axes, window, strides, padding, _first_maximum, lax.max, lowest, by_xla=many)


def pool_average(x: Any, axes: Sizes, window: Sizes, strides: Sizes, padding: str) -> Any:
    """Return the mean of each window, of what lies inside the image.

    Args:
        x: The images.
        axes: The axes that windows slide along.
        window: Size of a window along each of them.
        strides: Steps from a window to the next.
        padding: `"valid"` or `"same"`, whose windows may reach over the edges.

    Example:
        >>> pool_average(jnp.array([3.0, 1.0, 2.0]), (0,), (2,), (2,), "same").tolist()
        [2.0, 2.0]
    """

    def sums(values: Any) -> Any:
        return _pool(values, axes, window, strides, padding, jnp.add, lax.add, 0)

    if padding == "valid":
        return sums(x) / math.prod(window)
    if _are_known(x.shape[axis] for axis in axes):
        return sums(x) / _elements_inside(x.shape, axes, window, strides).astype(x.dtype)
    return sums(x) / sums(jnp.ones([size if axis in axes else 1 for axis, size in enumerate(x.shape)], x.dtype))


def _elements_inside(shape: Sizes, axes: Sizes, window: Sizes, strides: Sizes) -> Any:
    """Return of each window of padding "same" how many elements lie inside the image, with size 1 on other axes."""
    result = np.ones([1] * len(shape), int)
    for axis, width, stride in zip(axes, window, strides, strict=True):
        size = shape[axis]
        ((low, high),) = _pads("same", [size], [width], [stride])
        first = np.arange(_positions(low + size + high, width, stride)) * stride - low
        inside = np.minimum(first + width, size) - np.maximum(first, 0)
        result = result * np.expand_dims(inside, [i for i in range(len(shape)) if i != axis])
    return result


def _pool(
    x: Any,
    axes: Sizes,
    window: Sizes,
    strides: Sizes,
    padding: str,
    combine: Callable[[Any, Any], Any],
    xla_operation: Any,
    empty: float,
    by_xla: bool = False,
) -> Any:
    """Combine the elements of each window, by XLA's operation unless it is differentiated."""

    def at_once(x: Any) -> Any:
        each, steps = _for_all_axes(x, axes, window), _for_all_axes(x, axes, strides)
        return lax.reduce_window(x, np.array(empty, x.dtype), xla_operation, each, steps, padding.upper())

    def by_axes(x: Any) -> Any:
        # The last axis comes first, as in the order of rows: which of equal elements is first depends on it.
        for axis, width, stride in reversed(list(zip(axes, window, strides, strict=True))):
            pads = [(0, 0)] * x.ndim
            (pads[axis],) = _pads(padding, [x.shape[axis]], [width], [stride])
            x = reduce(combine, _elements(_pad(x, pads, empty), axis, width, stride))
        return x

    return at_once(x) if by_xla or not _are_known(x.shape) else _differentiated_as(by_axes, at_once)(x)


def _for_all_axes(x: Any, axes: Sizes, numbers: Sizes) -> list[int]:
    """Return the numbers of some axes at their indices, and 1 for the others."""
    by_axis = dict(zip(axes, numbers, strict=True))
    return [by_axis.get(axis, 1) for axis in range(x.ndim)]


def _elements(x: Any, axis: int, width: int, stride: int) -> list[Any]:
    """Return the first element of each window along an axis, the second, ..."""
    count = _positions(x.shape[axis], width, stride)
    if width == stride:  # cutting into blocks is cheaper than taking every second element, and so is its gradient
        whole = lax.slice_in_dim(x, 0, count * width, axis=axis)
        blocks = whole.reshape(*x.shape[:axis], count, width, *x.shape[axis + 1 :])
        return list(jnp.unstack(blocks, axis=axis + 1))
    return [lax.slice_in_dim(x, at, at + (count - 1) * stride + 1, stride, axis) for at in range(width)]


def _first_maximum(first: Any, second: Any) -> Any:
    """Return the elementwise maximum, of equals the first; NaN is propagated."""
    return jnp.where((first >= second) | (first != first), first, second)  # only NaN differs from itself


def _differentiated_as(differentiated: Callable[..., Any], computed: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is computed in one way without a derivative, and in another of the same values with one.

    The choice is JAX's, so it depends on nothing that a layer would have to know: the derivative in a call for
    inference is correct and fast, and a frozen layer in training is computed forwards.
    """
    function = jax.custom_jvp(computed)
    function.defjvp(lambda primals, tangents: jax.jvp(differentiated, primals, tangents))
    return function


# --- sizes ------------------------------------------------------------------------------------------------


def _are_known(sizes: Iterable[Any]) -> bool:
    """Return whether sizes are numbers: in abstract evaluation some are symbols."""
    return all(isinstance(size, int) for size in sizes)


def _positions(size: int, span: int, stride: int) -> int:
    """Return how many windows fit along an axis."""
    return (size - span) // stride + 1


def _pads(padding: Padding, sizes: Sizes, reach: Sizes, strides: Sizes) -> Sequence[tuple[int, int]]:
    """Return how many elements are added before and after each axis."""
    if not isinstance(padding, str):
        return padding
    if padding == "causal":
        return [(span - 1, 0) for span in reach]
    return [(int(low), int(high)) for low, high in lax.padtype_to_pads(sizes, reach, strides, padding.upper())]


def _pad(x: Any, pads: Sequence[tuple[int, int]], value: float) -> Any:
    """Add elements of a value around an array; a negative number removes some."""
    if all(pad == (0, 0) for pad in pads):
        return x
    return lax.pad(x, jnp.array(value, x.dtype), [(low, high, 0) for low, high in pads])
