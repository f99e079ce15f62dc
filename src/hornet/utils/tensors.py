"""Symbolic tensors, as the functional API has them."""

from typing import Any

from hornet.core.symbolic import SymbolicTensor


def is_keras_tensor(x: Any) -> bool:
    """Return whether `x` is a symbolic tensor, as `Input` and layers called on one return.

    Example:
        >>> from hornet import Input
        >>> is_keras_tensor(Input(shape=(3,))), is_keras_tensor([1.0])
        (True, False)
    """
    return isinstance(x, SymbolicTensor)


def get_source_inputs(tensor: SymbolicTensor) -> list[SymbolicTensor]:
    """Return the input tensors that a symbolic tensor is computed from, each once.

    Example:
        >>> from hornet import Input, layers
        >>> wide, deep = Input(shape=(3,), name="wide"), Input(shape=(3,), name="deep")
        >>> [tensor.name for tensor in get_source_inputs(layers.add([wide, deep]) * wide)]
        ['wide', 'deep']
    """
    sources: list[SymbolicTensor] = []
    seen: set[int] = set()
    stack = [tensor]
    while stack:  # not recursive: a graph may be deeper than Python's stack
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        needed = current.node.inputs if current.node is not None else []
        stack.extend(reversed(needed))
        if not needed:
            sources.append(current)
    return sources
