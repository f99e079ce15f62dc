"""How the losses of probabilities read labels and predictions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from hornet.core.settings import epsilon


def clipped(probabilities: Any) -> Any:
    """Clip probabilities away from 0 and 1, so that their logarithms are finite."""
    return jnp.clip(probabilities, epsilon(), 1.0 - epsilon())


def smoothed(y_true: Any, fraction: float, classes: int) -> Any:
    """Spread a fraction of each label over all classes."""
    return y_true * (1.0 - fraction) + fraction / classes if fraction else y_true


def log_yes_and_no(y_pred: Any, from_logits: bool) -> tuple[Any, Any]:
    """Return the logarithms of the probabilities of the classes 1 and 0."""
    if from_logits:
        return jax.nn.log_sigmoid(y_pred), jax.nn.log_sigmoid(-y_pred)
    yes = clipped(y_pred)
    return jnp.log(yes), jnp.log(1.0 - yes)


def probabilities(y_pred: Any, from_logits: bool, axis: int) -> Any:
    """Return probabilities of classes that add up to 1."""
    if from_logits:
        return jax.nn.softmax(y_pred, axis=axis)
    return y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)


def log_probabilities(y_pred: Any, from_logits: bool, axis: int) -> Any:
    """Return the logarithms of the probabilities of classes."""
    if from_logits:
        return jax.nn.log_softmax(y_pred, axis=axis)
    return jnp.log(clipped(probabilities(y_pred, from_logits, axis)))


def is_class(function: str, y_true: Any, output_shape: tuple[int, ...], axis: int) -> tuple[Any, Any]:
    """Return which of the classes is each row's, and the class indices themselves, with an axis of size 1 for them.

    Compare and select, not pick: the gradient of a pick scatters, which is slow inside a loop.
    """
    y_true = class_indices(function, y_true, output_shape, axis)
    return jax.lax.broadcasted_iota(jnp.int32, output_shape, axis % len(output_shape)) == y_true, y_true


def class_indices(function: str, y_true: Any, output_shape: tuple[int, ...], axis: int) -> Any:
    """Return class indices as integers, with an axis of size 1 where the output has the classes."""
    y_true = jnp.asarray(y_true)
    if y_true.ndim == len(output_shape) - 1:
        y_true = jnp.expand_dims(y_true, axis)
    wanted = list(output_shape)
    wanted[axis] = 1
    if y_true.shape != tuple(wanted):
        raise ValueError(
            f"`{function}` got labels of shape {y_true.shape} for predictions of shape {output_shape}. "
            "Pass one class index a row, or use `categorical_crossentropy` for one-hot labels."
        )
    return y_true.astype(jnp.int32)
