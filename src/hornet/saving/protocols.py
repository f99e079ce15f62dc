"""What saving needs of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from hornet.core.variable import Variable


class CompileArguments(Protocol):
    """The arguments of `compile()`."""

    def get_config(self) -> dict[str, Any]:
        """Return them as JSON-serializable data."""
        ...


class OptimizerState(Protocol):
    """An optimizer and what it needs for the next update."""

    optimizer: Any
    slots: Any
    step: Any
    variables: Any

    def adopt(self, variables: Mapping[str, Variable]) -> None:
        """Go on from where the optimizer has come with the same variables by hand."""
        ...


class Savable(Protocol):
    """A model, as saving sees it."""

    name: str
    built: bool
    input_shape: Any
    _column_names: tuple[str, ...] | None
    """The names of the columns of the frame that it was trained on."""

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
        """The variables that the optimizer changes."""
        ...

    @property
    def _compile_arguments(self) -> CompileArguments | None:
        """The arguments of `compile()`, or `None` before it."""
        ...

    @property
    def _optimizer_state(self) -> OptimizerState | None:
        """The optimizer with its state, or `None` before `compile()`."""
        ...

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return how the model is trained; `None` before `compile()`."""
        ...

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Make the weights."""
        ...

    def _children(self) -> Iterable[tuple[str, Any]]:
        """Return what the model holds."""
        ...
