"""The metric that `compile(metrics=[...])` means."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornet import losses
from hornet.core.checks import describe, say_difference, warn
from hornet.core.errors import ArgumentError
from hornet.core.package import is_from_package
from hornet.core.suggestions import unknown_name
from hornet.core.user_functions import parameters_text, takes_pairs
from hornet.losses.hinge import Hinge, Perceptron, SquaredHinge
from hornet.losses.labels import is_one_hot
from hornet.losses.resolve import by_shapes, judges_each_label, object_name
from hornet.metrics import accuracy, classification
from hornet.metrics.metric import Metric, registry
from hornet.metrics.reduction import MeanMetricWrapper

_BY_SHAPES = {
    "crossentropy": {
        "binary": classification.BinaryCrossentropy,
        "sparse": classification.SparseCategoricalCrossentropy,
        "categorical": classification.CategoricalCrossentropy,
    },
}
_SHORT = {"acc": "accuracy", "ce": "crossentropy"}
_ROWS_LOOKED_AT = 10_000
_OF_MARGINS = (Hinge, SquaredHinge, Perceptron)


def resolve(
    identifier: Any,
    y_shape: tuple[int | None, ...],
    output_shape: tuple[int | None, ...],
    loss: Any = None,
    labels: np.ndarray | None = None,
) -> Metric:
    """Return the `Metric` that a user means, under the name that Keras shows in logs.

    A metric chosen by a string is shown under that very string, one chosen by a function under the function's name.

    Args:
        identifier: A name, metric, function, class or config; `"accuracy"`, `"acc"`, `"crossentropy"` and `"ce"`
            choose by the shapes.
        y_shape: Shape of the labels.
        output_shape: Shape of the model's output.
        loss: The loss of the output, which says what its numbers mean to "accuracy".
        labels: The labels, which say so too.

    Raises:
        ValueError: If the name is unknown; the error offers the nearest one.
        TypeError: If it is none of these.

    Example:
        >>> resolve("accuracy", (32,), (None, 10)), resolve("mae", (32, 1), (None, 1))
        (<SparseCategoricalAccuracy name=accuracy>, <MeanAbsoluteError name=mae>)
    """
    if identifier is None:
        raise ArgumentError(
            "`None` is not a valid metric. Pass a name, a `Metric` or a function of labels and outputs."
        )
    if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
        metric = accuracy_for(y_shape, output_shape, loss, labels)
    else:
        metric = _find(identifier, y_shape, output_shape)
    _check_is_metric(metric)
    if isinstance(metric, Metric):
        if isinstance(identifier, str):
            metric.name = identifier
        return metric
    return MeanMetricWrapper(metric, name=identifier if isinstance(identifier, str) else object_name(metric))


def _check_is_metric(metric: Any) -> None:
    """Raise `TypeError` for what cannot be called on labels and predictions."""
    if not callable(metric):
        raise ArgumentError(f"{describe(metric)} is not a valid metric. Pass a name, a `Metric` or a function.")
    called = metric.update_state if isinstance(metric, Metric) else getattr(metric, "call", metric)
    is_ours = isinstance(metric, Metric) and is_from_package(called)
    if not is_ours and not takes_pairs(called):
        raise ArgumentError(
            f"Metric {object_name(metric)!r} is called with the labels and the predictions, but takes "
            f"{parameters_text(called)}. Let it take `(y_true, y_pred)`."
        )


def _find(identifier: Any, y_shape: Any, output_shape: Any) -> Any:
    if not isinstance(identifier, str):
        return registry.get(identifier)
    chosen = _BY_SHAPES.get(_SHORT.get(identifier.lower(), identifier.lower()))
    if chosen is not None:
        return by_shapes(y_shape, output_shape, **chosen)()
    if identifier in registry:
        return registry.get(identifier)
    if identifier in losses.registry:  # a loss that has no metric of its own, such as "huber"
        return losses.get(identifier)
    raise unknown_name("metric", identifier, [*registry, "accuracy", *_BY_SHAPES, *_SHORT])


def accuracy_for(
    y_shape: tuple[int | None, ...], output_shape: tuple[int | None, ...], loss: Any, labels: np.ndarray | None
) -> Metric:
    """Return what "accuracy" means for an output.

    The shapes decide as in Keras. Where what they say would be wrong, the loss and the labels do: several yes-or-no
    labels a row are judged one by one, logits and margins by their sign. That is said once.

    Args:
        y_shape: Shape of the labels.
        output_shape: Shape of the output.
        loss: The loss of the output, or `None`.
        labels: The labels, or `None`.

    Example:
        >>> from hornet.losses import BinaryCrossentropy
        >>> accuracy_for((8, 3), (None, 3), BinaryCrossentropy(), np.array([[1, 1, 0]])).name
        'binary_accuracy'
    """
    labels = None if labels is None else labels[:_ROWS_LOOKED_AT]
    of_each = (isinstance(loss, _OF_MARGINS) or judges_each_label(loss)) and len(y_shape) == len(output_shape)
    one_hot = labels is not None and is_one_hot(labels)
    if output_shape[-1] != 1 and (not of_each or one_hot):
        kinds = {
            "binary": None,
            "sparse": accuracy.SparseCategoricalAccuracy,
            "categorical": accuracy.CategoricalAccuracy,
        }
        return by_shapes(y_shape, output_shape, **kinds)()
    if isinstance(loss, _OF_MARGINS) or (labels is not None and np.isin(labels, (-1, 1)).all() and (labels < 0).any()):
        _say("of labels -1 and 1 looks at the sign of predictions (Keras: whether a label equals 0 or 1)")
        return accuracy.SignAccuracy()
    if output_shape[-1] != 1:
        _say("of several yes-or-no labels a row judges each of them (Keras: the highest of the row)")
    if getattr(loss, "from_logits", False):
        _say("of logits takes those above 0 for class 1 (Keras: above 0.5)")
        return accuracy.BinaryAccuracy(threshold=0.0)
    if labels is not None and not of_each and not np.isin(labels, (0, 1)).all():
        warn(
            '"accuracy" counts predictions that equal their labels, which says nothing of a regression. '
            "Use metrics=['mae'] or R2Score."
        )
    return accuracy.BinaryAccuracy()


def _say(what: str) -> None:
    say_difference(f'metrics=["accuracy"] {what}')
