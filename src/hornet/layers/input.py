"""The declared input of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax

from hornet.core import symbolic
from hornet.core.checks import boolean, describe, integer_size
from hornet.core.frame import carry_mask
from hornet.core.policies import policy_of
from hornet.core.shapes import Shape
from hornet.core.types import PolicyLike
from hornet.layers.layer import Layer, registry
from hornet.layers.options import InputOptions


@registry.register()
class InputLayer(Layer):
    """Declares the shape of a model's input, so that the model is built at once.

    Args:
        shape: Shape of one input, without the batch axis.
        batch_size: Size of the batch axis in the shapes of symbolic tensors; programs take batches of any size.
        dtype: Type of the input; data are cast to it.
        sparse: Whether data are expected to be sparse matrices. Any input takes those; programs see dense rows.
        ragged: Must be false: XLA has no ragged tensors.
        batch_shape: The shape with the batch axis, in the place of `shape` and `batch_size`.
        input_tensor: A symbolic tensor to be the input, instead of a new one.
        optional: Whether data may be `None` for it.
        name: A name, unique in the model.

    Shapes:
        input and output: `(batch, *shape)`

    Raises:
        ValueError: If there is no shape, or there are two, or it is to be ragged.

    Example:
        >>> InputLayer(shape=(8,)).batch_shape
        (None, 8)
    """

    ragged = False
    _moves_elements = True

    def __init__(
        self,
        shape: Sequence[int | None] | int | None = None,
        batch_size: int | None = None,
        dtype: PolicyLike = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **older: Unpack[InputOptions],
    ) -> None:
        if ragged:
            raise ValueError(
                "XLA has no ragged tensors. Leave `ragged` out, and pass arrays as `utils.pad_sequences(x)` makes them."
            )
        if input_tensor is not None:
            if not isinstance(input_tensor, symbolic.SymbolicTensor):
                raise ValueError(
                    f"`input_tensor` must be a symbolic tensor, not {describe(input_tensor)}. Call the model on arrays."
                )
            if not _agree(input_tensor.shape, shape, batch_shape):
                raise ValueError(
                    f"`input_tensor` has shape {input_tensor.shape}, which is not the given one. Leave that one out."
                )
            if batch_size not in (None, input_tensor.shape[0]) or not _is_of(input_tensor.dtype, dtype):
                raise ValueError(
                    f"`input_tensor` has batches of {input_tensor.shape[0]} rows and is of {input_tensor.dtype}, not "
                    f"as the `batch_size` and `dtype` given. Leave these out."
                )
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        elif batch_shape is not None and (shape is not None or batch_size is not None):
            raise ValueError("`batch_shape` says all of `shape` and `batch_size`. Pass the one or the others.")
        elif shape is not None:
            older["input_shape"] = shape
        super().__init__(dtype=dtype, name=name, batch_shape=batch_shape, **older)
        if self._declared_shape is None:
            raise ValueError("An input needs a shape. Pass `shape=(features,)`, without the batch axis.")
        batch, *sizes = self._declared_shape
        self.batch_shape = (batch if batch_size is None else integer_size("batch_size", batch_size), *sizes)
        self._declared_shape = self.batch_shape
        self.shape, self.batch_size = tuple(sizes), self.batch_shape[0]
        self.optional = boolean("optional", optional)
        self.sparse = bool(sparse)
        self._build_on(self.batch_shape)
        node = symbolic.Node(self, (), {}, self.name, symbolic.SymbolicTensor(self.batch_shape, self.dtype))
        if input_tensor is not None:
            node.outputs = input_tensor
        self._inbound_nodes.append(node)

    def call(self, inputs: Any = None) -> Any:
        return inputs

    @property
    def input(self) -> list[Any]:
        """Nothing: it begins a graph."""
        return []

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as Keras has them."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }

    def _structure(self) -> Any:
        return (InputLayer, self.batch_shape[1:], self.dtype, self.optional)


def _agree(known: Shape, shape: Any, batch_shape: Any) -> bool:
    sizes = known[1:] if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
    return sizes == known[1:] and (batch_shape is None or tuple(batch_shape) == known)


def _is_of(known: str, dtype: Any) -> bool:
    return dtype is None or policy_of(dtype).variable_dtype == known


def Input(  # noqa: N802  (Keras's name)
    shape: Sequence[int | None] | int | None = None,
    batch_size: int | None = None,
    dtype: PolicyLike = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
    **older: Unpack[InputOptions],
) -> symbolic.SymbolicTensor:
    """Return a symbolic tensor to call layers on; see `InputLayer` for the arguments.

    Example:
        >>> Input(shape=[28, 28]).shape
        (None, 28, 28)
    """
    layer = InputLayer(
        shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        input_tensor=tensor,
        optional=optional,
        name=name,
        **older,
    )
    return layer.output


def renewed_inputs(tensors: Any) -> Any:
    """Return new inputs of the shapes, dtypes and names of some tensors, in their structure."""

    def renew(tensor: symbolic.SymbolicTensor) -> symbolic.SymbolicTensor:
        optional = is_optional(tensor)
        return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, optional=optional, name=tensor.name).output

    return symbolic.replace_tensors(tensors, renew)


def is_optional(tensor: symbolic.SymbolicTensor) -> bool:
    """Return whether data may be `None` for an input tensor."""
    return tensor.node is not None and getattr(tensor.node.operation, "optional", False)


def as_declared(declared: Any, inputs: Any) -> Any:
    """Return arrays in the dtypes that input tensors of the same structure declare; their masks stay with them."""

    def cast(tensor: symbolic.SymbolicTensor, array: Any) -> Any:
        dtype: Any = jax.dtypes.canonicalize_dtype(tensor.dtype)
        if array is None or array.dtype == dtype:
            return array
        result = array.astype(dtype)
        carry_mask(array, result)
        return result

    return jax.tree.map(cast, declared, inputs)
