"""What a search looks for."""

from __future__ import annotations

from dataclasses import dataclass

from hornet.core.imports import publish

__all__ = ["Objective"]
publish(__name__, __all__)


@dataclass(frozen=True)
class Objective:
    """What to look for.

    Args:
        name: A name in the logs, such as `"val_accuracy"`, or in what `HyperModel.fit` returns.
        direction: `"min"` or `"max"`.
    """

    name: str
    direction: str
