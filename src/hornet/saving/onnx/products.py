"""Products, windows and whatever else runs along axes and leaves fewer elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from hornet.saving.onnx.graph import Graph, Tensor, is_float, is_static, stand_in, translates

# --- products ---------------------------------------------------------------------------------------------


@translates("dot_general")
def _dot_general(
    graph: Graph, x: Tensor, y: Tensor, *, dimension_numbers: Any, preferred_element_type: Any, **_: Any
) -> str:
    (summed_x, summed_y), (batch_x, batch_y) = ([tuple(map(int, axes)) for axes in pair] for pair in dimension_numbers)
    dtype = x.dtype if preferred_element_type is None else preferred_element_type
    operands = [
        graph.full(operand) if stand_in(operand.dtype) == stand_in(dtype) else graph.cast(graph.full(operand), dtype)
        for operand in (x, y)
    ]
    leading = tuple(range(len(batch_x)))
    are_matrices = batch_x == batch_y == leading and y.ndim == len(leading) + 2
    if are_matrices and (not leading or x.ndim == y.ndim) and (summed_x, summed_y) == ((x.ndim - 1,), (len(leading),)):
        return graph.add("MatMul", *operands)
    letters = iter(ascii_letters)
    of_x = [next(letters) for _ in range(x.ndim)]
    partners = {**dict(zip(summed_y, summed_x, strict=True)), **dict(zip(batch_y, batch_x, strict=True))}
    of_y = [of_x[partners[axis]] if axis in partners else next(letters) for axis in range(y.ndim)]
    result = [of_x[axis] for axis in batch_x]
    result += [letter for axis, letter in enumerate(of_x) if axis not in batch_x + summed_x]
    result += [letter for axis, letter in enumerate(of_y) if axis not in partners]
    return graph.add("Einsum", *operands, equation=f"{''.join(of_x)},{''.join(of_y)}->{''.join(result)}")


@translates("conv_general_dilated")
def _convolution(
    graph: Graph,
    x: Tensor,
    kernel: Tensor,
    *,
    window_strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    lhs_dilation: Sequence[int],
    rhs_dilation: Sequence[int],
    dimension_numbers: Any,
    feature_group_count: int,
    batch_group_count: int,
    **_: Any,
) -> str:
    images = transposed(graph, x, dimension_numbers.lhs_spec)
    weights = _rearrange(kernel, dimension_numbers.rhs_spec)
    if weights is None:
        raise graph.refusal("a convolution whose kernel is computed from the inputs")
    window = weights.shape[2:]
    common = {"dilations": list(rhs_dilation), "group": feature_group_count, "kernel_shape": list(window)}
    if batch_group_count != 1:
        raise graph.refusal("the gradient of a convolution")
    if all(step == 1 for step in lhs_dilation):
        name = graph.constant(weights.value, weights.dtype, weights.label)
        images, pads = _edges(graph, images, padding, x, 0)
        result = graph.add("Conv", images, name, strides=list(window_strides), pads=pads, **common)
    else:
        if any(step != 1 for step in window_strides) or feature_group_count != 1:
            raise graph.refusal("a convolution that both spreads and thins out its images")
        # The same as a `ConvTranspose` with the window reversed, whose edges lie elsewhere.
        turned = np.flip(np.swapaxes(weights.value, 0, 1), tuple(range(2, weights.ndim)))
        name = graph.constant(turned, weights.dtype, weights.label)
        result = graph.add("ConvTranspose", images, name, strides=list(lhs_dilation), **common)
        reach = [(size - 1) * rate for size, rate in zip(window, rhs_dilation, strict=True)]
        edges = [(low - far, high - far) for (low, high), far in zip(padding, reach, strict=True)]
        result = padded(graph, result, [(0, 0), (0, 0), *edges], graph.like(x, 0))
    return reordered(graph, result, _inverse(dimension_numbers.out_spec))


def _rearrange(kernel: Tensor, order: Sequence[int]) -> Tensor | None:
    """Return a known kernel whose axes stand in another order."""
    if not kernel.is_known:
        return None
    value = np.transpose(np.broadcast_to(kernel.value, kernel.shape), order)
    return Tensor(value.shape, kernel.dtype, value.shape, value=value, label=kernel.label)


# --- pooling ----------------------------------------------------------------------------------------------


@translates("reduce_window_max")
def _pool_max(graph: Graph, x: Tensor, **geometry: Any) -> str:
    return _pool(graph, "MaxPool", x, -np.inf, **geometry)


@translates("reduce_window_sum")
def _pool_sum(graph: Graph, x: Tensor, *, window_dimensions: Sequence[int], **geometry: Any) -> str:
    means = _pool(graph, "AveragePool", x, 0, window_dimensions=window_dimensions, count_include_pad=1, **geometry)
    return graph.add("Mul", means, graph.like(x, math.prod(window_dimensions)))


def _pool(
    graph: Graph,
    operator: str,
    x: Tensor,
    empty: float,
    *,
    window_dimensions: Sequence[int],
    window_strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    base_dilation: Sequence[int],
    window_dilation: Sequence[int],
    **more: Any,
) -> str:
    """Let windows slide along the last axes, behind two others, as the operators have it."""
    if any(rate != 1 for rate in (*base_dilation, *window_dilation)):
        raise graph.refusal("windows with gaps")
    if not is_float(x):
        raise graph.refusal("a pooling of integers")
    geometry = list(zip(window_dimensions, window_strides, padding, strict=True))
    sliding = [axis for axis, (size, step, pads) in enumerate(geometry) if size != 1 or step != 1 or any(pads)]
    order = [axis for axis in range(x.ndim) if axis not in sliding] + sliding
    sizes = [x.shape[axis] for axis in sliding]
    images = transposed(graph, x, order)
    others = x.ndim - len(sliding)
    if others != 2:
        images = graph.add("Reshape", images, graph.sizes([-1, 1, *sizes]))
    images, pads = _edges(graph, images, [padding[axis] for axis in sliding], x, empty)
    result = graph.add(
        operator,
        images,
        kernel_shape=[window_dimensions[axis] for axis in sliding],
        strides=[window_strides[axis] for axis in sliding],
        pads=pads,
        **more,
    )
    if others != 2:
        sizes = [
            (size + sum(padding[axis]) - window_dimensions[axis]) // window_strides[axis] + 1
            for axis, size in zip(sliding, sizes, strict=True)
        ]
        result = graph.add("Reshape", result, graph.shape_for([*(x.shape[axis] for axis in order[:others]), *sizes]))
    return reordered(graph, result, _inverse(order))


def _edges(
    graph: Graph, images: str, padding: Sequence[tuple[Any, Any]], x: Tensor, empty: float
) -> tuple[str, list[int]]:
    """Return images and the operator's `pads`: around the images already, where the operator has no words for them."""
    if all(is_static(size) and size >= 0 for pair in padding for size in pair):
        return images, [int(pair[end]) for end in (0, 1) for pair in padding]
    return padded(graph, images, [(0, 0), (0, 0), *padding], graph.like(x, empty)), [0] * 2 * len(padding)


