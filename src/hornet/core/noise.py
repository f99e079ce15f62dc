"""Random numbers for noise that is drawn anew at every step.

Threefry, JAX's generator, would take longer than the arithmetic of a small network. Here it makes one key for each
draw; the numbers are hashes of their places under that key.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy
import numpy as np
from jax import lax

anything: Any = jax  # whose own types are partly unknown
jnp: Any = jax.numpy


def uniform(key: Any, shape: Sequence[int]) -> Any:
    """Return numbers from 0 to 1, without 1.

    Args:
        key: A JAX key, used for nothing else.
        shape: Shape of the result.

    Example:
        >>> numbers = uniform(jax.random.key(0), (1000,))
        >>> 0.45 < float(numbers.mean()) < 0.55
        True
    """
    return (_bits(key, shape) >> 8).astype("float32") * np.float32(2.0**-24)


def normal(key: Any, shape: Sequence[int]) -> Any:
    """Return normally distributed numbers of mean 0 and variance 1.

    Args:
        key: A JAX key, used for nothing else.
        shape: Shape of the result.

    Example:
        >>> numbers = normal(jax.random.key(0), (1000,))
        >>> 0.9 < float(numbers.std()) < 1.1
        True
    """
    within = ((_bits(key, shape) >> 9).astype("float32") + np.float32(0.5)) * np.float32(2.0**-23)  # neither 0 nor 1
    return np.float32(math.sqrt(2.0)) * lax.erf_inv(np.float32(2.0) * within - np.float32(1.0))


def _bits(key: Any, shape: Sequence[int]) -> Any:
    first, second = anything.random.key_data(key)
    places = jnp.arange(math.prod(shape), dtype="uint32").reshape(tuple(shape))
    return _hashed(_hashed(places + first) ^ second)


def _hashed(numbers: Any) -> Any:
    """Return 32-bit numbers so mixed that one bit of the argument changes each bit of the result half the time.

    Source:
        Wellons 2018, Prospecting for hash functions, `lowbias32`.
    """
    numbers = (numbers ^ (numbers >> 16)) * np.uint32(0x7FEB352D)
    numbers = (numbers ^ (numbers >> 15)) * np.uint32(0x846CA68B)
    return numbers ^ (numbers >> 16)
