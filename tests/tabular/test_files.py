"""Estimators for tables as files."""

import numpy as np
import pandas as pd
import pytest

import hornet as keras
from hornet.core.errors import CorruptFileError
from hornet.tabular import Preset, TabularClassifier, TabularRegressor

TINY = Preset(kinds=("plain",), trainings=2, folds=2, updates=8, width=16)
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"a": RNG.normal(size=120), "b": RNG.choice(["x", "y"], 120), "c": RNG.normal(size=120)})
PRICE = (FRAME["a"] + (FRAME["b"] == "x")).to_numpy()
NUMBERS = FRAME[["a", "c"]]


@pytest.mark.parametrize("X", [FRAME, NUMBERS, NUMBERS.to_numpy()], ids=["words", "numbers", "array"])
def test_a_regressor_comes_back(X, tmp_path):
    fitted = TabularRegressor(TINY, random_state=0, compare=False).fit(X, PRICE)
    fitted.save(tmp_path / "price.keras")
    again = TabularRegressor.load(tmp_path / "price.keras")
    assert again.get_params() == fitted.get_params()
    assert (again.predict(X) == fitted.predict(X)).all()
    assert (again.predict_interval(X, 0.5) == fitted.predict_interval(X, 0.5)).all()
    assert again.leaderboard_ == fitted.leaderboard_
    assert again.ranges_ == fitted.ranges_
    model = keras.models.load_model(tmp_path / "price.keras")
    turned = X[list(X)[::-1]] if isinstance(X, pd.DataFrame) else X
    assert model.predict(turned, verbose=0)[:, 0] == pytest.approx(fitted.predict(X), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("labels", [["dear", "cheap"], [3, 7], [True, False], [1.0, 2.0]], ids=str)
def test_classes_come_back(labels, tmp_path):
    y = np.where(PRICE > 0.5, *labels)
    fitted = TabularClassifier(TINY, random_state=0, compare=False).fit(FRAME, y)
    fitted.save(tmp_path / "price.keras")
    again = TabularClassifier.load(tmp_path / "price.keras")
    assert (again.predict(FRAME) == fitted.predict(FRAME)).all()
    assert again.classes_.dtype == fitted.classes_.dtype
    model = keras.models.load_model(tmp_path / "price.keras")
    assert model.predict(FRAME, verbose=0) == pytest.approx(fitted.predict_proba(FRAME), abs=1e-6)


def test_other_files_are_refused(tmp_path):
    fitted = TabularRegressor(TINY, random_state=0, compare=False).fit(NUMBERS, PRICE)
    with pytest.raises(ValueError, match=r"'\.keras'"):
        fitted.save(tmp_path / "price.h5")
    fitted.save(tmp_path / "price.keras")
    with pytest.raises(CorruptFileError, match="TabularRegressor, not a TabularClassifier"):
        TabularClassifier.load(tmp_path / "price.keras")
    fitted.model_.save(tmp_path / "model.keras")
    with pytest.raises(CorruptFileError, match="load_model"):
        TabularRegressor.load(tmp_path / "model.keras")
