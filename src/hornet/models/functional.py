"""Models drawn as a graph of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from hornet.core.checks import warn
from hornet.core.config import constructor_arguments, is_ours, structure_of
from hornet.core.containers import table_of
from hornet.core.errors import ArgumentError
from hornet.core.frames import refuse_lazy
from hornet.core.module import in_file_order
from hornet.core.package import overridden
from hornet.core.prepared import Prepared
from hornet.core.registry import revive
from hornet.core.shapes import Shape, known_shape, shapes_of
from hornet.core.symbolic import Node, SymbolicTensor, replace_tensors
from hornet.layers.input import InputLayer, as_declared, is_optional, renewed_inputs
from hornet.layers.layer import Layer, registry
from hornet.models.arrangement import alone, arrange, names_of
from hornet.models.cut import Cut
from hornet.models.drawn import Drawn, handed_on, rows_of, specs_of_call
from hornet.models.graph import calls_by_name, describe_graph, rebuild_graph
from hornet.models.model import Model
from hornet.models.outline import Row, expanded
from hornet.models.walks import layers_of, replay, sorted_nodes
from hornet.training.data.convert import as_only_input, check_lengths, in_rank_of


@registry.register(module="keras.src.models.functional")
class Functional(Drawn):
    """A model that computes some symbolic tensors from others: what `Model(inputs, outputs)` makes.

    The graph may be any directed acyclic one: several inputs and outputs, layers and models used more than
    once, models inside models, models cut out of others.

    Args:
        inputs: A symbolic tensor, or a list, tuple or dict of them.
        outputs: The same; `predict` returns arrays in this structure.
        trainable: Whether the weights are trained.
        name: A name.

    Raises:
        ValueError: If an output needs a tensor that does not come from the inputs, or two layers share a name.

    Example:
        >>> from hornet import Input, Model, layers
        >>> wide, deep = Input(shape=(5,), name="wide"), Input(shape=(6,), name="deep")
        >>> hidden = layers.Dense(30, activation="relu")(deep)
        >>> output = layers.Dense(1)(wide * layers.Dense(5)(hidden))
        >>> model = Model(inputs=[wide, deep], outputs=output)
        >>> model.output_shape
        (None, 1)
    """

    autocast = False  # its layers take what they need
    _not_in_files = frozenset({"_input_tensors", "_output_tensors", "_order", "_layers"})

    def __init__(self, inputs: Any, outputs: Any, trainable: bool = True, name: str | None = None) -> None:
        self._init_graph(inputs, outputs, trainable=trainable, name=name)

    def _init_graph(self, inputs: Any, outputs: Any, trainable: bool = True, name: str | None = None) -> None:
        Model.__init__(self, trainable=trainable, name=name)
        self._input_tensors, self._output_tensors = _with_input_layers(
            _check_tensors("inputs", inputs), _check_tensors("outputs", outputs), self.name
        )
        self._order = sorted_nodes(self.inputs, self.outputs, self.name)
        self._cut = Cut.of(self._order, self.inputs, self._output_tensors, self.name)
        self._layers = layers_of(self.inputs, self.outputs, self.name)
        self._input_shape = shapes_of(alone(inputs))
        self.built = True
        for layer in self._layers if not trainable else ():
            layer.trainable = False

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        return [("layers", self.layers), *in_file_order(self._attributes_in_files())]

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._cut is not None and isinstance(inputs, Prepared):
            return alone(self._cut.compute(inputs))
        given = self._flat(self._by_name(inputs, "inputs"))
        arrays = [_as_declared(*pair) for pair in zip(self.inputs, given, strict=True)]
        for tensor, array in zip(self.inputs, arrays, strict=True):
            if array is not None and not _fits(tensor.shape, array.shape):
                shape = known_shape(array.shape)
                raise ValueError(
                    f"Input {tensor.name!r} of {self.name!r} takes {tensor.shape}, not {shape}. Pass such data, or "
                    "build a model for these."
                )
        given = handed_on(arrays, training, mask)

        def call(operation: Any, args: Any, kwargs: Any) -> Any:
            return operation(*args, **(given | kwargs if isinstance(operation, Layer) else kwargs))

        return alone(self._replay(arrays, call))

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        output = super()._record(args, kwargs)
        # In a graph an output that was given in a list stays in one, as in Keras: `model(x)[0]` is written for it.
        return output if alone(self._output_tensors) is self._output_tensors else type(self._output_tensors)([output])

    def _replay(self, inputs: list[Any], call: Callable[[Any, Any, Any], Any]) -> Any:
        """Go through the graph with other inputs; return the outputs in their structure.

        Args:
            inputs: Arrays or symbolic tensors, one for each of `inputs`.
            call: What to do for each call that was recorded: `(operation, args, kwargs) -> results`.
        """
        return replay(self._order, dict(zip(map(id, self.inputs), inputs, strict=True)), self._output_tensors, call)

    def _specs_along(self, inputs: Any) -> Any:
        return alone(self._replay(self._flat(inputs), specs_of_call))

    def _rows(self, x: Any, argument: str) -> Any:
        x = self._by_name(x, argument)
        fractions = self._takers_of_fractions
        if len(self.inputs) == 1 and not self._goes_by_name(x):
            return as_only_input(x, argument, self.inputs[0].shape, self.inputs[0].dtype, 0 in fractions)
        keys = self.input_names if isinstance(x, Mapping) else range(len(self.inputs))
        parts = [
            None if part is None else rows_of(tensor, f"{argument}[{key!r}]", part, number in fractions)
            for number, (key, tensor, part) in enumerate(zip(keys, self.inputs, self._flat(x, argument), strict=True))
        ]
        check_lengths(argument, [part for part in parts if part is not None])
        structure: Any = jax.tree.structure(self._input_tensors)
        return structure.unflatten(parts)

    def _by_name(self, x: Any, argument: str) -> Any:
        """Return the columns of a frame by their names, if inputs are given by theirs."""
        refuse_lazy(argument, x)
        if isinstance(x, list) and x and isinstance(x[0], Mapping):
            raise ArgumentError(
                f"`{argument}` is a list of rows, each a dict. Make columns of them: `pd.DataFrame({argument})`."
            )
        table = table_of(x) if len(self.inputs) > 1 or isinstance(self._input_tensors, Mapping) else None
        if table is None:
            return x
        return {name: table[name] for name in self.input_names if name in table}  # it may have others

    def _goes_by_name(self, x: Any) -> bool:
        named = isinstance(self._input_tensors, Mapping)
        return isinstance(x, Mapping) and (named or any(name in x for name in self.input_names))

    @property
    def _readers(self) -> list[tuple[int, Any]]:
        numbers = {id(tensor): number for number, tensor in enumerate(self.inputs)}
        nodes = [node for node in self._order if len(node.inputs) == 1 and id(node.inputs[0]) in numbers]
        return [(numbers[id(node.inputs[0])], node.operation) for node in nodes]

    def _flat(self, inputs: Any, argument: str = "inputs") -> list[Any]:
        """Return inputs given in the declared structure, as a list or by name, in the order of `inputs`."""
        unknown = sorted(set(inputs) - set(self.input_names)) if isinstance(inputs, Mapping) else ()
        if unknown and not any(isinstance(part, Mapping | list | tuple) for part in inputs.values()):
            names = ", ".join(map(repr, unknown))
            warn(f"`{argument}` has {names}, which {self.name!r} does not take; it is left out.")
        flat = arrange(self._input_tensors, inputs, self.name)
        for tensor, part in zip(self.inputs, flat, strict=True):
            if part is None and not is_optional(tensor):
                raise ValueError(f"{self.name!r} got `None` for its input {tensor.name!r}. Pass an array.")
        return flat

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The input tensors."""
        return jax.tree.leaves(self._input_tensors)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The output tensors."""
        return jax.tree.leaves(self._output_tensors)

    @property
    def operations(self) -> list[Any]:
        """The layers and other operations of the graph, each once, in an order in which they can be computed."""
        made = [tensor.node.operation for tensor in self.inputs if tensor.node is not None]
        return list(
            {id(operation): operation for operation in (*made, *(node.operation for node in self._order))}.values()
        )

    @property
    def _calls(self) -> list[Node]:
        """The calls that make the outputs, each behind those it depends on."""
        return list(self._order)

    @property
    def input(self) -> Any:
        """The input tensor, or tensors in their structure."""
        return self._input_tensors

    @property
    def output(self) -> Any:
        """The output tensor, or tensors in their structure."""
        return self._output_tensors

    @property
    def input_names(self) -> list[str]:
        """The names by which inputs may be given: a dict's keys, else the tensors' names."""
        return names_of(self._input_tensors)

    @property
    def output_names(self) -> list[str]:
        """The names by which losses, labels and results of outputs go: a dict's keys, else their layers' names."""
        return super().output_names if overridden(self.call) else names_of(self._output_tensors)

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or shapes in the outputs' structure."""
        return super().output_shape if overridden(self.call) else shapes_of(alone(self._output_tensors))

    @property
    def layers(self) -> list[Layer]:
        """The layers in an order in which they can be computed, inputs among them."""
        return list(self._layers)

    @property
    def _drawn_layers(self) -> Sequence[Layer]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._layers

    @property
    def _layer_shapes(self) -> list[Any]:
        """The output shape of each of `layers`."""
        made = {id(node.operation): node for node in reversed(self._order)}
        return [shapes_of(made[id(layer)].outputs if id(layer) in made else layer.output) for layer in self._layers]

    def _outline(self, expand_nested: bool = False) -> list[Row]:
        nodes = [*(tensor.node for tensor in self.inputs if tensor.node is not None), *self._order]
        calls = calls_by_name(nodes)
        makers = {id(tensor): name for name, made in calls.items() for node in made for tensor in node.results}
        rows = []
        for name, made in calls.items():
            taken = [tensor for node in made for tensor in node.inputs]
            sources = dict.fromkeys(makers[id(tensor)] for tensor in taken)
            shapes = [tensor.shape for tensor in made[0].inputs]
            rows.append(
                Row(
                    name,
                    made[0].operation,
                    shapes[0] if len(shapes) == 1 else shapes or shapes_of(made[0].outputs),
                    shapes_of(made[0].outputs),
                    tuple(sources),
                )
            )
        return expanded(rows) if expand_nested else rows

    def get_config(self) -> dict[str, Any]:
        """Return the config that rebuilds the model, untrained: its layers and their calls.

        A user-defined class that draws its graph itself is rebuilt by its own arguments instead.
        """
        given = self._called_with
        if given is not None and "outputs" not in given.named:
            return {name: value for name, value in super().get_config().items() if name not in ("inputs", "outputs")}
        made_inputs = [tensor.node for tensor in self.inputs if tensor.node is not None]
        graph = describe_graph([*made_inputs, *self._order], self._input_tensors, self._output_tensors)
        return {"name": self.name, "trainable": self.trainable, **graph, **self._remembered()}

    @classmethod
    def _from_graph(cls, kind: Any, config: Mapping[str, Any]) -> Any:
        """Return a model of a class, this one or a user-defined one, from the config of a graph."""
        inputs, outputs = rebuild_graph(config)
        rest = {name: value for name, value in config.items() if name not in _GRAPH}
        known = constructor_arguments(kind)
        given = {name: revive(value) for name, value in rest.items() if name in known or name not in _NAMES}
        return kind(inputs=inputs, outputs=outputs, **given)

    def _structure(self) -> Any:
        if not is_ours(type(self)):  # whose methods may do anything
            return self
        indices = {id(layer): index for index, layer in enumerate(self._layers)}
        numbers = {id(tensor): number for number, tensor in enumerate(self.inputs)}

        def numbered(tree: Any) -> Any:
            return structure_of(replace_tensors(tree, lambda tensor: ("tensor", numbers[id(tensor)])))

        calls = []
        for node in self._order:
            operation = indices.get(id(node.operation), node.operation)
            calls.append((operation, numbered(node.args), numbered(node.kwargs)))
            for tensor in jax.tree.leaves(node.outputs):
                numbers[id(tensor)] = len(numbers)
        layers = tuple(structure_of(layer) for layer in self._layers)
        ends = numbered(self._input_tensors), numbered(self._output_tensors)
        return (Functional, layers, tuple(calls), *ends, tuple(tensor.dtype for tensor in self.inputs))


