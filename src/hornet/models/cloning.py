"""New models of the same architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from hornet.core.checks import warn
from hornet.core.config import is_ours
from hornet.core.errors import MissingObjectError
from hornet.layers.input import InputLayer, renewed_inputs
from hornet.layers.layer import Layer
from hornet.models.functional import Functional
from hornet.models.model import Model
from hornet.models.sequential import Sequential
from hornet.saving import keras2
from hornet.saving.description import compile_from, model_from
from hornet.saving.parsing import parse
from hornet.saving.reading import reading


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Model:
    """Return a new model of the same architecture, with new weights, compiled alike with a new optimizer.

    Args:
        model: A model. One of a user-defined class is made again from its config.
        input_tensors: Symbolic tensors to build the new model on; new inputs by default.
        clone_function: Makes the new layer of each layer that is not an input; by default `from_config(get_config())`.
        call_function: Calls each new layer in a graph, `(layer, *args, **kwargs) -> tensor`; by default the layer
            itself.
        recursive: Whether both functions are for the layers of models inside too, and not for these models.

    Raises:
        ValueError: If something is given for a model that has no layers of its own to give it to: inputs or a function
            for one of a user-defined class, `call_function` for a `Sequential`. If inputs go by name and
            `input_tensors` is no dict.

    Example:
        >>> from hornet import layers
        >>> model = Sequential([layers.Dense(3, input_shape=(2,))])
        >>> twin = clone_model(model)
        >>> twin.count_params(), twin.layers[0] is model.layers[0]
        (9, False)
    """
    given = clone_function or _renew

    def make(layer: Layer) -> Any:
        if recursive and isinstance(layer, Sequential | Functional):
            function = call_function if isinstance(layer, Functional) else None
            return clone_model(layer, None, clone_function, function, recursive)
        return given(layer)

    if type(model) is Sequential or (isinstance(model, Sequential) and clone_function is not None):
        twin = _clone_stack(model, input_tensors, make, call_function)
    elif isinstance(model, Functional) and (is_ours(type(model)) or clone_function or call_function or input_tensors):
        twin = _clone_graph(model, input_tensors, make, call_function)
    else:
        twin = _clone_own(model, input_tensors, clone_function, call_function)
    training = model.get_compile_config()
    if training is not None:
        twin.compile_from_config(training)
    return twin


_MOST_WEIGHTS = 600_000_000
"""Elements of all weights of a model from JSON: 2.4 GB. What is larger is written in Python."""


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """Return a new, untrained model from what `to_json` returned, compiled as the other one was.

    Args:
        json_string: The JSON, by Hornet, Keras 3 or Keras 2.
        custom_objects: User-defined classes and functions by name. Where those of `compile` are not among them, the
            model is not compiled, with a warning.

    Raises:
        CorruptFileError: If it is not JSON, or damaged; it is a `ValueError`, as the others are.
        MissingObjectError: If it names a class or function that is not known.
        UnsafeFileError: If it holds code, names files, or asks for more than its length bears out: for 600 million
            numbers as weights, or for large tables.

    Example:
        >>> from hornet import layers
        >>> model = Sequential([layers.Dense(3, input_shape=(2,))])
        >>> model_from_json(model.to_json()).count_params()
        9
    """
    path = "<JSON>"
    with reading(path, len(json_string)):
        described = parse(path, "", json_string)
        if str(described.get("keras_version")).startswith("2."):
            described = keras2.as_keras_3(described, is_old=True)
        known = custom_objects or {}
        training = described.pop("compile_config", None)
        model = cast(Model, model_from(path, "", described, known, _MOST_WEIGHTS, are_filled=False))
        if isinstance(training, Mapping) and training:
            try:
                compile_from(path, "compile_config", model, training, known)
            except MissingObjectError as error:
                missing = str(error).removesuffix(", or load with `compile=False`.")
                warn(f"The model is not compiled. {missing}, or call its `compile`.")
        return model


def _renew(layer: Layer) -> Any:
    return (
        clone_model(layer)
        if isinstance(layer, Sequential | Functional)
        else type(layer).from_config(layer.get_config())
    )


def _clone_own(model: Model, *given: Any) -> Model:
    if any(each is not None for each in given):
        raise ValueError(
            f"What `call` of {type(model).__name__!r} does cannot be looked into, so its clone is made by its "
            "`from_config`. Call `clone_model(model)` without more."
        )
    return type(model).from_config(model.get_config())


def _clone_stack(model: Sequential, input_tensors: Any, make: Callable[[Layer], Any], call_function: Any) -> Model:
    if call_function is not None:
        raise ValueError("A `Sequential` calls its layers itself. Leave `call_function` out.")
    first = [renewed_inputs(model.input)] if model.built else []
    twin = Sequential([*first, *(make(layer) for layer in model.layers)], name=model.name)
    return twin if input_tensors is None else Functional(input_tensors, twin(input_tensors), name=model.name)


def _clone_graph(
    model: Functional, input_tensors: Any, make: Callable[[Layer], Any], call_function: Callable[..., Any] | None
) -> Model:
    if input_tensors is None:
        input_tensors = renewed_inputs(model.input)
    elif isinstance(model.input, Mapping) and not isinstance(input_tensors, Mapping):
        raise ValueError(
            f"The inputs of {model.name!r} go by name, {sorted(model.input)}, and so must `input_tensors`. Pass a dict."
        )
    twins: dict[int, Any] = {id(layer): make(layer) for layer in model.layers if not isinstance(layer, InputLayer)}

    def call(operation: Any, args: Any, kwargs: Any) -> Any:
        if call_function is None or id(operation) not in twins:
            return twins.get(id(operation), operation)(*args, **kwargs)
        return call_function(twins[id(operation)], *args, **kwargs)

    return Functional(input_tensors, model._replay(model._flat(input_tensors), call), name=model.name)
