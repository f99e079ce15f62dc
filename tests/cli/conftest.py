"""A folder of small tables and models, and presets that train for a moment."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from hornet import Input, Sequential, layers
from hornet.tabular import Preset, TabularClassifier, TabularRegressor, presets

TINY = Preset(kinds=("plain",), trainings=1, folds=1, updates=8, width=16)
ROWS = 60


def houses():
    """A table of numbers, words and gaps, with a target of each kind."""
    rng = np.random.default_rng(0)
    area = rng.uniform(30, 150, ROWS)
    city = rng.choice(["Oslo", "Rome"], ROWS)
    price = 3 * area + 90 * (city == "Oslo") + rng.normal(0, 5, ROWS)
    rooms = [None if row % 9 == 4 else 1 + row % 4 for row in range(ROWS)]
    return pa.table(
        {"area": area, "city": city, "rooms": rooms, "price": price, "sold": np.where(area > 90, "yes", "no")}
    )


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder of files that no test changes."""
    folder = tmp_path_factory.mktemp("tables")
    table = houses()
    pyarrow.csv.write_csv(table, folder / "houses.csv")
    rows, fast = table.drop_columns(["price", "sold"]), {"compare": False, "random_state": 0}
    TabularRegressor(TINY, **fast).fit(rows, table["price"].to_numpy()).save(folder / "price.keras")
    TabularClassifier(TINY, **fast).fit(rows, table["sold"].to_numpy()).save(folder / "sold.keras")
    model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", metrics=["mae"])
    model.save(folder / "sum.keras")
    return folder


@pytest.fixture
def here(folder, tmp_path, monkeypatch):
    """The current folder: a new one, in which the files are to be found under their names."""
    for file in folder.iterdir():
        os.link(file, tmp_path / file.name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def small_presets(monkeypatch):
    for name in presets.PRESETS:
        monkeypatch.setitem(presets.PRESETS, name, TINY)
