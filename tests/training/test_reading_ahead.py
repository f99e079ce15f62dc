"""Rows that a thread reads ahead: how far it reads, what becomes of it, and what it raises or warns of."""

import threading
import weakref
from functools import partial
from itertools import count, islice

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hornet
from hornet import data, layers
from hornet.core import frames
from hornet.data import parquet_files
from hornet.data.ahead import gathered_ahead
from hornet.training.data import blocks, mapped

ROWS, SIZE = 400, 5
X = np.random.default_rng(0).normal(size=(ROWS, 2)).astype("float32")
Y = X.sum(axis=1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A pass has ten buffers of eight batches, each of several pieces."""
    monkeypatch.setattr(blocks, "BUFFER_BYTES", 1)
    monkeypatch.setattr(mapped, "LARGE_BYTES", 1)
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 100)
    monkeypatch.setattr(parquet_files, "BLOCK_BYTES", 1)
    monkeypatch.setattr(parquet_files, "PIECE_BYTES", 200)


@pytest.fixture
def rows(tmp_path):
    return parquet(tmp_path / "rows.parquet", X)


def parquet(path, x):
    pq.write_table(pa.table({"a": x[:, 0], "b": x[:, 1], "y": Y}), path, row_group_size=20)
    return data.parquet(path, target="y")


def made():
    model = hornet.Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile(loss="mse", optimizer="sgd")
    return model


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("hornet-rows")]


@pytest.fixture
def alive(monkeypatch):
    """The buffers that there are; its `counts` are how many there were whenever one more was made."""

    class Buffer(blocks.Buffer):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            found.add(self)
            found.counts.append(len(found))

    found = weakref.WeakSet()
    found.counts = []
    monkeypatch.setattr(blocks, "Buffer", Buffer)
    return found


def generated(parts):
    yield from parts


def in_pairs(parts):
    while pair := list(islice(parts, 2)):
        yield pair


# --- the generator ----------------------------------------------------------------------------------------------


def test_what_is_gathered_comes_in_order():
    assert list(gathered_ahead(in_pairs, generated(range(5)))) == [[0, 1], [2, 3], [4]]
    assert list(gathered_ahead(in_pairs, generated(()))) == []
    assert not readers()


def test_one_is_gathered_while_one_is_used_and_no_more():
    drawn, second = [], threading.Event()

    def parts():
        for number in range(10):
            drawn.append((number, threading.current_thread().name))
            if number == 3:
                second.set()
            yield number

    pairs = gathered_ahead(in_pairs, parts())
    assert next(pairs) == [0, 1]
    assert second.wait(60)
    pairs.close()
    assert [number for number, _ in drawn] == [0, 1, 2, 3]
    assert {name for _, name in drawn} == {"hornet-rows_0"}


def test_closing_waits_for_one_part_alone():
    def one_then_for_ever(parts):
        yield next(parts)
        for _ in parts:
            pass

    numbers = gathered_ahead(one_then_for_ever, generated(count()))
    assert next(numbers) == 0
    numbers.close()
    assert not readers()


def test_what_a_part_raises_comes_behind_what_was_gathered_before():
    def parts():
        yield from range(3)
        raise OSError("no such sector")

    pairs = gathered_ahead(in_pairs, parts())
    assert next(pairs) == [0, 1]
    with pytest.raises(OSError, match="no such sector"):
        next(pairs)
    assert not readers()


# --- training ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
def test_at_most_three_buffers_are_there(shuffle, rows, alive):
    model = made()
    model.fit(rows, batch_size=SIZE, epochs=2, shuffle=shuffle, verbose=0)
    assert len(alive.counts) == 2 * 10
    model.evaluate(rows, batch_size=SIZE, verbose=0)
    model.predict(rows, batch_size=SIZE, verbose=0)
    assert max(alive.counts) <= 3
    assert not alive


def test_no_thread_is_left(rows):
    model = made()
    model.fit(rows, batch_size=SIZE, validation_split=0.2, verbose=0)
    assert not readers()
    model.fit(rows, batch_size=SIZE, steps_per_epoch=20, verbose=0)  # which leaves rows for an epoch that never comes
    assert not readers()
    model.evaluate(rows, batch_size=SIZE, steps=3, verbose=0)
    model.predict(rows, batch_size=SIZE, steps=3, verbose=0)
    assert not readers()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_test_batch_end", "on_predict_batch_end"])
def test_no_thread_is_left_behind_an_error(hook, error, rows):
    def end(batch, logs=None):
        if batch == 12:
            raise error

    callback, model = hornet.callbacks.Callback(), made()
    setattr(callback, hook, end)
    settings = {"batch_size": SIZE, "callbacks": [callback], "verbose": 0}
    call = model.predict if "predict" in hook else partial(model.fit, validation_data=rows)
    with pytest.raises(error) as raised:  # its traceback keeps what was running
        call(rows, **settings)
    assert raised.traceback
    assert not readers()


def test_a_run_that_ended_within_a_pass_holds_no_rows(rows, alive):
    model = made()
    model.fit(rows, batch_size=SIZE, steps_per_epoch=20, verbose=0)
    assert alive.counts
    assert not alive


def test_a_file_that_is_damaged_meanwhile_ends_training_behind_the_rows_that_were_read(rows, tmp_path):
    class Cut(hornet.callbacks.Callback):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1
            (tmp_path / "rows.parquet").write_bytes(b"PAR1")

    cut = Cut()
    with pytest.raises(ValueError, match=r"'.*rows\.parquet': it has changed"):
        made().fit(rows, batch_size=SIZE, shuffle=False, callbacks=[cut], verbose=0)
    assert cut.batches >= blocks.BATCHES_OF_A_BUFFER
    assert not readers()


@pytest.mark.filterwarnings("ignore:The loss became nan")
def test_warnings_name_the_line_that_waits(tmp_path):
    holed = X.copy()
    holed[300, 1] = np.nan
    rows, model = parquet(tmp_path / "holed.parquet", holed), made()
    for call in (model.evaluate, lambda *rows, **options: model.fit(*rows, shuffle=False, **options)):
        with pytest.warns(UserWarning, match="NaN in column 'b'") as warned:
            call(rows, batch_size=SIZE, verbose=0)
        assert warned[0].filename == __file__


# --- columns ----------------------------------------------------------------------------------------------------


def test_columns_side_by_side_are_what_numpy_makes_of_them(monkeypatch):
    monkeypatch.setattr(frames, "_TILE_BYTES", 1)
    monkeypatch.setattr(frames, "_TILE_ROWS", 3)
    columns = {
        "float": np.arange(7, dtype="float32"),
        "integer": np.arange(7) + 2**40,
        "gaps": pa.array([1, None, 3, 4, 5, 6, 7]),
        "short": np.arange(7, dtype="int8"),
    }
    for names in (["float"], ["integer", "short"], ["float", "short"], list(columns)):
        table = pa.table({name: columns[name] for name in names})
        expected = np.column_stack([column.to_numpy() for column in table.columns])
        found = hornet.core.containers.to_numbers("x", table)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
