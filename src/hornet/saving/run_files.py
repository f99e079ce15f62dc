"""The state of a run of `fit` as one safetensors file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from hornet.core.errors import CorruptFileError
from hornet.saving import safetensors

_KIND = "hornet run 1"


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
    """
    arrays, header = safetensors.read(path)
    if header.get("format") != _KIND:
        raise CorruptFileError(path, "", "it holds no run. Name the file that an earlier run has written.")
    metadata = json.loads(header["run"])
    metadata["callbacks"] = _with_arrays(metadata["callbacks"], arrays)
    state = {name.removeprefix("state/"): array for name, array in arrays.items() if name.startswith("state/")}
    return state, metadata


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


def _with_arrays(value: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_arrays(part, arrays) for part in value]
    if isinstance(value, Mapping):
        if set(value) == {"__array__"}:
            return arrays[value["__array__"]]
        return {key: _with_arrays(part, arrays) for key, part in value.items()}
    return value
