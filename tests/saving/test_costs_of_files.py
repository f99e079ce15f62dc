"""Reading a file costs no more than its bytes bear out: small files that ask for much, each beside an honest twin."""

import json
import os
import struct
import time
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
from tests.costs import counted_calls

import hornet
from hornet import layers
from hornet.core.budget import file_budget, take_steps
from hornet.models import model_from_json
from hornet.saving import hdf5, load_model, safetensors

REFUSED = (hornet.CorruptFileError, hornet.UnsafeFileError)


def small():
    made = hornet.Sequential([hornet.Input((3,)), layers.Dense(4, name="hidden"), layers.Dense(1, name="out")])
    made.compile(loss="mse", optimizer="adam")
    return made


def refuse(load, *args):
    """Check that something is refused after few calls and in little memory."""
    tracemalloc.start()
    try:
        with counted_calls(), pytest.raises(REFUSED) as caught:
            load(*args)
        assert tracemalloc.get_traced_memory()[1] < 64e6
    finally:
        tracemalloc.stop()
    return str(caught.value)


def archive(path, change=lambda described: None, more=(), method=zipfile.ZIP_STORED):
    """Write an honest archive whose description a function has changed."""
    small().save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    described = json.loads(parts["config.json"])
    described = change(described) or described
    parts["config.json"] = json.dumps(described).encode()
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in [*parts.items(), *more]:
            file.writestr(name, data)
    return path


# --- graphs -----------------------------------------------------------------------------------------------------


def tensor(name, call=0):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, 0]}}


def calls(*tensors):
    return {"args": list(tensors) if len(tensors) == 1 else [list(tensors)], "kwargs": {}}


def layer(kind, name, config, *nodes):
    described = {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}}
    return {**described, "registered_name": None, "name": name, "inbound_nodes": list(nodes)}


def operation(kind, name, settings, *args):
    described = {"module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": name, **settings}}
    return {**described, "registered_name": kind, "name": name, "inbound_nodes": [{"args": list(args), "kwargs": {}}]}


def graph(parts, output, name="graph"):
    config = {"name": name, "layers": parts, "input_layers": ["i", 0, 0], "output_layers": output}
    described = {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}
    return {**described, "registered_name": "Functional"}


INPUT = layer("InputLayer", "i", {"batch_shape": [None, 3], "dtype": "float32"})
FIRST = layer("Activation", "a", {"activation": "tanh"}, calls(tensor("i")))


def nested(depth, times):
    parts, output = [INPUT, FIRST], ["a", 0, 0]
    for level in range(depth):
        name = f"m{level}"
        inner = graph(parts, output, name)
        nodes = [calls(tensor("i")), *(calls(tensor(name, number)) for number in range(times - 1))]
        parts, output = [INPUT, {**inner, "name": name, "inbound_nodes": nodes}], [name, times - 1, 0]
    return graph(parts, output)


GRAPHS = {
    "an operation on constants": graph([INPUT, FIRST, operation("Eye", "z", {"N": 20000})], ["a", 0, 0]),
    "a window": graph([INPUT, FIRST, operation("Hanning", "z", {}, 10**9)], ["a", 0, 0]),
    "a layer of constants": graph([INPUT, FIRST, layer("Flatten", "z", {}, calls([[1.0] * 3]))], ["a", 0, 0]),
    "a thousandth difference": graph([INPUT, operation("Diff", "d", {"n": 10**6}, tensor("i"))], ["d", 0, 0]),
    "a million pieces": graph(
        [INPUT, operation("Split", "d", {"indices_or_sections": 10**7}, tensor("i"))], ["d", 0, 0]
    ),
    "models within models, each called twice": nested(20, 2),
}


@pytest.mark.parametrize("described", GRAPHS.values(), ids=GRAPHS)
def test_graphs_that_cost_much_are_refused(described, tmp_path):
    refuse(load_model, archive(tmp_path / "m.keras", lambda _: described))
    refuse(model_from_json, json.dumps(described))


def test_their_honest_twins_load():
    assert model_from_json(json.dumps(nested(3, 2))).output_shape == (None, 3)
    pieces = operation("Split", "d", {"indices_or_sections": 3, "axis": 1}, tensor("i"))
    assert model_from_json(json.dumps(graph([INPUT, pieces], ["d", 0, 0]))).output_shape == (None, 1)


