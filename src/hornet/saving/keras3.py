"""Weights and the optimizer's state in HDF5 files, in Keras 3's layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import CorruptFileError
from hornet.core.module import own_variables
from hornet.layers.layer import Layer
from hornet.saving import hdf5
from hornet.saving.hdf5_writer import GroupWriter
from hornet.saving.layout import other_paths, owners
from hornet.saving.optimizer_state import NEVER_RAN, StoredOptimizer
from hornet.saving.protocols import Savable
from hornet.saving.transfer import Transfer
from hornet.saving.versions import FORMAT, VERSION

Entry = tuple[str, str, dict[str, Any]]
"""A group's path, its object's name, and its arrays by name."""


def entries(model: Savable, is_optimizer_included: bool = True, skipped: Iterable[Any] = ()) -> Iterator[Entry]:
    """Yield what files in Keras's layout hold of a model's weights and its optimizer's state.

    Args:
        model: The model.
        is_optimizer_included: Whether the optimizer's state is among them.
        skipped: Objects that are left out, with all that they hold.
    """
    for path, owner in owners(model, skipped):
        store: dict[str, Any] = {}
        if type(owner).save_own_variables is not Layer.save_own_variables:
            owner.save_own_variables(store)
        else:
            store = {str(number): variable.value for number, variable in enumerate(own_variables(owner))}
        yield (f"{path}/vars" if path else "vars"), owner.name, store
    if model._optimizer_state is not None and is_optimizer_included:
        state = StoredOptimizer(model)
        lists = {"": (model._optimizer_state.optimizer, state.arrays()), **state.inner_arrays()}
        for path, (optimizer, listed) in lists.items():
            arrays = {str(number): value for number, (_, value) in enumerate(listed)}
            yield (f"optimizer/{path}/vars" if path else "optimizer/vars"), optimizer.name, arrays


def write_entries(file: GroupWriter, held: Iterable[Entry]) -> None:
    """Write what `entries` yields into an open HDF5 file."""
    file.text(FORMAT, VERSION)
    for path, name, arrays in held:
        group = file.group(path)
        group.text("name", name)
        for key, value in arrays.items():
            group.array(key, value)


def read_state(transfer: Transfer, root: hdf5.Group, model: Savable, skipped: Iterable[Any] = ()) -> None:
    """Plan to put what a file in Keras's layout holds into a model and its optimizer."""
    others: dict[int, str] | None = None
    for path, owner in owners(model, skipped):
        found = root.find(f"{path}/vars" if path else "vars")
        if found is None and own_variables(owner):
            others = other_paths(model) if others is None else others
            found = root.find(f"{others.get(id(owner))}/vars")
        group = found if isinstance(found, hdf5.Group) else hdf5.Group(root.source, {})
        part = path or "the model's own weights"
        if type(owner).load_own_variables is not Layer.load_own_variables:
            transfer.later(_reader(group), owner.load_own_variables, own_variables(owner))
            continue
        own = own_variables(owner)
        saved = group.members
        if len(saved) != len(own):
            shapes = [variable.shape for variable in own]
            transfer.differ(part, f"it has {len(saved)} weights, but {owner.name!r} has {len(own)}, {shapes}")
            continue
        for number, variable in enumerate(own):
            dataset = group.dataset(str(number))
            transfer.plan(f"{part}/vars/{number}", variable, dataset.shape, dataset.read)
    group = root.find("optimizer/vars")
    if model._optimizer_state is not None and isinstance(group, hdf5.Group):
        _read_optimizer(transfer, group, model)


def _reader(group: hdf5.Group) -> Callable[[], dict[str, np.ndarray]]:
    store = {name: member for name, member in group.members.items() if isinstance(member, hdf5.Dataset)}
    return lambda: {name: dataset.read() for name, dataset in store.items()}


def _read_optimizer(transfer: Transfer, group: hdf5.Group, model: Savable) -> None:
    state = StoredOptimizer(model)
    listed = state.arrays(len(group.members))
    if len(listed) > len(group.members) <= NEVER_RAN:
        return
    if len(listed) != len(group.members):
        warn(
            f"The optimizer's state in {str(transfer.path)!r} is not taken: it has {len(group.members)} arrays, the "
            f"model's optimizer {len(listed)}. Training begins with a fresh one."
        )
        return
    for number, (name, value) in enumerate(listed):
        found = group.dataset(str(number))
        if found.shape != np.shape(value):
            raise CorruptFileError(
                transfer.path,
                f"optimizer/vars/{number}",
                f"it has shape {found.shape}, but {name!r} has {np.shape(value)}. Load it with the optimizer it is of.",
            )
    arrays = [group.dataset(str(number)) for number in range(len(listed))]
    transfer.later(lambda: state.accept(transfer.path, [dataset.read() for dataset in arrays]), lambda _: state.put())
