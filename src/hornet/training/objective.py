"""What training minimizes and reports: the losses and metrics of a model's outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornet.core.checks import warn
from hornet.core.config import is_ours, structure_of
from hornet.core.frame import Frame, current_frame
from hornet.core.module import boxes, values_of
from hornet.core.package import is_from_package
from hornet.core.shapes import Shape
from hornet.core.user_code import explain
from hornet.core.user_functions import returned_numbers
from hornet.core.variable import Variable
from hornet.losses.loss import LossFunctionWrapper
from hornet.losses.reduction import same_rank
from hornet.metrics import Mean, Metric
from hornet.metrics.resolve import resolve as resolve_metric
from hornet.training.compile_arguments import CompileArguments
from hornet.training.data.checks import what_is_not_finite
from hornet.training.outputs import OutputMetrics, Outputs, metrics_per_output
from hornet.training.terms import LossTerm, loss_terms, total_loss


class LossTracker(Mean):
    """The epoch's mean loss, and the number of steps before it stopped being finite."""

    def __init__(self) -> None:
        super().__init__(name="loss")
        self.finite_steps = self.add_variable((), "zeros", name="finite_steps")

    def follow(self, loss: Any, weight: Any) -> None:
        """Take in the loss of a batch, weighted by its rows, or by those that count."""
        self.update_state(loss, sample_weight=weight)
        self.finite_steps.assign_add(jnp.isfinite(self.total.value).astype(self.finite_steps.dtype))