def test_the_order_of_layers_costs_nothing():
    chain = [layer("Activation", f"a{n}", {"activation": "linear"}, calls(tensor(f"a{n - 1}"))) for n in range(1, 150)]
    parts = [INPUT, *chain[::-1], layer("Activation", "a0", {"activation": "linear"}, calls(tensor("i")))]
    model = model_from_json(json.dumps(graph(parts, ["a149", 0, 0])))
    assert [each.name for each in model.layers][1:] == [f"a{n}" for n in range(150)]


def test_calls_are_made_in_the_order_in_which_they_are_listed_where_that_can_be():
    parts = [layer("Dense", f"d{n}", {"units": 3}, calls(tensor("i"))) for n in (2, 0, 1)]
    both = layer("Add", "add", {}, calls(tensor("d0"), tensor("d1"), tensor("d2")))
    model = model_from_json(json.dumps(graph([both, *parts, INPUT], ["add", 0, 0])))
    assert [node.operation.name for node in model._calls] == ["d0", "d1", "d2", "add"]


# --- numbers in descriptions ------------------------------------------------------------------------------------


def added(kind, **config):
    one = {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}
    return lambda described: described["config"]["layers"].append(one)


def metric(kind, **config):
    one = {"module": "keras.metrics", "class_name": kind, "config": {"name": "m", **config}, "registered_name": None}
    return lambda described: described["compile_config"].update(metrics=[one])


def constant(dtype, value=0):
    return {"class_name": "__numpy__", "config": {"value": value, "dtype": dtype}}


NUMBERS = {
    "thresholds": metric("AUC", num_thresholds=10**8),
    "thresholds of another": metric("PrecisionAtRecall", recall=0.5, num_thresholds=10**8),
    "labels": metric("AUC", multi_label=True, num_labels=10**6, num_thresholds=200),
    "classes": metric("MeanIoU", num_classes=22_000),
    "classes, one-hot": metric("OneHotMeanIoU", num_classes=10**9),
    "iterations": added(
        "SpectralNormalization", power_iterations=10**9,
        layer={"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None},
    ),
    "padding": added(
        "StringLookup", vocabulary=["a"], idf_weights=[1.0], output_mode="tf_idf", max_tokens=4 * 10**8,
        pad_to_max_tokens=True,
    ),
    "indices": added("StringLookup", vocabulary=["a"], idf_weights=[1.0], output_mode="tf_idf", num_oov_indices=10**9),
    "a long token": added("StringLookup", vocabulary=["a" * 10**6, *(f"t{number}" for number in range(5000))]),
    "arrays within a type": added("Normalization", mean=constant("(20000,20000)f4"), variance=constant("f4")),
    "a long type of texts": added("Normalization", mean=constant("U400000000"), variance=constant("f4")),
}  # fmt: skip


@pytest.mark.parametrize("change", NUMBERS.values(), ids=NUMBERS)
def test_numbers_that_no_weight_bears_out_are_refused(change, tmp_path):
    refuse(load_model, archive(tmp_path / "m.keras", change))


@pytest.mark.parametrize("change", [metric("AUC", num_thresholds=1000), metric("MeanIoU", num_classes=500)])
def test_metrics_of_honest_size_load(change, tmp_path):
    load_model(archive(tmp_path / "m.keras", change))


@pytest.mark.parametrize(
    "lookup",
    [
        layers.StringLookup(vocabulary=["a", "b"], idf_weights=[1.0, 2.0], output_mode="tf_idf", max_tokens=5000,
                            pad_to_max_tokens=True),
        layers.StringLookup(vocabulary=[f"token{number}" for number in range(30_000)]),
    ],
)  # fmt: skip
def test_vocabularies_of_honest_size_load(lookup, tmp_path):
    path = tmp_path / "m.keras"
    hornet.Sequential([lookup]).save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    assert load_model(path).layers[0].get_vocabulary() == lookup.get_vocabulary()


def test_models_from_json_ask_for_no_more_than_weights_of_2_gb():
    text = small().to_json()
    message = refuse(model_from_json, text.replace('"units": 4', '"units": 300000000'))
    assert "larger than" in message
    refuse(model_from_json, "[" * 200_000)
    refuse(model_from_json, "not JSON")
    refuse(model_from_json, '{"class_name": "Dense", "config": {"units": 3}}')
    assert np.ptp(model_from_json(text).get_weights()[0]) > 0  # drawn, not zeros as where a file fills them


def test_steps_are_counted_by_the_size():
    with file_budget(1_000_000):
        take_steps(3000, "it")
        with pytest.raises(ValueError, match="it takes 1 steps more"):
            take_steps(1, "it")


# --- texts and tables -------------------------------------------------------------------------------------------


def lookups(count):
    described = {"vocabulary": None, "num_oov_indices": 1, "mask_token": None, "output_mode": "int"}
    made = [layer("StringLookup", f"s{number}", described) for number in range(count)]
    return lambda whole: whole["config"].update(layers=[whole["config"]["layers"][0], *made])


def vocabularies(count, text):
    return [(f"assets/layers/string_lookup{f'_{n}' if n else ''}/vocabulary.txt", text) for n in range(count)]


def more(value):
    return lambda described: described.update(more=value)


DEFLATED = zipfile.ZIP_DEFLATED
ARCHIVES = {
    "vocabularies that grow": lambda path: archive(
        path, lookups(9), vocabularies(9, "\n" * (4 * 2**20 - 1)), method=DEFLATED
    ),
    "JSON that grows": lambda path: archive(path, more([{}] * 10**6), method=DEFLATED),
    "JSON of lists": lambda path: archive(path, more([[]] * 10**6)),
    "very many members": lambda path: archive(path, more=[(str(number), "") for number in range(10_001)]),
}


@pytest.mark.parametrize("write", ARCHIVES.values(), ids=ARCHIVES)
def test_archives_that_grow_are_refused(write, tmp_path):
    refuse(load_model, write(tmp_path / "m.keras"))


def test_archives_of_honest_size_load(tmp_path):
    load_model(archive(tmp_path / "m.keras", more(list(range(10**5))), method=DEFLATED))
    load_model(archive(tmp_path / "m.keras", more=[(str(number), "") for number in range(100)]))


def table(path, entries):
    text = "{" + ",".join(f'"{number}":{entry}' for number, entry in enumerate(entries)) + "}"
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode())
    return path


