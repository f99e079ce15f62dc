"""What CIFAR-10 and CIFAR-100 share: an archive of pickled batches of images."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hornet.core.settings import image_data_format
from hornet.datasets import pickles
from hornet.datasets.remote import RemoteFile


def load_batches(
    archive: RemoteFile, members: Sequence[str], labels: str
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the images and labels of batches in an archive; the last one is for testing.

    Args:
        archive: The archive, which is read where it lies and not unpacked.
        members: Paths of the batches in it.
        labels: Name of the labels in each of them.
    """
    path = archive.path()
    with tarfile.open(path) as tar:
        batches = [_read(tar, path, member, labels) for member in members]
    images, numbers = zip(*batches, strict=True)
    return (np.concatenate(images[:-1]), np.concatenate(numbers[:-1])), (images[-1], numbers[-1])


def _read(tar: tarfile.TarFile, path: Path, member: str, labels: str) -> tuple[np.ndarray, np.ndarray]:
    stream: Any = tar.extractfile(member)
    batch = pickles.load(stream.read(), path, member)
    images = np.asarray(batch[b"data"]).reshape(-1, 3, 32, 32)
    if image_data_format() == "channels_last":
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    return images, np.asarray(batch[labels.encode()]).reshape(-1, 1)
