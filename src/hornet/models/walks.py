"""Walks over the calls of a graph: in the order in which they are made, and in that in which files know layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from hornet.core.budget import take_steps
from hornet.core.symbolic import Node, SymbolicTensor, replace_tensors
from hornet.layers.input import InputLayer
from hornet.layers.layer import Layer


def replay(order: list[Node], values: dict[int, Any], outputs: Any, call: Callable[[Any, Any, Any], Any]) -> Any:
    """Make the calls of a graph again for other values of its first tensors; return what stands for its outputs.

    Args:
        order: The calls, each after those that it needs.
        values: The value of each input by the tensor's `id`.
        outputs: The output tensors in their structure.
        call: What to do for each call.
    """
    take_steps(len(order), "a graph")
    for node in order:
        args, kwargs = replace_tensors((node.args, node.kwargs), lambda tensor: values[id(tensor)])
        results = call(node.operation, args, kwargs)
        values.update(zip(map(id, jax.tree.leaves(node.outputs)), jax.tree.leaves(results), strict=True))
    return replace_tensors(outputs, lambda tensor: values[id(tensor)])


def sorted_nodes(inputs: list[SymbolicTensor], outputs: list[SymbolicTensor], model: str) -> list[Node]:
    """Return the calls between inputs and outputs, each after those that it needs."""
    given = set(map(id, inputs))

    def is_between(tensor: SymbolicTensor) -> bool:
        if id(tensor) in given:
            return False
        if tensor.node is None or isinstance(tensor.node.operation, InputLayer):
            raise ValueError(
                f"The graph of {model!r} is disconnected: its outputs need {tensor.name!r}, which is not among its "
                "inputs. Add it to `inputs`."
            )
        return True

    return _walk(outputs, is_between, model)


def _walk(outputs: list[SymbolicTensor], enter: Callable[[SymbolicTensor], bool], model: str) -> list[Node]:
    """Return the calls that lead to the outputs, each after those that it needs.

    Args:
        outputs: Where the walk begins.
        enter: Says of a tensor whether to go on with the call that made it.
        model: The model's name, for the error.
    """
    done: dict[int, Node] = {}
    begun: set[int] = set()
    stack: list[tuple[SymbolicTensor, bool]] = [(tensor, False) for tensor in reversed(outputs)]
    while stack:  # not recursive: a model may be deeper than Python's stack
        tensor, is_ready = stack.pop()
        node = tensor.node
        if node is not None and is_ready:
            done[id(node)] = node
        elif id(node) not in done and enter(tensor) and node is not None:
            if id(node) in begun:
                raise ValueError(f"The graph of {model!r} has a cycle through {tensor.name!r}. Remove that call.")
            begun.add(id(node))
            stack.append((tensor, True))
            stack.extend((needed, False) for needed in reversed(node.inputs))
    return list(done.values())


def layers_of(inputs: list[SymbolicTensor], outputs: list[SymbolicTensor], model: str) -> list[Layer]:
    """Return the layers in Keras's order, by which files of weights know them: the farthest from the outputs first."""
    given = set(map(id, inputs))
    first: dict[int, Any] = {}
    """The operations, in the order in which a walk from the outputs meets them."""

    def meet(tensor: SymbolicTensor) -> bool:
        node = tensor.node
        if node is None or (id(tensor) in given and not isinstance(node.operation, InputLayer)):
            return False
        first.setdefault(_identity(node), node.operation)
        return True

    nodes = _walk(outputs, meet, model)
    depths: dict[int, int] = {}
    """How many calls lie between a call and the outputs, at most."""
    of_operations: dict[int, int] = {}
    for node in reversed(nodes):
        operation = _identity(node)
        depth = max(depths.get(id(node), 0), of_operations.get(operation, 0))
        depths[id(node)] = of_operations[operation] = depth
        for parent in (tensor.node for tensor in node.inputs):
            depths[id(parent)] = max(depth + 1, depths.get(id(parent), 0))
    for tensor in inputs:
        operation = tensor.node.operation if tensor.node is not None else None
        if isinstance(operation, InputLayer) and id(operation) not in first:  # which nothing uses
            first = {id(operation): operation, **first}
    indices = {operation: index for index, operation in enumerate(first)}
    ordered = sorted(first, key=lambda operation: (-of_operations.get(operation, 0), indices[operation]))
    layers = [first[operation] for operation in ordered if isinstance(first[operation], Layer)]
    names: dict[str, Layer] = {}
    for layer in layers:
        if names.setdefault(layer.name, layer) is not layer:
            raise ValueError(f"Two layers are named {layer.name!r}. Give one of them another `name`.")
    return layers


def _identity(node: Node) -> int:
    return id(node.operation if isinstance(node.operation, Layer) else node)