def array(*shape):
    return json.dumps({"dtype": "F32", "shape": shape, "data_offsets": [0, 0]})


TABLES = {
    "a table of arrays that hold nothing": [array(0)] * 40_000,
    "a table of nothing": ["{}"] * 100_000,
    "100 axes": [array(*[1] * 100)],
    "an axis without end": [array(0, 2**70)],
    "a long axis": [array(0, 2**62)],
}


@pytest.mark.parametrize("entries", TABLES.values(), ids=TABLES)
def test_tables_of_safetensors_that_hold_nothing_are_refused(entries, tmp_path):
    refuse(safetensors.read, table(tmp_path / "a.safetensors", entries))


def test_a_table_of_honest_size_is_read(tmp_path):
    assert len(safetensors.read(table(tmp_path / "a.safetensors", [array(0)] * 1000))[0]) == 1000


# --- HDF5, byte by byte -----------------------------------------------------------------------------------------


class Raw:
    """An HDF5 file of the first version."""

    def __init__(self):
        self.data = bytearray(96)

    def put(self, piece):
        self.data += b"\0" * (-len(self.data) % 8)
        self.data += piece
        return len(self.data) - len(piece)

    def done(self, path, root):
        nowhere = 2**64 - 1
        begin = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
        begin += struct.pack("<QQQQ", 0, nowhere, len(self.data), nowhere) + struct.pack("<QQII16x", 0, root, 0, 0)
        self.data[: len(begin)] = begin
        path.write_bytes(self.data)
        return path


def message(kind, data):
    data += b"\0" * (-len(data) % 8)
    return struct.pack("<HHB3x", kind, len(data), 0) + data


def header(*messages):
    body = b"".join(messages)
    return struct.pack("<BxHIIxxxx", 1, len(messages), 1, len(body)) + body


