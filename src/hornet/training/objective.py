"""What training minimizes and reports: the losses and metrics of a model's outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.checks import number
from hornet.core.config import structure_of
from hornet.core.frame import current_frame
from hornet.core.module import boxes, values_of
from hornet.core.shapes import Shape
from hornet.core.variable import Variable
from hornet.losses.resolve import resolve as resolve_loss
from hornet.metrics import Mean, Metric
from hornet.metrics.resolve import resolve as resolve_metric
from hornet.training.compile_arguments import CompileArguments
from hornet.training.outputs import OutputSpec, metrics_per_output, per_output


class LossTracker(Mean):
    """The epoch's mean loss, and the number of steps before it stopped being finite."""

    def __init__(self) -> None:
        super().__init__(name="loss")
        self.finite_steps = self.add_variable((), "zeros", name="finite_steps")

    def follow(self, loss: Any, rows: int) -> None:
        """Take in the loss of a batch of `rows` rows."""
        self.update_state(loss, sample_weight=rows)
        self.finite_steps.assign_add(jnp.isfinite(self.total.value).astype(self.finite_steps.dtype))


@dataclass(frozen=True)
class Objective:
    """The losses and metrics of a compiled model, made once the shapes of labels and outputs are known.

    Args:
        outputs: The loss and the metrics of each output; none before the shapes are known.
        layer_metrics: The metrics that the model updates in its `call`, by name.
        tracker: The mean of the total loss.
    """

    outputs: tuple[OutputSpec, ...] = ()
    layer_metrics: Mapping[str, Metric] = field(default_factory=dict)
    tracker: LossTracker = field(default_factory=LossTracker)

    def resolved(
        self,
        arguments: CompileArguments,
        labels: Sequence[Any] | None,
        shapes: Mapping[str, Shape],
        layer_metrics: Sequence[Metric],
        has_own_loss: bool = False,
    ) -> Objective:
        """Return the objective for some data, since what "accuracy" means depends on shapes; this one if it is made.

        Args:
            arguments: The arguments of `compile()`.
            labels: Labels of each output, `None` for none.
            shapes: Shape of each output by its name.
            layer_metrics: Metrics that the model updates in its `call`.
            has_own_loss: Whether the model computes its loss itself, and may follow it in a metric named "loss".

        Raises:
            ValueError: If an entry is for an output that does not exist, or two metrics have the same name.
        """
        if self.outputs:
            return self
        outputs = _output_specs(arguments, labels, shapes)
        names = [name for output in outputs for name in (*output.losses, *output.metrics)]
        # Logs are one dict, in which a metric of a layer would hide another of its name.
        names += [metric.name for metric in layer_metrics]
        for name in names:
            if names.count(name) > 1 or (name == "loss" and not has_own_loss):
                raise _same_name(name)
        return Objective(tuple(outputs), {metric.name: metric for metric in layer_metrics}, self.tracker)

    def check_labels(self, labels: Sequence[Any] | None, shapes: Mapping[str, Shape]) -> None:
        """Raise `ValueError` if a loss cannot compare its labels with its output."""
        for output, y in zip(self.outputs, labels or [None] * len(self.outputs), strict=True):
            if output.loss is None:
                continue
            if y is None:
                which = f" of output {output.name!r}" if len(self.outputs) > 1 else ""
                raise ValueError(f"The loss{which} needs labels. Pass `y`.")
            output.loss.check_labels(y, shapes[output.name])

    @property
    def reported(self) -> dict[str, Metric]:
        """The loss's mean, that of each output, and every metric, in Keras's order, by the name that logs give it."""
        losses = {name: mean for output in self.outputs for name, mean in output.losses.items()}
        metrics = {name: metric for output in self.outputs for name, metric in output.metrics.items()}
        if len(self.outputs) > 1:
            # Keras sorts them where there are several outputs.
            metrics = dict(sorted(metrics.items()))
        return {"loss": self.tracker, **losses, **metrics, **self.layer_metrics}

    @property
    def variables(self) -> dict[str, Variable]:
        """The totals of the loss and the metrics, by path."""
        reported = self.reported
        hidden = {} if reported["loss"] is self.tracker else {"loss_of_batches": self.tracker}
        return boxes({**reported, **hidden}, Variable)

    def reset(self) -> dict[str, Any]:
        """Begin the totals again, and return them by path."""
        for metric in (self.tracker, *self.reported.values()):
            metric.reset_state()
        return values_of(self.variables)

    def _structure(self) -> Any:
        """Return a key that is equal where training programs are equal, given the model and the optimizer."""
        outputs = [
            (output.name, output.loss, output.loss_weight, dict(output.metrics), sorted(output.weighted))
            for output in self.outputs
        ]
        return structure_of([outputs, sorted(self.layer_metrics)])

    # --- what programs are made of; each runs inside a frame -------------------------------------------

    def compute_loss(self, labels: Any, output: Any, weights: Any) -> tuple[Any, list[Any]]:
        """Return a batch's total loss, and that of each output that has one; each is divided by the batch's size."""
        arrays = jax.tree.leaves(output)
        parts: list[Any] = []
        total = jnp.zeros((), arrays[0].dtype)
        for index, spec in enumerate(self.outputs):
            if spec.loss is not None and labels is not None:
                part = spec.loss(labels[index], arrays[index], sample_weight=weights and weights[index])
                parts.append(part)
                total += part if spec.loss_weight is None else part * spec.loss_weight
        return total, parts

    def follow_losses(self, outcome: Any) -> None:
        """Take one batch into the totals of the losses.

        Args:
            outcome: The output, the mask of each output, and the loss: the total and the parts.
        """
        output, masks, (total, parts) = outcome
        arrays = jax.tree.leaves(output)
        frame = current_frame()
        assert frame is not None
        # The masks belong to the frame in which the output was computed, and this one is another.
        for array, mask in zip(arrays, masks, strict=True):
            if mask is not None:
                frame.set_mask(array, mask)
        self.tracker.follow(total, len(arrays[0]))
        trackers = [spec.tracker for spec in self.outputs if spec.tracker is not None]
        for tracker, part in zip(trackers, parts, strict=False):
            # Weighted by rows: a short last batch counts less.
            tracker.update_state(part, sample_weight=len(arrays[0]))

    def update_metrics(self, labels: Any, weights: Any, output: Any) -> None:
        """Take one batch into the totals of the metrics.

        Args:
            labels: Labels of each output.
            weights: Sample weights of each output.
            output: The model's output.
        """
        arrays = jax.tree.leaves(output)
        for index, spec in enumerate(self.outputs):
            for name, metric in spec.metrics.items():
                weight = weights[index] if weights and name in spec.weighted else None
                metric.update_state(labels and labels[index], arrays[index], sample_weight=weight)

    def results(self) -> dict[str, Any]:
        """Return each metric's value, the loss first."""
        return {name: metric.result() for name, metric in self.reported.items()}


