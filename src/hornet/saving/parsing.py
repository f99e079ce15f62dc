"""JSON in files that are not trusted: of limited length, depth and numbers, and as many objects as a file bears out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hornet.core.budget import OverBudgetError, take_memory
from hornet.core.errors import ANOTHER_COPY, CorruptFileError, UnsafeFileError

_MOST_BYTES = 100 * 2**20
_MOST_DEPTH = 200
_COPIES = 3
_BYTES = {"{": 232, "[": 88, ",": 32}
"""What a character may stand for in memory: a dict, a list, an element. All are held some `_COPIES` times."""


def parse(path: Any, part: str, text: bytes | memoryview | str, bits: int = 63) -> dict[str, Any]:
    """Return a JSON object.

    Args:
        path: The file, for errors.
        part: The part of it, for errors.
        text: The JSON.
        bits: How long its integers may be.

    Raises:
        CorruptFileError: If it is none.
        UnsafeFileError: If it is beyond a limit.
    """
    if len(text) > _MOST_BYTES:
        raise UnsafeFileError(path, part, f"it has {len(text)} bytes, above the limit of {_MOST_BYTES}. {ANOTHER_COPY}")
    try:
        text = text if isinstance(text, str) else bytes(text).decode()
        take_memory(_COPIES * sum(size * text.count(mark) for mark, size in _BYTES.items()), "its JSON")
        parsed = json.loads(text, object_pairs_hook=_refuse_duplicates)
    except OverBudgetError as error:
        raise UnsafeFileError(path, part, f"{error}. {ANOTHER_COPY}") from error
    except RecursionError as error:
        raise UnsafeFileError(path, part, f"it is nested more than {_MOST_DEPTH} deep. {ANOTHER_COPY}") from error
    except ValueError as error:
        raise CorruptFileError(path, part, f"it is not JSON ({error}). {ANOTHER_COPY}") from error
    if not isinstance(parsed, dict):
        raise CorruptFileError(path, part, f"it is not a JSON object. {ANOTHER_COPY}")
    for value, depth in parts_of(parsed):
        if depth > _MOST_DEPTH:
            raise UnsafeFileError(path, part, f"it is nested more than {_MOST_DEPTH} deep. {ANOTHER_COPY}")
        if isinstance(value, int) and abs(value) >> bits:
            raise UnsafeFileError(path, part, f"it holds an integer of more than {bits} bits. {ANOTHER_COPY}")
    return parsed


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("an object has a duplicate name")
    return names


def parts_of(value: Any) -> Iterator[tuple[Any, int]]:
    """Yield every value below, itself included, with its depth."""
    opened = [iter((value,))]
    while opened:  # not recursive: what is too deep for that is to be refused
        for part in opened[-1]:
            yield part, len(opened) - 1
            if isinstance(part, dict | list):
                opened.append(iter(part.values() if isinstance(part, dict) else part))
                break
        else:
            opened.pop()
