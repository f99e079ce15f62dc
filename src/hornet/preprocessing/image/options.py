"""Arguments that several functions of pictures take and hand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict


class Outside(TypedDict, total=False):
    """What lies outside a picture, and between its points."""

    fill_mode: str
    cval: float
    interpolation_order: int


class WorkerOptions(TypedDict, total=False):
    """What `utils.PyDataset` takes."""

    workers: int
    use_multiprocessing: bool
    max_queue_size: int


class _BatchOptions(WorkerOptions, total=False):
    seed: int | None
    data_format: str | None
    save_to_dir: Any
    save_prefix: str
    save_format: str
    dtype: Any


class ArrayOptions(_BatchOptions, total=False):
    """What `NumpyArrayIterator` takes beside pictures, labels and the size of batches."""

    sample_weight: Any
    subset: str | None
    ignore_class_split: bool


class FileOptions(_BatchOptions, total=False):
    """How pictures in files are read and batches of them made."""

    color_mode: str
    batch_size: int
    shuffle: bool
    interpolation: str
    keep_aspect_ratio: bool


class FolderOptions(FileOptions, total=False):
    """What `DirectoryIterator` takes beside the folder."""

    classes: Sequence[str] | None
    class_mode: str | None
    follow_links: bool
    subset: str | None


class FrameOptions(FileOptions, total=False):
    """What `DataFrameIterator` takes beside the frame, and the columns of names and labels."""

    classes: Sequence[str] | None
    class_mode: str | None
    subset: str | None
    validate_filenames: bool
