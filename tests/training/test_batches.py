"""Batches that arrive: every source trains the model that the same rows train in memory, bit for bit."""

import os
import sqlite3
import sys
import threading
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import hornet
from hornet import layers
from hornet.training import arriving
from hornet.training.data import batches as gathering
from hornet.training.data.arrivals import arrivals_of
from hornet.utils import PyDataset

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
SIZE = 8


def batch(index, *parts):
    return tuple(part[index * SIZE : (index + 1) * SIZE] for part in parts or (X, Y))


class Numbered(PyDataset):
    rows = (X, Y)

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return batch(index, *self.rows)


class Duck:
    def __len__(self):
        return 5

    def __getitem__(self, index):
        if index >= 5:
            raise AssertionError("read beyond its length")
        return batch(index)


class Loader:
    """As data loaders are: each `iter` is a pass; batches are lists."""

    def __iter__(self):
        return (list(batch(index)) for index in range(5))


class Endless:
    def __iter__(self):
        index = 0
        while True:
            yield batch(index % 5)
            index += 1


def from_a_database():
    connection = sqlite3.connect(":memory:")  # which serves the thread that opened it alone
    connection.execute("create table numbers (number integer)")
    connection.executemany("insert into numbers values (?)", [(index % 5,) for index in range(10)])
    return (batch(number) for (number,) in connection.execute("select number from numbers order by rowid"))


class Tensor:
    """An array of a library that NumPy reads."""

    def __init__(self, array):
        self._array, self.shape, self.dtype = array, array.shape, array.dtype

    def __array__(self, *args, **kwargs):
        return self._array

    def __len__(self):
        return len(self._array)


SOURCES = {
    "a PyDataset": (Numbered, {}),
    "its workers": (lambda: Numbered(workers=3), {}),
    "items by number": (Duck, {}),
    "a loader": (Loader, {}),
    "a generator": (lambda: (batch(index % 5) for index in range(10)), {"steps_per_epoch": 5}),
    "an endless one": (lambda: iter(Endless()), {"steps_per_epoch": 5}),
    "an endless loader": (Endless, {"steps_per_epoch": 5}),
    "a database": (from_a_database, {"steps_per_epoch": 5}),
    "lists": (lambda: ((x.tolist(), y.tolist()) for x, y in map(batch, [*range(5)] * 2)), {"steps_per_epoch": 5}),
    "tensors": (lambda: (tuple(map(Tensor, batch(index % 5))) for index in range(10)), {"steps_per_epoch": 5}),
}


def made(loss="mse", **compiled):
    hornet.utils.set_random_seed(1)
    model = hornet.Sequential(
        [layers.Dense(4, activation="relu", input_shape=(3,)), layers.Dropout(0.5), layers.Dense(1)]
    )
    model.compile(loss=loss, optimizer="adam", metrics=["mae"], **compiled)
    return model


def trained(x, y=None, **settings):
    model = made()
    history = model.fit(x, y, **{"epochs": 2, "shuffle": False, "verbose": 0} | settings)
    return history.history, model.get_weights(), history.params


@pytest.fixture(scope="module")
def in_memory():
    return trained(X, Y, batch_size=SIZE)


def same(found, expected):
    jax.tree.map(np.testing.assert_array_equal, found[:2], expected[:2])


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_trains_the_same_model(name, in_memory):
    make, settings = SOURCES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(trained(make(), **settings), in_memory)


@pytest.mark.parametrize("gathered", [1, 2, 3])
def test_it_does_not_matter_how_many_batches_are_gathered(gathered, in_memory, monkeypatch):
    monkeypatch.setattr(gathering, "GATHERED_BATCHES", gathered)
    same(trained(Loader()), in_memory)
    monkeypatch.setattr(gathering, "GATHERING_SECONDS", 0.0)
    same(trained(Loader()), in_memory)


def test_nor_who_looks_at_batches(in_memory):
    seen = []
    follower = hornet.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: seen.append((step, logs["loss"])))
    found = trained(Numbered(), callbacks=[follower])
    same(found, in_memory)
    assert [step for step, _ in seen] == [0, 1, 2, 3, 4] * 2
    assert seen[4][1] == found[0]["loss"][0]


