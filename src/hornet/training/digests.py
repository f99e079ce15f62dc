"""Digests by which a run knows its data and its model again, in another process too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from types import CodeType, FunctionType
from typing import Any, cast

import jax
import numpy as np

from hornet.core.config import Configurable, constructor_signature, is_ours, structure_of
from hornet.core.package import is_from_package
from hornet.training.data.sparse import SparseRows

DIGEST_LENGTH = 32
"""The letters of a digest."""


def digest_of_rows(rows: Any) -> str | None:
    """Return the digest of arrays; `None` where there are none.

    Example:
        >>> digest_of_rows(np.zeros(3)) == digest_of_rows([np.zeros(3)]) != digest_of_rows(np.ones(3))
        True
    """
    arrays = jax.tree.leaves(rows)
    return _digest(part for array in arrays for part in _bytes_of(array)) if arrays else None


def digest_of_structure(structure: Any) -> str:
    """Return the digest of what `core.config.structure_of` returned: objects of the user's by class and arguments.

    Example:
        >>> digest_of_structure((int, ("units", 3))) == digest_of_structure((int, ("units", 4)))
        False
    """
    return _digest(_words(structure))


def _digest(parts: Iterable[Any]) -> str:
    digest = blake2b(digest_size=DIGEST_LENGTH // 2)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _bytes_of(array: Any) -> Iterator[Any]:
    if isinstance(array, SparseRows):
        matrix = array.matrix
        for part in (matrix.data, matrix.indices, matrix.indptr):
            yield from _bytes_of(part)
        return
    yield repr((array.shape, array.dtype.str)).encode()
    yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _words(part: Any) -> Iterator[bytes]:
    """Yield the parts of a structure, none of which depends on the process."""
    if isinstance(part, Mapping):
        part = tuple(cast(Mapping[Any, Any], part).items())
    elif isinstance(part, frozenset):
        part = sorted(map(repr, cast(frozenset[Any], part)))
    if isinstance(part, list | tuple):
        if part and isinstance(part[0], type) and is_ours(cast(type, part[0])):
            part = _without_defaults(cast(tuple[Any, ...], part))
        yield b"("
        for each in cast(Sequence[Any], part):
            yield from _words(each)
        yield b")"
    elif isinstance(part, type):
        yield f"class {part.__qualname__};".encode()
    elif isinstance(part, Configurable):
        yield from _words(type(part))
        yield from _words({name: value for name, value in _config_of(part).items() if name != "name"})
    elif isinstance(part, partial):
        yield from _words([part.func, part.args, part.keywords])
    elif isinstance(part, FunctionType):
        yield f"function {part.__qualname__};".encode()
        if not is_from_package(part):  # later versions write theirs in other ways
            # What is written in it, but for the instructions, which each version of Python has of its own.
            yield from _words(_written_in(part.__code__))
    elif part is None or isinstance(part, str | bytes | bool | int | float | complex):
        yield f"{part!r};".encode()
    else:
        yield f"{type(part).__qualname__} {getattr(part, '__name__', '')};".encode()


def _without_defaults(structure: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the structure of an object without arguments that have their defaults: later versions have others too."""
    parameters = constructor_signature(structure[0]).parameters

    def is_default(pair: Any) -> bool:
        if not (isinstance(pair, tuple) and len(cast(tuple[Any, ...], pair)) == 2 and pair[0] in parameters):
            return False
        default = parameters[pair[0]].default
        # Of a number that programs take as an argument the structure says whether it is `None`.
        return pair[1] == structure_of(default) or (default is None and pair[1] == structure_of(True))

    return tuple(pair for pair in structure if not is_default(pair))


def _config_of(part: Configurable) -> Mapping[str, Any]:
    try:
        return part.get_config()
    except (TypeError, ValueError, NotImplementedError):  # of a class that cannot be described
        return {}


def _written_in(code: CodeType) -> list[Any]:
    return [code.co_names, [_written_in(part) if isinstance(part, CodeType) else part for part in code.co_consts]]
