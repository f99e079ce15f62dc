"""The base of the layers that scale each column of a table by what they learnt of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.containers import to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.shapes import Shape
from hornet.core.variable import Table
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import Preprocessing, batches_of


class ColumnNormalization(Preprocessing):
    """Base of the layers that scale each feature by itself, and replace a missing number, with a flag that says so.

    A member names its statistics, learns those of a column in `_learn`, makes tables of all in `_fill_tables`, and
    computes in `_scaled`; its table `_filling` holds what a missing number of each feature becomes.

    Args:
        flags: The numbers of the features that have a flag; `"auto"` for those that `adapt` sees gaps in.
        statistics: What `adapt` learnt: a dict of lists with an entry for each feature.
        **kwargs: What every `Layer` takes.
    """

    _statistic_names: tuple[str, ...]

    def __init__(
        self,
        flags: str | Sequence[int],
        statistics: Mapping[str, Sequence[Any]] | None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(flags, str) and flags != "auto":
            raise ArgumentError(
                f"`flags` must be 'auto' or the numbers of features, not {flags!r}. Pass a list of them."
            )
        self.flags = flags if isinstance(flags, str) else [int(feature) for feature in flags]
        self._filling = Table("filling", np.empty(0))
        self._statistics: dict[str, list[Any]] | None = None
        if statistics is not None:
            self.flags = [] if self.flags == "auto" else self.flags  # nothing says which have gaps
            self._set(statistics)

    @property
    def statistics(self) -> dict[str, list[Any]] | None:
        """What `adapt` learnt; `None` before it."""
        return self._statistics

    @property
    def features(self) -> int:
        """The number of features."""
        return 0 if self._statistics is None else len(self._statistics[self._statistic_names[0]])

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
        if self.flags == "auto":
            self.flags = [feature for feature, column in enumerate(rows.T) if np.isnan(column).any()]
        learnt = [self._learn(column[np.isfinite(column)], len(rows)) for column in rows.T]
        self._set(dict(zip(self._statistic_names, map(list, zip(*learnt, strict=True)), strict=True)))

    def call(self, inputs: Any) -> Any:
        if self._statistics is None:
            raise ValueError(f"Layer {self.name!r} has not learnt what to scale by. Call `adapt` first.")
        if inputs.shape[-1] != self.features:
            raise ValueError(
                f"Layer {self.name!r} learnt about {self.features} features and got {inputs.shape[-1]}. Pass as many."
            )
        x = in_long_type(inputs)
        missing = jnp.isnan(x)
        scaled = jnp.where(missing, self._read(self._filling, x), self._scaled(jnp.where(missing, 0, x)))
        flagged = missing[..., np.asarray(self.flags, int)] if self.flags else missing[..., :0]
        return jnp.concatenate([scaled, flagged.astype(scaled.dtype)], axis=-1).astype(self.compute_dtype)

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

    def _set(self, statistics: Mapping[str, Sequence[Any]]) -> None:
        self._statistics = {name: list(statistics[name]) for name in self._statistic_names}
        self._fill_tables(*self._statistics.values())

    @staticmethod
    def _read(table: Table, x: Any) -> Any:
        """Return a table's array in the type of what is scaled."""
        return jnp.asarray(table.value, x.dtype)

    @abstractmethod
    def _learn(self, column: np.ndarray, rows: int) -> tuple[Any, ...]:
        """Return the statistics of a feature.

        Args:
            column: Its finite values.
            rows: The number of rows, those without a value included.
        """

    @abstractmethod
    def _fill_tables(self, *statistics: list[Any]) -> None:
        """Make the tables that programs read of the statistics of all features."""

    @abstractmethod
    def _scaled(self, x: Any) -> Any:
        """Return scaled numbers, none of which is missing."""
