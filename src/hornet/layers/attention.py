"""Layers that return, for each query, the mean of values weighted by how well their keys fit it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp

from hornet.core import noise
from hornet.core.checks import boolean, number, one_of
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape
from hornet.core.variable import Hyperparameter
from hornet.layers.layer import Layer, registry
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions
from hornet.layers.regularization import dropped


class AttentionLayer(Layer):
    """Base of the layers that attend: what keys a query may see, its weights of them, and their dropout.

    Args:
        dropout: Probability that a weight is set to zero in training, from 0 to 1.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.
    """

    dropout = Hyperparameter(at_least=0.0, at_most=1.0)

    def __init__(self, dropout: float, seed: int | None, **kwargs: Unpack[LayerOptions]) -> None:
        super().__init__(**kwargs)
        self.dropout = number("dropout", dropout)
        self.seed = seed

    def _dropped(self, weights: Any, training: bool | None) -> Any:
        """Return weights of which training sets some to zero."""
        if not training:
            return weights
        frame = current_frame()
        assert frame is not None
        rate = self.dropout
        return dropped(weights, rate, noise.uniform(frame.next_key(), weights.shape, rate > 0.0)).astype(weights.dtype)


def weights_of(scores: Any, mask: Any, axes: int | Sequence[int] = -1) -> Any:
    """Return the softmax of scores, in which a key that the mask leaves out counts nothing.

    Args:
        scores: The scores.
        mask: Which of them count, broadcast to them; `None` for all. Where none does, all count alike.
        axes: The axes of the keys.
    """
    scores = in_long_type(scores)
    if mask is not None:
        scores = jnp.where(mask, scores, jnp.finfo(scores.dtype).min / 2)  # half: differences stay finite
    return jax.nn.softmax(scores, axes)


def up_to_own_place(queries: int, keys: int) -> Any:
    """Return which keys are no later than each query."""
    return jnp.arange(queries)[:, None] >= jnp.arange(keys)


@registry.register()
class Attention(AttentionLayer):
    r"""Means of values, weighted by the products of their keys with each query.

    Computes $y = \mathrm{softmax}(s\, q k^\top)\, v$ with $s$ = `scale`; for `score_mode="concat"` the scores are
    $c \sum_d \tanh(s (q_{id} + k_{jd}))$ with $c$ = `concat_score_weight`.

    It is called on `[query, value]` or `[query, value, key]`; without a key the values are the keys. Values whose step
    is masked count nothing, and the output is zero where the query's step is. `use_causal_mask=True` lets a query see
    no later step than its own, `return_attention_scores=True` returns the weights as well.

    Args:
        use_scale: Whether the scores have a learned factor $s$; it is 1 otherwise.
        score_mode: `"dot"` or `"concat"`.
        dropout: Probability that a weight is set to zero in training, from 0 to 1.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        query: `(batch, queries, size)`
        value: `(batch, keys, features)`
        key: `(batch, keys, size)`
        output: `(batch, queries, features)`, and the weights `(batch, queries, keys)`

    Raises:
        ValueError: If it is not called on a list of two or three arrays that fit.

    Source:
        Luong, Pham & Manning 2015, Effective approaches to attention-based neural machine translation, section 3.1.

    Example:
        >>> query, value = [[[1.0, 0.0]]], [[[9.0, 0.0], [-9.0, 0.0]]]
        >>> import numpy as np
        >>> Attention()([np.array(query), np.array(value)]).round(2).tolist()
        [[[9.0, 0.0]]]
    """

    _takes_structures = True

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.use_scale = boolean("use_scale", use_scale)
        self.score_mode = one_of("score_mode", score_mode, ("dot", "concat"))

    def build(self, input_shape: Sequence[Shape]) -> None:
        self._check(input_shape)
        self.scale = self.add_weight("scale", (), initializer="ones") if self.use_scale else None
        has_factor = self.score_mode == "concat"
        self.concat_score_weight = (
            self.add_weight("concat_score_weight", (), initializer="ones") if has_factor else None
        )

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        self._check([one.shape for one in inputs])
        query, value, key = (*inputs, inputs[1])[:3]
        query_mask, value_mask = (None, None) if mask is None else self._pair(mask)
        scores = self._scores(query, key)
        seen = None if value_mask is None else value_mask[..., None, :]
        if use_causal_mask:
            earlier = up_to_own_place(*scores.shape[-2:])
            seen = earlier if seen is None else seen & earlier
        weights = weights_of(scores, seen).astype(value.dtype)
        output = jnp.matmul(self._dropped(weights, training), value)
        if query_mask is not None:
            output = jnp.where(query_mask[..., None], output, 0)
        return (output, weights) if return_attention_scores else output

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else self._pair(mask)[0]

    def _scores(self, query: Any, key: Any) -> Any:
        """Return how well each key fits each query."""
        scale = 1 if self.scale is None else self.scale.value
        if self.concat_score_weight is None:
            return jnp.matmul(query, jnp.swapaxes(key, -2, -1)) * scale
        return self.concat_score_weight.value * jnp.sum(jnp.tanh(scale * _sums(query, key)), -1)

    def _pair(self, mask: Any) -> tuple[Any, Any]:
        """Return the masks of query and value."""
        if not isinstance(mask, list | tuple) or not 2 <= len(mask) <= 3:
            raise ValueError(f"Layer {self.name!r} takes one mask an input. Pass `mask=[query_mask, value_mask]`.")
        query_mask, value_mask = (one if one is None else jnp.asarray(one).astype(bool) for one in mask[:2])
        return query_mask, value_mask

    def _check(self, shapes: Any) -> None:
        if not isinstance(shapes, list | tuple) or not all(isinstance(shape, list | tuple) for shape in shapes):
            raise ValueError(
                f"Layer {self.name!r} attends to a list of arrays, not to one of shape {tuple(shapes)}. Pass "
                "`[query, value]` or `[query, value, key]`."
            )
        if not 2 <= len(shapes) <= 3:
            raise ValueError(
                f"Layer {self.name!r} takes 2 or 3 arrays, not {len(shapes)}. Pass `[query, value]` or "
                "`[query, value, key]`."
            )
        query, value, key = (*shapes, shapes[1])[:3]
        if len(query) < 3 or not _equal(query[-1], key[-1]) or not _equal(key[-2], value[-2]):
            raise ValueError(
                f"Layer {self.name!r} got a query of shape {tuple(query)}, a value of shape {tuple(value)} and a key "
                f"of shape {tuple(key)}, which do not fit. Pass (batch, queries, size), (batch, keys, features) and "
                "(batch, keys, size)."
            )


@registry.register()
class AdditiveAttention(Attention):
    r"""Means of values, weighted by the sums of their keys with each query.

    Computes $y = \mathrm{softmax}(\sum_d s_d \tanh(q_{id} + k_{jd}))\, v$ with $s$ = `scale`. It is called as
    `Attention` is.

    Args:
        use_scale: Whether the sum has learned weights $s$; they are 1 otherwise.
        dropout: Probability that a weight is set to zero in training, from 0 to 1.
        **kwargs: What every `Layer` takes, and `seed`, which is ignored.

    Shapes:
        query: `(batch, queries, size)`
        value: `(batch, keys, features)`
        key: `(batch, keys, size)`
        output: `(batch, queries, features)`, and the weights `(batch, queries, keys)`

    Raises:
        ValueError: If it is not called on a list of two or three arrays that fit.

    Source:
        Bahdanau, Cho & Bengio 2015, Neural machine translation by jointly learning to align and translate.

    Example:
        >>> import numpy as np
        >>> AdditiveAttention(use_scale=False)([np.ones((1, 1, 2)), np.ones((1, 3, 2))]).tolist()
        [[[1.0, 1.0]]]
    """

    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(use_scale, dropout=dropout, seed=seed, **kwargs)

    def build(self, input_shape: Sequence[Shape]) -> None:
        self._check(input_shape)
        size = self._known_axis(input_shape[0], -1)
        self.scale = self.add_weight("scale", (size,), initializer="glorot_uniform") if self.use_scale else None

    def _scores(self, query: Any, key: Any) -> Any:
        fits = jnp.tanh(_sums(query, key))
        return jnp.sum(fits if self.scale is None else self.scale.value * fits, -1)


def _sums(query: Any, key: Any) -> Any:
    return query[..., :, None, :] + key[..., None, :, :]


def _equal(one: Any, other: Any) -> bool:
    return one == other or not (isinstance(one, int) and isinstance(other, int))
