"""Windows over a series, which are rows of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hornet.core.checks import describe, integer_size, one_of, positive_int
from hornet.core.errors import ArgumentError
from hornet.data.dataset import Dataset
from hornet.data.elements import arrays_in, as_element, map_arrays, read_only
from hornet.data.stages import Pass, Stage


class Windows(Stage):
    """Windows over a series, each a key by the number of its first step.

    Args:
        series: The steps.
        targets: An array for each first step, or `None`.
        firsts: The first steps.
        offsets: The steps of a window, counted from its first one.
    """

    def __init__(self, series: np.ndarray, targets: Any, firsts: np.ndarray, offsets: np.ndarray) -> None:
        self._series = read_only(series)
        self._targets = None if targets is None else map_arrays(read_only, targets)
        self._firsts = firsts
        self._offsets = offsets

    def keys(self, which: Pass) -> Iterator[int]:
        return iter(self._firsts.tolist())

    def at(self, key: int) -> Any:
        return self._taken(key)

    def rows(self, keys: Sequence[int]) -> Any:
        return self._taken(np.array(keys))

    def count(self) -> float:
        return len(self._firsts)

    def _taken(self, firsts: Any) -> Any:
        window = self._series[np.add.outer(firsts, self._offsets)]
        return window if self._targets is None else (window, map_arrays(lambda part: part[firsts], self._targets))


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """Return a dataset of windows over a series, `(windows, targets)` or windows alone.

    Windows are made as batches are: the series is held once.

    Args:
        data: The series, its steps on the first axis.
        targets: An array with the target of the window that begins at each step; `None` for windows alone.
        sequence_length: How many steps a window has.
        sequence_stride: How far it is from the first step of one window to that of the next.
        sampling_rate: How far it is from one step of a window to the next.
        batch_size: How many windows a batch has; `None` for single windows.
        shuffle: Whether each pass has another order of windows.
        seed: A seed for that; by default drawn from NumPy's generator, as in Keras.
        start_index: The first step that is used.
        end_index: The step behind the last one that is used.
        format: Accepted as in Keras, `"tf"` or `"grain"`; the dataset is one of this package either way.

    Shapes:
        data: `(steps, ...)`
        targets: `(steps, ...)`
        windows: `(batch, sequence_length, ...)`

    Raises:
        ValueError: If a number is out of its range, or no window fits.

    Example:
        >>> series = np.arange(10)
        >>> data = timeseries_dataset_from_array(series[:-3], series[3:], sequence_length=3, batch_size=4)
        >>> for windows, targets in data.take(1):
        ...     print(windows.tolist(), targets)
        [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]] [3 4 5 6]
    """
    one_of("format", format, ("tf", "grain"))
    series, targets = np.asarray(as_element(data)), None if targets is None else as_element(targets)
    if not series.ndim:
        raise ArgumentError(f"`data` must be an array of steps, not {describe(data)}. Pass one.")
    length = integer_size("sequence_length", sequence_length)
    stride, rate = _step("sequence_stride", sequence_stride, series), _step("sampling_rate", sampling_rate, series)
    first = _bound("start_index", 0 if start_index is None else start_index, 0, len(series) - 1)
    stop = _bound("end_index", len(series) if end_index is None else end_index, first + 1, len(series))
    series = series[first:stop]
    fitting = len(series) - (length - 1) * rate
    if targets is not None:
        targets = map_arrays(lambda part: part[first:], targets)
        fitting = min(fitting, *map(len, arrays_in(targets)))
    if fitting <= 0:
        raise ValueError(
            f"No window of {length} steps, {rate} apart, fits into the {len(series)} steps of `data`"
            f"{'' if targets is None else ' that have targets'}. Pass a longer series, or a smaller `sequence_length`."
        )
    firsts = np.arange(0, fitting, stride)
    if shuffle:
        seed = np.random.randint(10**6) if seed is None else seed
        np.random.RandomState(seed).shuffle(firsts)  # as Keras draws it
    dataset = Dataset(Windows(series, targets, firsts, np.arange(length) * rate))
    if shuffle:
        dataset = dataset.shuffle(len(firsts), seed)
    return dataset if batch_size is None else dataset.batch(positive_int("batch_size", batch_size))


def _step(argument: str, value: Any, series: np.ndarray) -> int:
    step = integer_size(argument, value)
    if step >= len(series):
        raise ValueError(
            f"`{argument}` must be below the {len(series)} steps of `data`, not {step}. Pass a smaller one."
        )
    return step


def _bound(argument: str, value: Any, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not lowest <= value <= highest:
        raise ValueError(
            f"`{argument}` must be an integer from {lowest} to {highest}, not {describe(value)}. Pass one of the "
            "steps of `data`."
        )
    return int(value)
