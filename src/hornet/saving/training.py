"""How a model is trained, as plain data for files."""

from __future__ import annotations

import warnings
from typing import Any

from hornet.saving.protocols import Savable


def described_training(model: Savable) -> dict[str, Any] | None:
    """Return the arguments of `compile()` as plain data; `None` before it, or where they cannot be described."""
    if model.optimization is None:
        return None
    try:
        return model.optimization.get_config()
    except NotImplementedError as error:
        warnings.warn(f"How {model.name!r} is trained is not saved: {error}", stacklevel=4)
        return None