def test_batches_share_one_program_and_few_dispatches(monkeypatch):
    monkeypatch.setattr(gathering, "GATHERING_SECONDS", 60.0)
    model = made()
    spans = []
    gathered = gathering.BatchData.gathered

    def counted(self, batches):
        for span in gathered(self, batches):
            spans.append((span.count, len(span.batch[0])))
            yield span

    monkeypatch.setattr(gathering.BatchData, "gathered", counted)
    model.fit(Numbered(), epochs=3, verbose=0)
    assert spans == [(5, 40)] * 3
    made().fit(Loader(), epochs=2, verbose=0)  # whose length is learnt
    assert spans[3:] == [(5, 256 * SIZE)] * 2
    made_programs = model._programs.made
    model.fit(Numbered(), epochs=3, verbose=0)
    assert model._programs.made == made_programs


def test_layers_adapt_to_a_data_set():
    class Inputs(Numbered):
        def __getitem__(self, index):
            return batch(index, X)[0]

    layer, expected = layers.Normalization(), layers.Normalization()
    layer.adapt(Inputs())
    expected.adapt(X)
    np.testing.assert_allclose(layer(X), expected(X), rtol=1e-4, atol=1e-5)


def test_a_short_batch_and_other_kinds_of_batches_are_trained_on_as_they_come():
    same(
        trained(X, Y, batch_size=12),
        trained(((X[i : i + 12], Y[i : i + 12]) for i in (0, 12, 24, 36) * 2), steps_per_epoch=4),
    )
    weights = np.arange(40.0)

    def some_weighted():
        for index in range(5):
            yield batch(index, X, Y, weights) if index % 2 else batch(index)

    weighted = np.where(np.arange(40) // SIZE % 2, weights, 1.0)
    found, expected = (
        trained(some_weighted(), epochs=1),
        trained(X, Y, batch_size=SIZE, sample_weight=weighted, epochs=1),
    )
    jax.tree.map(np.testing.assert_array_equal, found[1], expected[1])


def test_class_weights_and_weights_in_batches():
    labels = (Y > 0).astype("int32")

    class Labelled(Numbered):
        rows = (X, labels)

    expected = trained(X, labels, batch_size=SIZE, class_weight={0: 1.0, 1: 3.0})
    same(trained(Labelled(), class_weight={0: 1.0, 1: 3.0}), expected)
    weights = np.where(labels[:, 0], 3.0, 1.0)

    class Weighted(Numbered):
        rows = (X, labels, weights)

    same(trained(Weighted()), expected)


def test_inputs_and_labels_go_by_name():
    a, b = hornet.Input((3,), name="a"), hornet.Input((1,), name="b")
    model = hornet.Model([a, b], layers.Dense(1, name="out", kernel_initializer="ones")(layers.concatenate([a, b])))
    model.compile(loss={"out": "mse"}, optimizer="sgd")

    class Named(Numbered):
        def __getitem__(self, index):
            x, y = batch(index)
            return {"b": y, "a": x}, {"out": y}

    assert model.evaluate(Named(), verbose=0) == model.evaluate({"a": X, "b": Y}, Y, batch_size=SIZE, verbose=0)
    np.testing.assert_allclose(model.predict(Named(), verbose=0), 2 * Y, rtol=1e-5)


def test_sparse_batches_and_frames_are_trained_on():
    sparse, expected = X * (X > 0), None
    for rows in (scipy.sparse.csr_array(sparse), pd.DataFrame(sparse, columns=["a", "b", "c"])):
        parts = rows.iloc if isinstance(rows, pd.DataFrame) else rows
        source = ((parts[start : start + SIZE], Y[start : start + SIZE]) for start in (*range(0, 40, SIZE),) * 2)
        expected = expected or trained(sparse, Y, batch_size=SIZE)
        same(trained(source, steps_per_epoch=5), expected)


def test_what_the_first_batch_had_twice_later_ones_may_have_once():
    def parts():
        yield X[:8], X[:8]
        for start in range(8, 40, 8):
            yield X[start : start + 8], Y[start : start + 8] * np.ones(3, "float32")

    labels = np.concatenate([X[:8], Y[8:] * np.ones(3, "float32")])
    masked = np.ma.masked_array(X, X > 1)

    def made():
        model = hornet.Sequential([layers.Dense(3, kernel_initializer="ones")])
        model.compile(loss="mse")
        return model

    np.testing.assert_allclose(made().evaluate(parts(), verbose=0), made().evaluate(X, labels, batch_size=8, verbose=0))
    batches = ((masked[start : start + 8], labels[start : start + 8]) for start in range(0, 40, 8))
    with pytest.warns(UserWarning, match="NaN"):
        assert np.isnan(made().evaluate(batches, verbose=0))


def test_later_batches_are_looked_at_too():
    model = hornet.Sequential([layers.Embedding(5, 2), layers.Flatten(), layers.Dense(1)])
    model.compile(loss="mse")
    ids = np.zeros((8, 2), "int32")
    with pytest.raises(ValueError, match="7"):
        model.fit(iter([(ids, Y[:8]), (ids + 7, Y[:8])]), verbose=0)
    x = X.copy()
    x[19, 1] = np.nan
    model = hornet.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match=r"`x` has NaN in column 1 \(first in row 3 of batch 2\)"):
        model.evaluate((batch(index, x, Y) for index in range(5)), verbose=0)


