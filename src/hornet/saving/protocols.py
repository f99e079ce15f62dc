"""What saving needs of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from hornet.core.variable import Variable


class Optimization(Protocol):
    """What `compile()` resolved: the optimizer and what it remembers."""

    optimizer: Any
    slots: Any
    step: Any

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of `compile()` as plain data."""
        ...


class Savable(Protocol):
    """A model, as saving sees it."""

    name: str
    built: bool
    input_shape: Any

    @property
    def layers(self) -> list[Any]:
        """The layers."""
        ...

    @property
    def weights(self) -> list[Variable]:
        """All weights."""
        ...

    @property
    def trainable_variables(self) -> list[Variable]:
        """What the optimizer changes."""
        ...

    @property
    def optimization(self) -> Optimization | None:
        """What `compile()` resolved, or `None` before it."""
        ...

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Make the weights."""
        ...

    def children(self) -> Iterable[tuple[str, Any]]:
        """Return what the model holds."""
        ...
