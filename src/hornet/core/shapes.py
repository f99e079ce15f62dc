"""Shapes: of one array, and of structures of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError

Shape = tuple[int | None, ...]
"""The sizes of an array's axes, `None` for unknown ones such as the batch's."""


Sizes = int | Sequence[int]
"""A size for each of several axes, such as a window's, or one for all."""


def known_shape(shape: Sequence[Any]) -> Shape:
    """Return a shape with `None` for each axis that depends on a symbol."""
    return tuple(size if isinstance(size, int) else None for size in shape)


def shapes_of(inputs: Any) -> Any:
    """Return the shape of each array of a structure, in that structure."""
    if isinstance(inputs, Mapping):
        return {name: shapes_of(part) for name, part in cast(Mapping[Any, Any], inputs).items()}
    if isinstance(inputs, list | tuple):
        return [shapes_of(part) for part in cast(Sequence[Any], inputs)]
    return None if inputs is None else known_shape(inputs.shape)


def map_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """Apply a function to each shape of a structure of shapes, a dict's by sorted name as JAX does; `None` stays."""
    if isinstance(shapes, Mapping):
        return {name: map_shapes(function, part) for name, part in sorted(cast(Mapping[Any, Any], shapes).items())}
    if isinstance(shapes, list | tuple):
        parts = cast(Sequence[Any], shapes)
        if not all(size is None or isinstance(size, int | np.integer) for size in parts):
            return type(parts)(map_shapes(function, part) for part in parts)  # pyright: ignore[reportCallIssue]
    if isinstance(shapes, str) or not (shapes is None or hasattr(cast(Any, shapes), "__len__")):
        raise ArgumentError(f"A shape is a tuple of sizes such as `(None, 3)`, not {describe(shapes)}. Pass one.")
    return None if shapes is None else function(shapes)


def fits(declared: Shape, shape: Sequence[int]) -> bool:
    """Return whether sizes are those of a shape, as far as that knows them.

    Example:
        >>> fits((None, 3), (10, 3)), fits((None, 3), (10, 3, 1))
        (True, False)
    """
    return len(declared) == len(shape) and all(
        known in (None, size) for known, size in zip(declared, shape, strict=True)
    )
