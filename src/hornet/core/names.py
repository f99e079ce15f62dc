"""Automatic names: the class's, with a number from the second object on."""

from __future__ import annotations

from hornet.core.registry import snake_case

_name_counts: dict[str, int] = {}


def unique_name(cls: type) -> str:
    """Return Keras's next automatic name for an object of a class: `dense`, `dense_1`, ..."""
    base = snake_case(cls.__name__)
    count = _name_counts.get(base, 0)
    _name_counts[base] = count + 1
    return f"{base}_{count}" if count else base


def reset_names() -> None:
    """Start the automatic names again."""
    _name_counts.clear()
