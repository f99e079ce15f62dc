"""Keras's older layout of HDF5 files: layers by name, and a model's description in attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.config import serialize
from hornet.core.errors import ANOTHER_COPY, CorruptFileError
from hornet.core.files import atomic_write
from hornet.core.module import boxes, own_variables
from hornet.core.variable import Variable
from hornet.losses.loss import Loss
from hornet.losses.loss import registry as losses
from hornet.metrics.metric import registry as metrics
from hornet.saving import cudnn, hdf5, keras2
from hornet.saving.description import compile_from, model_from
from hornet.saving.hdf5_writer import GroupWriter, image, write_pieces
from hornet.saving.layout import KERAS_VERSION
from hornet.saving.optimizer_state import StoredOptimizer
from hornet.saving.parsing import parse
from hornet.saving.protocols import Savable
from hornet.saving.training import as_json, described_training
from hornet.saving.transfer import Transfer
from hornet.saving.versions import COLUMNS, FORMAT, VERSION, check_known, columns_from

_TOP = "top_level_model_weights"


# --- writing --------------------------------------------------------------------------------------------


def save_model(model: Savable, path: Path, include_optimizer: bool = True) -> None:
    """Write a model to a `.h5` file that Keras opens as well.

    Args:
        model: A built model.
        path: The file.
        include_optimizer: Whether to say how it is trained, and the optimizer's state.
    """
    made = model_image(model, include_optimizer)
    with atomic_write(path) as new:
        write_pieces(new, made)


def model_image(model: Savable, include_optimizer: bool = True) -> list[memoryview]:
    """Return the bytes of what `save_model` writes, in pieces."""
    described = serialize(model)
    training = described_training(model) if include_optimizer else None
    return image(lambda file: _write(file, model, described, training))


def _write(file: GroupWriter, model: Savable, described: dict[str, Any], training: dict[str, Any] | None) -> None:
    _write_json(file, "model_config", {"class_name": described["class_name"], "config": described["config"]})
    _write_json(file, "build_config", described.get("build_config"))
    _write_origin(file)
    if model._column_names is not None:
        file.texts(COLUMNS, model._column_names)
    write_weights(file.group("model_weights"), model)
    if training is not None and model._optimizer_state is not None:
        _write_json(file, "training_config", _older(training))
        # Keras finds an optimizer's arrays in `.h5` files by their order; the names are for people.
        prefix = {path: f"{model.name}/{path}" for path in boxes(model, Variable)}
        name = model._optimizer_state.optimizer.name
        entries = StoredOptimizer(model, prefix).arrays()
        _write_arrays(file.group("optimizer_weights"), [(f"{name}/{slot}", array) for slot, array in entries])


def write_weights(group: GroupWriter, model: Savable) -> None:
    """Write a model's weights into an open group of an HDF5 file."""
    group.texts("layer_names", [layer.name for layer in model.layers])
    _write_origin(group)
    for layer in model.layers:
        paths = {id(variable): path for path, variable in boxes(layer, Variable).items()}
        arrays = [
            (f"{model.name}/{layer.name}/{paths[id(variable)]}", variable.value) for variable in _order_variables(layer)
        ]
        _write_arrays(group.group(layer.name), arrays)
    own = [(f"{model.name}/{variable.name}", variable.value) for variable in own_variables(model)]
    _write_arrays(group.group(_TOP), own)


def _write_arrays(group: GroupWriter, arrays: Sequence[tuple[str, Any]]) -> None:
    taken: dict[str, np.ndarray] = {}
    for name, value in arrays:
        unique, count = name, 0
        while unique in taken:
            count += 1
            unique = f"{name}_{count}"
        taken[unique] = np.asarray(value)
    group.texts("weight_names", list(taken))
    for name, array in taken.items():
        group.array(name, array)


def _write_origin(group: GroupWriter) -> None:
    group.text("backend", "jax")
    group.text("keras_version", KERAS_VERSION)
    group.text(FORMAT, VERSION)


def _write_json(file: GroupWriter, name: str, described: Any) -> None:
    if described is not None:
        file.text(name, as_json(described))


