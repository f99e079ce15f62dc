"""What a layer requires of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hornet.core.config import Configurable
from hornet.core.dtypes import standardize_dtype
from hornet.core.shapes import Shape
from hornet.core.types import PolicyLike


class InputSpec(Configurable):
    """What a layer requires of one input; a user-defined layer sets it, or a structure of them, as `input_spec`.

    It is checked whenever the layer is called, before it is built. An axis of unknown size fits any size.

    Args:
        dtype: Type of the elements; `None` for any.
        shape: Size of each axis, the batch's included; `None` fits any size.
        ndim: Number of axes, the batch's included; that of `shape` where it is given.
        max_ndim: Maximum number of axes.
        min_ndim: Minimum number of axes.
        axes: Size of some axes, by their index: `{-1: 8}`.
        allow_last_axis_squeeze: Whether a last axis of size 1 may be missing, or be too many.
        name: Key of this input in a dict of inputs.
        optional: Whether the input may be `None`.

    Example:
        >>> from hornet.layers import Layer
        >>> class Columns(Layer):
        ...     input_spec = InputSpec(ndim=2)
        ...
        ...     def call(self, inputs):
        ...         return inputs
        >>> Columns(name="columns")([[[1.0]]])
        Traceback (most recent call last):
        ValueError: Layer 'columns' takes inputs with 2 axes, not one of shape (1, 1, 1). Pass such data; the batch is
        the first axis.
    """

    _keras_module = "keras.layers"

    def __init__(
        self,
        dtype: PolicyLike = None,
        shape: Sequence[int | None] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else standardize_dtype(dtype)
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if self.shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def fault(self, shape: Shape, dtype: Any) -> str:
        """Return what an input should be instead, or an empty string if it fits."""
        ndim = len(shape)
        if self.ndim is not None and ndim != self.ndim and not self.allow_last_axis_squeeze:
            return f"with {_axes(self.ndim)}"
        if self.max_ndim is not None and ndim > self.max_ndim:
            return f"with at most {_axes(self.max_ndim)}"
        if self.min_ndim is not None and ndim < self.min_ndim:
            return f"with at least {_axes(self.min_ndim)}"
        for axis, size in self.axes.items():
            if not -ndim <= axis < ndim or not _fits(size, shape[axis]):
                return f"of size {size} on axis {axis}"
        if self.shape is not None and not self._fits_shape(shape):
            return f"of shape {self.shape}"
        if self.dtype is not None and standardize_dtype(dtype) != self.dtype:
            return f"of type {self.dtype}"
        return ""

    def _fits_shape(self, shape: Shape) -> bool:
        expected = self.shape
        assert expected is not None
        if self.allow_last_axis_squeeze:
            expected, shape = (sizes[:-1] if sizes and sizes[-1] == 1 else sizes for sizes in (expected, shape))
        return len(expected) == len(shape) and all(map(_fits, expected, shape))

    def __repr__(self) -> str:
        arguments = (f"{name}={value!r}" for name, value in self.get_config().items() if value)
        return f"InputSpec({', '.join(arguments)})"


def check_inputs(name: str, spec: Any, inputs: Any, advice: str) -> None:
    """Compare a layer's inputs with its `input_spec`.

    Args:
        name: The layer's.
        spec: An `InputSpec`, or a list or dict of them; `None` requires nothing.
        inputs: The array or symbolic tensor, or a list or dict of them.
        advice: What the error says to do.

    Raises:
        ValueError: If one does not fit; the error names the layer and the shape.
    """
    specs = _flat(spec)
    arrays = _flat(_in_order_of(specs, inputs, name))
    if len(specs) != len(arrays):
        raise ValueError(
            f"Layer {name!r} takes {len(specs)} inputs, not {len(arrays)}. Pass them as a list, in their order."
        )
    for spec, array in zip(specs, arrays, strict=True):
        if spec is None or array is None:
            if spec is not None and not spec.optional:
                raise ValueError(f"Layer {name!r} got `None` for an input that it needs. Pass an array.")
            continue
        shape = tuple(size if isinstance(size, int) else None for size in array.shape)
        fault = spec.fault(shape, array.dtype)
        if fault:
            kind = f"{array.dtype} ones" if fault.startswith("of type") else f"one of shape {shape}"
            raise ValueError(f"Layer {name!r} takes inputs {fault}, not {kind}. {advice}")


def _in_order_of(specs: list[Any], inputs: Any, layer: str) -> Any:
    names = [spec.name for spec in specs if spec is not None]
    if not isinstance(inputs, Mapping) or len(names) != len(specs) or not all(names):
        return inputs
    for name in names:
        if name not in inputs:
            raise ValueError(f"Layer {layer!r} takes an input {name!r}, but got {sorted(inputs)}. Pass that one too.")
    return [inputs[name] for name in names]


def _flat(tree: Any) -> list[Any]:
    """Return the leaves of lists and dicts in order; `None` is one, for an input that is left out."""
    if isinstance(tree, Mapping):
        return [leaf for name in sorted(tree) for leaf in _flat(tree[name])]
    if isinstance(tree, list | tuple):
        return [leaf for branch in tree for leaf in _flat(branch)]
    return [tree]


def _fits(expected: int | None, size: int | None) -> bool:
    return expected is None or size is None or expected == size


def _axes(count: int) -> str:
    return f"{count} axis" if count == 1 else f"{count} axes"
