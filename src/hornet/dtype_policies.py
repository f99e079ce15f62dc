"""Policies of types by Keras's names: what type a layer's weights have, and what type it computes in."""

from collections.abc import Mapping
from typing import Any

from hornet.core.imports import publish
from hornet.core.policies import DTypePolicy, policy_of
from hornet.core.registry import others

FloatDTypePolicy = others.register("FloatDTypePolicy")(DTypePolicy)

__all__ = ["DTypePolicy", "FloatDTypePolicy", "deserialize", "get", "serialize"]

publish(__name__, __all__)


def get(identifier: Any) -> DTypePolicy:
    """Return the policy that a name, a type, a policy or a description of one means; the default for `None`.

    Raises:
        ValueError: If it is none of these.

    Example:
        >>> get("mixed_bfloat16")
        <DTypePolicy 'mixed_bfloat16'>
    """
    return policy_of(identifier)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """Return a policy as plain data.

    Example:
        >>> serialize(DTypePolicy("float32"))["config"]
        {'name': 'float32'}
    """
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": dtype_policy.get_config(),
        "registered_name": None,
    }


def deserialize(config: Mapping[str, Any]) -> DTypePolicy:
    """Return the policy that `serialize`, here or in Keras, described.

    Example:
        >>> deserialize(serialize(DTypePolicy("mixed_float16")))
        <DTypePolicy 'mixed_float16'>
    """
    return policy_of(config)
