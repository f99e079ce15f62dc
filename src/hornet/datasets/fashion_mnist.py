"""Fashion-MNIST: 70,000 images of clothes, 28 by 28 grey levels, ten classes.

Hornet looks for the four files in its cache folder, then where Debian's package `dataset-fashion-mnist` puts them, and
downloads what is missing. Whichever way a file came, its content must have the expected SHA-256: the digits of MNIST go
under the same file names and shapes.
"""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hornet.core.downloads import data_folder, make_private_folder
from hornet.core.imports import publish

__all__ = ["CLASS_NAMES", "load_data"]

publish(__name__, __all__)

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class _File(NamedTuple):
    name: str
    shape: tuple[int, ...]
    packed: str  # SHA-256 of the .gz as published; Debian compresses the same content again
    content: str  # SHA-256 of what is inside


_FILES = (
    _File(
        "train-images-idx3-ubyte.gz",
        (60_000, 28, 28),
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    _File(
        "train-labels-idx1-ubyte.gz",
        (60_000,),
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    _File(
        "t10k-images-idx3-ubyte.gz",
        (10_000, 28, 28),
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    _File(
        "t10k-labels-idx1-ubyte.gz",
        (10_000,),
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)
_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_IDX_UINT8 = 0x08


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Training and test images with their labels, as Keras returns them.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 arrays of shapes `(60000, 28, 28)`, `(60000,)`,
        `(10000, 28, 28)` and `(10000,)`. Grey levels run from 0 to 255; labels index `CLASS_NAMES`.

    Raises:
        FileNotFoundError: If a file is in none of the folders and cannot be downloaded.
        ValueError: If a file is damaged or holds something else.

    Source:
        Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747.
    """
    x_train, y_train, x_test, y_test = (_read(_find(file), file) for file in _FILES)
    return (x_train, y_train), (x_test, y_test)


def cache_folder() -> Path:
    """Folder that is searched first and that downloads go to.

    It is `fashion-mnist` in the folder of data sets: `HORNET_DATA`, or `datasets` in Keras's folder (`KERAS_HOME`, or
    `~/.keras`), where Keras keeps the same files.

    Returns:
        The folder's path; the folder need not exist.
    """
    return data_folder() / "fashion-mnist"


def _find(file: _File) -> Path:
    for folder in (cache_folder(), _DEBIAN):
        if (folder / file.name).is_file():
            return folder / file.name
    return _download(file, cache_folder())


def _download(file: _File, folder: Path) -> Path:
    import pooch  # only here: loading a file that is already on the disk should not pay for an HTTP client

    url = _ORIGIN + file.name
    try:
        make_private_folder(folder)
        return Path(pooch.retrieve(url, known_hash=f"sha256:{file.packed}", fname=file.name, path=folder))
    except (OSError, ValueError) as error:  # no network, a folder that cannot be written; a wrong checksum
        raise FileNotFoundError(
            f"Fashion-MNIST's `{file.name}` is neither in {folder} nor in {_DEBIAN}, and downloading {url} failed: "
            f"{error}. Put the files {', '.join(f'`{file.name}`' for file in _FILES)} into {folder} (the environment "
            "variable HORNET_DATA names another directory), or install Debian's package `dataset-fashion-mnist`."
        ) from error


def _read(path: Path, file: _File) -> np.ndarray:
    """The array in a gzipped IDX file; raises if it is not exactly the expected one."""
    try:
        with gzip.open(path) as stream:
            content = stream.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(path, f"is not a whole gzip file ({error})") from error
    rank = len(file.shape)
    header = struct.pack(f">HBB{rank}I", 0, _IDX_UINT8, rank, *file.shape)
    if not content.startswith(header):
        raise _damaged(path, f"does not start with the IDX header of uint8 values of shape {file.shape}")
    if len(content) != len(header) + math.prod(file.shape):
        raise _damaged(path, f"holds {len(content) - len(header)} values, not {math.prod(file.shape)}")
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.content:
        raise _damaged(path, f"is not Fashion-MNIST's: its content has SHA-256 {digest}, not {file.content}")
    # A copy, because arrays over `bytes` cannot be written to.
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(file.shape).copy()


def _damaged(path: Path, problem: str) -> ValueError:
    return ValueError(f"The file {path} {problem}. Delete it and load again, or put a good copy in its place.")
