"""What was given for each input of a graph, whatever the structure of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax

from hornet.core.symbolic import SymbolicTensor
from hornet.layers.input import is_optional


def alone(parts: Any) -> Any:
    """Return what is alone in a list or tuple, and anything else as it is."""
    return parts[0] if isinstance(parts, list | tuple) and len(parts) == 1 else parts


def alone_array(parts: Any) -> Any:
    """Return an array that is alone in a list, and anything else, such as a list of a single number, as it is."""
    part = alone(parts)
    return part if getattr(part, "shape", ()) else parts


def names_of(tensors: Any) -> list[str]:
    """Return a name for each tensor of a structure, a dict's key or its own; no two are the same."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for base in _keys(tensors):
        name = base
        while name in names:
            counts[base] = count = counts.get(base, 0) + 1
            name = f"{base}_{count}"
        names[name] = None
    return list(names)


def _keys(tensors: Any, key: str | None = None) -> list[str]:
    if isinstance(tensors, Mapping):
        return [name for key in sorted(tensors) for name in _keys(tensors[key], key)]  # the order of a flattened dict
    if isinstance(tensors, list | tuple):
        return [name for tensor in tensors for name in _keys(tensor)]
    return [tensors.name if key is None else key]


def arrange(declared: Any, given: Any, model: str) -> list[Any]:
    """Return what was given for each tensor of a structure, in the order of its leaves.

    Args:
        declared: The input tensors in their structure.
        given: The same structure of anything; for a list of tensors also a dict by their names, for one tensor also
            what is alone in a list.
        model: The model's name, for errors.

    Raises:
        ValueError: If an input is missing, or it is not clear which one a part of a list is for.
    """
    if isinstance(given, Mapping) and not isinstance(declared, Mapping):
        names = names_of(declared)
        return [
            _entry(given, name, tensor, model) for name, tensor in zip(names, jax.tree.leaves(declared), strict=True)
        ]
    if isinstance(declared, SymbolicTensor):
        if isinstance(given, list | tuple) and len(given) > 1 and all(hasattr(part, "shape") for part in given):
            raise ValueError(f"{model!r} takes 1 input ({declared.name!r}), not {len(given)}. Pass it alone.")
        return [alone(given)]
    if isinstance(declared, Mapping) and isinstance(given, Mapping):
        return [part for key in sorted(declared) for part in _part(declared[key], given, key, model)]
    names = names_of(declared)
    given = [given] if hasattr(given, "shape") or given is None else list(given)
    if len(given) == 1 == len(declared) and isinstance(declared, list | tuple):
        return arrange(declared[0], given[0], model)
    if isinstance(declared, Mapping) and list(declared) != sorted(declared):
        raise ValueError(
            f"The inputs of {model!r} go by name: {', '.join(map(repr, names))}, so a list does not say which is "
            "which. Pass a dict."
        )
    if len(given) != len(declared):
        listed = ", ".join(map(repr, names))
        raise ValueError(f"{model!r} takes {len(names)} inputs ({listed}), not {len(given)}. Pass one for each.")
    parts = [declared[key] for key in sorted(declared)] if isinstance(declared, Mapping) else declared
    return [leaf for part, value in zip(parts, given, strict=True) for leaf in arrange(part, value, model)]


def _part(declared: Any, given: Mapping[Any, Any], key: Any, model: str) -> list[Any]:
    if isinstance(declared, SymbolicTensor):
        return [alone_array(_entry(given, key, declared, model))]
    return arrange(declared, given[key], model)


def _entry(given: Mapping[Any, Any], name: Any, tensor: SymbolicTensor, model: str) -> Any:
    if name not in given and not is_optional(tensor):
        raise ValueError(f"{model!r} got no input {name!r}, only {sorted(given)}. Pass an entry for each input.")
    return given.get(name)
