"""The base of the attention layers of several heads."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any, Unpack

import jax.numpy as jnp

from hornet import constraints, initializers, regularizers
from hornet.core import symbolic
from hornet.core.checks import boolean, integer_size
from hornet.core.frame import current_frame
from hornet.core.shapes import Shape, shapes_of
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.attention import AttentionLayer, up_to_own_place, weights_of
from hornet.layers.einsum_dense import EinsumDense
from hornet.layers.normalization import in_long_type
from hornet.layers.options import LayerOptions


class HeadedAttention(AttentionLayer):
    r"""Base of the layers of several heads: projections to heads, the mask, the weighted means and their projection.

    A subclass says how many heads of which sizes there are.

    Args:
        dropout: Probability that a weight is set to zero in training, from 0 to 1.
        use_bias: Whether the projections have biases.
        sliding_window: A query sees keys at less than this distance alone; `None` for any distance.
        flash_attention: Ignored; kept for compatibility with Keras. XLA chooses how to compute it.
        kernel_initializer: How the kernels are drawn.
        bias_initializer: How the biases are drawn.
        kernel_regularizer: Penalty on the kernels.
        bias_regularizer: Penalty on the biases.
        activity_regularizer: Penalty on the projections, divided by the batch's size.
        kernel_constraint: Function applied to the kernels after each update.
        bias_constraint: Function applied to the biases after each update.
        use_gate: Whether the means are multiplied by the sigmoid of one more projection of the query.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.
    """

    supports_masking = True
    _names_every_regularizer = True

    _query_dense: EinsumDense
    _key_dense: EinsumDense
    _value_dense: EinsumDense
    _output_dense: EinsumDense
    _gate_dense: EinsumDense | None

    def __init__(
        self,
        dropout: float,
        use_bias: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        kernel_initializer: InitializerLike,
        bias_initializer: InitializerLike,
        kernel_regularizer: RegularizerLike,
        bias_regularizer: RegularizerLike,
        kernel_constraint: ConstraintLike,
        bias_constraint: ConstraintLike,
        use_gate: bool,
        seed: int | None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(dropout, seed, **kwargs)
        self.use_bias = boolean("use_bias", use_bias)
        self.sliding_window = None if sliding_window is None else integer_size("sliding_window", sliding_window)
        self.flash_attention = None if flash_attention is None else boolean("flash_attention", flash_attention)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.use_gate = boolean("use_gate", use_gate)

    def _heads(self) -> tuple[int, int, int, int]:
        """Return the number of heads of queries, that of keys, the size of a key and that of a value."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_heads`. Write one.")

    def _output_sizes(self, query_shape: Shape) -> tuple[int, ...]:
        """Return the sizes of the output's axes behind those of the queries."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `_output_sizes`. Write one.")

    def _attended(self, ndim: int) -> tuple[int, ...]:
        """Return the axes of projections along which the keys lie; the last two are those of heads and features."""
        return tuple(range(1, ndim - 2))

    # --- building ---------------------------------------------------------------------------------------

    def build(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._check_shapes(query_shape, value_shape, key_shape)
        heads, key_heads, key_size, value_size = self._heads()
        self._query_dense = self._projection("query", query_shape, (heads, key_size))
        self._key_dense = self._projection("key", key_shape, (key_heads, key_size))
        gate = self._projection("gate", query_shape, (heads, value_size), "sigmoid") if self.use_gate else None
        self._gate_dense = gate
        self._value_dense = self._projection("value", value_shape, (key_heads, value_size))
        means = (*query_shape[:-1], heads, value_size)
        self._output_dense = self._projection("attention_output", means, self._output_sizes(query_shape), summed=2)

    def _projection(
        self, name: str, shape: Shape, sizes: Sequence[int], activation: str | None = None, summed: int = 1
    ) -> EinsumDense:
        """Return a built layer that sums over the last axes of arrays of a shape, to others of these sizes."""
        kept = len(shape) - summed
        inputs, outputs = ascii_lowercase[: len(shape)], ascii_lowercase[len(shape) : len(shape) + len(sizes)]
        layer = EinsumDense(
            f"{inputs},{inputs[kept:]}{outputs}->{inputs[:kept]}{outputs}",
            output_shape=(None,) * (kept - 1) + tuple(sizes),
            activation=activation,
            bias_axes=outputs if self.use_bias else None,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self.activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        layer._build_on(shape)
        return layer

    @property
    def _penalty_on_outputs(self) -> None:
        """None: as in Keras the penalty is on each projection, of which the output is one."""

    def _check_shapes(self, query: Shape, value: Shape, key: Shape) -> None:
        if len(query) < 3 or len(query) != len(value):
            raise ValueError(
                f"Layer {self.name!r} got a query of shape {tuple(query)} and a value of shape {tuple(value)}. Pass "
                "(batch, steps, features) for both."
            )
        if value[1:-1] != key[1:-1]:
            raise ValueError(
                f"Layer {self.name!r} got a value of shape {tuple(value)} and a key of shape {tuple(key)}, and each "
                "value has one key. Pass two that are equal on all axes but the last."
            )

    def compute_output_shape(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> Any:
        """Return the shape of the output; builds the layer.

        Args:
            query_shape: Shape of the queries.
            value_shape: Shape of the values.
            key_shape: Shape of the keys; that of the values by default.
        """
        shapes = (query_shape, value_shape) if key_shape is None else (query_shape, value_shape, key_shape)
        return shapes_of(self.compute_output_spec(*(symbolic.SymbolicTensor(tuple(one), self.dtype) for one in shapes)))

    @property
    def _says_its_shape(self) -> bool:
        """False: what is returned depends on further arguments of the call."""
        return False

    # --- calling ----------------------------------------------------------------------------------------

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        self._check_shapes(query.shape, value.shape, key.shape)
        seen = self._seen(query.shape[1], value.shape[1], query_mask, (value_mask, key_mask), use_causal_mask)
        if attention_mask is not None:
            attention_mask = jnp.asarray(attention_mask).astype(bool)
            seen = attention_mask if seen is None else attention_mask & seen
        gate = None if self._gate_dense is None else self._gate_dense(query)
        projected = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        means, weights = self._attend(*projected, seen, training, return_attention_scores)
        output = self._output_dense(means if gate is None else means * gate)
        if not return_attention_scores:
            return output
        frame = current_frame()
        assert frame is not None
        frame.set_mask(output, query_mask)
        return output, weights

    def _seen(self, queries: int, keys: int, query_mask: Any, key_masks: Sequence[Any], is_causal: bool) -> Any:
        """Return which keys each query sees by the masks of steps and by distance, or `None` for all."""
        conditions = [] if query_mask is None else [query_mask[..., :, None]]
        conditions += [mask[..., None, :] for mask in key_masks if mask is not None]
        conditions = [jnp.asarray(mask).astype(bool) for mask in conditions]
        if is_causal:
            conditions.append(up_to_own_place(queries, keys)[None])
        if self.sliding_window is not None:
            distance = jnp.abs(jnp.arange(queries)[:, None] - jnp.arange(keys))
            conditions.append((distance < self.sliding_window)[None])
        seen = None
        for condition in conditions:
            seen = condition if seen is None else seen & condition
        return seen

    def _attend(self, query: Any, key: Any, value: Any, seen: Any, training: Any, wants_weights: bool) -> Any:
        """Return the means of values for each query and head, and the weights."""
        axes = self._attended(query.ndim)
        score, combine = _equations(query.ndim, axes)
        groups = query.shape[-2] // key.shape[-2]
        if groups > 1:
            key, value = (jnp.repeat(one, groups, axis=-2) for one in (key, value))
        scores = in_long_type(jnp.einsum(score, key, query)) * query.shape[-1] ** -0.5
        if seen is not None:
            seen = jnp.expand_dims(seen, [-2 * len(axes) - 1 - extra for extra in range(scores.ndim - seen.ndim)])
        weights = weights_of(scores, seen, tuple(range(-len(axes), 0)))
        if seen is not None:  # As in Keras, which has one function for no dropout and another where weights are wanted.
            weights = jnp.where(seen | ((self.dropout == 0) & (not wants_weights)), weights, 0)
        weights = weights.astype(value.dtype)
        return jnp.einsum(combine, self._dropped(weights, training), value), weights


def _equations(ndim: int, axes: Sequence[int]) -> tuple[str, str]:
    """Return what `einsum` computes of keys and queries, and of weights and values.

    Args:
        ndim: Number of axes of each, `(batch, *others, heads, features)`.
        axes: Those along which the keys lie.

    Example:
        >>> _equations(4, [1])
        ('aBcd,abcd->acbB', 'acbB,aBcd->abcd')
    """
    query = ascii_lowercase[:ndim]
    attended = "".join(query[axis] for axis in axes)
    key = "".join(letter.upper() if letter in attended else letter for letter in query)
    weights = "".join(letter for letter in query[:-1] if letter not in attended) + attended + attended.upper()
    return f"{key},{query}->{weights}", f"{weights},{key}->{query}"
