"""Keras's names for objects in configs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet.core.checks import describe
from hornet.core.config import as_data
from hornet.core.custom_objects import custom_object_scope, get_registered_object
from hornet.core.registry import revive
from hornet.core.symbolic import SymbolicTensor

_TENSOR = "__keras_tensor__"
_PLAIN = str | int | float | list | tuple | Mapping | None


def serialize_keras_object(obj: Any) -> Any:
    """Return an object, a function, an array, or a structure of them as a JSON-serializable config.

    Raises:
        TypeError: If it is something else.

    Example:
        >>> from hornet.layers import Dense
        >>> serialize_keras_object(Dense(3))["class_name"], serialize_keras_object(...)["class_name"]
        ('Dense', '__ellipsis__')
    """
    if not isinstance(obj, SymbolicTensor):
        return as_data(obj)
    history = None if obj.node is None else [getattr(obj.node.operation, "name", obj.name), 0, 0]
    described = {"shape": obj.shape, "dtype": obj.dtype, "keras_history": history}
    return {"class_name": _TENSOR, "config": described}


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    module_objects: Mapping[str, Any] | None = None,
    **unused: Any,
) -> Any:
    """Return the object that a config describes, of Hornet's, or of those you pass or registered.

    Args:
        config: What `serialize_keras_object` returned, here or in Keras, or the name of one that you passed. What
            describes nothing is returned as it is.
        custom_objects: Your own classes and functions by name.
        safe_mode: Ignored; kept for compatibility with Keras: `False` enables nothing.
        module_objects: Further ones by name, which come last.
        **unused: Keras's further arguments.

    Raises:
        TypeError: If `config` is of no type that a config has.
        ValueError: If the object's class is not known, or the config is damaged.

    Example:
        >>> from hornet.layers import Dense
        >>> deserialize_keras_object(serialize_keras_object([Dense(3), b"ab"]))[1]
        b'ab'
    """
    if not isinstance(config, _PLAIN) and not hasattr(config, "get_config") and not callable(config):
        raise TypeError(f"{describe(config)} is no config. Pass what `serialize_keras_object` returned.")
    if isinstance(config, Mapping) and config.get("class_name") == _TENSOR:
        return SymbolicTensor(config["config"]["shape"], config["config"]["dtype"])
    with custom_object_scope({**(module_objects or {}), **(custom_objects or {})}):
        if isinstance(config, str):
            known = get_registered_object(config, {**(custom_objects or {}), **(module_objects or {})})
            return config if known is None else known
        return list(revive(config)) if isinstance(config, tuple) else revive(config)
