"""The state of a run of `fit` as one safetensors file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.saving import safetensors
from hornet.saving.parsing import parse
from hornet.saving.reading import reading
from hornet.saving.versions import check_version

_KIND = "hornet run 1"
_RUN = "run"


def write_run(path: str | os.PathLike[str], state: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    """Write a run's state, whole or not at all.

    Args:
        path: The file.
        state: Arrays by name.
        metadata: JSON-serializable data in which arrays may stand under `"callbacks"`.
    """
    arrays = {f"state/{name}": array for name, array in state.items()}
    callbacks = _without_arrays(metadata["callbacks"], "callbacks", arrays)
    described = json.dumps({**metadata, "callbacks": callbacks})
    safetensors.write(path, arrays, {"format": _KIND, "run": described})


def read_run(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the state and the metadata that `write_run` wrote.

    Raises:
        CorruptFileError: If the file is damaged or not a run's.
        UnsafeFileError: If it requires more than its bytes bear out.
    """
    arrays, header = safetensors.read(path)
    check_version(path, header.get("format"), _KIND, "a run")
    with reading(path, len(header.get("run", "")), _RUN):
        metadata = parse(path, _RUN, header.get("run", ""), bits=128)  # as long as NumPy's generators have them
    for name, (kind, most) in _FACTS.items():
        value = metadata.get(name)
        if type(value) is not kind or (isinstance(value, int) and not 0 <= value < most):
            raise CorruptFileError(path, _RUN, f"its {name!r} is {value!r:.100}. {ANOTHER_COPY}")
    if not all(isinstance(value, int | float) for value in metadata["hypers"].values()):
        raise CorruptFileError(path, _RUN, f"its 'hypers' are not all numbers. {ANOTHER_COPY}")
    metadata["callbacks"] = _with_arrays(path, metadata["callbacks"], arrays)
    state = {name.removeprefix("state/"): array for name, array in arrays.items() if name.startswith("state/")}
    return state, metadata


_FACTS: dict[str, tuple[type, int]] = {
    "settings": (dict, 0),
    "seed": (int, 2**64),
    "epoch": (int, 2**31),
    "step": (int, 2**31),
    "random": (dict, 0),
    "hypers": (dict, 0),
    "callbacks": (dict, 0),
}
"""What a run's metadata holds: of which type, and integers below what."""


def _without_arrays(value: Any, name: str, arrays: dict[str, Any]) -> Any:
    """Return JSON-serializable data for a value; its arrays are added to `arrays` under names of their own."""
    if isinstance(value, Mapping):
        return {key: _without_arrays(part, f"{name}/{key}", arrays) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_arrays(part, f"{name}/{index}", arrays) for index, part in enumerate(value)]
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        arrays[name] = value
        return {"__array__": name}
    return value


def _with_arrays(path: Any, value: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_arrays(path, part, arrays) for part in value]
    if isinstance(value, Mapping):
        if set(value) == {"__array__"}:
            name = value["__array__"]
            if not isinstance(name, str) or name not in arrays:
                raise CorruptFileError(path, _RUN, f"its array {name!r:.100} is not there. {ANOTHER_COPY}")
            return arrays[name]
        return {key: _with_arrays(path, part, arrays) for key, part in value.items()}
    return value
