"""`ImageDataGenerator`: pictures that are changed at random on the host, each time they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from hornet.core.checks import number, one_of, warn
from hornet.core.dtypes import standardize_dtype
from hornet.core.settings import checked_data_format
from hornet.preprocessing.image.batches import NumpyArrayIterator
from hornet.preprocessing.image.changes import (
    FILL_MODES,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    pair,
)
from hornet.preprocessing.image.files import DataFrameIterator, DirectoryIterator
from hornet.preprocessing.image.options import ArrayOptions, FolderOptions, FrameOptions

_TINY = 1e-6
"""Added to what is divided by."""


class ImageDataGenerator:
    """Batches of pictures that are changed at random, and scaled, on the host.

    Keras 2's way of augmentation. Layers such as `RandomFlip` do the same inside the compiled step and are faster.

    Args:
        featurewise_center: Whether the mean of the data, which `fit` takes, is subtracted.
        samplewise_center: Whether each picture's own mean is subtracted.
        featurewise_std_normalization: Whether pictures are divided by the deviation of the data, which `fit` takes.
        samplewise_std_normalization: Whether each picture is divided by its own deviation.
        zca_whitening: Whether pictures are whitened by what `fit` takes of the data.
        zca_epsilon: What is added to the singular values then.
        rotation_range: The largest angle of turns, in degrees either way.
        width_shift_range: The largest distance sideways: as a part of the width below 1, else in points; an integer for
            whole points below it; or a list of distances.
        height_shift_range: The same up and down.
        brightness_range: The least and the largest factor of brightness.
        shear_range: The largest angle of shears, in degrees either way.
        zoom_range: The least and the largest part that is seen; one number `z` for `1 - z` and `1 + z`.
        channel_shift_range: The largest number that is added to all channels, either way.
        fill_mode: What lies outside: `"constant"`, `"nearest"`, `"reflect"` or `"wrap"`.
        cval: The constant.
        horizontal_flip: Whether left and right change places in half of the pictures.
        vertical_flip: Whether top and bottom do.
        rescale: A factor.
        preprocessing_function: A function of a picture that returns one, called before it is scaled.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        validation_split: The part of the data that `subset="validation"` reads.
        interpolation_order: Of the spline between points, from 0 to 5.
        dtype: Type of what comes out; `floatx()` by default.

    Example:
        >>> pictures, labels = np.arange(16.0).reshape(2, 2, 4, 1), np.array([0, 1])
        >>> batches = ImageDataGenerator(horizontal_flip=True, rescale=1 / 15).flow(pictures, labels, seed=0)
        >>> x, y = next(batches)
        >>> x.shape, float(x.max()), len(batches)
        ((2, 2, 4, 1), 1.0, 1)
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: float | Sequence[float] = 0.0,
        height_shift_range: float | Sequence[float] = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Any], Any] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center = featurewise_center or featurewise_std_normalization or zca_whitening
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range = number("rotation_range", rotation_range)
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range = None if brightness_range is None else pair("brightness_range", brightness_range)
        self.shear_range = number("shear_range", shear_range)
        is_one = isinstance(zoom_range, int | float)
        self.zoom_range = (1 - zoom_range, 1 + zoom_range) if is_one else pair("zoom_range", zoom_range)
        self.channel_shift_range = number("channel_shift_range", channel_shift_range)
        self.fill_mode, self.cval = one_of("fill_mode", fill_mode, FILL_MODES), cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format = checked_data_format(data_format)
        self.validation_split = number("validation_split", validation_split, at_least=0.0, below=1.0)
        self.interpolation_order = interpolation_order
        self.dtype = standardize_dtype(dtype)
        is_last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if is_last else (2, 3, 1)
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None

    # --- batches ----------------------------------------------------------------------------------------

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, **how: Unpack[ArrayOptions]
    ) -> NumpyArrayIterator:
        """Return batches of pictures in memory.

        Args:
            x: The pictures; or a pair of them and a list of further arrays, which go into the model unchanged.
            y: Labels.
            batch_size: Pictures in a batch.
            shuffle: Whether each pass has another order.
            **how: Further arguments of `NumpyArrayIterator`: `sample_weight`, `seed`, `subset`, `save_to_dir`,
                `save_prefix`, `save_format`, `ignore_class_split`.
        """
        return NumpyArrayIterator(x, y, self, batch_size=batch_size, shuffle=shuffle, **how)

    def flow_from_directory(
        self, directory: Any, target_size: Sequence[int] = (256, 256), **how: Unpack[FolderOptions]
    ) -> DirectoryIterator:
        """Return batches of the pictures in a folder that has a subfolder for each class.

        Args:
            directory: The folder.
            target_size: Height and width that pictures are brought to.
            **how: Further arguments of `DirectoryIterator`: `color_mode`, `classes`, `class_mode`, `batch_size`,
                `shuffle`, `seed`, `subset`, `follow_links`, `interpolation`, `keep_aspect_ratio`, `save_to_dir`,
                `save_prefix`, `save_format`.
        """
        return DirectoryIterator(directory, self, target_size=target_size, **how)

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        **how: Unpack[FrameOptions],
    ) -> DataFrameIterator:
        """Return batches of the pictures that a frame names.

        Args:
            dataframe: A frame of pandas, polars or others with a row for each picture.
            directory: The folder that the names are relative to; `None` where they are whole paths.
            x_col: The column of names.
            y_col: The column of labels, or a list of them.
            weight_col: The column of weights.
            target_size: Height and width that pictures are brought to.
            **how: Further arguments of `DataFrameIterator`: those of `flow_from_directory` but `follow_links`, and
                `validate_filenames`.
        """
        if how.get("class_mode") == "other":
            how["class_mode"] = "raw"
        return DataFrameIterator(dataframe, directory, self, x_col, y_col, weight_col, target_size, **how)

    # --- scaling ----------------------------------------------------------------------------------------

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Take mean, deviation and the whitening of pictures, for the arguments that need them.

        Args:
            x: The pictures.
            augment: Whether to take them of pictures that are changed at random.
            rounds: How often each is changed then.
            seed: Of these changes.

        Raises:
            ValueError: If `x` is no batch of pictures.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"`x` has shape {x.shape}, and pictures have four axes. Pass a batch of them.")
        if seed is not None:
            np.random.seed(seed)
        if augment:
            x = np.stack([self.random_transform(picture) for _ in range(rounds) for picture in x])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes, keepdims=True)[0]
            x = x - self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes, keepdims=True)[0]
            x = x / (self.std + _TINY)
        if self.zca_whitening:
            directions, strengths, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            weights = np.sqrt(len(x)) / (strengths + self.zca_epsilon)
            self.zca_whitening_matrix = (directions * weights) @ directions.T

    def standardize(self, x: Any) -> Any:
        """Return a picture scaled as the arguments say.

        Args:
            x: The picture.
        """
        x = x if self.preprocessing_function is None else self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + _TINY)
        if self.featurewise_center and self._is_known(self.mean):
            x = x - self.mean
        if self.featurewise_std_normalization and self._is_known(self.std):
            x = x / (self.std + _TINY)
        if self.zca_whitening and self._is_known(self.zca_whitening_matrix):
            x = (x.reshape(1, -1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _is_known(self, statistic: Any) -> bool:
        if statistic is None:
            warn("This `ImageDataGenerator` scales by its data and has seen none, so it does not. Call `fit(x)` first.")
        return statistic is not None

    # --- changes ----------------------------------------------------------------------------------------

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """Return what is drawn for a picture, as `apply_transform` takes it.

        Args:
            img_shape: Shape of the picture.
            seed: Of the draw; `None` for NumPy's own state.
        """
        return self.drawn(np.random if seed is None else np.random.RandomState(seed), img_shape)

    def drawn(self, draws: Any, img_shape: Sequence[int]) -> dict[str, Any]:
        """Return what is drawn for a picture.

        Args:
            draws: `numpy.random`, or a `RandomState`.
            img_shape: Shape of the picture.
        """
        heights, widths = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]

        def around_zero(largest: float) -> float:
            return draws.uniform(-largest, largest) if largest else 0

        lower, upper = self.zoom_range
        return {  # drawn in Keras's order, so that a seed draws the same
            "theta": around_zero(self.rotation_range),
            "ty": _distance(draws, self.height_shift_range, heights),
            "tx": _distance(draws, self.width_shift_range, widths),
            "shear": around_zero(self.shear_range),
            **dict(zip(("zx", "zy"), (1, 1) if lower == upper == 1 else draws.uniform(lower, upper, 2), strict=True)),
            "flip_horizontal": bool(draws.random_sample() < 0.5) and self.horizontal_flip,
            "flip_vertical": bool(draws.random_sample() < 0.5) and self.vertical_flip,
            "channel_shift_intensity": around_zero(self.channel_shift_range) if self.channel_shift_range else None,
            "brightness": None if self.brightness_range is None else draws.uniform(*self.brightness_range),
        }

    def apply_transform(self, x: Any, transform_parameters: Mapping[str, Any]) -> Any:
        """Return a picture changed by what was drawn.

        Args:
            x: The picture.
            transform_parameters: What `get_random_transform` returned, or any part of it.
        """
        axes = {"row_axis": self.row_axis - 1, "col_axis": self.col_axis - 1, "channel_axis": self.channel_axis - 1}
        drawn = transform_parameters
        affine = {name: drawn[name] for name in ("theta", "tx", "ty", "shear", "zx", "zy") if name in drawn}
        outside: Any = {"fill_mode": self.fill_mode, "cval": self.cval, "order": self.interpolation_order}
        x = apply_affine_transform(x, **affine, **axes, **outside)
        if drawn.get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, drawn["channel_shift_intensity"])
        if drawn.get("flip_horizontal"):
            x = np.flip(x, axes["col_axis"])
        if drawn.get("flip_vertical"):
            x = np.flip(x, axes["row_axis"])
        if drawn.get("brightness") is not None:
            is_last = self.data_format == "channels_last"
            brighter = apply_brightness_shift(x if is_last else x.transpose(1, 2, 0), drawn["brightness"], scale=False)
            x = brighter if is_last else brighter.transpose(2, 0, 1)
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Any:
        """Return a picture changed at random.

        Args:
            x: The picture.
            seed: Of the draw; `None` for NumPy's own state.
        """
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))


def _distance(draws: Any, largest: Any, size: int) -> float:
    """Return a distance in points."""
    if not np.any(largest):
        return 0
    is_range = isinstance(largest, float)
    distance = draws.uniform(-largest, largest) if is_range else draws.choice(largest) * draws.choice([-1, 1])
    return distance * size if np.max(largest) < 1 else distance
