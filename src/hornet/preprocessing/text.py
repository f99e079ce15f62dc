"""Keras 2's functions that make integers of texts; `layers.TextVectorization` does it inside a model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import md5
from typing import Any

import numpy as np

from hornet.core.checks import describe, non_negative_int, one_of, positive_int, text
from hornet.core.errors import ArgumentError
from hornet.core.imports import publish

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(
    input_text: str, filters: str = PUNCTUATION, lower: bool = True, split: str = " "
) -> list[str]:
    """Return the words of a text.

    Args:
        input_text: The text.
        filters: Characters that count as `split`.
        lower: Whether words are in lower case.
        split: What stands between words.

    Example:
        >>> text_to_word_sequence("It's one, two.")
        ["it's", 'one', 'two']
    """
    words = text("input_text", input_text).lower() if lower else text("input_text", input_text)
    return [word for word in words.translate(str.maketrans(dict.fromkeys(filters, split))).split(split) if word]


def one_hot(input_text: str, n: int, filters: str = PUNCTUATION, lower: bool = True, split: str = " ") -> list[int]:
    """Return an integer for each word of a text, by Python's `hash`, which is another one in each process.

    Args:
        input_text: The text.
        n: One more than the largest integer; at least 2.
        filters: Characters that count as `split`.
        lower: Whether words are in lower case.
        split: What stands between words.

    Example:
        >>> one, two, three = one_hot("one two One", 1000)
        >>> one == three
        True
    """
    return hashing_trick(input_text, n, hash, filters, lower, split)


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = PUNCTUATION,
    lower: bool = True,
    split: str = " ",
) -> list[int]:
    """Return an integer from 1 to `n - 1` for each word of a text; different words may get the same.

    Args:
        text: The text.
        n: One more than the largest integer; at least 2.
        hash_function: A function of a word, `"md5"`, or by default Python's `hash`, which is another one in each
            process.
        filters: Characters that count as `split`.
        lower: Whether words are in lower case.
        split: What stands between words.

    Source:
        Weinberger et al. 2009, Feature hashing for large scale multitask learning.

    Example:
        >>> hashing_trick("one two one", 10, "md5")
        [3, 6, 3]
    """
    if positive_int("n", n) < 2:
        raise ValueError(f"`n` must be at least 2, as 0 stands for no word, not {n}. Pass a larger one.")
    if isinstance(hash_function, str):
        one_of("hash_function", hash_function, ("md5",))
        hash_function = _md5
    function = hash_function or hash
    return [function(word) % (n - 1) + 1 for word in text_to_word_sequence(text, filters, lower, split)]


def _md5(word: str) -> int:
    return int(md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Numbers words by how frequent they are, from 1 on; 0 stands for no word.

    Args:
        num_words: One more than the largest number that is given out; `None` for all words.
        filters: Characters that count as `split`.
        lower: Whether words are in lower case.
        split: What stands between words.
        char_level: Whether each character is a word.
        oov_token: What stands for words that have no number, and gets number 1; `None` leaves such words out.
        document_count: Number of texts that were counted so far.

    Attributes:
        word_counts: How often each word occurs, in the order of first occurrences.
        word_docs: In how many texts each word occurs.
        word_index: The number of each word, `num_words` or not.
        index_word: The word of each number.
        index_docs: In how many texts the word of each number occurs.

    Example:
        >>> tokenizer = Tokenizer(num_words=3)
        >>> tokenizer.fit_on_texts(["a b, a", "c b a"])
        >>> tokenizer.texts_to_sequences(["a c b d"])
        [[1, 2]]
        >>> tokenizer.texts_to_matrix(["a c b a"], mode="count").tolist()
        [[0.0, 2.0, 1.0]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = PUNCTUATION,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
    ) -> None:
        self.num_words = None if num_words is None else non_negative_int("num_words", num_words)
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: dict[int, int] = {}

    def fit_on_texts(self, texts: Iterable[str | list[str]]) -> None:
        """Count the words of texts, and number all words that were counted so far.

        Args:
            texts: Texts, or lists of words.
        """
        for words in map(self._words, texts):
            self.document_count += 1
            _count(self.word_counts, words)
            _count(self.word_docs, set(words))
        by_frequency = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        words = by_frequency if self.oov_token is None else [self.oov_token, *by_frequency]
        self.word_index = {word: number for number, word in enumerate(words, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        self.index_docs.update({self.word_index[word]: count for word, count in self.word_docs.items()})

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Count in how many sequences each number occurs.

        Args:
            sequences: Sequences of numbers of words.
        """
        self.document_count += len(sequences)
        for sequence in sequences:
            _count(self.index_docs, set(sequence))

    def texts_to_sequences(self, texts: Iterable[str | list[str]]) -> list[list[int]]:
        """Return the numbers of the words of each text.

        Args:
            texts: Texts, or lists of words.
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[str | list[str]]) -> Iterator[list[int]]:
        """Yield the numbers of the words of each text.

        Args:
            texts: Texts, or lists of words.
        """
        for words in map(self._words, texts):
            numbers = (self._kept(self.word_index.get(word)) for word in words)
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the words of each sequence of numbers, with spaces between them.

        Args:
            sequences: Sequences of numbers of words.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield the words of each sequence of numbers, with spaces between them.

        Args:
            sequences: Sequences of numbers of words.
        """
        for sequence in sequences:
            numbers = (self._kept(number if number in self.index_word else None) for number in sequence)
            yield " ".join(self.index_word[number] for number in numbers if number is not None)

    def texts_to_matrix(self, texts: Iterable[str | list[str]], mode: str = "binary") -> np.ndarray:
        """Return a row for each text, with a column for each number of a word.

        Args:
            texts: Texts, or lists of words.
            mode: See `sequences_to_matrix`.
        """
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> np.ndarray:
        r"""Return a row for each sequence, with a column for each number.

        Args:
            sequences: Sequences of numbers of words.
            mode: `"binary"`: whether it occurs. `"count"`: how often. `"freq"`: that by the sequence's length.
                `"tfidf"`: $(1 + \log c) \log(1 + n / (1 + d))$ for $c$ times in the sequence, and in $d$ of $n$ texts.

        Raises:
            ValueError: If neither `num_words` nor texts say how many columns there are.
        """
        one_of("mode", mode, ("binary", "count", "freq", "tfidf"))
        columns = self.num_words or len(self.word_index) + 1
        if columns == 1:
            raise ValueError("The tokenizer knows no words. Call `fit_on_texts` first, or pass `num_words`.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("The tokenizer has counted no texts, which 'tfidf' needs. Call `fit_on_texts` first.")
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(number for number in sequence if number < columns).items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, and the counts as texts in JSON."""
        arguments = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        counts = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            **{name: getattr(self, name) for name in arguments},
            **{name: json.dumps(getattr(self, name)) for name in counts},
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the tokenizer as JSON, which `tokenizer_from_json` reads.

        Args:
            **kwargs: Arguments of `json.dumps`.
        """
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **kwargs)

    def _words(self, given: str | list[str]) -> Sequence[str]:
        """Return the words of a text, or of a list of them."""
        if isinstance(given, list):
            return [word.lower() for word in given] if self.lower else given
        if not self.char_level:
            return text_to_word_sequence(given, self.filters, self.lower, self.split)
        return text("texts", given).lower() if self.lower else text("texts", given)

    def _kept(self, number: int | None) -> int | None:
        """Return a number that may be given out: that of `oov_token`, or `None`, for one that may not."""
        is_known = number is not None and (not self.num_words or number < self.num_words)
        return number if is_known else self._number_of_unknown

    @property
    def _number_of_unknown(self) -> int | None:
        return None if self.oov_token is None else self.word_index.get(self.oov_token)

    def _entry(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            rarity = np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
            return (1 + np.log(count)) * rarity
        return {"binary": 1.0, "count": count, "freq": count / length}[mode]


def _count(counts: dict[Any, int], things: Iterable[Any]) -> None:
    for thing in things:
        counts[thing] = counts.get(thing, 0) + 1


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the tokenizer that `to_json` described, here or in Keras 2.

    Args:
        json_string: The description.

    Raises:
        ValueError: If it describes no tokenizer.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["a b"])
        >>> tokenizer_from_json(tokenizer.to_json()).texts_to_sequences(["b"])
        [[2]]
    """
    try:
        config = json.loads(json_string)["config"]
        counts = {
            name: json.loads(config.pop(name))
            for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        }
        by_number = {
            name: {int(number): value for number, value in counts.pop(name).items()}
            for name in ("index_docs", "index_word")
        }
        tokenizer = Tokenizer(**config)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ArgumentError(
            f"`json_string` describes no tokenizer, but is {describe(json_string)}. Pass what `to_json` returned."
        ) from error
    vars(tokenizer).update(counts | by_number)
    return tokenizer


publish(__name__, __all__)
