"""Models whose hidden layers are padded with units of zero weight, which changes nothing that they compute.

A unit more, with weights of zero on both of its sides, adds nothing to what the units behind it see, and its gradients
are zero, so its weights stay zero under any optimizer that treats elements one by one. So models that differ in the
widths of their layers can share one compiled program: each is trained in a `PaddedModel` that is wide enough for all.
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
from hornet.core.module import Module, boxes, partition
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
    NumericEmbedding,
    PReLU,
    QuantileNormalization,
    ReLU,
    RobustNormalization,
)
from hornet.layers.layer import Layer
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential
from hornet.optimizers.numbers import CallableScalar
from hornet.optimizers.state import OptimizerState
from hornet.population.costs import Widths
from hornet.training.compiled import compiled_of
from hornet.training.data.arrays import ArrayData
from hornet.training.inputs import resolve_objective
from hornet.training.program_cache import ProgramCache
from hornet.training.trainer import Trainer

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
_IN_TABLES = {NumericEmbedding, QuantileNormalization, RobustNormalization}
"""Layers that compute with nothing of what they learnt but their tables."""
_MIXING = {activations.softmax, activations.log_softmax, activations.sparsemax, activations.glu}


class MaskedActivation(Module, Configurable):
    """An activation function of the first elements of the last axis; zero behind them.

    Args:
        function: Function of single elements.
        width: Number of elements.

    Example:
        >>> MaskedActivation(activations.sigmoid, 2)(np.zeros(3, np.float32)).tolist()
        [0.5, 0.5, 0.0]
    """

    width = Hyperparameter(required=True, at_least=1)

    def __init__(self, function: Callable[..., Any], width: int) -> None:
        self.function = function
        self.width = float(width)

    def __call__(self, x: Any) -> Any:
        return jnp.where(jnp.arange(x.shape[-1]) < self.width, self.function(x), 0)


@dataclass(frozen=True)
class ModelState:
    """All that training changes in a compiled model, and all numbers that it depends on.

    Args:
        variables: Weights and others, by path.
        hyperparameters: Numbers of the model and its optimizer, by path; without the widths of `MaskedActivation`.
        optimizer_state: The optimizer's slots and count of steps.
        trained: The paths of the variables that are trained.
    """

    variables: dict[str, Variable]
    hyperparameters: dict[str, Number]
    optimizer_state: OptimizerState
    trained: frozenset[str]

    @classmethod
    def of(cls, model: Any, bounds: Sequence[MaskedActivation] = ()) -> ModelState:
        """Return a model's; `bounds` are those whose widths are left out."""
        state = compiled_of(model, "fit").optimizer_state
        parts = partition(model)
        widths = {id(vars(bound)["width"]) for bound in bounds}
        numbers = {**parts.hyperparameters, **boxes({"optimizer": state.optimizer}, Number)}
        numbers = {path: number for path, number in numbers.items() if id(number) not in widths}
        return cls(parts.variables, numbers, state, frozenset(parts.trained))

    def copy_to(self, other: ModelState) -> None:
        """Make the same of a model of other widths."""
        for path, number in self.hyperparameters.items():
            other.hyperparameters[path].set(number.held)
        for path, variable in self.variables.items():
            other.variables[path].assign(fitted(variable.value, other.variables[path].shape))
        mine, theirs = self.optimizer_state, other.optimizer_state
        theirs.step.assign(mine.step.held)
        theirs.slots = theirs.optimizer.init({path: other.variables[path].held for path in other.trained})
        if mine.slots:
            theirs.slots = jax.tree.map(
                lambda fresh, slot: fitted(slot, np.shape(fresh), fresh), theirs.slots, mine.slots
            )


@dataclass(frozen=True)
class LayerChain:
    """A compiled model of one layer after another, as padded models are made of it.

    Args:
        model: The model.
        layers: Its layers, inputs left out.
        wide: For each layer which of those that may be wider its output comes from, counted from 0, or `None`.
        state: What a padded model takes over and gives back.
        key: Equal for models that may share a padded one.
    """

    model: Any
    layers: tuple[Any, ...]
    wide: tuple[int | None, ...]
    state: ModelState
    key: Hashable

    @classmethod
    def of(cls, model: Any) -> LayerChain | str:
        """Return a model as a chain, or why other models may not replace it."""
        layers = _layers_in_a_row(model)
        if layers is None:
            return "its layers do not follow one another"
        if any(isinstance(getattr(layer, "activation", None), Layer) for layer in layers):
            return "an activation is a layer"
        compiled = compiled_of(model, "fit")
        given = compiled.arguments.as_dict()
        if any(isinstance(argument, Mapping) for argument in given.values()):
            return "it is compiled with the names of its own outputs"
        arguments = structure_of(given)
        structures = [structure_of(layer) for layer in layers]
        if not is_all_ours((*structures, arguments)):
            return "it has user-defined code"
        optimizer = compiled.optimizer_state.optimizer
        if not optimizer._decays_all_weights:
            return "its optimizer excludes some of its own weights from decay"
        state = ModelState.of(model)
        tables = {id(table) for layer in layers if type(layer) in _IN_TABLES for table in boxes(layer, Table).values()}
        numbers = state.hyperparameters.values()
        if any(isinstance(number, Table | CallableScalar) and id(number) not in tables for number in numbers):
            return "it has tables of its own, or numbers that are functions"
        wide = _wide(layers) if _keeps_zeros_still(optimizer) else (None,) * len(layers)
        key = (
            tuple(
                _without_width(structure) if width is not None else structure
                for structure, width in zip(structures, wide, strict=True)
            ),
            arguments,
            model._input_shape,
            tuple((path, box.trainable, box.dtype, box.ndim) for path, box in state.variables.items()),
            tuple(
                (path, np.shape(number.held)) if isinstance(number, Table) else path
                for path, number in state.hyperparameters.items()
            ),
        )
        return cls(model, tuple(layers), wide, state, key)

    @property
    def widths(self) -> Widths:
        """The widths of the layers that may be wider."""
        pairs = zip(self.layers, self.wide, strict=True)
        return tuple(layer.units for layer, width in pairs if width is not None and type(layer) is Dense)

    def kernels(self, widths: Widths) -> list[tuple[int, int]]:
        """Return the shapes of all kernels of a padded model of such widths."""
        shapes = []
        before: int | None = None
        for layer, width in zip(self.layers, self.wide, strict=True):
            if type(layer) is Dense:
                features = layer._input_shape[-1] if before is None else widths[before]
                shapes.append((features, layer.units if width is None else widths[width]))
            before = width
        return shapes


