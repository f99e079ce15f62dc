"""Random numbers for noise that is drawn again at every step.

Threefry, JAX's generator, would take longer than the arithmetic of a small network. Here it makes one key for each
draw; the numbers are hashes of their indices under that key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy
import numpy as np

anything: Any = jax  # whose own types are partly unknown
jnp: Any = jax.numpy


def uniform(key: Any, shape: Sequence[int], wanted: Any = True) -> Any:
    """Return numbers from 0 to 1, without 1.

    Args:
        key: A JAX key, used for nothing else.
        shape: Shape of the result.
        wanted: Whether to draw; zeros otherwise.

    Example:
        >>> numbers = uniform(jax.random.key(0), (1000,))
        >>> 0.45 < float(numbers.mean()) < 0.55
        True
    """
    return _draw_if(_uniform, key, tuple(shape), wanted)


def normal(key: Any, shape: Sequence[int], wanted: Any = True) -> Any:
    """Return normally distributed numbers of mean 0 and variance 1.

    Args:
        key: A JAX key, used for nothing else.
        shape: Shape of the result.
        wanted: Whether to draw; zeros otherwise.

    Example:
        >>> numbers = normal(jax.random.key(0), (1000,))
        >>> 0.9 < float(numbers.std()) < 1.1
        True
    """
    return _draw_if(_normal, key, tuple(shape), wanted)


@partial(anything.jit, static_argnums=(0, 2))
def _draw_if(draw: Callable[..., Any], key: Any, shape: tuple[int, ...], wanted: Any) -> Any:
    """Return what is drawn if it is wanted.

    XLA computes a branch once. Without one it would draw again in each loop that reads the numbers, the gradient's
    among them.
    """
    return anything.lax.cond(wanted, lambda: draw(key, shape), lambda: jnp.zeros(shape, "float32"))


def _uniform(key: Any, shape: tuple[int, ...]) -> Any:
    return (_bits(key, shape) >> 8).astype("float32") * np.float32(2.0**-24)


def _normal(key: Any, shape: tuple[int, ...]) -> Any:
    within = ((_bits(key, shape) >> 9).astype("float32") + np.float32(0.5)) * np.float32(2.0**-23)  # neither 0 nor 1
    return np.float32(math.sqrt(2.0)) * anything.lax.erf_inv(np.float32(2.0) * within - np.float32(1.0))


def _bits(key: Any, shape: tuple[int, ...]) -> Any:
    """Return 32-bit hashes of indices, so mixed that one bit of an index or of the key changes each bit half the time.

    Source:
        Wellons 2018, Prospecting for hash functions, `triple32`, with half of the key added on its way.
    """
    first, second = anything.random.key_data(key)
    bits = jnp.arange(math.prod(shape), dtype="uint32").reshape(shape) + first
    bits = (bits ^ (bits >> 17)) * np.uint32(0xED5AD4BB) + second
    bits = (bits ^ (bits >> 11)) * np.uint32(0xAC4C1B51)
    bits = (bits ^ (bits >> 15)) * np.uint32(0x31848BAB)
    return bits ^ (bits >> 14)
