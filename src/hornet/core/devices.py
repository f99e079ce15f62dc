"""On which device arrays are made and programs run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, cast

import jax

from hornet.core.checks import describe

_PLATFORMS = {"cuda": "gpu", "rocm": "gpu"}


def device(device_name: Any) -> AbstractContextManager[Any]:
    """Return a context in which arrays are made, and operations run, on one device.

    Args:
        device_name: Kind and number of the device, such as `"cpu:0"` or `"gpu:1"` (`"/CPU:0"`, as TensorFlow has it, as
            well), or a JAX device.

    Raises:
        ValueError: If there is no such device.

    Example:
        >>> with device("cpu:0"):
        ...     pass
    """
    return jax.default_device(_found(device_name))


def _found(device_name: Any) -> Any:
    if isinstance(device_name, cast(Any, jax).Device):
        return device_name
    if not isinstance(device_name, str):
        raise ValueError(f"`device_name` must be a name, not {describe(device_name)}. Pass one such as 'cpu:0'.")
    kind, _, number = device_name.lower().removeprefix("/").removeprefix("device:").partition(":")
    kind = _PLATFORMS.get(kind, kind)
    there = _devices(kind)
    chosen = int(number or 0) if (number or "0").isdecimal() else -1
    if not 0 <= chosen < len(there):
        names = ", ".join(f"'{one.platform}:{one.id}'" for one in dict.fromkeys((*_devices(), *_devices("cpu"))))
        raise ValueError(f"There is no device {device_name!r}. There are: {names}.")
    return there[chosen]


def _devices(kind: str | None = None) -> list[Any]:
    try:
        return cast(Any, jax).devices(kind)
    except RuntimeError:  # a kind that JAX knows nothing of on this machine
        return []
