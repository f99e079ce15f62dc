"""The base of the layers that map tokens to indices by a vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, Unpack

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.budget import take_memory
from hornet.core.checks import axis_size, boolean, non_negative_int
from hornet.core.strings import MISSING
from hornet.core.variable import Table
from hornet.layers.category_encoding import MODES, dense, encode, known_mode
from hornet.layers.fingerprint import buckets
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import batches_of
from hornet.layers.tokens import Tokens, key_of, tokens_of

_BYTES_OF_WEIGHT = 16  # while they are made longer


class Lookup(Tokens):
    """Base of the layers that map tokens to indices by a vocabulary.

    The indices begin with that of the mask token, if there is one and the mode is `"int"`; then come those for unknown
    tokens, then the vocabulary.

    Args:
        max_tokens: Maximum size of the vocabulary, more than its special tokens, which count; `None` for any.
        num_oov_indices: Number of indices for tokens outside the vocabulary, which share them by a hash. With 0 such
            a token is an error outside programs; inside one its index is -1, and it is ignored.
        mask_token: The token that stands for none. Its index is 0; in other modes it is ignored.
        oov_token: What `invert` gives for an index without a token.
        vocabulary: The tokens, with or without the special ones in front; or the path of a file with one a line.
        idf_weights: For `"tf_idf"` the weight of each token; unknown ones get the mean where they are not in it.
        invert: Whether to map indices to tokens instead.
        output_mode: How indices are put out, as in `CategoryEncoding`; `"int"` is themselves, `"tf_idf"` is `"count"`
            times each token's weight.
        sparse: Always `False`.
        pad_to_max_tokens: Whether rows have the size `max_tokens` however small the vocabulary is.
        salt: An integer, or two, that change the hash.
        **kwargs: What every `Layer` takes.
    """

    kind: str
    """The kind of the vocabulary's tokens, as in `KINDS`."""

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        salt: Any,
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**kwargs)
        self.max_tokens = None if max_tokens is None else axis_size("max_tokens", max_tokens)
        self.num_oov_indices = non_negative_int("num_oov_indices", num_oov_indices)
        self.mask_token = None if mask_token is None else self._tokens_of(mask_token).item()
        self.oov_token = self._tokens_of(oov_token).item()
        self.invert = boolean("invert", invert)
        self.kinds = "i" if self.invert else self.kind
        self.output_mode = known_mode(output_mode, (*MODES, "tf_idf"))
        self.sparse = dense(sparse)
        self.pad_to_max_tokens = boolean("pad_to_max_tokens", pad_to_max_tokens)
        self.salt = key_of(salt)
        if self.invert and self.output_mode != "int":
            raise ValueError(f"`invert` gives tokens, so `output_mode` cannot be {output_mode!r}. Leave it out.")
        if self.max_tokens is not None and self.max_tokens <= self._first:
            raise ValueError(
                f"`max_tokens` must be above {self._first}, the number of special tokens, not {max_tokens}. Raise it, "
                "or leave it out."
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError("`pad_to_max_tokens` needs `max_tokens`. Pass the size of a row.")
        self._tokens: list[Any] = []
        self._keys = self._place("keys")
        self._indices = self._place("indices")
        self._weights = self._place("weights")
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError("`idf_weights` were given without a `vocabulary`. Pass both.")

    # --- what the two kinds of tokens differ in ---------------------------------------------------------

    def _place(self, name: str) -> Any:
        """Return a holder of an array that is learned."""
        return Table(name, np.empty(0))

    def _from_line(self, line: str) -> Any:
        """Return the token in a line of a file."""
        return line

    def _shared(self, tokens: Any) -> Any:
        """Return which of the indices for unknown tokens each token would get, from 0."""
        return buckets(tokens, self.num_oov_indices, self.salt)

    # --- the vocabulary ---------------------------------------------------------------------------------

    @property
    def _masks(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _first(self) -> int:
        return self._masks + self.num_oov_indices

    @property
    def vocabulary(self) -> list[Any] | None:
        """The tokens, for `"tf_idf"` with the special ones in front; `None` while there are none."""
        return self.get_vocabulary(include_special_tokens=self.output_mode == "tf_idf") if self._tokens else None

    @property
    def idf_weights(self) -> list[float] | None:
        """The weight of each token of `vocabulary` for `"tf_idf"`; `None` elsewhere."""
        if self.output_mode != "tf_idf" or not self._tokens:
            return None
        return np.asarray(self._weights.value)[: self.vocabulary_size()].tolist()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the tokens, each at its index.

        Args:
            include_special_tokens: Whether those for none and for unknown stand in front.
        """
        return [*(self._special() if include_special_tokens else []), *self._tokens]

    def vocabulary_size(self) -> int:
        """Return the number of tokens, special ones included."""
        return self._first + len(self._tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replace the vocabulary.

        Args:
            vocabulary: The tokens, with or without the special ones in front; or the path of a file with one a line.
            idf_weights: For `"tf_idf"` the weight of each token.

        Raises:
            TypeError: If a token is of another kind.
            ValueError: If there are no tokens, too many, a repeated or a special one, or the weights do not fit.
        """
        if isinstance(vocabulary, str | Path):
            lines = Path(vocabulary).read_text(encoding="utf-8").removesuffix("\n").split("\n")
            vocabulary = [self._from_line(line) for line in lines]
        entries = self._tokens_of(vocabulary).ravel().tolist()
        begins = len(entries) >= self._first and entries[: self._first] == self._special()
        tokens = entries[self._first :] if begins else entries
        self._check(tokens)
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError(
                "`idf_weights` belong to `output_mode` 'tf_idf' and to no other. Pass them there, or call `adapt`."
            )
        if idf_weights is not None and len(idf_weights) not in (len(tokens), len(entries)):
            raise ValueError(f"There are {len(idf_weights)} `idf_weights` for {len(tokens)} tokens. Pass one for each.")
        self._set(tokens, idf_weights)

    def set_vocabulary_of_lines(self, lines: Sequence[str]) -> None:
        """Replace the vocabulary by the tokens in the lines of a text, special ones in front."""
        tokens = [self._from_line(line) for line in lines]
        weights = np.ones(len(tokens)) if self.output_mode == "tf_idf" else None
        self.set_vocabulary(tokens, weights)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Put what Keras keeps among the weights into a dict: the weight of each token."""
        if self.idf_weights is not None:
            store["idf_weights"] = np.asarray(self.idf_weights, "float32")

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the weight of each token from a dict."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            weights = np.asarray(store["idf_weights"]).ravel()[: self.vocabulary_size()]
            self.set_vocabulary(self.get_vocabulary(), weights)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Take the vocabulary from data: the most frequent tokens first, of equally frequent ones the later in order.

        Args:
            data: Tokens, the rows on the first axis, or an iterable of batches of them. For `"tf_idf"` a row is a
                document, and so is a batch with a single axis.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If a token is of another kind.
            ValueError: If there are no tokens, or special ones only.
        """
        total, holding, documents = Counter[Any](), Counter[Any](), 0
        for batch in batches_of(data, steps, lambda rows: tokens_of(rows, self.name, self.kind)):
            total.update(batch.ravel().tolist())
            if self.output_mode == "tf_idf":
                holding.update(token for row in batch.reshape(len(batch), -1).tolist() for token in set(row))
                documents += len(batch)
        self._learn(total, holding, documents)

    def _learn(self, total: Mapping[Any, int], holding: Mapping[Any, int], documents: int) -> None:
        """Take the vocabulary from the number of times that each token occurs.

        Args:
            total: The numbers.
            holding: In how many documents each occurs, for `"tf_idf"`.
            documents: How many documents there are.
        """
        ranked = sorted(total, key=lambda token: (total[token], token), reverse=True)
        capacity = None if self.max_tokens is None else self.max_tokens - self._first
        special = (self.mask_token, self.oov_token, MISSING)
        ranked = [token for token in ranked if token not in special][:capacity]
        if not ranked:
            raise ValueError(f"Layer {self.name!r} was adapted to special tokens alone. Pass others too.")
        weights = None
        if self.output_mode == "tf_idf":
            weights = [np.log1p(documents / (1 + holding[token])) for token in ranked]
        self._set(ranked, weights)

    def _tokens_of(self, tokens: Any) -> np.ndarray:
        """Return tokens of a vocabulary as an array."""
        if self.kind == "U" and isinstance(tokens, list | tuple):  # in an array each is as long as the longest
            take_memory(2 * len(tokens) * max((len(str(one)) for one in tokens), default=0), f"layer {self.name!r}")
        return tokens_of(tokens, self.name, self.kind, takes_missing=False)

    def _special(self) -> list[Any]:
        return [self.mask_token] * self._masks + [self.oov_token] * self.num_oov_indices

    def _check(self, tokens: list[Any]) -> None:
        repeated = [token for token, count in Counter(tokens).items() if count > 1]
        if repeated or not tokens:
            problem = f"holds {repeated[0]!r} more than once" if repeated else "is empty"
            raise ValueError(f"`vocabulary` {problem}. Pass each token once.")
        special = [self.mask_token, *([self.oov_token] if self.invert else [])]
        for token in special:
            if token is not None and token in tokens:
                raise ValueError(
                    f"`vocabulary` holds the special token {token!r} at {tokens.index(token)}. "
                    f"Leave special tokens out, or begin with all of them: {self._special()}."
                )
        if self.max_tokens is not None and self._first + len(tokens) > self.max_tokens:
            raise ValueError(
                f"`vocabulary` has {len(tokens)} tokens beside {self._first} special ones, but `max_tokens` is "
                f"{self.max_tokens}. Pass fewer, or raise it."
            )

    def _set(self, tokens: list[Any], weights: Sequence[float] | None) -> None:
        self._tokens = tokens
        if self.invert:
            keys = self._tokens_of([*self._special()[: self._masks], self.oov_token, *tokens])
            self._keys.set(keys.astype(str) if keys.dtype == object else keys)
        else:
            self._number(tokens)
        if weights is not None:
            take_memory(_BYTES_OF_WEIGHT * self._depth(), f"layer {self.name!r}")
            front = self.vocabulary_size() - len(weights)
            padded = np.pad(np.asarray(weights, "float32"), (front, 0), constant_values=np.mean(weights))
            self._weights.set(np.pad(padded, (0, self._depth() - len(padded))))

    def _number(self, tokens: list[Any]) -> None:
        """Keep the index of each token as the call needs it: sorted, as programs search."""
        keys = self._tokens_of(tokens)
        order = np.argsort(keys)
        self._keys.set(keys[order])
        self._indices.set((order + self._first).astype("int32"))

    # --- the call ---------------------------------------------------------------------------------------

    def call(self, inputs: Any) -> Any:
        if not self._tokens:
            raise ValueError(f"Layer {self.name!r} has no vocabulary yet. Call `adapt` or pass `vocabulary`.")
        if self.invert:
            return self._tokens_at(inputs)
        return self._encoded(jnp.asarray(self._indices_of(inputs), "int32"))

    def _encoded(self, indices: Any) -> Any:
        """Return indices in the output mode."""
        if self.output_mode != "tf_idf":
            return encode(indices, self.output_mode, self._depth(), self.compute_dtype)
        return encode(indices, "count", self._depth(), self.compute_dtype) * self._idf(self.compute_dtype)

    def _idf(self, dtype: Any) -> Any:
        """Return the weight of each index."""
        return jnp.asarray(self._weights.value, dtype)

    def _indices_of(self, tokens: Any) -> Any:
        """Return the index of each token, -1 for one that is ignored."""
        array: Any = jnp if isinstance(tokens, Tracer) else np
        keys, indices = array.asarray(self._keys.value), array.asarray(self._indices.value)
        positions = array.clip(array.searchsorted(keys, tokens), 0, len(keys) - 1)
        known = keys[positions] == tokens
        result = array.where(known, indices[positions], self._unknown(tokens, known, array))
        if self.mask_token is None:
            return result
        return array.where(tokens == self.mask_token, self._masks - 1, result)

    def _unknown(self, tokens: Any, known: Any, array: Any) -> Any:
        if self.num_oov_indices == 1:
            return self._masks
        if self.num_oov_indices > 1:
            return self._masks + self._shared(tokens)
        wrong = ~known if self.mask_token is None else ~known & (tokens != self.mask_token)
        if array is np and wrong.any():
            raise ValueError(
                f"Layer {self.name!r} got {_shown(tokens[wrong].tolist()[0])}, which is not in its vocabulary. "
                "Pass known tokens only, or `num_oov_indices=1`."
            )
        return -1

    def _tokens_at(self, indices: Any) -> Any:
        """Return the token at each index."""
        array: Any = jnp if isinstance(indices, Tracer) else np
        shift = self._first - self._masks - 1  # all indices for unknown tokens have one token
        inside = (indices >= self._first) & (indices < self.vocabulary_size())
        unknown = array.where(indices == 0, 0, self._masks) if self._masks else 0
        return array.asarray(self._keys.value)[array.where(inside, indices - shift, unknown)]

    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else self.vocabulary_size()

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        if isinstance(config.get("vocabulary"), str):
            raise ValueError(
                f"A config names the file {config['vocabulary']!r} as `vocabulary`, and files are not read because "
                "a config says so. Put the tokens into the config, or call `set_vocabulary` on the layer."
            )
        own = {name: value for name, value in config.items() if name not in ("vocabulary_size", "has_input_vocabulary")}
        return super().from_config(own, custom_objects)

    def _structural(self, argument: str) -> Any:
        return None if argument == "idf_weights" else super()._structural(argument)


def _shown(token: Any) -> str:
    return "a missing value" if token == MISSING else repr(token)
