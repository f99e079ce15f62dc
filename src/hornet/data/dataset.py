"""Elements that are prepared on their way to training."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hornet.core.checks import describe, non_negative_int, positive_int
from hornet.core.errors import ArgumentError
from hornet.data import mapping, ordering, stages
from hornet.data.elements import Tensor, TensorSpec, arrays_in, as_element, map_arrays, spec_of
from hornet.data.stages import Pass, Stage

AUTOTUNE = -1
"""As many threads as the machine has processors."""
INFINITE_CARDINALITY = -1
"""What `cardinality` returns for a dataset without an end."""
UNKNOWN_CARDINALITY = -2
"""What `cardinality` returns where nobody knows before a pass has ended."""


class Dataset:
    """Elements, arrays alone or in tuples and dicts, that are made when somebody takes them.

    A method returns another dataset; nothing is read or computed before it is iterated over, and each iteration is a
    pass of its own. `fit`, `evaluate`, `predict`, `validation_data` and `adapt` take datasets whose elements are
    batches: `x`, `(x, y)` or `(x, y, sample_weight)`. Elements are NumPy arrays, which also have the method `numpy`.
    Functions given to `map` take NumPy arrays that are read only, and may use NumPy, `hornet.ops`, layers and JAX.

    What is shuffled, taken, skipped, repeated and batched are the numbers of elements where these have some: a
    batch of shuffled rows of arrays is one gather, and what is left out is not made.

    Example:
        >>> import numpy as np
        >>> import hornet
        >>> rows = Dataset.from_tensor_slices((np.arange(6.0).reshape(3, 2), [0, 1, 0]))
        >>> for x, y in rows.map(lambda x, y: (x / 2, y)).batch(2):
        ...     print(x.tolist(), y)
        [[0.0, 0.5], [1.0, 1.5]] [0 1]
        [[2.0, 2.5]] [0]
        >>> model = hornet.Sequential([hornet.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> model.fit(rows.shuffle(3).batch(2), epochs=2, verbose=0).params["steps"]
        2
    """

    class_names: Sequence[str] | None
    """The classes' names, where it was made of a folder."""
    file_paths: Sequence[str]
    """The files' paths, where it was made of a folder of images."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._passes = itertools.count()

    # --- where elements come from ---

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """Return a dataset of the rows of arrays.

        Args:
            tensors: An array or what becomes one, or tuples and dicts of them, all of one length.

        Raises:
            ValueError: If lengths differ, or there is no array.

        Example:
            >>> [int(x) for x in Dataset.from_tensor_slices([1, 2])]
            [1, 2]
        """
        arrays = as_element(tensors)
        lengths = [len(array) if np.ndim(array) else None for array in arrays_in(arrays)]
        if not lengths or None in lengths:
            raise ArgumentError(f"`tensors` must hold arrays with rows, not {describe(tensors)}. Pass at least one.")
        if len(set(lengths)) > 1:
            raise ValueError(f"`tensors` holds arrays of {_listed(lengths)} rows. Pass arrays with as many rows each.")
        return Dataset(stages.Slices(map_arrays(np.asarray, arrays)))

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """Return a dataset of a single element.

        Args:
            tensors: The element.
        """
        element = as_element(tensors)
        return Dataset(stages.Generated(lambda: [element], 1))

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Sequence[Any] = (),
        output_signature: Any = None,
    ) -> Dataset:
        """Return a dataset of what a generator yields.

        Args:
            generator: A function that returns an iterable; it is called anew for each pass.
            output_types: The types of the arrays, in the structure of an element; by default what they are.
            output_shapes: Their shapes, beside `output_types`.
            args: What the function is called with.
            output_signature: A `TensorSpec` for each array, in the structure of an element, instead of the two.

        Raises:
            TypeError: If it is a generator, which would have one pass, and not a function.

        Example:
            >>> squares = Dataset.from_generator(lambda: (n * n for n in range(3)), output_types="float32")
            >>> [float(x) for x in squares]
            [0.0, 1.0, 4.0]
        """
        if not callable(generator):
            raise ArgumentError(
                f"`generator` must be a function that returns a generator, not {describe(generator)}. Pass the "
                "function itself, without calling it, so that each pass begins anew."
            )
        signature = output_signature if output_types is None else _signature(output_types, output_shapes)

        def generate() -> Iterable[Any]:
            values = generator(*args)
            return values if signature is None else (map_arrays(_take, signature, value) for value in values)

        return Dataset(stages.Generated(generate))

    @staticmethod
    def range(*args: int) -> Dataset:
        """Return a dataset of integers; the arguments are those of Python's `range`.

        Example:
            >>> [int(x) for x in Dataset.range(1, 6, 2)]
            [1, 3, 5]
        """
        numbers = range(*args)
        return Dataset(stages.Numbers(numbers.start, numbers.stop, numbers.step))

    @staticmethod
    def zip(*args: Any, datasets: Any = None) -> Dataset:
        """Return a dataset of the elements of several side by side, as many as the shortest one has.

        Args:
            *args: Datasets; or one tuple or dict of them, whose structure the elements get.
            datasets: That tuple or dict by its name.

        Example:
            >>> pairs = Dataset.zip((Dataset.range(3), Dataset.range(5, 10)))
            >>> [(int(one), int(other)) for one, other in pairs]
            [(0, 5), (1, 6), (2, 7)]
        """
        given = datasets if datasets is not None else args[0] if len(args) == 1 else args
        structure = map_arrays(_stage_of, given)
        if not arrays_in(structure):
            raise ArgumentError("`zip` got no datasets. Pass at least one.")
        return Dataset(ordering.Zip(structure))

    # --- other elements ---

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: int | None = None, deterministic: bool | None = None
    ) -> Dataset:
        """Return a dataset of what a function makes of each element.

        Args:
            map_func: The function. The parts of a tuple are its arguments; a dict is one argument.
            num_parallel_calls: How many threads call it, ahead of who takes the elements; `AUTOTUNE` for as many as
                there are processors. By default the thread that takes them does.
            deterministic: Accepted; the order is always kept.

        Raises:
            Exception: What the function raises, with a note that names the function and the element's number.
        """
        return Dataset(mapping.Map(self._stage, map_func, _threads(num_parallel_calls)))

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """Return a dataset of the elements for which a function returns true.

        Example:
            >>> [int(x) for x in Dataset.range(5).filter(lambda x: x % 2 == 1)]
            [1, 3]
        """
        return Dataset(mapping.Filter(self._stage, predicate))

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
    ) -> Dataset:
        """Return a dataset of batches: so many elements each, along a new first axis.

        Args:
            batch_size: How many.
            drop_remainder: Whether a short last batch is left out.
            num_parallel_calls: How many threads make batches; see `map`.
            deterministic: Accepted; the order is always kept.

        Raises:
            ValueError: When a batch is made, if its elements differ in shape.
        """
        size = positive_int("batch_size", batch_size)
        return Dataset(ordering.Batch(self._stage, size, bool(drop_remainder), _threads(num_parallel_calls)))

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
    ) -> Dataset:
        """Return a dataset of batches of elements that differ in length, filled up at their ends.

        Args:
            batch_size: How many elements a batch has.
            padded_shapes: The sizes that elements get, in their structure, `None` for that of the batch's longest;
                by default it is for all axes.
            padding_values: What to fill up with, in the structure of an element or one for all; by default zero.
            drop_remainder: Whether a short last batch is left out.

        Example:
            >>> words = Dataset.from_generator(lambda: [[1], [2, 3]])
            >>> next(iter(words.padded_batch(2))).tolist()
            [[1, 0], [2, 3]]
        """
        size = positive_int("batch_size", batch_size)
        return Dataset(ordering.PaddedBatch(self._stage, size, bool(drop_remainder), padded_shapes, padding_values))

    def unbatch(self) -> Dataset:
        """Return a dataset of the rows of batches, one by one."""
        return Dataset(mapping.Unbatch(self._stage))

    def flat_map(self, map_func: Callable[..., Dataset]) -> Dataset:
        """Return a dataset of the elements of the datasets that a function makes of each element.

        Example:
            >>> [int(x) for x in Dataset.range(3).flat_map(Dataset.range)]
            [0, 0, 1]
        """
        return Dataset(mapping.Flat(self._stage, lambda *parts: _stage_of(map_func(*parts))))

    def window(self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False) -> Dataset:
        """Return a dataset of datasets: windows over the elements, for `flat_map(lambda window: window.batch(size))`.

        Where elements are tuples or dicts, a window is one of datasets.

        Args:
            size: How many elements a window has.
            shift: How far it is from the first element of one to that of the next; `size` by default.
            stride: How far it is from one element of a window to the next.
            drop_remainder: Whether windows that are too short are left out.

        Example:
            >>> windows = Dataset.range(4).window(3, shift=1, drop_remainder=True)
            >>> [rows.tolist() for rows in windows.flat_map(lambda window: window.batch(3))]
            [[0, 1, 2], [1, 2, 3]]
        """
        sizes = (positive_int("size", size), positive_int("shift", shift or size), positive_int("stride", stride))
        return Dataset(ordering.Window(self._stage, *sizes, bool(drop_remainder), Dataset))

    def enumerate(self, start: int = 0) -> Dataset:
        """Return a dataset of pairs of a number and an element."""
        return Dataset(ordering.Zip((stages.Numbers(start, None), self._stage)))

    # --- which elements, and in which order ---

    def shuffle(self, buffer_size: int, seed: int | None = None, reshuffle_each_iteration: bool = True) -> Dataset:
        """Return a dataset of the elements in an order that is drawn: each from among the next `buffer_size`.

        An order is a function of the seed and the pass: passes differ, and the same pass, as of a continued run of
        `fit`, has the same order again.

        Args:
            buffer_size: Among how many; from as many as there are on, any order is as likely. Where elements have
                numbers only those are held.
            seed: A seed; by default the run's in `fit`, and else one drawn from `utils.set_random_seed`'s.
            reshuffle_each_iteration: Whether passes differ. Pass `False` to part elements by `take` and `skip`.

        Example:
            >>> [int(x) for x in Dataset.range(5).shuffle(5, seed=1)]
            [4, 0, 1, 2, 3]
        """
        room = positive_int("buffer_size", buffer_size)
        own = None if seed is None else non_negative_int("seed", seed)
        return Dataset(ordering.Shuffle(self._stage, room, own, reshuffle_each_iteration is not False))

    def take(self, count: int) -> Dataset:
        """Return a dataset of the first elements, at most so many; -1 for all."""
        return Dataset(ordering.Take(self._stage, 0, None if count == -1 else non_negative_int("count", count)))

    def skip(self, count: int) -> Dataset:
        """Return a dataset of the elements behind the first so many; -1 for none."""
        first = non_negative_int("count", count) if count != -1 else 2**62
        return Dataset(ordering.Take(self._stage, first, None))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Return a dataset of one element of each `num_shards`, that at `index`."""
        return Dataset(
            ordering.Take(self._stage, non_negative_int("index", index), None, positive_int("num_shards", num_shards))
        )

    def repeat(self, count: int | None = None) -> Dataset:
        """Return a dataset of so many passes, one behind another; -1 or `None` for no end.

        Example:
            >>> [int(x) for x in Dataset.range(2).repeat(2)]
            [0, 1, 0, 1]
        """
        return Dataset(ordering.Repeat(self._stage, None if count in (None, -1) else non_negative_int("count", count)))

    def concatenate(self, dataset: Dataset) -> Dataset:
        """Return a dataset of the elements and, behind them, those of another."""
        return Dataset(ordering.Concatenate([self._stage, _stage_of(dataset)]))

    # --- when they are made ---

    def cache(self, filename: str = "") -> Dataset:
        """Return a dataset that keeps the elements in memory once a pass has made them all.

        Args:
            filename: Must be empty: nothing is kept in files.
        """
        if filename:
            raise ValueError("`cache` keeps elements in memory. Leave `filename` out, or save arrays with `np.save`.")
        return Dataset(mapping.Cache(self._stage))

    def prefetch(self, buffer_size: int) -> Dataset:
        """Return a dataset of which the threads of `map(num_parallel_calls=)` make so many elements ahead.

        Without such threads it changes nothing: while the device computes, `fit` makes the next batches anyway.

        Args:
            buffer_size: How many, or `AUTOTUNE`.
        """
        waiting = stages.WAITING if buffer_size == AUTOTUNE else non_negative_int("buffer_size", buffer_size)
        return Dataset(ordering.Prefetch(self._stage, waiting))

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """Return what a function makes of the dataset."""
        return transformation_func(self)

    # --- what there is ---

    def cardinality(self) -> Any:
        """Return the number of elements, `INFINITE_CARDINALITY` or `UNKNOWN_CARDINALITY`.

        Example:
            >>> int(Dataset.range(5).batch(2).cardinality())
            3
        """
        number = self._stage.count()
        shown = UNKNOWN_CARDINALITY if number is None else INFINITE_CARDINALITY if number == math.inf else int(number)
        return _tensor(np.int64(shown))

    def __len__(self) -> int:
        number = self._stage.count()
        if number is None or number == math.inf:
            kind = "is not known before a pass has ended" if number is None else "has no end"
            raise TypeError(f"The length of this dataset {kind}. Ask `cardinality()`, or count a pass.")
        return int(number)

    @property
    def element_spec(self) -> Any:
        """The shapes and types of the arrays, in the structure of an element; the first one is made for it."""
        return map_arrays(self._spec, self._first())

    def _spec(self, array: Any) -> TensorSpec:
        spec = spec_of(array)
        return TensorSpec((None, *spec.shape[1:]), spec.dtype) if self._stage.is_batched and spec.shape else spec

    def __iter__(self) -> Iterator[Any]:
        return (map_arrays(_tensor, element) for element in self.as_numpy_iterator())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return an iterator over a pass, whose arrays are plain NumPy ones."""
        return self._elements(None, next(self._passes))

    def _elements(self, seed: int | None, number: int) -> Iterator[Any]:
        """Return the elements of a pass, in which a seed draws what was given none."""
        return self._stage.elements(Pass(seed, (number,)))

    def _first(self) -> Any:
        """Return the first element of a pass, without threads that would make others.

        Raises:
            ValueError: If there is none.
        """
        for key in self._stage.keys(Pass(None, (0,))):
            return self._stage.at(key)
        raise ValueError("The dataset has no elements. Pass one that has at least one, or look at what is left out.")

    def __bool__(self) -> bool:
        return True  # without its length, which need not be known

    def __repr__(self) -> str:
        number = self._stage.count()
        if number == math.inf:
            return "<Dataset without an end>"
        return f"<Dataset of {'an unknown number of' if number is None else number} elements>"


def _stage_of(dataset: Any) -> Stage:
    if not isinstance(dataset, Dataset):
        raise ArgumentError(f"A `Dataset` is needed, not {describe(dataset)}. Make one with `from_tensor_slices`.")
    return dataset._stage


def _tensor(array: Any) -> Any:
    return array if isinstance(array, Dataset) else np.asarray(array).view(Tensor)


def _threads(given: int | None) -> int:
    return (os.cpu_count() or 1) if given == AUTOTUNE else positive_int("num_parallel_calls", given or 1)


def _take(spec: TensorSpec, value: Any) -> np.ndarray:
    return spec.take(value)


def _signature(types: Any, shapes: Any) -> Any:
    if isinstance(types, tuple):
        return tuple(
            _signature(one, shape)
            for one, shape in zip(types, [None] * len(types) if shapes is None else shapes, strict=True)
        )
    if isinstance(types, Mapping):
        return {name: _signature(one, None if shapes is None else shapes[name]) for name, one in types.items()}
    return TensorSpec(shapes, types)


def _listed(numbers: Iterable[Any]) -> str:
    return " and ".join(str(number) for number in numbers)
