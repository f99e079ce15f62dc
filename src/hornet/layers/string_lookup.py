"""The layer that numbers strings by a vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, Self, Unpack

import numpy as np
from jax.core import Tracer

from hornet.core.checks import one_of
from hornet.core.errors import ArgumentError
from hornet.core.prepared import Prepared
from hornet.core.strings import MISSING, STRING
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.layer import registry
from hornet.layers.lookup import Lookup
from hornet.layers.options import LayerOptions
from hornet.layers.tokens import OfStrings

_STRANGE = -2
"""What stands for the index of a token that is not in the vocabulary, until it is known."""


class _OnHost:
    """A holder of strings, or of what stands for them, which unlike a `Table` is not passed to programs."""

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, value: Any) -> None:
        """Replace the array."""
        self.value = value


@registry.register()
class StringLookup(Lookup, OfStrings):
    """Numbers strings by a vocabulary, which is given or which `adapt` takes from data.

    XLA has no strings: in a model that is drawn from `Input(dtype="string")` the host numbers them as rows are drawn,
    and the program goes on from the indices. A missing string is the mask token, or where there is none an unknown
    one.

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

    @property
    def _input_dtype(self) -> str | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "int32" if self.invert else STRING

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Prepared):
            return self._encoded(inputs.parts["indices"])
        if isinstance(inputs, Tracer):
            raise ArgumentError(self._refusal())
        return super().call(inputs)

    def _refusal(self) -> str:
        if self.invert:
            return (
                f"Layer {self.name!r} gives strings, which a compiled model cannot. Call it on what the model's "
                "`predict` returns."
            )
        return (
            f"Layer {self.name!r} works on strings, which a compiled `call` cannot hold. Draw the model as "
            '`Model(inputs, outputs)`, from `Input(dtype="string")`; or call the layer on the data first.'
        )

    def _numbered(self, tokens: Any) -> Any:
        if not self._tokens:
            raise ValueError(f"Layer {self.name!r} has no vocabulary yet. Call `adapt` or pass `vocabulary`.")
        return self._indices_of(tokens)

    def _number(self, tokens: list[str]) -> None:
        # A dict finds strings faster than a search does, and needs no array in which each is as long as the longest.
        self._indices.set({token: index for index, token in enumerate(tokens, self._first)})
        if self.mask_token is not None:
            self._indices.value |= dict.fromkeys((self.mask_token, MISSING), self._masks - 1)

    def _indices_of(self, tokens: Any) -> Any:
        unknown = self._masks if self.num_oov_indices == 1 else _STRANGE
        found = map(self._indices.value.get, tokens.ravel().tolist(), repeat(unknown))
        indices = np.fromiter(found, "int32", tokens.size).reshape(tokens.shape)
        strange = indices == _STRANGE
        if strange.any():
            others = tokens[strange]
            indices[strange] = self._unknown(others, np.zeros(others.shape, bool), np)
        return indices

    def _index_of_token(self) -> tuple[Callable[[str, int], int], int]:
        """Return what finds the index of a token, and the first index for unknown ones, which is its other argument."""
        if not self._tokens:
            raise ValueError(f"Layer {self.name!r} has no vocabulary yet. Call `adapt` or pass `vocabulary`.")
        return self._indices.value.get, self._masks

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        if self.invert:
            raise ArgumentError(f"Layer {self.name!r} maps indices to strings. Call it on integers.")
        if self._tokens or self.output_mode == "int" or self.pad_to_max_tokens:
            return super()._specs_of_strings(strings, args, kwargs)
        shape = args[0].shape  # the size of a row is that of the vocabulary, which is to come
        rows = shape if self.output_mode == "one_hot" and shape[-1] != 1 else shape[:-1]
        return SymbolicTensor((*rows, None), self.compute_dtype)

    def _place(self, name: str) -> Any:
        return super()._place(name) if name == "weights" else _OnHost()

    def _structural(self, argument: str) -> Any:
        if argument == "vocabulary":  # of which a program has the size of a row alone
            return None if self.output_mode == "int" or not self._tokens else self._depth()
        return super()._structural(argument)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        implied = ("vocabulary_dtype", "oov_method")
        own = {name: value for name, value in config.items() if name not in implied}
        return super().from_config(own, custom_objects)
