"""Replaces tracers that leaked into attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, cast

from jax.core import Tracer


class LeakedValue:
    """Replaces a leaked tracer; any use of it raises an error that says how to keep the value.

    A program is computed later than its Python code runs, so what that code puts into an attribute has no value.

    Args:
        attribute: The attribute that holds it.
        owner: What the owner is called in the error.
    """

    def __init__(self, attribute: str, owner: str) -> None:
        self._attribute = attribute
        self._owner = owner

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"`{self._attribute}` of {self._owner} was computed inside a program that has ended, and is gone with it. "
            "Return it from `call`; or make a variable by `add_weight(..., trainable=False)` and `assign` it there."
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        return f"<LeakedValue {self._attribute!r} of {self._owner}>"


_USES = (
    *("array", "jax_array", "float", "int", "bool", "len", "iter", "getitem", "neg", "abs"),
    *("lt", "le", "gt", "ge"),
    *(
        f"{side}{name}"
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
        for side in ("", "r")
    ),
)
for _name in _USES:
    setattr(LeakedValue, f"__{_name}__", LeakedValue._refuse)  # pyright: ignore[reportPrivateUsage]


def replace_leaks(owners: Iterable[Any]) -> None:
    """Replace the tracers in the attributes of named objects, now that their program has ended."""
    for owner in owners:
        attributes = cast(dict[str, Any], vars(owner))
        for name, value in attributes.items():
            if _is_traced(value):
                attributes[name] = LeakedValue(name, repr(owner.name))


def _is_traced(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(element, Tracer) for element in cast(Mapping[Any, Any], value).values())
    if isinstance(value, list | tuple):
        return any(isinstance(element, Tracer) for element in cast(list[Any], value))
    return isinstance(value, Tracer)
