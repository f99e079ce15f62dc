"""A table's rows as numbers, encoded once for many networks, and the networks joined to what encodes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from hornet.core.shapes import Shape
from hornet.layers import Concatenate, Embedding, Input
from hornet.layers.layer import Layer
from hornet.models import Model, Sequential
from hornet.models.tables import encoding_of


class EmbeddedColumns(Layer):
    """Embeds the last columns of rows, which hold the numbers of categories, and leaves the others as they are.

    Args:
        sizes: For each of these columns how many categories it has, and how many numbers stand for one.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(rows, others + columns)`
        output: `(rows, others + numbers that stand for categories)`

    Example:
        >>> EmbeddedColumns([(5, 2)])([[0.5, 4.0], [0.1, 0.0]]).shape
        (2, 3)
    """

    def __init__(self, sizes: Sequence[tuple[int, int]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = [(int(categories), int(width)) for categories, width in sizes]
        self.embeddings = [Embedding(categories, width) for categories, width in self.sizes]

    def build(self, input_shape: Shape | None = None) -> None:
        for embedding in self.embeddings:
            embedding.build((None,))

    def call(self, inputs: Any) -> Any:
        others = inputs.shape[-1] - len(self.sizes)
        columns = [layer(inputs[:, others + place]) for place, layer in enumerate(self.embeddings)]
        return Concatenate()([inputs[:, :others], *columns])


class EncodedRows:
    """What the columns of a table become, chosen by the rows to train on; see `hornet.preprocessing.encode`.

    Args:
        table: The rows to train on.
        verbose: Whether to print the choices.
    """

    def __init__(self, table: Any, verbose: bool = False) -> None:
        self._encoding = encoding_of(table, None, verbose)
        tensors = [*self._encoding.fixed, *self._encoding.indices]
        self._width = sum(tensor.shape[-1] for tensor in tensors)
        self._front = Model(self._encoding.inputs, tensors)

    def numbers(self, table: Any) -> np.ndarray:
        """Return rows as numbers; those of categories that are to be embedded come last."""
        arrays = jax.tree.leaves(self._front.predict(table, verbose=0))
        return np.concatenate(arrays, axis=1, dtype=np.float32)

    def over_numbers(self, stack: Sequence[Layer]) -> Sequential:
        """Return a model of layers over the rows as numbers."""
        sizes = self._encoding.sizes
        return Sequential([Input((self._width,)), *([EmbeddedColumns(sizes)] if sizes else []), *stack])

    def over_table(self, stack: Sequence[Layer], trained: Sequential) -> Model:
        """Return a model of layers over the rows of a table, with the weights of one over numbers.

        Args:
            stack: The layers.
            trained: What `over_numbers` returned for such layers.
        """
        embeddings = self._encoding.embeddings()
        tensor = self._encoding.tensor(embeddings)
        for layer in stack:
            tensor = layer(tensor)
        learned = list(trained.layers)
        if embeddings:
            columns: Any = learned.pop(0)
            pairs = [*zip(embeddings, columns.embeddings, strict=True), *zip(stack, learned, strict=True)]
        else:
            pairs = list(zip(stack, learned, strict=True))
        for layer, source in pairs:
            layer.set_weights(source.get_weights())
        return Model(self._encoding.inputs, tensor)
