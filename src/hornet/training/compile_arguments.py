"""The arguments of `compile()`, checked as far as they can be before there is data."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from hornet import optimizers
from hornet.core.checks import boolean, describe, number, one_of, positive_int
from hornet.core.config import serialize
from hornet.core.errors import ArgumentError, said_of
from hornet.losses.resolve import resolve as resolve_loss
from hornet.metrics.metric import Metric
from hornet.metrics.resolve import resolve as resolve_metric
from hornet.training.outputs import flat

_SOME_SHAPES = ((None, 1), (None, 1))
"""Shapes of labels and outputs while only names are checked."""


@dataclass(frozen=True)
class CompileArguments:
    """The arguments of `compile()`; another call replaces them all.

    Args:
        optimizer: Name, config, object or transformation of Optax; kept as an object. `None` where nothing is trained.
        loss: Name, object or function; `None` where layers add all losses.
        loss_weights: Factor of each loss.
        metrics: Names, objects or functions, which sample weights do not touch.
        weighted_metrics: The same, weighted by sample weights.
        run_eagerly: Whether each step runs operation by operation, for prints and breakpoints.
        steps_per_execution: Steps of one dispatch where a callback watches batches; `"auto"` is 1.
        jit_compile: Ignored; kept for compatibility with Keras. XLA compiles every program.

    Raises:
        TypeError: If the optimizer is none.
        ValueError: If a name is unknown or a number is out of its range.
    """

    optimizer: Any = "rmsprop"
    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None
    run_eagerly: bool = False
    steps_per_execution: int | str = 1
    jit_compile: bool | str | None = "auto"
    code_version: object = field(default_factory=object, init=False)
    """Part of the keys of programs that hold user-defined code: `compile()` takes its present state."""

    def __post_init__(self) -> None:
        checked = {
            "optimizer": optimizers.get(self.optimizer),
            "run_eagerly": boolean("run_eagerly", self.run_eagerly or False),
            "steps_per_execution": self.steps,
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        one_of("jit_compile", self.jit_compile, ("auto", True, False, None))
        for identifier in flat(self.loss):
            with said_of("loss", ArgumentError):
                resolve_loss(identifier, *_SOME_SHAPES)
        for name, given in (("metrics", self.metrics), ("weighted_metrics", self.weighted_metrics)):
            for identifier in flat(given):
                with said_of(name, ArgumentError):
                    resolve_metric(identifier, *_SOME_SHAPES)
        for weight in flat(self.loss_weights):
            if isinstance(weight, str | Metric):
                raise ArgumentError(
                    f"`compile` takes `loss_weights` behind the loss, and {describe(weight)} is a metric. "
                    "Pass it by name: `metrics=[...]`."
                )
            number("loss_weights", weight)

    @property
    def steps(self) -> int:
        """Steps of one dispatch where a callback watches batches."""
        given = self.steps_per_execution
        return 1 if given == "auto" else positive_int("steps_per_execution", given)

    def as_dict(self) -> dict[str, Any]:
        """Return the arguments by name, to compile another model alike."""
        arguments = {field.name: getattr(self, field.name) for field in fields(self) if field.init}
        return {**arguments, "jit_compile": bool(self.jit_compile)}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON-serializable data.

        Raises:
            NotImplementedError: If the optimizer cannot be described.
        """
        return {name: serialize(value) for name, value in self.as_dict().items()}
