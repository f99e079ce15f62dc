"""Data of the user's, checked against a model that may be built for them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Collection, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import jax

from hornet.core.checks import positive_int
from hornet.core.config import is_ours
from hornet.core.module import find, partition
from hornet.core.package import overridden
from hornet.core.prepared import Prepared
from hornet.core.shapes import Shape, fits, map_shapes, shapes_of
from hornet.layers.layer import Layer
from hornet.losses.resolve import judges_each_label, resolve
from hornet.metrics import Metric
from hornet.training.data.arrays import ArrayData
from hornet.training.data.checks import named_leaves, refuse_outside, warn_of_inputs
from hornet.training.data.columns import in_trained_order
from hornet.training.idle import check_is_trained, warn_of_weights
from hornet.training.listed import steps_over_lists
from hornet.training.objective import Objective
from hornet.training.outputs import Outputs, have_own_structure, labels_in_order
from hornet.training.reach import warn_of_far_labels
from hornet.training.terms import outputs_with_losses


def take_data(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    argument: str = "x",
    learns: bool = False,
    warns: Collection[str] = ("inputs", "weights"),
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
        learns: Whether the model is trained on them, and keeps the names of a frame's columns.
        warns: What to warn of: NaN and infinity in "inputs", and "weights" without effect.

    Raises:
        ValueError: If the data do not fit the model.
    """
    changes = learns or not model.built or not model._compiled.objective.outputs
    with unless_refused(model) if changes else nullcontext():
        inputs = in_trained_order(model, argument, x, model._as_inputs(x, argument), learns)
        build_on_rows(model, inputs)
        check_features(model, argument, inputs)
        refuse_outside(model, argument, readers_of_integers(model), inputs, x)
        outputs = Outputs.of(model)
        names = list(outputs.shapes)
        own = overridden(model.compute_loss) or overridden(model.train_step)
        if own and have_own_structure(y, len(jax.tree.leaves(inputs)[0]), outputs):
            data = ArrayData.with_own_labels(inputs, y, sample_weight)
            resolve_objective(model, replace(data, y=None))
            return data
        losses = outputs_with_losses(model._compiled.arguments.loss, outputs)
        yes_or_no = [number for number, loss in losses.items() if judges_each_label(resolve(loss, (None,), (None, 1)))]
        y = labels_in_order(y, outputs, losses)
        data = ArrayData.of(inputs, y, sample_weight, class_weight, names, argument, yes_or_no)
        resolve_objective(model, data).check_labels(data.y, outputs.shapes, data.sample_weight)
        if learns:
            check_is_trained(model)
    if "inputs" in warns:
        warn_of_inputs(model, argument, x, inputs)
    if learns and "weights" in warns:
        warn_of_weights(data, sample_weight, class_weight, outputs, yes_or_no)
        warn_of_far_labels(model, data)
    return data


def resolve_objective(model: Any, data: ArrayData) -> Objective:
    """Return the losses and metrics of a compiled model, which its first data resolve."""
    compiled = model._compiled
    if not compiled.objective.outputs:
        objective = compiled.objective.resolved(
            compiled.arguments, data.y, Outputs.of(model), _updated_in_call(model), _may_take_terms(model)
        )
        compiled = model._compiled = replace(compiled, objective=objective)
    return compiled.objective


def _may_take_terms(model: Any) -> bool:
    """Return whether the losses of `compile` are computed: a loss of the user's own that takes them says so by name."""
    own = overridden(model.compute_loss)
    code = getattr(own and inspect.unwrap(own), "__code__", None)
    return code is None or "compute_loss" in code.co_names


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


def readers_of_integers(model: Any) -> list[tuple[int, Layer]]:
    """Return the layers that read an input directly and know a range of integers, each with the input's number."""
    return [
        (number, layer)
        for number, layer in model._readers
        if isinstance(layer, Layer) and layer._known_integers is not None and is_ours(type(layer))
    ]