def penalties_of(variables: Iterable[Variable]) -> list[Any]:
    """Return what regularizers, and in a call layers, add to the loss."""
    frame = current_frame()
    added = [] if frame is None else list(frame.losses)
    return added + [one.regularizer(one.value) for one in variables if one.regularizer is not None]


def own_metrics(model: Any, objective: Objective) -> list[Metric]:
    """Return metrics that a model lists itself, in a `metrics` of its own, and that the objective does not know."""
    known = {id(metric) for metric in objective.reported.values()}
    return [metric for metric in model.metrics if id(metric) not in known]


def _output_specs(
    arguments: CompileArguments, labels: Sequence[Any] | None, shapes: Mapping[str, Shape]
) -> list[OutputSpec]:
    names = list(shapes)
    losses = per_output("loss", arguments.loss, names, shared=True)
    has_several_losses = sum(loss is not None for loss in losses) > 1
    asked = zip(
        names,
        [None] * len(names) if labels is None else labels,
        losses,
        per_output("loss_weights", arguments.loss_weights, names, shared=True),
        metrics_per_output(arguments.metrics, names),
        metrics_per_output(arguments.weighted_metrics, names),
        strict=True,
    )
    outputs: list[OutputSpec] = []
    for name, y, loss, loss_weight, unweighted, weighted in asked:
        y_shape = shapes[name] if y is None else y.shape
        metrics: dict[str, Metric] = {}
        weighted_names: set[str] = set()
        for identifier in (*unweighted, *weighted):
            metric = resolve_metric(identifier, y_shape, shapes[name])
            metric.build(y_shape, shapes[name])
            is_weighted = len(metrics) >= len(unweighted)
            key = f"{name}_{metric.name}" if len(names) > 1 else metric.name
            key = f"weighted_{key}" if key in metrics and is_weighted else key
            if key in metrics:
                raise _same_name(key)
            metrics[key] = metric
            if is_weighted:
                weighted_names.add(key)
        function = resolve_loss(loss, y_shape, shapes[name])
        tracker = Mean(name=f"{name}_loss") if has_several_losses and function is not None else None
        factor = None if loss_weight is None else number("loss_weights", loss_weight)
        outputs.append(OutputSpec(name, function, factor, metrics, frozenset(weighted_names), tracker))
    return outputs


def _same_name(name: str) -> ValueError:
    return ValueError(f"Two metrics are named {name!r}. Give one of them another `name`.")
