"""Layers that make one array of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, Unpack

import jax.numpy as jnp
from jax import lax

from hornet.core.checks import boolean
from hornet.core.errors import OutOfBoundsError
from hornet.core.settings import epsilon
from hornet.core.shapes import Shape
from hornet.layers.layer import Layer, registry
from hornet.layers.normalization import unit_length
from hornet.layers.options import LayerOptions
from hornet.ops import logical_or


class Merge(Layer):
    """Base of the layers that make one array of a list of arrays.

    A member says how two arrays are combined, element by element. Axes of size 1 fit any size, and an array with
    fewer axes than the others gets axes of size 1 behind the batch's. Where all inputs have masks, a step of the
    output counts if it does in any of them; otherwise all steps count.

    Raises:
        ValueError: If it is not called on a list of as many inputs as it takes, or their shapes do not fit.
    """

    _takes_structures = True

    supports_masking = True

    count: int | None = None
    """The number of inputs; `None` for any."""

    advice = "Bring them to one shape; an axis of size 1 fits any size."

    def combine(self, first: Any, second: Any) -> Any:
        """Return the combination of two arrays."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `combine`. Write one for two arrays.")

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        """Return the output, from the inputs and their masks; `None` where no element is masked."""
        return reduce(self.combine, inputs)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self._check(inputs)
        masks = list(mask) if isinstance(mask, list | tuple) else [None] * len(inputs)
        arrays = self.fitted(list(inputs))
        return self.merge(arrays, [_on_elements(*pair) for pair in zip(masks, arrays, strict=True)])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        masks = self._masks_of(inputs, mask)
        return None if any(part is None for part in masks) else reduce(logical_or, masks)

    def _masks_of(self, inputs: Any, mask: Any) -> list[Any]:
        """Return a mask, or `None`, for each input."""
        if mask is None:
            return [None]
        for name, parts in (("mask", mask), ("inputs", inputs)):
            if not isinstance(parts, list | tuple):
                raise ValueError(
                    f"`{name}` must be a list, not of type {type(parts).__name__}. Pass one entry an input."
                )
        if len(mask) != len(inputs):
            raise ValueError(f"There are {len(mask)} masks of {len(inputs)} inputs. Pass a mask, or `None`, for each.")
        return list(mask)

    def fit(self, shapes: list[Shape]) -> bool:
        """Return whether inputs of these shapes can be merged."""
        return len(_known(shape[0] for shape in shapes)) <= 1 and all(
            len(_known(sizes) - {1}) <= 1 for sizes in _columns([shape[1:] for shape in shapes])
        )

    def fitted(self, inputs: list[Any]) -> list[Any]:
        """Return the inputs in shapes that broadcast."""
        ndim = max(x.ndim for x in inputs)
        inputs = [x.reshape(x.shape[:1] + (1,) * (ndim - x.ndim) + x.shape[1:]) for x in inputs]
        return _of_known_sizes(inputs, [(axis,) * len(inputs) for axis in range(ndim)])

    def _check(self, inputs: Any) -> None:
        if not isinstance(inputs, list | tuple):
            raise ValueError(
                f"Layer {self.name!r} merges a list of arrays, not one of shape {inputs.shape}. Pass `[x1, x2]`."
            )
        if not inputs or (self.count is not None and len(inputs) != self.count):
            wanted = "at least 1 array" if self.count is None else f"exactly {self.count} arrays"
            raise ValueError(f"Layer {self.name!r} merges {wanted}, not {len(inputs)}. Pass them as one list.")
        shapes = [tuple(size if isinstance(size, int) else None for size in x.shape) for x in inputs]
        if not self.fit(shapes):
            listed = " and ".join(map(str, shapes))
            raise ValueError(f"Layer {self.name!r} cannot merge arrays of shapes {listed}. {self.advice}")


@registry.register()
class Add(Merge):
    """Adds its inputs.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Add()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[4.0, 6.0]]
    """

    def combine(self, first: Any, second: Any) -> Any:
        return first + second


@registry.register()
class Average(Add):
    """Averages its inputs.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[2.0, 3.0]]
    """

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        return super().merge(inputs, masks) / len(inputs)


@registry.register()
class Subtract(Merge):
    """Takes its second input from its first.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Subtract()([np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])]).tolist()
        [[-2.0, -3.0]]
    """

    count = 2

    def combine(self, first: Any, second: Any) -> Any:
        return first - second


