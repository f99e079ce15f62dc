"""Initializers that draw from one distribution, whatever the shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hornet.core import random
from hornet.core.checks import non_negative_int, number
from hornet.core.registry import others
from hornet.core.seed_generator import SeedGenerator
from hornet.initializers.initializer import Initializer, registry


class RandomInitializer(Initializer):
    """Base of the initializers that draw: a subclass turns a generator's numbers into values.

    Args:
        seed: An integer of at least 0 makes every call return the same values; with `None` each call draws
            new ones, which `set_random_seed` makes repeatable; a `SeedGenerator` draws new ones that its seed
            makes repeatable.
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, Mapping):
            seed = others.get(seed)
        self.seed = seed if seed is None or isinstance(seed, SeedGenerator) else non_negative_int("seed", seed)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        seed = random.next_seed() if self.seed is None else self.seed
        seeds = np.asarray(seed.next()) if isinstance(seed, SeedGenerator) else seed
        return self.draw(np.random.default_rng(seeds), shape)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return values of a shape drawn from a generator."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `draw`. Write one that returns an array.")


@registry.register("random_normal", "normal")
class RandomNormal(RandomInitializer):
    r"""Draws from the normal distribution $N(\mathrm{mean}, \mathrm{stddev}^2)$.

    Args:
        mean: Mean of the draws.
        stddev: Their standard deviation, at least 0.
        seed: See `RandomInitializer`.

    Example:
        >>> RandomNormal(stddev=0.1, seed=0)((2,))
        array([ 0.01257302, -0.01321049], dtype=float32)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = number("mean", mean)
        self.stddev = number("stddev", stddev, at_least=0.0)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.normal(self.mean, self.stddev, shape)


@registry.register("truncated_normal")
class TruncatedNormal(RandomNormal):
    """Draws from a normal distribution, drawn again while they are more than two standard deviations from the mean.

    Args:
        mean: Mean of the draws.
        stddev: Standard deviation of the distribution before truncation, at least 0; that of the draws is 0.88 of it.
        seed: See `RandomInitializer`.

    Example:
        >>> bool(abs(TruncatedNormal(stddev=1.0)((1000,))).max() <= 2.0)
        True
    """

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.mean + self.stddev * truncated_standard_normal(generator, shape)


@registry.register("random_uniform", "uniform")
class RandomUniform(RandomInitializer):
    """Draws from the uniform distribution between `minval` and `maxval`.

    Args:
        minval: Lower end of the range.
        maxval: Upper end of the range, at least `minval`.
        seed: See `RandomInitializer`.

    Example:
        >>> RandomUniform(0.0, 1.0, seed=0)((2,))
        array([0.6369617 , 0.26978672], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval = number("minval", minval)
        self.maxval = number("maxval", maxval, at_least=self.minval)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(self.minval, self.maxval, shape)


@registry.register("orthogonal", "OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A random matrix with orthogonal rows or columns of norm `gain`, whichever are fewer.

    All axes but the last of a longer shape count as one.

    Args:
        gain: Factor of the matrix.
        seed: See `RandomInitializer`.

    Raises:
        ValueError: If the shape has fewer than two axes.

    Source:
        Saxe, McClelland & Ganguli 2014 (https://arxiv.org/abs/1312.6120).

    Example:
        >>> kernel = Orthogonal()((2, 2))
        >>> np.allclose(kernel @ kernel.T, np.eye(2), atol=1e-6)
        True
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = number("gain", gain)

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"`Orthogonal` makes matrices, not arrays of shape {shape}. Use another initializer.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = generator.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q *= np.sign(np.diag(r))  # without it the decomposition favours some rotations
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of the standard normal distribution truncated at ±2."""


def truncated_standard_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return draws of the standard normal distribution between -2 and 2."""
    values = generator.standard_normal(math.prod(shape))
    outside = np.flatnonzero(np.abs(values) > 2)
    while outside.size:
        values[outside] = generator.standard_normal(outside.size)
        outside = outside[np.abs(values[outside]) > 2]
    return values.reshape(shape)
