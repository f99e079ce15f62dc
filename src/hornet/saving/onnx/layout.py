"""Where elements are: shapes, slices, and elements taken by their indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hornet.saving.onnx.graph import Graph, Tensor, is_static, translates
from hornet.saving.onnx.products import padded, reordered, transposed

_END = np.iinfo(np.int64).max

# --- shapes -----------------------------------------------------------------------------------------------


@translates("broadcast_in_dim")
def _broadcast(graph: Graph, x: Tensor, *_: Tensor, shape: Any, broadcast_dimensions: Any, **__: Any) -> Tensor:
    """Put axes of size 1 between those that are there; whoever needs the whole array expands it."""
    kept = [int(axis) for axis in broadcast_dimensions][x.ndim - len(x.held) :]
    first = kept[0] if kept else len(shape)
    added = [axis - first for axis in range(first, len(shape)) if axis not in kept]
    held = list(x.held)
    for axis in added:
        held.insert(axis, 1)
    if x.is_known:
        return replace(x, held=tuple(held), value=np.expand_dims(x.value, tuple(added)))
    name = graph.add("Unsqueeze", x, graph.sizes(added)) if added else x.name
    return replace(x, held=tuple(held), name=name)


@translates("reshape")
def _reshape(graph: Graph, x: Tensor, *_: Tensor, new_sizes: Any, **__: Any) -> str:
    return graph.add("Reshape", graph.full(x), graph.shape_for(new_sizes))


@translates("squeeze")
def _squeeze(graph: Graph, x: Tensor, *, dimensions: Sequence[int], **_: Any) -> str:
    return _without(graph, graph.full(x), dimensions)


@translates("transpose")
def _transpose(graph: Graph, x: Tensor, *, permutation: Sequence[int], **_: Any) -> str:
    return transposed(graph, x, permutation)


@translates("iota")
def _iota(graph: Graph, *_: Tensor, dtype: Any, shape: Any, dimension: int, **__: Any) -> Tensor:
    zero, one = (graph.constant(np.int64(number)) for number in (0, 1))
    length = graph.add("Squeeze", graph.sizes([shape[dimension]]))
    numbers = graph.cast(graph.add("Range", zero, length, one), dtype)
    after = len(shape) - dimension - 1
    name = graph.add("Unsqueeze", numbers, graph.sizes(range(1, after + 1))) if after else numbers
    return Tensor(shape, dtype, (shape[dimension], *[1] * after), name)


@translates("dim_as_value")
def _size(graph: Graph, *, dim: Any, **_: Any) -> str:
    return graph.cast(graph.add("Squeeze", graph.sizes([dim])), np.int32)


# --- parts ------------------------------------------------------------------------------------------------


@translates("concatenate")
def _concatenate(graph: Graph, *operands: Tensor, dimension: int, **_: Any) -> str:
    return graph.add("Concat", *map(graph.full, operands), axis=dimension)


@translates("stack")
def _stack(graph: Graph, *operands: Tensor, axis: int, **_: Any) -> str:
    rows = (graph.add("Unsqueeze", graph.full(operand), graph.sizes([axis])) for operand in operands)
    return graph.add("Concat", *rows, axis=axis)


@translates("pad")
def _pad(graph: Graph, x: Tensor, value: Tensor, *, padding_config: Any, **_: Any) -> str:
    if any(between for _, _, between in padding_config):
        raise graph.refusal("padding between elements")
    return padded(graph, graph.full(x), [(low, high) for low, high, _ in padding_config], graph.full(value))


@translates("slice")
def _slice(graph: Graph, x: Tensor, *, start_indices: Any, limit_indices: Any, strides: Any, **_: Any) -> str:
    steps = strides or (1,) * x.ndim
    cut = [
        axis
        for axis, (start, limit, step) in enumerate(zip(start_indices, limit_indices, steps, strict=True))
        if (start, limit, step) != (0, x.shape[axis], 1)
    ]
    bounds = (graph.sizes([indices[axis] for axis in cut]) for indices in (start_indices, limit_indices))
    return graph.add("Slice", graph.full(x), *bounds, graph.sizes(cut), graph.sizes([steps[axis] for axis in cut]))


@translates("rev")
def _rev(graph: Graph, x: Tensor, *, dimensions: Sequence[int], **_: Any) -> str:
    starts, ends, steps = (graph.sizes([number] * len(dimensions)) for number in (-1, -_END, -1))
    return graph.add("Slice", graph.full(x), starts, ends, graph.sizes(dimensions), steps)


@translates("split")
def _split(graph: Graph, x: Tensor, *, sizes: Sequence[int], axis: int, **_: Any) -> list[str]:
    return graph.add_several("Split", len(sizes), graph.full(x), graph.sizes(sizes), axis=axis)


@translates("unstack")
def _unstack(graph: Graph, x: Tensor, *, axis: int, **_: Any) -> list[str]:
    parts = _split(graph, x, sizes=[1] * x.shape[axis], axis=axis)
    return [_without(graph, part, [axis]) for part in parts]


@translates("dynamic_slice")
def _dynamic_slice(graph: Graph, x: Tensor, *starts: Tensor, slice_sizes: Any, **_: Any) -> str:
    cut = [axis for axis, size in enumerate(slice_sizes) if size != x.shape[axis]]
    if not cut:
        return graph.full(x)
    vector = [graph.add("Reshape", graph.cast(starts[axis], np.int64), graph.sizes([1])) for axis in cut]
    first = graph.add("Concat", *vector, axis=0)
    return _window(graph, x, _inside(graph, x, first, cut, slice_sizes), cut, slice_sizes)


# --- elements by their indices -----------------------------------------------------------------------------


@translates("gather")
def _gather(
    graph: Graph,
    x: Tensor,
    indices: Tensor,
    *,
    dimension_numbers: Any,
    slice_sizes: Any,
    mode: Any,
    fill_value: Any,
    **_: Any,
) -> str:
    indexed = dimension_numbers.start_index_map
    requested = graph.cast(graph.full(indices), np.int64)
    starts = requested
    if mode.name != "PROMISE_IN_BOUNDS" and not _fit(x, indices, indexed, slice_sizes):
        starts = _inside(graph, x, requested, indexed, slice_sizes)
    if indices.ndim == 1:
        window = _window(graph, x, starts, indexed, slice_sizes)
        result = _without(graph, window, dimension_numbers.collapsed_slice_dims)
    else:
        result = _points(graph, x, starts, indices.ndim, dimension_numbers, slice_sizes)
    if mode.name != "FILL_OR_DROP" or starts == requested:
        return result
    same = graph.cast(graph.add("Equal", starts, requested), np.int32)
    is_there = graph.cast(graph.add("ReduceMin", same, graph.sizes([-1]), keepdims=0), np.bool_)
    is_there = graph.add("Unsqueeze", is_there, graph.sizes(dimension_numbers.offset_dims))
    return graph.add("Where", is_there, result, graph.like(x, _filler(x.dtype, fill_value)))


def _points(graph: Graph, x: Tensor, starts: str, rank: int, numbers: Any, slice_sizes: Any) -> str:
    """Take single elements along some axes, all of the others."""
    batching, indexed = numbers.operand_batching_dims, numbers.start_index_map
    rest = [axis for axis in range(x.ndim) if axis not in (*batching, *indexed)]
    if any(slice_sizes[axis] != 1 for axis in indexed) or any(slice_sizes[axis] != x.shape[axis] for axis in rest):
        raise graph.refusal("windows at several indices")
    data = transposed(graph, x, [*batching, *indexed, *rest])
    shared = numbers.start_indices_batching_dims
    others = [axis for axis in range(rank - 1) if axis not in shared]
    starts = reordered(graph, starts, [*shared, *others, rank - 1])
    if len(indexed) == 1 and not batching:
        result = graph.add("Gather", data, _without(graph, starts, [rank - 1]), axis=0)
    else:
        result = graph.add("GatherND", data, starts, batch_dims=len(batching))
    # The axes of the result are those of the indices, then those of the array; each is put where it belongs.
    kept = [axis for axis in range(x.ndim) if axis not in (*batching, *numbers.collapsed_slice_dims)]
    single = [axis for axis in kept if axis in indexed]
    made = [*(("starts", axis) for axis in (*shared, *others)), *(("array", axis) for axis in (*rest, *single))]
    if single:
        result = graph.add("Unsqueeze", result, graph.sizes(range(len(made) - len(single), len(made))))
    of_starts = iter(("starts", axis) for axis in range(rank - 1))
    of_array = iter(("array", axis) for axis in kept)
    wanted = [next(of_array if axis in numbers.offset_dims else of_starts) for axis in range(len(made))]
    return reordered(graph, result, [made.index(axis) for axis in wanted])


def _without(graph: Graph, name: str, axes: Sequence[int]) -> str:
    """Return an array without some axes of size 1."""
    return graph.add("Squeeze", name, graph.sizes(axes)) if axes else name


def _window(graph: Graph, x: Tensor, first: str, axes: Sequence[int], sizes: Sequence[Any]) -> str:
    """Take one window that begins at a place that may be known only when the file runs."""
    last = graph.add("Add", first, graph.sizes([sizes[axis] for axis in axes]))
    return graph.add("Slice", graph.full(x), first, last, graph.sizes(axes))


def _inside(graph: Graph, x: Tensor, starts: str, axes: Sequence[int], sizes: Sequence[Any]) -> str:
    """Move indices to the nearest ones at which a window lies inside an array."""
    room = graph.sizes([x.shape[axis] - sizes[axis] for axis in axes])
    return graph.add("Max", graph.add("Min", starts, room), graph.constant(np.int64(0)))


def _fit(x: Tensor, starts: Tensor, axes: Sequence[int], sizes: Sequence[Any]) -> bool:
    """Return whether indices are known to lie inside an array."""
    room = [x.shape[axis] - sizes[axis] for axis in axes]
    if not starts.is_known or not all(map(is_static, room)):
        return False
    return bool(np.all((starts.value >= 0) & (starts.value <= np.array(room))))


def _filler(dtype: Any, given: Any) -> Any:
    """Return the value of elements outside of an array, JAX's by default."""
    if given is not None:
        return given
    kind = np.dtype(dtype).kind
    if kind in "iu":
        return np.iinfo(dtype).min if kind == "i" else np.iinfo(dtype).max
    return kind == "b" or np.nan
