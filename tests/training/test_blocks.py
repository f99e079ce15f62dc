"""Rows in files: what is read by blocks trains the model that the same rows train in memory, bit for bit."""

import gzip
import os
import re
import shutil
import signal
import sys

import h5py
import jax
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.costs import ProgramCount

import hornet
from hornet import data, layers
from hornet.core.containers import column_names, table_of, to_numbers
from hornet.data import csv_files, parquet_files
from hornet.layers import discretization, preprocessing
from hornet.training.data import blocks, mapped

ROWS, SIZE = 203, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
WEIGHT = RNG.uniform(size=ROWS).astype("float32")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Files of a few kilobytes are large, and hold many blocks and buffers."""
    monkeypatch.setattr(mapped, "LARGE_BYTES", 500)
    monkeypatch.setattr(mapped, "BLOCK_BYTES", 300)
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 400)
    monkeypatch.setattr(parquet_files, "BLOCK_BYTES", 700)
    monkeypatch.setattr(parquet_files, "PIECE_BYTES", 200)
    monkeypatch.setattr(blocks, "BUFFER_BYTES", 1200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows")
    np.save(path / "x.npy", X)
    np.save(path / "y.npy", Y)
    with h5py.File(path / "rows.h5", "w") as file:
        file.create_dataset("x", data=X, chunks=(32, 3), compression="gzip")
        file["y"] = Y
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y[:, 0], w=WEIGHT)
    for kind in ("parquet", "csv"):
        (path / kind).mkdir()
    for number, start in enumerate(range(0, ROWS, 70)):
        part = frame[start : start + 70]
        table = pa.Table.from_pandas(part, preserve_index=False)
        pq.write_table(table, path / "parquet" / f"{number}.parquet", row_group_size=9)
        part.to_csv(path / "csv" / f"{number}.csv", index=False, float_format="%.17g")
    return path


def maps(folder):
    return np.load(folder / "x.npy", mmap_mode="r"), np.load(folder / "y.npy", mmap_mode="r")


def hdf5(folder):
    file = h5py.File(folder / "rows.h5")
    return file["x"], file["y"]


SOURCES = {
    "memory maps": maps,
    "a map beside an array": lambda folder: (maps(folder)[0], Y),
    "a map beside a frame": lambda folder: (maps(folder)[0], pd.DataFrame(Y)),
    "an array of a map": lambda folder: (np.asarray(maps(folder)[0]), Y.tolist()),
    "HDF5": hdf5,
    "Parquet": lambda folder: (data.parquet(folder / "parquet", target="y", columns=["a", "b", "c"]), None),
    "CSV": lambda folder: (data.csv(folder / "csv", target="y", columns=["a", "b", "c"]), None),
}


def made(seed=1, **compiled):
    hornet.utils.set_random_seed(seed)
    model = hornet.Sequential(
        [layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dropout(0.5), layers.Dense(1)]
    )
    model.compile(**{"loss": "mse", "optimizer": "adam", "metrics": ["mae"]} | compiled)
    return model


def trained(x, y=None, **settings):
    model = made()
    history = model.fit(x, y, **{"epochs": 2, "shuffle": False, "batch_size": SIZE, "verbose": 0} | settings)
    return history.history, model.get_weights(), model


def same(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found[:2], expected[:2])


# --- the law ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_trains_what_its_rows_train_in_memory(source, folder):
    x, y = SOURCES[source](folder)
    same(trained(x, y), trained(X, Y))


def test_a_source_is_read_by_blocks(folder):
    for source in SOURCES.values():
        plan = hornet.training.fitting.plan_fit(made(), *source(folder), batch_size=SIZE)
        assert len(list(plan.data.pieces())) > 5, source


def order_of(feed, epochs):
    """Return the rows of each epoch in the order in which a feed's batches take them; their last column tells."""
    return [
        np.concatenate(
            [
                np.asarray(span.batch[0])[span.order[span.first_row : span.first_row + span.count * span.batch_size]]
                for span in feed.spans(epoch, 0)
            ]
        )
        for epoch in range(epochs)
    ]


