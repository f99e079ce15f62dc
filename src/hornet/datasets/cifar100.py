"""CIFAR-100: 60,000 colour images of 32 by 32 pixels, 100 classes in 20 groups."""

from __future__ import annotations

import numpy as np

from hornet.core.checks import one_of
from hornet.core.imports import publish
from hornet.datasets.cifar import load_batches
from hornet.datasets.remote import RemoteFile

__all__ = ["load_data"]

publish(__name__, __all__)

ARCHIVE = RemoteFile(
    "cifar-100-python-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)


def load_data(label_mode: str = "fine") -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and test images with their labels.

    Args:
        label_mode: `"fine"`, the 100 classes, or `"coarse"`, the 20 groups.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images of uint8, labels of int64, of shapes `(50000, 32, 32, 3)`,
        `(50000, 1)`, `(10000, 32, 32, 3)` and `(10000, 1)`; images of shape `(3, 32, 32)` under `"channels_first"`.

    Raises:
        FileNotFoundError: If the archive is not there and cannot be downloaded.
        ValueError: If `label_mode` is not one of the two.

    Source:
        Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """
    one_of("label_mode", label_mode, ("fine", "coarse"))
    return load_batches(ARCHIVE, ["cifar-100-python/train", "cifar-100-python/test"], f"{label_mode}_labels")
