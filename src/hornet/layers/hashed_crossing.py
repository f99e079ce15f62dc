"""The layer that puts combinations of integers and strings into buckets by their hash."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import axis_size, one_of
from hornet.core.errors import ArgumentError
from hornet.core.policies import policy_of
from hornet.core.prepared import Prepared
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.category_encoding import dense, encode
from hornet.layers.fingerprint import fingerprints, joined
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import OfStrings, on_host


@registry.register()
class HashedCrossing(OfStrings):
    """Replaces what each row has in several columns by the index of a bucket, by the hash of them together.

    The buckets are those that Keras computes through TensorFlow. The host computes those of strings as rows are drawn.

    Args:
        num_bins: Number of buckets, at least 1.
        output_mode: `"int"` for their indices, `"one_hot"` for a row with a 1 at the index.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: two columns or more of one shape, `(batch, 1)`, `(batch,)` or `()`; integers or strings
        output: that of a column; for `"one_hot"` `(batch, num_bins)`

    Raises:
        TypeError: If it is called on a single array, or on tokens that are neither integers nor strings.
        ValueError: If the columns differ in shape, or have more than one token a row.

    Example:
        >>> HashedCrossing(5)([np.array(["A", "B", "A"]), np.array([101, 101, 102])]).tolist()
        [1, 4, 3]
    """

    _takes_structures = True

    def __init__(
        self, num_bins: int, output_mode: str = "int", sparse: bool = False, **kwargs: Unpack[LayerOptions]
    ) -> None:
        if output_mode == "int" and kwargs.get("dtype") is not None:  # Keras means the type of the buckets' numbers
            one_of("dtype", policy_of(kwargs.pop("dtype")).name, ("int32", "int64"))
        super().__init__(**kwargs)
        self.num_bins = axis_size("num_bins", num_bins)
        self.output_mode = one_of("output_mode", output_mode, ("int", "one_hot"))
        self.sparse = dense(sparse)

    def _cast(self, inputs: Any) -> Any:
        if isinstance(inputs, Prepared):
            return inputs
        if not isinstance(inputs, list | tuple) or len(inputs) < 2:
            raise ArgumentError(f"Layer {self.name!r} crosses two columns or more. Pass a list of them.")
        columns = [super(HashedCrossing, self)._cast(column) for column in inputs]
        self._check_columns([tuple(column.shape) for column in columns])
        return columns

    def call(self, inputs: Any) -> Any:
        bins = inputs.parts["indices"] if isinstance(inputs, Prepared) else on_host(self._crossed, *inputs)
        return encode(jnp.asarray(bins), self.output_mode, self.num_bins, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "dtype": "int64"} if self.output_mode == "int" else config

    def _numbered(self, tokens: Any) -> Any:
        return self._crossed(*tokens)

    def _crossed(self, *columns: np.ndarray) -> np.ndarray:
        crossed = reduce(joined, map(fingerprints, columns), np.array(_FIRST, "uint64"))
        return (crossed % np.uint64(self.num_bins)).astype("int32")

    def _prepared_specs(self, inputs: Any) -> Prepared:
        return Prepared({"indices": SymbolicTensor(inputs[0].shape, "int32")})

    def _check_columns(self, shapes: Sequence[tuple[Any, ...]]) -> None:
        if any(len(shape) > 2 or (len(shape) == 2 and shape[1] != 1) for shape in shapes):
            raise ValueError(f"Layer {self.name!r} crosses columns of one token a row, not of {shapes}. Slice them.")
        if any(len(shape) != len(shapes[0]) or shape[1:] != shapes[0][1:] for shape in shapes):
            raise ValueError(f"Layer {self.name!r} got columns of shapes {shapes}. Bring them to one shape.")


_FIRST = 0xDECAFCAFFE
"""What TensorFlow begins with."""
