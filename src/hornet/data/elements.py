"""What datasets consist of: arrays, alone or in tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.containers import is_sparse
from hornet.core.dtypes import standardize_dtype
from hornet.core.errors import ArgumentError


class Tensor(np.ndarray):
    """A NumPy array with the method `numpy`, as programs written for `tf.data` call it, also on numbers in it."""

    def numpy(self) -> Any:
        """Return a plain NumPy array, or a number."""
        return np.asarray(self)[()]

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        return np.asarray(part).view(Tensor) if isinstance(part, np.number | np.bool) else part

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))


@dataclass(frozen=True)
class TensorSpec:
    """The shape and type of an array.

    Args:
        shape: The sizes of its axes, `None` for one that varies; `None` for a shape of any kind.
        dtype: The type of its elements, as NumPy has it.
        name: A name for people.

    Example:
        >>> TensorSpec((None, 3), "float32")
        TensorSpec(shape=(None, 3), dtype='float32')
    """

    shape: Sequence[int | None] | None
    dtype: Any = "float32"
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", _dtype(self.dtype))
        object.__setattr__(self, "shape", None if self.shape is None else tuple(self.shape))

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={str(self.dtype)!r})"

    def take(self, value: Any) -> np.ndarray:
        """Return a value as an array of the type.

        Raises:
            ValueError: If it has another shape.
        """
        array = np.asarray(value, self.dtype)
        fits = self.shape is None or (
            len(self.shape) == array.ndim
            and all(size in (None, given) for size, given in zip(self.shape, array.shape, strict=True))
        )
        if not fits:
            raise ValueError(
                f"An array has shape {array.shape}, and the signature says {self.shape}. Write `None` for an axis "
                "whose size varies."
            )
        return array


def spec_of(array: np.ndarray) -> TensorSpec:
    """Return the shape and type of an array."""
    return TensorSpec(array.shape, array.dtype)


def map_arrays(function: Callable[..., Any], *elements: Any) -> Any:
    """Return an element in whose structure stands what a function makes of the arrays at each place.

    Args:
        function: Takes an array of each of the elements.
        *elements: Elements of the structure of the first.

    Example:
        >>> map_arrays(lambda one, other: one + other, {"x": 1, "y": (2,)}, {"x": 3, "y": (4,)})
        {'x': 4, 'y': (6,)}
    """
    first = elements[0]
    if isinstance(first, tuple):
        parts = (map_arrays(function, *parts) for parts in zip(*elements, strict=True))
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    if isinstance(first, Mapping):
        return {name: map_arrays(function, *(element[name] for element in elements)) for name in first}
    return function(*elements)


def arrays_in(element: Any) -> list[Any]:
    """Return the arrays of an element."""
    found: list[Any] = []
    map_arrays(found.append, element)
    return found


def as_element(value: Any) -> Any:
    """Return tuples and dicts of arrays for those of anything that becomes one; a list becomes one array.

    Example:
        >>> as_element(([1.0, 2.0], {"y": 3}))
        (array([1., 2.]), {'y': array(3)})
    """
    return map_arrays(_array, value)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a view that nobody can write through: an element is read again in the next pass."""
    view = array.view()
    view.flags.writeable = False
    return view


def stacked(elements: Sequence[Any]) -> Any:
    """Return elements as one, along a new first axis.

    Raises:
        ValueError: If their shapes differ.
    """
    return map_arrays(_stack, *elements)


def padded(elements: Sequence[Any], shapes: Any = None, values: Any = None) -> Any:
    """Return elements as one, along a new first axis, each filled up at its ends.

    Args:
        elements: The elements.
        shapes: The size that each axis gets, `None` or -1 for that of the longest, in the structure of an element.
        values: What to fill up with, by default zero or the empty string: one for all, or in that structure.
    """
    first = elements[0]
    if shapes is None:
        shapes = map_arrays(lambda array: [None] * np.ndim(array), first)
    # A shape may be a tuple, so that the structure is the elements'.
    wanted, fills = _beside(first, shapes), _beside(first, values)
    return _pad(first, elements, wanted, fills)


def _pad(first: Any, elements: Sequence[Any], wanted: Any, fills: Any) -> Any:
    if isinstance(first, tuple):
        places: Any = range(len(first))
        parts = [_pad(first[at], [one[at] for one in elements], wanted[at], fills[at]) for at in places]
        return tuple(parts)
    if isinstance(first, Mapping):
        return {name: _pad(first[name], [one[name] for one in elements], wanted[name], fills[name]) for name in first}
    sizes = [max(np.shape(array)[axis] for array in elements) for axis in range(np.ndim(first))]
    sizes = [size if given in (None, -1) else given for size, given in zip(sizes, wanted, strict=True)]
    kind = np.result_type(*elements)
    fill = kind.type() if fills is None else fills
    output = np.full((len(elements), *sizes), fill, kind)
    for row, array in zip(output, elements, strict=True):
        if any(size > room for size, room in zip(np.shape(array), sizes, strict=True)):
            raise ValueError(
                f"An element has shape {np.shape(array)}, which is longer than `padded_shapes` {tuple(sizes)}. "
                "Cut it before, or pass `None` for the longest."
            )
        row[tuple(slice(size) for size in np.shape(array))] = array
    return output


def _beside(structure: Any, value: Any) -> Any:
    """Return a value in a structure: its own parts, or the value at each place where it has none."""
    if isinstance(structure, Mapping):
        return {
            name: _beside(part, value[name] if isinstance(value, Mapping) else value)
            for name, part in structure.items()
        }
    if isinstance(structure, tuple):
        parts = value if isinstance(value, tuple | list) else [value] * len(structure)
        return tuple(_beside(part, of_part) for part, of_part in zip(structure, parts, strict=True))
    return value


def _stack(*arrays: Any) -> np.ndarray:
    try:
        return np.stack(arrays)
    except ValueError:
        shapes = [np.shape(array) for array in arrays]
        other = next(place for place, shape in enumerate(shapes) if shape != shapes[0])
        raise ValueError(
            f"A batch is made of arrays of one shape, and elements 0 and {other} of this one have {shapes[0]} and "
            f"{shapes[other]}. Bring them to one shape in `map`, or use `padded_batch`."
        ) from None


def _array(value: Any) -> Any:
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return value
    if is_sparse(value):
        return value.toarray()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(
            "A list becomes one array, and the parts of this one differ in shape. Pass a tuple for several arrays; "
            "fill rows of different lengths up with `utils.pad_sequences`, or use `Dataset.from_generator`."
        ) from error
    return array


def _dtype(dtype: Any) -> np.dtype[Any]:
    if dtype in (str, "str", "string"):
        return np.dtype(str)
    return np.dtype(getattr(dtype, "as_numpy_dtype", None) or standardize_dtype(dtype))
