"""The metric that `compile(metrics=[...])` means."""

from __future__ import annotations

from typing import Any

from hornet import losses
from hornet.core.checks import describe
from hornet.core.suggestions import unknown_name
from hornet.losses.resolve import by_shapes, object_name
from hornet.metrics import accuracy, classification
from hornet.metrics.metric import Metric, registry
from hornet.metrics.reduction import MeanMetricWrapper

_BY_SHAPES = {
    "accuracy": {
        "binary": accuracy.BinaryAccuracy,
        "sparse": accuracy.SparseCategoricalAccuracy,
        "categorical": accuracy.CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": classification.BinaryCrossentropy,
        "sparse": classification.SparseCategoricalCrossentropy,
        "categorical": classification.CategoricalCrossentropy,
    },
}
_SHORT = {"acc": "accuracy", "ce": "crossentropy"}


def resolve(identifier: Any, y_shape: tuple[int | None, ...], output_shape: tuple[int | None, ...]) -> Metric:
    """Return the `Metric` that a user means, under the name that Keras shows in logs.

    A metric chosen by a string is shown under that very string, one chosen by a function under the function's name.

    Args:
        identifier: A name, metric, function, class or config; `"accuracy"`, `"acc"`, `"crossentropy"` and `"ce"`
            choose by the shapes.
        y_shape: Shape of the labels.
        output_shape: Shape of the model's output.

    Raises:
        ValueError: If the name is unknown; the error offers the nearest one.
        TypeError: If it is none of these.

    Example:
        >>> resolve("accuracy", (32,), (None, 10)), resolve("mae", (32, 1), (None, 1))
        (<SparseCategoricalAccuracy name=accuracy>, <MeanAbsoluteError name=mae>)
    """
    if identifier is None:
        raise TypeError("`None` is not a valid metric. Pass a name, a `Metric` or a function of labels and outputs.")
    metric = _find(identifier, y_shape, output_shape)
    if isinstance(metric, Metric):
        if isinstance(identifier, str):
            metric.name = identifier
        return metric
    if not callable(metric):
        raise TypeError(f"{describe(metric)} is not a valid metric. Pass a name, a `Metric` or a function.")
    return MeanMetricWrapper(metric, name=identifier if isinstance(identifier, str) else object_name(metric))


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
    raise unknown_name("metric", identifier, [*registry, *_BY_SHAPES, *_SHORT])
