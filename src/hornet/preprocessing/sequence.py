"""Keras 2's functions of sequences: windows of a series, and pairs of words that are near each other."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornet.core.checks import describe, non_negative_int, number, positive_int
from hornet.core.errors import ArgumentError
from hornet.core.imports import publish
from hornet.utils import PyDataset, pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    r"""Return for each word by its rank how likely `skipgrams` should take it: rare ones surely, frequent ones seldom.

    Computes $\min(1, \sqrt{s / f_r})$ with $1 / f_r = r (\log r + 0.577) + \frac{1}{2} - \frac{1}{12 r}$, the
    frequency of rank $r$ by Zipf's law, and $s$ the factor.

    Args:
        size: Number of words.
        sampling_factor: The factor.

    Shapes:
        result: `(size,)`

    Source:
        Mikolov et al. 2013, Distributed representations of words and phrases, section 2.3.

    Example:
        >>> make_sampling_table(3).round(4).tolist()
        [0.0032, 0.0032, 0.0055]
    """
    rank = np.arange(positive_int("size", size))
    rank[0] = 1
    frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    chance = number("sampling_factor", sampling_factor, above=0.0) * frequency
    return np.minimum(1.0, chance / np.sqrt(chance))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Return pairs of words that stand near each other, labelled 1, and pairs with a random word, labelled 0.

    Draws are those of Python's `random`, which is seeded anew by shuffling, so a program gets Keras 2's pairs.

    Args:
        sequence: Numbers of words; 0 is no word, and left out.
        vocabulary_size: One more than the largest number of a word.
        window_size: Largest distance of two words.
        negative_samples: Random pairs for each other pair, at least 0.
        shuffle: Whether pairs are in random order.
        categorical: Whether labels are `[0, 1]` and `[1, 0]`.
        sampling_table: How likely each word is taken, by its number, as `make_sampling_table` returns it; `None` for
            all.
        seed: Seed of the order; `None` for a random one.

    Returns:
        The pairs and their labels.

    Source:
        Mikolov et al. 2013, Efficient estimation of word representations in vector space.

    Example:
        >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    near, random_one = ([0, 1], [1, 0]) if categorical else (1, 0)
    couples = _couples(sequence, non_negative_int("window_size", window_size), sampling_table)
    labels: list[Any] = [near] * len(couples)
    if number("negative_samples", negative_samples, at_least=0.0) > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        count = int(len(labels) * negative_samples)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [random_one] * count
    if shuffle:
        seed = random.randint(0, 10**7) if seed is None else seed
        for pairs in (couples, labels):
            random.seed(seed)
            random.shuffle(pairs)
    return couples, labels


def _couples(sequence: Sequence[int], window_size: int, sampling_table: Any) -> list[list[int]]:
    """Return each word with each that is not farther away."""
    couples: list[list[int]] = []
    for place, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        around = range(max(0, place - window_size), min(len(sequence), place + window_size + 1))
        couples += [[word, sequence[other]] for other in around if other != place and sequence[other]]
    return couples


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, each with the target that stands behind it.

    `utils.timeseries_dataset_from_array` is its successor.

    Args:
        data: The series, its steps along the first axis.
        targets: A target for each step.
        length: Steps from the beginning of a window to its target.
        sampling_rate: Steps between those that a window holds.
        stride: Steps from a window to the next.
        start_index: First step that windows hold.
        end_index: Last step whose target is used; `None` for the last one.
        shuffle: Whether windows are drawn at random, by NumPy's global generator, with replacement.
        reverse: Whether windows go backwards.
        batch_size: Windows in a batch.

    Raises:
        ValueError: If there are not as many targets as steps, or no window fits.

    Example:
        >>> x, y = TimeseriesGenerator(np.arange(5), np.arange(5), length=3)[0]
        >>> x.tolist(), y.tolist()
        ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        super().__init__()
        if len(data) != len(targets):
            raise ValueError(f"`data` has {len(data)} steps, and `targets` has {len(targets)}. Pass one for each step.")
        self.data = data
        self.targets = targets
        self.length = positive_int("length", length)
        self.sampling_rate = positive_int("sampling_rate", sampling_rate)
        self.stride = positive_int("stride", stride)
        self.start_index = non_negative_int("start_index", start_index) + self.length
        self.end_index = len(data) - 1 if end_index is None else non_negative_int("end_index", end_index)
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = positive_int("batch_size", batch_size)
        if self.start_index > self.end_index:
            raise ValueError(
                f"The first window ends at step {self.start_index} of `data`, and `end_index` is {self.end_index}. "
                "Pass more data, or a smaller `length` or `start_index`."
            )

    def __len__(self) -> int:
        of_batch = self.batch_size * self.stride
        return (self.end_index - self.start_index + of_batch) // of_batch

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the windows of a batch, and their targets."""
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        windows = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        return windows[:, ::-1] if self.reverse else windows, np.array([self.targets[row] for row in rows])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, `data` and `targets` as texts in JSON, and `start_index` with `length` added."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        return {
            "data": _as_json("data", self.data),
            "targets": _as_json("targets", self.targets),
            **{name: getattr(self, name) for name in names},
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the generator as JSON.

        Args:
            **kwargs: Arguments of `json.dumps`.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def _as_json(argument: str, values: Any) -> str:
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        raise ArgumentError(
            f"`{argument}` is {describe(values)}, which JSON has no words for. Pass an array or a list."
        ) from error


publish(__name__, __all__)
