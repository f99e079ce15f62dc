"""The layer that makes tokens of texts, and numbers of tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Self, Unpack

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from hornet.core.checks import axis_size, describe, one_of
from hornet.core.config import serialize
from hornet.core.errors import ArgumentError
from hornet.core.prepared import Prepared
from hornet.core.registry import revive
from hornet.core.strings import STRING, to_strings
from hornet.core.symbolic import SymbolicTensor
from hornet.layers.category_encoding import MODES, dense, known_mode
from hornet.layers.layer import registry
from hornet.layers.options import LayerOptions
from hornet.layers.preprocessing import batches_of
from hornet.layers.string_lookup import StringLookup
from hornet.layers.tokens import OfStrings

_LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
_NO_PUNCTUATION = dict.fromkeys(map(ord, "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"))
_STANDARDS = {
    "lower": _LOWER,
    "strip_punctuation": _NO_PUNCTUATION,
    "lower_and_strip_punctuation": _LOWER | _NO_PUNCTUATION,
}
_WORDS = re.compile(r"[^ \t\n\r\v\f]+")
_SPLITS: Mapping[str, Callable[[str], list[str]]] = {"whitespace": _WORDS.findall, "character": list}


@registry.register()
class TextVectorization(OfStrings):
    """Splits each text into tokens and numbers these by a vocabulary, which is given or which `adapt` takes from texts.

    The host does so as rows are drawn, so that texts go into the model itself. A missing text has no tokens.

    Args:
        max_tokens: Maximum size of the vocabulary, special tokens included; `None` for any.
        standardize: What is done to texts first: `"lower_and_strip_punctuation"`, `"lower"`, `"strip_punctuation"`;
            `None` for nothing; or a function of an array of strings. Lower case is made of the letters A to Z.
        split: `"whitespace"`, `"character"`; `None` for texts that are one token each; or a function of an array of
            strings that returns the tokens of each.
        ngrams: The tokens that are put together: up to so many, or the numbers in a tuple; `None` for each by itself.
        output_mode: `"int"` for the indices of the tokens, in their order; `"multi_hot"`, `"count"`, `"tf_idf"` for one
            row a text (see `CategoryEncoding` and `StringLookup`).
        output_sequence_length: How many indices a text gets, the rest cut off or filled up with 0; by default as many
            as the longest has, and then batches of different lengths need programs of their own.
        pad_to_max_tokens: Whether rows have the size `max_tokens`.
        vocabulary: The tokens; or the path of a file with one a line.
        idf_weights: For `"tf_idf"` the weight of each token.
        sparse: Always `False`.
        ragged: Always `False`.
        encoding: Always `"utf-8"`.
        **kwargs: What every `Layer` takes.

    Shapes:
        input: `(batch,)` or `(batch, 1)`, strings
        output: `(batch, tokens)` for `"int"`, else `(batch, size of the vocabulary)`

    Raises:
        TypeError: If something else than strings comes.
        ValueError: If an argument is out of its range; on a call, if there is no vocabulary.

    Example:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["Foo, bar!", "bar baz", "baz bada boom"])
        >>> layer(["foo qux bar", "qux baz"]).tolist()
        [[4, 1, 3, 0], [1, 2, 0, 0]]
    """

    _input_dtype = STRING

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[..., Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[..., Any] | None = "whitespace",
        ngrams: int | Sequence[int] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        **kwargs: Unpack[LayerOptions],
    ) -> None:
        if kwargs.get("dtype") == STRING:  # which is that of the input
            del kwargs["dtype"]
        super().__init__(**kwargs)
        if not callable(standardize):
            one_of("standardize", standardize, (*_STANDARDS, None))
        if not callable(split):
            one_of("split", split, (*_SPLITS, None))
        if ragged:
            raise ValueError("XLA has no ragged tensors. Leave `ragged` out, and pass `output_sequence_length`.")
        self.standardize, self.split = standardize, split
        self.ngrams = ngrams if ngrams is None or isinstance(ngrams, int) else tuple(ngrams)
        self._widths = _widths(self.ngrams)
        self.output_mode = known_mode(output_mode, ("int", *MODES[2:], "tf_idf"))
        if output_sequence_length is not None:
            axis_size("output_sequence_length", output_sequence_length)
            if self.output_mode != "int":
                raise ValueError(
                    f"`output_sequence_length` has no use in `output_mode` {self.output_mode!r}. Leave it out."
                )
        self.output_sequence_length = output_sequence_length
        self.sparse, self.ragged = dense(sparse), False
        self.encoding = one_of("encoding", encoding, ("utf-8",))
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=self.output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
        )

    # --- the vocabulary, which the lookup layer inside has --------------------------------------------------

    @property
    def max_tokens(self) -> int | None:
        """Maximum size of the vocabulary."""
        return self._lookup_layer.max_tokens

    @property
    def pad_to_max_tokens(self) -> bool:
        """Whether rows have the size `max_tokens`."""
        return self._lookup_layer.pad_to_max_tokens

    @property
    def vocabulary(self) -> list[str] | None:
        """The tokens; `None` while there are none."""
        return self._lookup_layer.vocabulary

    @property
    def idf_weights(self) -> list[float] | None:
        """The weight of each token of `vocabulary` for `"tf_idf"`; `None` elsewhere."""
        return self._lookup_layer.idf_weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """Return the tokens, each at its index.

        Args:
            include_special_tokens: Whether those for none and for unknown ones stand in front.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """Return the number of tokens, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replace the vocabulary.

        Args:
            vocabulary: The tokens, with or without the special ones in front; or the path of a file with one a line.
            idf_weights: For `"tf_idf"` the weight of each token.
        """
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Take the vocabulary from texts: the most frequent tokens first, of equally frequent ones the later in order.

        Args:
            data: Texts, or an iterable of batches of them.
            batch_size: Ignored; kept for compatibility with Keras.
            steps: Number of batches to take of an iterable; by default all.

        Raises:
            TypeError: If something else than strings comes.
            ValueError: If there are no tokens.
        """
        total, holding, documents = Counter[str](), Counter[str](), 0
        for batch in batches_of(data, steps, lambda texts: to_strings("data", texts)):
            for tokens in self._tokens_of(batch.ravel()):
                total.update(tokens)
                holding.update(set(tokens))
                documents += 1
        self._lookup_layer._learn(total, holding, documents)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Put what Keras keeps among the weights into a dict: the weight of each token."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the weight of each token from a dict."""
        self._lookup_layer.load_own_variables(store)

    # --- the call -------------------------------------------------------------------------------------------

    def call(self, inputs: Any) -> Any:
        if isinstance(inputs, Tracer):
            raise ArgumentError(self._lookup_layer._refusal())
        parts = inputs.parts if isinstance(inputs, Prepared) else self._prepare(inputs).parts
        if self.output_mode == "int":
            return jnp.asarray(parts["indices"])
        counts = parts["counts"]
        rows = jnp.asarray(counts.toarray() if hasattr(counts, "toarray") else counts, self.compute_dtype)
        return rows * self._lookup_layer._idf(self.compute_dtype) if self.output_mode == "tf_idf" else rows

    def _cast(self, inputs: Any) -> Any:
        traced = isinstance(inputs, SymbolicTensor | Tracer | Prepared)
        return inputs if traced else to_strings("inputs", inputs)

    def _prepare(self, inputs: Any) -> Prepared:
        texts = self._cast(inputs)
        if texts.ndim > 1 and texts.shape[-1] == 1:
            texts = texts[..., 0]
        if texts.ndim > 1:
            raise ValueError(
                f"Layer {self.name!r} takes one text a row, and got shape {texts.shape}. Pass one column, `x[:, :1]`."
            )
        index_of, unknown = self._lookup_layer._index_of_token()
        rows = [[index_of(token, unknown) for token in tokens] for tokens in self._tokens_of(np.atleast_1d(texts))]
        if self.output_mode == "int":
            indices = self._filled_up(rows)
            return Prepared({"indices": indices if texts.ndim else indices[0]})
        return Prepared({"counts": self._counted(rows)})

    def _filled_up(self, rows: list[list[int]]) -> np.ndarray:
        """Return indices as an array, 0 behind those of a short text."""
        length = self.output_sequence_length or max(map(len, rows), default=0)
        filled = np.zeros((len(rows), length), "int32")
        for row, indices in zip(filled, rows, strict=True):
            row[: len(indices)] = indices[:length]
        return filled

    def _counted(self, rows: list[list[int]]) -> Any:
        """Return how often each index is in each row, or whether it is, as a sparse matrix."""
        from scipy.sparse import csr_array

        rows = [[index for index in row if index >= 0] for row in rows]  # an empty token counts nowhere
        if self.output_mode == "multi_hot":
            rows = [sorted(set(indices)) for indices in rows]
        columns = np.fromiter(chain.from_iterable(rows), "int32")
        ends = np.cumsum([0, *map(len, rows)])
        counts = csr_array(
            (np.ones(len(columns), "float32"), columns, ends), shape=(len(rows), self._lookup_layer._depth())
        )
        counts.sum_duplicates()
        return counts

    def _tokens_of(self, texts: np.ndarray) -> list[list[str]]:
        """Return the tokens of each text."""
        texts = np.where(texts == None, "", texts)  # noqa: E711  (element by element)
        if callable(self.standardize):
            texts = np.asarray(self.standardize(texts.astype(str)), object)
        elif self.standardize is not None:
            table = _STANDARDS[self.standardize]
            texts = np.array([text.translate(table) for text in texts.tolist()], object)
        if callable(self.split):
            rows = [list(map(str, tokens)) for tokens in self.split(texts.astype(str))]
        elif self.split is None:
            rows = [[text] for text in texts.tolist()]
        else:
            rows = list(map(_SPLITS[self.split], texts.tolist()))
        if self._widths is None:
            return rows
        return [
            [" ".join(row[start : start + width]) for width in self._widths for start in range(len(row) - width + 1)]
            for row in rows
        ]

    def _specs_of_strings(self, strings: Sequence[SymbolicTensor], args: Any, kwargs: Any) -> Any:
        batch = args[0].shape[:1]
        if self.output_mode == "int":
            return SymbolicTensor((*batch, self.output_sequence_length), "int32")
        lookup = self._lookup_layer
        depth = lookup._depth() if lookup._tokens or self.pad_to_max_tokens else None
        return SymbolicTensor((*batch, depth), self.compute_dtype)

    def _structural(self, argument: str) -> Any:
        # The tokens are the host's alone; a program has the size of a row.
        if argument in ("vocabulary", "idf_weights", "standardize", "split"):
            return None
        return super()._structural(argument)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "standardize": serialize(self.standardize), "split": serialize(self.split)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        own = {name: value for name, value in config.items() if name not in ("vocabulary_size", "has_input_vocabulary")}
        for name in ("standardize", "split"):
            own[name] = revive(own.get(name))
        return super().from_config(own, custom_objects)


def _widths(ngrams: Any) -> tuple[int, ...] | None:
    """Return how many tokens are put together."""
    if ngrams is None:
        return None
    widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
    if not widths or not all(isinstance(width, int) and width > 0 for width in widths):
        raise ValueError(
            f"`ngrams` must be a number of tokens or a tuple of such, not {describe(ngrams)}. Pass 2, say."
        )
    return widths