@dataclass(frozen=True)
class Objective:
    """The losses and metrics of a compiled model, made once the shapes of labels and outputs are known.

    Args:
        terms: The terms of the total loss.
        outputs: The metrics of each output; none before the shapes are known.
        layer_metrics: The metrics that the model updates in its `call`, by the name that logs give them.
        of_model: The model's outputs.
        tracker: The mean of the total loss.
        follows_terms: Whether the terms are computed; a loss of the user's own may leave them out.
    """

    terms: tuple[LossTerm, ...] = ()
    outputs: tuple[OutputMetrics, ...] = ()
    layer_metrics: Mapping[str, Metric] = field(default_factory=dict)
    of_model: Outputs | None = None
    tracker: LossTracker = field(default_factory=LossTracker)
    follows_terms: bool = True
    trackers: Mapping[str, Mean] = field(init=False)
    """Where there are several terms, the means of those of one name, by that name."""

    def __post_init__(self) -> None:
        names = [term.name for term in self.terms if len(self.terms) > 1 and self.follows_terms]
        object.__setattr__(self, "trackers", {name: Mean(name=name) for name in names})

    def resolved(
        self,
        arguments: CompileArguments,
        labels: Sequence[Any] | None,
        outputs: Outputs,
        layer_metrics: Sequence[Metric],
        follows_terms: bool = True,
    ) -> Objective:
        """Return the objective for some data, since what "accuracy" means depends on shapes; this one if it is made.

        Args:
            arguments: The arguments of `compile()`.
            labels: Labels of each output, `None` for none.
            outputs: The model's outputs.
            layer_metrics: Metrics that the model updates in its `call`.
            follows_terms: Whether logs have each term of the loss.

        Raises:
            UnknownKeyError: If an entry is for an output that does not exist.
            ValueError: If the number of losses or metrics is not that of the outputs.
        """
        if self.outputs:
            return self
        labels = [None] * len(outputs.shapes) if labels is None else labels
        terms = loss_terms(arguments.loss, arguments.loss_weights, outputs, labels)
        if not outputs.have_names:
            free = FreeNames()
            terms = [replace(term, name=free.take(term.name)) for term in terms]
        free = FreeNames("loss", *(term.name for term in terms))
        metrics = _output_metrics(arguments, labels, outputs, terms, free)
        # A model may keep the mean of its loss itself, and logs then show that one.
        names = ["loss" if metric.name == "loss" else free.take(metric.name) for metric in layer_metrics]
        of_layers = dict(zip(names, layer_metrics, strict=True))
        return Objective(tuple(terms), tuple(metrics), of_layers, outputs, self.tracker, follows_terms)

    def check_labels(
        self, labels: Sequence[Any] | None, shapes: Mapping[str, Shape], weights: Sequence[Any] | None = None
    ) -> None:
        """Raise `ValueError` if a loss cannot compare its labels with its outputs, or has several weights for a row."""
        names = list(shapes)
        for term in self.terms:
            if weights is not None and not _are_equal([weights[number] for number in term.outputs]):
                raise ValueError(
                    f"The loss {term.loss.name!r} compares {len(term.outputs)} outputs at once, so that a row has one "
                    "weight in it. Pass one `sample_weight` for all outputs."
                )
            for number in term.outputs:
                y = None if labels is None else labels[number]
                if y is None:
                    which = f" of output {names[number]!r}" if len(names) > 1 else ""
                    raise ValueError(f"The loss{which} needs labels. Pass `y`, or batches `(x, y)`.")
                if len(term.outputs) == 1 and hasattr(y, "shape"):  # not labels that the model takes apart itself
                    _check_finite(term.loss, "y" if len(names) == 1 else f"y[{names[number]!r}]", y)
                    term.loss.check_labels(y, shapes[names[number]])

    @property
    def reported(self) -> dict[str, Metric]:
        """The loss's mean, that of each term, and every metric, in Keras's order, by the name that logs give it."""
        metrics = {name: metric for output in self.outputs for name, metric in output.all.items()}
        if self.of_model and not self.of_model.have_names:
            return {"loss": self.tracker, **metrics, **self.trackers, **self.layer_metrics}
        if len(self.outputs) > 1:
            # Keras sorts them where there are several outputs.
            metrics = dict(sorted(metrics.items()))
        return {"loss": self.tracker, **self.trackers, **metrics, **self.layer_metrics}

    @property
    def variables(self) -> dict[str, Variable]:
        """The totals of the loss and the metrics, by path."""
        return boxes({"loss": self.tracker, **self._besides_the_loss}, Variable)

    @property
    def _besides_the_loss(self) -> dict[str, Metric]:
        """The metrics that are reported besides the total loss, by a name that the loss does not have."""
        reported = {**self.reported, "loss": self.layer_metrics.get("loss", self.tracker)}
        return {
            f"own {name}" if name == "loss" else name: metric
            for name, metric in reported.items()
            if metric is not self.tracker
        }

    def reset(self) -> dict[str, Any]:
        """Begin the totals again, and return them by path."""
        for metric in (self.tracker, *self._besides_the_loss.values()):
            metric.reset_state()
        return values_of(self.variables)

    @property
    def with_own_resets(self) -> list[Metric]:
        """The metrics that a user says how to begin again, which may keep some of their totals."""
        reported = self._besides_the_loss.values()
        return [metric for metric in reported if not is_from_package(type(metric).reset_state)]

    def _structure(self) -> Any:
        """Return a key that is equal where training programs are equal, given the model and the optimizer."""
        # The name of the only term is in no log, and may be that of a layer, numbered by what was made before.
        named = [term.name if term.name in self.trackers else "" for term in self.terms]
        terms = [(term.path, term.outputs, term.loss, term.weight) for term in self.terms]
        outputs = [(dict(output.unweighted), dict(output.weighted)) for output in self.outputs]
        return structure_of([terms, named, outputs, sorted(self.layer_metrics)])

    # --- what programs are made of; each runs inside a frame -------------------------------------------

    def compute_loss(self, labels: Any, output: Any, weights: Any) -> tuple[Any, list[tuple[Any, Any]]]:
        """Return a batch's total loss and its parts; see `total_loss`."""
        return total_loss(self.terms, labels, output, weights)

    def follow_losses(self, outcome: Any) -> None:
        """Take one batch into the totals of the losses.

        Args:
            outcome: The output, the mask of each output, and the loss: the total and its terms.
        """
        output, masks, (total, parts) = outcome
        arrays = jax.tree.leaves(output)
        frame = current_frame()
        assert frame is not None
        # The masks belong to the frame in which the output was computed, and this one is another.
        for array, mask in zip(arrays, masks, strict=True):
            if mask is not None:
                frame.set_mask(array, mask)
        rows = len(arrays[0])
        # Weighted by rows, so that a short last batch counts less; or by what counts of it, where a mask says so.
        self.tracker.follow(total, _weight_of(parts, rows))
        for name, tracker in self.trackers.items() if parts else ():
            named = [part for term, part in zip(self.terms, parts, strict=True) if term.name == name]
            tracker.update_state(sum(value for value, _ in named), sample_weight=_weight_of(named, rows))

    def update_metrics(self, labels: Any, weights: Any, output: Any) -> None:
        """Take one batch into the totals of the metrics.

        Args:
            labels: Labels of each output.
            weights: Sample weights of each output.
            output: The model's output.
        """
        arrays = jax.tree.leaves(output)
        frame = current_frame()
        assert frame is not None
        for index, metrics in enumerate(self.outputs):
            label = labels and labels[index]
            for metric in metrics.unweighted.values():
                _update(frame, metric, label, arrays[index], None)
            for metric in metrics.weighted.values():
                _update(frame, metric, label, arrays[index], weights and weights[index])

    def results(self) -> dict[str, Any]:
        """Return each metric's value, the loss first; a metric of several values says their names itself."""
        found: dict[str, Any] = {}
        for name, metric in self.reported.items():
            result = _result(metric)
            found |= result if isinstance(result, dict) else {name: result}
        return found


