"""Where Keras keeps each object's variables in a file of weights: by attributes, classes and order, not by names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from hornet.core.config import is_ours
from hornet.core.module import Module
from hornet.core.registry import snake_case
from hornet.layers.layer import Layer

KERAS_VERSION = "3.15.1"
"""The version whose files are written."""

Owner = Any


def owners(model: Any, skipped: Iterable[Any] = ()) -> list[tuple[str, Owner]]:
    """Return each layer below a model, itself first, with its path in files; a shared one under its first.

    Args:
        model: The model.
        skipped: Objects that are left out, with all that they hold.

    Example:
        >>> from hornet import Sequential, layers
        >>> model = Sequential([layers.Dense(2), layers.Dense(1)])
        >>> [path for path, _ in owners(model)]
        ['', 'layers/dense', 'layers/dense_1']
    """
    return list(_owners(model, "", {id(each) for each in skipped}))


def other_paths(model: Any) -> dict[int, str]:
    """Return another path that files may know a layer by, by the layer's `id`.

    Older files may have it under an attribute that is a property of a user's class today, and files of a model that
    was made in another way, such as of a `Sequential`, by its place among all `layers`.

    Args:
        model: The model.
    """
    found: dict[int, str] = {}
    for path, owner in owners(model):
        if isinstance(getattr(owner, "layers", None), list):
            found |= {
                id(layer): place for place, layer in _in_container(owner.layers, _below(path, "layers"), set(), set())
            }
        for kind in type(owner).__mro__:
            properties = (
                [] if is_ours(kind) else [name for name, each in vars(kind).items() if isinstance(each, property)]
            )
            for name in properties:
                with suppress(Exception):  # a property may compute anything
                    found[id(getattr(owner, name))] = _below(path, name)
    return found


def _owners(owner: Owner, path: str, seen: set[int]) -> Iterator[tuple[str, Owner]]:
    if id(owner) in seen:
        return
    seen.add(id(owner))
    if isinstance(owner, Layer):
        yield path, owner
    for name, part in owner._parts_in_files():
        inner = _below(path, name)
        if isinstance(part, Module):
            yield from _owners(part, inner, seen)
        elif isinstance(part, list | tuple | Mapping):
            yield from _in_container(part, inner, seen, set())


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _class_name(part: Module) -> str:
    """Return the name that Keras's own code has for the class of a part; files know it by that."""
    name = type(part).__name__
    return "GroupedQueryAttention" if name == "GroupQueryAttention" and is_ours(type(part)) else name


def _in_container(container: Any, path: str, seen: set[int], entered: set[int]) -> Iterator[tuple[str, Owner]]:
    if id(container) in entered:
        return
    entered.add(id(container))
    counts: dict[str, int] = {}
    for part in container.values() if isinstance(container, Mapping) else container:
        is_container = isinstance(part, list | tuple | Mapping)
        if not is_container and not isinstance(part, Module):
            continue
        name = "container" if is_container else snake_case(_class_name(part))
        counts[name] = count = counts.get(name, -1) + 1
        inner = f"{path}/{name}_{count}" if count else f"{path}/{name}"
        if is_container:
            yield from _in_container(part, inner, seen, entered)
        else:
            yield from _owners(part, inner, seen)
