"""Random arrays by Keras's names. One seed gives the numbers that Keras on JAX draws for it.

Without a seed a layer's call draws from the random key of the program that it is part of, so each step gets other
numbers, and a call outside of programs from the process's seed (see `utils.set_random_seed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from hornet.core.checks import non_negative_int, number
from hornet.core.dtypes import standardize_dtype
from hornet.core.errors import ArgumentError
from hornet.core.frame import current_frame
from hornet.core.imports import publish
from hornet.core.random import key_data, next_seed
from hornet.core.seed_generator import SeedGenerator, raw_key

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]

Shape = Sequence[Any]
wrap_key_data: Any = jax.random.wrap_key_data  # whose own type wants a JAX array


# --- numbers ----------------------------------------------------------------------------------------------


def normal(shape: Shape, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from the normal distribution.

    Args:
        shape: Shape of the result.
        mean: The mean.
        stddev: The standard deviation, at least 0.
        dtype: A floating-point type; `floatx()` by default.
        seed: An integer for the same numbers each time, a `SeedGenerator`, a JAX key, or `None`.

    Example:
        >>> normal((2, 3), seed=0).shape
        (2, 3)
    """
    return jax.random.normal(_key(seed), tuple(shape), standardize_dtype(dtype)) * stddev + mean


def truncated_normal(shape: Shape, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw from the normal distribution without values more than two standard deviations from the mean.

    Args:
        shape: Shape of the result.
        mean: The mean.
        stddev: The standard deviation of the distribution before it is cut, at least 0.
        dtype: A floating-point type; `floatx()` by default.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> bool(abs(truncated_normal((1000,), seed=0)).max() <= 2)
        True
    """
    drawn = jax.random.truncated_normal(_key(seed), -2.0, 2.0, tuple(shape), standardize_dtype(dtype))
    return drawn * stddev + mean


def uniform(shape: Shape, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Draw evenly from `minval` up to `maxval`, which is not among them.

    Args:
        shape: Shape of the result.
        minval: The minimum.
        maxval: What values stay below.
        dtype: A floating-point type, `floatx()` by default.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> uniform((2,), 5.0, 6.0, seed=0).astype(int).tolist()
        [5, 5]
    """
    dtype = standardize_dtype(dtype)
    return jax.random.uniform(_key(seed), tuple(shape), dtype, jnp.asarray(minval, dtype), jnp.asarray(maxval, dtype))


def randint(shape: Shape, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw integers evenly from `minval` up to `maxval`, which is not among them.

    Args:
        shape: Shape of the result.
        minval: The minimum.
        maxval: What values stay below.
        dtype: An integer type.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Raises:
        ValueError: If the type is not one of integers.

    Example:
        >>> randint((3,), 7, 8, seed=0).tolist()
        [7, 7, 7]
    """
    dtype = standardize_dtype(dtype)
    if not jnp.issubdtype(dtype, jnp.integer):
        raise ArgumentError(f"`dtype` of `randint` must be an integer type, not {dtype}. Pass 'int32'.")
    return jax.random.randint(_key(seed), tuple(shape), jnp.asarray(minval), jnp.asarray(maxval), dtype)


def gamma(shape: Shape, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    r"""Draw from the gamma distribution, whose density is $x^{\alpha - 1} e^{-x} / \Gamma(\alpha)$.

    Args:
        shape: Shape of the result.
        alpha: The shape parameter, above 0; numbers or arrays that are broadcast to `shape`.
        dtype: A floating-point type; `floatx()` by default.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> bool(gamma((100,), 2.0, seed=0).min() > 0)
        True
    """
    return jax.random.gamma(_key(seed), jnp.asarray(alpha), tuple(shape), standardize_dtype(dtype))


def beta(shape: Shape, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    r"""Draw from the beta distribution on $[0, 1]$, whose density is as $x^{\alpha - 1} (1 - x)^{\beta - 1}$.

    Args:
        shape: Shape of the result.
        alpha: First parameter, above 0; numbers or arrays that are broadcast to `shape`.
        beta: Second parameter, above 0.
        dtype: A floating-point type; `floatx()` by default.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> bool(beta((100,), 2.0, 3.0, seed=0).max() <= 1)
        True
    """
    a, b = jnp.asarray(alpha), jnp.asarray(beta)
    return jax.random.beta(_key(seed), a, b, tuple(shape), standardize_dtype(dtype))


def binomial(shape: Shape, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Draw how many of some trials succeed.

    Args:
        shape: Shape of the result.
        counts: Number of trials; numbers or arrays that are broadcast to `shape`.
        probabilities: Probability of a success, from 0 to 1.
        dtype: A floating-point type; `floatx()` by default.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> binomial((2,), 5, 1.0, seed=0).tolist()
        [5.0, 5.0]
    """
    n, p = jnp.asarray(counts, "float32"), jnp.asarray(probabilities)
    return jax.random.binomial(_key(seed), n, p, tuple(shape), standardize_dtype(dtype))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Draw classes from each row of log-odds.

    Args:
        logits: A row of log-odds for each distribution.
        num_samples: Draws from each row.
        dtype: Type of the result.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Shapes:
        logits: `(rows, classes)`
        output: `(rows, num_samples)`

    Raises:
        ValueError: If `logits` is not a matrix.

    Example:
        >>> categorical([[0.0, 1000.0]], 3, seed=0).tolist()
        [[1, 1, 1]]
    """
    logits = jnp.asarray(logits)
    if logits.ndim != 2:
        raise ValueError(f"`logits` must be a matrix, not of shape {logits.shape}. Pass a row for each distribution.")
    shape = (logits.shape[0], num_samples)
    return jax.random.categorical(_key(seed), logits[..., None], axis=1, shape=shape).astype(dtype)


# --- arrays made random -----------------------------------------------------------------------------------


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """Shuffle along an axis; rows stay whole.

    Args:
        x: The array.
        axis: The axis.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Example:
        >>> sorted(shuffle([[1, 10], [2, 20], [3, 30]], seed=0).tolist())
        [[1, 10], [2, 20], [3, 30]]
    """
    return jax.random.permutation(_key(seed), jnp.asarray(x), axis)


def dropout(inputs: Any, rate: Any, noise_shape: Sequence[int | None] | None = None, seed: Any = None) -> Any:
    r"""Set a random fraction of the inputs to zero, and scale the rest up.

    Computes $m x / (1 - \mathrm{rate})$ with $m \in \{0, 1\}$, $P(m = 0) = \mathrm{rate}$.

    Args:
        inputs: The array.
        rate: Probability of a zero, from 0 to 1.
        noise_shape: Shape of $m$ where elements share a draw; `None` in it is an axis's size.
        seed: An integer, a `SeedGenerator`, a JAX key, or `None`; see `normal`.

    Source:
        Srivastava et al. 2014.

    Example:
        >>> dropout([1.0, 1.0], 0.0, seed=0).tolist()
        [1.0, 1.0]
    """
    x = jnp.asarray(inputs)
    if not isinstance(rate, jax.Array):
        rate = number("rate", rate, at_least=0.0, at_most=1.0)
    sizes = [own if size is None else size for own, size in zip(x.shape, noise_shape or x.shape, strict=True)]
    kept = jax.random.bernoulli(_key(seed), 1.0 - rate, tuple(sizes))
    return jnp.where(kept, x / jnp.where(rate < 1.0, 1.0 - rate, 1.0), 0).astype(x.dtype)


# --- keys -------------------------------------------------------------------------------------------------


def _key(seed: Any) -> Any:
    """Return the key of a seed, generator or key that a user passed."""
    if isinstance(seed, jax.Array):
        return seed if jnp.issubdtype(seed.dtype, jax.dtypes.prng_key) else wrap_key_data(seed)
    if isinstance(seed, SeedGenerator):
        return wrap_key_data(seed.next())
    if seed is not None:
        return wrap_key_data(raw_key(non_negative_int("seed", seed)))
    frame = current_frame()
    if frame is not None:
        return frame.next_key()
    key = wrap_key_data(key_data(next_seed()))
    if isinstance(key, Tracer):
        raise ValueError(
            "`seed` is None inside `jax.jit`, where each call of the program would draw the same numbers. "
            "Pass a key as `seed`, or call it through a layer or `stateless_call`."
        )
    return key


publish(__name__, __all__)
