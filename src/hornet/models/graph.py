"""A functional model's graph as a config in Keras's form, and back.

A tensor is `{"class_name": "__keras_tensor__", "config": {"keras_history": [operation, call, output]}}`: which
output of which call of which operation it is. Operations that are not layers go by Keras's names of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np

from hornet.core.budget import take_steps
from hornet.core.checks import describe
from hornet.core.config import serialize
from hornet.core.errors import ArgumentError
from hornet.core.plain_data import Described, array_of
from hornet.core.symbolic import OPERATIONS, Node, SymbolicTensor, tensors_in
from hornet.layers.input import InputLayer
from hornet.layers.layer import Layer, registry
from hornet.models.operations import describe_operation, is_operation, joined_arguments, settings_of, split_arguments
from hornet.saving import keras2

_TENSOR = "__keras_tensor__"


def describe_graph(nodes: list[Node], inputs: Any, outputs: Any) -> dict[str, Any]:
    """Return `layers`, `input_layers` and `output_layers` of a functional model's config.

    Args:
        nodes: The calls, those of the inputs among them, in an order in which they can be made.
        inputs: The input tensors in their structure.
        outputs: The output tensors in their structure.

    Raises:
        TypeError: If a call is one of a user-defined function, which no config can hold.
    """
    calls = calls_by_name(nodes)
    history = {
        id(tensor): [name, number, place]
        for name, made in calls.items()
        for number, node in enumerate(made)
        for place, tensor in enumerate(node.results)
    }

    def described(value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": history[id(value)]}
            return {"class_name": _TENSOR, "config": config}
        if isinstance(value, Mapping):
            return {key: described(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [described(part) for part in value]
        if isinstance(value, slice):
            parts = {"start": value.start, "stop": value.stop, "step": value.step}
            return {"class_name": "__slice__", "config": parts}
        if value is Ellipsis:
            return {"class_name": "__ellipsis__", "config": {}}
        if isinstance(value, np.ndarray | jax.Array):
            config = {"value": np.asarray(value).tolist(), "dtype": str(value.dtype)}
            return {"class_name": "__numpy__", "config": config}
        return serialize(value)

    def entry(name: str, made: list[Node]) -> dict[str, Any]:
        operation = made[0].operation
        if not isinstance(operation, Layer):
            args, kwargs, settings = split_arguments(operation, made[0].args, made[0].kwargs)
            call = {"args": described(args), "kwargs": described(kwargs)}
            kind = _operation_name(name, operation)
            return {**describe_operation(name, kind, described(settings)), "name": name, "inbound_nodes": [call]}
        bound = [
            {"args": described(node.args), "kwargs": described(node.kwargs)}
            for node in made
            if not isinstance(node.operation, InputLayer)
        ]
        layer = serialize(operation)
        whole = {**layer, "name": name, "inbound_nodes": bound}
        return Described(whole, layer.of) if isinstance(layer, Described) else whole

    def references(tensors: Any) -> Any:
        return jax.tree.map(lambda tensor: history[id(tensor)], tensors)

    return {
        "layers": [entry(name, made) for name, made in calls.items()],
        "input_layers": references(inputs),
        "output_layers": references(outputs),
    }


def calls_by_name(nodes: list[Node]) -> dict[str, list[Node]]:
    """Return the calls of each layer under its name, and each other operation's under a name of its own."""
    taken = {node.operation.name for node in nodes if isinstance(node.operation, Layer)}
    calls: dict[str, list[Node]] = {}
    for node in nodes:
        if isinstance(node.operation, Layer):
            calls.setdefault(node.operation.name, []).append(node)
            continue
        base = name = node.results[0].name
        count = 0
        while name in taken or name in calls:
            count += 1
            name = f"{base}_{count}"
        calls[name] = [node]
    return calls


def _operation_name(name: str, operation: Any) -> str:
    class_name = getattr(operation, "keras_name", None)
    if class_name is None:
        raise ArgumentError(
            f"The call {name!r} is one of a function that is not Hornet's, so it has no config. "
            "Put it into a layer of your own."
        )
    return class_name


