"""Keras's `.keras` archives: a model's description, weights and vocabularies in one file, or in a folder."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from hornet.core.config import has_own, serialize
from hornet.core.errors import CorruptFileError
from hornet.core.files import atomic_folder, atomic_write
from hornet.saving import hdf5, keras2
from hornet.saving.assets import assets, describe_vocabularies, read_assets, read_vocabularies
from hornet.saving.description import compile_from, model_from, refused_descriptions
from hornet.saving.hdf5 import stored_elements
from hornet.saving.hdf5_writer import image, write_pieces
from hornet.saving.keras3 import entries, read_state, write_entries
from hornet.saving.layout import KERAS_VERSION
from hornet.saving.members import ArchiveMembers, FolderMembers, Members
from hornet.saving.parsing import parse
from hornet.saving.protocols import Savable
from hornet.saving.reading import reading
from hornet.saving.training import as_json
from hornet.saving.transfer import Transfer
from hornet.saving.versions import COLUMNS, FORMAT, VERSION, check_known, columns_from
from hornet.saving.write_behind import WriteBehind, stretches

_WEIGHTS, _CONFIG, _METADATA = "model.weights.h5", "config.json", "metadata.json"


def save_archive(model: Savable, path: Path, include_optimizer: bool = True) -> None:
    """Write a model to a `.keras` archive that Keras opens as well.

    Args:
        model: The model.
        path: The file.
        include_optimizer: Whether to say how it is trained, and the optimizer's state.
    """
    with atomic_write(path) as new, open(new, "wb") as file:
        write_archive(model, file, include_optimizer)


def write_archive(model: Savable, file: BinaryIO, include_optimizer: bool = True) -> None:
    """Write what `save_archive` does to an open file, one that can be sought in."""
    texts, weights = _parts(model, include_optimizer)
    with WriteBehind(file) as behind, zipfile.ZipFile(behind, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        with archive.open(_WEIGHTS, "w", force_zip64=True) as member:
            for piece in stretches(weights):
                member.write(piece)
        for name, data in assets(model):
            archive.writestr(name, data)


def save_folder(model: Savable, path: Path, include_optimizer: bool = True) -> None:
    """Write what an archive would hold to a folder, whole or not at all.

    Args:
        model: The model.
        path: The folder.
        include_optimizer: Whether to say how it is trained, and the optimizer's state.
    """
    texts, weights = _parts(model, include_optimizer)
    with atomic_folder(path) as new:
        for name, text in texts.items():
            (new / name).write_text(text)
        write_pieces(new / _WEIGHTS, weights)
        for name, data in assets(model):
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(data)


def _parts(model: Savable, include_optimizer: bool) -> tuple[dict[str, str], list[memoryview]]:
    """Return the texts that describe a model, by the names of their members, and the file of its weights."""
    described = serialize(model)
    training = model.get_compile_config() if include_optimizer else None
    described["compile_config"] = training or {}
    weights = image(lambda file: write_entries(file, entries(model, training is not None)))
    written = time.strftime("%Y-%m-%d@%H:%M:%S")
    metadata: dict[str, Any] = {"keras_version": KERAS_VERSION, "date_saved": written, FORMAT: VERSION}
    if model._column_names is not None:
        metadata[COLUMNS] = model._column_names
    return {_METADATA: json.dumps(metadata), _CONFIG: as_json(described)}, weights


def load_archive(path: Path, data: bytes, custom_objects: Mapping[str, Any], is_compiled: bool) -> Savable:
    """Return the model in a `.keras` archive, of Hornet's or Keras's.

    Args:
        path: The file.
        data: Its bytes.
        custom_objects: User-defined classes and functions by name.
        is_compiled: Whether to compile it as it was, and go on from the optimizer's state.
    """
    return _load(ArchiveMembers(path, data), custom_objects, is_compiled)


def load_folder(path: Path, custom_objects: Mapping[str, Any], is_compiled: bool) -> Savable:
    """Return the model in a folder of an archive's members; see `load_archive`."""
    if not (path / _CONFIG).is_file():
        raise CorruptFileError(
            path, "", "it is a folder that holds no model. Name the model's file, '.keras' or '.h5'."
        )
    members = FolderMembers(path)
    with reading(path, members.stored):
        return _load(members, custom_objects, is_compiled)


def _load(members: Members, custom_objects: Mapping[str, Any], is_compiled: bool) -> Savable:
    path = members.path
    described = parse(path, _CONFIG, members.read(_CONFIG))
    root = hdf5.read(path, members.read(_WEIGHTS), _WEIGHTS)
    metadata = parse(path, _METADATA, members.read(_METADATA)) if _METADATA in members.names() else {}
    check_known(path, metadata.get(FORMAT))
    if _is_keras_2(metadata):
        described = keras2.as_keras_3(described, is_old=True)
    with refused_descriptions(path, _CONFIG):
        describe_vocabularies(described, members)
    training = described.pop("compile_config", None)
    model = model_from(path, _CONFIG, described, custom_objects, stored_elements(root))
    is_own = has_own(type(model), "compile_from_config")  # which alone knows what it needs
    if is_compiled and isinstance(training, Mapping) and (training.get("optimizer") or (is_own and training)):
        compile_from(path, f"{_CONFIG}, compile_config", model, training, custom_objects)
    read_vocabularies(model, members)
    transfer = Transfer(path, CorruptFileError)
    read_state(transfer, root, model)
    transfer.later(lambda: None, lambda _: read_assets(model, members))
    transfer.finish()
    model._column_names = columns_from(path, metadata.get(COLUMNS))
    return model


def _is_keras_2(metadata: Mapping[str, Any]) -> bool:
    return str(metadata.get("keras_version")).startswith("2.")


def weights_of(path: Path, data: bytes) -> hdf5.Group:
    """Return the file of weights in an archive."""
    return hdf5.read(path, ArchiveMembers(path, data).read(_WEIGHTS), _WEIGHTS)
