"""The two data sets as float32 arrays, read with NumPy alone so that no peer's process imports Hornet for them."""

import gzip
import os
from pathlib import Path

import numpy as np

HOUSING = Path(__file__).parents[1] / "src/hornet/datasets/cal_housing.csv.gz"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def housing():
    """Standardised California housing: `(x, y), (x_validation, y_validation)` of 11,610 and 3,870 rows."""
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = np.loadtxt(
        HOUSING, delimiter=",", skiprows=1
    ).T
    ratios = (rooms / households, bedrooms / households, population, population / households)
    x = np.stack((income, age, *ratios, latitude, longitude), axis=1)
    y = value[:, np.newaxis] / 100_000
    order = np.random.default_rng(42).permutation(len(x))
    train, validation = order[:11_610], order[11_610:15_480]
    x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    x, y = x.astype("float32"), y.astype("float32")
    return (x[train], y[train]), (x[validation], y[validation])


def fashion():
    """Fashion-MNIST's training images, grey levels in [0, 1]: 55,000 to train on and 5,000 to validate on."""
    x = _read_idx("train-images-idx3-ubyte.gz", 16).reshape(60_000, 28, 28)
    y = _read_idx("train-labels-idx1-ubyte.gz", 8).copy()  # writable, or PyTorch warns
    x = x.astype("float32")
    x /= 255  # in place: every peer's memory starts from one copy
    return (x[:55_000], y[:55_000]), (x[55_000:], y[55_000:])


def images():
    """The first 10,000 images of Fashion-MNIST with an axis of channels, and their labels."""
    (x, y), _ = fashion()
    return x[:10_000, :, :, np.newaxis].copy(), y[:10_000].copy()


def sequences():
    """4,000 sequences of 50 steps of 8 noisy waves, and the frequency of each."""
    rng = np.random.default_rng(0)
    frequency = rng.uniform(0.05, 0.4, (4_000, 1))
    waves = np.sin(frequency[..., np.newaxis] * np.arange(50)[:, np.newaxis] + np.arange(8))
    return (waves + 0.1 * rng.normal(size=waves.shape)).astype("float32"), frequency.astype("float32")


def cache():
    """Folder of Hornet's data sets."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return Path(os.environ.get("HORNET_DATA") or home / "datasets")


def _read_idx(name, header):
    for folder in (cache() / "fashion-mnist", DEBIAN):
        if (folder / name).exists():
            return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)
    raise FileNotFoundError(
        f"{name} is neither in {cache() / 'fashion-mnist'} nor in {DEBIAN}. Load it once with Hornet."
    )
