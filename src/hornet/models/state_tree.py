"""All that training changes in a model, as nested dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hornet.core.checks import one_of
from hornet.core.module import boxes
from hornet.core.variable import Variable

KINDS = ("trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables")
_FORMATS = ("backend_tensor", "numpy_array")


def state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """Return the values of a model's variables; see `Model.get_state_tree`."""
    one_of("value_format", value_format, _FORMATS)
    read = np.asarray if value_format == "numpy_array" else lambda value: value
    return {kind: _nested((path, read(one.value)) for path, one in _by_path(model, kind).items()) for kind in KINDS}


def put_state_tree(model: Any, tree: Mapping[str, Any]) -> None:
    """Give a model's variables the values of a tree; see `Model.set_state_tree`."""
    for kind, values in tree.items():
        one_of("state_tree", kind, KINDS)
        variables = _by_path(model, kind)
        for path, value in _flat(values, ""):
            if path not in variables:
                raise ValueError(f"The model has no variable {path!r} among its {kind}. Pass a tree of this model.")
            variables[path].assign(value)


def _by_path(model: Any, kind: str) -> dict[str, Variable]:
    if kind == "metrics_variables":
        return boxes({metric.name: metric for metric in model.metrics}, Variable)
    if kind == "optimizer_variables":
        optimizer = model.optimizer
        return {} if optimizer is None else {f"{optimizer.name}/{one.name}": one for one in optimizer.variables}
    wanted = {id(variable) for variable in getattr(model, kind)}
    return {path: variable for path, variable in boxes(model, Variable).items() if id(variable) in wanted}


def _nested(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in pairs:
        *parents, name = path.split("/")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = value
    return tree


def _flat(tree: Mapping[str, Any], path: str) -> Iterable[tuple[str, Any]]:
    for name, part in tree.items():
        here = f"{path}/{name}" if path else name
        yield from _flat(part, here) if isinstance(part, Mapping) else [(here, part)]
