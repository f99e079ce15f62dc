"""One model of several, whose prediction is the weighted mean of theirs."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import jax
import numpy as np

from hornet.core.checks import describe, warn
from hornet.core.config import structure_of
from hornet.core.dtypes import is_float
from hornet.core.errors import ArgumentError
from hornet.core.module import Module, boxes, find, values_of
from hornet.core.package import overridden
from hornet.core.shapes import shapes_of
from hornet.core.symbolic import SymbolicTensor, replace_tensors
from hornet.core.variable import Box
from hornet.layers.input import renewed_inputs
from hornet.layers.layer import Layer
from hornet.layers.merging import Add, Average
from hornet.layers.scaling import Rescaling
from hornet.losses.resolve import resolve as resolve_loss
from hornet.models.arrangement import names_of
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential
from hornet.training.outputs import flat


def average(models: Sequence[Model], weights: Sequence[float] | None = None, name: str | None = None) -> Model:
    """Return one model whose prediction is the weighted mean of the predictions of some.

    It is a graph of copies of the models' layers, so it is trained, saved, loaded and exported as any other, and the
    models stay as they are. What several models do alike with the same inputs is in it once: layers of equal settings
    and weights, such as a `Normalization` or a `StringLookup` at the beginning, or a frozen model inside. A layer of a
    user-defined class is shared only if it is the same object in the models, and one that draws random numbers never.
    A model with a `call` of its own is one layer of the graph. Layers get other names where two have the same one; the
    inputs and outputs have those of the first model.

    Args:
        models: Built models that take the same inputs and have outputs of the same shapes. Inputs are matched by their
            names where these are the same, else by their order.
        weights: A number that is not negative for each, of which only the proportions count; by default all are equal.
        name: A name.

    Returns:
        A `Functional` model, compiled as the first of the models that is compiled, with a new optimizer. Classifiers
        should return probabilities: of logits it warns, as their mean is not the logit of the mean probability.

    Raises:
        ValueError: If the models take other inputs, have other outputs, or are not built; if outputs are no floats;
            if there is no model, or the weights do not fit.

    Example:
        >>> from hornet import Sequential, layers
        >>> first, second = (
        ...     Sequential([layers.Dense(1, kernel_initializer=kind, input_shape=(2,))]) for kind in ("zeros", "ones")
        ... )
        >>> both = average([first, second], weights=[1, 3])
        >>> both.predict([[1.0, 3.0]], verbose=0)
        array([[3.]], dtype=float32)

    See L. Breiman, "Bagging predictors" (1996), and M. Perrone and L. Cooper, "When networks disagree" (1993).
    """
    members = _weighted(models, weights)
    first = members[0][0]
    inputs = renewed_inputs(_inputs(first))
    ends = _named_ends(first)
    graph = _Graph({*names_of(inputs), *ends}, [model for model, _ in members])
    drawn = [graph.outputs(model, _fitting(model, first, inputs)) for model, _ in members]
    shares = [share for _, share in members]
    leaves = [_leaves(outputs, model, drawn[0], first) for outputs, (model, _) in zip(drawn, members, strict=True)]
    means = [_mean(tensors, shares, end) for *tensors, end in zip(*leaves, ends, strict=True)]
    whole = Functional(inputs, jax.tree.unflatten(jax.tree.structure(drawn[0]), means), name=name)
    whole._column_names = _column_names([model for model, _ in members])
    _compile(whole, [model for model, _ in members])
    return whole


def _weighted(models: Any, weights: Any) -> list[tuple[Model, float]]:
    """Return the models with their shares in the mean, those without a share left out."""
    models = list(models)
    for model in models:
        if not isinstance(model, Model):
            raise ArgumentError(f"`models` must be models, not {describe(model)}. Of an estimator pass its `model`.")
    if not models:
        raise ValueError("`models` is empty, so there is nothing to average. Pass at least one.")
    given = np.ones(len(models)) if weights is None else np.asarray(weights, float)
    if given.shape != (len(models),):
        raise ValueError(f"There are {len(models)} models and {given.size} `weights`. Pass one for each.")
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        raise ValueError(f"`weights` must be numbers from 0 on, not all of them 0; they are {given.tolist()}.")
    shares = given / given.sum()
    return [(model, float(share)) for model, share in zip(models, shares, strict=True) if share]


# --- inputs and outputs -----------------------------------------------------------------------------------


def _inputs(model: Model) -> Any:
    """Return the input tensors of a model in their structure; of one with a `call` of its own tensors like them."""
    if getattr(model, "inputs", None) and model.built:
        return model.input
    if model._input_shape is None:
        raise ValueError(f"{model.name!r} is not built, so its inputs are not known. Give it `input_shape=` or data.")
    return model._symbolic_inputs(model._input_shape)


def _fitting(model: Model, first: Model, inputs: Any) -> Any:
    """Return the tensors of the graph's inputs in the structure and order in which a model takes them."""
    declared = _inputs(model)
    own, given = names_of(declared), dict(zip(names_of(inputs), jax.tree.leaves(inputs), strict=True))
    leaves = [given[name] for name in own] if sorted(own) == sorted(given) else list(given.values())
    is_clear = not set(own) & given.keys() or sorted(own) == sorted(given)
    taken, offered = (
        [(tensor.shape[1:], tensor.dtype) for tensor in jax.tree.leaves(part)] for part in (declared, leaves)
    )
    if taken != offered or not is_clear:
        raise ValueError(
            f"{model.name!r} takes {_shown(declared)}, and {first.name!r} takes {_shown(inputs)}. Average models of "
            "the same inputs, of the same names where there are several."
        )
    return jax.tree.unflatten(jax.tree.structure(declared), leaves)