def link(name, address):
    return message(6, struct.pack("<BBB", 1, 0, len(name)) + name + struct.pack("<Q", address))


def space(*shape):
    return struct.pack("<BBBB4x", 1, len(shape), 0, 0) + struct.pack(f"<{len(shape)}Q", *shape)


def attribute(kind, shape, data):
    sizes = struct.pack("<BBHHHB", 3, 0, 2, len(kind), len(shape), 0)
    return message(0x0C, sizes + b"a\0" + kind + shape + data)


FLOATS = bytes([0x11, 0x20, 0x1F, 0]) + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)
TEXTS = bytes([0x19, 1, 0, 0]) + struct.pack("<I", 16) + bytes([0x13, 0, 0, 0]) + struct.pack("<I", 1)


def texts_of_a_heap(path, texts=2000, entries=5000):
    raw = Raw()
    held = struct.pack("<HHIQ", 1, 1, 0, 0) * entries + struct.pack("<HHIQ", 2, 1, 0, 8) + b"abcdefgh"
    heap = raw.put(b"GCOL" + bytes([1, 0, 0, 0]) + struct.pack("<Q", 16 + len(held)) + held)
    return raw.done(path, raw.put(header(attribute(TEXTS, space(texts), struct.pack("<IQI", 1, heap, 2) * texts))))


def shared_messages(path):
    raw = Raw()
    block = raw.put(struct.pack("<HHB3x", 0, 0, 0) * 50_000)
    follow = message(0x10, struct.pack("<QQ", block, 8 * 50_000))
    return raw.done(path, raw.put(header(*[link(b"%d" % n, raw.put(header(follow))) for n in range(100)])))


def overlapping_blocks(path):
    raw = Raw()
    begin = raw.put(struct.pack("<HHB3x", 0, 0, 0) * 400 + message(0x0D, bytes(65_528)) * 15)
    end = len(raw.data)
    blocks = [message(0x10, struct.pack("<QQ", begin + 8 * n, end - begin - 8 * n)) for n in range(400)]
    return raw.done(path, raw.put(header(*blocks)))


def overlapping_names(path):
    raw = Raw()
    names = raw.put(b"x" * 60_000 + b"\0")
    heap = raw.put(b"HEAP\0\0\0\0" + struct.pack("<QQQ", 60_001, 2**64 - 1, names))
    group = raw.put(header())
    symbols = raw.put(b"SNOD\1\0" + struct.pack("<H", 4000) + b"".join(
        struct.pack("<QQI20x", n, group, 0) for n in range(4000)))  # fmt: skip
    tree = raw.put(b"TREE" + struct.pack("<BBHQQ", 0, 0, 1, 0, 0) + struct.pack("<QQQ", 0, symbols, 0))
    return raw.done(path, raw.put(header(message(0x11, struct.pack("<QQ", tree, heap)))))


def deep_names(path):
    raw = Raw()
    heap, node = raw.put(b"HEAP\0\0\0\0" + struct.pack("<QQQ", 8, 0, raw.put(bytes(8)))), 0
    for _ in range(2000):
        node = raw.put(b"TREE" + struct.pack("<BBHQQ", 0, 1, 1, 0, 0) + struct.pack("<QQQ", 0, node, 0))
    return raw.done(path, raw.put(header(message(0x11, struct.pack("<QQ", node, heap)))))


def dataset(*shape, place):
    return header(message(1, space(*shape)), message(3, FLOATS), message(8, place))


def chunked(tree, *chunk):
    return struct.pack("<BBBQ", 3, 2, len(chunk) + 1, tree) + struct.pack(f"<{len(chunk) + 1}I", *chunk, 4)


def deep_chunks(path):
    raw, node = Raw(), 0
    for _ in range(2000):
        node = raw.put(b"TREE" + struct.pack("<BBHQQ", 1, 1, 1, 0, 0) + struct.pack("<IIQQQ", 0, 0, 0, 0, node))
    return raw.done(path, raw.put(header(link(b"x", raw.put(dataset(4, place=chunked(node, 4)))))))


