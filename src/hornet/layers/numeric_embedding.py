"""The layer that makes of each number of a table several ones, which a network fits steep and wavy functions with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, boolean, number, one_of
from hornet.core.shapes import Shape
from hornet.core.variable import Table
from hornet.initializers import RandomNormal, RandomUniform
from hornet.layers.input_spec import InputSpec
from hornet.layers.layer import Layer, registry
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import numbers_of

Weights = dict[str, tuple[tuple[int, ...], Any]]
"""The shape and the initializer of each weight by its name."""


@dataclass(frozen=True)
class _Kind:
    """A way to embed numbers.

    Args:
        defaults: The arguments that it takes, with their defaults.
        weights: Returns the weights for a number of features; an argument of the layer for each of `defaults`.
        embed: Computes the embedding of `x`, of shape `(*batch, features, 1)`, with the weights' values.
    """

    defaults: Mapping[str, float | None]
    weights: Callable[..., Weights]
    embed: Callable[..., Any]


@registry.register()
class NumericEmbedding(Layer):
    r"""Makes of each number $x$ a learned vector, by functions of the feature's own.

    Networks learn smooth functions of their inputs first, while those of tables are steep and wavy. With frequencies
    $f$ and phases $p$, vectors with an element a wave, the kinds are

    - `"cosine"`: $(x, \cos(2 \pi f x + p)) \odot g + s$. The gains $g$ begin at 0, so a wave comes in only as far as it
      helps, and frequencies may be high. The first to try, and the one for ensembles.
    - `"periodic"`: $\max(0, (\sin 2 \pi f x, \cos 2 \pi f x) W + b)$, the PLR of its authors.
    - `"pbld"`: $(x, \cos(2 \pi f x + p) W + b)$, with low frequencies and random phases: RealMLP's.
    - `"piecewise"`: how far $x$ is through each of some bins, $t$: 0 below, 1 above, linear in it; the outermost go on
      beyond. Then $t W + x v + b$, with $W$ from 0 on. The bins are between quantiles that `adapt` takes from data.

    Inputs should be scaled, best by `QuantileNormalization`. `Muon` leaves these weights to Adam, as those of any layer
    with "embedding" in its name.

    Args:
        kind: One of these.
        units: Size of the vector of a number; by default 16, and 4 for `"pbld"`. That of `"cosine"` is
            `frequencies + 1`; `"piecewise"` takes `"bins"` as well, for $t$ itself, without weights.
        frequencies: Number of waves, at least 1; by default 24, and 16 for `"pbld"`.
        scale: Deviation of the first frequencies, in waves for each unit of $x$, above 0; by default 2 for `"cosine"`,
            0.5 for `"periodic"` and 0.1 for `"pbld"`.
        bins: Number of bins, at least 1; by default 48.
        edges: What `adapt` learnt: a list for each feature, of the ascending edges of its bins, which may be fewer.
        numbers: How many of the first features are embedded; the others follow as they are. `None` is all.
        flatten: Whether the vectors of a row are put out one behind the other.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, features)`
        frequency, phase: `(features, frequencies)`
        output: `(*batch, features * units)`; `(*batch, features, units)` without `flatten`

    Raises:
        ValueError: If an argument is out of its range, or not one of the kind; on a call of `"piecewise"`, if `adapt`
            was not called.

    Source:
        Gorishniy et al. 2022, On embeddings for numerical features, sections 3.2 and 3.3; `"cosine"`: Gorishniy et al.
        2026, TabPack; `"pbld"`: Holzmueller et al. 2024, Better by default (RealMLP), section 3; the linear part of
        `"piecewise"`: Gorishniy et al. 2024, TabM, appendix.

    Example:
        >>> NumericEmbedding(frequencies=7)(np.ones((2, 3))).shape
        (2, 24)
        >>> layer = NumericEmbedding("piecewise", units="bins", bins=2)
        >>> layer.adapt([[0.0], [1.0], [3.0]])
        >>> layer([[0.5], [2.0], [4.0]]).tolist()
        [[0.5, 0.0], [1.0, 0.5], [1.0, 1.5]]
    """

    _fixed_axes = (-1,)
    autocast = False  # a short floating-point type is too coarse for many waves a unit
    supports_masking = True

    def __init__(
        self,
        kind: str = "cosine",
        units: int | str | None = None,
        frequencies: int | None = None,
        scale: float | None = None,
        bins: int | None = None,
        edges: Sequence[Sequence[float]] | None = None,
        numbers: int | None = None,
        flatten: bool = True,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.kind = one_of("kind", kind, _KINDS)
        units, frequencies, scale, bins = self._with_defaults(
            units=units, frequencies=frequencies, scale=scale, bins=bins
        )
        takes_bins = units == "bins" and kind == "piecewise"
        self.units = units if takes_bins or units is None else axis_size("units", units)
        self.frequencies = None if frequencies is None else axis_size("frequencies", frequencies)
        self.scale = None if scale is None else number("scale", scale, above=0.0)
        self.bins = None if bins is None else axis_size("bins", bins)
        self.numbers = None if numbers is None else axis_size("numbers", numbers)
        self.flatten = boolean("flatten", flatten)
        if numbers is not None and not self.flatten:
            raise ValueError(f"`numbers` is {numbers}, which leaves no vectors of others. Pass `flatten=True`.")
        self._bins = tuple(Table(name, np.empty((0, 0))) for name in ("start", "slope", "least", "most"))
        self._edges: list[list[float]] | None = None
        if edges is not None:
            self._with_defaults(edges=edges)
            self._set([[float(edge) for edge in own] for own in edges])

    def _with_defaults(self, **given: Any) -> list[Any]:
        """Return arguments, with the kind's defaults for those that are missing."""
        defaults = _KINDS[self.kind].defaults
        for name, value in given.items():
            if value is not None and name not in defaults:
                raise ValueError(f"`{name}` has no meaning for `kind={self.kind!r}`. Leave it out.")
        return [defaults.get(name) if value is None else value for name, value in given.items()]

    @property
    def edges(self) -> list[list[float]] | None:
        """The edges of the bins of each feature; `None` before `adapt`."""
        return self._edges

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Place the edges of bins at quantiles of data.

        Args:
            data: Scaled numbers, as the layer will be called on: the features on the last axis; or an iterable of
                batches of them.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If data are not numbers.
            ValueError: If the kind has no bins, there are no rows, or a number is not finite.
        """
        if self.bins is None:
            raise ValueError(f"`kind={self.kind!r}` learns nothing from data. Leave `adapt` out.")
        rows = np.concatenate([batch.reshape(-1, batch.shape[-1]) for batch in numbers_of(data, steps)])
        self._set([_edges_of(column, self.bins) for column in rows[:, : self.numbers].T])

    def _set(self, edges: list[list[float]]) -> None:
        bins = self.bins or 0
        if any(not 2 <= len(own) <= bins + 1 or (np.diff(own) <= 0).any() for own in edges):
            raise ValueError(f"`edges` must ascend, from 2 to {bins + 1} for each feature. Pass what `adapt` learnt.")
        take_memory(4 * 8 * bins * len(edges), "`bins`")
        start, slope, least, most = (np.zeros((len(edges), bins)) for _ in self._bins)
        for feature, own in enumerate(edges):
            count = len(own) - 1  # a bin behind these is 0 for every number
            start[feature, :count] = own[:-1]
            slope[feature, :count] = 1.0 / np.diff(own)
            most[feature, :count] = 1.0
            least[feature, 0], most[feature, count - 1] = -np.inf, np.inf
        for table, array in zip(self._bins, (start, slope, least, most), strict=True):
            table.set(array)
        self._edges = edges

    def build(self, input_shape: Shape) -> None:
        features = self._known_axis(input_shape, -1)
        self._embedded = features if self.numbers is None else self.numbers
        if self._embedded > features:
            raise ValueError(
                f"Layer {self.name!r} is to embed the first {self.numbers} features of {features}. Pass fewer."
            )
        for name, (shape, initializer) in self._weights().items():
            # Frequencies stay as they are: in a short type waves would be off by many.
            setattr(self, name, self.add_weight(name, shape, initializer, autocast=name not in ("frequency", "phase")))

    def _weights(self) -> Weights:
        kind = _KINDS[self.kind]
        return kind.weights(self._embedded, **{name: getattr(self, name) for name in kind.defaults if name != "edges"})

    def _required_inputs(self) -> InputSpec:
        return InputSpec(min_ndim=2, axes=self._required_sizes())

    def call(self, inputs: Any) -> Any:
        x = in_long_type(inputs)
        weights = {name: getattr(self, name).value for name in self._weights()}
        vectors = _KINDS[self.kind].embed(x[..., : self._embedded, None], **weights, **self._places(x.dtype))
        if self.flatten:
            flat = vectors.reshape(*x.shape[:-1], self._embedded * vectors.shape[-1])
            vectors = jnp.concatenate([flat, x[..., self._embedded :]], axis=-1)
        return vectors.astype(self.compute_dtype)

    def _places(self, dtype: Any) -> dict[str, Any]:
        """Return where the bins lie, for a kind that has some."""
        if self.bins is None:
            return {}
        if self._edges is None:
            raise ValueError(f"Layer {self.name!r} has no bins yet. Call `adapt` first.")
        if len(self._edges) != self._embedded:
            raise ValueError(
                f"Layer {self.name!r} learnt the bins of {len(self._edges)} features and got {self._embedded}. Pass as "
                "many."
            )
        return {"bins": [jnp.asarray(table.value, dtype) for table in self._bins]}

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the output, of `"piecewise"` also before `adapt`."""
        if not self._says_its_shape:
            return super().compute_output_shape(input_shape)
        self._build_on(input_shape)
        width = self.bins if self.units == "bins" else self.units
        assert isinstance(width, int)
        if not self.flatten:
            return (*input_shape, width)
        return (*input_shape[:-1], self._known_axis(input_shape, -1) + self._embedded * (width - 1))

    @property
    def _says_its_shape(self) -> bool:
        return self.bins is not None and self._edges is None

    def _structural(self, argument: str) -> Any:
        # The first only draws weights, the other is in tables.
        return None if argument in ("scale", "edges") else super()._structural(argument)


def _edges_of(column: np.ndarray, bins: int) -> list[float]:
    """Return the edges of at most so many bins that hold equal parts of a column; two around a single value."""
    edges = np.unique(np.quantile(column, np.linspace(0.0, 1.0, bins + 1)))
    return edges.tolist() if len(edges) > 1 else [float(edges[0]), float(edges[0]) + 1.0]


# --- kinds ------------------------------------------------------------------------------------------------------


def _cosine_weights(features: int, frequencies: int, scale: float) -> Weights:
    width = (features, frequencies + 1)
    # With shifts of zero, every ReLU behind would begin at its corner, where it has no slope.
    shift = RandomUniform(-0.1, 0.1)
    return {**_waves(features, frequencies, scale, "zeros"), "gain": (width, "zeros"), "shift": (width, shift)}


def _cosine(x: Any, frequency: Any, phase: Any, gain: Any, shift: Any) -> Any:
    return jnp.concatenate([x, _cosine_of_turns(x * frequency + phase / (2 * math.pi))], axis=-1) * gain + shift


def _periodic_weights(features: int, frequencies: int, scale: float, units: int) -> Weights:
    frequency = {"frequency": ((features, frequencies), RandomNormal(0.0, scale))}
    return {**frequency, **_dense(features, 2 * frequencies, units)}


def _periodic(x: Any, frequency: Any, kernel: Any, bias: Any) -> Any:
    turns = x * frequency
    waves = _cosine_of_turns(jnp.concatenate([turns - 0.25, turns], axis=-1))
    return jnp.maximum(_of_each(waves, kernel) + bias, 0)


def _pbld_weights(features: int, frequencies: int, scale: float, units: int) -> Weights:
    if units < 2:
        raise ValueError(f"`units` is {units}, and the first is the number itself. Pass at least 2.")
    phase = RandomUniform(-math.pi, math.pi)
    return {**_waves(features, frequencies, scale, phase), **_dense(features, frequencies, units - 1)}


def _pbld(x: Any, frequency: Any, phase: Any, kernel: Any, bias: Any) -> Any:
    waves = _cosine_of_turns(x * frequency + phase / (2 * math.pi))
    return jnp.concatenate([x, _of_each(waves, kernel) + bias], axis=-1)


def _piecewise_weights(features: int, bins: int, units: int | str) -> Weights:
    if isinstance(units, str):
        return {}
    linear = RandomUniform(-1.0, 1.0)
    return {
        "kernel": ((features, bins, units), "zeros"),
        "slope": ((features, units), linear),
        "bias": ((features, units), linear),
    }


def _piecewise(x: Any, bins: Sequence[Any], kernel: Any = None, slope: Any = None, bias: Any = None) -> Any:
    start, steepness, least, most = bins
    parts = jnp.clip((x - start) * steepness, least, most)
    return parts if kernel is None else _of_each(parts, kernel) + x * slope + bias


def _waves(features: int, frequencies: int, scale: float, phase: Any) -> Weights:
    shape = (features, frequencies)
    return {"frequency": (shape, RandomNormal(0.0, scale)), "phase": (shape, phase)}


def _cosine_of_turns(turns: Any) -> Any:
    """Return the cosine of angles that are given in turns, in an eighth of the time that XLA's own takes."""
    # From the top of a wave to its bottom, it is a sine from a quarter of a turn before zero to a quarter behind.
    turns = 0.25 - jnp.abs(turns - jnp.round(turns))
    terms = 7 if turns.dtype == jnp.float32 else 11  # of its series, as many as the type has digits for
    square = jnp.square(turns)
    series: Any = 0
    for term in reversed(range(terms)):
        series = series * square + (-1) ** term * (2 * math.pi) ** (2 * term + 1) / math.factorial(2 * term + 1)
    return turns * series


def _dense(features: int, inputs: int, units: int) -> Weights:
    draw = RandomUniform(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs))
    return {"kernel": ((features, inputs, units), draw), "bias": ((features, units), draw)}


def _of_each(x: Any, kernel: Any) -> Any:
    """Return the product of the elements of each feature with its own kernel."""
    return jnp.einsum("...fi,fiu->...fu", x, kernel)


_KINDS = {
    "cosine": _Kind({"frequencies": 24, "scale": 2.0}, _cosine_weights, _cosine),
    "periodic": _Kind({"frequencies": 24, "scale": 0.5, "units": 16}, _periodic_weights, _periodic),
    "pbld": _Kind({"frequencies": 16, "scale": 0.1, "units": 4}, _pbld_weights, _pbld),
    "piecewise": _Kind({"bins": 48, "units": 16, "edges": None}, _piecewise_weights, _piecewise),
}
