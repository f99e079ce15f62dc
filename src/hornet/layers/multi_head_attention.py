"""Attention by several heads, each of which sees projections of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from hornet.core.checks import integer_size
from hornet.core.errors import ArgumentError
from hornet.core.module import in_file_order
from hornet.core.shapes import Shape
from hornet.core.types import ConstraintLike, InitializerLike, RegularizerLike
from hornet.layers.headed_attention import HeadedAttention
from hornet.layers.layer import registry
from hornet.layers.options import OtherLayerOptions


@registry.register()
class MultiHeadAttention(HeadedAttention):
    r"""Attention by several heads: each weighs the values by projections of queries and keys of its own.

    Computes $y = \mathrm{concat}_h(\mathrm{softmax}(Q_h K_h^\top / \sqrt{\text{key\_dim}}) V_h)\, W + b$, where $Q_h$,
    $K_h$ and $V_h$ are affine maps of query, key and value.

    It is called as `layer(query, value, key=None)`; without a key the values are the keys, and `layer(x, x)` is
    self-attention. `attention_mask=`, `(batch, queries, keys)`, says which keys a query sees; masks of steps and
    `use_causal_mask=True`, with which it sees no later step than its own, join it. `return_attention_scores=True`
    returns the weights as well.

    Args:
        num_heads: Number of heads.
        key_dim: Size of a head's queries and keys.
        value_dim: Size of a head's values; `key_dim` by default.
        dropout: Probability that a weight is set to zero in training, from 0 to 1.
        use_bias: Whether the projections have biases.
        output_shape: Sizes of the output behind the queries' axes; by default the size of the query's features.
        attention_axes: The axes along which the keys lie; by default all between batch and features.
        sliding_window: A query sees keys at less than this distance alone; `None` for any distance.
        flash_attention: Ignored; kept for compatibility with Keras. XLA chooses how to compute it.
        kernel_initializer: How the kernels are drawn.
        bias_initializer: How the biases are drawn.
        kernel_regularizer: Penalty on the kernels.
        bias_regularizer: Penalty on the biases.
        activity_regularizer: Penalty on the projections, divided by the batch's size.
        kernel_constraint: Function applied to the kernels after each update.
        bias_constraint: Function applied to the biases after each update.
        use_gate: Whether the heads' means are multiplied by the sigmoid of one more projection of the query.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        query: `(batch, *queries, features)`
        value, key: `(batch, *keys, features)`
        output: `(batch, *queries, *output_shape)`, and the weights `(batch, heads, *queries, *keys)`

    Raises:
        ValueError: If the shapes do not fit.

    Source:
        Vaswani et al. 2017, Attention is all you need, section 3.2.2; Qiu et al. 2025, Gated attention for large
        language models.

    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8))
        >>> MultiHeadAttention(num_heads=2, key_dim=4)(x, x, use_causal_mask=True).shape
        (2, 5, 8)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Sequence[int] | int | None = None,
        attention_axes: Sequence[int] | int | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Unpack[OtherLayerOptions],
    ) -> None:
        super().__init__(
            dropout,
            use_bias,
            sliding_window,
            flash_attention,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            use_gate,
            seed,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.num_heads = integer_size("num_heads", num_heads)
        self.key_dim = integer_size("key_dim", key_dim)
        self.value_dim = self.key_dim if value_dim is None else integer_size("value_dim", value_dim)
        sizes = None if output_shape is None else _integers("output_shape", output_shape)
        self.output_shape = sizes and tuple(integer_size("output_shape", size) for size in sizes)
        self.attention_axes = None if attention_axes is None else _integers("attention_axes", attention_axes)

    query_dense = property(lambda self: self._query_dense, doc="The projection of queries, once the layer is built.")
    key_dense = property(lambda self: self._key_dense, doc="The projection of keys, once the layer is built.")
    value_dense = property(lambda self: self._value_dense, doc="The projection of values, once the layer is built.")
    output_dense = property(lambda self: self._output_dense, doc="The projection of the means, once it is built.")

    def _parts_in_files(self) -> list[tuple[str, Any]]:
        # Keras's files know what has a public property by its name.
        parts = self._attributes_in_files()
        return in_file_order({name if name == "_gate_dense" else name.lstrip("_"): parts[name] for name in parts})

    def _heads(self) -> tuple[int, int, int, int]:
        return self.num_heads, self.num_heads, self.key_dim, self.value_dim

    def _output_sizes(self, query_shape: Shape) -> tuple[int, ...]:
        return self.output_shape or (self._known_axis(query_shape, -1),)

    def _attended(self, ndim: int) -> tuple[int, ...]:
        if self.attention_axes is None:
            return super()._attended(ndim)
        return tuple(axis if axis >= 0 else axis + ndim - 1 for axis in self.attention_axes)


def _integers(argument: str, value: Any) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, int) for one in values):
        raise ArgumentError(f"`{argument}` must be an integer or several, not {value!r}. Pass one such as 2 or (2, 3).")
    return tuple(values)


@registry.register("GroupedQueryAttention")  # the name of the class in Keras's own code, and in its `.h5` files
class GroupQueryAttention(HeadedAttention):
    r"""Attention by several heads, of which several share the projections of keys and values.

    It computes what `MultiHeadAttention` does, and is called as it is; head $h$ of the queries attends with head
    $\lfloor h\, \text{num\_key\_value\_heads} / \text{num\_query\_heads} \rfloor$ of keys and values.

    Args:
        head_dim: Size of a head's queries, keys and values.
        num_query_heads: Number of heads of the queries.
        num_key_value_heads: Number of heads of keys and values, which divides the former.
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
        use_gate: Whether the heads' means are multiplied by the sigmoid of one more projection of the query.
        seed: Ignored; kept for compatibility with Keras. Draws follow `set_random_seed`.
        **kwargs: What every `Layer` takes.

    Shapes:
        query: `(batch, queries, features)`
        value, key: `(batch, keys, features)`
        output: that of the query, and the weights `(batch, query heads, queries, keys)`

    Raises:
        ValueError: If the shapes do not fit, or one number of heads does not divide the other.

    Source:
        Ainslie et al. 2023, GQA: Training generalized multi-query transformer models from multi-head checkpoints.

    Example:
        >>> import numpy as np
        >>> x = np.ones((2, 5, 8))
        >>> GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)(x, x).shape
        (2, 5, 8)
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: RegularizerLike = None,
        bias_regularizer: RegularizerLike = None,
        activity_regularizer: RegularizerLike = None,
        kernel_constraint: ConstraintLike = None,
        bias_constraint: ConstraintLike = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Unpack[OtherLayerOptions],
    ) -> None:
        super().__init__(
            dropout,
            use_bias,
            sliding_window,
            flash_attention,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            use_gate,
            seed,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.head_dim = integer_size("head_dim", head_dim)
        self.num_query_heads = integer_size("num_query_heads", num_query_heads)
        self.num_key_value_heads = integer_size("num_key_value_heads", num_key_value_heads)
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"`num_key_value_heads` is {num_key_value_heads}, which does not divide `num_query_heads`, "
                f"{num_query_heads}. Pass numbers of which one divides the other."
            )

    def _heads(self) -> tuple[int, int, int, int]:
        return self.num_query_heads, self.num_key_value_heads, self.head_dim, self.head_dim

    def _output_sizes(self, query_shape: Shape) -> tuple[int, ...]:
        return (self._known_axis(query_shape, -1),)
