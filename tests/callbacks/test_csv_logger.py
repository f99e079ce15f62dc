import csv

import keras
import numpy as np
import pytest

import hornet
from hornet import callbacks

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's

X = np.ones((8, 2), "float32")


def read(path, delimiter):
    return list(csv.reader(path.read_text().splitlines(), delimiter=delimiter))


def fit(library, *followers, **options):
    library.utils.set_random_seed(0)
    model = library.Sequential([library.Input((2,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    return model.fit(X, X[:, :1], verbose=0, callbacks=list(followers), **{"epochs": 3, **options})


@pytest.mark.parametrize("options", [{}, {"validation_split": 0.5}, {"validation_split": 0.5, "validation_freq": 2}])
def test_the_table_is_keras_s(tmp_path, options, oracle):
    def table(library):
        path = tmp_path / f"{library.__name__}.csv"
        fit(library, library.callbacks.CSVLogger(path, separator=";"), **options)
        return read(path, ";")

    def arrays(rows):
        numbers = [[np.nan if cell == "NA" else float(cell) for cell in row] for row in rows[1:]]
        return [np.array(rows[0], "U"), np.array(numbers)]

    (names, numbers), (their_names, their_numbers) = arrays(table(hornet)), oracle("rows", lambda: arrays(table(keras)))
    np.testing.assert_array_equal(names, their_names)
    assert len(numbers) == 3
    np.testing.assert_allclose(numbers, their_numbers, rtol=1e-4)


def test_a_second_run_begins_anew_or_goes_on(tmp_path):
    path = tmp_path / "folder" / "log.csv"
    for append, rows in [(False, 4), (False, 4), (True, 7)]:
        fit(hornet, callbacks.CSVLogger(path, append=append))
        assert len(path.read_text().splitlines()) == rows


def test_rows_written_after_the_last_save_do_not_come_twice(tmp_path):
    path = tmp_path / "log.csv"

    class Crash(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise SystemError

    with pytest.raises(SystemError):
        fit(hornet, callbacks.CSVLogger(path), Crash(), epochs=5, resume=tmp_path / "run")
    assert len(path.read_text().splitlines()) == 4
    fit(hornet, callbacks.CSVLogger(path), epochs=5, resume=tmp_path / "run")
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == ["epoch", "0", "1", "2", "3", "4"]


def test_metrics_that_are_arrays_fill_one_cell(tmp_path):
    logger = callbacks.CSVLogger(tmp_path / "a.csv")
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": np.float32(0.5), "per_class": np.array([1.0, 2.0])})
    logger.on_train_end()
    assert read(tmp_path / "a.csv", ",")[1][:3] == ["0", "0.5", '"[1.0, 2.0]"']
