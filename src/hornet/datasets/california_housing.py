"""California housing: 20,640 districts of the 1990 census, 8 features, one price.

The table ships with Hornet, so neither function needs the internet. Where it comes from: `cal_housing.md` beside it.
"""

import gzip
import math
from importlib import resources
from typing import NamedTuple

import numpy as np

from hornet.core.imports import publish

__all__ = ["FEATURE_NAMES", "Housing", "fetch", "load_data"]

publish(__name__, __all__)

FEATURE_NAMES = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)
_SMALL_ROWS = 600


class Housing(NamedTuple):
    """The whole table, under the attribute names of scikit-learn's `fetch_california_housing()`."""

    data: np.ndarray
    target: np.ndarray
    feature_names: list[str]
    target_names: list[str]


def fetch() -> Housing:
    """All districts in StatLib's order: scikit-learn's `fetch_california_housing()` without its download.

    Returns:
        A `Housing` with `data` of shape `(20640, 8)` (columns `FEATURE_NAMES`) and `target` of shape `(20640,)`, the
        median house value in 100,000 USD; both float64, value for value scikit-learn's.

    Source:
        Pace & Barry 1997, "Sparse Spatial Autoregressions"; ratios to households as scikit-learn forms them.

    Example:
        >>> housing = fetch()
        >>> housing.data.shape, housing.feature_names[0], float(housing.target[0])
        ((20640, 8), 'MedInc', 4.526)
    """
    with (
        resources.files("hornet.datasets").joinpath("cal_housing.csv.gz").open("rb") as packed,
        gzip.open(packed) as table,
    ):
        columns = np.loadtxt(table, delimiter=",", skiprows=1).T
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = columns
    features = (
        income,
        age,
        rooms / households,
        bedrooms / households,
        population,
        population / households,
        latitude,
        longitude,
    )
    return Housing(np.stack(features, axis=1), value / 100_000, list(FEATURE_NAMES), ["MedHouseVal"])


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
    split: str | None = None,
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Shuffled training and test rows, with Keras's signature and scikit-learn's features.

    Rows are shuffled and split as Keras does it, from StatLib's order. The columns are `FEATURE_NAMES`, and the
    target is in 100,000 USD, where Keras has dollars: divide those by 100,000 to compare.

    Args:
        version: `"large"`, all 20,640 rows, or `"small"`, the first 600 of them (Oakland and Berkeley).
        path: Ignored; kept for compatibility with Keras. The data ship with Hornet.
        test_split: Fraction of the rows that go into the test set, in [0, 1).
        seed: Seed of the shuffle before the split.
        split: `"published"` for the 13,209, 3,303 and 4,128 rows to train, validate and test on that papers on tables
            compare by (Gorishniy et al. 2021): scikit-learn's `train_test_split` with `test_size=0.2` of all rows with
            `random_state=0`, and of those to train on with 1. `version`, `test_split` and `seed` have no effect on it.

    Returns:
        `(x_train, y_train), (x_test, y_test)`, of the published split `(x_train, y_train), (x_val, y_val), (x_test,
        y_test)`: float32 as in Keras, `x` of shape `(rows, 8)`, `y` of shape `(rows,)`.

    Raises:
        ValueError: If `version` is neither of the two, `test_split` is outside [0, 1) or there is no such `split`.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, y_test.shape
        ((16512, 8), (4128,))
        >>> [len(y) for x, y in load_data(split="published")]
        [13209, 3303, 4128]
    """
    if split is not None:
        return _published(split)
    if version not in ("large", "small"):
        raise ValueError(f"`version` must be 'large' or 'small', not {version!r}. Pass one of the two.")
    if not 0 <= test_split < 1:
        raise ValueError(f"`test_split` must lie in [0, 1), not {test_split!r}. Pass the fraction of rows to test on.")
    housing = fetch()
    rows = len(housing.target) if version == "large" else _SMALL_ROWS
    order = np.random.RandomState(seed).permutation(rows)
    x = housing.data.astype("float32")[order]
    y = housing.target.astype("float32")[order]
    end = int(rows * (1 - test_split))
    return (x[:end], y[:end]), (x[end:], y[end:])


def _published(split: str) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Return rows to train, validate and test on."""
    if split != "published":
        raise ValueError(f"`split` must be 'published' or None, not {split!r}. Pass one of the two.")
    housing = fetch()
    rest, test = _parted(np.arange(len(housing.target)), seed=0)
    train, validation = _parted(rest, seed=1)
    x, y = housing.data.astype("float32"), housing.target.astype("float32")
    return tuple((x[rows], y[rows]) for rows in (train, validation, test))


def _parted(rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return four fifths of some rows, and the rest, as scikit-learn's `train_test_split` draws them."""
    order = np.random.RandomState(seed).permutation(len(rows))
    held = math.ceil(len(rows) / 5)
    return rows[order[held:]], rows[order[:held]]
