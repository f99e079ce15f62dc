"""How a model is trained, as a config for files."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.config import describe_function
from hornet.saving.protocols import Savable


def as_json(described: Any) -> str:
    """Return a config as JSON; functions in it by their names, arrays as lists."""
    return json.dumps(described, default=_plain)


def _plain(value: Any) -> Any:
    if callable(value):
        return describe_function(value)
    return np.asarray(value).tolist()


def described_training(model: Savable) -> dict[str, Any] | None:
    """Return the arguments of `compile()` as a config; `None` before it, or where they cannot be described."""
    if model._compile_arguments is None:
        return None
    try:
        return model._compile_arguments.get_config()
    except NotImplementedError as error:
        warn(f"How {model.name!r} is trained is not saved: {error}")
        return None
