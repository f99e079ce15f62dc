"""The layer that maps integers to indices by a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.layers.layer import registry
from hornet.layers.lookup import Lookup
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import on_host


@registry.register()
class IntegerLookup(Lookup):
    """Maps integers to indices by a vocabulary, which is passed or which `adapt` takes from data.

    Args:
        max_tokens: See `Lookup`, as for all others.
        num_oov_indices: Number of indices for integers outside the vocabulary.
        mask_token: The integer that stands for none.
        oov_token: What `invert` gives for an index without an integer.
        vocabulary: The integers.
        vocabulary_dtype: Always `"int64"`; inside programs integers have 32 bits unless `floatx()` is `"float64"`.
        idf_weights: For `"tf_idf"` the weight of each integer.
        invert: Whether to map indices to integers of the vocabulary instead.
        output_mode: `"int"`, `"one_hot"`, `"multi_hot"`, `"count"` or `"tf_idf"`.
        sparse: Always `False`.
        pad_to_max_tokens: Whether rows have the size `max_tokens`.
        oov_method: How unknown integers share several indices: `"floormod"` by the remainder, `"farmhash"` by a hash.
        salt: An integer, or two, that change the hash.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: any, integers
        output: that of the input; see `CategoryEncoding` for other modes than `"int"`

    Example:
        >>> layer = IntegerLookup()
        >>> layer.adapt([7, 5, 7])
        >>> layer.get_vocabulary(), layer([5, 7, 9]).tolist()
        ([-1, 7, 5], [2, 1, 0])
    """

    kind = "i"
    _is_short = True
    """Whether the vocabulary fits into a program's 32 bits."""

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: int | Sequence[int] | None = None,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        self.vocabulary_dtype = one_of("vocabulary_dtype", vocabulary_dtype, ("int64",))
        self.oov_method = one_of("oov_method", oov_method, ("floormod", "farmhash"))
        if salt is not None and oov_method == "floormod":
            raise ValueError("`salt` has no use in `oov_method` 'floormod'. Leave it out, or use 'farmhash'.")
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

    def _from_line(self, line: str) -> int:
        return int(line)

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Tracer):
            inputs = inputs.astype(int)
            if inputs.dtype.itemsize < 8 and not self._is_short:
                raise ValueError(
                    f"The vocabulary of layer {self.name!r} has integers of more than 32 bits, which programs have "
                    "not. Call the layer on the data first, or call `set_floatx('float64')`."
                )
        return super().call(inputs)

    def _set(self, tokens: list[Any], weights: Sequence[float] | None) -> None:
        super()._set(tokens, weights)
        held = self._tokens_of([*tokens, self.oov_token, *([] if self.mask_token is None else [self.mask_token])])
        self._is_short = bool((held == held.astype("int32")).all())

    def _shared(self, tokens: Any) -> Any:
        if self.oov_method == "floormod":
            return tokens % self.num_oov_indices
        return on_host(super()._shared, tokens)

    def _structural(self, argument: str) -> Any:
        return self._is_short if argument == "vocabulary" else super()._structural(argument)
