"""The plain stack of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

from hornet.core.checks import describe
from hornet.core.config import constructor_arguments, is_ours, serialize, structure_of
from hornet.core.custom_objects import custom_object_scope
from hornet.core.module import in_file_order
from hornet.core.package import is_from_package
from hornet.core.registry import revive
from hornet.core.shapes import Shape, shapes_of
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.input import InputLayer
from hornet.layers.layer import Layer, named, registry
from hornet.models.model import Model
from hornet.models.outline import Row, expanded
from hornet.training.data.convert import as_inputs, only_part


@registry.register(module="keras")
class Sequential(Model):
    """A stack of layers, each fed with the one before.

    With the shape of the input known, from `input_shape=` on the first layer or an `Input`, every layer is
    built as it is added; otherwise all are built at the first data.

    Args:
        layers: The layers, in order.
        trainable: Whether the weights are trained.
        name: A name.

    Raises:
        TypeError: If something in `layers` is not a layer.
        ValueError: If two layers have the same name, or one does not fit the one before.

    Example:
        >>> from hornet import layers
        >>> model = Sequential([layers.Dense(30, activation="relu", input_shape=(8,)), layers.Dense(1)])
        >>> model.output_shape, model.count_params()
        ((None, 1), 301)
    """

    autocast = False  # its layers take what they need
    _not_in_files = frozenset({"_stack", "_tensors"})

    def __init__(
        self, layers: Sequence[Any] | Layer | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        self._tensors: list[SymbolicTensor] = []
        """The input, and the output of each layer, once they are built."""
        for layer in [layers] if isinstance(layers, Layer | SymbolicTensor) else layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Put a layer on top; the first may be an `Input`."""
        if isinstance(layer, SymbolicTensor) and layer.node is not None and not self._stack:
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            advice = "Pass an object, such as `Dense(10)`." if isinstance(layer, type) else "Pass a `Layer`."
            raise TypeError(f"`Sequential` takes layers, not {describe(layer)}. {advice}")
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(f"Two layers are named {layer.name!r}. Give one of them another `name`.")
        if not self._stack and layer._declared_shape is not None:
            self.input_shape = layer._declared_shape
            self._tensors = [_input_for(layer, layer._declared_shape)]
            self.built = True
        if self.built:
            self._tensors.append(self._call_layer(layer, self._tensors[-1]))
        if not self.trainable:
            layer.trainable = False
        self._stack.append(layer)
        self._forget()

    def pop(self) -> Layer:
        """Take the top layer off and return it.

        Raises:
            ValueError: If there is none.
        """
        if not self._stack:
            raise ValueError(f"{self.name!r} has no layers to pop. Add one first.")
        if self.built:
            self._tensors.pop()
        self._forget()
        return self._stack.pop()

    def build(self, input_shape: Shape) -> None:
        """Build every layer for inputs of a shape, the batch axis `None`."""
        tensors = [_input_for(self._stack[0] if self._stack else None, (None, *input_shape[1:]))]
        for layer in self._stack:
            tensors.append(self._call_layer(layer, tensors[-1]))
        self.input_shape, self._tensors, self.built = tensors[0].shape, tensors, True

    def _as_inputs(self, x: Any, argument: str = "x") -> Any:
        return as_inputs(only_part(x), argument)

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        return [("layers", self.layers), *in_file_order(self._attributes_in_files())]

    def call(self, inputs: Any) -> Any:
        for layer in self._stack:
            inputs = layer(inputs)
        return inputs

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order, without the declared input."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def _children(self) -> Iterable[tuple[str, Any]]:
        return named(self._stack)

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The input tensor, in a list; a `Model` may begin there.

        Raises:
            AttributeError: If the model is not built.
        """
        return [self.input]

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The output tensor, in a list."""
        return [self.output]

    @property
    def input(self) -> SymbolicTensor:
        """The input tensor."""
        return self._tensor(0)

    @property
    def output(self) -> SymbolicTensor:
        """The output tensor."""
        return self._tensor(-1)

    def _tensor(self, place: int) -> SymbolicTensor:
        if not self.built:
            raise AttributeError(
                f"{self.name!r} has no tensors before it is built. Give its first layer `input_shape=`, or build it."
            )
        return self._tensors[place]

    @property
    def output_shape(self) -> Shape:
        """The shape of the output, `None` for the batch axis.

        Raises:
            ValueError: If the model is not built.
        """
        return shapes_of(self._tensors[-1]) if self.built else super().output_shape

    @property
    def _layer_shapes(self) -> list[Shape]:
        """The output shape of each of `layers`."""
        pairs = zip(self._stack, self._tensors[1:], strict=True)
        return [shapes_of(tensor) for layer, tensor in pairs if not isinstance(layer, InputLayer)]

    def _outline(self, expand_nested: bool = False) -> list[Row]:
        before: tuple[str, ...] = ()
        rows = []
        tensors = zip(self._stack, self._tensors[:-1], self._tensors[1:], strict=True)
        for layer, taken, made in tensors if self.built else ():
            if not isinstance(layer, InputLayer):
                rows.append(Row(layer.name, layer, shapes_of(taken), shapes_of(made), before))
                before = (layer.name,)
        return expanded(rows) if expand_nested else rows

    def _structure(self) -> Any:
        if not is_ours(type(self)):  # whose methods may do anything
            return self
        return (Sequential, *(structure_of(layer) for layer in self._stack))

    def get_config(self) -> dict[str, Any]:
        """Return the config that rebuilds the model, untrained.

        A user-defined class that adds its layers itself is rebuilt by its own arguments instead.
        """
        if not self._takes_layers():
            return {name: value for name, value in super().get_config().items() if name != "layers"}
        stack: list[Layer] = list(self._stack)
        if self.input_shape is not None and not isinstance(stack[0], InputLayer):
            stack.insert(0, InputLayer(self.input_shape[1:]))
        return {**self._remembered(), "name": self.name, "trainable": self.trainable, "layers": serialize(stack)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return a new model from what `get_config` returned, here or in Keras."""
        rest = {name: value for name, value in config.items() if name not in ("layers", "build_input_shape")}
        with custom_object_scope(custom_objects):
            if "layers" not in config or not cls._takes_layers():
                return super().from_config(rest)
            layers = [registry.get(layer) for layer in config["layers"]]
            known = constructor_arguments(cls)
            model = cls(layers=layers, **{name: revive(value) for name, value in rest.items() if name in known})
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(tuple(shape))
        return model

    @classmethod
    def _takes_layers(cls) -> bool:
        """Return whether objects of a class are made of layers, and not of what a user's class makes layers of."""
        init: Any = cls.__init__
        taken = signature(init).parameters.values()
        return is_from_package(init) or any(
            each.name == "layers" or each.kind is Parameter.VAR_POSITIONAL for each in taken
        )

    def _call_layer(self, layer: Layer, tensor: SymbolicTensor) -> SymbolicTensor:
        """Build a layer for a tensor and return its output."""
        try:
            if isinstance(layer, InputLayer):
                layer.compute_output_shape(tensor.shape)
                return tensor
            return layer(tensor)
        except ValueError as error:
            place = self._stack.index(layer) if layer in self._stack else len(self._stack)
            error.add_note(f"It is layer {place} of {self.name!r}, fed with shape {shapes_of(tensor)}.")
            raise


def _input_for(first: Layer | None, shape: Shape) -> SymbolicTensor:
    """Return the input tensor of a stack: the declared one where its first layer is an input."""
    return first.output if isinstance(first, InputLayer) else InputLayer(shape[1:]).output
