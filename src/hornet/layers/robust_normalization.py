"""The layer that scales columns so that outliers, gaps and odd scales do no harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number
from hornet.core.containers import to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.core.variable import Table
from hornet.layers.layer import registry
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import Preprocessing, batches_of

_LARGE = 1e9
"""Scaled numbers are cut off here, so that an infinite one becomes the limit and not NaN."""


@registry.register()
class RobustNormalization(Preprocessing):
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

    def __init__(
        self,
        limit: float = 3.0,
        flags: str | Sequence[int] = "auto",
        statistics: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.limit = number("limit", limit, above=0.0)
        if isinstance(flags, str) and flags != "auto":
            raise ArgumentError(
                f"`flags` must be 'auto' or the numbers of features, not {flags!r}. Pass a list of them."
            )
        self.flags = flags if isinstance(flags, str) else [int(feature) for feature in flags]
        self._center, self._factor, self._bends, self._ends, self._filling = (
            Table(name, np.empty(0)) for name in ("center", "factor", "bends", "ends", "filling")
        )
        self._statistics: dict[str, list[Any]] | None = None
        if statistics is not None:
            self._set(statistics)

    @property
    def statistics(self) -> dict[str, list[Any]] | None:
        """What `adapt` learnt; `None` before it."""
        return self._statistics

    @property
    def features(self) -> int:
        """The number of features."""
        return len((self._statistics or {"center": []})["center"])

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn from data what features are scaled by, and which of them have gaps.

        Args:
            data: Numbers, the features on the last axis, NaN where one is missing; or an iterable of batches of them.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If data are not numbers.
            ValueError: If there are no rows.
        """
        batches = batches_of(data, steps, lambda rows: to_numbers("data", rows).astype("float64"))
        rows = np.concatenate([batch.reshape(-1, batch.shape[-1]) for batch in batches])
        columns = [column[np.isfinite(column)] for column in rows.T]
        if self.flags == "auto":
            self.flags = [feature for feature, column in enumerate(rows.T) if np.isnan(column).any()]
        learnt = [_center_and_scale(column) for column in columns]
        names = ("center", "scale", "alone")
        self._set({name: [entry[place] for entry in learnt] for place, name in enumerate(names)})

    def _set(self, statistics: Mapping[str, Sequence[Any]]) -> None:
        self._statistics = {name: list(statistics[name]) for name in ("center", "scale", "alone")}
        center, scale, alone = (np.asarray(self._statistics[name], "float64") for name in self._statistics)
        self._center.set(center)
        self._factor.set(1.0 / scale)
        self._bends.set(np.where(alone, np.inf, self.limit))
        self._ends.set(np.where(alone, self.limit, _LARGE))
        self._filling.set(np.where(alone, 0.5, 0.0))

    def call(self, inputs: Any) -> Any:
        if self._statistics is None:
            raise ValueError(f"Layer {self.name!r} has not learnt what to scale by. Call `adapt` first.")
        if inputs.shape[-1] != self.features:
            raise ValueError(
                f"Layer {self.name!r} learnt about {self.features} features and got {inputs.shape[-1]}. Pass as many."
            )
        x = in_long_type(inputs)
        held = (self._center, self._factor, self._bends, self._ends, self._filling)
        center, factor, bends, ends, filling = (jnp.asarray(table.value, x.dtype) for table in held)
        missing = jnp.isnan(x)
        scaled = jnp.clip((x - center) * factor, -ends, ends)
        filled = jnp.where(missing, filling, scaled)
        bent = filled / jnp.sqrt(1.0 + jnp.square(filled / bends))
        flagged = missing[..., np.asarray(self.flags, int)] if self.flags else missing[..., :0]
        return jnp.concatenate([bent, flagged.astype(bent.dtype)], axis=-1).astype(self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output; before `adapt` its last axis is not known."""
        if self._statistics is None:
            return (*input_shape[:-1], None)
        return super().compute_output_shape(input_shape)

    @property
    def _says_its_shape(self) -> bool:
        return self._statistics is None

    def _structural(self, argument: str) -> Any:
        return None if argument == "statistics" else super()._structural(argument)


def _center_and_scale(column: np.ndarray) -> tuple[float, float, bool]:
    """Return what a feature is centred and scaled by, and whether it has two values, which become 0 and 1."""
    values = np.unique(column)
    if len(values) == 2:
        return float(values[0]), float(values[1] - values[0]), True
    if len(values) < 2:
        return float(values[0]) if len(values) else 0.0, 1.0, False
    low, center, high = np.quantile(column, [0.25, 0.5, 0.75])
    return float(center), float(high - low or (values[-1] - values[0]) / 2), False