@pytest.mark.parametrize("source", ["memory maps", "HDF5", "Parquet", "CSV"])
def test_shuffled_rows_train_what_the_same_order_trains_in_memory(source, folder):
    x, y = SOURCES[source](folder)
    history, weights, _ = trained(x, y, shuffle=True, epochs=1)
    plan = hornet.training.fitting.plan_fit(made(), x, y, batch_size=SIZE)
    feed = plan.feed()
    feed.begin(plan.seed, 0)
    first, second = order_of(feed, 2)
    places = [np.flatnonzero((row == X).all(axis=1))[0] for row in first]
    assert sorted(places) == list(range(ROWS))
    assert not np.array_equal(first, second)
    same((history, weights), trained(X[places], Y[places], epochs=1))


def test_a_buffer_mixes_rows_of_blocks_that_lie_apart(folder):
    plan = hornet.training.fitting.plan_fit(made(), *maps(folder), batch_size=SIZE)
    feed = plan.feed()
    feed.begin(3, 0)
    (rows,) = order_of(feed, 1)
    places = np.array([np.flatnonzero((row == X).all(axis=1))[0] for row in rows])
    capacity = feed.settings["rows of a buffer"]
    assert SIZE < capacity < ROWS / 2
    assert len(set(places[:capacity] // 25)) > 2  # a block has 18 to 25 rows
    assert np.abs(np.diff(places[:capacity])).mean() > 10


# --- entry points -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:`steps_per_epoch` is 10")
@pytest.mark.parametrize("source", ["memory maps", "Parquet"])
@pytest.mark.parametrize(
    "settings",
    [{"validation_split": 0.2}, {"steps_per_epoch": 10, "epochs": 5}, {"initial_epoch": 1, "epochs": 3}],
    ids=str,
)
def test_settings_mean_what_they_mean_in_memory(source, settings, folder):
    x, y = SOURCES[source](folder)
    same(trained(x, y, **settings), trained(X, Y, **settings))


@pytest.mark.filterwarnings("ignore:`steps_per_epoch` is 10")
def test_steps_go_on_over_passes_whose_length_is_learnt(folder):
    settings = {"steps_per_epoch": 10, "epochs": 8}
    source = data.csv(folder / "csv", target="y", columns=["a", "b", "c"])
    same(trained(source, **settings), trained(X, Y, **settings))


@pytest.mark.parametrize("source", ["memory maps", "HDF5", "Parquet", "CSV"])
def test_evaluations_and_predictions_are_those_in_memory(source, folder):
    model = made()
    x, y = SOURCES[source](folder)
    assert model.evaluate(x, y, verbose=0) == model.evaluate(X, Y, verbose=0)
    few = {"verbose": 0, "steps": 3, "batch_size": 9}
    assert model.evaluate(x, y, **few) == model.evaluate(X, Y, **few)
    np.testing.assert_array_equal(model.predict(x, verbose=0, batch_size=7), model.predict(X, verbose=0, batch_size=7))
    np.testing.assert_array_equal(model.predict(x, **few), model.predict(X, **few))


def test_files_validate(folder):
    source = data.parquet(folder / "parquet", target="y", columns=["a", "b", "c"])
    in_memory = trained(X, Y, validation_data=(X, Y))
    same(trained(X, Y, validation_data=source), in_memory)
    same(trained(X, Y, validation_data=maps(folder)), in_memory)


def test_weights_and_classes(folder):
    x, y = maps(folder)
    same(trained(x, y, sample_weight=WEIGHT), trained(X, Y, sample_weight=WEIGHT))
    source = data.parquet(folder / "parquet", target="y", sample_weight="w")
    same(trained(source), trained(X, Y, sample_weight=WEIGHT))
    two, weights = (Y > 0).astype("int32"), {0: 1.0, 1: 3.0}
    same(trained(x, two, class_weight=weights), trained(X, two, class_weight=weights))


def test_named_inputs_take_columns_and_dicts(folder):
    def trained_by_name(x, y=None):
        hornet.utils.set_random_seed(1)
        inputs = {name: hornet.Input((1,), name=name) for name in ("b", "a")}
        hidden = layers.Concatenate()(list(inputs.values()))
        model = hornet.Model(inputs, layers.Dense(1)(hidden))
        model.compile(loss="mse")
        return model.fit(x, y, shuffle=False, verbose=0).history, model.get_weights()

    x, _ = maps(folder)
    expected = trained_by_name({"a": X[:, 0], "b": X[:, 1]}, Y)
    same(trained_by_name({"a": x[:, 0], "b": x[:, 1]}, Y), expected)
    same(trained_by_name(data.parquet(folder / "parquet", target="y", columns=["a", "b"])), expected)


def test_columns_are_put_in_the_order_of_training(folder):
    _, _, model = trained(data.csv(folder / "csv", target="y", columns=["a", "b", "c"]))
    other = data.parquet(folder / "parquet", columns=["c", "a", "b"])
    np.testing.assert_array_equal(model.predict(other, verbose=0), model.predict(X, verbose=0))
    with pytest.raises(ValueError, match="`x` lacks 'c'"):
        model.predict(data.parquet(folder / "parquet", columns=["a", "b"]), verbose=0)


@pytest.mark.filterwarnings("ignore:`steps_per_epoch` is 10")
@pytest.mark.parametrize("source", ["memory maps", "CSV"])
@pytest.mark.parametrize("steps", [None, 10])
def test_a_run_goes_on_where_it_was(source, steps, folder, tmp_path):
    settings = {"epochs": 4, "shuffle": True, "steps_per_epoch": steps}
    x, y = SOURCES[source](folder)

    class Stop(hornet.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1
            if self.batches == 13:
                signal.raise_signal(signal.SIGTERM)

    whole = trained(x, y, **settings)
    path = tmp_path / "run"
    handler = signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        with pytest.raises(SystemExit):
            trained(x, y, **settings, resume=path, callbacks=[Stop()])
    finally:
        signal.signal(signal.SIGTERM, handler)
    _, weights, _ = trained(x, y, **settings, resume=path)
    jax.tree.map(np.testing.assert_array_equal, weights, whole[1])


@pytest.mark.parametrize("source", ["memory maps", "a map beside an array", "HDF5", "Parquet", "CSV"])
def test_a_run_goes_on_with_the_same_files_alone(source, folder, tmp_path, caplog):
    copy = shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "run"
    trained(*SOURCES[source](copy), resume=path)
    trained(*SOURCES[source](copy), resume=path, epochs=3)
    assert not caplog.records
    for file in copy.rglob("*"):
        os.utime(file, (1, 1))
    with pytest.raises(ValueError, match="a run with another x"):
        trained(*SOURCES[source](copy), resume=path, epochs=4)


def test_one_program_serves_all_buffers(folder):
    programs, model = ProgramCount(), made(loss=lambda y, out: abs(y - out))  # which shares programs with no other
    model.fit(*maps(folder), batch_size=SIZE, epochs=2, verbose=0)
    assert programs() == 2  # full batches, and the last one


def test_iterating_over_files_yields_arrays(folder):
    source = data.parquet(folder / "parquet", target=["y", "w"], columns=["a", "c"])
    parts = list(source)
    np.testing.assert_array_equal(np.concatenate([x for x, _ in parts]), X[:, [0, 2]])
    np.testing.assert_array_equal(np.concatenate([y for _, y in parts])[:, 1], WEIGHT)
    assert source.rows == ROWS
    assert data.csv(folder / "csv").rows is None


def test_batches_of_blocks_can_be_made_by_hand(folder):
    source = data.parquet(folder / "parquet", target="y", columns=["a", "b", "c"])
    model = made()
    model.fit((block for block in source), verbose=0)  # each block is a batch
    assert model.evaluate(source, verbose=0)


# --- what is wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_wrong_row_is_called_by_its_number(shuffle, tmp_path):
    labels = np.zeros(ROWS, "int32")
    labels[150] = 7
    np.save(tmp_path / "x.npy", X)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    model = hornet.Sequential([layers.Dense(3, activation="softmax", input_shape=(3,))])
    model.compile(loss="sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="`y` holds 7 in row 150"):
        model.fit(x, labels, shuffle=shuffle, verbose=0)


def test_nan_is_warned_of_by_its_number(tmp_path):
    holed = X.copy()
    holed[171, 2] = np.nan
    np.save(tmp_path / "x.npy", holed)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    with pytest.warns(UserWarning, match=r"`x` has NaN in column 2 \(first in row 171\)"):
        made().evaluate(x, Y, verbose=0)


def test_a_wrong_row_of_a_file_is_called_by_the_row_group(tmp_path):
    table = pa.table({"a": np.arange(100.0), "y": [0] * 77 + [5] + [1] * 22})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=50)
    model = hornet.Sequential([layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"`y` holds 5 in row 77 of '.*t\.parquet'\."):
        model.fit(data.parquet(tmp_path / "t.parquet", target="y"), verbose=0)


def test_whole_numbers_with_gaps_are_floats(tmp_path):
    table = pa.table({"a": pa.array([1, 2, 3, None] * 20), "y": np.zeros(80)})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    model = hornet.Sequential([layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.warns(UserWarning, match=r"NaN in column 'a' \(first in row 3 of '.*t\.parquet'\)"):
        model.evaluate(data.parquet(tmp_path / "t.parquet", target="y"), verbose=0)
    (tmp_path / "t.csv").write_text("a,y\n" + "1,0\n" * 300 + "0.5,0\n")
    with pytest.raises(ValueError, match=r"'.*t\.csv', lines behind byte \d+: .*'0\.5'.* `dtype`"):
        model.evaluate(data.csv(tmp_path / "t.csv", target="y"), verbose=0)
    model.evaluate(data.csv(tmp_path / "t.csv", target="y", dtype={"a": "float32"}), verbose=0)


def test_files_that_are_not_what_they_were(folder, tmp_path):
    source = data.parquet(folder / "parquet", target="y", columns=["a", "b", "c"])
    path = tmp_path / "t.parquet"
    path.write_bytes((folder / "parquet" / "0.parquet").read_bytes())
    changed = data.parquet([folder / "parquet" / "1.parquet", path], target="y", columns=["a", "b", "c"])

    class Damage(hornet.callbacks.Callback):
        def __init__(self, damage):
            super().__init__()
            self.damage = damage

        def on_epoch_end(self, epoch, logs=None):
            self.damage()

    with pytest.raises(ValueError, match=r"'.*t\.parquet': it has changed"):
        made().fit(changed, epochs=2, verbose=0, callbacks=[Damage(lambda: path.write_bytes(b"PAR1"))])
    path.write_bytes((folder / "parquet" / "0.parquet").read_bytes())
    gone = data.parquet(path, target="y", columns=["a", "b", "c"])
    with pytest.raises(FileNotFoundError, match=r"'.*t\.parquet', row groups? .* cannot be read: the file is gone"):
        made().fit(gone, epochs=2, verbose=0, callbacks=[Damage(path.unlink)])
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"'.*t\.parquet': it cannot be read"):
        data.parquet(path)
    assert source.rows == ROWS


def test_a_map_that_is_cut_off_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", X)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    os.truncate(tmp_path / "x.npy", 1000)
    with pytest.raises(ValueError, match=r"x\.npy': it has fewer than the \d+ bytes that were mapped"):
        made().fit(x, Y, verbose=0)


def test_what_cannot_be_is_refused(folder, tmp_path):
    x, _ = maps(folder)
    source = data.csv(folder / "csv", target="y", columns=["a", "b", "c"])
    model = made()
    (tmp_path / "t.csv").write_text("price,a\n1,2\n")
    with pytest.raises(ValueError, match="`x` has 203 rows but `y` has 202"):
        model.fit(x, Y[1:], verbose=0)
    with pytest.raises(ValueError, match="`x` reads files, which hold labels and weights, so `y` has no place"):
        model.fit(source, Y, verbose=0)
    with pytest.raises(ValueError, match=r"`validation_split` splits rows whose number is known.*nobody knows"):
        model.fit(source, validation_split=0.1, verbose=0)
    with pytest.raises(ValueError, match=r"There is no column 'pryce' in the first file. Did you mean 'price'"):
        data.csv(tmp_path / "t.csv", target="pryce")
    with pytest.raises(FileNotFoundError, match=r"holds no file whose name ends in '\.parquet'"):
        data.parquet(folder / "csv")
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv' is not there"):
        data.csv("nowhere.csv")
    (tmp_path / "u.csv").write_text("price,b\n1,2\n")
    with pytest.raises(ValueError, match=r"u\.csv', first line: it names \['price', 'b'\]"):
        data.csv([tmp_path / "t.csv", tmp_path / "u.csv"])
    pq.write_table(pa.table({"a": [1.0], "b": ["x"], "c": [1.0], "y": [1.0]}), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=r"t\.parquet', column 'b': it is of type string, but of type float"):
        data.parquet([folder / "parquet" / "0.parquet", tmp_path / "t.parquet"], target="y", columns=["a", "b", "c"])


def test_indexes_that_pandas_wrote_are_no_inputs(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}, index=[5, 3, 4])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.rename_axis("id").to_parquet(tmp_path / "named.parquet")
    for name in ("t", "named"):
        ((x, _),) = data.parquet(tmp_path / f"{name}.parquet", target="y")
        assert x.tolist() == [[1.0], [2.0], [3.0]]
    ((x, _),) = data.parquet(tmp_path / "named.parquet", target="y", columns=["id", "a"])
    assert x[:, 0].tolist() == [5.0, 3.0, 4.0]
    for name in ("t", "named"):
        table = pq.read_table(tmp_path / f"{name}.parquet")
        assert column_names(table) == tuple(table_of(table)) == ("a", "y")
        assert to_numbers("x", table).shape == (3, 2)
    assert to_numbers("y", table.select(["id"])).tolist() == [[5], [3], [4]]
    frame.to_csv(tmp_path / "t.csv")
    with pytest.warns(UserWarning, match=r"first column of '.*t\.csv' has no name and numbers the rows"):
        ((x, _),) = data.csv(tmp_path / "t.csv", target="y")
    assert x.tolist() == [[1.0], [2.0], [3.0]]
    ((x, _),) = data.csv(tmp_path / "t.csv", target="y", columns=["", "a"])
    assert x.shape == (3, 2)
    frame.assign(a=0.5).set_index("a").to_csv(tmp_path / "u.csv", index_label="")
    ((x, _),) = data.csv(tmp_path / "u.csv", target="y")  # which numbers nothing
    assert x.tolist() == [[0.5], [0.5], [0.5]]


def test_csv_files_that_are_read_otherwise_say_so(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], "y": [1.0, 2.0]})
    for mark in (";", "\t"):
        frame.to_csv(tmp_path / "t.csv", sep=mark, index=False)
        with pytest.raises(ValueError, match=re.escape(f"Pass `sep={mark!r}` if")):
            data.csv(tmp_path / "t.csv", target="y")
    for ending in ("zip", "xz"):
        frame.to_csv(tmp_path / f"t.csv.{ending}", index=False)
        with pytest.raises(ValueError, match=r"packed by zip or xz.*pack it with gzip"):
            data.csv(tmp_path / f"t.csv.{ending}", target="y")


def test_packed_csv_files_are_unpacked_while_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("hornet.data.csv_files.BLOCK_BYTES", 64)
    rows = pd.DataFrame({"a": np.arange(30.0), "y": np.arange(30.0) * 2})
    for place, (ending, codec) in enumerate((("gz", "gzip"), ("bz2", "bz2"), ("zst", "zstd"))):
        with pa.CompressedOutputStream(str(tmp_path / f"{place}.csv.{ending}"), codec) as file:
            file.write(rows[place * 10 :][:10].to_csv(index=False).encode())
    pieces = list(data.csv(tmp_path, target="y"))
    assert len(pieces) > 3
    np.testing.assert_array_equal(np.concatenate([x for x, _ in pieces]), rows[["a"]])
    np.testing.assert_array_equal(np.concatenate([y for _, y in pieces]), rows["y"])
    whole = (tmp_path / "0.csv.gz").read_bytes()
    (tmp_path / "torn.csv.gz").write_bytes(whole[:-12])
    with pytest.raises(hornet.CorruptFileError, match=r"torn\.csv\.gz"):
        list(data.csv(tmp_path / "torn.csv.gz", target="y"))
    (tmp_path / "long.csv.gz").write_bytes(gzip.compress(b"a,y\n1," + b"1" * 200 + b"\n"))
    with pytest.raises(hornet.CorruptFileError, match="a line has more than 64 bytes"):
        list(data.csv(tmp_path / "long.csv.gz", target="y"))
    rows.to_csv(tmp_path / "0.csv", index=False)
    with pytest.raises(ValueError, match=r"holds '0\.csv' and '0\.csv\.gz'"):
        data.csv(tmp_path, target="y")


def test_what_needs_rows_in_memory_says_so(folder):
    source = data.parquet(folder / "parquet", target="y", columns=["a", "b", "c"])
    for call in (
        lambda: hornet.estimators.MLPRegressor().fit(source, Y),
        lambda: hornet.wrappers.SKLearnRegressor(made()).fit(source, Y[:, 0]),
        lambda: made().train_on_batch(source, Y),
        lambda: np.asarray(source),
    ):
        with pytest.raises(ValueError, match="These rows lie in files and are read block by block"):
            call()
    with pytest.raises(ValueError, match=r"Many models train on rows in memory.*is read by blocks"):
        hornet.tuning.train_population([made()], source, None)


# --- layers that adapt ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["memory maps", "HDF5", "Parquet", "CSV"])
def test_layers_adapt_to_rows_in_files(source, folder, monkeypatch):
    expected = [layers.Normalization(), layers.Discretization(num_bins=4), layers.IntegerLookup()]
    found = [type(layer).from_config(layer.get_config()) for layer in expected]
    for layer in expected[:2]:
        layer.adapt(X)
    expected[2].adapt(np.arange(9).reshape(3, 3).repeat(30, axis=0))
    monkeypatch.setattr(preprocessing, "SLICE_BYTES", 300)
    rows, _ = SOURCES[source](folder)
    for layer in found[:2]:
        layer.adapt(rows)
    found[2].adapt(np.arange(9).reshape(3, 3).repeat(30, axis=0))
    np.testing.assert_allclose(found[0].mean, expected[0].mean, rtol=1e-5)
    np.testing.assert_allclose(found[0].variance, expected[0].variance, rtol=1e-5)
    np.testing.assert_allclose(found[1].bin_boundaries, expected[1].bin_boundaries, rtol=1e-5)
    assert found[2].get_vocabulary() == expected[2].get_vocabulary()


def test_boundaries_come_from_a_sample_of_many_numbers(monkeypatch):
    numbers = np.random.default_rng(0).permutation(200_000).astype("float32")
    layer = layers.Discretization(num_bins=4)
    monkeypatch.setattr(preprocessing, "SLICE_BYTES", 10_000)
    monkeypatch.setattr(discretization, "_SAMPLED", 20_000)
    layer.adapt(numbers)
    np.testing.assert_allclose(layer.bin_boundaries, [50_000, 100_000, 150_000], atol=2_000)


def test_a_wrong_number_is_called_by_its_row_when_a_layer_adapts(monkeypatch):
    holed = X.copy()
    holed[171, 2] = np.nan
    monkeypatch.setattr(preprocessing, "SLICE_BYTES", 300)
    with pytest.raises(ValueError, match=r"`adapt` got nan at \(171, 2\)"):
        layers.Normalization().adapt(holed)
