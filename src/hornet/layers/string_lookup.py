"""The layer that numbers strings by a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, Unpack

from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.core.errors import ArgumentError
from hornet.layers.layer import registry
from hornet.layers.lookup import Lookup
from hornet.layers.options import LayerOptions


class _OnHost:
    """A holder of strings, which unlike a `Table` is not passed to programs."""

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, value: Any) -> None:
        """Replace the array."""
        self.value = value


@registry.register()
class StringLookup(Lookup):
    """Numbers strings by a vocabulary, which is given or which `adapt` takes from data.

    XLA has no strings: use it on data before `fit` and `predict`, not in a model.

    Args:
        max_tokens: See `Lookup`, as for all others.
        num_oov_indices: Number of indices for strings outside the vocabulary.
        mask_token: The string that stands for none.
        oov_token: What `invert` gives for an index without a string.
        vocabulary: The strings.
        idf_weights: For `"tf_idf"` the weight of each string.
        invert: Whether to map indices to strings instead.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        pad_to_max_tokens: Whether rows have the size `max_tokens`.
        sparse: Always `False`.
        encoding: Always `"utf-8"`.
        salt: An integer, or two, that change the hash.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any, strings; integers with `invert`
        output: that of the input; see `CategoryEncoding` for other modes than `"int"`

    Example:
        >>> layer = StringLookup()
        >>> layer.adapt(["b", "a", "b"])
        >>> layer.get_vocabulary(), layer(["a", "b", "z"]).tolist()
        (['[UNK]', 'b', 'a'], [2, 1, 0])
    """

    kind = "U"

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        salt: int | Sequence[int] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        self.encoding = one_of("encoding", encoding, ("utf-8",))
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary,
            idf_weights,
            invert,
            output_mode,
            sparse,
            pad_to_max_tokens,
            salt,
            **kwargs,
        )

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Tracer):
            raise ArgumentError(
                f"Layer {self.name!r} works on strings, which a compiled model cannot hold. Call it on the data first, "
                "and feed the model what it returns."
            )
        return super().call(inputs)

    def _place(self, name: str) -> Any:
        return _OnHost()

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        implied = ("vocabulary_dtype", "oov_method")
        own = {name: value for name, value in config.items() if name not in implied}
        return super().from_config(own, custom_objects)