def shared_bytes(path, shift=0):
    raw = Raw()
    numbers = raw.put(bytes(8000))
    arrays = [raw.put(dataset(1000, place=struct.pack("<BBQQ", 3, 1, numbers + shift * n, 4000))) for n in range(2)]
    return raw.done(path, raw.put(header(*[link(b"%d" % n, array) for n, array in enumerate(arrays)])))


def endless_attribute(path):
    raw = Raw()
    return raw.done(path, raw.put(header(attribute(FLOATS, space(2**63, 0), bytes(4)))))


HDF5 = [
    shared_messages,
    overlapping_blocks,
    overlapping_names,
    deep_names,
    deep_chunks,
    shared_bytes,
    endless_attribute,
]


@pytest.mark.parametrize("write", HDF5, ids=lambda write: write.__name__)
def test_structures_of_hdf5_that_overlap_or_go_down_are_refused(write, tmp_path):
    refuse(hdf5.read, write(tmp_path / "a.h5"))


def test_their_twins_are_read(tmp_path):
    assert hdf5.read(shared_bytes(tmp_path / "a.h5", 4000)).members.keys() == {"0", "1"}
    path = texts_of_a_heap(tmp_path / "a.h5")
    with counted_calls() as calls:
        assert hdf5.read(path).attributes["a"] == ["a"] * 2000
    assert calls[0] < 200_000  # each heap is gone through once, not for each of its texts


@pytest.mark.parametrize("shape", [(7000, 7000), (100_000, 100_000)])
def test_chunks_that_are_not_stored_are_refused(shape, tmp_path):
    path = tmp_path / "m.weights.h5"
    model = small()
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        name = next(name for name in ("layers/dense/vars/0",) if name in file)
        del file[name]
        file.create_dataset(name, shape, "f4", chunks=(1000, 1000), compression="gzip")[:1000, :1000] = 1.0
    refuse(model.load_weights, path)


def test_arrays_that_grow_out_of_proportion_are_refused(tmp_path):
    path = tmp_path / "m.weights.h5"
    model = small()
    model.save_weights(path)
    for size, is_fine in ((3_000_000, True), (30_000_000, False)):
        with h5py.File(path, "a") as file:
            file.pop("more/vars", None)
            file.create_dataset("more/vars/0", data=np.zeros(size, "f4"), compression="gzip", chunks=(10**6,))
        if is_fine:
            model.load_weights(path)
        else:
            refuse(model.load_weights, path)


# --- what a path is ---------------------------------------------------------------------------------------------


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def holes(path):
    with open(path, "wb") as file:
        file.write(b"PK")
        file.truncate(3 * 2**30)


PATHS = [pipe, device, holes]


