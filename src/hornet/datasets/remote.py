"""Files of data sets, by Keras's names: looked for on the disk, checked, and downloaded where they are missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hornet.core.downloads import data_folder, download, has_content
from hornet.core.folders import path_given

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


class RemoteFile(NamedTuple):
    """A file of a data set.

    Args:
        name: Its name in the folder of data sets, where Keras keeps it too.
        url: Where it is published.
        digest: SHA-256, or MD5 where Keras has no other, of its content.
    """

    name: str
    url: str
    digest: str

    def path(self, name: str | os.PathLike[str] | None = None) -> Path:
        """Return where the file lies, after a download if it must be.

        Args:
            name: Another name in the folder of data sets, or a path.

        Raises:
            FileNotFoundError: If it is not there and cannot be downloaded; the error says where to put it.
            ValueError: If what was downloaded is not this file.
        """
        path = data_folder() / (self.name if name is None else Path(path_given("path", name, self.name)).expanduser())
        if not has_content(path, self.digest):
            download(self.url, path, self.digest)
        return path


def shuffled(seed: int | np.random.RandomState, *columns: np.ndarray) -> list[np.ndarray]:
    """Return columns of equal length in one random order, which is Keras's for the same seed."""
    generator = np.random.RandomState(seed) if isinstance(seed, int) else seed
    order = np.arange(len(columns[0]))
    generator.shuffle(order)
    return [column[order] for column in columns]
