"""An estimator as one `.keras` file: the model of raw rows, and beside it what else the estimator knows."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.errors import CorruptFileError
from hornet.core.files import atomic_write
from hornet.models import Model
from hornet.saving.archive import load_archive, write_archive
from hornet.saving.estimator_files import DESCRIPTION, description_in
from hornet.saving.reading import reading
from hornet.saving.streams import read_all
from hornet.tabular.presets import Preset


def save(path: Path, model: Model, described: Mapping[str, Any]) -> None:
    """Write a model and a description to one file.

    Args:
        path: The file, `*.keras`.
        model: The model.
        described: The description: numbers, texts, lists and dicts.

    Raises:
        ValueError: If the file has another suffix.
    """
    if path.suffix != ".keras":
        raise ValueError(f"`filepath` must end in '.keras', not {path.name!r}. Add it.")
    archive = io.BytesIO()
    write_archive(model, archive, include_optimizer=False)
    with zipfile.ZipFile(archive, "a") as members:
        members.writestr(DESCRIPTION, json.dumps(described))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as new:
        new.write_bytes(archive.getbuffer())


def load(filepath: str | os.PathLike[str]) -> tuple[Model, Mapping[str, Any]]:
    """Return what `save` wrote; nothing in the file is run.

    Raises:
        CorruptFileError: If the file is damaged, or of no estimator for tables.
    """
    path = Path(filepath)
    data = read_all(path)
    with reading(path, len(data)):
        described = description_in(path, data)
        if described is None or "class" not in described:
            raise CorruptFileError(
                path, "", "it holds a model, and no estimator for tables. Open it with `keras.models.load_model`."
            )
        model: Any = load_archive(path, data, {}, is_compiled=False)
    return model, described


def described_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those parameters that a file can hold; others, such as splitters, are left out.

    Example:
        >>> described_parameters({"preset": "good", "cv": object(), "class_weight": {1: 2.0}})
        {'preset': 'good', 'class_weight': {'by_class': [[1, 2.0]]}}
    """
    plain = {name: _plain(each) for name, each in parameters.items()}
    return {name: each for name, each in plain.items() if _is_plain(each)}


def parameters_from(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that `described_parameters` returned."""
    found = dict(described)
    if isinstance(found.get("preset"), Mapping):
        found["preset"] = Preset(**{**found["preset"], "kinds": tuple(found["preset"]["kinds"])})
    weights = found.get("class_weight")
    if isinstance(weights, Mapping) and isinstance(weights.get("by_class"), list):
        found["class_weight"] = dict(weights["by_class"])
    return found


def described_array(array: np.ndarray) -> dict[str, Any]:
    """Return an array of numbers or texts, with its type.

    Example:
        >>> array_from(described_array(np.array(["no", "yes"]))).tolist()
        ['no', 'yes']
    """
    values = array.tolist()
    if not _is_plain(values):
        raise ValueError(f"A file holds no classes of type {type(values[0]).__name__}. Make them numbers or texts.")
    return {"values": values, "dtype": array.dtype.str}


def array_from(described: Mapping[str, Any]) -> np.ndarray:
    """Return the array that `described_array` described."""
    return np.array(described["values"], dtype=np.dtype(described["dtype"]))


def _plain(value: Any) -> Any:
    """Return a parameter as what JSON holds, as far as it can be; classes, which need be no texts, in pairs."""
    if isinstance(value, Preset):
        return {**asdict(value), "kinds": list(value.kinds)}
    if isinstance(value, Mapping) and not all(isinstance(name, str) for name in value):
        return {"by_class": [[_plain(name), _plain(each)] for name, each in value.items()]}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return [_plain(each) for each in value] if isinstance(value, tuple | list | set) else value


def _is_plain(value: Any) -> bool:
    try:
        return json.loads(json.dumps(value)) == value
    except TypeError:
        return False
