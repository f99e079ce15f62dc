"""Weights in files: Keras's own layout, its older one, and safetensors."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.errors import FileError
from hornet.core.files import atomic_write
from hornet.core.module import partition
from hornet.core.types import FileLike
from hornet.core.undisturbed import undisturbed
from hornet.saving import archive, hdf5, legacy, safetensors, shards
from hornet.saving.hdf5_writer import image, write_pieces
from hornet.saving.keras3 import entries, read_state, write_entries
from hornet.saving.protocols import Savable
from hornet.saving.reading import reading
from hornet.saving.streams import read_all, shown_path, target_of, write_to
from hornet.saving.transfer import Transfer
from hornet.saving.versions import FORMAT, check_known, check_version

_V3 = ".weights.h5"
_MAP = ".weights.json"
_KIND = "hornet weights 1"


@undisturbed
def save_weights(
    model: Savable,
    filepath: FileLike,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    objects_to_skip: Sequence[Any] = (),
) -> None:
    """Write a model's weights to a file, and its optimizer's state where it is compiled.

    The file's folder is made where there is none.

    Args:
        model: A built model.
        filepath: `*.weights.h5` for Keras's layout, `*.h5` for the older one, `*.safetensors` for the weights alone by
            their paths. Any other name is a prefix, as of a checkpoint: the file is `<filepath>.weights.h5`. Or a file
            that is open for bytes, which gets Keras's layout.
        overwrite: Whether a file that is there is replaced.
        max_shard_size: The most GiB (2**30 bytes) of arrays in one file: they go to several, with a `*.weights.json`
            that says what is where and is written last.
        objects_to_skip: Layers whose weights are left out; in Keras's own layout alone.

    Raises:
        FileExistsError: If there is one that is not to be replaced.
        OSError: If the file cannot be written; one that was there is as it was.
        ValueError: If the model is not built, or a format has no such thing.
    """
    target = target_of(filepath)
    if not isinstance(target, Path):
        if max_shard_size is not None:
            raise ValueError("An open file is one file. Pass a name, or leave `max_shard_size` out.")
        require_built(model, "its weights are saved")
        write_to(target, image(lambda file: write_entries(file, entries(model, skipped=objects_to_skip))))
        return
    path = weights_path(target)
    is_keras_3 = path.name.endswith((_V3, _MAP))
    if path.suffix == ".json" and max_shard_size is None:
        raise ValueError("Weights are written to one file. End `filepath` in '.weights.h5', or pass `max_shard_size=`.")
    if not is_keras_3 and (max_shard_size is not None or objects_to_skip):
        raise ValueError(
            "`max_shard_size` and `objects_to_skip` are for Keras's own layout. End `filepath` in '.weights.h5'."
        )
    if max_shard_size is not None:
        path = path.with_name(path.name.removesuffix(".h5").removesuffix(".json") + ".json")
    refuse_to_replace(path, overwrite)
    require_built(model, "its weights are saved")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        safetensors.write(path, named_weights(model), {"format": _KIND})
        return
    held = entries(model, skipped=objects_to_skip)
    if max_shard_size is not None:
        shards.write(path, held, max_shard_size)
        return
    made = image(lambda file: write_entries(file, held) if is_keras_3 else legacy.write_weights(file, model))
    with atomic_write(path) as new:
        write_pieces(new, made)


def load_weights(
    model: Savable,
    filepath: FileLike,
    skip_mismatch: bool = False,
    by_name: bool = False,
    objects_to_skip: Sequence[Any] = (),
) -> None:
    """Put a file's weights into a model, and its optimizer's state where both have one.

    Args:
        model: A built model.
        filepath: What `save_weights` or `save` wrote, here or in Keras (`.keras`, `.h5`, `.weights.h5`, or the
            `.weights.json` of weights in several files), or its prefix; or a file that is open for bytes, which is read
            to its end (all but `.safetensors`).
        skip_mismatch: Whether weights of other shapes are passed over with a warning.
        by_name: Whether layers are matched by their names instead of by their order; in the older layout alone.
        objects_to_skip: Layers that keep the weights they have; in Keras's own layout alone.

    Raises:
        CorruptFileError: If the file is damaged.
        FileNotFoundError: If there is none; it is a `ValueError` as well.
        UnsafeFileError: If it requires what loading does not do.
        ValueError: If it is another model's; the model stays as it was.
    """
    target = target_of(filepath)
    if isinstance(target, Path) and weights_path(target).exists():
        target = weights_path(target)
    path, is_open = shown_path(target), not isinstance(target, Path)
    require_built(model, "weights are put into it")
    transfer = Transfer(path, FileError, skip_mismatch)
    data = read_all(target)
    with reading(path, len(data)):
        if path.suffix == ".safetensors" and not is_open:
            arrays, facts = safetensors.views(path, data)
            if facts.get("format", "").startswith("hornet "):  # others have words of their own there
                check_version(path, facts["format"], _KIND, "weights")
            _take_named(transfer, arrays, model)
        else:
            root = _root(path, data, is_open)
            check_known(path, root.attributes.get(FORMAT))
            _plan(transfer, root, model, by_name, objects_to_skip)
        transfer.finish()


def _root(path: Path, data: bytes, is_open: bool) -> hdf5.Group:
    """Return the groups and arrays of a file, or of those that it maps."""
    if data[:2] == b"PK":
        return archive.weights_of(path, data)
    return shards.read(path, data) if path.suffix == ".json" and not is_open else hdf5.read(path, data)


def _plan(transfer: Transfer, root: hdf5.Group, model: Savable, by_name: bool, skipped: Sequence[Any]) -> None:
    """Plan to put a file's arrays into a model, in the layout that the file has."""
    group = root if "layer_names" in root.attributes else root.members.get("model_weights")
    if isinstance(group, hdf5.Group):
        if skipped:
            raise ValueError("`objects_to_skip` is for Keras's own layout, `.weights.h5`. Leave it out for this file.")
        legacy.read_weights(transfer, group, model, by_name)
    elif by_name:
        raise ValueError("`by_name` is for the older layout, `.h5`. Leave it out for this file.")
    else:
        read_state(transfer, root, model, skipped)


def weights_path(filepath: str | os.PathLike[str]) -> Path:
    """Return the file that a name stands for: a prefix, as of a checkpoint, for one file with a suffix."""
    path = Path(filepath)
    known = path.suffix in (".h5", ".hdf5", ".keras", ".safetensors") or path.name.endswith(_MAP)
    return path if known else path.with_name(path.name + _V3)


def refuse_to_replace(path: Path, overwrite: bool) -> None:
    """Raise `FileExistsError` for a file that is there and not to be replaced."""
    if path.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists. Remove it, choose another name, or pass `overwrite=True`.")


def require_built(model: Savable, purpose: str) -> None:
    """Raise `ValueError` for a model that is not built."""
    if not model.built:
        raise ValueError(
            f"{model.name!r} must be built before {purpose}. Give its first layer `input_shape=`, call "
            "`model.build((None, features))`, or fit it to data."
        )


def named_weights(model: Savable) -> dict[str, np.ndarray]:
    """Return the weights by their paths."""
    return {path: np.asarray(variable.value) for path, variable in partition(model).weights.items()}


def _take_named(transfer: Transfer, arrays: Mapping[str, np.ndarray], model: Savable) -> None:
    variables = partition(model).weights
    for path in variables.keys() ^ arrays.keys():
        transfer.differ(path, "it is not in both the model and the file")
    for path in variables.keys() & arrays.keys():
        transfer.plan(path, variables[path], arrays[path].shape, lambda path=path: arrays[path])
