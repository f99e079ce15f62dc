"""The layer that gives columns a normal or uniform distribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, one_of
from hornet.core.variable import Table
from hornet.layers.column_normalization import ColumnNormalization
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions

_TAIL = 1e-7
"""The least share of a normal distribution that a number may be the border of, which is at -5.2."""


@registry.register()
class QuantileNormalization(ColumnNormalization):
    r"""Gives each feature a normal distribution, or a uniform one, by the quantiles that `adapt` takes from data.

    With $q_0 \le \ldots \le q_{n-1}$ the quantiles of a feature, $u$ is 0 at $q_0$, 1 at $q_{n-1}$, $k / (n-1)$ at
    $q_k$ and linear between; where several are equal, $u$ is the middle of theirs. What lies beyond an end becomes that
    end's. $y$ is $\Phi^{-1}(u)$, from -5.2 to 5.2, or $u$ itself. So outliers, skew and odd scales do no harm, and the
    order of values stays.

    A feature of two values is left alone: the lower becomes 0, the other 1. A constant one becomes 0. A missing number,
    NaN, becomes that of the median, and a column behind the features says so with a 1.

    Args:
        num_quantiles: $n$, at least 3; as many as there are rows where these are fewer.
        distribution: `"normal"` or `"uniform"`.
        ends: What becomes of a value that is a minimum or a maximum again and again, as zeros often are: `"extreme"`
            gives it the end of the distribution, as scikit-learn does; `"middle"` the middle of its share, as it does
            with any other value.
        flags: The numbers of the features that have such a column; `"auto"` for those that `adapt` sees gaps in.
        statistics: What `adapt` learnt: a dict with `"quantiles"`, an ascending list for each feature. One of two
            numbers is of a feature of two values, one of a single number of a constant.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, features)`
        output: `(*batch, features + flags)`

    Raises:
        TypeError: If data are not numbers.
        ValueError: If an argument is out of its range; on a call, if `adapt` was not called.

    Source:
        Beasley et al. 2009, Rank-based inverse normal transformations; scikit-learn's `QuantileTransformer`.

    Example:
        >>> layer = QuantileNormalization()
        >>> layer.adapt([[0.0], [1.0], [10.0], [1000.0], [1e9]])
        >>> [round(float(y), 2) for y in layer([[-7.0], [1.0], [10.0], [505.0]])[:, 0]]
        [-5.2, -0.67, 0.0, 0.32]
    """

    _statistic_names = ("quantiles",)

    def __init__(
        self,
        num_quantiles: int = 1000,
        distribution: str = "normal",
        ends: str = "extreme",
        flags: str | Sequence[int] = "auto",
        statistics: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        self.num_quantiles = axis_size("num_quantiles", num_quantiles)
        if self.num_quantiles < 3:
            raise ValueError(f"`num_quantiles` must be at least 3, not {num_quantiles}. Pass as many as 1000.")
        self.distribution = one_of("distribution", distribution, ("normal", "uniform"))
        self.ends = one_of("ends", ends, ("extreme", "middle"))
        self._quantiles = Table("quantiles", np.empty((0, 0)))
        self._sizes = Table("sizes", np.empty(0))
        super().__init__(flags, statistics, **kwargs)

    def _learn(self, column: np.ndarray, rows: int) -> tuple[list[float]]:
        values = np.unique(column)
        if len(values) < 3:
            return (values.tolist() or [0.0],)
        fractions = np.linspace(0.0, 1.0, min(self.num_quantiles, rows))
        return (np.maximum.accumulate(np.quantile(column, fractions)).tolist(),)

    def _fill_tables(self, quantiles: list[list[float]]) -> None:
        sizes = [len(each) for each in quantiles]
        if not all(sizes) or any((np.diff(each) < 0).any() for each in quantiles):
            raise ValueError("`statistics` has quantiles that do not ascend, or none. Pass what `adapt` learnt.")
        width = 2 ** max(sizes, default=1).bit_length() - 1  # which halving leads through to single elements
        take_memory(8 * width * len(sizes), "`statistics`")
        table = np.full((len(sizes), width), np.inf)
        for row, each in zip(table, quantiles, strict=True):
            row[: len(each)] = each
        self._quantiles.set(table)
        self._sizes.set(np.asarray(sizes))
        is_centred = (np.asarray(sizes) == 1) | ((np.asarray(sizes) > 2) & (self.distribution == "normal"))
        self._filling.set(np.where(is_centred, 0.0, 0.5))

    def _scaled(self, x: Any) -> Any:
        table, sizes = self._read(self._quantiles, x), jnp.asarray(self._sizes.value)
        features, width = table.shape
        numbers, starts = table.ravel(), np.arange(features) * width

        def at(index: Any) -> Any:
            return numbers.at[starts + index].get(mode="promise_in_bounds")

        last = sizes - 1
        x = jnp.clip(x, at(0), at(last))
        low = _count(at, width, lambda quantile: quantile <= x) - 1  # the last that is not above
        high = _count(at, width, lambda quantile: quantile < x)  # the first that is not below
        if self.ends == "extreme":
            low, high = jnp.where(x <= at(0), 0, low), jnp.where(x >= at(last), last, high)
        below, above = at(low), at(high)
        gap = above - below
        # From -1 to 1 between two quantiles; equal ones have several places, in whose middle the number lies.
        between = jnp.where(gap > 0, (x - below - (above - x)) / jnp.where(gap > 0, gap, 1), 0)
        down = (low + high + between) / 2
        up = (2 * last - low - high - between) / 2  # not `last - down`, which would lose the digits of small ones
        steps = jnp.maximum(last, 1).astype(x.dtype)
        if self.distribution == "uniform":
            return down / steps
        tail = ndtri(jnp.maximum(jnp.minimum(down, up) / steps, _TAIL))
        return jnp.where(last > 1, jnp.where(down <= up, tail, -tail), down / steps)

    def _structural(self, argument: str) -> Any:
        return None if argument == "num_quantiles" else super()._structural(argument)


def _count(at: Callable[[Any], Any], width: int, holds: Callable[[Any], Any]) -> Any:
    """Return how many elements something holds of, which are the first ones, by halving.

    Args:
        at: Returns the elements at indices.
        width: How many there are, one less than a power of two.
        holds: The condition.
    """
    count: Any = 0
    for exponent in reversed(range(width.bit_length())):
        further = count + 2**exponent
        count = jnp.where(holds(at(further - 1)), further, count)
    return count
