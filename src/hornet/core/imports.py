"""Modules that are imported at their first use, and public names of a module."""

from __future__ import annotations

import dis
import importlib
import importlib.metadata
import inspect
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hornet.core.absent_names import why_absent
from hornet.core.suggestions import did_you_mean


def optional_module(name: str, extra: str) -> Any:
    """Return a module of a library that only some need.

    Args:
        name: The module's full name.
        extra: The extra of this package that installs the library.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        library = (error.name or name).partition(".")[0]
        raise ImportError(
            f"{library} is not installed, and this needs it. Run `pip install '{_installed_from()}[{extra}]'`."
        ) from error


def _installed_from() -> str:
    """Return by what pip knows this package: its name where it is installed, else the folder of its project."""
    try:
        return importlib.metadata.distribution("hornet-nn").name  # `hornet` is another project's name there
    except importlib.metadata.PackageNotFoundError:
        return str(Path(__file__).parents[3])


def publish(module: str, names: Collection[str], later: Mapping[str, str] | None = None, extra: str = "") -> None:
    """Let a module list just its public names, and answer an unknown one with the nearest of them.

    A name of Keras's that is not here is answered with the reason.

    It sets the module's `__dir__` and `__getattr__` without their names in its source: where a checker of
    types sees a `__getattr__`, it takes every name for one that exists.

    Args:
        module: The module's name.
        names: Its public names.
        later: Names that are imported at their first use, and the modules that they, or what they name
            inside, come from.
        extra: The extra of this package that installs what these modules need.
    """
    sources = later or {}

    def find(name: str) -> Any:
        if name in sources:
            source = optional_module(sources[name], extra) if extra else importlib.import_module(sources[name])
            return getattr(source, name, source)
        problem = f"module {module!r} has no attribute {name!r}."
        advice = why_absent(module, name)
        problem += f" {advice}" if advice else did_you_mean(name, names)
        # `from module import name` would put a sentence of its own in the place of an AttributeError's.
        frame = inspect.currentframe()
        caller = frame and frame.f_back
        is_import = caller is not None and caller.f_code.co_code[caller.f_lasti] == dis.opmap["IMPORT_FROM"]
        raise (ImportError if is_import else AttributeError)(problem)

    vars(sys.modules[module]).update(__getattr__=find, __dir__=lambda: sorted(names))
