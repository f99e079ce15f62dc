"""CIFAR-10: 60,000 colour images of 32 by 32 pixels, ten classes."""

from __future__ import annotations

import numpy as np

from hornet.core.imports import publish
from hornet.datasets.cifar import load_batches
from hornet.datasets.remote import RemoteFile

__all__ = ["CLASS_NAMES", "load_data"]

publish(__name__, __all__)

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

ARCHIVE = RemoteFile(
    "cifar-10-batches-py-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
_MEMBERS = [f"cifar-10-batches-py/{name}" for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")]


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and test images with their labels.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays of shapes `(50000, 32, 32, 3)`, `(50000, 1)`,
        `(10000, 32, 32, 3)` and `(10000, 1)`; images of shape `(3, 32, 32)` under `"channels_first"`. Labels index
        `CLASS_NAMES`.

    Raises:
        FileNotFoundError: If the archive is not there and cannot be downloaded.

    Source:
        Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """
    (x_train, y_train), (x_test, y_test) = load_batches(ARCHIVE, _MEMBERS, "labels")
    return (x_train, y_train.astype("uint8")), (x_test, y_test.astype("uint8"))