# --- reductions -------------------------------------------------------------------------------------------

_REDUCTIONS = {
    "reduce_max": "ReduceMax",
    "reduce_min": "ReduceMin",
    "reduce_prod": "ReduceProd",
    "reduce_sum": "ReduceSum",
}


def _enter_reductions() -> None:
    def reducing(operator: str) -> Any:
        return lambda graph, x, *, axes, **_: _reduce(graph, operator, graph.full(x), axes)

    def of_booleans(operator: str) -> Any:
        def write(graph: Graph, x: Tensor, *, axes: Sequence[int], **_: Any) -> str:
            return graph.cast(_reduce(graph, operator, graph.cast(graph.full(x), np.int32), axes), np.bool_)

        return write

    for primitive, operator in _REDUCTIONS.items():
        translates(primitive)(reducing(operator))
    for primitive, operator in {"reduce_and": "ReduceMin", "reduce_or": "ReduceMax"}.items():
        translates(primitive)(of_booleans(operator))


def _reduce(graph: Graph, operator: str, x: str, axes: Sequence[int]) -> str:
    return graph.add(operator, x, graph.sizes(axes), keepdims=0, noop_with_empty_axes=1)


_enter_reductions()


@translates("argmax")
def _argmax(graph: Graph, x: Tensor, *, axes: Sequence[int], index_dtype: Any, **_: Any) -> str:
    return graph.cast(graph.add("ArgMax", graph.full(x), axis=axes[0], keepdims=0), index_dtype)


@translates("argmin")
def _argmin(graph: Graph, x: Tensor, *, axes: Sequence[int], index_dtype: Any, **_: Any) -> str:
    return graph.cast(graph.add("ArgMin", graph.full(x), axis=axes[0], keepdims=0), index_dtype)


@translates("cumsum")
def _cumsum(graph: Graph, x: Tensor, *, axis: int, reverse: bool, **_: Any) -> str:
    return graph.add("CumSum", graph.full(x), graph.constant(np.int64(axis)), reverse=int(reverse))


# --- order ------------------------------------------------------------------------------------------------


@translates("sort")
def _sort(graph: Graph, *operands: Tensor, dimension: int, num_keys: int, **_: Any) -> list[str]:
    if num_keys != 1:
        raise graph.refusal("a sort by several keys")
    key, *others = operands
    length = graph.sizes([key.shape[dimension]])
    ordered, indices = graph.add_several("TopK", 2, graph.full(key), length, axis=dimension, largest=0)
    return [ordered, *(graph.add("GatherElements", graph.full(operand), indices, axis=dimension) for operand in others)]


@translates("top_k")
def _top_k(graph: Graph, x: Tensor, *, k: int, **_: Any) -> list[str]:
    values, indices = graph.add_several("TopK", 2, graph.full(x), graph.sizes([k]), axis=-1)
    return [values, graph.cast(indices, np.int32)]


# --- shared by translations -------------------------------------------------------------------------------


def transposed(graph: Graph, x: Tensor, order: Sequence[int]) -> str:
    """Return a whole tensor with its axes in another order."""
    return reordered(graph, graph.full(x), order)


def reordered(graph: Graph, name: str, order: Sequence[int]) -> str:
    """Return an array with its axes in another order."""
    return name if list(order) == sorted(order) else graph.add("Transpose", name, perm=list(order))


def _inverse(order: Sequence[int]) -> list[int]:
    """Return the order that undoes another."""
    return sorted(range(len(order)), key=lambda axis: order[axis])


def padded(graph: Graph, name: str, pads: Sequence[tuple[int, int]], value: str) -> str:
    """Return an array with elements added around it, or removed where a number is negative."""
    if all(low == high == 0 for low, high in pads):
        return name
    return graph.add("Pad", name, graph.sizes([low for low, _ in pads] + [high for _, high in pads]), value)
