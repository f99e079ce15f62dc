"""Boston Housing: 506 districts of the 1970s, 13 attributes each.

One attribute, `B`, was made from the share of black people in a district, on the assumption that it lowers prices.
Prefer `california_housing`, unless that is what you study.
"""

from __future__ import annotations

import os

import numpy as np

from hornet.core.imports import publish
from hornet.datasets.remote import ORIGIN, RemoteFile, shuffled

__all__ = ["load_data"]

publish(__name__, __all__)

FILE = RemoteFile(
    "boston_housing.npz",
    ORIGIN + "boston_housing.npz",
    "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
)


def load_data(
    path: str | os.PathLike[str] = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return shuffled training and test rows with the median price of a house, in 1,000 USD.

    Args:
        path: Name of the file in the folder of data sets (`HORNET_DATA`, or `~/.keras/datasets`).
        test_split: Fraction of the rows that go into the test set, in [0, 1).
        seed: Seed of the shuffle before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float64 arrays, those of features of 13 columns.

    Raises:
        FileNotFoundError: If the file is not there and cannot be downloaded.
        ValueError: If `test_split` is not a fraction.

    Source:
        Harrison & Rubinfeld 1978, Hedonic prices and the demand for clean air.
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must lie in [0, 1), not {test_split!r}. Pass the fraction of rows to test on.")
    with np.load(FILE.path(path), allow_pickle=False) as arrays:
        x, y = shuffled(seed, arrays["x"], arrays["y"])
    stop = int(len(x) * (1 - test_split))
    return (x[:stop], y[:stop]), (x[stop:], y[stop:])
