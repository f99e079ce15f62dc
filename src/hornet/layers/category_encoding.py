"""Integers as rows of zeros and ones, and the layer that makes them."""

from __future__ import annotations

from typing import Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import axis_size, one_of
from hornet.layers.integer_range import check_range
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import Preprocessing

MODES = ("int", "one_hot", "multi_hot", "count")


def encode(integers: Any, mode: str, depth: int, dtype: Any, weights: Any = None) -> Any:
    """Return integers in one of the ways that layers put them out.

    An integer outside 0 to `depth - 1` is ignored.

    Args:
        integers: The integers.
        mode: `"int"` as they are; `"one_hot"` for each a row with a 1 at its index, which replaces a last axis of
            size 1; `"multi_hot"` and `"count"` one row for all on the last axis: whether, and how often, each occurs.
        depth: Size of a row.
        dtype: Type of a row's elements.
        weights: What each integer counts for in `"count"`, shaped like them; 1 by default.

    Example:
        >>> encode(jnp.array([[0, 2, 2]]), "count", 3, "float32").tolist()
        [[1.0, 0.0, 2.0]]
    """
    if mode == "int":
        return integers
    if mode == "one_hot":
        single = integers.ndim > 1 and integers.shape[-1] == 1
        return jax.nn.one_hot(integers[..., 0] if single else integers, depth, dtype=dtype)
    rows = jax.nn.one_hot(jnp.atleast_1d(integers), depth, dtype=dtype)
    if mode == "multi_hot":
        return rows.max(axis=-2)
    if weights is not None:
        rows *= jnp.atleast_1d(jnp.asarray(weights, dtype))[..., None]
    return rows.sum(axis=-2)


@registry.register()
class CategoryEncoding(Preprocessing):
    """Encodes integers as rows of zeros and ones.

    Args:
        num_tokens: Number of integers, at least 1; they run from 0 to `num_tokens - 1`.
        output_mode: `"one_hot"`: for each integer a row with a 1 at its index; `"multi_hot"`: one row for all on the
            last axis, with a 1 at each index that occurs; `"count"`: with the number of times it occurs.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(*batch, integers)`
        count_weights: that of the input; what each integer counts for in `"count"`
        output: `(*batch, num_tokens)`; for `"one_hot"` of more than one integer `(*batch, integers, num_tokens)`

    Raises:
        ValueError: If an integer is out of range, outside a program or where the layer reads an input of the model;
            what another layer computed is ignored there. If
            `count_weights` have another shape than the input, or there are any in another mode than `"count"`.

    Example:
        >>> CategoryEncoding(4, output_mode="one_hot")([3, 0]).tolist()
        [[0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]]
        >>> CategoryEncoding(4)([[0, 1], [3, 3]]).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.num_tokens = axis_size("num_tokens", num_tokens, "Pass the largest integer plus 1.")
        self.output_mode = known_mode(output_mode, MODES[1:])
        self.sparse = dense(sparse)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"`count_weights` has no use in `output_mode` {self.output_mode!r}. Leave it out, or use 'count'."
            )
        if count_weights is not None and np.shape(count_weights) != inputs.shape:
            raise ValueError(
                f"`count_weights` has shape {np.shape(count_weights)}, but there are integers of shape {inputs.shape}. "
                "Pass a weight for each."
            )
        if not isinstance(inputs, Tracer):
            self._check_range(np.asarray(inputs))
        integers = inputs.astype("int32")
        return encode(integers, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    @property
    def _known_integers(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.num_tokens

    def _check_range(self, integers: np.ndarray, source: str = "") -> None:
        check_range(self.name, integers, self.num_tokens, "num_tokens", source)


def known_mode(mode: str, modes: tuple[str, ...]) -> str:
    """Return an output mode by its present name; Keras 2 wrote `"binary"` and `"tf-idf"`."""
    return one_of("output_mode", {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, mode), modes)


def dense(sparse: Any) -> bool:
    """Return `False`, the only value of Keras's argument `sparse` that is possible here.

    Raises:
        ValueError: If sparse output is requested.
    """
    if sparse:
        raise ValueError("`sparse` must be False: XLA on a CPU has no sparse arrays. Leave it out.")
    return False
