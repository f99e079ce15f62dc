"""What a pickle cannot hold, said before it fails."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from hornet.core.config import Configurable
from hornet.core.module import Module, find, held_in


def refuse_local_parts(model: Any) -> None:
    """Raise an error if `pickle` is about to meet a function or class that has no name in a module.

    Copies may hold such parts, and cloudpickle and dill write them by value, so they are not refused to these.

    Args:
        model: The model.

    Raises:
        PicklingError: If the model holds one.
    """
    local = next((part for part in _named_parts(model) if "<" in part.__qualname__), None)
    if local is None or _is_by_value():
        return
    kind, word = ("class", "class") if isinstance(local, type) else ("function", "def")
    raise pickle.PicklingError(
        f"Model {model.name!r} holds the {kind} {local.__qualname__!r}, which `pickle` cannot find by its name. Define "
        f"it with `{word}` at the top level of a module, pickle by `cloudpickle`, "
        "or use `model.save`."
    )


def _named_parts(model: Any) -> Iterator[Any]:
    """Yield the classes and functions that a pickle of a model names."""
    arguments = vars(model._compile_arguments) if model._compile_arguments is not None else {}
    held: list[Any] = [model, *find(model, Module), *held_in(list(arguments.values()), Configurable)]
    for each in held:
        yield getattr(each, "_described_as", type(each))
        yield from held_in(list(vars(each).values()), FunctionType)
    for argument in arguments.values():
        yield from held_in(argument, FunctionType)


def _is_by_value() -> bool:
    """Return whether who asks for the state is a copy, or a pickler that needs no names."""
    frame = sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name == "copy" or "cloudpickle" in name or name.partition(".")[0] == "dill":
            return True
        frame = frame.f_back
    return False
