"""Weights in files: Keras's own layout, its older one, and safetensors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hornet.core.errors import FileError
from hornet.core.files import atomic_write
from hornet.core.module import partition
from hornet.saving import archive, hdf5, legacy, safetensors, shards
from hornet.saving.hdf5_writer import image, write_pieces
from hornet.saving.keras3 import read_state, write_state
from hornet.saving.protocols import Savable
from hornet.saving.transfer import Transfer

_V3 = ".weights.h5"


def save_weights(model: Savable, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
    """Write a model's weights to a file, and its optimizer's state where it is compiled.

    Args:
        model: A built model.
        filepath: `*.weights.h5` for Keras's layout, `*.h5` for the older one, `*.safetensors` for the weights alone by
            their paths. Any other name is a prefix, as of a checkpoint: the file is `<filepath>.weights.h5`.
        overwrite: Whether a file that is there is replaced.

    Raises:
        FileExistsError: If there is one that is not to be replaced.
        OSError: If the file cannot be written; one that was there is as it was.
        ValueError: If the model is not built.
    """
    path = weights_path(filepath)
    if Path(filepath).suffix == ".json":
        raise ValueError("Weights are written to one file. End `filepath` in '.weights.h5' instead of '.json'.")
    refuse_to_replace(path, overwrite)
    require_built(model, "its weights are saved")
    if path.suffix == ".safetensors":
        safetensors.write(path, named_weights(model))
        return
    write = write_state if path.name.endswith(_V3) else legacy.write_weights
    made = image(lambda file: write(file, model))
    with atomic_write(path) as new:
        write_pieces(new, made)


def load_weights(
    model: Savable, filepath: str | os.PathLike[str], skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """Put a file's weights into a model, and its optimizer's state where both have one.

    Args:
        model: A built model.
        filepath: What `save_weights` or `save` wrote, here or in Keras (`.keras`, `.h5`, `.weights.h5`, or the
            `.weights.json` of weights in several files), or its prefix.
        skip_mismatch: Whether weights of other shapes are passed over with a warning.
        by_name: Whether layers are matched by their names instead of by their order; in the older layout alone.

    Raises:
        CorruptFileError: If the file is damaged.
        FileNotFoundError: If there is none.
        UnsafeFileError: If it requires what loading does not do.
        ValueError: If it is another model's; the model stays as it was.
    """
    path = weights_path(filepath)
    if not path.exists() and Path(filepath).exists():
        path = Path(filepath)
    require_built(model, "weights are put into it")
    transfer = Transfer(path, FileError, skip_mismatch)
    with open(path, "rb") as file:
        data = file.read()
    if path.suffix == ".safetensors":
        _take_named(transfer, safetensors.read(path)[0], model)
        transfer.finish()
        return
    if data[:2] == b"PK":
        root = archive.weights_of(path, data)
    else:
        root = shards.read(path, data) if path.suffix == ".json" else hdf5.read(path, data)
    group = root if "layer_names" in root.attributes else root.members.get("model_weights")
    if isinstance(group, hdf5.Group):
        legacy.read_weights(transfer, group, model, by_name)
    elif by_name:
        raise ValueError("`by_name` is for the older layout, `.h5`. Leave it out for this file.")
    else:
        read_state(transfer, root, model)
    transfer.finish()


def weights_path(filepath: str | os.PathLike[str]) -> Path:
    """Return the file that a name stands for: a prefix, as of a checkpoint, for one file with a suffix."""
    path = Path(filepath)
    known = path.suffix in (".h5", ".hdf5", ".keras", ".safetensors")
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
    return {path: np.asarray(variable.held) for path, variable in partition(model).weights.items()}


def _take_named(transfer: Transfer, arrays: Mapping[str, np.ndarray], model: Savable) -> None:
    variables = partition(model).weights
    for path in variables.keys() ^ arrays.keys():
        transfer.differ(path, "it is not in both the model and the file")
    for path in variables.keys() & arrays.keys():
        transfer.plan(path, variables[path], arrays[path].shape, lambda path=path: arrays[path])
