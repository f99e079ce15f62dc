"""New models of the same architecture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from hornet.layers.input import InputLayer, renewed_inputs
from hornet.layers.layer import Layer, registry
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential


def clone_model(
    model: Model, input_tensors: Any = None, clone_function: Callable[[Layer], Layer] | None = None
) -> Model:
    """Return a new model of the same architecture, with new weights.

    Args:
        model: A `Sequential` or functional model.
        input_tensors: Symbolic tensors to build the new model on; new inputs by default.
        clone_function: Makes the new layer of each layer that is not an input; by default `from_config(get_config())`.

    Raises:
        TypeError: If the model is neither; a class's `call` cannot be looked into.

    Example:
        >>> from hornet import layers
        >>> model = Sequential([layers.Dense(3, input_shape=(2,))])
        >>> twin = clone_model(model)
        >>> twin.count_params(), twin.layers[0] is model.layers[0]
        (9, False)
    """
    make = clone_function or _renew
    if isinstance(model, Sequential):
        layers: list[Any] = [make(layer) for layer in model.layers]
        first = [renewed_inputs(model.input)] if model.built else []
        twin = Sequential([*first, *layers], name=model.name)
        return twin if input_tensors is None else Functional(input_tensors, twin(input_tensors), name=model.name)
    if isinstance(model, Functional):
        return _clone_graph(model, input_tensors, make)
    raise TypeError(
        f"`clone_model` needs a `Sequential` or functional model, not {type(model).__name__!r}: what its `call` does "
        "cannot be looked into. Make a new object of its class."
    )


def model_from_json(text: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """Return a new, untrained model from what `to_json` returned.

    Args:
        text: The JSON.
        custom_objects: User-defined classes and functions by name.

    Raises:
        ValueError: If it is not JSON, or names a class that is not known.

    Example:
        >>> from hornet import layers
        >>> model = Sequential([layers.Dense(3, input_shape=(2,))])
        >>> model_from_json(model.to_json()).count_params()
        9
    """
    return registry.get(json.loads(text), custom_objects)


def _renew(layer: Layer) -> Any:
    return (
        clone_model(layer)
        if isinstance(layer, Sequential | Functional)
        else type(layer).from_config(layer.get_config())
    )


def _clone_graph(model: Functional, input_tensors: Any, make: Callable[[Layer], Layer]) -> Model:
    if input_tensors is None:
        input_tensors = renewed_inputs(model.input)
    twins: dict[int, Any] = {id(layer): make(layer) for layer in model.layers if not isinstance(layer, InputLayer)}

    def call(operation: Any, args: Any, kwargs: Any) -> Any:
        return twins.get(id(operation), operation)(*args, **kwargs)

    return Functional(input_tensors, model._replay(model._flat(input_tensors), call), name=model.name)