def penalties_of(variables: Iterable[Variable]) -> list[Any]:
    """Return what regularizers, and in a call layers, add to the loss."""
    frame = current_frame()
    added = [] if frame is None else list(frame.losses)
    return added + [one.regularizer(one.value) for one in variables if one.regularizer is not None]


def own_metrics(model: Any, objective: Objective) -> list[Metric]:
    """Return metrics that a model lists itself, in a `metrics` of its own, and that the objective does not know."""
    known = {id(metric) for metric in objective.reported.values()}
    return [metric for metric in model.metrics if id(metric) not in known]


def _update(frame: Frame, metric: Metric, label: Any, prediction: Any, weight: Any) -> None:
    if label is not None and not is_ours(type(metric)):
        mask = frame.mask_of(prediction)
        # Flat labels against a column of predictions would make a square, so they get one rank as for losses.
        label, prediction = same_rank(label, prediction)
        if mask is not None:
            frame.set_mask(prediction, mask)
    try:
        # As in Keras: a metric that is not weighted need not take weights.
        metric.update_state(label, prediction, **({} if weight is None else {"sample_weight": weight}))
    except Exception as error:
        explain(error, f"metric {metric.name!r}", has_gradient=False, labels=label, predictions=prediction)
        raise


def _are_equal(arrays: Sequence[Any]) -> bool:
    first = arrays[0]
    return all(array is first or np.array_equal(array, first) for array in arrays[1:])


def _weight_of(parts: Sequence[tuple[Any, Any]], rows: int) -> Any:
    """Return the weight of a batch in the mean of batches; several parts have but the rows in common."""
    return rows if len(parts) != 1 or parts[0][1] is None else parts[0][1]


def _result(metric: Metric) -> Any:
    try:
        result = jax.tree.map(lambda value: value.value if isinstance(value, Variable) else value, metric.result())
        if is_ours(type(metric)):
            return result
        what = f"`result` of metric {metric.name!r}"
        return jax.tree.map(lambda value: returned_numbers(what, value), result, is_leaf=lambda part: part is None)
    except Exception as error:
        explain(error, f"`result` of metric {metric.name!r}", has_gradient=False)
        raise


def _check_finite(loss: Any, name: str, y: Any) -> None:
    """Refuse labels that are NaN or infinite under a loss of ours; warn of them under a user's own."""
    found = what_is_not_finite(name, y)
    if found is None:
        return
    if is_ours(type(loss)) and not isinstance(loss, LossFunctionWrapper):
        raise ValueError(f"{found}, and so has `{loss.name}`. Fill in the missing labels, or drop their rows.")
    warn(f"{found}; a loss of such a row is NaN too, unless {loss.name!r} leaves it out.")


class FreeNames:
    """Gives each name out once, and further ones with a number, as in Keras: `mae`, `mae_1`.

    Args:
        *taken: Names that are given out already.
    """

    def __init__(self, *taken: str) -> None:
        self._counts = dict.fromkeys(taken, 1)

    def __contains__(self, name: str) -> bool:
        return name in self._counts

    def take(self, name: str) -> str:
        """Return a name, with a number if it is taken."""
        count = self._counts.get(name, 0)
        self._counts[name] = count + 1
        return f"{name}_{count}" if count else name


def _output_metrics(
    arguments: CompileArguments,
    labels: Sequence[Any],
    outputs: Outputs,
    terms: Iterable[LossTerm],
    free: FreeNames,
) -> list[OutputMetrics]:
    names = list(outputs.shapes)
    losses = {term.outputs: term.loss for term in terms}

    def made(identifiers: Iterable[Any], index: int, weighted: bool) -> dict[str, Metric]:
        output_shape, label = outputs.shapes[names[index]], labels[index]
        y_shape = output_shape if label is None else label.shape
        prefix = f"{outputs.log_names[index]}_" if len(names) > 1 and outputs.log_names[index] else ""
        metrics: dict[str, Metric] = {}
        for identifier in identifiers:
            metric = resolve_metric(identifier, y_shape, output_shape, losses.get((index,)), label)
            metric.build(y_shape, output_shape)
            is_second = weighted and prefix + metric.name in free
            metrics[free.take(f"{prefix}weighted_{metric.name}" if is_second else prefix + metric.name)] = metric
        return metrics

    unweighted = metrics_per_output("metrics", arguments.metrics, names)
    weighted = metrics_per_output("weighted_metrics", arguments.weighted_metrics, names)
    # All without weights come first, as in Keras: so the names of the others say that they are weighted.
    of_rows = [made(identifiers, index, weighted=False) for index, identifiers in enumerate(unweighted)]
    return [OutputMetrics(of_rows[index], made(each, index, weighted=True)) for index, each in enumerate(weighted)]
