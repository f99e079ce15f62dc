"""Arrays as programs take them."""

from __future__ import annotations

from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.containers import to_numbers


def program_array(value: Any) -> Any:
    """Return an array as programs take it, where integers have 32 bits unless `floatx()` is `"float64"`.

    Raises:
        TypeError: If it is an array or a frame of text or objects.
        ValueError: If an integer has more bits; XLA would cut them off.

    Example:
        >>> program_array(np.array([1, 2])).dtype
        dtype('int32')
    """
    if hasattr(value, "__array__") and not isinstance(value, jax.Array):
        value = to_numbers("inputs", value)
        check_integers("inputs", value)
    return cast(Any, jnp).asarray(value)


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
