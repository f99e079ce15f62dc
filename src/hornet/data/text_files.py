"""Folders of texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from hornet.core.checks import one_of, positive_int, warn
from hornet.data.folders import Folder


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Return a dataset of the texts in a folder's `.txt` files, `(texts, labels)`; texts are arrays of strings.

    Args:
        directory: The folder: a subfolder for each class, with files in it or in folders below.
        labels: See `image_dataset_from_directory`.
        label_mode: See `image_dataset_from_directory`.
        class_names: The subfolders to read, in the order in which they are numbered; by default all, sorted.
        batch_size: How many texts a batch has; `None` for single ones.
        max_length: How many characters of each are kept; `None` for all.
        shuffle: Whether the order is drawn; otherwise it is that of the paths.
        seed: A seed for that; by default drawn from NumPy's generator, as in Keras.
        validation_split: The part of the files that is for validation, between 0 and 1.
        subset: Which part is returned: `"training"`, `"validation"`, or `"both"` as two datasets.
        follow_links: Whether links to folders are followed.
        format: Accepted as in Keras, `"tf"` or `"grain"`; the dataset is one of this package either way.
        verbose: Whether to say how many files there are.

    Shapes:
        texts: `(batch,)`
        labels: `(batch,)`; `(batch, classes)` for `"categorical"`, `(batch, 1)` for `"binary"`

    Raises:
        ValueError: If the folder does not have what the arguments say.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("bad", "good"):
        ...     (folder / name).mkdir()
        ...     _ = (folder / name / "1.txt").write_text(f"It is {name}.")
        >>> data = text_dataset_from_directory(folder, shuffle=False, verbose=False)
        >>> [(texts.tolist(), labels.tolist()) for texts, labels in data]
        [(['It is bad.', 'It is good.'], [0, 1])]
    """
    one_of("format", format, ("tf", "grain"))
    read = partial(_read, length=None if max_length is None else positive_int("max_length", max_length))
    folder = Folder(
        "texts", (".txt",), directory, labels, label_mode, class_names, batch_size, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip
    return folder.datasets(read)


def _read(path: str, length: int | None) -> str:
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        warn(f"{path!r} is no text in UTF-8 ({error}); what it cannot be is read as '\N{REPLACEMENT CHARACTER}'.")
        text = content.decode("utf-8", "replace")
    return text[:length]
