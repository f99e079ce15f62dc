"""What `compile()` resolved: optimizer, loss and metrics, and what training remembers of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornet import optimizers
from hornet.core.checks import number, one_of, positive_int
from hornet.core.config import structure_of
from hornet.core.module import boxes, values_of
from hornet.core.variable import Variable
from hornet.losses.resolve import resolve as resolve_loss
from hornet.metrics import Mean, Metric
from hornet.metrics.resolve import resolve as resolve_metric
from hornet.training.pace import Pace

_SOME_SHAPES = ((None, 1), (None, 1))
"""Stand in for shapes while only names are checked."""


class LossTracker(Mean):
    """The epoch's mean loss, and the number of steps before it stopped being finite."""

    def __init__(self) -> None:
        super().__init__(name="loss")
        self.finite_steps = self.add_variable((), "zeros", name="finite_steps")

    def follow(self, loss: Any, rows: int) -> None:
        """Take in the loss of a batch of `rows` rows."""
        self.update_state(loss, sample_weight=rows)
        self.finite_steps.assign_add(jnp.isfinite(self.total.value).astype(self.finite_steps.dtype))


class Compiled:
    """The arguments of `compile()`, resolved as far as they can be before there is data.

    Args:
        optimizer: Name or object.
        loss: Name, object or function; `None` where layers add all losses.
        loss_weights: Factor of the loss.
        metrics: Names, objects or functions; sample weights do not touch them.
        weighted_metrics: The same, weighted by sample weights.
        run_eagerly: Whether each step runs operation by operation, for prints and breakpoints.
        steps_per_execution: Steps of one dispatch where a callback watches batches.
        jit_compile: Accepted as in Keras; XLA compiles every program.

    Raises:
        ValueError: If a name is unknown or a number is out of its range.
    """

    def __init__(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = 1,
        jit_compile: bool | str | None = "auto",
    ) -> None:
        self.optimizer: optimizers.Optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._loss = _only("loss", loss)
        resolve_loss(self._loss, *_SOME_SHAPES)
        self.loss_function: Any = None
        """The loss as an object, once the shapes of labels and output are known."""
        weight = _only("loss_weights", loss_weights)
        self.loss_weight = None if weight is None else number("loss_weights", weight)
        self._asked = [(one, False) for one in _list(metrics)] + [(one, True) for one in _list(weighted_metrics)]
        for identifier, _ in self._asked:
            resolve_metric(identifier, *_SOME_SHAPES)
        self.run_eagerly = bool(run_eagerly)
        automatic = steps_per_execution == "auto"
        self.steps_per_execution = 1 if automatic else positive_int("steps_per_execution", steps_per_execution)
        one_of("jit_compile", jit_compile, ("auto", True, False, None))
        self.tracker = LossTracker()
        self.metrics: dict[str, Metric] | None = None
        """The metrics by the name that logs give them, once the shapes of labels and output are known."""
        self._weighted: set[str] = set()
        self.slots: dict[str, dict[str, Any]] = {}
        self.step: Any = np.int32(0)
        self.paces: dict[str, Pace] = {}
        """How many steps a dispatch takes in each phase, as training found."""

    def settle(self, y: Any, output_shape: tuple[int | None, ...]) -> None:
        """Settle, at the first data, what "accuracy", "crossentropy" and the like mean.

        Args:
            y: Labels.
            output_shape: Shape of the model's output.

        Raises:
            ValueError: If two metrics have the same name.
        """
        if self.metrics is not None:
            return
        y_shape = output_shape if y is None else y.shape
        self.loss_function = resolve_loss(self._loss, y_shape, output_shape)
        self.metrics = {}
        for identifier, weighted in self._asked:
            metric = resolve_metric(identifier, y_shape, output_shape)
            name = metric.name
            if name in self.metrics and weighted:
                name = f"weighted_{name}"
            if name in self.metrics or name == "loss":
                raise ValueError(f"Two metrics are named {name!r}. Give one of them another `name`.")
            self.metrics[name] = metric
            if weighted:
                self._weighted.add(name)

    def check_labels(self, y: Any, output_shape: tuple[int | None, ...]) -> None:
        """Raise `ValueError` if the loss cannot compare labels with an output of a shape."""
        if self._loss is None:
            return
        if y is None:
            raise ValueError("The loss needs labels. Pass `y`.")
        loss: Any = self.loss_function or resolve_loss(self._loss, y.shape, output_shape)
        loss.check_labels(y, output_shape)

    @property
    def metric_variables(self) -> dict[str, Variable]:
        """The totals of the loss and the metrics, by path."""
        return boxes({"loss": self.tracker, **(self.metrics or {})}, Variable)

    def fresh_totals(self) -> dict[str, Any]:
        """Return the totals of an epoch that has not begun."""
        for metric in (self.tracker, *(self.metrics or {}).values()):
            metric.reset_state()
        return values_of(self.metric_variables)

    def structure(self) -> Any:
        """Return a key that is equal where training programs are equal, given the model."""
        return structure_of(
            [self.optimizer, self.loss_function, self.loss_weight, self.metrics or {}, sorted(self._weighted)]
        )

    # --- what programs are made of; each runs inside a frame -------------------------------------------

    def compute_loss(self, y: Any, output: Any, sample_weight: Any) -> Any:
        """Return a batch's loss, a scalar divided by its size."""
        if self.loss_function is None or y is None:
            return jnp.zeros((), output.dtype)
        loss = self.loss_function(y, output, sample_weight=sample_weight)
        return loss if self.loss_weight is None else loss * self.loss_weight

    def update_metrics(self, y: Any, output: Any, sample_weight: Any, loss: Any) -> None:
        """Take one batch into the totals."""
        self.tracker.follow(loss, output.shape[0])
        for name, metric in (self.metrics or {}).items():
            metric.update_state(y, output, sample_weight=sample_weight if name in self._weighted else None)

    def results(self) -> dict[str, Any]:
        """Return each metric's value, the loss first."""
        return {"loss": self.tracker.result(), **{name: one.result() for name, one in (self.metrics or {}).items()}}


def _only(argument: str, given: Any) -> Any:
    """Return the one entry of a list or dict for a single output, or what is given as it is."""
    while isinstance(given, list | tuple | Mapping) and not (isinstance(given, Mapping) and "class_name" in given):
        entries = list(given.values()) if isinstance(given, Mapping) else list(given)
        if len(entries) != 1:
            raise ValueError(f"`{argument}` has {len(entries)} entries, but the model has one output. Pass one.")
        given = entries[0]
    return given


def _list(given: Any) -> list[Any]:
    """Return metrics as a flat list: Keras takes one, a list, a list of lists and a dict by output."""
    if given is None:
        return []
    if isinstance(given, Mapping) and "class_name" not in given:
        given = list(given.values())
    if isinstance(given, list | tuple):
        return [one for entry in given for one in _list(entry)]
    return [given]
