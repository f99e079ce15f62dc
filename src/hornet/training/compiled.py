"""The result of `compile()`: three parts, each with one reason to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hornet.optimizers.state import OptimizerState
from hornet.optimizers.wrapper import Wrapper
from hornet.training.compile_arguments import CompileArguments
from hornet.training.objective import Objective

_TRAINING = ("fit", "train_on_batch", "lower")
"""Methods that need an optimizer."""


@dataclass(frozen=True)
class Compiled:
    """A compiled model's way of training.

    Args:
        arguments: The arguments of `compile()`, which replaces them.
        optimizer_state: What each update changes.
        objective: Losses and metrics, which the first data resolve.
    """

    arguments: CompileArguments
    optimizer_state: OptimizerState
    objective: Objective = field(default_factory=Objective)

    @classmethod
    def of(cls, arguments: CompileArguments, previous: Compiled | None = None) -> Compiled:
        """Return what `compile()` begins with; an optimizer that the model was compiled with before keeps its state."""
        if previous is not None and previous.optimizer_state.optimizer is arguments.optimizer:
            return cls(arguments, previous.optimizer_state)
        state = OptimizerState(Wrapper() if arguments.optimizer is None else arguments.optimizer)
        built = state.optimizer._state
        if built is None or not built.is_by_hand:  # what was done by hand may be of this model, which goes on from it
            state.optimizer._keep_in(state)  # from 0, though another model may have been trained with it
        return cls(arguments, state)


def compiled_of(model: Any, method: str) -> Compiled:
    """Return what a model keeps of `compile()`.

    Args:
        model: The model.
        method: What needs it.

    Raises:
        ValueError: If the model is not compiled.
    """
    if model._compiled is not None and model._compiled.arguments.optimizer is None and method in _TRAINING:
        raise ValueError(
            f"`{method}` was called on a model that was compiled with `optimizer=None`. "
            "Compile it with an optimizer to train it."
        )
    if model._compiled is None:
        raise ValueError(
            f"`{method}` was called before `compile`. Call `model.compile(loss=..., optimizer=...)` first."
        )
    return model._compiled
