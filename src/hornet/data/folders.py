"""Folders of files, a subfolder for each class, as datasets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hornet.core.checks import describe, number, one_of, positive_int
from hornet.core.errors import ArgumentError, MissingFileError
from hornet.core.messages import output
from hornet.data.dataset import AUTOTUNE, Dataset


@dataclass(frozen=True)
class Files:
    """Files, in the order in which they are read.

    Args:
        paths: Their paths.
        labels: The label of each, or `None`.
        class_names: The classes' names, or `None`.
    """

    paths: list[str]
    labels: np.ndarray | None = None
    class_names: list[str] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def at(self, places: Any) -> Files:
        """Return those at some places."""
        labels = None if self.labels is None else self.labels[places]
        return Files(np.array(self.paths)[places].tolist(), labels, self.class_names)

    def shuffled(self, seed: int) -> Files:
        """Return them in the order that Keras draws."""
        order = np.arange(len(self))
        np.random.RandomState(seed).shuffle(order)
        return self.at(order)

    def encoded(self, label_mode: str | None) -> Any:
        """Return the labels as the models of a kind of task take them."""
        if self.labels is None or self.class_names is None or label_mode == "int":
            return self.labels
        if label_mode == "binary":
            return self.labels.astype("float32")[:, None]
        return np.equal.outer(self.labels, np.arange(len(self.class_names))).astype("float32")


@dataclass(frozen=True)
class Folder:
    """What is read of a folder; the arguments are those of `image_dataset_from_directory`, and two more.

    Args:
        kind: What files are called in messages, such as `"pictures"`.
        endings: What their names end in.
    """

    kind: str
    endings: tuple[str, ...]
    directory: Any
    labels: Any
    label_mode: str | None
    class_names: Sequence[str] | None
    batch_size: int | None
    shuffle: bool
    seed: int | None
    validation_split: float | None
    subset: str | None
    follow_links: bool
    verbose: bool

    def datasets(self, read: Callable[[str], Any]) -> Any:
        """Return the dataset of what a function reads from each file; or two, for training and for validation.

        Raises:
            ValueError: If the folder does not have what the arguments say.
        """
        one_of("label_mode", self.label_mode, ("int", "categorical", "binary", None))
        self._check_parts()
        seed = np.random.randint(10**6) if self.seed is None else self.seed  # as Keras draws it
        files = self.files()
        if self.verbose:
            classes = "" if files.class_names is None else f" of {len(files.class_names)} classes"
            output().write(f"{len(files)} {self.kind}{classes} are in {os.fspath(self.directory)!r}.\n")
        made = []
        for name, part in self._parts(files.shuffled(seed) if self.shuffle else files).items():
            if self.verbose and self.subset:
                output().write(f"{len(part)} of them are for {name}.\n")
            # Where both are asked for, nothing is learnt from the second, and one order is enough.
            reshuffles = self.shuffle and not (self.subset == "both" and name == "validation")
            made.append(self._dataset(part, read, seed if reshuffles else None))
        return made if self.subset == "both" else made[0]

    def _dataset(self, files: Files, read: Callable[[str], Any], seed: int | None) -> Dataset:
        def read_alone(path: np.str_) -> Any:
            return read(str(path))

        def read_beside_label(path: np.str_, label: Any) -> Any:
            return read(str(path)), label

        paths, labels = np.array(files.paths), files.encoded(self.label_mode)
        dataset = Dataset.from_tensor_slices(paths if labels is None else (paths, labels))
        if seed is not None:
            dataset = dataset.shuffle(len(files), seed)
        dataset = dataset.map(read_alone if labels is None else read_beside_label, AUTOTUNE)
        if self.batch_size is not None:
            dataset = dataset.batch(positive_int("batch_size", self.batch_size))
        dataset.class_names, dataset.file_paths = files.class_names, files.paths
        return dataset

    def _check_parts(self) -> None:
        """Refuse arguments that do not say which part of the files is meant."""
        split, subset = self.validation_split, self.subset
        if split:
            number("validation_split", split, above=0, below=1, advice="Pass a part such as 0.2.")
        one_of("subset", subset, ("training", "validation", "both", None))
        if bool(split) != bool(subset):
            given, missing = ("validation_split", "subset") if split else ("subset", "validation_split")
            raise ValueError(
                f"`{given}` is given without `{missing}`. Pass both, as in `validation_split=0.2, subset='both'`."
            )
        if split and self.shuffle and self.seed is None and subset != "both":
            raise ValueError(
                "`seed` is None, so the calls for training and for validation would part the files differently. Pass "
                "the same seed to both, or `subset='both'` to one."
            )

    def _parts(self, files: Files) -> dict[str, Files]:
        """Return the files of each part that is asked for, by its name; the last ones are for validation."""
        if self.subset is None:
            return {"all": files}
        held_out = int((self.validation_split or 0) * len(files))
        rest = len(files) - held_out
        if not held_out:
            raise ValueError(
                f"`validation_split` {self.validation_split} of the {rest} {self.kind} in "
                f"{os.fspath(self.directory)!r} is not one whole file. Pass a larger part, or a folder of more files."
            )
        parts = {"training": files.at(slice(rest)), "validation": files.at(slice(rest, None))}
        return parts if self.subset == "both" else {self.subset: parts[self.subset]}

    def files(self) -> Files:
        """Return the files, in the order of their paths."""
        labels = None if self.label_mode is None else self.labels
        if labels is not None and not isinstance(labels, str | list | tuple | np.ndarray):
            raise ArgumentError(f"`labels` must be 'inferred', None or a list, not {describe(labels)}.")
        top = os.fspath(self.directory)
        if not os.path.isdir(top):
            raise MissingFileError(f"{top!r} is no folder. Pass the path of one that has a subfolder for each class.")
        if isinstance(labels, str):
            one_of("labels", labels, ("inferred",))
            return self._of_subfolders(top)
        if self.class_names is not None:
            raise ValueError("`class_names` orders subfolders, and labels are not read from them. Leave it out.")
        paths = self._some(list(self._walk(top, "")), top)
        if labels is None:
            return Files(paths)
        if len(labels) != len(paths):
            raise ValueError(
                f"`labels` holds {len(labels)} labels, and {top!r} {len(paths)} {self.kind}. Pass one for each file, "
                "in the order of their paths."
            )
        numbers = np.array(labels)
        numbers = numbers.astype("int32") if numbers.dtype.kind == "i" else numbers  # as programs have them
        return self._checked(Files(paths, numbers, [str(label) for label in sorted(set(numbers.tolist()))]))

    def _of_subfolders(self, top: str) -> Files:
        there = sorted(entry.name for entry in os.scandir(top) if entry.is_dir() and entry.name[0] != ".")
        if not there:
            raise ValueError(
                f"{top!r} has no subfolders, which classes are read from. Pass the folder above, or `labels=None`."
            )
        names = there if self.class_names is None else list(self.class_names)
        missing = [name for name in names if name not in there]
        if missing:
            raise ValueError(f"`class_names` has {missing[0]!r}, and {top!r} the subfolders {there}.")
        found = [list(self._walk(top, name)) for name in names]
        paths = self._some([path for paths in found for path in paths], top)
        return self._checked(Files(paths, np.repeat(np.arange(len(names), dtype="int32"), [*map(len, found)]), names))

    def _walk(self, top: str, name: str) -> Iterator[str]:
        """Yield the paths of a subfolder's files, in Keras's order and form."""
        folder = os.path.join(top, name)
        for root, _, files in sorted(os.walk(folder, followlinks=self.follow_links)):
            for file in sorted(files):
                if file.lower().endswith(self.endings):
                    yield os.path.join(top, name, os.path.relpath(os.path.join(root, file), folder))

    def _some(self, paths: list[str], top: str) -> list[str]:
        if not paths:
            raise ValueError(
                f"There are no {self.kind} in {top!r}, or in the folders in it: no name ends in "
                f"{', '.join(self.endings)}. Pass the folder that holds them."
            )
        return paths

    def _checked(self, files: Files) -> Files:
        classes = len(files.class_names or ())
        if self.label_mode == "binary" and classes != 2:
            raise ValueError(f"`label_mode` 'binary' is for two classes, and there are {classes}. Pass 'int'.")
        return files
