"""Batches of pictures in files, which folders or frames name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from hornet.core.checks import describe, one_of, warn
from hornet.core.errors import ArgumentError
from hornet.core.messages import output
from hornet.data.folders import Folder
from hornet.preprocessing.image.batches import Iterator, Saved, changed, part_of
from hornet.preprocessing.image.options import FileOptions, WorkerOptions
from hornet.utils import img_to_array, load_img

if TYPE_CHECKING:
    from hornet.preprocessing.image.generator import ImageDataGenerator

_ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff")
_OF_CLASSES = ("binary", "categorical", "sparse")


class _FileIterator(Iterator):
    """Base of batches of pictures in files.

    Args:
        paths: The paths.
        targets: What `classes` or columns say of each picture: an array, a list of arrays, or `None`.
        sample_weight: A weight for each, or `None`.
        generator: What changes and scales pictures.
        class_mode: What labels are.
        **how: How files are read and batches made.
    """

    class_indices: Mapping[str, int]
    filenames: list[str]

    def __init__(
        self,
        paths: Sequence[str],
        targets: Any,
        sample_weight: Any,
        generator: ImageDataGenerator,
        class_mode: str | None,
        *,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
        **kwargs: Unpack[WorkerOptions],
    ) -> None:
        self.image_data_generator = generator
        self.class_mode = class_mode
        self.target_size = (int(target_size[0]), int(target_size[1]))
        channels = {"grayscale": 1, "rgb": 3, "rgba": 4}
        self.color_mode = one_of("color_mode", color_mode, channels)
        self.data_format = data_format or generator.data_format
        is_last = self.data_format == "channels_last"
        depth = channels[color_mode]
        self.image_shape = (*self.target_size, depth) if is_last else (depth, *self.target_size)
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.dtype = dtype or generator.dtype
        self._paths, self._targets, self._sample_weight = list(paths), targets, sample_weight
        self._saved = Saved(save_to_dir, save_prefix, save_format, self.data_format)
        self.samples = len(self._paths)
        super().__init__(self.samples, batch_size, shuffle, seed, **kwargs)

    @property
    def filepaths(self) -> list[str]:
        """The paths of the pictures."""
        return self._paths

    @property
    def labels(self) -> Any:
        """What is known of each picture: the number of its class, or values of columns."""
        return self._targets

    @property
    def sample_weight(self) -> Any:
        """The weight of each picture, or `None`."""
        return self._sample_weight

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_indices)

    def _batch(self, rows: np.ndarray, draws: np.random.RandomState) -> Any:
        generator = self.image_data_generator
        x = np.stack([changed(generator, self._read(self._paths[row]), draws) for row in rows]).astype(self.dtype)
        self._saved.write(x, rows, draws)
        if self.class_mode is None:
            return x
        y = self._labels(x, rows)
        return (x, y) if self._sample_weight is None else (x, y, self._sample_weight[rows])

    def _read(self, path: str) -> np.ndarray:
        picture = load_img(path, self.color_mode, self.target_size, self.interpolation, self.keep_aspect_ratio)
        return img_to_array(picture, self.data_format)

    def _labels(self, pictures: np.ndarray, rows: np.ndarray) -> Any:
        if self.class_mode == "input":
            return pictures.copy()
        if self.class_mode == "multi_output":
            return [target[rows] for target in self._targets]
        if self.class_mode == "raw":
            return self._targets[rows]
        if self.class_mode == "categorical":
            indicators = np.zeros((len(rows), self.num_classes), self.dtype)
            for place, row in enumerate(rows):
                indicators[place, self._targets[row]] = 1  # one class, or several
            return indicators
        return np.asarray(self._targets)[rows].astype(self.dtype)


class DirectoryIterator(_FileIterator):
    """Batches of the pictures in a folder with a subfolder for each class.

    See `ImageDataGenerator.flow_from_directory`.

    Args:
        directory: The folder.
        image_data_generator: What changes and scales pictures.
        target_size: Height and width that pictures are brought to.
        classes: Names of subfolders in the order of the classes; all of them by default, sorted.
        class_mode: What labels are: `"categorical"` (rows of zeros and a one), `"binary"`, `"sparse"` (numbers),
            `"input"` (the pictures themselves), or `None` for none.
        follow_links: Whether links to folders are followed.
        subset: `"training"` or `"validation"`: which part by the generator's `validation_split`; of each class the
            first files are for validation.
        **how: `color_mode="rgb"`, `batch_size=32`, `shuffle=True`, `seed`, `data_format`,
            `save_to_dir`, `save_prefix`, `save_format`, `interpolation="nearest"`, `keep_aspect_ratio`, `dtype`, and
            what `utils.PyDataset` takes.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If the folder has no subfolders, or no pictures.
        CorruptFileError: When a batch is made, if a file is no picture; the error names it.
    """

    def __init__(
        self,
        directory: Any,
        image_data_generator: ImageDataGenerator,
        target_size: Sequence[int] = (256, 256),
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        follow_links: bool = False,
        subset: str | None = None,
        **how: Unpack[FileOptions],
    ) -> None:
        one_of("class_mode", class_mode, (*_OF_CLASSES, "input", None))
        self.directory = os.fspath(directory)
        folder = Folder(
            "pictures", _ENDINGS, directory, "inferred", "binary" if class_mode == "binary" else "int", classes or None,
            batch_size=None, shuffle=False, seed=None, validation_split=None, subset=None, follow_links=follow_links,
            verbose=False,
        )  # fmt: skip
        files = folder.files()
        names, numbers = files.class_names or [], np.asarray(files.labels)
        if subset is not None:
            places = [np.flatnonzero(numbers == number) for number in range(len(names))]
            kept = np.concatenate([own[part_of(subset, image_data_generator, len(own))] for own in places])
            files = files.at(kept)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.classes = files.labels
        self.filenames = [os.path.relpath(path, self.directory) for path in files.paths]
        output().write(f"{len(files)} pictures of {len(names)} classes are in {self.directory!r}.\n")
        super().__init__(
            files.paths, self.classes, None, image_data_generator, class_mode, target_size=target_size, **how
        )


class DataFrameIterator(_FileIterator):
    """Batches of the pictures that a frame names; see `ImageDataGenerator.flow_from_dataframe`.

    Args:
        dataframe: A frame with a row for each picture.
        directory: The folder that the names are relative to; `None` where they are whole paths.
        image_data_generator: What changes and scales pictures.
        x_col: The column of names.
        y_col: The column of labels, or a list of them.
        weight_col: The column of weights.
        target_size: Height and width that pictures are brought to.
        classes: The classes, in their order; others' rows are left out. By default all, sorted.
        class_mode: `"categorical"` (also of lists of classes), `"binary"`, `"sparse"`, `"raw"` (the columns'
            values), `"multi_output"` (a list of the columns), `"input"` (the pictures themselves), or `None`.
        subset: `"training"` or `"validation"`: which part by the generator's `validation_split`, whose rows come first.
        validate_filenames: Whether rows whose files are not there are left out, with a warning.
        **how: As of `DirectoryIterator`.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If a column is not there, or does not hold what `class_mode` says.
    """

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        subset: str | None = None,
        validate_filenames: bool = True,
        **how: Unpack[FileOptions],
    ) -> None:
        one_of("class_mode", class_mode, (*_OF_CLASSES, "raw", "multi_output", "input", None))
        self.directory = "" if directory is None else os.fspath(directory)
        columns = [y_col] if isinstance(y_col, str) else list(y_col or ())
        names = _column(dataframe, x_col)
        labels = [_column(dataframe, column) for column in columns] if class_mode not in ("input", None) else []
        if class_mode == "multi_output" and isinstance(y_col, str):
            raise ValueError(f"`class_mode` 'multi_output' takes a list of columns as `y_col`, not {y_col!r}.")
        kept = self._there(names) if validate_filenames else np.arange(len(names))
        self.class_indices = {}
        if class_mode in _OF_CLASSES:
            labels = [self._numbered(labels[0], kept, classes, class_mode)]
            kept = kept[[labels[0][row] is not None for row in kept]]
        kept = kept if subset is None else kept[part_of(subset, image_data_generator, len(kept))]
        self.filenames = [names[row] for row in kept]
        paths = [os.path.join(self.directory, name) for name in self.filenames]
        of_classes = f" of {len(self.class_indices)} classes" if self.class_indices else ""
        output().write(f"{len(paths)} pictures{of_classes} are named by the frame.\n")
        weights = None if weight_col is None else np.asarray(_column(dataframe, weight_col), float)[kept]
        targets = _kept(labels, kept, class_mode)
        if class_mode in _OF_CLASSES:
            self.classes = targets
        super().__init__(paths, targets, weights, image_data_generator, class_mode, target_size=target_size, **how)

    def _there(self, names: Sequence[Any]) -> np.ndarray:
        """Return the rows whose pictures are there."""
        for name in names:
            if not isinstance(name, str):
                raise ArgumentError(f"The column of names holds {describe(name)}, and names are strings.")
        paths = [os.path.join(self.directory, name) for name in names]
        is_there = np.array([path.lower().endswith(_ENDINGS) and os.path.isfile(path) for path in paths], bool)
        if not is_there.all():
            first = paths[int(np.flatnonzero(~is_there)[0])]
            warn(
                f"{int((~is_there).sum())} of {len(paths)} names are of no picture that is there, such as {first!r}; "
                "their rows are left out. Pass `directory=`, or whole paths."
            )
        return np.flatnonzero(is_there)

    def _numbered(self, labels: Sequence[Any], kept: np.ndarray, classes: Any, class_mode: str) -> list[Any]:
        """Return the number of each row's class, or a list of them; `None` where no class is one that is wanted."""
        given = [labels[row] for row in kept]
        several = [label if isinstance(label, list | tuple | np.ndarray) else [label] for label in given]
        for label in (label for row in several for label in row):
            if not isinstance(label, str):
                raise ArgumentError(
                    f"Classes of `class_mode` {class_mode!r} are strings, not {describe(label)}. Pass the column as "
                    "strings, or `class_mode='raw'`."
                )
        found = sorted({label for row in several for label in row}) if not classes else list(classes)
        if class_mode == "binary" and len(found) != 2:
            raise ValueError(f"`class_mode` 'binary' is for two classes, and there are {len(found)}. Pass 'sparse'.")
        self.class_indices = {name: number for number, name in enumerate(found)}
        numbered: list[Any] = [None] * len(labels)
        for row, label, own in zip(kept, given, several, strict=True):
            numbers = [self.class_indices[one] for one in own if one in self.class_indices]
            numbered[row] = (numbers if not isinstance(label, str) else numbers[0]) if numbers else None
        return numbered


def _kept(labels: Sequence[Sequence[Any]], kept: np.ndarray, class_mode: str | None) -> Any:
    """Return the labels of the rows that are kept, in the form of a mode."""
    if class_mode in ("input", None):
        return None
    own = [[label[row] for row in kept] for label in labels]
    if class_mode in _OF_CLASSES:
        return own[0]
    if class_mode == "multi_output":
        return [np.asarray(column) for column in own]
    return np.asarray(own[0]) if len(own) == 1 else np.asarray(own).T


def _column(frame: Any, name: str) -> list[Any]:
    """Return what is in a column of a frame."""
    columns = list(getattr(frame, "columns", ()))
    if name not in columns:
        raise ValueError(f"The frame has no column {name!r}. Its columns are {', '.join(map(repr, columns))}.")
    return list(frame[name])
