"""Training that would change nothing: refused where it cannot be meant, and warned of elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from hornet.core import random
from hornet.core.checks import warn
from hornet.core.module import boxes, partition, pure, values_of
from hornet.core.package import overridden
from hornet.core.symbolic import abstract_call
from hornet.core.variable import Box
from hornet.training.data.arrays import ArrayData
from hornet.training.data.class_weights import warn_of_classes
from hornet.training.outputs import Outputs, per_output


def check_is_trained(model: Any) -> None:
    """Refuse to train a model without any loss, and warn of one without anything to train.

    Args:
        model: A built and compiled model, its objective made.

    Raises:
        ValueError: If `compile` got no loss, and neither a layer nor a regularizer adds one.
    """
    if overridden(model.train_step) is not None or overridden(model.compute_loss) is not None:
        return
    trained = partition(model).trained
    has_loss = model._compiled.objective.terms or any(one.regularizer is not None for one in trained.values())
    if not has_loss and not _adds_losses(model):
        raise ValueError(
            f"{model.name!r} has no loss, so that nothing would be trained. Pass one to `compile(loss=...)`, or let a "
            "layer add one by `add_loss`."
        )
    if not trained:
        warn(
            f"{model.name!r} has no weights to train, so that `fit` changes no prediction. Set `trainable = True` in "
            "a layer, or call `evaluate`."
        )


def warn_of_weights(
    data: ArrayData, sample_weight: Any, class_weight: Any, outputs: Outputs, yes_or_no: Collection[int]
) -> None:
    """Warn of weights that have no effect, or another than what people mean by them.

    Args:
        data: The rows, checked.
        sample_weight: Weights of rows as the user gave them.
        class_weight: Weights of classes as the user gave them.
        outputs: The model's outputs.
        yes_or_no: The numbers of the outputs whose loss judges each label of a row by itself.
    """
    weights = [part for part in data.sample_weight or () if part is not None]
    if any(not part.any() for part in weights):
        warn("Every row has the weight 0, so that nothing is trained. Pass weights above 0 for the rows that count.")
    elif any(part.min(initial=0.0) < 0.0 for part in weights):
        warn("`sample_weight` has weights below 0: the loss of such rows is made larger. Pass 0 to leave a row out.")
    if class_weight is None:
        return
    names = list(outputs.shapes)
    given = [class_weight] if len(names) == 1 and names[0] not in class_weight else class_weight
    of_classes = per_output("class_weight", given, names)
    by_name = isinstance(sample_weight, Mapping)
    for number, weights_of_output in enumerate(of_classes):
        has_weights = names[number] in sample_weight if by_name else sample_weight is not None
        if has_weights and weights_of_output is not None:
            warn(
                "`class_weight` has no effect, as `sample_weight` supersedes it. Multiply the weights of the rows by "
                "those of their classes, or leave out one of the two."
            )
            return
    for number, weights_of_output in enumerate(of_classes):
        labels, columns = data.y and data.y[number], outputs.shapes[names[number]][-1]
        if isinstance(labels, np.ndarray):
            warn_of_classes(labels, weights_of_output, columns or 1, number in yes_or_no)


def _adds_losses(model: Any) -> bool:
    """Return whether the model's layers add losses when they are called to train, known by an abstract call."""
    held = boxes(model, Box)

    def added(inputs: Any) -> Any:
        call = pure(held, model)
        return call(values_of(held), model._cast(inputs), key=random.key_data(0), training=True)[2]

    return bool(abstract_call(added, (model._symbolic_inputs(model._input_shape),), {}))
