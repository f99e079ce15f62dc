"""The loss that `compile(loss=...)` means."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.package import is_from_package
from hornet.core.registry import snake_case
from hornet.core.user_functions import parameters_text, takes_pairs
from hornet.losses import classification, focal
from hornet.losses.loss import FunctionLoss, Loss, LossFunctionWrapper, registry


def resolve(identifier: Any, y_shape: tuple[int | None, ...], output_shape: tuple[int | None, ...]) -> Loss | None:
    """Return the `Loss` that a user means, under the name that Keras gives it.

    Args:
        identifier: A name, function, class, object or config; `"crossentropy"` or `"ce"` chooses by the shapes, and
            `None` is returned as it is.
        y_shape: Shape of the labels.
        output_shape: Shape of the model's output.

    Raises:
        ValueError: If the name is unknown; the error offers the nearest one.

    Example:
        >>> resolve("crossentropy", (32,), (None, 10))
        <SparseCategoricalCrossentropy name=crossentropy>
    """
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        loss = by_shapes(
            y_shape,
            output_shape,
            binary=classification.binary_crossentropy,
            sparse=classification.sparse_categorical_crossentropy,
            categorical=classification.categorical_crossentropy,
        )
    else:
        loss = registry.get(identifier)
    if loss is None:
        return None
    _check_is_loss(loss)
    if isinstance(loss, Loss):
        return loss
    name = identifier if isinstance(identifier, str) else object_name(loss)
    for member in (registry[key] for key in registry):
        if isinstance(member, type) and issubclass(member, FunctionLoss) and member.function is loss:
            return member(name=name)  # it knows how to check labels
    return LossFunctionWrapper(loss, name=name)


def _check_is_loss(loss: Any) -> None:
    """Raise `TypeError` for what cannot be called on labels and predictions."""
    if is_from_package(loss if inspect.isroutine(loss) else type(loss)) and isinstance(loss, Loss | FunctionType):
        return  # the shortest way
    if not callable(loss):
        raise ArgumentError(f"{describe(loss)} is not a valid loss. Pass a name, an object or a function.")
    if getattr(loss, "_is_metric", False):
        raise ArgumentError(
            f"{describe(loss)} is a metric, which keeps totals, and no loss. Pass a function of `losses` or a `Loss`, "
            "and the metric to `compile(metrics=[...])`."
        )
    called = getattr(loss, "call", loss)
    if not takes_pairs(called):
        raise ArgumentError(
            f"Loss {object_name(loss)!r} is called with the labels and the predictions, but takes "
            f"{parameters_text(called)}. Let it take `(y_true, y_pred)`."
        )


def judges_each_label(loss: Any) -> bool:
    """Return whether a loss takes each label of a row for a yes or no of its own."""
    return isinstance(loss, classification.BinaryCrossentropy | focal.BinaryFocalCrossentropy)


def by_shapes(
    y_shape: tuple[int | None, ...], output_shape: tuple[int | None, ...], *, binary: Any, sparse: Any, categorical: Any
) -> Any:
    """Return `binary` for one output, `sparse` for labels with one axis or column less, `categorical` otherwise."""
    if output_shape[-1] == 1:
        return binary
    return sparse if len(y_shape) < len(output_shape) or y_shape[-1] == 1 else categorical


def object_name(value: Any) -> str:
    """Return the name under which Keras reports an object or function."""
    name = getattr(value, "name", None)
    if name is not None:
        return name
    return snake_case(getattr(value, "__name__", type(value).__name__))