@registry.register()
class Multiply(Merge):
    """Multiplies its inputs; a masked step is a factor of 1, and 0 where it is masked in all inputs.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, 8.0]]
    """

    def combine(self, first: Any, second: Any) -> Any:
        return first * second

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        factors = [x if mask is None else jnp.where(mask, x, 1) for x, mask in zip(inputs, masks, strict=True)]
        counts = self.compute_mask(inputs, masks)
        product = super().merge(factors, masks)
        return product if counts is None else jnp.where(counts, product, 0)


class Extreme(Merge):
    """Base of the layers that keep one of their inputs' elements; masked steps are ignored."""

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        kept, counts = inputs[0], masks[0]
        for x, mask in zip(inputs[1:], masks[1:], strict=True):
            candidate = x if mask is None else jnp.where(mask, x, kept)
            kept = self.combine(kept if counts is None else jnp.where(counts, kept, candidate), candidate)
            counts = None if mask is None or counts is None else counts | mask
        return kept


@registry.register()
class Maximum(Extreme):
    """Keeps the larger of its inputs' elements.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Maximum()([np.array([[1.0, 4.0]]), np.array([[3.0, 2.0]])]).tolist()
        [[3.0, 4.0]]
    """

    def combine(self, first: Any, second: Any) -> Any:
        return jnp.maximum(first, second)


@registry.register()
class Minimum(Extreme):
    """Keeps the smaller of its inputs' elements.

    Args:
        **kwargs: What every `Layer` takes.

    Example:
        >>> import numpy as np
        >>> Minimum()([np.array([[1.0, 4.0]]), np.array([[3.0, 2.0]])]).tolist()
        [[1.0, 2.0]]
    """

    def combine(self, first: Any, second: Any) -> Any:
        return jnp.minimum(first, second)


_MANY = 64
"""From more inputs on they are put behind each other along the first axis: along another, XLA compiles a thousand for
as long as the square of their number."""


