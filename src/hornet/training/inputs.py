"""Data of the user's, checked against a model that may be built for them."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import jax

from hornet.core.checks import positive_int
from hornet.core.module import find
from hornet.core.shapes import Shape, map_shapes, shapes_of
from hornet.layers.layer import Layer
from hornet.losses.resolve import judges_each_label, resolve
from hornet.metrics import Metric
from hornet.training.data.arrays import ArrayData
from hornet.training.data.convert import warn_of_nan
from hornet.training.listed import steps_over_lists
from hornet.training.objective import Objective
from hornet.training.outputs import Outputs, labels_in_order
from hornet.training.terms import outputs_with_losses


def take_data(
    model: Any, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, argument: str = "x"
) -> ArrayData:
    """Return checked data for a compiled model.

    The first data build the model, and decide which losses and metrics its outputs have. Data that do not fit leave
    it as it was.

    Args:
        model: The model.
        x: Inputs, the rows on the first axis.
        y: Labels.
        sample_weight: Weight of each row.
        class_weight: Weight of each class.
        argument: The inputs' name, for errors.

    Raises:
        ValueError: If the data do not fit the model.
    """
    inputs = model._as_inputs(x, argument)
    warn_of_nan(argument, x, inputs)
    with unless_refused(model):
        build_on_rows(model, inputs)
        check_features(model, argument, inputs)
        outputs = Outputs.of(model)
        names = list(outputs.shapes)
        losses = outputs_with_losses(model._compiled.arguments.loss, outputs)
        yes_or_no = [number for number, loss in losses.items() if judges_each_label(resolve(loss, (None,), (None, 1)))]
        y = labels_in_order(y, outputs, losses)
        data = ArrayData.of(inputs, y, sample_weight, class_weight, names, argument, yes_or_no)
        resolve_objective(model, data).check_labels(data.y, outputs.shapes)
    return data


def resolve_objective(model: Any, data: ArrayData) -> Objective:
    """Return the losses and metrics of a compiled model, which its first data resolve."""
    compiled = model._compiled
    if not compiled.objective.outputs:
        objective = compiled.objective.resolved(compiled.arguments, data.y, Outputs.of(model), _updated_in_call(model))
        compiled = model._compiled = replace(compiled, objective=objective)
    return compiled.objective


def _updated_in_call(model: Any) -> list[Metric]:
    """Return the metrics that a model updates while it computes; not those that its own `metrics` lists."""
    own = {id(metric) for metric in model.metrics} if "train_step" in steps_over_lists(model) else set[int]()
    # A functional model's children are its graph's layers; a subclass of one may keep metrics beside them.
    found = find([model, *vars(model).values()], Metric)
    return [metric for metric in found if id(metric) not in own]


def build_on_rows(model: Any, inputs: Any) -> None:
    """Build a model for inputs, unless it is built."""
    if not model.built:
        model._note_dtypes(inputs)
        model._trace_output_shape(map_shapes(lambda shape: (None, *shape[1:]), shapes_of(inputs)))


def check_features(model: Any, argument: str, inputs: Any) -> None:
    """Refuse inputs whose shapes are not those the model was built for."""
    expected: list[Shape] = []
    map_shapes(expected.append, model._input_shape)
    received = [
        None if part is None else part.shape for part in jax.tree.leaves(inputs, is_leaf=lambda part: part is None)
    ]
    if len(expected) != len(received):
        raise ValueError(
            f"`{argument}` has {len(received)} arrays, but {model.name!r} takes {len(expected)}. "
            "Pass one for each input."
        )
    for wanted, shape in zip(expected, received, strict=True):
        if shape is None:  # of an optional input
            continue
        known = zip(shape[1:], wanted[1:], strict=False)
        if len(shape) != len(wanted) or any(size not in (None, given) for given, size in known):
            first = next(
                (layer.name for layer in model.layers if layer._input_shape == (None, *wanted[1:])), model.name
            )
            raise ValueError(
                f"`{argument}` has shape {tuple(shape)}, but layer {first!r} of {model.name!r} takes {wanted}. "
                "Pass rows with that many features, or build a model for these."
            )


@contextmanager
def unless_refused(model: Any) -> Generator[None, None, None]:
    """Leave a model as it was, unbuilt if it was, where what is done in the block fails."""
    before = [(part, dict(vars(part))) for part in (model, *find(model, Layer))]
    try:
        yield
    except Exception:
        for part, attributes in before:
            vars(part).clear()
            vars(part).update(attributes)
        raise


def batch_size_of(given: Any, rows: int, argument: str, steps: Any) -> int:
    """Return the rows of a batch: where only a number of steps is given, as many as share the rows among them."""
    if given is None and steps is not None:
        return math.ceil(rows / positive_int(argument, steps))
    return positive_int("batch_size", 32 if given is None else given)