Model._graph_class = Functional

_GRAPH = ("layers", "input_layers", "output_layers")
_NAMES = ("name", "trainable")
"""What every config has, though not every class takes it."""


def _check_tensors(argument: str, tensors: Any) -> Any:
    for leaf in jax.tree.leaves(tensors):
        if not isinstance(leaf, SymbolicTensor):
            raise ArgumentError(
                f"`{argument}` of a `Model` must be symbolic tensors, not {type(leaf).__name__}. "
                "Pass what `Input` returns, and what layers return when they are called on it."
            )
    return tensors


def _as_declared(tensor: SymbolicTensor, array: Any) -> Any:
    return None if array is None else in_rank_of(tensor.shape, as_declared(tensor, array))


def _fits(declared: Shape, shape: Any) -> bool:
    sizes = zip(declared[1:], known_shape(shape)[1:], strict=False)
    return len(declared) == len(shape) and all(None in pair or pair[0] == pair[1] for pair in sizes)


def _with_input_layers(inputs: Any, outputs: Any, model: str) -> tuple[Any, Any]:
    """Return the ends of a graph that begins with inputs: of a copy of its calls where it was cut out of another."""
    given: list[SymbolicTensor] = jax.tree.leaves(inputs)
    if all(tensor.node is not None and isinstance(tensor.node.operation, InputLayer) for tensor in given):
        return inputs, outputs
    order = sorted_nodes(given, jax.tree.leaves(outputs), model)
    renewed: dict[int, Any] = {}
    for tensor in given:
        is_input = tensor.node is not None and isinstance(tensor.node.operation, InputLayer)
        renewed[id(tensor)] = tensor if is_input else renewed_inputs(tensor)
    inputs = replace_tensors(inputs, lambda tensor: renewed[id(tensor)])
    return inputs, replay(order, renewed, outputs, lambda operation, args, kwargs: operation(*args, **kwargs))
