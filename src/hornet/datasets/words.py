"""What data sets of texts share: each text a list of words, the most frequent word being number 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def number_words(
    texts: Iterable[Sequence[int]],
    labels: np.ndarray,
    start_char: int | None,
    index_from: int,
    maxlen: int | None,
) -> tuple[list[list[int]], np.ndarray]:
    """Return texts with a mark at the start and room for marks below the words, and their labels.

    Args:
        texts: The words of each text.
        labels: A label for each text.
        start_char: The mark at the start; `None` for none.
        index_from: What is added to each word.
        maxlen: Texts of so many words, the mark included, or more are left out; `None` for all.

    Raises:
        ValueError: If no text is short enough.
    """
    begin = [] if start_char is None else [start_char]
    numbered = [begin + [word + (index_from or 0) for word in text] for text in texts]
    if not maxlen:
        return numbered, np.asarray(labels)
    kept = [(text, label) for text, label in zip(numbered, labels, strict=True) if len(text) < maxlen]
    if not kept:
        raise ValueError(f"No text is shorter than `maxlen` {maxlen}. Pass a larger one.")
    return [text for text, _ in kept], np.array([label for _, label in kept])


def limit_words(
    texts: Iterable[Sequence[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> np.ndarray:
    """Return texts in which only words from `skip_top` up to `num_words` are left, as an array of lists.

    Args:
        texts: The words of each text.
        num_words: The first number that is not kept; `None` to keep all.
        skip_top: The first number that is kept.
        oov_char: What stands for the others; `None` to drop them.
    """
    kept = range(skip_top, num_words) if num_words else range(skip_top, np.iinfo("int64").max)
    if oov_char is None:
        limited = [[word for word in text if word in kept] for text in texts]
    else:
        limited = [[word if word in kept else oov_char for word in text] for text in texts]
    # Filled one by one: of lists of equal length NumPy would make a matrix.
    array = np.empty(len(limited), object)
    array[:] = limited
    return array
