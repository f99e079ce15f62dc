"""The layer that sorts numbers into bins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, describe, number
from hornet.core.variable import Table
from hornet.layers.category_encoding import MODES, dense, encode, known_mode
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import Preprocessing, numbers_of

_SAMPLED = 1 << 24
"""How many numbers stand for all, at most."""


@registry.register()
class Discretization(Preprocessing):
    """Replaces each number by the index of its bin.

    Bin 0 holds what is below the first boundary, bin 1 what is from it on and below the second, and so on. The
    boundaries are given, or `adapt` places them so that each bin holds an equal fraction of the data.

    Args:
        bin_boundaries: The boundaries, ascending.
        num_bins: Number of bins that `adapt` makes, at least 1.
        epsilon: The error that Keras may make in the fractions. The boundaries here are exact.
        output_mode: How bins are put out, as in `CategoryEncoding`; `"int"` is their indices.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any
        output: that of the input; see `CategoryEncoding` for other modes than `"int"`. For `"multi_hot"` and
            `"count"` the second axis of more than two becomes a row, as in Keras: `(2, 5, bins)` for `(2, 3, 5)`

    Raises:
        TypeError: If a boundary is not a number.
        ValueError: If not exactly one of `bin_boundaries` and `num_bins` is given, or the boundaries do not ascend;
            on a call, if there are none yet.

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
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"`bin_boundaries` is {bin_boundaries} and `num_bins` {num_bins}. "
                "Pass the boundaries, or the number of bins and call `adapt`."
            )
        self.num_bins = None if num_bins is None else axis_size("num_bins", num_bins)
        self.epsilon = number("epsilon", epsilon, at_least=0.0)
        self.output_mode = known_mode(output_mode, MODES)
        self.sparse = dense(sparse)
        self._boundaries = Table("bin_boundaries", np.empty(0))
        self._has_boundaries = False
        if bin_boundaries is not None:
            self._set([number("bin_boundaries", boundary) for boundary in bin_boundaries])

    @property
    def bin_boundaries(self) -> list[float] | None:
        """The boundaries; `None` before `adapt`."""
        return np.asarray(self._boundaries.value).tolist() if self._has_boundaries else None

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Place the boundaries so that each bin holds an equal fraction of the data.

        Of more than 16 million numbers a random sample of as many stands for all.

        Args:
            data: Numbers of any shape, or an iterable of batches of them.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If data are not numbers.
            ValueError: If the boundaries were given, or data are empty or not finite.
        """
        if self.num_bins is None:
            raise ValueError(f"Layer {self.name!r} was given its `bin_boundaries`. Make one with `num_bins` to adapt.")
        numbers = _sample(batch.ravel() for batch in numbers_of(data, steps))
        fractions = np.arange(1, self.num_bins) / self.num_bins
        # Keras's rule where it keeps all values: linear interpolation of the empirical distribution function.
        self._set(np.quantile(numbers, fractions, method="interpolated_inverted_cdf"))

    def finalize_state(self) -> None:
        """Take the boundaries of `adapt`, which count at once."""

    def call(self, inputs: Any) -> Any:
        if not self._has_boundaries:
            raise ValueError(f"Layer {self.name!r} has no boundaries yet. Call `adapt` or pass `bin_boundaries`.")
        dtype = jnp.promote_types(inputs.dtype, "float32")
        boundaries = jnp.asarray(self._boundaries.value, dtype)
        bins = jnp.searchsorted(boundaries, inputs.astype(dtype), side="right", method="compare_all")
        if self.output_mode in ("multi_hot", "count") and bins.ndim > 2:
            bins = jnp.moveaxis(bins, 1, -1)  # one row is made of the elements on this axis, as in Keras
        return encode(bins, self.output_mode, len(boundaries) + 1, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output; before `adapt` that for `num_bins` bins."""
        if self._has_boundaries:
            return super().compute_output_shape(input_shape)
        take_memory(200 * (self.num_bins or 1), "`num_bins`")
        stand_in = Discretization(range((self.num_bins or 1) - 1), output_mode=self.output_mode)
        return stand_in.compute_output_shape(input_shape)

    @property
    def _says_its_shape(self) -> bool:
        return not self._has_boundaries

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        learned = config.get("bin_boundaries") if config.get("num_bins") is not None else None
        if learned is None:
            return super().from_config(config, custom_objects)
        layer = super().from_config({**config, "bin_boundaries": None}, custom_objects)
        layer._set(learned)
        return layer

    def _set(self, boundaries: Any) -> None:
        array = np.asarray(boundaries, "float64")
        if (np.diff(array) < 0).any():
            raise ValueError(f"`bin_boundaries` must ascend, unlike {describe(boundaries)}. Sort them.")
        self._boundaries.set(array)  # in the box that is there, which programs know
        self._has_boundaries = True

    def _structural(self, argument: str) -> Any:
        return None if argument == "bin_boundaries" else super()._structural(argument)


def _sample(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return all numbers, or where these are many a random sample, the same each time."""
    draws = np.random.default_rng(0)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for numbers in parts:
        kept.append((numbers, draws.random(len(numbers), "float32")))
        if sum(len(part) for part, _ in kept) > 2 * _SAMPLED:
            kept = [_with_lowest(kept)]
    return _with_lowest(kept)[0]


def _with_lowest(kept: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers whose draws are the lowest, with these."""
    numbers, drawn = map(np.concatenate, zip(*kept, strict=True))
    if len(numbers) <= _SAMPLED:
        return numbers, drawn
    lowest = np.argpartition(drawn, _SAMPLED)[:_SAMPLED]
    return numbers[lowest], drawn[lowest]
