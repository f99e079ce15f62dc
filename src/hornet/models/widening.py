"""Models whose hidden layers may be wider than asked without computing anything else.

A unit more, with weights of zero on both of its sides, adds nothing to what the units behind it see, and its gradients
are zero, so its weights stay zero under any optimizer that treats elements one by one. So models that differ in the
widths of their layers can share one compiled program: each is trained in a `StandIn` that is wide enough for all.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet import activations, constraints, optimizers, regularizers
from hornet.core.config import Configurable, is_all_ours, structure_of
from hornet.core.module import Module, boxes
from hornet.core.variable import Hyperparameter, Number, Table, Variable
from hornet.layers import (
    ELU,
    Activation,
    ActivityRegularization,
    BatchNormalization,
    Dense,
    Dropout,
    GaussianDropout,
    Identity,
    InputLayer,
    LeakyReLU,
    PReLU,
    ReLU,
)
from hornet.layers.layer import Layer
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential
from hornet.optimizers.numbers import Called
from hornet.training.compiled import Compiled
from hornet.training.data.arrays import ArrayData
from hornet.training.program import Programs
from hornet.training.trainer import Trainer

Widths = tuple[int, ...]

_ELEMENTWISE = {
    Activation, ActivityRegularization, BatchNormalization, Dropout, ELU, GaussianDropout, Identity, LeakyReLU, PReLU,
    ReLU,
}  # fmt: skip
_OF_SUMS = {regularizers.L1, regularizers.L2, regularizers.L1L2, type(None)}
_OF_NORMS = {
    constraints.MaxNorm, constraints.MinMaxNorm, constraints.NonNeg, constraints.UnitNorm, type(None),
}  # fmt: skip
_OF_ELEMENTS = {
    optimizers.SGD, optimizers.RMSprop, optimizers.Adam, optimizers.AdamW, optimizers.Adamax, optimizers.Nadam,
    optimizers.Adagrad, optimizers.Adadelta, optimizers.Ftrl, optimizers.Lion, optimizers.Lamb,
}  # fmt: skip
_MIXING = {activations.softmax, activations.log_softmax, activations.sparsemax, activations.glu}


class Within(Module, Configurable):
    """An activation function of the first elements of the last axis; zero behind them.

    Args:
        function: Function of single elements.
        width: Number of elements.

    Example:
        >>> Within(activations.sigmoid, 2)(np.zeros(3, np.float32)).tolist()
        [0.5, 0.5, 0.0]
    """

    width = Hyperparameter(required=True, at_least=1)

    def __init__(self, function: Callable[..., Any], width: int) -> None:
        self.function = function
        self.width = float(width)

    def __call__(self, x: Any) -> Any:
        return jnp.where(jnp.arange(x.shape[-1]) < self.width, self.function(x), 0)


@dataclass(frozen=True)
class State:
    """All that training changes in a compiled model, and all numbers that it depends on.

    Args:
        variables: Weights and others, by path.
        numbers: Hyperparameters of the model and its optimizer, by path; without the widths of `Within`.
        compiled: What the model is compiled with, which holds the optimizer's memory.
    """

    variables: dict[str, Variable]
    numbers: dict[str, Number]
    compiled: Compiled

    @classmethod
    def of(cls, model: Any, bounds: Sequence[Within] = ()) -> State:
        """Return a model's; `bounds` are those whose widths are left out."""
        compiled = _compiled(model)
        numbers = boxes({"": model, "optimizer": compiled.optimizer}, Number)
        widths = {id(vars(one)["width"]) for one in bounds}
        numbers = {path: one for path, one in numbers.items() if id(one) not in widths}
        return cls(boxes(model, Variable), numbers, compiled)

    def copy_to(self, other: State) -> None:
        """Make the same of a model of other widths."""
        for path, number in self.numbers.items():
            other.numbers[path].set(number.held)
        for path, variable in self.variables.items():
            other.variables[path].assign(fitted(variable.held, other.variables[path].shape))
        mine, theirs = self.compiled, other.compiled
        theirs.step = theirs.optimizer.step = mine.step
        theirs.slots = theirs.optimizer.init({path: one.held for path, one in other.variables.items() if one.trainable})
        if mine.slots:
            theirs.slots = jax.tree.map(
                lambda fresh, one: fitted(one, np.shape(fresh), fresh), theirs.slots, mine.slots
            )


