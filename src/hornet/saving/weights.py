"""Weights in files: Keras's own layout, its older one, and safetensors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import CorruptFileError, FileError
from hornet.core.files import replacing
from hornet.core.module import boxes
from hornet.core.variable import Variable
from hornet.saving import hdf5, legacy, safetensors, shards
from hornet.saving.hdf5_writer import GroupWriter, image, write_pieces
from hornet.saving.layout import own_variables, owners
from hornet.saving.optimizer_layout import NEVER_RAN, OptimizerState, nested_lists
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
    with replacing(path) as new:
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
        UnsafeFileError: If it asks for what loading does not do.
        ValueError: If it is another model's; the model stays as it was.
    """
    from hornet.saving import archive

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
    own = set(map(id, model.weights))
    return {path: np.asarray(one.held) for path, one in boxes(model, Variable).items() if id(one) in own}


def _take_named(transfer: Transfer, arrays: Mapping[str, np.ndarray], model: Savable) -> None:
    own = set(map(id, model.weights))
    variables = {path: one for path, one in boxes(model, Variable).items() if id(one) in own}
    for path in variables.keys() ^ arrays.keys():
        transfer.differ(path, "it is not in both the model and the file")
    for path in variables.keys() & arrays.keys():
        transfer.plan(path, variables[path], arrays[path].shape, lambda path=path: arrays[path])


# --- Keras's layout ---------------------------------------------------------------------------------------


def write_state(file: GroupWriter, model: Savable, is_optimizer_included: bool = True) -> None:
    """Write a model's weights and its optimizer's state into an open HDF5 file, in Keras's layout."""
    for path, owner in owners(model):
        group = file.group(f"{path}/vars" if path else "vars")
        group.text("name", owner.name)
        store: dict[str, Any] = {}
        if hasattr(owner, "save_own_variables"):
            owner.save_own_variables(store)
        else:
            store = {str(number): one.held for number, one in enumerate(own_variables(owner))}
        for name, value in store.items():
            group.array(name, value)
    if model.optimization is not None and is_optimizer_included:
        state = OptimizerState(model)
        lists = {"": (model.optimization.optimizer, state.entries()), **nested_lists(state)}
        for path, (optimizer, entries) in lists.items():
            group = file.group(f"optimizer/{path}/vars" if path else "optimizer/vars")
            group.text("name", optimizer.name)
            for number, (_, value) in enumerate(entries):
                group.array(str(number), value)


def read_state(transfer: Transfer, root: hdf5.Group, model: Savable) -> None:
    """Plan to put what a file in Keras's layout holds into a model and its optimizer."""
    for path, owner in owners(model):
        found = root.find(f"{path}/vars")
        group = found if isinstance(found, hdf5.Group) else hdf5.Group(root.source, {})
        part = path or "the model's own weights"
        if hasattr(owner, "load_own_variables"):
            transfer.later(_loader(owner, group))
            continue
        own = own_variables(owner)
        saved = group.members
        if len(saved) != len(own):
            shapes = [one.shape for one in own]
            transfer.differ(part, f"it has {len(saved)} weights, but {owner.name!r} has {len(own)}, {shapes}")
            continue
        for number, variable in enumerate(own):
            dataset = group.dataset(str(number))
            transfer.plan(f"{part}/vars/{number}", variable, dataset.shape, dataset.read)
    group = root.find("optimizer/vars")
    if model.optimization is not None and isinstance(group, hdf5.Group):
        _read_optimizer(transfer, group, model)


def _loader(owner: Any, group: hdf5.Group) -> Callable[[], None]:
    store = {name: one for name, one in group.members.items() if isinstance(one, hdf5.Dataset)}
    return lambda: owner.load_own_variables({name: one.read() for name, one in store.items()})


def _read_optimizer(transfer: Transfer, group: hdf5.Group, model: Savable) -> None:
    state = OptimizerState(model)
    entries = state.entries(len(group.members))
    if len(entries) > len(group.members) <= NEVER_RAN:
        return
    if len(entries) != len(group.members):
        warn(
            f"The optimizer's state in {str(transfer.path)!r} is not taken: it has {len(group.members)} arrays, the "
            f"model's optimizer {len(entries)}. Training begins with a fresh one."
        )
        return
    for number, (name, value) in enumerate(entries):
        found = group.dataset(str(number))
        if found.shape != np.shape(value):
            raise CorruptFileError(
                transfer.path,
                f"optimizer/vars/{number}",
                f"it has shape {found.shape}, but {name!r} has {np.shape(value)}. Load it with the optimizer it is of.",
            )
    arrays = [group.dataset(str(number)) for number in range(len(entries))]
    transfer.later(lambda: state.take(transfer.path, [one.read() for one in arrays]))