def check_features(model: Any, argument: str, inputs: Any) -> None:
    """Refuse inputs whose shapes are not those the model was built for."""
    if isinstance(inputs, Prepared):  # by a model that has looked at the rows
        return
    expected: list[Shape] = []
    map_shapes(expected.append, model._input_shape)
    received = named_leaves(argument, inputs)
    if len(expected) != len(received):
        raise ValueError(
            f"`{argument}` has {len(received)} arrays, but {model.name!r} takes {len(expected)}. "
            "Pass one for each input."
        )
    unfit = [
        (number, wanted, name, array)
        for number, (wanted, (name, array)) in enumerate(zip(expected, received, strict=True))
        if array is not None and not fits(wanted[1:], array.shape[1:])  # `None` is of an optional input
    ]
    if unfit and not _takes_other_sizes(model, expected, received):
        for number, wanted, name, array in unfit:
            raise ValueError(
                f"`{name}` has shape {tuple(array.shape)}, but {_taker(model, number, wanted, len(expected))} takes "
                f"{wanted}. {_advice(name, wanted, array.shape)}"
            )


def _takes_other_sizes(model: Any, expected: list[Shape], received: list[tuple[str, Any]]) -> bool:
    """Return whether sizes that a model has seen once are of no weight in it; then it takes any, as in Keras."""
    pairs = [
        (known, known if array is None else array.shape) for known, (_, array) in zip(expected, received, strict=True)
    ]
    if model._declares_shape or any(len(known) != len(shape) for known, shape in pairs):
        return False
    widened = iter(
        (None, *(one if one == other else None for one, other in zip(known[1:], shape[1:], strict=True)))
        for known, shape in pairs
    )
    try:
        with unless_refused(model):
            model._take_shape(map_shapes(lambda _: next(widened), model._input_shape))
    except (TypeError, ValueError):
        return False
    return True


def _taker(model: Any, number: int, wanted: Shape, inputs: int) -> str:
    """Return what takes an input, for errors: its first layer, or its own name among several."""
    if inputs > 1 and hasattr(model, "input_names"):
        return f"input {model.input_names[number]!r} of {model.name!r}"
    first = next((layer.name for layer in model.layers if layer._input_shape == (None, *wanted[1:])), model.name)
    return f"layer {first!r} of {model.name!r}"


def _advice(name: str, wanted: Shape, shape: tuple[int, ...]) -> str:
    single = wanted[1:-1] if wanted[-1] == 1 else wanted[1:]
    if fits(wanted[1:], shape) or fits(single, shape):
        return f"It looks like one row: pass `{name}[None]`, as rows are on the first axis."
    return "Pass rows with that many features, or build a model for these."


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


def rows_kept(model: Any) -> int | None:
    """Return how many rows stateful layers go on from in each batch; `None` where no layer is stateful."""
    return next((variable.shape[0] for variable in partition(model).kept.values()), None)


def batch_size_of(given: Any, rows: Any, argument: str, steps: Any, kept: int | None = None) -> int:
    """Return the rows of a batch: where only a number of steps is given, as many as share the rows among them.

    Args:
        given: What the user asked for.
        rows: How many rows there are; `None` if nobody knows.
        argument: What the number of steps is called.
        steps: That number, if it is given.
        kept: See `rows_kept`, which each batch must have.
    """
    if kept is not None and (given not in (None, kept) or (rows or 0) % kept):
        wrong = f"`batch_size` is {given}" if given not in (None, kept) else f"there are {rows} rows"
        raise ValueError(
            f"A stateful layer goes on from {kept} rows in each batch, but {wrong}. Pass a multiple of {kept} rows, "
            f"and `batch_size={kept}`."
        )
    if kept is not None:
        return kept
    if given is None and steps is not None:
        return math.ceil(rows / positive_int(argument, steps))
    return positive_int("batch_size", 32 if given is None else given)