@dataclass(frozen=True)
class Chain:
    """A compiled model of one layer after another, as its stand-ins are made of it.

    Args:
        model: The model.
        layers: Its layers, inputs left out.
        wide: For each layer which of those that may be wider its output comes from, counted from 0, or `None`.
        state: What a stand-in takes and gives.
        key: Equal for models that may share a stand-in.
    """

    model: Any
    layers: tuple[Any, ...]
    wide: tuple[int | None, ...]
    state: State
    key: Hashable

    @classmethod
    def of(cls, model: Any) -> Chain | None:
        """Return a model as a chain, or `None` if it is not made of Hornet's own layers, one after another."""
        layers = _layers_in_a_row(model)
        if layers is None or any(isinstance(getattr(layer, "activation", None), Layer) for layer in layers):
            return None
        given = _compiled(model).arguments
        if any(isinstance(one, Mapping) for one in given.values()):  # by names of outputs, which are this model's own
            return None
        arguments = structure_of(given)
        structures = [structure_of(layer) for layer in layers]
        if not is_all_ours((*structures, arguments)):
            return None
        optimizer = _compiled(model).optimizer
        if optimizer._undecayed_variables or optimizer._undecayed_names:  # which are this model's own
            return None
        wide = _wide(layers) if _keeps_zeros_still(optimizer) else (None,) * len(layers)
        state = State.of(model)
        if any(isinstance(one, Table | Called) for one in state.numbers.values()):
            return None
        key = (
            tuple(
                _without_width(one) if width is not None else one for one, width in zip(structures, wide, strict=True)
            ),
            arguments,
            model.input_shape,
            tuple((path, one.trainable, one.dtype, one.ndim) for path, one in state.variables.items()),
            tuple(state.numbers),
        )
        return cls(model, tuple(layers), wide, state, key)

    @property
    def widths(self) -> Widths:
        """The widths of the layers that may be wider."""
        pairs = zip(self.layers, self.wide, strict=True)
        return tuple(layer.units for layer, width in pairs if width is not None and type(layer) is Dense)

    def kernels(self, widths: Widths) -> list[tuple[int, int]]:
        """Return the shapes of all kernels of a stand-in of such widths."""
        shapes = []
        before: int | None = None
        for layer, width in zip(self.layers, self.wide, strict=True):
            if type(layer) is Dense:
                features = layer.input_shape[-1] if before is None else widths[before]
                shapes.append((features, layer.units if width is None else widths[width]))
            before = width
        return shapes


class StandIn:
    """A compiled model in whose place others train, in turn, each as if it trained alone.

    Args:
        chain: One of those models.
        widths: How wide to make the layers that may be wider.
        data: Rows like those that it will be trained on.
        programs: Where to keep its programs.
    """

    def __init__(self, chain: Chain, widths: Widths, data: ArrayData, programs: Programs) -> None:
        self.widths = widths
        self._bounds: list[tuple[Within, int]] = []
        self._copied: dict[int, Any] = {}
        layers = [self._twin(layer, width) for layer, width in zip(chain.layers, chain.wide, strict=True)]
        self.model = Sequential([InputLayer(chain.model.input_shape[1:]), *layers])
        self.model.compile(**copy.deepcopy(_compiled(chain.model).arguments))
        self.compiled = _compiled(self.model)
        self.compiled.programs = programs
        self.model.settle(self.compiled, data)
        self.trainer = Trainer(self.model, self.compiled, warns=False)
        self._state = State.of(self.model, [bound for bound, _ in self._bounds])

    def take(self, chain: Chain) -> None:
        """Become another model: take over its weights, its numbers, and what its optimizer remembers."""
        for bound, width in self._bounds:
            bound.width = chain.widths[width]
        chain.state.copy_to(self._state)

    def give(self, chain: Chain) -> None:
        """Make another model what it would have become alone."""
        self._state.copy_to(chain.state)

    def _twin(self, layer: Any, width: int | None) -> Layer:
        """Return a new layer like another, as wide as this model is."""
        config = {name: "zeros" if name.endswith("initializer") else one for name, one in layer.get_config().items()}
        if width is not None and type(layer) is Dense:
            config["units"] = self.widths[width]
        twin: Any = type(layer).from_config(config)
        twin.has_given_name = layer.has_given_name  # on which the paths of variables depend
        for name, one in _extras(layer):  # of which layers may share one
            setattr(twin, name, copy.deepcopy(one, self._copied))
        if width is not None and not _keeps_zeros(getattr(twin, "activation", None)):
            twin.activation = Within(twin.activation, 1)
            self._bounds.append((twin.activation, width))
        return twin


