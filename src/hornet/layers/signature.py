"""What `call` and `build` of a layer take, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jax

from hornet.core.shapes import shapes_of


@cache
def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of what a method takes beside `self`, without `*args` and `**kwargs`."""
    _, *taken = inspect.signature(function).parameters.values()
    return tuple(one.name for one in taken if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD))


BY_NAME: Any = object()
"""Stands for the inputs of a call where they are among the arguments by name."""


def inputs_by_name(call: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    """Take the inputs of a call out of its arguments by name: what the first parameter of `call` gets.

    Raises:
        TypeError: If they are not there.
    """
    name = next(iter(parameters(call)), None)
    if name not in kwargs:
        raise TypeError(
            f"`{call.__qualname__.rpartition('.')[0]}` was called without inputs. Pass what its `call` takes."
        )
    return kwargs.pop(name)


def shapes_by_argument(call: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shapes of the tensors among a call's arguments, in their structures, by `<argument>_shape`."""
    names = parameters(call)
    names += tuple(f"argument_{index}" for index in range(len(names), len(args)))  # of `*args`
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    return {f"{name}_shape": shapes_of(value) for name, value in given.items() if name != "mask" and _is_tensors(value)}


def shape_arguments(function: Callable[..., Any], shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a `build` or `compute_output_shape`: one takes the first shape, several go by name.

    Args:
        function: The method.
        shapes: What `shapes_by_argument` returned.

    Raises:
        ValueError: If it needs a shape that is not there.
    """
    names = parameters(function)
    if len(names) == 1:
        return {names[0]: next(iter(shapes.values()), None)}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in names and name not in shapes and parameter.default is parameter.empty:
            raise ValueError(
                f"`{function.__qualname__}` takes {name!r}, but `call` got no such tensor. Name its arguments "
                f"as those of `call`, with '_shape' behind: {', '.join(shapes)}."
            )
    return {name: shapes[name] for name in names if name in shapes}


def _is_tensors(value: Any) -> bool:
    leaves: list[Any] = jax.tree.leaves(value)
    return bool(leaves) and all(hasattr(leaf, "shape") and hasattr(leaf, "dtype") for leaf in leaves)
