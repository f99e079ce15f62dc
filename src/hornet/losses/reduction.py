"""From one value a row to one number: ranks, weights, masks and means."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def same_rank(x: Any, y: Any) -> tuple[Any, Any]:
    """Give two arrays the same rank where one has a last axis of size 1 too many.

    The longer one loses that axis, but `(N,)` against `(N, 1)` becomes `(N, 1)` for both.

    Example:
        >>> x, y = same_rank(jnp.ones((3, 2, 1)), jnp.ones((3, 2)))
        >>> x.shape, y.shape
        ((3, 2), (3, 2))
    """
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        return (x, y[:, None]) if y.ndim == 1 else (x[..., 0], y)
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        return (x[:, None], y) if x.ndim == 1 else (x, y[..., 0])
    return x, y


def same_ranks(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Give labels and predictions the same rank, or each pair of them where both are structures of one kind."""
    structure = jax.tree.structure(y_pred)
    if structure != jax.tree.structure(y_true):
        return y_true, y_pred
    pairs = [same_rank(*pair) for pair in zip(jax.tree.leaves(y_true), jax.tree.leaves(y_pred), strict=True)]
    return jax.tree.unflatten(structure, [x for x, _ in pairs]), jax.tree.unflatten(structure, [y for _, y in pairs])


def aligned(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return labels and predictions as arrays of the predictions' type and of the same rank."""
    y_pred = jnp.asarray(y_pred)
    return same_rank(jnp.asarray(y_true, y_pred.dtype), y_pred)


def check_same_shape(function: str, y_true: Any, y_pred: Any) -> None:
    """Raise `ValueError` unless there is one label for each prediction; other shapes would broadcast."""
    if y_true.shape != y_pred.shape:
        classes = y_pred.shape[-1] if y_pred.ndim > 1 else 1
        advice = "Pass one label for each prediction."
        if classes > 1 and y_true.shape in (y_pred.shape[:-1], (*y_pred.shape[:-1], 1)):
            advice += f" For classes that is one column a class: `to_categorical(y, {classes})`, with a loss for such."
        raise ValueError(
            f"`{function}` got labels of shape {y_true.shape} and predictions of shape {y_pred.shape}. {advice}"
        )


def check_rows_of(loss: str, values: Any, y_true: Any, y_pred: Any) -> None:
    """Raise `ValueError` for values of a shape that has nothing to do with the batch, whose mean is no loss of it.

    Fine are one number, values of rows, of halves or multiples of them (pairs of rows), and what sums over some of the
    axes leave, such as one number a class.
    """
    rows = jax.tree.leaves(y_pred)[0].shape[:1]
    shapes = [leaf.shape for leaf in jax.tree.leaves((y_true, y_pred))]
    if values.size <= 1 or not rows or not rows[0] or any(_is_part(values.shape, shape) for shape in shapes):
        return
    fewer, more = sorted((values.shape[0], rows[0]))
    if more % fewer:
        raise ValueError(
            f"Loss {loss!r} returned shape {values.shape} for a batch of {rows[0]} rows. Return one number a row, or "
            "their mean."
        )


def _is_part(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Return whether a shape is another one without some of its axes."""
    sizes = iter(whole)
    return all(size in sizes for size in shape)


def divide_no_nan(numerator: Any, denominator: Any) -> Any:
    """Return the quotient, and 0 where the denominator is 0."""
    zero = denominator == 0
    return jnp.where(zero, 0, numerator / jnp.where(zero, 1, denominator))


def reduce(values: Any, weights: Any, reduction: str | None) -> Any:
    """Weight the values and reduce them; see `Loss` for the reductions."""
    if weights is not None:
        values, weights = same_rank(values, weights)
        values = values * _leading(weights, values)
    if reduction in ("none", None) or values.ndim == 0 or values.shape == (0,):
        return values
    total = jnp.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        return divide_no_nan(total, jnp.sum(weights))
    return total / max(values.size, 1)


def _leading(weights: Any, values: Any) -> Any:
    """Let weights of a lower rank stand for the leading axes of the values: one weight a row, not one a column."""
    if weights.ndim < values.ndim and weights.shape == values.shape[: weights.ndim]:
        return weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    return weights


def spread(weights: Any, values: Any) -> Any:
    """Return weights in the shape of the values; those of a lower rank stand for the leading axes.

    Example:
        >>> spread(jnp.array([1.0, 2.0]), jnp.ones((2, 3)))
        Array([[1., 1., 1.],
               [2., 2., 2.]], dtype=float32)
    """
    weights = jnp.asarray(weights, values.dtype)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    return jnp.broadcast_to(_leading(weights, values), values.shape)


def masked(weights: Any, mask: Any, reduction: str | None) -> Any:
    """Return the weights with 0 where the mask is 0; a mean is then one over the unmasked values."""
    if reduction in ("mean", "sum_over_batch_size"):
        mask = mask * divide_no_nan(float(mask.size), jnp.sum(mask))
    if weights is None:
        return mask
    mask, weights = same_rank(mask, weights)
    return weights.reshape(weights.shape + (1,) * (mask.ndim - weights.ndim)) * mask  # one weight a row, or one a step
