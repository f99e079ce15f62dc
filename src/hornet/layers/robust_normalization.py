"""The layer that scales columns so that outliers, gaps and odd scales do no harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number
from hornet.core.variable import Table
from hornet.layers.column_normalization import ColumnNormalization
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions

_LARGE = 1e9
"""Scaled numbers are cut off here, so that an infinite one becomes the limit and not NaN."""


@registry.register()
class RobustNormalization(ColumnNormalization):
    r"""Scales each feature by its median $m$ and quartiles $q$, and bends what lies far off towards a limit $l$.

    Computes $z = (x - m) / (q_{75} - q_{25})$ and $y = z / \sqrt{1 + (z / l)^2}$, so that no outlier leaves $(-l, l)$.
    Where the quartiles are equal, half of the range is in their place. Of a feature of two values the lower becomes 0
    and the other 1, so that one of 0 and 1 is left alone; what lies outside is cut off at $-l$ and $l$. A missing
    number, NaN, becomes that of the median, and a column behind the features says so with a 1.

    Args:
        limit: $l$, above 0.
        flags: The numbers of the features that have such a column; `"auto"` for those that `adapt` sees gaps in.
        statistics: What `adapt` learnt: a dict of lists with an entry for each feature, `"center"`, `"scale"` and
            `"alone"`, which says whether it has two values.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, features)`
        output: `(*batch, features + flags)`

    Raises:
        TypeError: If data are not numbers.
        ValueError: If an argument is out of its range; on a call, if `adapt` was not called.

    Source:
        Holzmueller et al. 2024, Better by default (RealMLP).

    Example:
        >>> layer = RobustNormalization()
        >>> layer.adapt([[0.0], [1.0], [2.0], [3.0], [np.nan]])
        >>> layer([[1.5], [1e9], [np.nan]]).round(2).tolist()
        [[0.0, 0.0], [3.0, 0.0], [0.0, 1.0]]
    """

    _statistic_names = ("center", "scale", "alone")

    def __init__(
        self,
        limit: float = 3.0,
        flags: str | Sequence[int] = "auto",
        statistics: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        self.limit = number("limit", limit, above=0.0)
        self._center, self._factor, self._bends, self._ends = (
            Table(name, np.empty(0)) for name in ("center", "factor", "bends", "ends")
        )
        super().__init__(flags, statistics, **kwargs)

    def _learn(self, column: np.ndarray, rows: int) -> tuple[float, float, bool]:
        values = np.unique(column)
        if len(values) == 2:
            return float(values[0]), float(values[1] - values[0]), True
        if len(values) < 2:
            return float(values[0]) if len(values) else 0.0, 1.0, False
        low, center, high = np.quantile(column, [0.25, 0.5, 0.75])
        return float(center), float(high - low or (values[-1] - values[0]) / 2), False

    def _fill_tables(self, center: list[float], scale: list[float], alone: list[bool]) -> None:
        self._center.set(np.asarray(center, "float64"))
        self._factor.set(1.0 / np.asarray(scale, "float64"))
        self._bends.set(np.where(alone, np.inf, self.limit))
        self._ends.set(np.where(alone, self.limit, _LARGE))
        self._filling.set(np.where(alone, 0.5, 0.0))

    def _scaled(self, x: Any) -> Any:
        center, factor, bends, ends = (
            self._read(table, x) for table in (self._center, self._factor, self._bends, self._ends)
        )
        scaled = jnp.clip((x - center) * factor, -ends, ends)
        return scaled / jnp.sqrt(1.0 + jnp.square(scaled / bends))
