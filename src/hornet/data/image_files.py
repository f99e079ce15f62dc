"""Folders of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.checks import one_of, positive_int
from hornet.core.settings import checked_data_format
from hornet.data.folders import Folder
from hornet.data.pictures import CHANNELS, INTERPOLATIONS, box_of_ratio, img_to_array, load_img, resized

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Return a dataset of the pictures in a folder, `(images, labels)`.

    Files are read and brought to one size as batches are made, by as many threads as there are processors. The same
    seed gives the same files in the same parts as in Keras; within a part, each pass has an order of its own. The
    dataset has `class_names` and `file_paths`.

    Args:
        directory: The folder: a subfolder for each class, with pictures in it or in folders below.
        labels: `"inferred"` from the subfolders; a label for each file, in the order of their paths; or `None`.
        label_mode: `"int"` for integers, `"categorical"` for one-hot rows, `"binary"` for 0.0 and 1.0, or `None` for
            pictures alone.
        class_names: The subfolders to read, in the order in which they are numbered; by default all, sorted.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"`.
        batch_size: How many pictures a batch has; `None` for single ones.
        image_size: `(height, width)`, or one number for both.
        shuffle: Whether the order is drawn; otherwise it is that of the paths.
        seed: A seed for that; by default drawn from NumPy's generator, as in Keras.
        validation_split: The part of the files that is for validation, between 0 and 1.
        subset: Which part is returned: `"training"`, `"validation"`, or `"both"` as two datasets.
        interpolation: How pictures are brought to their size: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or
            `"lanczos5"`.
        follow_links: Whether links to folders are followed.
        crop_to_aspect_ratio: Whether edges are cut off, so that nothing is stretched.
        pad_to_aspect_ratio: Whether edges are filled with zeros, so that nothing is stretched.
        data_format: `"channels_last"` (the default) or `"channels_first"`.
        format: Accepted as in Keras, `"tf"` or `"grain"`; the dataset is one of this package either way.
        verbose: Whether to say how many files there are.

    Shapes:
        images: `(batch, height, width, channels)`, float32 from 0 to 255
        labels: `(batch,)`; `(batch, classes)` for `"categorical"`, `(batch, 1)` for `"binary"`

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If the folder does not have what the arguments say.
        CorruptFileError: When a batch is made, if a file is no picture; the error names it.

    Example:
        >>> import pathlib, tempfile
        >>> from hornet.utils import save_img
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cats", "dogs"):
        ...     (folder / name).mkdir()
        ...     save_img(folder / name / "1.png", np.ones((5, 4, 3)))
        >>> data = image_dataset_from_directory(folder, image_size=(3, 3), shuffle=False, verbose=False)
        >>> data.class_names, [(x.shape, y.tolist()) for x, y in data]
        (['cats', 'dogs'], [((2, 3, 3, 3), [0, 1])])
    """
    one_of("format", format, ("tf", "grain"))
    one_of("color_mode", color_mode, CHANNELS)
    kept = one_of("interpolation", str(interpolation).lower(), INTERPOLATIONS)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("`crop_to_aspect_ratio` and `pad_to_aspect_ratio` exclude each other. Pass one of them.")
    fitting = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    reader = _Reader(color_mode, _sizes(image_size), kept, fitting, checked_data_format(data_format))
    folder = Folder(
        "pictures", _ENDINGS, directory, labels, label_mode, class_names, batch_size, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip
    return folder.datasets(reader)


@dataclass(frozen=True)
class _Reader:
    """Reads a picture from a file.

    Args:
        color_mode: Its colours.
        sizes: Its height and width.
        interpolation: How it is brought to them.
        fitting: Whether it is stretched, or edges are cut off (`"crop"`) or added (`"pad"`).
        data_format: Where the channels are.
    """

    color_mode: str
    sizes: tuple[int, int]
    interpolation: str
    fitting: str
    data_format: str

    def __call__(self, path: str) -> np.ndarray:
        image = img_to_array(load_img(path, self.color_mode), "channels_last", "float32")
        if self.fitting != "stretch":
            image = _in_ratio(image, self.sizes, covers=self.fitting == "pad")
        image = resized(image, self.sizes, self.interpolation)
        return image if self.data_format == "channels_last" else image.transpose(2, 0, 1)


def _in_ratio(image: np.ndarray, sizes: tuple[int, int], covers: bool) -> np.ndarray:
    """Return a picture with its edges cut off, or zeros around it, in the ratio of sizes."""
    height, width, _ = image.shape
    box = box_of_ratio((height, width), sizes, covers)
    top, left = abs(box[0] - height) // 2, abs(box[1] - width) // 2
    if covers:
        return np.pad(image, ((top, top), (left, left), (0, 0)))
    return image[top : top + box[0], left : left + box[1]]


def _sizes(image_size: Any) -> tuple[int, int]:
    both = (image_size, image_size) if isinstance(image_size, int) else image_size
    if not isinstance(both, list | tuple) or len(both) != 2:
        raise ValueError(f"`image_size` must be `(height, width)`, not {image_size!r}. Pass two integers.")
    return positive_int("image_size", both[0]), positive_int("image_size", both[1])