@pytest.mark.parametrize("make", PATHS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors"])
def test_what_is_no_file_is_not_read(make, name, tmp_path):
    make(tmp_path / name)
    refuse(load_model if name == "m.keras" else small().load_weights, tmp_path / name)


def hostile_files(folder):
    """Yield the name of each family, a file of it and what reads it, for the benchmarks."""
    for name, described in GRAPHS.items():
        yield name, archive(folder / "m.keras", lambda _, described=described: described), load_model
        yield f"{name}, as JSON", json.dumps(described), model_from_json
    for name, change in NUMBERS.items():
        yield name, archive(folder / "m.keras", change), load_model
    for name, write in ARCHIVES.items():
        yield name, write(folder / "m.keras"), load_model
    for name, entries in TABLES.items():
        yield name, table(folder / "a.safetensors", entries), safetensors.read
    for write in HDF5:
        yield write.__name__, write(folder / "a.h5"), hdf5.read
    for make in PATHS:
        path = folder / f"{make.__name__}.keras"
        make(path)
        yield make.__name__, path, load_model


def test_a_link_to_a_file_is_followed_and_a_neighbour_s_out_of_its_folder_is_not(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    model = small()
    model.save_weights(folder / "m.weights.json", max_shard_size=2e-7)
    (tmp_path / "link").symlink_to(folder)
    model.load_weights(tmp_path / "link" / "m.weights.json")
    part = folder / "m_00000.weights.h5"
    part.rename(folder / "renamed.h5")
    part.symlink_to(folder / "renamed.h5")
    model.load_weights(folder / "m.weights.json")
    (folder / "renamed.h5").rename(tmp_path / "elsewhere.h5")
    part.unlink()
    part.symlink_to(tmp_path / "elsewhere.h5")
    with pytest.raises(hornet.UnsafeFileError, match="link out of its folder"):
        model.load_weights(folder / "m.weights.json")


def test_nothing_is_put_in_the_place_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "m.keras")
    with pytest.raises(OSError, match="it is a pipe"):
        small().save(tmp_path / "m.keras")
    assert [each.name for each in tmp_path.iterdir()] == ["m.keras"]
    (tmp_path / "m.keras").unlink()
    small().save(tmp_path / "m.keras")


# --- all or nothing ---------------------------------------------------------------------------------------------


def damaged_optimizer(path):
    with h5py.File(path, "a") as file:
        names = sorted((name for name in file["optimizer/vars"]), key=int)
        shape = file[f"optimizer/vars/{names[-1]}"].shape
        del file[f"optimizer/vars/{names[-1]}"]
        file[f"optimizer/vars/{names[-1]}"] = np.full(shape, b"abc")


def damaged_weight(path):
    with h5py.File(path, "a") as file:
        del file["layers/dense_1/vars/1"]
        file["layers/dense_1/vars/1"] = np.full((1,), b"abc")


@pytest.mark.parametrize("damage", [damaged_optimizer, damaged_weight], ids=lambda damage: damage.__name__)
def test_weights_are_loaded_all_or_none(damage, tmp_path):
    model, path = small(), tmp_path / "m.weights.h5"
    model.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    model.save_weights(path)
    model.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    before = model.get_weights()
    damage(path)
    with pytest.raises(hornet.CorruptFileError, match="not numbers"):
        model.load_weights(path)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(model.optimizer.iterations) == 2


RUN = {
    "no seed": lambda run: run.pop("seed"),
    "no callbacks": lambda run: run.pop("callbacks"),
    "a far epoch": lambda run: run.update(epoch=10**18),
    "a step before the first": lambda run: run.update(step=-3),
    "a step behind the last": lambda run: run.update(step=100),
    "texts for numbers": lambda run: run.update(hypers=dict.fromkeys(run["hypers"], "a")),
    "no generator": lambda run: run.update(random={"a": 1}),
    "another generator": lambda run: run["random"]["generator"]["state"].update(state=-1),
    "a history of numbers": lambda run: run["callbacks"]["History#0"].update(history=3),
    "an array that is missing": lambda run: run["callbacks"].update(a={"__array__": "none"}),
    "deep": lambda run: run.update(more=json.loads("[" * 400 + "]" * 400)),
    "the file as it was": lambda run: None,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run"
    small().fit(np.ones((4, 3)), np.ones(4), epochs=2, verbose=0, resume=path)
    return safetensors.read(path)


@pytest.mark.parametrize("what", RUN)
def test_runs_are_taken_over_whole_or_not_at_all(what, run, tmp_path):
    arrays, facts = run
    described = json.loads(facts["run"])
    RUN[what](described)
    safetensors.write(tmp_path / "run", arrays, {**facts, "run": json.dumps(described)})
    model = small()
    before, rate = model.get_weights(), float(model.optimizer.learning_rate)
    go = lambda: model.fit(np.ones((4, 3)), np.ones(4), epochs=3, verbose=0, resume=tmp_path / "run")  # noqa: E731
    if what == "the file as it was":
        assert len(go().history["loss"]) == 3
        return
    with pytest.raises(REFUSED, match="run"):
        go()
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert float(model.optimizer.learning_rate) == rate


# --- leftovers --------------------------------------------------------------------------------------------------


def test_only_those_who_can_know_remove_what_others_left(tmp_path):
    path = tmp_path / "m.weights.h5"
    others = tmp_path / f".{path.name}.0123456789ab.999999.0.tmp"  # of another machine, where the process may run
    old = tmp_path / f".{path.name}.0123456789ab.999998.0.tmp"
    for file in (others, old):
        file.write_text("")
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    small().save_weights(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([others.name, path.name])


def test_names_may_be_as_long_as_the_system_has_them(tmp_path):
    path = tmp_path / ("m" * (255 - len(".weights.h5")) + ".weights.h5")
    small().save_weights(path)
    small().load_weights(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
