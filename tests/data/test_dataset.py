"""Datasets: what their methods do to elements, and what `fit` makes of them."""

import threading
from collections import namedtuple

import jax
import numpy as np
import pytest

import hornet
from hornet import layers
from hornet.core.random import set_random_seed
from hornet.data import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset, TensorSpec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def numbers(count=6):
    return Dataset.range(count)


def generated(count=6):
    """The same numbers from a generator, so that no stage knows what comes next."""
    return Dataset.from_generator(lambda: range(count))


def read(dataset):
    """Return a pass as lists, numbers and text."""
    return [jax.tree.map(lambda array: array.tolist(), element) for element in dataset.as_numpy_iterator()]


def endless():
    return Dataset.from_tensor_slices((X, Y)).batch(8).repeat()


# What becomes of the numbers from 0 to 5, how many elements that makes as far as it is known, and the pipeline.
PIPELINES = {
    "map": ([0, 2, 4, 6, 8, 10], 6, lambda data: data.map(lambda x: 2 * x)),
    "map to a tuple": ([(0, 1), (1, 2)], 2, lambda data: data.take(2).map(lambda x: (x, x + 1))),
    "map to a dict": ([{"b": 0, "a": 1}], 1, lambda data: data.take(1).map(lambda x: {"b": x, "a": x + 1})),
    "map of a tuple": ([1, 3], 2, lambda data: data.take(2).map(lambda x: (x, x + 1)).map(lambda x, y: x + y)),
    "filter": ([1, 3, 5], None, lambda data: data.filter(lambda x: x % 2)),
    "batch": ([[0, 1, 2, 3], [4, 5]], 2, lambda data: data.batch(4)),
    "batch, full ones": ([[0, 1, 2, 3]], 1, lambda data: data.batch(4, drop_remainder=True)),
    "batch of batches": ([[[0, 1], [2, 3]], [[4, 5]]], 2, lambda data: data.batch(2).batch(2)),
    "unbatch": ([0, 1, 2, 3, 4, 5], None, lambda data: data.batch(4).unbatch()),
    "batch anew": ([[0, 1, 2], [3, 4, 5]], None, lambda data: data.batch(4).unbatch().batch(3)),
    "map of batches": ([[0, 10], [20, 30], [40, 50]], 3, lambda data: data.batch(2).map(lambda x: 10 * x)),
    "take": ([0, 1], 2, lambda data: data.take(2)),
    "take more than there are": ([0, 1, 2, 3, 4, 5], 6, lambda data: data.take(9)),
    "take all": ([0, 1, 2, 3, 4, 5], 6, lambda data: data.take(-1)),
    "skip": ([4, 5], 2, lambda data: data.skip(4)),
    "skip all": ([], 0, lambda data: data.skip(-1)),
    "shard": ([1, 4], 2, lambda data: data.shard(3, 1)),
    "repeat": ([0, 1, 0, 1], 4, lambda data: data.take(2).repeat(2)),
    "repeat over batches": ([[0, 1, 0], [1, 0, 1]], 2, lambda data: data.take(2).repeat(3).batch(3)),
    "repeat nothing": ([], 0, lambda data: data.take(0).repeat()),
    "concatenate": ([0, 1, 4, 5], 4, lambda data: data.take(2).concatenate(data.skip(4))),
    "batch over both": ([[0, 1, 5]], 1, lambda data: data.take(2).concatenate(data.skip(5)).batch(3)),
    "enumerate": ([(7, 4), (8, 5)], 2, lambda data: data.skip(4).enumerate(7)),
    "enumerate, in batches": ([([0, 1], [4, 5])], 1, lambda data: data.skip(4).enumerate().batch(2)),
    "zip": ([(0, 4), (1, 5)], 2, lambda data: Dataset.zip((data, data.skip(4)))),
    "zip, without a tuple": ([(0, 4), (1, 5)], 2, lambda data: Dataset.zip(data, data.skip(4))),
    "zip to a dict": ([{"x": [0, 1]}], 1, lambda data: Dataset.zip({"x": data.take(2)}).batch(2)),
    "cache": ([0, 1, 2, 3, 4, 5], 6, lambda data: data.cache()),
    "cache, in batches": ([[0, 1, 2], [3, 4, 5]], 2, lambda data: data.cache().batch(3)),
    "prefetch": ([0, 1, 2, 3, 4, 5], 6, lambda data: data.prefetch(AUTOTUNE)),
    "threads": ([0, 2, 4, 6, 8, 10], 6, lambda data: data.map(lambda x: 2 * x, AUTOTUNE).prefetch(2)),
    "flat_map": ([0, 1, 1, 2], None, lambda data: data.take(2).flat_map(lambda x: Dataset.range(x, x + 2))),
    "window": (
        [[0, 2], [2, 4]],
        None,
        lambda data: data.window(2, 2, 2, drop_remainder=True).flat_map(lambda window: window.batch(2)),
    ),
    "window, short ones too": (
        [[0, 1, 2], [4, 5]],
        None,
        lambda data: data.window(3, 4).flat_map(lambda window: window.batch(3)),
    ),
    "window of pairs": (
        [([0, 1], [10, 11]), ([2, 3], [12, 13]), ([4, 5], [14, 15])],
        None,
        lambda data: (
            data.map(lambda x: (x, x + 10)).window(2).flat_map(lambda x, y: Dataset.zip(x.batch(2), y.batch(2)))
        ),
    ),
    "apply": ([0], 1, lambda data: data.apply(lambda data: data.take(1))),
    "padded_batch": (
        [[[0, 0], [1, 0], [2, 2]]],
        1,
        lambda data: data.skip(0).take(3).map(lambda x: np.full(max(x, 1), x)).padded_batch(3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", [numbers, generated])
@pytest.mark.parametrize("name", PIPELINES)
def test_a_method_makes_the_same_of_numbered_elements_and_of_others(name, source):
    expected, number, pipeline = PIPELINES[name]
    dataset = pipeline(source())
    assert read(dataset) == expected
    assert read(dataset) == expected, "in the second pass"
    if source is numbers:
        known = number is not None
        assert dataset.cardinality() == (number if known else UNKNOWN_CARDINALITY)
        if known:
            assert len(dataset) == number


def test_endless_and_unknown_lengths_are_said():
    endless, unknown = numbers().repeat(), generated()
    assert endless.cardinality() == INFINITE_CARDINALITY
    assert unknown.cardinality() == UNKNOWN_CARDINALITY
    assert len(endless.take(10)) == 10
    assert read(endless.skip(4).take(4)) == [4, 5, 0, 1]
    with pytest.raises(TypeError, match="has no end"):
        len(endless)
    with pytest.raises(TypeError, match="is not known before a pass has ended"):
        len(unknown)
    assert endless.enumerate().cardinality() == Dataset.zip(endless, endless).cardinality() == INFINITE_CARDINALITY
    assert Dataset.zip(endless, numbers(2)).cardinality() == 2
    assert bool(numbers(0)), "a dataset is true, whatever its length"


# --- orders -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [2, 5, 6, 100])
def test_a_shuffle_has_every_element_once_and_one_order_for_every_kind_of_source(room):
    orders = [read(source(40).shuffle(room, seed=3)) for source in (numbers, generated)]
    assert orders[0] == orders[1] != list(range(40))
    assert sorted(orders[0]) == list(range(40))
    rows = Dataset.from_tensor_slices(np.arange(40)).shuffle(room, seed=3).batch(40)
    assert read(rows) == [orders[0]]


def test_an_element_is_drawn_from_the_next_few():
    order = read(numbers(1000).shuffle(10, seed=0))
    assert all(element - place < 10 for place, element in enumerate(order))


def test_passes_have_orders_of_their_own_and_begin_the_same_with_one_seed():
    def passes(**arguments):
        set_random_seed(1)
        dataset = numbers(20).shuffle(20, **arguments)
        return [read(dataset) for _ in range(3)]

    first, second, third = passes()
    assert first != second != third != first
    assert passes() == [first, second, third]
    assert passes(seed=5) == passes(seed=5)
    first, second, third = passes(reshuffle_each_iteration=False)
    assert first == second == third
    repeated = read(numbers(20).shuffle(20, seed=5).repeat(2))
    assert repeated[:20] != repeated[20:]


def test_shuffles_beside_each_other_and_behind_each_other_draw_differently():
    beside = read(Dataset.zip(numbers(20).shuffle(20, seed=1), numbers(20).shuffle(20, seed=1)))
    assert any(one != other for one, other in beside)
    once, twice = numbers(20).shuffle(20, seed=1), numbers(20).shuffle(20, seed=1).shuffle(20, seed=1)
    order = np.array(read(once))
    assert read(twice) != order[order].tolist()


def test_parts_of_one_order_have_nothing_in_common_wherever_they_are_read():
    rows = Dataset.from_tensor_slices((X, np.arange(40.0))).shuffle(40, reshuffle_each_iteration=False)
    seen = []
    train = rows.take(30).map(lambda x, y: (x, seen.append(float(y)) or y)).batch(10)
    model = made()
    model.fit(train, epochs=2, verbose=0)
    assert len(set(seen)) == 30
    assert set(seen).isdisjoint(y for _, y in read(rows.skip(30)))


# --- elements ---------------------------------------------------------------------------------------------


def test_elements_keep_their_structure_and_are_arrays_with_the_method_numpy():
    Point = namedtuple("Point", ["x", "y"])
    dataset = Dataset.from_tensor_slices({"b": Point(X, Y), "a": (X[:, 0],)})
    element = next(iter(dataset))
    assert list(element) == ["b", "a"]
    assert isinstance(element["b"], Point)
    assert isinstance(element["a"][0], np.ndarray)
    assert element["a"][0].numpy() == X[0, 0]
    batch = next(iter(dataset.batch(2)))["b"]
    assert type(batch.x.numpy()) is np.ndarray
    assert batch.x[0].numpy().tolist() == X[0].tolist()
    assert [number.numpy() for number in batch.y[:, 0]] == Y[:2, 0].tolist()
    labels = next(iter(Dataset.from_tensor_slices(["a", "b"]).enumerate().batch(2)))
    assert ["zero", "one"][labels[0][1]] == "one"
    assert labels[0][1].numpy() == 1
    assert labels[1][0].upper() == "A", "text stays text"
    assert float(hornet.ops.sum(batch.x)) == pytest.approx(X[:2].sum(), rel=1e-5)


def test_what_becomes_an_array_becomes_one():
    import pandas as pd
    import scipy.sparse

    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    assert read(Dataset.from_tensor_slices(frame)) == [[1.0, 0.5], [2.0, 1.5]]
    assert read(Dataset.from_tensor_slices(dict(frame))) == [{"a": 1, "b": 0.5}, {"a": 2, "b": 1.5}]
    assert read(Dataset.from_tensor_slices(scipy.sparse.eye(2, format="csr"))) == [[1.0, 0.0], [0.0, 1.0]]
    assert read(Dataset.from_tensor_slices(["one", "three"]).batch(2)) == [["one", "three"]]
    assert read(Dataset.from_tensor_slices(jax.numpy.arange(2))) == [0, 1]
    assert read(Dataset.from_tensors(([1, 2], 3))) == [([1, 2], 3)]


def test_specs_say_what_elements_are():
    rows = Dataset.from_tensor_slices((X, Y.astype("float64")))
    assert rows.element_spec == (TensorSpec((3,), "float32"), TensorSpec((1,), "float64"))
    assert rows.batch(8).element_spec[0] == TensorSpec((None, 3), "float32")
    assert rows.batch(8, drop_remainder=True).element_spec[0] == TensorSpec((8, 3), "float32")
    assert rows.batch(8).map(lambda x, y: x).shuffle(2).element_spec == TensorSpec((None, 3), "float32")
    assert generated().element_spec == TensorSpec((), "int64")


def test_signatures_of_generators_are_kept():
    def pairs(count):
        return ((number, [number] * 2) for number in range(count))

    signature = (TensorSpec((), "float32"), TensorSpec((None,), "int32"))
    for arguments in ({"output_signature": signature}, {"output_types": ("float32", "int32")}):
        first, second = next(Dataset.from_generator(pairs, args=(2,), **arguments).as_numpy_iterator())
        assert (first.dtype, second.dtype) == ("float32", "int32")
    wrong = Dataset.from_generator(pairs, args=(2,), output_signature=(TensorSpec(()), TensorSpec((3,))))
    with pytest.raises(ValueError, match=r"An array has shape \(2,\), and the signature says \(3,\)"):
        read(wrong)


def test_data_cannot_be_changed_by_what_they_are_mapped_with():
    x = X.copy()

    def halve(x):
        x /= 2
        return x

    with pytest.raises(ValueError, match="read-only") as raised:
        read(Dataset.from_tensor_slices(x).map(halve))
    assert "in `halve`, given to `map`, on element 0" in raised.value.__notes__[0]
    np.testing.assert_array_equal(x, X)
    assert x.flags.writeable, "the user's own array stays as it was"
    cached = Dataset.from_tensor_slices(X).map(lambda x: x + 0).cache()
    read(cached)
    with pytest.raises(ValueError, match="read-only"):
        read(cached.map(halve))


@pytest.mark.parametrize("threads", [None, 4])
def test_an_error_names_the_function_and_the_element(threads):
    def invert(x):
        return 6 // int(x - 3)

    dataset = numbers().map(invert, num_parallel_calls=threads).prefetch(2)
    taken = []
    with pytest.raises(ZeroDivisionError) as raised:
        taken.extend(iter(dataset))
    assert [int(x) for x in taken] == [-2, -3, -6]
    assert raised.value.__notes__ == ["This happened in `invert`, given to `map`, on element 3, called with it alone."]
    with pytest.raises(TypeError) as raised:
        read(Dataset.zip(numbers(), numbers()).map(invert))
    assert "called with 2 arguments, the parts of it" in raised.value.__notes__[0]
    with pytest.raises(ZeroDivisionError) as raised:
        read(numbers().filter(invert))
    assert "given to `filter`, on element 3" in raised.value.__notes__[0]


def test_threads_make_elements_and_the_caller_s_reads_the_source():
    here, readers, makers = threading.get_ident(), set(), set()

    def source():
        for number in range(20):
            readers.add(threading.get_ident())
            yield number

    def make(x):
        makers.add(threading.get_ident())
        return x

    before = threading.active_count()
    assert read(Dataset.from_generator(source).map(make, num_parallel_calls=3).batch(2).prefetch(4))
    assert readers == {here}
    assert here not in makers
    endless = iter(numbers().repeat().map(make, num_parallel_calls=3).batch(2))
    next(endless)
    del endless
    assert threading.active_count() == before, "threads end with the iterator"


def test_only_what_is_taken_is_made_and_a_cache_makes_it_once():
    made = []
    dataset = numbers().map(lambda x: made.append(int(x)) or x)
    assert read(dataset.shuffle(6, seed=0).skip(4).batch(2))
    assert len(made) == 2
    made.clear()
    cached = dataset.cache()
    assert read(cached.take(2)) == [0, 1]
    for again in (cached, cached, cached.shuffle(6, seed=0).batch(6)):
        read(again)
    assert made == [0, 1, *range(6)], "the part of a pass is not kept"


def test_training_fills_a_cache_in_one_epoch_and_looks_at_one_batch_before():
    made_of = []

    def watched(x, y):
        made_of.append(len(x))
        return x, y

    rows = Dataset.from_tensor_slices((X, Y)).batch(8).map(watched, num_parallel_calls=2)
    made().fit(rows.cache().shuffle(5).prefetch(1), epochs=3, validation_data=rows.cache(), verbose=0)
    assert len(made_of) <= 2 * (5 + 3), "five batches each, and what threads made beside the first one"
    made_of.clear()
    made().fit(rows, epochs=2, verbose=0)
    assert len(made_of) == 1 + 10


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Dataset.from_tensor_slices((X, Y[:3])), "holds arrays of 40 and 3 rows"),
        (lambda: Dataset.from_tensor_slices(3), "must hold arrays with rows, not 3"),
        (lambda: Dataset.from_tensor_slices([[1], [2, 3]]), "the parts of this one differ in shape"),
        (lambda: Dataset.from_generator(iter([1])), "must be a function that returns a generator"),
        (lambda: numbers().batch(0), "`batch_size` must be a positive integer, not 0"),
        (lambda: numbers().shuffle(0), "`buffer_size` must be a positive integer, not 0"),
        (lambda: numbers().take(-3), "`count` must be an integer of at least 0, not -3"),
        (lambda: numbers().cache("folder/file"), "keeps elements in memory"),
        (lambda: Dataset.zip(numbers(), [1]), r"A `Dataset` is needed, not \[1\]"),
        (lambda: Dataset.zip(), "got no datasets"),
        (lambda: read(numbers(3).map(lambda x: np.ones(x)).batch(2)), r"elements 0 and 1 of this one have \(0,\) and"),
        (lambda: read(numbers(3).map(lambda x: np.ones(x)).padded_batch(3, (1,))), "is longer than `padded_shapes`"),
        (lambda: numbers(0).element_spec, "has no elements"),
        (lambda: made().fit(Dataset.from_tensor_slices((X, Y[:, 0])), verbose=0), "is a dataset of single rows"),
        (lambda: made().fit(Dataset.from_tensor_slices((X, Y)).shuffle(9), verbose=0), "is a dataset of single rows"),
        (lambda: made().predict(Dataset.from_tensor_slices(X), verbose=0), "is a dataset of single rows"),
        (lambda: made().evaluate(Dataset.from_tensor_slices((X, Y)).batch(8).unbatch()), "is a dataset of single rows"),
        (lambda: made().fit(numbers(0).batch(2), verbose=0), "The dataset has no elements"),
        (lambda: made().fit(endless(), verbose=0), "has no end. Pass `steps_per_epoch`"),
        (lambda: made().evaluate(endless(), verbose=0), "has no end. Pass `steps`"),
        (lambda: made().predict(endless(), verbose=0), "has no end. Pass `steps`"),
        (lambda: made().fit(Dataset.from_tensor_slices((X, Y)).batch(8), Y), "`y` has no place beside it"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(make, says):
    with pytest.raises((ValueError, TypeError), match=says):
        make()


# --- training ---------------------------------------------------------------------------------------------


def made():
    set_random_seed(0)
    model = hornet.Sequential([hornet.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def trained(dataset, **arguments):
    model = made()
    history = model.fit(dataset, verbose=0, **arguments).history
    return history, model.get_weights()


def same(one, other):
    assert one[0] == other[0]
    jax.tree.map(np.testing.assert_array_equal, one[1], other[1])


@pytest.mark.parametrize(
    "pipeline",
    [
        lambda rows: rows.batch(8),
        lambda rows: rows.cache().batch(8).prefetch(2),
        lambda rows: rows.batch(8).unbatch().batch(8),
        lambda rows: rows.batch(8, num_parallel_calls=2).prefetch(1),
        lambda rows: rows.map(lambda x, y: (x * 2, y)).map(lambda x, y: (x / 2, y), AUTOTUNE).batch(8),
    ],
)
def test_a_dataset_trains_the_model_that_its_rows_train_in_memory(pipeline):
    in_memory = made()
    history = in_memory.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    dataset = pipeline(Dataset.from_tensor_slices((X, Y)))
    same(trained(dataset, epochs=2), (history, in_memory.get_weights()))


def test_the_pipeline_of_people_works_wherever_batches_are_taken():
    normalization = layers.Normalization()
    normalization.adapt(Dataset.from_tensor_slices((X, Y)).map(lambda x, y: x).batch(8))
    np.testing.assert_allclose(np.ravel(normalization.mean), X.mean(0), atol=1e-6)
    source = Dataset.from_tensor_slices((X, Y)).map(lambda x, y: (normalization(x[None])[0], hornet.ops.abs(y)))
    rows = source.batch(8).shuffle(1000).prefetch(2)
    first, second = (trained(rows, epochs=3, validation_data=source.batch(16)) for _ in range(2))
    same(first, second)
    assert list(first[0]) == ["loss", "val_loss"]
    model = made()
    known = np.array(normalization(X)), np.abs(Y)
    assert model.evaluate(source.batch(8), verbose=0) == pytest.approx(model.evaluate(*known, verbose=0), rel=1e-5)
    predicted = model.predict(source.batch(8), verbose=0)
    np.testing.assert_allclose(predicted, model.predict(known[0], verbose=0), rtol=1e-5)
    np.testing.assert_array_equal(model.predict(source.map(lambda x, y: x).batch(8), verbose=0), predicted)


def test_arrays_whose_rows_are_batches_are_taken_as_they_are():
    batches = Dataset.from_tensor_slices((X.reshape(5, 8, 3), Y.reshape(5, 8, 1)))
    same(trained(batches), trained(Dataset.from_tensor_slices((X, Y)).batch(8)))


@pytest.mark.parametrize("arguments", [{}, {"seed": 3}])
def test_runs_repeat_and_their_passes_differ(arguments):
    orders = []

    def run():
        rows = Dataset.from_tensor_slices((X, Y)).shuffle(40, **arguments)
        orders.append([])
        watched = rows.map(lambda x, y: (orders[-1].append(float(x[0])) or x, y))
        return trained(watched.batch(8), epochs=2)

    set_random_seed(7)
    first = run()
    set_random_seed(7)
    same(run(), first)
    assert orders[0] == orders[1]
    passes = np.array(orders[0][-80:]).reshape(2, 40)
    assert (passes[0] != passes[1]).any()
    assert (np.sort(passes) == np.sort(X[:, 0])).all()


def test_a_run_that_was_interrupted_goes_on_with_the_orders_that_it_had(tmp_path):
    class Stop(hornet.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def rows(seed):
        set_random_seed(seed)
        return Dataset.from_tensor_slices((X, Y)).shuffle(40).batch(8)

    whole = trained(rows(1), epochs=4)
    settings = {"verbose": 0, "epochs": 4, "resume": tmp_path / "run"}
    dataset, model = rows(1), made()
    with pytest.raises(KeyboardInterrupt):
        model.fit(dataset, callbacks=[Stop()], **settings)
    dataset, model = rows(2), made()
    model.fit(dataset, **settings)  # in a process whose seed is another one
    jax.tree.map(np.testing.assert_array_equal, model.get_weights(), whole[1])


def test_steps_go_on_through_endless_and_unknown_datasets():
    rows = Dataset.from_tensor_slices((X, Y))
    ends = trained(rows.batch(8), epochs=4)
    same(trained(rows.repeat().batch(8), steps_per_epoch=5, epochs=4), ends)
    unknown = Dataset.from_generator(lambda: zip(X, Y, strict=True)).batch(8)
    same(trained(unknown, epochs=4), ends)
    weights = np.linspace(0, 1, 40, dtype="float32")
    same(
        trained(Dataset.from_tensor_slices((X, Y, weights)).batch(8)),
        trained(iter([(X[i : i + 8], Y[i : i + 8], weights[i : i + 8]) for i in range(0, 40, 8)])),
    )