def test_the_names_of_columns_are_learnt_from_batches_that_are_frames():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = hornet.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(((frame[start : start + SIZE], Y[start : start + SIZE]) for start in range(0, 40, SIZE)), verbose=0)
    np.testing.assert_array_equal(model.predict(frame[["c", "a", "b"]], verbose=0), model.predict(X, verbose=0))
    with pytest.raises(ValueError, match="lacks 'a'"):
        model.predict(frame.rename(columns={"a": "d"}), verbose=0)


def test_only_the_first_batch_of_a_kind_is_checked_whole(monkeypatch):
    checked = []
    take = arriving.take_data
    monkeypatch.setattr(arriving, "take_data", lambda *args, **more: checked.append(1) or take(*args, **more))
    for kind in (np.asarray, Tensor, np.ma.asarray, jnp.asarray):
        model = hornet.Sequential([layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit((tuple(map(kind, batch(index))) for index in range(5)), verbose=0)
        assert len(checked) == 1, kind
        checked.clear()


def test_what_holds_the_parts_of_a_batch_may_change():
    holders = (tuple, list, lambda parts: tuple(map(Tensor, parts)), lambda parts: (parts[0], Tensor(parts[1])), tuple)
    found = trained((holder(batch(index)) for index, holder in enumerate(holders)), epochs=1)
    same(found, trained(X, Y, batch_size=SIZE, epochs=1))


def test_shuffling_takes_the_batches_of_each_pass_in_another_order():
    order = []

    class Recorded(Numbered):
        def __getitem__(self, index):
            order.append(index)
            return batch(index)

    trained(Recorded(), shuffle=True)
    first, second = order[1:6], order[6:]  # after the one that showed what batches are like
    assert sorted(first) == sorted(second) == [0, 1, 2, 3, 4] != first != second


class TestEpochs:
    def test_steps_end_an_epoch_within_a_pass_and_the_next_goes_on_there(self):
        with pytest.warns(UserWarning, match="last epoch of each pass has 1"):
            expected = trained(X, Y, batch_size=SIZE, steps_per_epoch=2, epochs=4)
        with pytest.warns(UserWarning, match="last epoch of each pass has 1"):
            same(trained(Numbered(), steps_per_epoch=2, epochs=4), expected)
        with pytest.warns(UserWarning, match="ended after 1 of the 2"):
            same(trained(Loader(), steps_per_epoch=2, epochs=4), expected)

    def test_a_generator_that_ends_ends_training(self):
        with pytest.warns(UserWarning, match="ended after 1 of 3 epochs"):
            history, _, _ = trained((batch(index) for index in range(5)), epochs=3)
        assert len(history["loss"]) == 1

    def test_what_a_source_raises_comes_out_behind_the_batches_before_it(self):
        def failing():
            yield batch(0)
            raise sqlite3.OperationalError("the disk is gone")

        model = made()
        with pytest.raises(sqlite3.OperationalError, match="the disk is gone"):
            model.fit(failing(), verbose=0)
        expected = made()
        expected.fit(*batch(0), batch_size=SIZE, shuffle=False, verbose=0)
        jax.tree.map(np.testing.assert_array_equal, model.get_weights(), expected.get_weights())

    def test_a_data_set_hears_of_epochs(self):
        heard = []

        class Listening(Numbered):
            def on_epoch_begin(self):
                heard.append("begin")

            def on_epoch_end(self):
                heard.append("end")

        trained(Listening(), epochs=2)
        assert heard == ["begin", "end"] * 2

    def test_a_length_is_learnt(self):
        model = made()
        data = []
        follower = hornet.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: data.append(model._fit_run.feed.batches_of(epoch + 1))
        )
        history = model.fit(Loader(), epochs=2, verbose=0, callbacks=[follower])
        assert (history.params["steps"], data) == (None, [5, 5])

    @pytest.mark.parametrize("make", [Numbered, Loader])
    def test_a_run_goes_on_where_it_was(self, make, tmp_path, in_memory):
        class Stop(hornet.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                raise KeyboardInterrupt

        settings = {"shuffle": False, "verbose": 0, "epochs": 2, "resume": tmp_path / "run"}
        with pytest.raises(KeyboardInterrupt):
            made().fit(make(), callbacks=[Stop()], **settings)
        model = made()
        model.fit(make(), **settings)
        jax.tree.map(np.testing.assert_array_equal, model.get_weights(), in_memory[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_loaders_may_fork_workers(in_memory):
    class Forking(Loader):
        def __iter__(self):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            return super().__iter__()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(trained(Forking()), in_memory)


def test_workers_are_threads_of_this_process():
    names = set()

    class Named(Numbered):
        def __getitem__(self, index):
            names.add(threading.current_thread().name.rpartition("_")[0])
            return batch(index)

    trained(Named(workers=2), epochs=1)
    assert names == {"hornet-batches", threading.main_thread().name.rpartition("_")[0]}


class TestEvaluation:
    def test_batches_are_evaluated_and_predicted_as_rows_are(self):
        model = made()
        expected = model.evaluate(X, Y, batch_size=SIZE, verbose=0)
        assert model.evaluate(Numbered(), verbose=0) == model.evaluate(Loader(), verbose=0) == expected
        assert model.evaluate(iter(Endless()), steps=5, verbose=0) == expected
        outputs = model.predict(X, verbose=0)
        for source in (Numbered(), Loader(), (x for x, _ in Loader()), (batch(index, X) for index in range(5))):
            np.testing.assert_allclose(model.predict(source, verbose=0), outputs, rtol=1e-6)
        np.testing.assert_allclose(model.predict(iter(Endless()), steps=2, verbose=0), outputs[: 2 * SIZE], rtol=1e-6)
        ragged = (X[start : start + 12] for start in range(0, 40, 12))
        np.testing.assert_allclose(model.predict(ragged, verbose=0), outputs, rtol=1e-6)

    def test_validation_data_may_arrive(self):
        expected = trained(X, Y, batch_size=SIZE, validation_data=(X, Y))
        for data, steps in ((Numbered(), None), (Loader(), None), (iter(Endless()), 5)):
            same(trained(X, Y, batch_size=SIZE, validation_data=data, validation_steps=steps), expected)

    def test_a_generator_of_one_pass_is_used_up(self):
        with pytest.raises(ValueError, match=r"`validation_data` is a generator.*would be used up"):
            trained(X, Y, validation_data=(batch(index) for index in range(5)))
        with pytest.raises(ValueError, match="`validation_data` is used up"):
            trained(X, Y, validation_data=(batch(index) for index in range(5)), validation_steps=5)

    def test_a_generator_that_may_have_no_end_is_warned_of(self, monkeypatch):
        monkeypatch.setattr(gathering, "_MANY_BATCHES", 3)
        with pytest.warns(UserWarning, match="`validation_data` has handed over 3 batches and goes on"):
            made().fit(X, Y, validation_data=(batch(index) for index in range(5)), verbose=0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            made().fit(X, Y, validation_data=Loader(), verbose=0)


class Repeated(Duck):
    """What Grain's `repeat()` makes."""

    def __len__(self):
        return sys.maxsize


REFUSED = {
    "labels beside batches": (lambda: made().fit(Numbered(), Y), "`y` has no place"),
    "weights beside batches": (lambda: made().fit(Numbered(), sample_weight=Y), "`sample_weight` has no place"),
    "a split": (lambda: made().fit(Numbered(), validation_split=0.5), "whose number is known"),
    "nothing": (lambda: made().fit(iter(())), "empty"),
    "no batches": (lambda: made().fit(type("Empty", (Duck,), {"__len__": lambda self: 0})()), "its length is 0"),
    "repeated without end": (lambda: made().fit(Repeated()), "no end"),
    "inputs alone": (lambda: made().fit(iter([X])), r"or batches `\(x, y\)`"),
    "a list": (lambda: made().fit([batch(0), batch(1)]), "`x` is a list of batches"),
    "four parts": (lambda: made().fit(iter([(X, Y, Y, Y)])), "4 parts"),
    "other rows later": (lambda: made().fit(iter([batch(0), (X[:8], Y[:7])]), verbose=0), "8 rows but its|8 rows but"),
    "other columns later": (lambda: made().fit(iter([batch(0), (X[:8, :2], Y[:8])]), verbose=0), "takes"),
    "many models": (lambda: hornet.tuning.train_population([made()], Numbered(), None), "rows in memory"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(name):
    call, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("rows", [X, [[1.0]], (X, X), {"a": X}, range(3), "text", None, memoryview(b"1")])
def test_rows_in_memory_are_no_source_of_batches(rows):
    assert arrivals_of("x", rows) is None


def test_a_batch_size_beside_a_source_is_said_to_have_no_effect():
    model = made()
    with pytest.warns(UserWarning, match="`batch_size` is 4, but the source hands over batches of 8 rows"):
        model.fit(Numbered(), batch_size=4, verbose=0)
    with pytest.warns(UserWarning, match="`batch_size` is 4"):
        model.predict(Numbered(), batch_size=4, verbose=0)
    with pytest.warns(UserWarning, match="`validation_batch_size` is 4"):
        model.fit(X, Y, batch_size=4, validation_data=Numbered(), validation_batch_size=4, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(Numbered(), batch_size=SIZE, verbose=0)
        model.fit(X, Y, batch_size=4, validation_data=Numbered(), verbose=0)


def test_many_sizes_of_batches_are_said_to_compile_a_program_each():
    pieces = [(X[:rows], Y[:rows]) for rows in (1, 2, 3, 4, 5, 6, 7)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made().fit((piece for piece in pieces), verbose=0)
    with pytest.warns(UserWarning, match=r"8 shapes \(rows: 1, 2, 3, 4, 5, 6, 7, 9\)"):
        made().fit((piece for piece in [*pieces, (X[:9], Y[:9])]), verbose=0)


def test_a_batch_without_rows_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        made().fit((batch(index) for index in (0, 1, 9)), verbose=0)


SENT = """
import os

import numpy as np


class Sent:
    workers, use_multiprocessing, max_queue_size, epoch = 2, True, 2, 0

    def __len__(self):
        return 5

    def __getitem__(self, index):
        if self.epoch and os.getpid() == self.home:
            raise AssertionError("made at home")
        return np.full((8, 3), index + 10.0 * self.epoch, "float32"), np.ones((8, 1), "float32")

    def on_epoch_end(self):
        self.epoch += 1
"""


def test_processes_make_batches_of_the_data_set_as_it_is_in_each_pass(tmp_path, monkeypatch):
    (tmp_path / "module_with_sent.py").write_text(SENT)
    monkeypatch.syspath_prepend(tmp_path)
    import module_with_sent  # pyright: ignore[reportMissingImports]

    dataset = module_with_sent.Sent()
    dataset.home = os.getpid()
    arrivals = arrivals_of("x", dataset)
    assert arrivals is not None
    assert [x[0, 0] for x, _ in arrivals.open(None, 0)] == [0, 1, 2, 3, 4]
    arrivals.end_epoch()
    assert [x[0, 0] for x, _ in arrivals.open(None, 1)] == [10, 11, 12, 13, 14]
    dataset.home = 0
    made().fit(dataset, epochs=1, verbose=0)


def test_threads_make_batches_that_processes_cannot(monkeypatch):
    class Local(Numbered):
        pass

    with pytest.warns(UserWarning, match="'Local' cannot be sent to them.*Threads"):
        made().fit(Local(workers=2, use_multiprocessing=True), verbose=0)
