"""Features of a table, each described by a word, as one encoded array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import jax
import numpy as np

from hornet.core.checks import describe, one_of, positive_int
from hornet.core.config import Configurable, serialize
from hornet.core.containers import table_of, to_numbers
from hornet.core.errors import ArgumentError
from hornet.core.frames import refuse_lazy
from hornet.core.module import in_file_order
from hornet.core.registry import Registry, revive
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor, tensors_in
from hornet.layers import (
    CategoryEncoding,
    Concatenate,
    Discretization,
    HashedCrossing,
    Hashing,
    Identity,
    Input,
    IntegerLookup,
    Normalization,
    Rescaling,
    StringLookup,
)
from hornet.layers.layer import registry
from hornet.layers.lookup import Lookup
from hornet.models.functional import Functional
from hornet.models.network import Network

features = Registry("feature", "keras.src.layers.preprocessing.feature_space")


@features.register()
class Feature(Configurable):
    """How a column is read and encoded.

    Args:
        dtype: The type of its elements: `"float32"`, `"int32"` or `"string"`.
        preprocessor: The layer that encodes it.
        output_mode: `"one_hot"` for a row with a 1 at the index that the layer gives, `"int"` for the index itself,
            `"float"` for what the layer gives otherwise.
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        self.dtype = dtype
        self.preprocessor = registry.get(preprocessor)
        self.output_mode = one_of("output_mode", output_mode, ("int", "one_hot", "float"))


@features.register()
class Cross(Configurable):
    """Several features hashed together.

    Args:
        feature_names: Their names.
        crossing_dim: Number of buckets.
        output_mode: `"one_hot"`, or `"int"` for the bucket's index.
    """

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> None:
        self.feature_names = tuple(feature_names)
        self.crossing_dim = positive_int("crossing_dim", crossing_dim)
        self.output_mode = one_of("output_mode", output_mode, ("int", "one_hot"))

    @property
    def name(self) -> str:
        """The features' names, joined."""
        return "_X_".join(self.feature_names)


