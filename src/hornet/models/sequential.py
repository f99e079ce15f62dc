"""The plain stack of layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter, signature
from typing import Any

from hornet.core.checks import describe
from hornet.core.config import constructor_arguments, is_ours, serialize, structure_of
from hornet.core.custom_objects import custom_object_scope
from hornet.core.errors import ArgumentError, OutOfBoundsError, damaged_config
from hornet.core.module import in_file_order
from hornet.core.package import is_from_package, overridden
from hornet.core.paths import inside
from hornet.core.prepared import Prepared
from hornet.core.registry import revive
from hornet.core.shapes import Shape, map_shapes, shapes_of
from hornet.core.strings import STRING, holds_strings
from hornet.core.symbolic import SymbolicTensor, strings_in, tensors_in
from hornet.layers.input import InputLayer, as_declared, renewed_inputs
from hornet.layers.layer import Layer, registry
from hornet.models.cut import Cut
from hornet.models.drawn import Drawn, handed_on, specs_of_call
from hornet.models.model import Model
from hornet.models.outline import Row, expanded
from hornet.training.data.convert import as_only_input, in_rank_of


@registry.register(module="keras")
class Sequential(Drawn):
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
    _not_in_files = frozenset({"_stack", "_tensors", "_known_cut"})

    _known_cut: Cut | None = None

    def __init__(
        self, layers: Sequence[Any] | Layer | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._stack: list[Layer] = []
        self._tensors: list[SymbolicTensor] = []
        """The input, and the output of each layer, once they are built."""
        for layer in [layers] if isinstance(layers, Layer | SymbolicTensor) else layers or ():
            self.add(layer)

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top; the first may be an `Input`.

        Args:
            layer: The layer.
            rebuild: Taken for Keras's sake, without effect: a layer is built as soon as its input is known.
        """
        maker = layer.node.operation if isinstance(layer, SymbolicTensor) and layer.node is not None else None
        if isinstance(maker, InputLayer):
            layer = maker
        if not isinstance(layer, Layer):
            advice = "Pass an object, such as `Dense(10)`." if isinstance(layer, type) else "Pass a `Layer`."
            raise ArgumentError(f"`Sequential` takes layers, not {describe(layer)}. {advice}")
        if isinstance(layer, InputLayer) and self._tensors:
            raise ValueError(f"{self.name!r} has its input already. Leave out {layer.name!r}.")
        if any(layer.name == other.name for other in self._stack if layer is not other):
            raise ValueError(f"Two layers are named {layer.name!r}. Give one of them another `name`.")
        declared = _declared_inputs(layer) if not self._stack else None
        if declared is not None:
            self._begin(declared)
        if self.built:
            self._tensors.append(self._call_layer(layer, self._tensors[-1]))
        if not self.trainable:
            layer.trainable = False
        self._stack.append(layer)
        self._forget()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the top layer off and return it.

        Args:
            rebuild: Taken for Keras's sake, without effect.

        Raises:
            ValueError: If there is none.
        """
        if not self._stack:
            raise OutOfBoundsError(f"{self.name!r} has no layers to pop. Add one first.")
        if self.built:
            self._tensors.pop()
        self._forget()
        return self._stack.pop()

    def build(self, input_shape: Any = None) -> None:
        """Build every layer for inputs of a shape, the batch axis `None`; or of shapes in their structure."""
        if not self._stack:
            raise ValueError(f"{self.name!r} has no layers, so it cannot be built. Add one first.")
        first = self._stack[0]
        if isinstance(first, InputLayer):
            inputs = first.output
            if input_shape is not None and tuple(input_shape[1:]) != inputs.shape[1:]:
                raise ValueError(
                    f"{self.name!r} takes inputs of shape {inputs.shape}, not {tuple(input_shape)}. Leave the shape "
                    "out, or build a model for the other one."
                )
        else:
            inputs = map_shapes(lambda shape: _input_for(first, (None, *shape[1:])), input_shape)
        self._build_from(inputs)

    def _build_from(self, inputs: Any) -> None:
        """Build every layer for an input tensor, or a structure of them."""
        tensors = [inputs]
        for layer in self._stack:
            tensors.append(self._call_layer(layer, tensors[-1]))
        self._begin(inputs)
        self._tensors = tensors

    @property
    def _declares_shape(self) -> bool:
        return isinstance(self._stack[0], InputLayer | Drawn)

    def _take_shape(self, input_shape: Any) -> None:
        self.build(input_shape)
        self._known_output_shapes = None

    def _begin(self, inputs: Any) -> None:
        """Be built for an input tensor, or a structure of them."""
        self._tensors, self._input_shape, self.built = [inputs], shapes_of(inputs), True

    def _rows(self, x: Any, argument: str) -> Any:
        if not self.built and self._stack and self._stack[0]._takes_strings and holds_strings(x):
            strings = as_only_input(x, argument, None, STRING)
            self._build_from(InputLayer(batch_shape=(None, *strings.shape[1:]), dtype=STRING).output)
        declared = self._tensors[0] if self._tensors else None
        if isinstance(declared, SymbolicTensor):
            return as_only_input(x, argument, declared.shape, declared.dtype, 0 in self._takers_of_fractions)
        first = self._stack[0] if self._stack else None
        return first._rows(x, argument) if isinstance(first, Drawn) else as_only_input(x, argument, None)

    @property
    def _cut(self) -> Cut | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        if self._known_cut is None and strings_in(self._tensors[:1]):
            nodes = {
                id(tensor.node): tensor.node for tensor in tensors_in(self._tensors[1:]) if tensor.node is not None
            }
            order = [node for node in nodes.values() if not isinstance(node.operation, InputLayer)]
            self._known_cut = Cut.of(order, tensors_in(self._tensors[0]), self._tensors[-1], self.name)
        return self._known_cut

    def _forget(self) -> None:
        super()._forget()
        self._known_cut = None

    def _specs_along(self, inputs: Any) -> Any:
        for layer in self.layers:
            inputs = specs_of_call(layer, (inputs,), {})
        return inputs

    @property
    def _only_shape(self) -> Shape | None:
        """The shape of the input, `None` where it is not known yet, or there are several."""
        declared = self._tensors[0] if self._tensors else None
        return declared.shape if isinstance(declared, SymbolicTensor) else None

    @property
    def _readers(self) -> list[tuple[int, Any]]:
        return [(0, layer) for layer in self.layers[:1]] if self._only_shape is not None else []

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        return [("layers", self.layers), *in_file_order(self._attributes_in_files())]

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._cut is not None and isinstance(inputs, Prepared):
            return self._cut.compute(inputs)
        if self._tensors:
            inputs = as_declared(self._tensors[0], inputs)
        if self._only_shape is not None:
            inputs = in_rank_of(self._only_shape, inputs)
        given = handed_on(inputs, training, mask)
        for layer in self._stack:
            inputs = layer(inputs, **given)
        return inputs

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order, without the declared input."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    @property
    def _drawn_layers(self) -> Sequence[Layer]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._stack

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The input tensor, in a list; a `Model` may begin there.

        Raises:
            AttributeError: If the model is not built.
        """
        return tensors_in(self.input)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The output tensor, in a list."""
        return tensors_in(self.output)

    @property
    def input(self) -> SymbolicTensor:
        """The input tensor."""
        return self._tensor(0)

    @property
    def output_names(self) -> list[str]:
        """The names by which losses, labels and results of outputs go: of a single one its layer's."""
        names = super().output_names
        return [self._stack[-1].name] if names == ["output"] and self._stack else names

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
            AttributeError: If the model is not built.
        """
        is_known = self.built and not overridden(self.call)
        return shapes_of(self._tensors[-1]) if is_known else super().output_shape

    @property
    def _layer_shapes(self) -> list[Shape]:
        """The output shape of each of `layers`."""
        pairs = zip(self._stack, self._tensors[1:], strict=True)
        return [shapes_of(tensor) for layer, tensor in pairs if not isinstance(layer, InputLayer)]

    def _outline(self, expand_nested: bool = False) -> list[Row]:
        before: tuple[str, ...] = ()
        rows = []
        shapes = list(map(shapes_of, self._tensors)) or [None] * (len(self._stack) + 1)
        for layer, taken, made in zip(self._stack, shapes[:-1], shapes[1:], strict=True):
            if not isinstance(layer, InputLayer):
                rows.append(Row(layer.name, layer, taken, made, before))
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
        declared = self._tensors[0] if self._tensors else None
        if stack and not isinstance(stack[0], InputLayer) and isinstance(declared, SymbolicTensor) and declared.node:
            stack.insert(0, declared.node.operation)
        return {**self._remembered(), "name": self.name, "trainable": self.trainable, "layers": serialize(stack)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return a new model from what `get_config` returned, here or in Keras."""
        with custom_object_scope(custom_objects), damaged_config(f"`{cls.__name__}`"):
            rest = {name: value for name, value in config.items() if name not in ("layers", "build_input_shape")}
            if "layers" not in config or not cls._takes_layers():
                return super().from_config(rest)
            layers: list[Any] = []
            by_name: dict[str, Any] = {}
            for described in config["layers"]:  # one that comes twice is one layer
                name = described.get("config", {}).get("name") if isinstance(described, Mapping) else None
                layer = by_name[name] if name in by_name else registry.get(described)
                layers.append(layer)
                if name is not None:
                    by_name[name] = layer
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
            with inside(self):
                return layer(tensor)
        except ValueError as error:
            place = self._stack.index(layer) if layer in self._stack else len(self._stack)
            error.add_note(f"It is layer {place} of {self.name!r}, fed with shape {shapes_of(tensor)}.")
            raise


def _declared_inputs(first: Layer) -> Any:
    """Return the input tensors that a stack's first layer declares, in their structure; `None` where it does not."""
    if isinstance(first, InputLayer):
        return first.output
    if first._declared_shape is not None:
        return _input_for(first, first._declared_shape)
    if isinstance(first, Model) and first.built and hasattr(first, "input"):
        return renewed_inputs(first.input)
    return None


def _input_for(first: Layer | None, shape: Shape) -> SymbolicTensor:
    """Return an input of a shape for a stack's first layer."""
    return InputLayer(batch_shape=shape, dtype=None if first is None else first._input_dtype).output
