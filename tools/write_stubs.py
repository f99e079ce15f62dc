"""Writes the `.pyi` files of the modules whose functions are made from tables, for type checkers and editors.

    python tools/write_stubs.py

What a function takes and returns is read from its signature. An operation that takes arrays has one overload for each
argument that may be symbolic, and one for arrays alone.
"""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import Parameter
from pathlib import Path
from types import ModuleType
from typing import Any

SOURCES = {
    "hornet.activations": [],
    "hornet.ops.image": [],
    "hornet.ops.linalg": [],
    "hornet.ops.nn": ["hornet.activations"],
    "hornet.ops": ["hornet.ops.image", "hornet.ops.linalg", "hornet.ops.nn", "hornet.activations"],
    "hornet.backend": ["hornet.ops", "hornet.config", "hornet.utils"],
}
"""The modules, and those that each takes functions over from."""

FURTHER = {"hornet.activations": ["registry"]}
"""Names that no user is offered, but that other modules of the package import."""

IMPORTS = {
    "Any": "from typing import Any",
    "Array": "from jax import Array",
    "ArrayLike": "from hornet.core.types import ArrayLike",
    "Axis": "from hornet.core.types import Axis",
    "Callable": "from collections.abc import Callable",
    "DTypeLike": "from hornet.core.types import DTypeLike",
    "Mapping": "from collections.abc import Mapping",
    "SeedGenerator": "from hornet.random import SeedGenerator",
    "Sequence": "from collections.abc import Sequence",
    "ShapeLike": "from hornet.core.types import ShapeLike",
    "SymbolicLike": "from hornet.core.types import SymbolicLike",
    "SymbolicTensor": "from hornet.core.symbolic import SymbolicTensor",
    "Variable": "from hornet.core.variable import Variable",
    "np": "import numpy as np",
    "overload": "from typing import overload",
}

SYMBOLIC = {"ArrayLike": "SymbolicLike", "Sequence[Any]": "Sequence[SymbolicTensor]"}
"""What may stand in the place of arrays when a call is recorded."""


def stub(name: str) -> str:
    """Return the text of a module's stub."""
    module = importlib.import_module(name)
    parts = [_part(name, module, member) for member in [*module.__all__, *FURTHER.get(name, ())]]
    taken_over = [part for part in parts if part.startswith("from ")]
    body = "\n".join([f"__all__ = {module.__all__!r}", *(part for part in parts if part not in taken_over)])
    imports = {line for word, line in IMPORTS.items() if re.search(rf"(?<![\w.`]){word}\b", body)}
    text = "\n".join(['"""Written by `tools/write_stubs.py`."""', *sorted(imports), *taken_over, body])
    for options in (["check", "--fix", "--quiet", "--select", "I,RUF022"], ["format"]):
        command = [sys.executable, "-m", "ruff", *options, "--stdin-filename", path(module).name, "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def path(module: ModuleType) -> Path:
    """Return where a module's stub lies: beside it."""
    return Path(str(module.__file__)).with_suffix(".pyi")


def _part(name: str, module: ModuleType, member: str) -> str:
    found = vars(module)[member]
    if inspect.ismodule(found):
        return f"from {name} import {member} as {member}"
    for source in SOURCES[name]:
        other = importlib.import_module(source)
        known = [word for word in other.__all__ if vars(other).get(word) is found]
        if known:
            return f"from {source} import {member if member in known else known[0]} as {member}"
    if not inspect.isfunction(found):
        return f"{member}: {type(found).__module__}.{type(found).__name__}" if member != "registry" else "registry: Any"
    return "\n".join(_definitions(member, found))


def _definitions(name: str, function: Any) -> Iterator[str]:
    signature = inspect.signature(function)
    parameters = [_typed(one) for one in signature.parameters.values()]
    result = signature.return_annotation
    required = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_POSITIONAL]
    arrays = [one.name for one in required if one.annotation in SYMBOLIC]
    sentence = f'    r"""{(inspect.getdoc(function) or "").splitlines()[0]}"""'
    if not arrays or "Array" not in result:
        yield f"def {name}{_written(parameters, result)}:\n{sentence}"
        return
    for place, symbolic in enumerate(arrays):
        before = arrays[:place]
        yield "@overload"
        yield f"def {name}{_written([_recorded(one, symbolic, before) for one in parameters], result, True)}:"
        yield sentence if place == 0 else "    ..."
    yield f"@overload\ndef {name}{_written(parameters, result)}: ..."


def _typed(parameter: Parameter) -> Parameter:
    hint = parameter.annotation
    return parameter.replace(annotation={"Array": "ArrayLike", Parameter.empty: "Any"}.get(hint, hint))


def _recorded(parameter: Parameter, symbolic: str, before: list[str]) -> Parameter:
    """Return a parameter of the overload in which one argument is symbolic, those before it are not."""
    hint = parameter.annotation
    kind = hint.removesuffix(" | None")
    if kind not in SYMBOLIC or parameter.name in before:
        return parameter
    return parameter.replace(annotation=SYMBOLIC[kind] if parameter.name == symbolic else f"{SYMBOLIC[kind]} | {hint}")


def _written(parameters: list[Parameter], result: str, recorded: bool = False) -> str:
    """Return a signature as it stands in source."""
    text, keyword_only = [], False
    for one in parameters:
        keyword_only_before, keyword_only = keyword_only, keyword_only or one.kind is one.VAR_POSITIONAL
        if one.kind is one.KEYWORD_ONLY and not keyword_only_before:
            text.append("*")
            keyword_only = True
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        text.append(f"{stars}{one.name}: {one.annotation}{default}")
    result = re.sub(r"\bArray\b", "SymbolicTensor", result) if recorded else result
    return f"({', '.join(text)}) -> {result}"


if __name__ == "__main__":
    for name in SOURCES:
        path(importlib.import_module(name)).write_text(stub(name))
