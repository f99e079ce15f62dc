"""Random keys of calls that were given none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy
from jax import lax
from jax.core import Tracer

from hornet.core import random
from hornet.core.frame import Frame

jnp: Any = jax.numpy  # whose own types are partly unknown
draws: Any = jax.random


def key_of_call(frame: Frame | None, values: Any) -> Callable[[], Any]:
    """Return a function that returns raw key data for a call; it is lazy, since most layers draw nothing.

    Args:
        frame: The frame that the call is made in, if it is made in one.
        values: Arrays that the call depends on.
    """

    def draw() -> Any:
        if frame is not None and frame.key is not None:
            return draws.key_data(frame.next_key())
        seed = random.key_data(random.next_seed())
        # In a program the seed is a constant. What changes from step to step are the weights and the batch.
        traced: list[Any] = [leaf for leaf in jax.tree.leaves(values) if isinstance(leaf, Tracer)]
        return draws.key_data(draws.fold_in(draws.wrap_key_data(seed), digest(traced))) if traced else seed

    return draw


def digest(arrays: Any) -> Any:
    """Return a number that changes with any element of some arrays.

    Example:
        >>> one, other = ([jnp.array([1.0, element])] for element in (2.0, 2.0000002))
        >>> bool(digest(one) == digest(other))
        False
    """
    total = jnp.zeros((), "uint32")
    for array in arrays:
        if jnp.issubdtype(array.dtype, jnp.floating):
            bits = lax.bitcast_convert_type(lax.stop_gradient(array).astype("float32"), jnp.uint32)
        else:
            bits = array.astype("uint32")
        total = total * jnp.uint32(2654435761) + jnp.sum(bits, dtype="uint32")
    return total
