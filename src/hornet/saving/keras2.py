"""Differences of files by Keras 2 and tf.keras from those by Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.errors import ANOTHER_COPY
from hornet.saving import hdf5
from hornet.saving.optimizer_state import NEVER_RAN, StoredOptimizer
from hornet.saving.protocols import Savable
from hornet.saving.transfer import Transfer

_RENAMED_CLASSES = {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}
_RENAMED = {"LeakyReLU": {"alpha": "negative_slope"}, "Lambda": {}}
_DROPPED = {
    "Embedding": {"input_length"},
    "Lambda": {"function_type", "module", "output_shape_type", "output_shape_module"},
    "InputLayer": {"ragged"},
    "Normalization": {"synchronized"},
    "Conv2DTranspose": {"groups"},
    "Conv1DTranspose": {"groups"},
    "Conv3DTranspose": {"groups"},
    "SeparableConv1D": {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"},
    "SeparableConv2D": {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"},
    "DepthwiseConv1D": {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters"},
    "DepthwiseConv2D": {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters"},
}
_OF_OPTIMIZERS = ("is_legacy_optimizer", "jit_compile")


def as_keras_3(described: Any, is_old: bool = False) -> Any:
    """Return a description in Keras 3's form; one that is in it already comes back as it is.

    Args:
        described: A model's or layer's description, or a part of it.
        is_old: Whether Keras 2 wrote it for certain; else descriptions that name no module are taken for its.
    """
    if isinstance(described, list):
        return [as_keras_3(part, is_old) for part in described]
    if not isinstance(described, Mapping):
        return described
    if described.get("class_name") == "__tuple__":
        return [as_keras_3(part, is_old) for part in described.get("items", ())]
    kept = {name: as_keras_3(part, is_old) for name, part in described.items()}
    kind, config = kept.get("class_name"), kept.get("config")
    if kind == "Sequential" and isinstance(config, list):  # of the first versions
        kept["config"] = config = {"name": "sequential", "layers": config}
    if isinstance(kind, str) and isinstance(config, dict):
        if is_old or "module" not in described:
            kept["config"] = _layer_config(kind, config)
        names = {"Model": "Functional"} if "layers" in config else _RENAMED_CLASSES
        kept["class_name"] = names.get(kind, kind)
    nodes = kept.get("inbound_nodes")
    if isinstance(nodes, list):
        kept["inbound_nodes"] = [_call(node) for node in nodes]
    return kept


def _layer_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    renamed = _RENAMED.get(kind, {})
    dropped = _DROPPED.get(kind, ())
    kept = {renamed.get(name, name): value for name, value in config.items() if name not in dropped}
    for ends in ("input_layers", "output_layers"):
        indices = kept.get(ends)
        if _is_old_graph(config) and isinstance(indices, list) and len(indices) == 1 and isinstance(indices[0], list):
            kept[ends] = indices[0]  # a list of one element was not a list to Keras 2
    if kind == "GRU":
        kept.setdefault("reset_after", False)  # which the first versions did not say
    axis = kept.get("axis")
    if kind == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        kept["axis"] = axis[0]
    return kept


def _is_old_graph(config: Mapping[str, Any]) -> bool:
    """Return whether the layers of a graph, which are converted already, are Keras 2's by what they say of inputs."""
    layers = config.get("layers")
    entries = layers if isinstance(layers, list) else []
    described = [entry.get("config", {}) for entry in entries if isinstance(entry, dict)]
    return any("batch_input_shape" in config for config in described if isinstance(config, dict))


def _call(node: Any) -> Any:
    """Return a call as Keras 3 lists it: Keras 2 has the references of its inputs, each with further arguments."""
    if isinstance(node, Mapping):
        return node
    if not isinstance(node, list):
        raise ValueError(f"A call in the description is not a list. {ANOTHER_COPY}")
    if node and isinstance(node[0], str):
        node = [node]
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"shape": [], "dtype": None, "keras_history": list(place[:3])}}
        for place in node
    ]
    kwargs = next((place[3] for place in node if len(place) > 3 and place[3]), {})
    return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": kwargs}


def optimizer_as_keras_3(described: Any) -> Any:
    """Return an optimizer's description in Keras 3's form."""
    if not isinstance(described, Mapping) or not isinstance(described.get("config"), Mapping):
        return described
    kind = str(described.get("class_name")).removeprefix("Custom>")
    config = {name: value for name, value in described["config"].items() if name not in _OF_OPTIMIZERS}
    if not config.get("decay"):
        config.pop("decay", None)
    if kind == "SGD":
        config.pop("amsgrad", None)
    config["name"] = str(config.get("name") or kind)
    return {**described, "class_name": kind, "config": config}


def metrics_as_keras_3(described: Any) -> Any:
    """Return metrics' descriptions in Keras 3's form.

    Keras 2 puts those of a single output into a list of lists, and says of "accuracy" which one it took it for, even
    before it saw labels.
    """
    if isinstance(described, list) and len(described) == 1 and isinstance(described[0], list):
        described = described[0]
    if not isinstance(described, list):
        return described
    return [_short_metric(metric) for metric in described]


def _short_metric(described: Any) -> Any:
    config = described.get("config") if isinstance(described, Mapping) else None
    is_short = isinstance(config, Mapping) and config.get("name") in ("accuracy", "acc", "crossentropy", "ce")
    if isinstance(config, Mapping) and is_short and described.get("class_name") == "MeanMetricWrapper":
        return config["name"]
    return described


# --- the optimizer's state ----------------------------------------------------------------------------------


def read_optimizer(transfer: Transfer, group: hdf5.Group, model: Savable) -> None:
    """Plan to put an older file's optimizer state into a model's; where the lists differ, only with a warning."""
    names = group.texts("weight_names")
    arrays = [group.dataset(name) for name in names]
    state = StoredOptimizer(model)
    shapes = [np.shape(value) for _, value in state.arrays(len(arrays))]
    if len(shapes) > len(arrays) <= NEVER_RAN:
        return
    order = _as_keras_3_orders(names, len(shapes))
    if order is None or [arrays[place].shape for place in order] != shapes:
        warn(
            f"The optimizer's state in {str(transfer.path)!r} is not taken: its arrays are not those of the model's "
            "optimizer. Training begins with a fresh one."
        )
        return
    transfer.later(
        lambda: state.accept(transfer.path, [arrays[place].read() for place in order]), lambda _: state.put()
    )


def _as_keras_3_orders(names: list[str], count: int) -> list[int] | None:
    """Return the indices of a file's arrays in Keras 3's order; `None` if they are not as many.

    The first optimizers of Keras 2 list all of one kind of slot, then all of the next: `.../kernel/m`, then
    `.../kernel/v`. The later ones and Keras 3's have all slots of a weight together.
    """
    if len(names) != count:
        return None
    last = [name.split(":")[0].rpartition("/")[2] for name in names]
    indices = list(range(count))
    first = next((place for place, name in enumerate(last) if name in ("m", "v")), None)
    if first is None or "v" not in last or "m" not in last:
        return indices
    ms, vs = ([index for index in indices if last[index] == kind] for kind in ("m", "v"))
    if len(ms) != len(vs):
        return indices
    return [*indices[:first], *(index for pair in zip(ms, vs, strict=True) for index in pair)]
