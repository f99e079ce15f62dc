"""What `compile()` resolved: optimizer, loss and metrics, and what training remembers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet import optimizers
from hornet.core.checks import number, one_of, positive_int
from hornet.core.config import serialize, structure_of
from hornet.core.frame import current_frame
from hornet.core.module import boxes, values_of
from hornet.core.shapes import Shape
from hornet.core.variable import Variable
from hornet.losses.resolve import resolve as resolve_loss
from hornet.metrics import Mean, Metric
from hornet.metrics.resolve import resolve as resolve_metric
from hornet.training.heads import Head, flat, metrics_per_output, per_output
from hornet.training.pace import Pace
from hornet.training.program import SHARED

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
        loss_weights: Factor of each loss.
        metrics: Names, objects or functions; sample weights do not touch them.
        weighted_metrics: The same, weighted by sample weights.
        run_eagerly: Whether each step runs operation by operation, for prints and breakpoints.
        steps_per_execution: Steps of one dispatch where a callback watches batches.
        jit_compile: Accepted as in Keras; XLA compiles every program.
        former: What was resolved before; the same optimizer goes on from its slots and step.

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
        former: Compiled | None = None,
    ) -> None:
        if optimizer is None:
            raise TypeError("None is no optimizer. Pass a name, an object or a function.")
        self.optimizer: optimizers.Optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._loss_weights = loss_weights
        self._metrics = metrics
        self._weighted_metrics = weighted_metrics
        for identifier in flat(loss):
            resolve_loss(identifier, *_SOME_SHAPES)
        for identifier in (*flat(metrics), *flat(weighted_metrics)):
            resolve_metric(identifier, *_SOME_SHAPES)
        for weight in flat(loss_weights):
            number("loss_weights", weight)
        self.run_eagerly = bool(run_eagerly)
        automatic = steps_per_execution == "auto"
        self.steps_per_execution = 1 if automatic else positive_int("steps_per_execution", steps_per_execution)
        one_of("jit_compile", jit_compile, ("auto", True, False, None))
        self.jit_compile = jit_compile
        self.tracker = LossTracker()
        self.heads: list[Head] = []
        """What is asked of each output, once the shapes of labels and outputs are known."""
        self.tracked: dict[str, Metric] = {}
        """The metrics that the model updates in its `call`."""
        self.token = object()
        """Stands in the keys of programs that hold a user's own code: `compile()` takes its present state."""
        self.slots: Any = {}
        self.step: Any = np.int32(0)
        if former is not None and former.optimizer is self.optimizer:
            self.slots, self.step = former.slots, former.step
        self.programs = SHARED
        """Where its programs are."""
        self.paces: dict[str, Pace] = {}
        """How many steps a dispatch takes in each phase, as training found."""

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `compile()`, to compile another model alike."""
        return {
            "optimizer": self.optimizer,
            "loss": self.loss,
            "loss_weights": self._loss_weights,
            "metrics": self._metrics,
            "weighted_metrics": self._weighted_metrics,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": bool(self.jit_compile),
        }

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of `compile()` as plain data.

        Raises:
            NotImplementedError: If the optimizer cannot be described.
        """
        return {name: serialize(one) for name, one in self.arguments.items()}

    def settle(self, labels: Sequence[Any] | None, shapes: Mapping[str, Shape], tracked: Sequence[Metric] = ()) -> None:
        """Settle, at the first data, what is asked of each output: what "accuracy" means depends on shapes.

        Args:
            labels: Labels of each output, `None` for none.
            shapes: Shape of each output by its name.
            tracked: Metrics that the model updates in its `call`.

        Raises:
            ValueError: If an entry is for an output that does not exist, or two metrics have the same name.
        """
        if not self.heads:
            heads = self._make_heads(labels, shapes)
            names = [name for head in heads for name in (*head.losses, *head.metrics)]
            names += [metric.name for metric in tracked]
            for name in names:
                if names.count(name) > 1 or name == "loss":
                    raise ValueError(f"Two metrics are named {name!r}. Give one of them another `name`.")
            self.heads = heads
            self.tracked = {metric.name: metric for metric in tracked}

    def _make_heads(self, labels: Sequence[Any] | None, shapes: Mapping[str, Shape]) -> list[Head]:
        names = list(shapes)
        several = len(names) > 1
        losses = per_output("loss", self.loss, names, shared=True)
        several_losses = sum(loss is not None for loss in losses) > 1
        asked = zip(
            names,
            [None] * len(names) if labels is None else labels,
            losses,
            per_output("loss_weights", self._loss_weights, names, shared=True),
            metrics_per_output(self._metrics, names),
            metrics_per_output(self._weighted_metrics, names),
            strict=True,
        )
        heads: list[Head] = []
        for name, y, loss, loss_weight, plain, weighted in asked:
            y_shape = shapes[name] if y is None else y.shape
            settled: dict[str, Metric] = {}
            touched: set[str] = set()
            for identifier in (*plain, *weighted):
                metric = resolve_metric(identifier, y_shape, shapes[name])
                metric.build(y_shape, shapes[name])
                is_weighted = len(settled) >= len(plain)
                key = f"{name}_{metric.name}" if several else metric.name
                key = f"weighted_{key}" if key in settled and is_weighted else key
                if key in settled:
                    raise ValueError(f"Two metrics are named {key!r}. Give one of them another `name`.")
                settled[key] = metric
                if is_weighted:
                    touched.add(key)
            function = resolve_loss(loss, y_shape, shapes[name])
            tracker = Mean(name=f"{name}_loss") if several_losses and function is not None else None
            factor = None if loss_weight is None else number("loss_weights", loss_weight)
            heads.append(Head(name, function, factor, settled, frozenset(touched), tracker))
        return heads

    def check_labels(self, labels: Sequence[Any] | None, shapes: Mapping[str, Shape]) -> None:
        """Raise `ValueError` if a loss cannot compare its labels with its output."""
        heads = self.heads or self._make_heads(labels, shapes)
        for head, y in zip(heads, labels or [None] * len(heads), strict=True):
            if head.loss is None:
                continue
            if y is None:
                which = f" of output {head.name!r}" if len(heads) > 1 else ""
                raise ValueError(f"The loss{which} needs labels. Pass `y`.")
            head.loss.check_labels(y, shapes[head.name])

    @property
    def reported(self) -> dict[str, Metric]:
        """The loss's mean, that of each output, and every metric, in Keras's order, by the name that logs give it."""
        losses = {name: mean for head in self.heads for name, mean in head.losses.items()}
        metrics = {name: metric for head in self.heads for name, metric in head.metrics.items()}
        if len(self.heads) > 1:
            metrics = dict(sorted(metrics.items()))
        return {"loss": self.tracker, **losses, **metrics, **self.tracked}

    @property
    def metric_variables(self) -> dict[str, Variable]:
        """The totals of the loss and the metrics, by path."""
        return boxes(self.reported, Variable)

    def fresh_totals(self) -> dict[str, Any]:
        """Return the totals of an epoch that has not begun."""
        for metric in self.reported.values():
            metric.reset_state()
        return values_of(self.metric_variables)

    def structure(self) -> Any:
        """Return a key that is equal where training programs are equal, given the model."""
        heads = [
            (head.name, head.loss, head.loss_weight, dict(head.metrics), sorted(head.weighted)) for head in self.heads
        ]
        return structure_of([self.optimizer, heads, sorted(self.tracked)])

    # --- what programs are made of; each runs inside a frame -------------------------------------------

    def compute_loss(self, labels: Any, output: Any, weights: Any) -> tuple[Any, list[Any]]:
        """Return a batch's total loss, and that of each output that has one; each is divided by the batch's size."""
        outputs = jax.tree.leaves(output)
        parts: list[Any] = []
        total = jnp.zeros((), outputs[0].dtype)
        for place, head in enumerate(self.heads):
            if head.loss is not None and labels is not None:
                part = head.loss(labels[place], outputs[place], sample_weight=weights and weights[place])
                parts.append(part)
                total += part if head.loss_weight is None else part * head.loss_weight
        return total, parts

    def update_metrics(self, labels: Any, weights: Any, outcome: Any) -> None:
        """Take one batch into the totals.

        Args:
            labels: Labels of each output.
            weights: Sample weights of each output.
            outcome: The output, the mask of each output, and the loss: the total and the parts.
        """
        output, masks, (total, parts) = outcome
        outputs = jax.tree.leaves(output)
        frame = current_frame()
        assert frame is not None
        for one, mask in zip(outputs, masks, strict=True):
            if mask is not None:
                frame.set_mask(one, mask)
        self.tracker.follow(total, len(outputs[0]))
        trackers = [head.tracker for head in self.heads if head.tracker is not None]
        for tracker, part in zip(trackers, parts, strict=False):
            tracker.update_state(part, sample_weight=len(outputs[0]))
        for place, head in enumerate(self.heads):
            for name, metric in head.metrics.items():
                weight = weights[place] if weights and name in head.weighted else None
                metric.update_state(labels and labels[place], outputs[place], sample_weight=weight)

    def results(self) -> dict[str, Any]:
        """Return each metric's value, the loss first."""
        return {name: metric.result() for name, metric in self.reported.items()}