def rebuild_graph(config: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the input and the output tensors, in their structures, of a graph that `describe_graph` described.

    Args:
        config: A functional model's config, Hornet's, Keras 3's or Keras 2's.

    Raises:
        ValueError: If it names an unknown layer or operation, or a call whose inputs never come.
    """
    if any(isinstance(call, list) for entry in config["layers"] for call in entry["inbound_nodes"]):
        config = keras2.as_keras_3({"class_name": "Functional", "config": config}, is_old=True)["config"]
    operations: dict[str, Any] = {}
    settings = {entry["name"]: settings_of(entry) for entry in config["layers"]}
    made: dict[str, list[Any]] = {}
    for entry in config["layers"]:
        operations[entry["name"]] = operation = _rebuild_operation(entry)
        made[entry["name"]] = [[operation.output]] if isinstance(operation, InputLayer) else []

    def tensor(place: Any) -> Any:
        name, number, output = place[:3]
        return made[name][number][output]

    def value(described: Any) -> Any:
        if isinstance(described, Mapping):
            special = _SPECIAL.get(described.get("class_name"))
            if described.get("class_name") == _TENSOR:
                return tensor(described["config"]["keras_history"])
            if special is not None:
                return special(described["config"])
            return {key: value(part) for key, part in described.items()}
        return [value(part) for part in described] if isinstance(described, list | tuple) else described

    calls = [(entry["name"], call) for entry in config["layers"] for call in entry["inbound_nodes"]]
    for name, call in _in_order(calls, made):
        args, kwargs = value(call["args"]), _without_defaults(value(call["kwargs"]), operations[name])
        args, kwargs = joined_arguments(operations[name], args, kwargs, settings[name])
        is_index = name.startswith("get_item")
        args = [tuple(part) if is_index and isinstance(part, list) else part for part in args]
        if not tensors_in((args, kwargs)):
            raise ValueError(
                f"The config's call of {name!r} takes no tensor, so it is none of a graph's. Leave it out."
            )
        take_steps(_steps(operations[name], args, kwargs), f"the call of {name!r}")
        made[name].append(jax.tree.leaves(operations[name](*args, **kwargs)))
    return _map_references(config["input_layers"], tensor), _map_references(config["output_layers"], tensor)


_BY_COUNT = frozenset(["Diff", "Split", "ArraySplit", "Dsplit", "Hsplit", "Vsplit"])
"""Operations that do something as often as a number says."""


def _steps(operation: Any, args: list[Any], kwargs: Mapping[str, Any]) -> int:
    """Return how many operations a call is in a program, at most; none of a layer's, which counts its own calls."""
    kind = getattr(operation, "keras_name", None)
    given = [*args, *kwargs.values()]
    if kind in _BY_COUNT:
        return max([1, *(value for value in given if isinstance(value, int))])
    if kind == "Unstack":
        return max(1, *(size or 1 for tensor in tensors_in(given) for size in tensor.shape))
    return 0 if isinstance(operation, Layer) else 1


def _in_order(calls: list[tuple[str, Any]], made: Mapping[str, list[Any]]) -> Iterator[tuple[str, Any]]:
    """Yield calls, each after those whose tensors it needs and after the earlier ones of its layer, else as listed.

    Args:
        calls: The name of what is called, and the call's arguments.
        made: The calls that are made already, by the same names: those of the inputs.

    Raises:
        ValueError: If a call needs a tensor that nothing makes.
    """
    counts = {name: len(one) for name, one in made.items()}
    done = {(name, number) for name, count in counts.items() for number in range(count)}
    places: list[tuple[str, int]] = []
    missing: list[set[tuple[str, int]]] = []
    waiting: dict[tuple[str, int], list[int]] = {}
    for index, (name, call) in enumerate(calls):
        number = counts[name]
        counts[name] += 1
        needs = {(place[0], place[1]) for place in _references((call["args"], call["kwargs"]))}
        needs = (needs | ({(name, number - 1)} if number else set())) - done
        places.append((name, number))
        missing.append(needs)
        for place in needs:
            waiting.setdefault(place, []).append(index)
    ready = [index for index, needs in enumerate(missing) if not needs]
    left = len(calls)
    while ready:
        index = heapq.heappop(ready)
        left -= 1
        yield calls[index]
        for other in waiting.get(places[index], ()):
            missing[other].discard(places[index])
            if not missing[other]:
                heapq.heappush(ready, other)
    if left:
        name = next(calls[index][0] for index, needs in enumerate(missing) if needs)
        raise ValueError(f"The config's call of {name!r} needs a tensor that nothing makes. Check its graph.")


def _references(described: Any) -> Iterator[Any]:
    """Yield `[operation, call, output]` of each tensor in the arguments of a call."""
    if isinstance(described, Mapping):
        if described.get("class_name") == _TENSOR:
            yield described["config"]["keras_history"]
        elif described.get("class_name") not in _SPECIAL:
            for part in described.values():
                yield from _references(part)
    elif isinstance(described, list | tuple):
        for part in described:
            yield from _references(part)


def _without_defaults(kwargs: Mapping[str, Any], operation: Any) -> dict[str, Any]:
    """Return arguments without those that Keras writes for every call of a model, whether it takes them or not."""
    given = {
        name: value for name, value in kwargs.items() if name not in ("mask", "training") or jax.tree.leaves(value)
    }
    # Keras writes the mode that a layer would take by default, and does not heed it.
    if isinstance(operation, Layer) and operation._in_training(None) and given.get("training") is True:
        del given["training"]
    return given


def _map_references(references: Any, tensor: Callable[[Any], Any]) -> Any:
    """Return a tensor for each `[operation, call, output]` of a structure."""
    if isinstance(references, Mapping):
        return {name: _map_references(part, tensor) for name, part in references.items()}
    if not isinstance(references, list | tuple):
        raise ValueError(f"A tensor in the config is named by {describe(references)}. Pass [operation, call, output].")
    if len(references) == 3 and isinstance(references[0], str) and isinstance(references[1], int):
        return tensor(references)
    mapped = [_map_references(part, tensor) for part in references]
    return tuple(mapped) if isinstance(references, tuple) else mapped


def _rebuild_operation(entry: Mapping[str, Any]) -> Any:
    name = entry["class_name"]
    if is_operation(entry):
        return OPERATIONS[name]
    return registry.get(entry)


_SPECIAL: dict[Any, Callable[[Any], Any]] = {
    "__slice__": lambda config: slice(config["start"], config["stop"], config["step"]),
    "__ellipsis__": lambda config: Ellipsis,
    "__tensor__": array_of,
    "__numpy__": array_of,
}
