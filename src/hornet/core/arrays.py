"""Arrays as programs take them."""

from __future__ import annotations

from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.checks import describe
from hornet.core.containers import to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.forks import refuse_forked


def program_array(value: Any) -> Any:
    """Return an array as programs take it, where integers have 32 bits unless `floatx()` is `"float64"`.

    Raises:
        TypeError: If it holds text or objects, or is no array.
        ValueError: If an integer has more bits; XLA would cut them off.

    Example:
        >>> program_array(np.array([1, 2])).dtype
        dtype('int32')
    """
    if not isinstance(value, jax.Array) and (hasattr(value, "__array__") or _is_plain(value)):
        value = to_numbers("inputs", value)
        check_integers("inputs", value)
    refuse_forked()
    try:
        return cast(Any, jnp).asarray(value)
    except TypeError as error:
        if isinstance(value, list | tuple):  # of tensors, about whose shapes JAX says what is wrong
            raise
        raise ArgumentError(f"`inputs` must be arrays, not {describe(value)}. Pass an array of rows.") from error


def _is_plain(value: Any) -> bool:
    """Return whether a value is nested lists without an array in them."""
    return isinstance(value, list | tuple) and not any(hasattr(part, "shape") for part in jax.tree.leaves(value))


def check_integers(argument: str, array: np.ndarray) -> None:
    """Refuse integers that programs cannot hold."""
    held: Any = jax.dtypes.canonicalize_dtype(array.dtype) if array.dtype.kind in "iu" else array.dtype
    if held == array.dtype or not array.size:
        return
    bounds = np.iinfo(held)
    for extreme in (int(array.min()), int(array.max())):
        if not bounds.min <= extreme <= bounds.max:
            raise ValueError(
                f"`{argument}` holds {extreme}, but integers have {bounds.bits} bits in programs. "
                "Convert to floats, or call `set_floatx('float64')` first."
            )
