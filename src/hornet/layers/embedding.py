"""The layer that looks up a vector for each integer."""

from __future__ import annotations

from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet import constraints, initializers, regularizers
from hornet.core.arrays import program_array
from hornet.core.checks import boolean, integer_size
from hornet.core.shapes import Shape
from hornet.core.symbolic import SymbolicTensor
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.integer_range import check_range
from hornet.layers.layer import Layer, registry
from hornet.layers.options import PlainOptions


class EmbeddingOptions(PlainOptions, total=False):
    """The arguments of an `Embedding` beside its own."""

    activity_regularizer: RegularizerLike
    weights: Any
    input_length: int | None


@registry.register()
class Embedding(Layer):
    r"""Looks up a learned vector for each integer: $y = E_x$ with $E$ the `embeddings`.

    An integer out of range is an error where the layer reads an input of the model, or is called by itself; one that
    another layer computed gives NaN, which lets the run be noticed.

    Args:
        input_dim: Number of vectors; the integers run from 0 to `input_dim - 1`.
        output_dim: Size of a vector, at least 1.
        embeddings_initializer: How $E$ is drawn.
        embeddings_regularizer: Penalty on $E$.
        embeddings_constraint: Function applied to $E$ after each update.
        mask_zero: Whether 0 stands for a step that is not there, and is masked.
        **kwargs: What every `Layer` takes. Of older spellings, `weights=[array]` is the start of $E$, and
            `input_length=n` is `input_shape=(n,)`.

    Shapes:
        input: `(*batch)`, integers
        embeddings: `(input_dim, output_dim)`
        output: `(*batch, output_dim)`

    Raises:
        ValueError: If `input_dim` or `output_dim` is below 1, or an integer is out of range.

    Source:
        Bengio et al. 2003, A neural probabilistic language model.

    Example:
        >>> Embedding(3, 2, embeddings_initializer="ones")([[0, 2]]).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """

    _names_every_regularizer = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: InitializerLike = "uniform",
        embeddings_regularizer: RegularizerLike = None,
        embeddings_constraint: ConstraintLike = None,
        mask_zero: bool = False,
        **kwargs: Unpack[EmbeddingOptions],
    ) -> None:
        options: dict[str, Any] = {**kwargs}
        weights = options.pop("weights", None)
        length = options.pop("input_length", None)
        if length is not None:
            options.setdefault("input_shape", length)
        super().__init__(**options)
        self.input_dim = integer_size("input_dim", input_dim, "Pass the largest integer plus 1.")
        self.output_dim = integer_size("output_dim", output_dim, "Pass the size of a vector.")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = boolean("mask_zero", mask_zero)
        if weights is not None:
            self._build_on((None,))
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    _input_dtype = "int32"

    @property
    def supports_masking(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.mask_zero

    def build(self, input_shape: Shape | None = None) -> None:
        self.embeddings = self.add_weight("embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, Tracer):
            self._check_range(np.asarray(inputs))
        integers = inputs.astype("int32") if jnp.issubdtype(inputs.dtype, jnp.inexact) else inputs
        # Its gradient is a scatter, and yet faster than products with one-hot rows, for few vectors as for many.
        rows = self.embeddings.value.at[integers]
        return rows.get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return inputs != 0 if self.mask_zero else None

    def _cast(self, inputs: Any) -> Any:
        # As they are: a short floating-point type does not hold every integer.
        return inputs if isinstance(inputs, SymbolicTensor) else program_array(inputs)

    @property
    def _known_integers(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.input_dim

    def _check_range(self, integers: np.ndarray, source: str = "") -> None:
        check_range(self.name, integers, self.input_dim, "input_dim", source)
