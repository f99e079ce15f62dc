"""Reuters: 11,228 newswires of 1987 as numbers of words, 46 topics."""

from __future__ import annotations

import json
import os

import numpy as np

from hornet.core.imports import publish
from hornet.datasets import pickles
from hornet.datasets.remote import ORIGIN, RemoteFile, shuffled
from hornet.datasets.words import limit_words, number_words

__all__ = ["get_label_names", "get_word_index", "load_data"]

publish(__name__, __all__)

NEWSWIRES = RemoteFile(
    "reuters.npz", ORIGIN + "reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
)
WORDS = RemoteFile("reuters_word_index.json", ORIGIN + "reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921")
TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass "
    "crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi "
    "iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and test newswires with their topics, in a random order.

    The most frequent word is number 1, to which `index_from` is added.

    Args:
        path: Name of the file in the folder of data sets (`HORNET_DATA`, or `~/.keras/datasets`).
        num_words: The first number that is not kept; `None` to keep all words.
        skip_top: The first number that is kept.
        maxlen: Newswires of so many words or more are left out; `None` for all.
        test_split: Fraction of the newswires that are for testing, in [0, 1).
        seed: Seed of the order.
        start_char: Mark at the start of a newswire; `None` for none.
        oov_char: What stands for words that are not kept; `None` to drop them.
        index_from: What is added to the numbers of words, so that there is room for marks.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists of numbers; labels index `get_label_names()`.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.
        ValueError: If no newswire is short enough, or `test_split` is not a fraction.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must lie in [0, 1), not {test_split!r}. Pass the fraction to test on.")
    arrays = pickles.load_npz(NEWSWIRES.path(path))
    texts, labels = shuffled(seed, arrays["x"], arrays["y"])
    texts, labels = number_words(texts, labels, start_char, index_from, maxlen)
    limited = limit_words(texts, num_words, skip_top, oov_char)
    stop = int(len(limited) * (1 - test_split))
    return (limited[:stop], labels[:stop]), (limited[stop:], labels[stop:])


def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """Return the number of each word, before `index_from` is added to it.

    Args:
        path: Name of the file in the folder of data sets.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.
    """
    return json.loads(WORDS.path(path).read_text(encoding="utf-8"))


def get_label_names() -> tuple[str, ...]:
    """Return the names of the topics, by label.

    Example:
        >>> len(get_label_names()), get_label_names()[3]
        (46, 'earn')
    """
    return tuple(TOPICS.split())
