"""Layers to configs and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hornet.core import config as configs
from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.layers.layer import Layer, registry


def serialize(layer: Layer) -> dict[str, Any]:
    """Return a layer's config, JSON-serializable and without its weights.

    Example:
        >>> from hornet.layers import Dense
        >>> serialize(Dense(3))["class_name"]
        'Dense'
    """
    return configs.serialize(layer)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Layer:
    """Return the layer that `serialize` described, here or in Keras.

    Args:
        config: The description: a dict with `"class_name"` and `"config"`.
        custom_objects: Own classes by name.

    Raises:
        ValueError: If the class is unknown.
        TypeError: If `config` describes no layer.

    Example:
        >>> from hornet.layers import Dense
        >>> deserialize(serialize(Dense(3))).units
        3
    """
    if not isinstance(config, Mapping):
        raise ArgumentError(f"`config` must be a dict, not {describe(config)}. Pass what `serialize` returned.")
    layer = registry.get(config, custom_objects)
    if not isinstance(layer, Layer):
        raise ArgumentError(f"{describe(layer)} is not a layer. Pass what `serialize` of a layer returned.")
    return layer
