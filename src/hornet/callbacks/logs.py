"""Metrics by name, with the learning rate under its old name as well."""

from __future__ import annotations

from typing import Any


class NamedLogs(dict[str, Any]):
    """Metrics by name, in which `"lr"` reads `"learning_rate"`, and is no entry of its own.

    Example:
        >>> logs = NamedLogs(loss=0.5, learning_rate=0.01)
        >>> logs["lr"], logs.get("lr"), list(logs)
        (0.01, 0.01, ['loss', 'learning_rate'])
    """

    def __missing__(self, name: str) -> Any:
        if name == "lr" and "learning_rate" in self:
            return self["learning_rate"]
        raise KeyError(name)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)  # which others can read without this package

    def get(self, key: str, default: Any = None) -> Any:
        return super().get("learning_rate" if key == "lr" and "lr" not in self else key, default)
