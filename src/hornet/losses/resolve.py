"""The loss that `compile(loss=...)` means."""

from __future__ import annotations

from typing import Any

from hornet.core.registry import snake_case
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
    if loss is None or isinstance(loss, Loss):
        return loss
    name = identifier if isinstance(identifier, str) else object_name(loss)
    for member in (registry[key] for key in registry):
        if isinstance(member, type) and issubclass(member, FunctionLoss) and member.function is loss:
            return member(name=name)  # it knows how to check labels
    return LossFunctionWrapper(loss, name=name)


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
