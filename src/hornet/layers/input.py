"""The declared input of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from hornet.core import symbolic
from hornet.core.types import PolicyLike
from hornet.layers.layer import Layer, registry
from hornet.layers.options import ShapeOptions


@registry.register()
class InputLayer(Layer):
    """Declares the shape of a model's input, so that the model is built at once.

    Args:
        shape: Shape of one input, without the batch axis.
        batch_size: Ignored; kept for compatibility with Keras. Programs take any batch size.
        dtype: Type of the input.
        name: A name, unique in the model.

    Shapes:
        input and output: `(batch, *shape)`

    Example:
        >>> InputLayer(shape=(8,))._declared_shape
        (None, 8)
    """

    def __init__(
        self,
        shape: Sequence[int | None] | int | None = None,
        batch_size: int | None = None,
        dtype: PolicyLike = None,
        name: str | None = None,
        **older: Unpack[ShapeOptions],
    ) -> None:
        if shape is not None:
            older["input_shape"] = shape
        super().__init__(dtype=dtype, name=name, **older)
        if self._declared_shape is None:
            raise ValueError("An input needs a shape. Pass `shape=(features,)`, without the batch axis.")
        self.shape = self._declared_shape[1:]
        self.batch_size = batch_size
        self._build_on(self._declared_shape)
        spec = symbolic.shape_struct(self._declared_shape, self.dtype)
        self._inbound_nodes.append(symbolic.Node(self, (), {}, self.name, spec))

    def call(self, inputs: Any) -> Any:
        return inputs


def Input(  # noqa: N802  (Keras's name)
    shape: Sequence[int | None] | int | None = None,
    batch_size: int | None = None,
    dtype: PolicyLike = None,
    name: str | None = None,
    **older: Unpack[ShapeOptions],
) -> symbolic.SymbolicTensor:
    """Return a symbolic tensor to call layers on; see `InputLayer` for the arguments.

    Example:
        >>> Input(shape=[28, 28]).shape
        (None, 28, 28)
    """
    return InputLayer(shape, batch_size=batch_size, dtype=dtype, name=name, **older).output