def _older(training: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `compile()` as Keras can read them here, where it knows full names alone."""
    kept = {name: argument for name, argument in training.items() if name != "optimizer"}
    optimizer = training["optimizer"]
    kept["loss"] = _map_names(training["loss"], _full_loss)
    kept["metrics"], kept["weighted_metrics"] = (
        _map_names(training[name], _full_metric) for name in ("metrics", "weighted_metrics")
    )
    return {**kept, "optimizer_config": {"class_name": optimizer["class_name"], "config": optimizer["config"]}}


def _map_names(described: Any, function: Any) -> Any:
    if isinstance(described, Mapping):
        return described if "class_name" in described else {k: _map_names(v, function) for k, v in described.items()}
    if isinstance(described, list):
        return [_map_names(part, function) for part in described]
    return function(described) if isinstance(described, str) else described


def _full_loss(name: str) -> Any:
    found = losses.get(name)
    for member in (losses[key] for key in losses):
        if isinstance(member, type) and issubclass(member, Loss) and getattr(member, "function", None) is found:
            return serialize(member())
    return name


def _full_metric(name: str) -> Any:
    if name.lower() in ("accuracy", "acc", "crossentropy", "ce") or name not in metrics:
        return name
    found = metrics[name]
    return serialize(found(name=name)) if isinstance(found, type) else name


# --- reading --------------------------------------------------------------------------------------------


def load_model(path: Path, data: bytes, custom_objects: Mapping[str, Any], is_compiled: bool) -> Savable:
    """Return the model in a `.h5` file, of Hornet's, Keras 3's or Keras 2's.

    Args:
        path: The file.
        data: Its bytes.
        custom_objects: User-defined classes and functions by name.
        is_compiled: Whether to compile it as it was, and go on from the optimizer's state.
    """
    root = hdf5.read(path, data)
    check_known(path, root.attributes.get(FORMAT))
    described = _read_config(path, root, "model_config")
    if described is None:
        raise CorruptFileError(
            path, "", "it holds no model. Use `load_weights` if these are weights alone, or check the file's name."
        )
    weights = root.group("model_weights")
    described = keras2.as_keras_3(described)
    described["build_config"] = _read_config(path, root, "build_config")
    model = model_from(path, "model_config", described, custom_objects, hdf5.stored_elements(weights))
    training = _read_config(path, root, "training_config") if is_compiled else None
    if training is not None:
        training["optimizer"] = keras2.optimizer_as_keras_3(training.pop("optimizer_config", None))
        training["metrics"] = keras2.metrics_as_keras_3(training.get("metrics"))
        compile_from(path, "training_config", model, training, custom_objects)
    transfer = Transfer(path, CorruptFileError)
    read_weights(transfer, weights, model)
    saved = root.find("optimizer_weights")
    if training is not None and isinstance(saved, hdf5.Group):
        keras2.read_optimizer(transfer, saved, model)
    transfer.finish()
    model._column_names = columns_from(path, root.texts(COLUMNS) or None)
    return model


def _read_config(path: Path, root: hdf5.Group, name: str) -> dict[str, Any] | None:
    text = root.attributes.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise CorruptFileError(path, name, f"it is not a text. {ANOTHER_COPY}")
    return parse(path, name, text)


def read_weights(transfer: Transfer, group: hdf5.Group, model: Savable, by_name: bool = False) -> None:
    """Plan to put what a group holds into a model: by the order of layers with weights, or by their names."""
    saved = {name: _arrays(group.group(name)) for name in group.texts("layer_names")}
    if by_name:
        for layer in model.layers:
            if layer.name in saved:
                _plan_layer(transfer, layer.name, layer, saved[layer.name])
    else:
        layers = [layer for layer in model.layers if layer.weights]
        filled = {name: arrays for name, arrays in saved.items() if arrays}
        if len(layers) != len(filled):
            transfer.differ("layer_names", f"it has {len(filled)} layers with weights, but the model {len(layers)}")
        for layer, (name, arrays) in zip(layers, filled.items(), strict=False):
            _plan_layer(transfer, name, layer, arrays)
    top = group.find(_TOP)
    if isinstance(top, hdf5.Group):
        _plan(transfer, _TOP, own_variables(model), _arrays(top))


def _arrays(group: hdf5.Group) -> list[hdf5.Dataset]:
    return [group.dataset(name) for name in group.texts("weight_names")]


def _plan_layer(transfer: Transfer, part: str, layer: Any, arrays: list[hdf5.Dataset]) -> None:
    variables = _order_variables(layer)
    _plan(transfer, part, variables, cudnn.as_cells_have_them(layer, variables, arrays))


def _plan(transfer: Transfer, part: str, variables: list[Variable], arrays: Sequence[cudnn.Stored]) -> None:
    if len(variables) != len(arrays):
        transfer.differ(part, f"it has {len(arrays)} weights, but the model's layer {len(variables)}")
        return
    for number, (variable, dataset) in enumerate(zip(variables, arrays, strict=True)):
        transfer.plan(f"{part}, weight {number}", variable, dataset.shape, dataset.read)


def _order_variables(layer: Any) -> list[Variable]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]
