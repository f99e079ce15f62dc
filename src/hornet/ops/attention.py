"""Attention as an operation: each query's mean of values, weighted by how well the keys fit it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from hornet.core.checks import describe
from hornet.core.errors import ArgumentError
from hornet.core.symbolic import operation
from hornet.core.types import ArrayLike

__all__ = ["dot_product_attention"]


@operation
def dot_product_attention(
    query: ArrayLike,
    key: ArrayLike,
    value: ArrayLike,
    bias: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Array:
    r"""Compute $\mathrm{softmax}(s\, q k^\top + b)\, v$ for each head, with $s$ the scale and $b$ the bias.

    Args:
        query: The queries.
        key: The keys. Where there are fewer heads of them, each serves as many heads of the queries in turn.
        value: The values.
        bias: What is added to the scores.
        mask: Which keys each query sees; `None` for all. A query that sees none gets the mean of all values.
        scale: The factor $s$; by default $1 / \sqrt{\mathrm{size}}$.
        is_causal: Whether a query sees no later key than that at its own place.
        flash_attention: Ignored; kept for compatibility with Keras. XLA chooses how to compute it.
        attn_logits_soft_cap: Must be `None`; Keras takes it on TPUs alone.

    Shapes:
        query: `(batch, queries, heads, size)`
        key, value: `(batch, keys, heads of keys, size)`; the heads are a multiple of the heads of keys
        bias, mask: what broadcasts to `(batch, heads, queries, keys)`
        result: that of `query`

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Vaswani et al. 2017, Attention is all you need, eq. 1; Ainslie et al. 2023 for fewer heads of keys.

    Example:
        >>> query, key = [[[[1.0, 0.0]]]], [[[[9.0, 0.0]], [[-9.0, 0.0]]]]
        >>> dot_product_attention(query, key, [[[[1.0, 2.0]], [[3.0, 4.0]]]], scale=1.0).round(2).tolist()
        [[[[1.0, 2.0]]]]
    """
    if attn_logits_soft_cap is not None:
        raise ArgumentError(
            f"`attn_logits_soft_cap` is for TPUs alone, and it is {describe(attn_logits_soft_cap)}. Leave it out."
        )
    arrays = [jnp.asarray(one) for one in (query, key, value)]
    _check_shapes(*(one.shape for one in arrays))
    dtype = jnp.result_type(*arrays)
    return jax.nn.dot_product_attention(
        *(one.astype(dtype) for one in arrays),
        bias=None if bias is None else _with_four_axes(jnp.asarray(bias, dtype)),
        mask=None if mask is None else _with_four_axes(jnp.asarray(mask).astype(bool)),
        scale=scale,
        is_causal=is_causal,
    )


def _with_four_axes(array: Array) -> Array:
    return array.reshape((1,) * (4 - array.ndim) + array.shape)


def _check_shapes(query: tuple[int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> None:
    have_axes = len(query) == len(key) == len(value) == 4
    if not have_axes or key != value or query[0] != key[0] or query[3] != key[3] or query[2] % key[2]:
        raise ValueError(
            f"`dot_product_attention` got a query of shape {query}, a key of shape {key} and a value of shape {value}, "
            "which do not fit. Pass (batch, queries, heads, size) and twice (batch, keys, heads, size)."
        )
