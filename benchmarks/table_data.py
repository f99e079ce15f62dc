"""Twenty tables out of packages: of scikit-learn, of Hornet, and of two packages of Debian's with data for R.

`python table_data.py` fetches these two by `apt-get download` and unpacks them into `$TABLE_DATA`, by default
`~/.cache/hornet/tables`, and lists all tables.
"""

import bz2
import lzma
import os
import subprocess
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

FOLDER = Path(os.environ.get("TABLE_DATA", Path.home() / ".cache/hornet/tables"))


def fetch():
    """Get the packages with data for R."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("modeldata", "mlbench"):
        if not (FOLDER / name).is_dir():
            subprocess.run(["apt-get", "download", "-q", f"r-cran-{name}"], cwd=FOLDER, check=True)
            subprocess.run(["dpkg", "-x", next(FOLDER.glob(f"r-cran-{name}_*.deb")), name], cwd=FOLDER, check=True)


def _unpacked(packed):
    """Return the bytes of an entry of R's own data base, whose first byte behind its length says how it is packed."""
    kind, body = packed[4:5], packed[5:]
    if kind == b"Z":
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
        return lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=filters).decompress(body)
    return bz2.decompress(body) if kind == b"2" else zlib.decompress(packed[4:])


def _of_r(package, name):
    import rdata

    base = FOLDER / package / f"usr/lib/R/site-library/{package}/data"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if (base / f"{name}.rda").exists():
            frame = rdata.read_rda(base / f"{name}.rda")[name]
        else:
            where = {str(key): value for key, value in rdata.read_rds(base / "Rdata.rdx")["variables"].items()}
            start, length = (int(one) for one in where[name])
            packed = (base / "Rdata.rdb").read_bytes()[start : start + length]
            frame = rdata.conversion.convert(rdata.parser.parse_data(_unpacked(packed)))
    return frame.reset_index(drop=True)


def _housing():
    from hornet.datasets import california_housing

    table = california_housing.fetch()
    return pd.DataFrame(table.data, columns=table.feature_names), table.target


def _part(package, name, target, log=False, left_out=()):
    frame = _of_r(package, name).drop(columns=list(left_out))
    frame = frame[frame[target].notna()]
    y = frame[target]
    return frame.drop(columns=target), np.log(y.astype(float)) if log else y


def _bunch(loader):
    bunch = loader(as_frame=True)
    return bunch.data, bunch.target


def _made(maker, **arguments):
    X, y = maker(random_state=0, **arguments)
    return pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])]), pd.Series(y)


_CLUSTERS = {
    "n_samples": 5000, "n_features": 20, "n_informative": 8, "n_redundant": 4, "n_classes": 4,
    "n_clusters_per_class": 3, "flip_y": 0.02, "class_sep": 1.0,
}  # fmt: skip

REGRESSION = {
    "housing": _housing,
    "diabetes": lambda: _bunch(datasets.load_diabetes),
    "friedman1": lambda: _made(datasets.make_friedman1, n_samples=5000, noise=1.0),
    "concrete": lambda: _part("modeldata", "concrete", "compressive_strength"),
    "ames": lambda: _part("modeldata", "ames", "Sale_Price", log=True),
    "car_prices": lambda: _part("modeldata", "car_prices", "Price", log=True),
    "check_times": lambda: _part("modeldata", "check_times", "check_time", log=True),
    "sacramento": lambda: _part("modeldata", "Sacramento", "price", log=True),
    "boston": lambda: _part("mlbench", "BostonHousing2", "cmedv", left_out=["medv"]),
}
CLASSIFICATION = {
    "breast_cancer": lambda: _bunch(datasets.load_breast_cancer),
    "digits": lambda: _bunch(datasets.load_digits),
    "clusters": lambda: _made(datasets.make_classification, **_CLUSTERS),
    "pima": lambda: _part("mlbench", "PimaIndiansDiabetes2", "diabetes"),
    "churn": lambda: _part("modeldata", "mlc_churn", "churn"),
    "attrition": lambda: _part("modeldata", "attrition", "Attrition"),
    "cells": lambda: _part("modeldata", "cells", "class", left_out=["case"]),
    "credit": lambda: _part("modeldata", "credit_data", "Status"),
    "hpc": lambda: _part("modeldata", "hpc_data", "class"),
    "vehicle": lambda: _part("mlbench", "Vehicle", "Class"),
    "satellite": lambda: _part("mlbench", "Satellite", "classes"),
}
FIXED_ON = ("friedman1", "concrete", "ames", "car_prices", "churn", "clusters", "pima", "credit", "vehicle", "digits")
"""The tables that the recipe was chosen by; of the others nobody looked at a figure before it was fixed."""
NAMES = [*REGRESSION, *CLASSIFICATION]


def load(name):
    """Return a frame of numbers, and of strings and None; labels; and whether they are classes."""
    X, y = (REGRESSION | CLASSIFICATION)[name]()
    X = X.reset_index(drop=True).copy()
    for column in X:
        if not pd.api.types.is_numeric_dtype(X[column]) or pd.api.types.is_bool_dtype(X[column]):
            words = X[column].astype(object)
            X[column] = pd.Series([None if pd.isna(word) else str(word) for word in words], dtype=object)
        else:
            X[column] = X[column].astype(np.float64)
    if name in REGRESSION:
        return X, np.asarray(y, np.float64), False
    return X, LabelEncoder().fit_transform(np.asarray(y).astype(str)), True


def split(y, is_classes, seed):
    """Return the numbers of the rows to train on, and of the fifth to test on."""
    return train_test_split(np.arange(len(y)), test_size=0.2, stratify=y if is_classes else None, random_state=seed)


def words_of(X):
    """Return the names of the columns of words."""
    return [column for column in X if X[column].dtype == object]


def main():
    """Fetch what is missing, and print a line for each table."""
    fetch()
    for name in NAMES:
        X, y, is_classes = load(name)
        kind = f"{len(np.unique(y))} classes" if is_classes else "numbers"
        print(f"{name:14} {kind:10} {len(X):6} rows {X.shape[1]:4} columns ({len(words_of(X))} of words)")


if __name__ == "__main__":
    main()