@registry.register(module="keras.utils")
class FeatureSpace(Network):
    """Reads the columns of a table by their names, encodes each as its feature says, and joins them.

    Models may begin with it: `get_inputs()` are their inputs, `get_encoded_features()` what layers are called on.

    Args:
        features: A feature for each column's name: what a method such as `FeatureSpace.float_normalized()` returns, or
            the method's name.
        output_mode: `"concat"` for one array, first the features in the order of their names, then the crosses;
            `"dict"` for an array of each by its name.
        crosses: Features to hash together: tuples of names, or what `FeatureSpace.cross` returns.
        crossing_dim: Buckets of a cross that is given by names.
        hashing_dim: Buckets of features that are given as `"integer_hashed"` or `"string_hashed"`.
        num_discretization_bins: Bins of a feature that is given as `"float_discretized"`.
        name: A name.

    Raises:
        ValueError: If there are no features, a feature is of no known kind, or a cross names an unknown one.

    Example:
        >>> table = {"age": [20.0, 40.0, 60.0], "city": ["rome", "oslo", "rome"]}
        >>> space = FeatureSpace({"age": "float_normalized", "city": "string_categorical"})
        >>> space.adapt(table)
        >>> space({"age": 40.0, "city": "rome"}).tolist()
        [0.0, 0.0, 1.0, 0.0]
    """

    _not_in_files = frozenset(
        {"features", "crosses", "crosses_by_name", "inputs", "encoded_features", "_graph", "_is_adapted"}
    )

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Iterable[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ValueError("`features` is empty. Pass a feature for each column's name.")
        self.output_mode = one_of("output_mode", output_mode, ("concat", "dict"))
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {name: self._feature_of(name, given) for name, given in features.items()}
        self.crosses = [self._cross_of(given) for given in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.preprocessors = {name: feature.preprocessor for name, feature in self.features.items()}
        self.crossers = {cross.name: HashedCrossing(cross.crossing_dim, name=cross.name) for cross in self.crosses}
        self.one_hot_encoders: dict[str, CategoryEncoding] = {}
        self.inputs = {name: Input((1,), dtype=feature.dtype, name=name) for name, feature in self.features.items()}
        self.encoded_features: Any = None
        self._graph: Functional | None = None
        self._is_adapted = False

    # --- kinds of features ----------------------------------------------------------------------------------

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """Return a feature that a layer of your own encodes; see `Feature`."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def cross(cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Return several features hashed together; see `Cross`."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Return a number as it is."""
        return Feature("float32", Identity(name=_named(name)), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Return a number times `scale` plus `offset`."""
        return Feature("float32", Rescaling(scale, offset, name=_named(name)), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Return a number less its mean, divided by its standard deviation."""
        return Feature("float32", Normalization(axis=-1, name=_named(name)), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int | None, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Return the bin of a number, of equally frequent ones or between given boundaries."""
        bins = num_bins if bin_boundaries is None else None
        return Feature("float32", Discretization(bin_boundaries, bins, name=_named(name)), output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return the index of an integer in a vocabulary."""
        return Feature("int32", IntegerLookup(max_tokens, num_oov_indices, name=_named(name)), output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Return the index of a string in a vocabulary."""
        return Feature(STRING, StringLookup(max_tokens, num_oov_indices, name=_named(name)), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Return the bucket of an integer, by its hash."""
        return Feature("int32", Hashing(num_bins, name=_named(name)), output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Return the bucket of a string, by its hash."""
        return Feature(STRING, Hashing(num_bins, name=_named(name)), output_mode)

    def _feature_of(self, name: str, given: Any) -> Feature:
        if isinstance(given, Feature):
            return given
        if isinstance(given, Mapping):
            return revive(given)
        arguments = {
            "float_discretized": (self.num_discretization_bins,),
            "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }
        kind = one_of(f"features[{name!r}]", given, _KINDS)
        return getattr(self, kind)(*arguments.get(kind, ()), name=name)

    def _cross_of(self, given: Any) -> Cross:
        cross = revive(given) if isinstance(given, Mapping) else given
        if not isinstance(cross, Cross):
            cross = Cross(cross, self.crossing_dim)
        for name in cross.feature_names:
            one_of("crosses", name, tuple(self.features))
        return cross

    # --- learning -------------------------------------------------------------------------------------------

    def adapt(self, dataset: Any) -> None:
        """Let the layers of the features learn from data what they need: vocabularies, means, boundaries.

        Args:
            dataset: A table: a dict of columns or a frame; or an iterable of dicts, of rows or of batches of them.

        Raises:
            ValueError: If a column is not there.
        """
        names = [name for name, layer in self.preprocessors.items() if _learns(layer)]
        columns = self._columns_of(dataset, names)
        for name in names:
            self.preprocessors[name].adapt(columns[name])
        self._is_adapted = True
        self._draw()

    def _columns_of(self, dataset: Any, names: Sequence[str]) -> dict[str, Any]:
        refuse_lazy("dataset", dataset)
        table = dataset if isinstance(dataset, Mapping) else table_of(dataset)
        parts = [table] if table is not None else dataset
        if isinstance(parts, str) or not isinstance(parts, Iterable):
            raise ArgumentError(
                f"`adapt` takes a dict of columns, a frame, or an iterable of dicts, not {describe(dataset)}. Pass one."
            )
        found: dict[str, list[Any]] = {name: [] for name in names}
        for part in parts:
            if not isinstance(part, Mapping):
                raise ArgumentError(
                    f"`adapt` got {describe(part)} in the place of a dict of columns. Leave labels out, as with "
                    "`dataset.map(lambda x, y: x)`."
                )
            for name in names:
                found[name].append(self._column(part, name))
        return {name: np.concatenate(columns) for name, columns in found.items()}

    def _column(self, table: Mapping[str, Any], name: str) -> Any:
        """Return a column, or a single element, as an array with two axes."""
        if name not in table:
            raise ValueError(f"{self.name!r} reads {name!r}, which is not among {sorted(table)}. Pass such a column.")
        convert = to_strings if self.features[name].dtype == STRING else to_numbers
        given = table[name]
        array = convert(name, given if hasattr(given, "__len__") and not isinstance(given, str | bytes) else [given])
        return array.reshape(-1, 1) if array.ndim < 2 else array

    # --- the graph ------------------------------------------------------------------------------------------

    def get_inputs(self) -> dict[str, SymbolicTensor]:
        """Return the input of each feature by its name."""
        self._draw()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """Return what is made of the inputs: one tensor, or one for each feature and cross by its name.

        Raises:
            ValueError: If a feature has to be learnt and `adapt` was not called.
        """
        self._draw()
        return self.encoded_features

    def _draw(self) -> None:
        """Draw the graph, once."""
        if self._graph is not None:
            return
        waiting = [name for name, layer in self.preprocessors.items() if _learns(layer) and not self._is_adapted]
        if waiting:
            raise ValueError(f"{self.name!r} has to learn about {waiting[0]!r} first. Call `adapt` on data.")
        prepared = {name: layer(self.inputs[name]) for name, layer in self.preprocessors.items()}
        crossed = {
            name: self.crossers[name]([prepared[part] for part in cross.feature_names])
            for name, cross in self.crosses_by_name.items()
        }
        encoded = {name: self._encoded(name, prepared[name], self.features[name]) for name in sorted(prepared)}
        encoded |= {name: self._encoded(name, crossed[name], self.crosses_by_name[name]) for name in sorted(crossed)}
        self.encoded_features = encoded if self.output_mode == "dict" else self._joined(encoded)
        self._graph = Functional(self.inputs, self.encoded_features)
        self.built = True

    def _encoded(self, name: str, tensor: Any, spec: Any) -> Any:
        if spec.output_mode != "one_hot":
            return tensor
        if not tensor.dtype.startswith("int"):
            raise ValueError(
                f"Feature {name!r} has the output mode 'one_hot', and its layer gives {tensor.dtype}, not indices. "
                "Pass output_mode='float'."
            )
        size = _indices_of(self.preprocessors.get(name) or self.crossers[name])
        if size is None:
            raise ValueError(
                f"It is not known how many indices the layer of feature {name!r} gives. Pass output_mode='int'."
            )
        encoder = self.one_hot_encoders.setdefault(name, CategoryEncoding(size, output_mode="multi_hot"))
        return encoder(tensor)

    def _joined(self, encoded: Mapping[str, Any]) -> Any:
        for name, tensor in encoded.items():
            if not tensor.dtype.startswith(("float", "bfloat")):
                raise ValueError(
                    f"Feature {name!r} is not encoded: it is of type {tensor.dtype}, and cannot be joined with others. "
                    "Pass output_mode='one_hot' for it, or output_mode='dict' for the whole."
                )
        tensors = list(encoded.values())
        return Concatenate()(tensors) if len(tensors) > 1 else tensors[0]

    # --- calls ----------------------------------------------------------------------------------------------

    def __call__(self, data: Any, *args: Any, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the encoded features of rows, or of a single row without a batch axis.

        Args:
            data: A dict of columns, of single elements, or of symbolic tensors; or a frame.
            *args: Not used.
            **kwargs: Not used.
        """
        self._draw()
        assert self._graph is not None
        table = data if isinstance(data, Mapping) else table_of(data)
        if table is None:
            raise ArgumentError(f"{self.name!r} takes a dict of columns or a frame, not {describe(data)}. Pass one.")
        if tensors_in(table):
            return self._graph(table)
        is_row = all(isinstance(part, str | bytes) or not np.ndim(part) for part in table.values())
        outputs = self._graph({name: self._column(table, name) for name in self.inputs})
        return jax.tree.map(lambda output: output[0], outputs) if is_row else outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, with what the layers have learnt."""
        return {
            "features": serialize(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        return cls(**config)

    def get_build_config(self) -> dict[str, Any]:
        """Return what the layers of the features are built for."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Take the features' layers for learnt, as they are in a file."""
        for name, layer in self.preprocessors.items():
            if not layer.built and config.get(name):
                layer.build_from_config(config[name])
        self._is_adapted = self.built = True

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        return in_file_order(self._attributes_in_files())


_KINDS = (
    "float",
    "float_discretized",
    "float_normalized",
    "float_rescaled",
    "integer_categorical",
    "integer_hashed",
    "string_categorical",
    "string_hashed",
)


def _named(name: str | None) -> str | None:
    return None if name is None else f"{name}_preprocessor"


def _learns(layer: Any) -> bool:
    """Return whether a layer has to learn from data."""
    if isinstance(layer, Normalization):
        return layer._given is None
    return hasattr(layer, "adapt") and not (isinstance(layer, Discretization) and layer.num_bins is None)


def _indices_of(layer: Any) -> int | None:
    """Return how many indices a layer gives, where that is known."""
    if isinstance(layer, Discretization):
        return layer.num_bins or len(layer.bin_boundaries or ()) + 1
    if isinstance(layer, Lookup):
        return layer.vocabulary_size()
    return getattr(layer, "num_bins", None) or getattr(layer, "num_tokens", None)