@registry.register()
class Concatenate(Merge):
    """Puts its inputs behind each other along an axis.

    Args:
        axis: The axis, the batch's being 0.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: equal on all axes but `axis`
        output: that of the inputs, on `axis` the sum of their sizes

    Example:
        >>> import numpy as np
        >>> Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])]).tolist()
        [[1.0, 2.0, 3.0]]
    """

    _moves_elements = True
    advice = "Bring them to one shape on all axes but the one along which they are concatenated."

    def __init__(self, axis: int = -1, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.axis = int(axis)

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        if len(inputs) > _MANY:
            return jnp.moveaxis(jnp.concatenate([jnp.moveaxis(x, self.axis, 0) for x in inputs]), 0, self.axis)
        return jnp.concatenate(inputs, self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        given = self._masks_of(inputs, mask)
        ndim = next((part.ndim for part in given if part is not None), None)
        if ndim is None:
            return None
        masks = [
            jnp.ones(x.shape[:ndim], bool) if part is None else part for x, part in zip(inputs, given, strict=True)
        ]
        axis = self.axis % inputs[0].ndim
        return jnp.concatenate(masks, axis) if axis < ndim else reduce(logical_or, masks)

    def fit(self, shapes: list[Shape]) -> bool:
        ndim = len(shapes[0])
        if not -ndim <= self.axis < ndim:
            raise OutOfBoundsError(
                f"Layer {self.name!r} got axis {self.axis} of arrays with {ndim} axes. Pass one from {-ndim} to "
                f"{ndim - 1}."
            )
        if any(len(shape) != ndim for shape in shapes):
            return False
        columns = list(zip(*shapes, strict=True))
        return all(len(_known(columns[axis])) <= 1 for axis in self._others(ndim))

    def fitted(self, inputs: list[Any]) -> list[Any]:
        return _of_known_sizes(inputs, [(axis,) * len(inputs) for axis in self._others(inputs[0].ndim)])

    def _others(self, ndim: int) -> list[int]:
        return [axis for axis in range(ndim) if axis != self.axis % ndim]


@registry.register()
class Dot(Merge):
    r"""Multiplies two inputs row by row, summing over one axis of each: $y_{b i j} = \sum_k x_{b i k} z_{b j k}$.

    Args:
        axes: The axis summed over, or a pair of them, one for each input; the batch's, 0, cannot be.
        normalize: Whether the vectors along the axis are scaled to length 1 first, so that $y$ is a cosine.
        **kwargs: What every `Layer` takes.

    Shapes:
        inputs: `(batch, *axes)`, at least 2 axes each
        output: the axes of the first input, then those of the second, without the ones summed over;
            `(batch, 1)` for two inputs of 2 axes

    Example:
        >>> import numpy as np
        >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[11.0]]
    """

    count = 2
    advice = "Pass two with the same batch, at least 2 axes each, and one size on the `axes` summed over."

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
        if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair) or 0 in pair:
            raise ValueError(
                f"`axes` must be an axis or a pair of them, none of them 0, not {axes!r}. Pass one such as 1 or (1, 2)."
            )
        self.axes = axes if isinstance(axes, int) else pair
        self.normalize = boolean("normalize", normalize)

    @property
    def _pair(self) -> tuple[int, int]:
        return (self.axes, self.axes) if isinstance(self.axes, int) else self.axes

    def merge(self, inputs: list[Any], masks: list[Any]) -> Any:
        pair = self._pair
        if self.normalize:
            inputs = [unit_length(x, axis, epsilon()) for x, axis in zip(inputs, pair, strict=True)]
        first, second = inputs
        if first.ndim == second.ndim == 2:  # as a product of matrices XLA would call a function for each row
            return jnp.sum(first * second, axis=1, keepdims=True)
        contracted = (pair[0] % first.ndim,), (pair[1] % second.ndim,)
        dtype = jnp.result_type(first, second)
        return lax.dot_general(first.astype(dtype), second.astype(dtype), (contracted, ((0,), (0,))))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None

    def fit(self, shapes: list[Shape]) -> bool:
        for axis, shape in zip(self._pair, shapes, strict=True):
            if len(shape) < 2 or not -len(shape) < axis < len(shape):
                return False
        summed = [shape[axis] for axis, shape in zip(self._pair, shapes, strict=True)]
        return len(_known(shape[0] for shape in shapes)) <= 1 and len(_known(summed)) <= 1

    def fitted(self, inputs: list[Any]) -> list[Any]:
        return _of_known_sizes(inputs, [(0, 0), self._pair])


def add(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Add` layer, made with `kwargs`, on a list of inputs."""
    return Add(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Average` layer, made with `kwargs`, on a list of inputs."""
    return Average(**kwargs)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Concatenate` layer on a list of inputs."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs: Sequence[Any], axes: int | Sequence[int] = -1, **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Dot` layer on a list of two inputs."""
    return Dot(axes, **kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Maximum` layer, made with `kwargs`, on a list of inputs."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Minimum` layer, made with `kwargs`, on a list of inputs."""
    return Minimum(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Multiply` layer, made with `kwargs`, on a list of inputs."""
    return Multiply(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Unpack[LayerOptions]) -> Any:
    """Call a new `Subtract` layer, made with `kwargs`, on a list of two inputs."""
    return Subtract(**kwargs)(inputs)


def _known(sizes: Iterable[Any]) -> set[int]:
    return {size for size in sizes if isinstance(size, int)}


def _columns(shapes: list[Shape]) -> list[tuple[Any, ...]]:
    """Return the sizes that meet on each axis when shapes are aligned at their last axes."""
    ndim = max(map(len, shapes))
    return list(zip(*((1,) * (ndim - len(shape)) + shape for shape in shapes), strict=True))


def _of_known_sizes(arrays: list[Any], met: Iterable[tuple[int, ...]]) -> list[Any]:
    """Return arrays whose axes of unknown size have the size that the axis of another array has.

    Sizes are unknown in abstract evaluation alone, where nothing is computed and JAX requires equal ones.

    Args:
        arrays: The arrays.
        met: Axes that meet, one of each array.
    """
    for axes in met:
        known = _known(array.shape[axis] for array, axis in zip(arrays, axes, strict=True)) - {1}
        if known:
            rows = jnp.arange(known.pop())
            arrays = [
                array if isinstance(array.shape[axis], int) else jnp.take(array, rows, axis)
                for array, axis in zip(arrays, axes, strict=True)
            ]
    return arrays


def _on_elements(mask: Any, x: Any) -> Any:
    """Return a mask of whole steps with the axes of `x`, all of a step's elements alike."""
    return None if mask is None else mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))
