"""What `ImageDataGenerator` yields: batches of pictures, and those from memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from hornet.core.checks import one_of, positive_int
from hornet.preprocessing.image.options import WorkerOptions
from hornet.utils import PyDataset, array_to_img

if TYPE_CHECKING:
    from hornet.preprocessing.image.generator import ImageDataGenerator


class Iterator(PyDataset):
    """Batches of pictures, by number or one after another without an end.

    What is drawn for a batch follows from the seed and from the number of batches before it.

    Args:
        n: Number of pictures.
        batch_size: Pictures in a batch.
        shuffle: Whether each pass has another order.
        seed: Of the order and the changes; `None` for one that NumPy draws.
        **kwargs: What `utils.PyDataset` takes, such as `workers`.
    """

    def __init__(
        self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Unpack[WorkerOptions]
    ) -> None:
        super().__init__(**kwargs)
        self.n = n
        self.batch_size = positive_int("batch_size", batch_size)
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self._first_seed = int(np.random.randint(2**31)) if seed is None else seed
        self._passes = 0
        self._rows: Any = None

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"There is no batch {index}: there are {len(self)}.")
        index %= len(self)
        before = self._passes * len(self)
        draws = self._draws(before)
        rows = self._order(draws)
        draws = self._draws(before + index) if index else draws
        return self._batch(rows[index * self.batch_size : (index + 1) * self.batch_size], draws)

    def __iter__(self) -> Iterator:
        self.reset()
        return self

    def __next__(self) -> Any:
        draws = self._draws(self.total_batches_seen)
        if self.batch_index == 0:
            self._rows = self._order(draws)
        rows = self._rows[self.batch_index * self.batch_size :][: self.batch_size]
        self.batch_index = (self.batch_index + 1) % len(self)
        self.total_batches_seen += 1
        return self._batch(rows, draws)

    def next(self) -> Any:
        """Return the next batch."""
        return next(self)

    def reset(self) -> None:
        """Begin a pass anew."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Let the next pass have another order, and other changes."""
        self._passes += 1

    def _draws(self, batches: int) -> np.random.RandomState:
        """Return what a batch behind so many others draws from."""
        return np.random.RandomState((self._first_seed + batches) % 2**32)

    def _order(self, draws: np.random.RandomState) -> np.ndarray:
        return draws.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _batch(self, rows: np.ndarray, draws: np.random.RandomState) -> Any:
        raise NotImplementedError(f"`{type(self).__name__}` has no `_batch`. Write one.")


class Saved:
    """Where changed pictures are written, to be looked at.

    Args:
        folder: The folder; `None` for none.
        prefix: What the files' names begin with.
        ending: `"png"` or `"jpeg"`.
        data_format: Where the channels are.
    """

    def __init__(self, folder: Any, prefix: str, ending: str, data_format: str) -> None:
        self._folder = None if folder is None else Path(folder)
        self._prefix, self._ending, self._data_format = prefix, ending, data_format

    def write(self, pictures: np.ndarray, rows: np.ndarray, draws: np.random.RandomState) -> None:
        """Write the pictures of a batch, if they are to be written."""
        if self._folder is None:
            return
        for row, picture in zip(rows, pictures, strict=True):
            name = f"{self._prefix}_{row}_{draws.randint(10**7)}.{self._ending}"
            array_to_img(picture, self._data_format, scale=True).save(self._folder / name)


class NumpyArrayIterator(Iterator):
    """Batches of pictures in memory; see `ImageDataGenerator.flow`.

    Args:
        x: The pictures; or a pair of them and a list of further arrays.
        y: Labels.
        image_data_generator: What changes and scales them.
        batch_size: Pictures in a batch.
        shuffle: Whether each pass has another order.
        sample_weight: A weight for each picture.
        seed: Of the order and the changes.
        data_format: That of the generator by default.
        save_to_dir: A folder that changed pictures are written to.
        save_prefix: What the files' names begin with.
        save_format: `"png"` or `"jpeg"`.
        subset: `"training"` or `"validation"`: which part by the generator's `validation_split`, whose rows come first.
        ignore_class_split: Whether the parts may hold other classes.
        dtype: That of the generator by default.
        **kwargs: What `utils.PyDataset` takes.
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
        **kwargs: Unpack[WorkerOptions],
    ) -> None:
        pictures, others = (x[0], x[1]) if isinstance(x, list | tuple) else (x, [])
        others = others if isinstance(others, list | tuple) else [others]
        self.dtype = dtype or image_data_generator.dtype
        self.x = np.asarray(pictures, self.dtype)
        self.x_misc = [np.asarray(other) for other in others]
        self.y = None if y is None else np.asarray(y)
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.image_data_generator = image_data_generator
        self.data_format = data_format or image_data_generator.data_format
        if self.x.ndim != 4:
            raise ValueError(f"`x` has shape {self.x.shape}, and pictures have four axes. Add one of channels.")
        for name, array in (("y", self.y), ("sample_weight", self.sample_weight), *(("x", one) for one in self.x_misc)):
            if array is not None and len(array) != len(self.x):
                raise ValueError(
                    f"`{name}` has {len(array)} rows, and {len(self.x)} pictures are given. Pass equally many."
                )
        if subset is not None:
            self._keep(part_of(subset, image_data_generator, len(self.x)), ignore_class_split)
        self._saved = Saved(save_to_dir, save_prefix, save_format, self.data_format)
        super().__init__(len(self.x), batch_size, shuffle, seed, **kwargs)

    def _keep(self, part: slice, ignores_classes: bool) -> None:
        """Keep some rows alone."""
        if self.y is not None and not ignores_classes and len(np.unique(self.y)) != len(np.unique(self.y[part])):
            raise ValueError(
                "The rows for training and those for validation do not hold the same classes: the first rows are for "
                "validation. Shuffle the data first, or pass `ignore_class_split=True`."
            )
        self.x, self.x_misc = self.x[part], [other[part] for other in self.x_misc]
        self.y = None if self.y is None else self.y[part]
        self.sample_weight = None if self.sample_weight is None else self.sample_weight[part]

    def _batch(self, rows: np.ndarray, draws: np.random.RandomState) -> Any:
        generator = self.image_data_generator
        pictures = np.stack([changed(generator, self.x[row], draws) for row in rows]).astype(self.dtype)
        self._saved.write(pictures, rows, draws)
        x: Any = [pictures, *(other[rows] for other in self.x_misc)] if self.x_misc else pictures
        if self.y is None:
            return x
        return (x, self.y[rows]) if self.sample_weight is None else (x, self.y[rows], self.sample_weight[rows])


def changed(generator: ImageDataGenerator, picture: np.ndarray, draws: np.random.RandomState) -> np.ndarray:
    """Return a picture changed at random, and scaled."""
    return generator.standardize(generator.apply_transform(picture, generator.drawn(draws, picture.shape)))


def part_of(subset: str, generator: ImageDataGenerator, count: int) -> slice:
    """Return which of so many rows are those of a part: the first ones are for validation."""
    one_of("subset", subset, ("training", "validation"))
    held_out = int(generator.validation_split * count)
    return slice(held_out) if subset == "validation" else slice(held_out, None)
