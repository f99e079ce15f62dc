"""Shapes by abstract evaluation: nothing is computed, and layers need no shape rules of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import jax
import numpy as np
from jax import export


def output_shape(
    call: Callable[..., Any], state: Mapping[str, Any], input_shape: Sequence[int | None], dtype: Any
) -> tuple[int | None, ...]:
    """Return the shape of what a pure call makes of an input whose unknown axes are `None`.

    Args:
        call: What `core.module.pure` returned.
        state: The call's state; only shapes and dtypes are read.
        input_shape: The shape of one input, `None` where an axis is unknown (the batch).
        dtype: The input's dtype.

    Returns:
        The shape of the output, `None` where it depends on an unknown axis.
    """
    spec = jax.ShapeDtypeStruct(tuple(_axis(index, size) for index, size in enumerate(input_shape)), dtype)
    anything: Any = jax  # whose own types are partly unknown
    output, *_ = anything.eval_shape(call, dict(state), spec)
    return tuple(size if isinstance(size, int) else None for size in cast(tuple[Any, ...], output.shape))


def _axis(index: int, size: int | None) -> Any:
    return _symbol(f"axis{index}") if size is None else int(np.int64(size))


@cache
def _symbol(name: str) -> Any:
    return export.symbolic_shape(name)[0]
