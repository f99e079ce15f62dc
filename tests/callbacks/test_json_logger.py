import datetime
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import hornet
from hornet import callbacks, layers
from hornet.estimators import KerasRegressor
from hornet.tuning import GridSearchCV, train_population, tune

X = np.ones((8, 2), "float32")


def fit(*followers, **options):
    model = hornet.Sequential([hornet.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model.fit(X, X[:, :1], verbose=0, callbacks=list(followers), **{"epochs": 3, **options}).history


def read(path):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def test_a_line_is_an_epoch(tmp_path):
    path = tmp_path / "folder" / "log.jsonl"
    history = fit(callbacks.JSONLogger(path), validation_split=0.5, validation_freq=2)
    lines = read(path)
    assert [line["epoch"] for line in lines] == [0, 1, 2]
    assert [line["loss"] for line in lines] == history["loss"]
    assert [line.get("val_mae") for line in lines] == [None, *history["val_mae"], None]
    times = [datetime.datetime.fromisoformat(line["time"]) for line in lines]
    assert times == sorted(times)
    assert times[0].utcoffset() == datetime.timedelta(0)


def test_what_json_has_no_words_for_is_a_gap(tmp_path):
    path = tmp_path / "log.jsonl"
    logger = callbacks.JSONLogger(path)
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": np.float32("nan"), "mae": np.inf, "f1": np.array([0.5, np.nan]), "note": "a"})
    logger.on_epoch_end(1, {"loss": 0.5, "mae": 1, "f1": [0.5, 0.25], "note": "b"})
    logger.on_train_end()
    first, second = read(path)
    assert (first["loss"], first["mae"], first["f1"], first["note"]) == (None, None, [0.5, None], "a")
    assert (second["loss"], second["mae"], second["f1"]) == (0.5, 1, [0.5, 0.25])
    np.testing.assert_array_equal(pd.read_json(path, lines=True)["loss"], [np.nan, 0.5])
    assert pl.read_ndjson(path)["mae"].to_list() == [None, 1.0]


def test_a_second_run_begins_anew_or_goes_on(tmp_path):
    path = tmp_path / "log.jsonl"
    for append, lines in [(False, 3), (False, 3), (True, 6)]:
        fit(callbacks.JSONLogger(path, append=append))
        assert len(read(path)) == lines


def test_lines_written_after_the_last_save_do_not_come_twice(tmp_path):
    path = tmp_path / "log.jsonl"

    class Crash(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise SystemError

    with pytest.raises(SystemError):
        fit(callbacks.JSONLogger(path), Crash(), epochs=5, resume=tmp_path / "run")
    assert len(read(path)) == 3
    fit(callbacks.JSONLogger(path), epochs=5, resume=tmp_path / "run")
    assert [line["epoch"] for line in read(path)] == [0, 1, 2, 3, 4]


def build(units=2):
    model = hornet.Sequential([layers.Dense(units, input_shape=(2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("kind", [callbacks.JSONLogger, callbacks.CSVLogger])
def test_models_that_are_trained_together_have_a_file_each(tmp_path, kind):
    histories = train_population(
        [build(), build(3)], X, X[:, :1], epochs=2, callbacks=[kind(tmp_path / "log-{run}")]
    )  # a warning that they were trained one by one would be an error
    for index, history in enumerate(histories):
        lines = (tmp_path / f"log-model_{index}").read_text().splitlines()[-2:]
        assert [repr(loss) in line for loss, line in zip(history.history["loss"], lines, strict=True)] == [True, True]


def test_candidates_have_a_file_each(tmp_path):
    logger = callbacks.JSONLogger(tmp_path / "{run}.jsonl")
    estimator = KerasRegressor(build, epochs=2, verbose=0, callbacks=[logger])
    search = GridSearchCV(estimator, {"units": [2, 3]}, cv=2).fit(X, X[:, 0])
    folds = [f"candidate_{place}_fold_{fold}" for place in range(2) for fold in range(2)]
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted([f"candidate_{search.best_index_}", *folds])
    best = read(tmp_path / f"candidate_{search.best_index_}.jsonl")
    assert [line["loss"] for line in best] == search.best_estimator_.history_["loss"]
    estimator.fit(X, X[:, 0])
    assert len(read(tmp_path / "fit.jsonl")) == 2


def test_one_file_for_several_models_is_refused(tmp_path):
    logger = callbacks.JSONLogger(tmp_path / "log.jsonl")
    with pytest.raises(ValueError, match=r"Several models .*`JSONLogger`.*Put `\{run\}` into its name"):
        train_population([build(), build()], X, X[:, :1], callbacks=[logger])
    with pytest.raises(ValueError, match="Several models"):
        GridSearchCV(KerasRegressor(build, callbacks=[logger]), {"units": [2, 3]}, cv=2).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Several models"):
        tune(build, X, X[:, :1], space={"units": [2, 3]}, trials=2, callbacks=[logger])
    assert not any(tmp_path.iterdir())