def _column_names(models: Sequence[Model]) -> tuple[str, ...] | None:
    """Return the names of the columns of the frames that models were trained on; `None` where these were arrays."""
    known = {model._column_names: model.name for model in models if model._column_names is not None}
    if len(known) > 1:
        listed = ", ".join(f"{name!r} {list(columns)}" for columns, name in known.items())
        raise ValueError(f"The models were trained on other columns: {listed}. Train them on columns of one order.")
    return next(iter(known), None)


def _shown(tensors: Any) -> str:
    leaves = jax.tree.leaves(tensors)
    return ", ".join(
        f"{name!r} ({tensor.dtype}, {tensor.shape})" for name, tensor in zip(names_of(tensors), leaves, strict=True)
    )


def _named_ends(model: Model) -> list[str]:
    """Return names for the layers that make the means: those of the model's outputs, so that losses find them."""
    return [str(name).replace("/", "_") for name in model.output_names]


def _leaves(outputs: Any, model: Model, of_first: Any, first: Model) -> list[SymbolicTensor]:
    """Return a model's outputs in the order of the first model's."""
    keys = [sorted(part) if isinstance(part, Mapping) else None for part in (outputs, of_first)]
    leaves, expected = jax.tree.leaves(outputs), jax.tree.leaves(of_first)
    if keys[0] != keys[1] or [tensor.shape for tensor in leaves] != [tensor.shape for tensor in expected]:
        raise ValueError(
            f"{model.name!r} returns {shapes_of(outputs)}, and {first.name!r} returns {shapes_of(of_first)}. Average "
            "models whose outputs have the same shapes."
        )
    for tensor in leaves:
        if not is_float(tensor.dtype):
            raise ValueError(
                f"{model.name!r} returns {tensor.dtype}, which has no mean that is one. Average what comes before it, "
                "such as probabilities."
            )
    return leaves


def _mean(tensors: Sequence[SymbolicTensor], shares: Sequence[float], name: str) -> SymbolicTensor:
    """Return the weighted mean of tensors, those counted once that are the same."""
    totals: dict[int, float] = {}
    for tensor, share in zip(tensors, shares, strict=True):
        totals[id(tensor)] = totals.get(id(tensor), 0.0) + share
    parts = list({id(tensor): tensor for tensor in tensors}.values())
    of_parts = list(totals.values())
    if len(parts) == 1:
        return Rescaling(1.0, name=name, dtype=parts[0].dtype)(parts[0])
    if len(set(of_parts)) == 1:
        return Average(name=name, dtype=parts[0].dtype)(parts)
    scaled = [
        Rescaling(share, name=f"{name}_share_{number}", dtype=parts[0].dtype)(part)
        for number, (part, share) in enumerate(zip(parts, of_parts, strict=True))
    ]
    return Add(name=name, dtype=parts[0].dtype)(scaled)