def fitted(array: Any, shape: tuple[int, ...], filling: Any = 0) -> np.ndarray:
    """Return an array cut down, or filled up, to a shape.

    Args:
        array: The array.
        shape: The shape.
        filling: What stands behind the array's elements, of that shape too or a number.

    Example:
        >>> fitted([[1.0, 2.0, 3.0]], (2, 2)).tolist()
        [[1.0, 2.0], [0.0, 0.0]]
    """
    array = np.asarray(array)
    if array.shape == shape:
        return array
    filled = np.full(shape, filling, array.dtype)
    common = tuple(slice(0, min(sizes)) for sizes in zip(array.shape, shape, strict=True))
    filled[common] = array[common]
    return filled


def _layers_in_a_row(model: Any) -> list[Any] | None:
    """Return the layers of a model in which each takes what the one before returns, or `None` for another model."""
    if type(model) is Sequential:
        layers = model.layers
    elif type(model) is Functional and len(model.inputs) == len(model.outputs) == 1:
        layers = [layer for layer in model.layers if not isinstance(layer, InputLayer)]
        nodes = model.calls
        tensors = [model.inputs[0], *(node.outputs for node in nodes)]
        in_a_row = all(
            node.operation is layer and node.kwargs == {} and len(node.args) == 1 and node.args[0] is tensor
            for node, layer, tensor in zip(nodes, layers, tensors, strict=False)
        )
        if not in_a_row or len(nodes) != len(layers) or model.outputs[0] is not tensors[-1]:
            return None
    else:
        return None
    return None if any(isinstance(layer, Model) for layer in layers) else layers


def _wide(layers: Sequence[Any]) -> tuple[int | None, ...]:
    """Return for each layer which of those that may be wider its output comes from, counted from 0, or `None`."""
    dense = [place for place, layer in enumerate(layers) if type(layer) is Dense]
    wide: list[int | None] = [None] * len(layers)
    width = 0
    for place, following in pairwise(dense):
        between = layers[place + 1 : following]
        if all(map(_is_of_elements, (layers[place], *between))) and _is_of_elements(layers[following], behind=True):
            wide[place:following] = [width] * (following - place)
            width += 1
    return tuple(wide)


def _is_of_elements(layer: Any, behind: bool = False) -> bool:
    """Return whether zeros at the end of what a layer takes, or else returns too, change none of its other numbers."""
    if any(type(one) not in (_OF_SUMS if name.endswith("regularizer") else _OF_NORMS) for name, one in _extras(layer)):
        return False
    if behind:
        return True
    if getattr(layer, "activation", None) in _MIXING:
        return False
    if type(layer) is BatchNormalization:
        return layer.epsilon > 0 and layer.axis in (-1, len(layer.input_shape) - 1)
    if type(layer) is ReLU:
        return layer.threshold == 0
    if type(layer) is Dropout:
        return layer.noise_shape is None
    return type(layer) is Dense or type(layer) in _ELEMENTWISE


def _extras(layer: Any) -> list[tuple[str, Any]]:
    """Return a layer's regularizers and constraints by the names of their attributes."""
    return [(name, one) for name, one in vars(layer).items() if name.endswith(("regularizer", "constraint"))]


def _keeps_zeros_still(optimizer: Any) -> bool:
    """Return whether an optimizer treats elements one by one, and leaves those alone whose gradient is zero."""
    divisors = ("epsilon", "initial_accumulator_value")
    return type(optimizer) in _OF_ELEMENTS and all(getattr(optimizer, name, 1.0) for name in divisors)


def _keeps_zeros(activation: Callable[..., Any] | None) -> bool:
    return activation is None or float(activation(np.zeros(1, np.float32))[0]) == 0.0


def _without_width(structure: Any) -> Hashable:
    """Return the structure of a layer that may be wider without its width."""
    kind, *arguments = structure
    return kind, *(one for one in arguments if one[0] != "units")


def _compiled(model: Any) -> Compiled:
    return model.require_compiled("fit")
