"""The layer that puts integers and strings into buckets by their hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from hornet.core.checks import axis_size, one_of
from hornet.core.policies import policy_of
from hornet.core.prepared import Prepared
from hornet.core.strings import MISSING
from hornet.layers.category_encoding import MODES, dense, encode, known_mode
from hornet.layers.fingerprint import buckets
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import OfStrings, key_of, on_host, tokens_of


@registry.register()
class Hashing(OfStrings):
    """Replaces each integer or string by the index of a bucket, by its hash.

    Needs no vocabulary; different tokens may share a bucket. The buckets are those that Keras computes through
    TensorFlow. The host hashes strings as rows are drawn; a missing one is the masked token, if there is one.

    Args:
        num_bins: Number of buckets, at least 1; the one for masked tokens included.
        mask_value: The token that stands for none, which gets bucket 0 for itself.
        salt: An integer, or two, that change the hash.
        output_mode: How buckets are put out, as in `CategoryEncoding`; `"int"` is their indices.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any, integers or strings
        output: that of the input; see `CategoryEncoding` for other modes than `"int"`

    Raises:
        TypeError: If tokens are neither integers nor strings.
        ValueError: If an argument is out of its range, or a token is NaN.

    Source:
        Pike & Alakuijala 2014, FarmHash; with a `salt` Aumasson & Bernstein 2012, SipHash.

    Example:
        >>> Hashing(3)(["a", "b", "c"]).tolist()
        [0, 1, 1]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: int | Sequence[int] | None = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        if output_mode == "int" and kwargs.get("dtype") is not None:  # Keras means the type of the buckets' numbers
            one_of("dtype", policy_of(kwargs.pop("dtype")).name, ("int32", "int64"))
        super().__init__(**kwargs)
        self.num_bins = axis_size("num_bins", num_bins)
        self.mask_value = None if mask_value is None else tokens_of(mask_value, self.name, self.kinds).item()
        self.salt = key_of(salt)
        self.output_mode = known_mode(output_mode, MODES)
        self.sparse = dense(sparse)

    def call(self, inputs: Any) -> Any:
        bins = inputs.parts["indices"] if isinstance(inputs, Prepared) else jnp.asarray(on_host(self._numbered, inputs))
        return encode(bins, self.output_mode, self.num_bins, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "dtype": "int64"} if self.output_mode == "int" else config

    def _numbered(self, tokens: np.ndarray) -> np.ndarray:
        if self.mask_value is None or self.num_bins == 1:
            return buckets(tokens, self.num_bins, self.salt)
        masked = tokens == self.mask_value
        if tokens.dtype == object:
            masked |= tokens == MISSING
        return np.where(masked, 0, 1 + buckets(tokens, self.num_bins - 1, self.salt))
