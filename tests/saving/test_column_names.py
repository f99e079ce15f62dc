"""Models know the columns that they were trained on again, when they come from files."""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pandas as pd
import pytest

from hornet import Sequential, layers, saving
from hornet.core.errors import CorruptFileError

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(16, 3)).astype("float32"), columns=["a", "b", "é"])
OTHER_ORDER = FRAME[["é", "a", "b"]]


@pytest.fixture(scope="module")
def model():
    trained = Sequential([layers.Dense(1)])
    trained.compile("sgd", "mse")
    trained.fit(FRAME, FRAME["a"], verbose=0)
    return trained


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_columns_are_put_in_order_after_loading(name, model, tmp_path):
    model.save(tmp_path / name)
    loaded = saving.load_model(tmp_path / name)
    np.testing.assert_array_equal(loaded.predict(OTHER_ORDER, verbose=0), model.predict(FRAME, verbose=0))
    with pytest.raises(ValueError, match="lacks 'a' and has 'x' besides"):
        loaded.predict(FRAME.rename(columns={"a": "x"}), verbose=0)
    foreign = keras.saving.load_model(tmp_path / name)
    np.testing.assert_allclose(foreign(FRAME.to_numpy()), model(FRAME), rtol=1e-5)


def test_calls_put_columns_in_order(model):
    np.testing.assert_array_equal(model(OTHER_ORDER), model(FRAME.to_numpy()))
    with pytest.raises(ValueError, match="`inputs` lacks 'a'"):
        model(FRAME.rename(columns={"a": "x"}))


def test_many_names_and_none(tmp_path):
    wide = pd.DataFrame(np.zeros((2, 3000), "float32"), columns=[f"column {number:030}" for number in range(3000)])
    model = Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(wide, np.zeros(2), verbose=0)
    model.save(tmp_path / "wide.h5")
    assert saving.load_model(tmp_path / "wide.h5")._column_names == tuple(wide)
    nameless = Sequential([layers.Dense(1, input_shape=(3,))])
    nameless.save(tmp_path / "nameless.h5")
    assert saving.load_model(tmp_path / "nameless.h5").predict(OTHER_ORDER, verbose=0).shape == (16, 1)


@pytest.mark.parametrize("names", ["abc", ["a", "a"], [1, 2, 3], {"a": 1}])
def test_what_are_no_names_is_refused(names, model):
    file, spoiled = io.BytesIO(), io.BytesIO()
    model.save(file)
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(spoiled, "w") as other:
        for member in archive.namelist():
            data = archive.read(member)
            if member == "metadata.json":
                data = json.dumps({**json.loads(data), "hornet_columns": names}).encode()
            other.writestr(member, data)
    spoiled.seek(0)
    with pytest.raises(CorruptFileError, match="hornet_columns"):
        saving.load_model(spoiled)


def test_what_are_no_names_is_refused_in_the_older_layout(model, tmp_path):
    model.save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "a") as file:
        file.attrs["hornet_columns"] = np.arange(3)
    with pytest.raises(CorruptFileError, match="hornet_columns"):
        saving.load_model(tmp_path / "model.h5")
