"""The layer that sorts numbers into bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import number, positive_int
from hornet.core.variable import Table
from hornet.layers.category_encoding import MODES, dense, encode, known_mode
from hornet.layers.layer import registry
from hornet.layers.preprocessing import Preprocessing, rows_of


@registry.register()
class Discretization(Preprocessing):
    """Puts the number of the bin in the place of each number.

    Bin 0 holds what is below the first boundary, bin 1 what is from it on and below the second, and so on. The
    boundaries are given, or `adapt` places them so that each bin holds an equal share of the data.

    Args:
        bin_boundaries: The boundaries, ascending.
        num_bins: Number of bins that `adapt` makes, at least 1.
        epsilon: The error that Keras may make in the shares. The boundaries here are exact.
        output_mode: How bins are put out, as in `CategoryEncoding`; `"int"` is their numbers.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any
        output: that of the input; see `CategoryEncoding` for other modes than `"int"`

    Raises:
        ValueError: If not exactly one of `bin_boundaries` and `num_bins` is given; on a call, if there are no
            boundaries yet.

    Example:
        >>> Discretization([0.0, 1.0])([[-5.0, 0.0, 0.5, 9.0]]).tolist()
        [[0, 1, 1, 2]]
        >>> layer = Discretization(num_bins=2)
        >>> layer.adapt([1.0, 2.0, 3.0, 4.0])
        >>> layer.bin_boundaries
        [2.0]
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"`bin_boundaries` is {bin_boundaries} and `num_bins` {num_bins}. "
                "Pass the boundaries, or the number of bins and call `adapt`."
            )
        self.num_bins = None if num_bins is None else positive_int("num_bins", num_bins)
        self.epsilon = number("epsilon", epsilon, at_least=0.0)
        self.output_mode = known_mode(output_mode, MODES)
        self.sparse = dense(sparse)
        self._boundaries: Table | None = None
        if bin_boundaries is not None:
            self._set(bin_boundaries)

    @property
    def bin_boundaries(self) -> list[float] | None:
        """The boundaries; `None` before `adapt`."""
        return None if self._boundaries is None else np.asarray(self._boundaries.value).tolist()

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Place the boundaries so that each bin holds an equal share of data.

        Args:
            data: Numbers of any shape, or an iterable of batches of them.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            ValueError: If the boundaries were given, or data are empty or hold NaN.
        """
        if self.num_bins is None:
            raise ValueError(f"Layer {self.name!r} was given its `bin_boundaries`. Make one with `num_bins` to adapt.")
        shares = np.arange(1, self.num_bins) / self.num_bins
        # Keras's own rule: the distribution's steps joined by lines, where it keeps all values.
        self._set(np.quantile(rows_of(data, steps).ravel(), shares, method="interpolated_inverted_cdf"))

    def call(self, inputs: Any) -> Any:
        if self._boundaries is None:
            raise ValueError(f"Layer {self.name!r} has no boundaries yet. Call `adapt` or pass `bin_boundaries`.")
        boundaries = jnp.asarray(self._boundaries.value)
        bins = jnp.searchsorted(boundaries, inputs.astype(boundaries.dtype), side="right", method="compare_all")
        return encode(bins, self.output_mode, len(boundaries) + 1, self.compute_dtype)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        learned = config.get("bin_boundaries") if config.get("num_bins") is not None else None
        if learned is None:
            return super().from_config(config)
        layer = super().from_config({**config, "bin_boundaries": None})
        layer._set(learned)
        return layer

    def _set(self, boundaries: Any) -> None:
        self._boundaries = Table("bin_boundaries", np.asarray(boundaries, "float32"))

    def _structural(self, argument: str) -> Any:
        return None if argument == "bin_boundaries" else super()._structural(argument)
