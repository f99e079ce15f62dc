"""Keras's names for objects in configs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet import activations, constraints, initializers, losses, metrics, optimizers, regularizers
from hornet.core.config import serialize
from hornet.core.custom_objects import custom_object_scope, known_objects
from hornet.core.seed_generator import registry as seed_generators
from hornet.layers.layer import registry as layers
from hornet.optimizers.schedules import registry as schedules

_FAMILIES = {
    "keras": layers,
    "keras.layers": layers,
    "keras.src.models.functional": layers,
    "keras.optimizers": optimizers.registry,
    "keras.optimizers.schedules": schedules,
    "keras.losses": losses.registry,
    "keras.metrics": metrics.registry,
    "keras.initializers": initializers.registry,
    "keras.regularizers": regularizers.registry,
    "keras.constraints": constraints.registry,
    "keras.random": seed_generators,
    "keras.activations": activations.registry,
}


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as a JSON-serializable config.

    Example:
        >>> from hornet.layers import Dense
        >>> serialize_keras_object(Dense(3))["class_name"]
        'Dense'
    """
    return serialize(obj)


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True, **unused: Any
) -> Any:
    """Return the object that a config describes, of Hornet's, or of those you pass or registered.

    Args:
        config: What `serialize_keras_object` returned, here or in Keras.
        custom_objects: Your own classes and functions by name.
        safe_mode: Ignored; kept for compatibility with Keras: `False` enables nothing.
        **unused: Keras's further arguments.

    Raises:
        ValueError: If the object's class is not known.

    Example:
        >>> from hornet.layers import Dense
        >>> deserialize_keras_object(serialize_keras_object(Dense(3))).units
        3
    """
    if not isinstance(config, Mapping) or "class_name" not in config:
        return config
    with custom_object_scope(custom_objects or {}):
        name = config["class_name"]
        known = known_objects()
        family = _FAMILIES.get(config.get("module") or "")
        if family is None:
            holding = [family for family in _FAMILIES.values() if name in family]
            family = holding[0] if holding else layers
        if name == "function" and config.get("config") in known:
            return known[config["config"]]
        return family.get(config)