class PaddedModel:
    """A compiled model, wide enough for others, in which these are trained in turn, each as if it were trained alone.

    Args:
        chain: One of those models.
        widths: How wide to make the layers that may be wider.
        data: Rows like those that it will be trained on.
        programs: Where to keep its programs.
    """

    def __init__(self, chain: LayerChain, widths: Widths, data: ArrayData, programs: ProgramCache) -> None:
        self.widths = widths
        self._bounds: list[tuple[MaskedActivation, int]] = []
        self._copied: dict[int, Any] = {}
        layers = [self._twin(layer, width) for layer, width in zip(chain.layers, chain.wide, strict=True)]
        self.model = Sequential([InputLayer(chain.model._input_shape[1:]), *layers])
        self.model.compile(**copy.deepcopy(compiled_of(chain.model, "fit").arguments.as_dict()))
        self.model._programs = programs
        resolve_objective(self.model, data)
        self.trainer = Trainer(self.model, warns=False)
        self._state = ModelState.of(self.model, [bound for bound, _ in self._bounds])

    def take(self, chain: LayerChain) -> None:
        """Become another model: take over its weights, its numbers, and its optimizer's state."""
        for bound, width in self._bounds:
            bound.width = chain.widths[width]
        chain.state.copy_to(self._state)

    def give(self, chain: LayerChain) -> None:
        """Make another model what it would have become alone."""
        self._state.copy_to(chain.state)

    def _twin(self, layer: Any, width: int | None) -> Layer:
        """Return a new layer like another, as wide as this model is."""
        config = layer.get_config()
        config = {name: "zeros" if name.endswith("initializer") else value for name, value in config.items()}
        if width is not None and type(layer) is Dense:
            config["units"] = self.widths[width]
        twin: Any = type(layer).from_config(config)
        twin._has_given_name = layer._has_given_name  # on which the paths of variables depend
        for name, extra in _extras(layer):  # of which layers may share one
            setattr(twin, name, copy.deepcopy(extra, self._copied))
        if width is not None and not _keeps_zeros(getattr(twin, "activation", None)):
            twin.activation = MaskedActivation(twin.activation, 1)
            self._bounds.append((twin.activation, width))
        return twin


def fitted(array: Any, shape: tuple[int, ...], filling: Any = 0) -> np.ndarray:
    """Return an array cut down, or filled up, to a shape.

    Args:
        array: The array.
        shape: The shape.
        filling: Values behind the array's elements, an array of that shape or a number.

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
        nodes = model._calls
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
    dense = [index for index, layer in enumerate(layers) if type(layer) is Dense]
    wide: list[int | None] = [None] * len(layers)
    width = 0
    for index, following in pairwise(dense):
        between = layers[index + 1 : following]
        if all(map(_is_of_elements, (layers[index], *between))) and _is_of_elements(layers[following], behind=True):
            wide[index:following] = [width] * (following - index)
            width += 1
    return tuple(wide)


def _is_of_elements(layer: Any, behind: bool = False) -> bool:
    """Return whether zeros at the end of what a layer takes, or else returns too, change none of its other numbers."""
    if any(
        type(part) not in (_OF_SUMS if name.endswith("regularizer") else _OF_NORMS) for name, part in _extras(layer)
    ):
        return False
    if behind:
        return True
    if getattr(layer, "activation", None) in _MIXING:
        return False
    if type(layer) is BatchNormalization:
        return layer.epsilon > 0 and layer.axis in (-1, len(layer._input_shape) - 1)
    if type(layer) is ReLU:
        return layer.threshold == 0
    if type(layer) is Dropout:
        return layer.noise_shape is None
    return type(layer) is Dense or type(layer) in _ELEMENTWISE


def _extras(layer: Any) -> list[tuple[str, Any]]:
    """Return a layer's regularizers and constraints by the names of their attributes."""
    return [(name, value) for name, value in vars(layer).items() if name.endswith(("regularizer", "constraint"))]


def _keeps_zeros_still(optimizer: Any) -> bool:
    """Return whether an optimizer treats elements one by one, and leaves those alone whose gradient is zero."""
    divisors = ("epsilon", "initial_accumulator_value")
    return type(optimizer) in _OF_ELEMENTS and all(getattr(optimizer, name, 1.0) for name in divisors)


def _keeps_zeros(activation: Callable[..., Any] | None) -> bool:
    return activation is None or float(activation(np.zeros(1, np.float32))[0]) == 0.0


def _without_width(structure: Any) -> Hashable:
    """Return the structure of a layer that may be wider without its width."""
    kind, *arguments = structure
    return kind, *(argument for argument in arguments if argument[0] != "units")
