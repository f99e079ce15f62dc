"""IMDB: 50,000 reviews of films as numbers of words, with the reviewers' verdicts."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from hornet.core.checks import warn
from hornet.core.imports import publish
from hornet.core.suggestions import reject_unknown_arguments
from hornet.datasets import pickles
from hornet.datasets.remote import ORIGIN, RemoteFile, shuffled
from hornet.datasets.words import limit_words, number_words

__all__ = ["get_word_index", "load_data"]

publish(__name__, __all__)

REVIEWS = RemoteFile(
    "imdb.npz", ORIGIN + "imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
)
WORDS = RemoteFile("imdb_word_index.json", ORIGIN + "imdb_word_index.json", "bfafd718b763782e994055a2d397834f")


def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and test reviews with their labels, in a random order.

    The most frequent word is number 1, to which `index_from` is added.

    Args:
        path: Name of the file in the folder of data sets (`HORNET_DATA`, or `~/.keras/datasets`).
        num_words: The first number that is not kept; `None` to keep all words.
        skip_top: The first number that is kept.
        maxlen: Reviews of so many words or more are left out; `None` for all.
        seed: Seed of the order.
        start_char: Mark at the start of a review; `None` for none.
        oov_char: What stands for words that are not kept; `None` to drop them.
        index_from: What is added to the numbers of words, so that there is room for marks.
        **kwargs: `nb_words`, Keras 1's name of `num_words`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers; labels of 1 for praise and 0 for blame.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.
        ValueError: If no review is short enough.

    Source:
        Maas et al. 2011, Learning word vectors for sentiment analysis.
    """
    if "nb_words" in kwargs:
        warn("`nb_words` is called `num_words` now. Pass that.")
        num_words = kwargs.pop("nb_words")
    reject_unknown_arguments("load_data", kwargs, _NAMES)
    arrays = pickles.load_npz(REVIEWS.path(path))
    generator = np.random.RandomState(seed)  # one after the other, as in Keras
    parts = [shuffled(generator, arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test")]
    (x_train, y_train), (x_test, y_test) = (
        number_words(texts, labels, start_char, index_from, maxlen) for texts, labels in parts
    )
    x_train, x_test = (limit_words(texts, num_words, skip_top, oov_char) for texts in (x_train, x_test))
    return (x_train, y_train), (x_test, y_test)


_NAMES = ("path", "num_words", "skip_top", "maxlen", "seed", "start_char", "oov_char", "index_from")


def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """Return the number of each word, before `index_from` is added to it.

    Args:
        path: Name of the file in the folder of data sets.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.
    """
    return json.loads(WORDS.path(path).read_text(encoding="utf-8"))
