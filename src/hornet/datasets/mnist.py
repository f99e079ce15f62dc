"""MNIST: 70,000 images of handwritten digits, 28 by 28 grey levels."""

from __future__ import annotations

import os

import numpy as np

from hornet.core.imports import publish
from hornet.datasets.remote import ORIGIN, RemoteFile

__all__ = ["load_data"]

publish(__name__, __all__)

FILE = RemoteFile("mnist.npz", ORIGIN + "mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")


def load_data(
    path: str | os.PathLike[str] = "mnist.npz",
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return training and test images with their labels.

    Args:
        path: Name of the file in the folder of data sets (`HORNET_DATA`, or `~/.keras/datasets`).

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays of shapes `(60000, 28, 28)`, `(60000,)`,
        `(10000, 28, 28)` and `(10000,)`. Grey levels run from 0 to 255; labels are the digits.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.

    Source:
        LeCun et al. 1998, Gradient-based learning applied to document recognition.
    """
    with np.load(FILE.path(path), allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