# --- the graph --------------------------------------------------------------------------------------------


class _Graph:
    """Copies of models' layers, called one model after another on the same inputs; no call is made twice.

    Args:
        taken: Names that no copy may have.
        models: The models, so that what several of them hold is copied once.
    """

    def __init__(self, taken: set[str], models: Sequence[Model]) -> None:
        self._names = set(taken)
        self._copies: dict[int, Layer] = {}
        self._calls: dict[Any, list[tuple[Any, Any]]] = {}
        # What a copy begins with: neither the calls of the layers in their models, nor how these are trained.
        self._memo: dict[int, Any] = {id(layer._inbound_nodes): [] for model in models for layer in model.layers}
        self._memo |= {id(model._compiled): None for model in models}

    def outputs(self, model: Model, inputs: Any) -> Any:
        """Return what copies of a model's layers make of inputs."""
        if _is_drawn(model) and isinstance(model, Functional):
            return model._replay(jax.tree.leaves(inputs), self._call)
        if _is_drawn(model):
            for layer in model.layers:
                inputs = self._call(layer, (inputs,), {})
            return inputs
        return self._call(model, (inputs,), {})

    def _call(self, operation: Any, args: Any, kwargs: Any) -> Any:
        key = structure_of(replace_tensors((args, kwargs), lambda tensor: ("tensor", id(tensor))))
        earlier = self._calls.setdefault(key, [])
        for other, results in earlier:
            if _is_same(operation, other):
                if isinstance(operation, Layer):
                    self._copies.setdefault(id(operation), self._copies[id(other)])
                return results
        results = (self._copy(operation) if isinstance(operation, Layer) else operation)(*args, **kwargs)
        earlier.append((operation, results))
        return results

    def _copy(self, layer: Layer) -> Layer:
        """Return the copy of a layer, under its name if that is free."""
        if id(layer) not in self._copies:
            self._copies[id(layer)] = twin = copy.deepcopy(layer, self._memo)
            if twin.name in self._names:
                numbered = (f"{layer.name}_{number}" for number in count(1))
                twin.name = next(name for name in numbered if name not in self._names)
                twin._has_given_name = True
            self._names.add(twin.name)
        return self._copies[id(layer)]


def _is_drawn(model: Model) -> bool:
    return isinstance(model, Functional | Sequential) and not overridden(model.call)


def _is_same(operation: Any, other: Any) -> bool:
    """Return whether two operations compute the same: one object, or layers of equal settings and weights."""
    if operation is other:
        return True
    if not isinstance(operation, Layer) or not isinstance(other, Layer) or _draws(operation):
        return False
    if structure_of(operation) != structure_of(other) or _settings(operation) != _settings(other):
        return False
    pairs = zip(*(values_of(boxes(layer, Box)).values() for layer in (operation, other)), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


def _draws(layer: Layer) -> bool:
    """Return whether a layer draws random numbers, which are to be others in each model."""
    return any(hasattr(part, "seed") for part in find([layer], Module))


def _settings(layer: Layer) -> list[Any]:
    """Return the arguments of a layer, or of those in a model, without their names."""
    parts = [part for part in find([layer], Layer) if not isinstance(part, Model)]
    return [structure_of({**part.get_config(), "name": None}) for part in parts]


# --- training ---------------------------------------------------------------------------------------------


def _compile(whole: Model, models: Sequence[Model]) -> None:
    """Compile a model as the first of some that is compiled."""
    first = next((model for model in models if model._compile_arguments is not None), None)
    training = first and first.get_compile_config()
    if training:
        whole.compile_from_config(training)
    of_logits = [model.name for model in models if _returns_logits(model)]
    if of_logits:
        warn(
            f"{', '.join(map(repr, of_logits))} returned logits, as `from_logits` of the loss says, and the mean of "
            "logits is not that of the probabilities. Average models that end with a softmax or sigmoid instead."
        )


def _returns_logits(model: Model) -> bool:
    arguments = model._compile_arguments
    losses = [] if arguments is None else [resolve_loss(each, (None, 1), (None, 1)) for each in flat(arguments.loss)]
    return any(getattr(loss, "from_logits", False) for loss in losses)
