"""Functions of nested structures, by Keras's names: lists, tuples, dicts and the like with anything inside.

A dict's values are taken in the order of its sorted keys, an `OrderedDict`'s as they are; `None` is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from hornet.core.checks import describe, warn
from hornet.core.errors import ArgumentError
from hornet.core.imports import publish

__all__ = [
    "MAP_TO_NONE",
    "assert_same_paths",
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "lists_to_tuples",
    "map_shape_structure",
    "map_structure",
    "map_structure_up_to",
    "pack_sequence_as",
    "traverse",
]

Key = Hashable
_DICTS = (dict, OrderedDict, defaultdict)


class MAP_TO_NONE:  # noqa: N801  (Keras's name)
    """What a function returns to `traverse` for a part that becomes `None`, which itself means to go on."""


class _Container(NamedTuple):
    """A list, tuple, dict or the like, taken apart.

    Args:
        kind: What a container of the same structure has in common with it.
        parts: What is in it, by index or key.
        rebuild: Makes such a container of other parts.
    """

    kind: Any
    parts: dict[Key, Any]
    rebuild: Callable[[dict[Key, Any]], Any]


def _open(structure: Any) -> _Container | None:
    """Return a container taken apart, `None` for a leaf; as in Keras, a subclass of list or dict is a leaf."""
    kind: Any = type(structure)
    if kind in _DICTS:
        keys = structure if kind is OrderedDict else _sorted(structure)
        return _Container(dict, {key: structure[key] for key in keys}, lambda parts: _like(structure, parts))
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _Container(kind, dict(enumerate(structure)), lambda parts: kind(*parts.values()))
    if kind in (list, tuple):
        return _Container(kind, dict(enumerate(structure)), lambda parts: kind(parts.values()))
    if kind is deque:
        return _Container(kind, dict(enumerate(structure)), lambda parts: deque(parts.values(), structure.maxlen))
    return None


def _sorted(keys: Iterable[Any]) -> list[Any]:
    try:
        return sorted(keys)
    except TypeError:  # keys of several types
        return sorted(keys, key=lambda key: (type(key).__qualname__, key))


def _like(original: Any, parts: dict[Key, Any]) -> Any:
    """Return a dict of the original's type, in the original's order."""
    items = {key: parts[key] for key in original}
    return defaultdict(original.default_factory, items) if isinstance(original, defaultdict) else type(original)(items)


def is_nested(structure: Any) -> bool:
    """Return whether something is a list, tuple, dict or the like, and no leaf.

    Args:
        structure: Anything.

    Example:
        >>> is_nested([1, 2]), is_nested(()), is_nested(1)
        (True, True, False)
    """
    return _open(structure) is not None


def flatten(structure: Any) -> list[Any]:
    """Return the leaves of a structure.

    Args:
        structure: A nested structure, or a leaf.

    Example:
        >>> flatten({"b": [2, (3,)], "a": 1})
        [1, 2, 3]
    """
    return [leaf for _, leaf in flatten_with_path(structure)]


def flatten_with_path(structure: Any) -> list[tuple[tuple[Key, ...], Any]]:
    """Return the leaves of a structure, each in a pair with the indices and keys that lead to it.

    Args:
        structure: A nested structure, or a leaf.

    Example:
        >>> flatten_with_path([{"foo": 42}])
        [((0, 'foo'), 42)]
    """
    container = _open(structure)
    if container is None:
        return [((), structure)]
    return [((key, *path), leaf) for key, part in container.parts.items() for path, leaf in flatten_with_path(part)]


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """Return the structure of what a function makes of each leaf, or of the leaves at one place of several structures.

    Args:
        func: A function of as many leaves as there are structures.
        *structures: Nested structures, all alike.
        none_is_leaf: Whether the function is called on `None`; otherwise it stays `None`.

    Raises:
        ValueError: If there is no structure, or they are not alike.

    Example:
        >>> map_structure(lambda x, y: x + y, {"a": 1, "b": (2,)}, {"a": 10, "b": (20,)})
        {'a': 11, 'b': (22,)}
    """

    def at_leaf(*leaves: Any) -> Any:
        missing = not none_is_leaf and [leaf is None for leaf in leaves]
        if any(is_nested(leaf) for leaf in leaves[1:]) or (missing and any(missing) != all(missing)):
            raise _differ(*leaves)
        return None if missing and all(missing) else func(*leaves)

    return _map(at_leaf, _at_least_one(structures))


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """Return what a function makes of the parts of structures that stand where another one has leaves.

    Args:
        shallow_structure: The structure whose leaves say where to stop.
        func: A function of as many parts as there are structures.
        *structures: Nested structures, at least as deep.

    Raises:
        ValueError: If there is no structure, or one does not reach as deep.

    Example:
        >>> map_structure_up_to([None, None], len, [[1, 1], [2]])
        [2, 1]
    """
    return _map(lambda _, *parts: func(*parts), (shallow_structure, *_at_least_one(structures)))


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise an error if two structures are nested in other ways.

    The kinds of dict count as one; list, tuple, each named tuple and `deque` are different.

    Args:
        a: A nested structure.
        b: Another.
        check_types: Ignored, with a warning, as in Keras.

    Raises:
        ValueError: If they differ.

    Example:
        >>> assert_same_structure([(0, 1)], [(2, 3)])
        >>> assert_same_structure([0, 1], (0, 1))
        Traceback (most recent call last):
        ...
        ValueError: The structures differ: there is a list in one where the other has a tuple. Pass structures of ...
    """
    if check_types is not None:
        warn("`check_types` has no effect. `assert_same_paths` compares without types.", DeprecationWarning)
    map_structure(lambda *_: None, a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise an error if the indices and keys that lead to the leaves of two structures differ.

    Args:
        a: A nested structure.
        b: Another; whether there are lists or tuples in it does not matter.

    Raises:
        ValueError: If they differ.

    Example:
        >>> assert_same_paths([0, 1], (2, 3))
    """
    paths, others = ({path for path, _ in flatten_with_path(structure)} for structure in (a, b))
    if paths != others:
        raise ValueError(
            f"The structures have leaves at other paths: {sorted(paths - others, key=repr)} are in the first alone, "
            f"{sorted(others - paths, key=repr)} in the second. Pass structures with the same indices and keys."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """Return a structure with other leaves, given in the order of `flatten`.

    Args:
        structure: A nested structure, or a leaf.
        flat_sequence: The leaves.

    Raises:
        TypeError: If the leaves are no sequence.
        ValueError: If there are too few or too many.

    Example:
        >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    leaves = list(flat_sequence)
    wanted = len(flatten(structure))
    if len(leaves) != wanted:
        raise ValueError(f"The structure has {wanted} leaves, but `flat_sequence` {len(leaves)}. Pass one for each.")
    rest = iter(leaves)
    return map_structure(lambda _: next(rest), structure)


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Return a structure whose parts a function may replace.

    Args:
        func: A function of a leaf or a whole part. It returns what replaces the part (`MAP_TO_NONE` for `None`), or
            `None` to leave it as it is and, from the top, to go on inside it.
        structure: A nested structure.
        top_down: Whether the whole comes before its parts.

    Raises:
        TypeError: If `func` is no function.

    Example:
        >>> traverse(lambda part: sum(part) if isinstance(part, tuple) else None, [(1, 2), [3]])
        [3, [3]]
    """
    if not callable(func):
        raise TypeError(f"`func` must be a function, not {describe(func)}. Pass one of a single part.")

    def inside() -> Any:
        container = _open(structure)
        if container is None:
            return structure
        return container.rebuild({key: traverse(func, part, top_down) for key, part in container.parts.items()})

    whole = structure if top_down else inside()
    replacement = func(whole)
    if replacement is None:
        return inside() if top_down else whole
    return None if replacement is MAP_TO_NONE else replacement


def lists_to_tuples(structure: Any) -> Any:
    """Return a structure with tuples in the place of lists.

    Args:
        structure: A nested structure.

    Example:
        >>> lists_to_tuples([[1, 2], {"a": [3]}])
        ((1, 2), {'a': (3,)})
    """
    return traverse(lambda part: tuple(part) if isinstance(part, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """Return the structure of what a function makes of each shape: a tuple or list of integers and `None`.

    Args:
        func: A function of a shape.
        structure: A nested structure of shapes.

    Example:
        >>> map_shape_structure(len, {"a": (None, 3), "b": [(1, 2, 3)]})
        {'a': 2, 'b': [3]}
    """

    def at(part: Any) -> Any:
        is_shape = isinstance(part, list | tuple) and all(size is None or isinstance(size, int) for size in part)
        if not is_shape and is_nested(part):
            return None
        result = func(part)
        return MAP_TO_NONE if result is None else result

    return traverse(at, structure)


def _map(func: Callable[..., Any], structures: tuple[Any, ...]) -> Any:
    """Return what a function makes of what stands at each leaf of the first structure, in all of them."""
    first, *others = (_open(structure) for structure in structures)
    if first is None:
        return func(*structures)
    for other in others:
        if other is None or other.kind is not first.kind or other.parts.keys() != first.parts.keys():
            raise _differ(*structures)
    parts = {key: (part, *(other.parts[key] for other in others if other)) for key, part in first.parts.items()}
    return first.rebuild({key: _map(func, at_key) for key, at_key in parts.items()})


def _at_least_one(structures: tuple[Any, ...]) -> tuple[Any, ...]:
    if not structures:
        raise ArgumentError("There is no structure to map. Pass at least one after the function.")
    return structures


def _differ(first: Any, *others: Any) -> ValueError:
    other = next((other for other in others if type(other) is not type(first)), others[0])
    found, expected = (type(part).__name__ for part in (first, other))
    problem = f"there is a {found} in one where the other has a {expected}"
    if found == expected:
        problem = f"{describe(first)} and {describe(other)} have other lengths or keys"
    return ValueError(f"The structures differ: {problem}. Pass structures of the same lists, tuples and dicts.")


publish(__name__, __all__)
