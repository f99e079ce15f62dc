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
        # Of each feature's different quantiles: the value, the middle and the last place; then of each feature the last
        # place, and which of the different ones is the greatest.
        self._places = [Table(name, np.empty((0, 0))) for name in ("values", "middle", "last", "steps", "greatest")]
        super().__init__(flags, statistics, **kwargs)

    def _learn(self, column: np.ndarray, rows: int) -> tuple[list[float]]:
        values = np.unique(column)
        if len(values) < 3:
            return (values.tolist() or [0.0],)
        fractions = np.linspace(0.0, 1.0, min(self.num_quantiles, rows))
        return (np.maximum.accumulate(np.quantile(column, fractions)).tolist(),)

    def _fill_tables(self, quantiles: list[list[float]]) -> None:
        arrays = [np.asarray(each, "float64") for each in quantiles]
        if any(not each.size or (np.diff(each) < 0).any() for each in arrays):
            raise ValueError("`statistics` has quantiles that do not ascend, or none. Pass what `adapt` learnt.")
        different = [np.unique(each, return_index=True, return_counts=True) for each in arrays]
        width = 2 ** max((len(values) for values, *_ in different), default=1).bit_length() - 1  # for `_count`
        take_memory(3 * 8 * width * len(arrays), "`statistics`")
        values, middle, last = np.full((len(arrays), width), np.inf), *np.zeros((2, len(arrays), width))
        for feature, (own, first, counts) in enumerate(different):
            places = slice(len(own))
            values[feature, places], last[feature, places] = own, first + counts - 1
            middle[feature, places] = first + (counts - 1) / 2
            if self.ends == "extreme":
                middle[feature, 0], middle[feature, len(own) - 1] = 0, len(arrays[feature]) - 1
        steps = np.array([len(each) - 1 for each in arrays])
        is_centred = (steps == 0) | ((steps > 1) & (self.distribution == "normal"))
        greatest = np.array([len(own) - 1 for own, *_ in different])
        found = (values, middle, last, steps, greatest, np.where(is_centred, 0.0, 0.5))
        for table, array in zip((*self._places, self._filling), found, strict=True):
            table.set(array)

    def _scaled(self, x: Any) -> Any:
        values, middle, last, steps = (self._read(table, x) for table in self._places[:4])
        features, width = values.shape
        starts = np.arange(features) * width

        def at(table: Any, index: Any) -> Any:
            return table.ravel().at[starts + index].get(mode="promise_in_bounds")

        x = jnp.clip(x, values[:, 0], at(values, jnp.asarray(self._places[4].value)))
        index = _count(width, lambda index: at(values, index) < x)  # of the first that is not below
        before = jnp.maximum(index - 1, 0)
        above, below = at(values, index), at(values, before)
        is_one = (above == x) | (above == below)
        place = jnp.where(is_one, at(middle, index), at(last, before))
        further = jnp.where(is_one, 0, (x - below) / jnp.where(is_one, 1, above - below))
        down, up = place + further, steps - place - further  # each with all digits of small ones
        part = jnp.maximum(steps, 1)
        if self.distribution == "uniform":
            return down / part
        tail = ndtri(jnp.maximum(jnp.minimum(down, up) / part, _TAIL))
        return jnp.where(steps > 1, jnp.where(down <= up, tail, -tail), down / part)

    def _structural(self, argument: str) -> Any:
        return None if argument == "num_quantiles" else super()._structural(argument)


def _count(width: int, holds: Callable[[Any], Any]) -> Any:
    """Return how many elements something holds of, which are the first ones, by halving.

    Args:
        width: The number of elements, one less than a power of two.
        holds: Whether it holds of the elements of some indices.
    """
    count: Any = 0
    for exponent in reversed(range(width.bit_length())):
        count += jnp.where(holds(count + 2**exponent - 1), 2**exponent, 0)
    return count
