"""Files that are not what they say: each is refused by name and rule, and its honest twin loads."""

import json
import os
import struct
import sys
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.costs import counted_calls

import hornet
from hornet import layers
from hornet.saving import load_model

REFUSED = (hornet.CorruptFileError, hornet.MissingObjectError, hornet.UnsafeFileError)
SEEN = []
FORBIDDEN = ("compile", "exec", "import", "marshal", "pickle", "socket", "subprocess", "os.system", "os.exec", "ctypes")
SIGNATURE = "def foo("  # `inspect` parses the signatures of functions written in C; nothing is run


def _hook(event, arguments):
    if SEEN and SEEN[-1] is not None:
        SEEN.append((event, arguments))


sys.addaudithook(_hook)


class Watched:
    """Notes what happens while a file is read: which files are opened, what is run or imported."""

    def __init__(self, path):
        self.path = str(path)

    def __enter__(self):
        SEEN[:] = ["on"]

    def __exit__(self, *error):
        events, SEEN[:] = SEEN[1:], []
        opened = [str(one[1][0]) for one in events if one[0] == "open"]
        assert set(opened) <= {self.path}
        wrong = [one for one in events if one[0].startswith(FORBIDDEN) and SIGNATURE not in str(one[1])]
        assert wrong == []


@pytest.fixture(scope="module", autouse=True)
def first_time(tmp_path_factory):
    """Load every kind of file once, so that what is imported and compiled for the first time is no event later."""
    folder = tmp_path_factory.mktemp("first")
    for suffix in ("keras", "h5"):
        honest(folder / f"model.{suffix}")
        load_model(folder / f"model.{suffix}")


def model():
    made = hornet.Sequential([hornet.Input((3,)), layers.Dense(4, activation="relu", name="hidden"), layers.Dense(1)])
    made.compile(loss="mse", optimizer="adam", metrics=["mae"])
    return made


def honest(path):
    model().save(path)
    return path


def refuse(path, kind=REFUSED, match=None):
    """Check that a file is refused: by which error, naming it, after few calls, in little memory, touching nothing."""
    with Watched(path), counted_calls(), pytest.raises(kind, match=match) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 64e6
    finally:
        tracemalloc.stop()


def accept(path):
    with Watched(path):
        loaded = load_model(path)
    np.testing.assert_array_equal(loaded(np.ones((2, 3))).shape, (2, 1))


# --- descriptions -------------------------------------------------------------------------------------------


def with_config(path, change):
    """Write an honest archive whose description a function has changed."""
    honest(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    described = json.loads(parts["config.json"])
    replaced = change(described)
    parts["config.json"] = json.dumps(described).encode() if replaced is None else replaced
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def layer(described):
    return next(one for one in described["config"]["layers"] if one["class_name"] == "Dense")


def code(described):
    layer(described)["config"]["activation"] = {"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}}


def lambda_layer(described):
    lambda_code = {"class_name": "__lambda__", "config": {"code": "4wAA", "defaults": None, "closure": None}}
    described["config"]["layers"].append(
        {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "evil", "function": lambda_code}}
    )


def dotted(described):
    layer(described).update(module="os", class_name="system", registered_name="os.system", config={"command": "id"})


def dotted_function(described):
    layer(described)["config"]["activation"] = {
        "module": "os", "class_name": "function", "config": "system", "registered_name": "os.system",
    }  # fmt: skip


def builtin(described):
    layer(described)["config"]["kernel_initializer"] = {
        "module": "builtins",
        "class_name": "eval",
        "config": {"x": "1"},
    }


def opened_file(described):
    described["config"]["layers"].append(
        {
            "module": "keras.layers",
            "class_name": "StringLookup",
            "config": {"name": "words", "vocabulary": "/etc/passwd"},
        }
    )


def many_units(described):
    layer(described)["config"]["units"] = 10**9


def more_units(described):
    layer(described)["config"]["units"] = 5


def many_layers(described):
    described["config"]["layers"] += [
        {"module": "keras.layers", "class_name": "Dense", "config": {"units": 10**6, "name": f"d{number}"}}
        for number in range(3)
    ]


def cube(described):
    described["config"]["layers"].append(
        {"module": "keras.layers", "class_name": "Embedding", "config": {"input_dim": 10**9, "output_dim": 10**9}}
    )


def deep(described):
    return b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def rather_deep(described):
    described["more"] = json.loads("[" * 400 + "]" * 400)


def long_number(described):
    layer(described)["config"]["units"] = 10**30


def longest_number(described):
    return b'{"units": ' + b"9" * 5000 + b"}"


def text_for_number(described):
    layer(described)["config"]["units"] = "4"


def twice(described):
    return b'{"class_name": "Sequential", "class_name": "Dense", "config": {}}'


def no_object(described):
    return b"[1, 2]"


def no_model(described):
    inner = layer(described)
    described.clear()
    described.update(inner)


def no_class(described):
    del described["class_name"]


def self_made(described):
    layer(described)["class_name"] = "Own"


def cycle(described):
    def dense(name, source):
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
        return {
            "module": "keras.layers", "class_name": "Dense", "config": {"units": 3, "name": name}, "name": name,
            "inbound_nodes": [{"args": [tensor], "kwargs": {}}],
        }  # fmt: skip

    first = described["config"]["layers"][0]
    name = first["config"]["name"]
    described.update(module="keras.src.models.functional", class_name="Functional")
    described["config"] = {
        "name": "round",
        "layers": [{**first, "name": name, "inbound_nodes": []}, dense("a", "b"), dense("b", "a")],
        "input_layers": [name, 0, 0],
        "output_layers": ["b", 0, 0],
    }


def own_loss(described):
    described["compile_config"]["loss"] = {"module": "os", "class_name": "function", "config": "system"}


def loss_code(described):
    described["compile_config"]["loss"] = {"class_name": "__lambda__", "config": {"value": ["4wEA", None, None]}}


UNSAFE = [code, lambda_layer, opened_file, many_units, more_units, many_layers, cube, deep, rather_deep, long_number,
          loss_code]  # fmt: skip
CORRUPT = [longest_number, text_for_number, twice, no_object, no_model, no_class, cycle]
MISSING = [dotted, dotted_function, builtin, self_made, own_loss]


@pytest.mark.parametrize("change", UNSAFE, ids=lambda one: one.__name__)
def test_descriptions_that_ask_for_too_much_are_refused(change, tmp_path):
    refuse(with_config(tmp_path / "model.keras", change), hornet.UnsafeFileError, "config.json")


@pytest.mark.parametrize("change", CORRUPT, ids=lambda one: one.__name__)
def test_descriptions_that_are_damaged_are_refused(change, tmp_path):
    refuse(with_config(tmp_path / "model.keras", change), hornet.CorruptFileError, "config.json")


@pytest.mark.parametrize("change", MISSING, ids=lambda one: one.__name__)
def test_descriptions_of_what_is_not_known_are_refused(change, tmp_path):
    refuse(with_config(tmp_path / "model.keras", change), hornet.MissingObjectError, "custom_objects=")


def test_the_honest_twin_of_all_descriptions_loads(tmp_path):
    accept(with_config(tmp_path / "model.keras", lambda described: None))
    accept(honest(tmp_path / "model.h5"))


# --- archives -------------------------------------------------------------------------------------------------


def rewritten(path, write):
    honest(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(archive, parts)
    return path


def write_all(archive, parts, **options):
    for name, data in parts.items():
        archive.writestr(name, data, **options)


def duplicate(archive, parts):
    write_all(archive, parts)
    archive.writestr("config.json", parts["config.json"])


def parent_path(archive, parts):
    write_all(archive, parts)
    archive.writestr("assets/../../evil.txt", "")


def absolute_path(archive, parts):
    write_all(archive, parts)
    archive.writestr("/tmp/evil.txt", "")


def other_path(archive, parts):
    write_all(archive, parts)
    archive.writestr("C:evil.txt", "")


def bomb(archive, parts):
    write_all(archive, {**parts, "model.weights.h5": bytes(200_000_000)}, compress_type=zipfile.ZIP_DEFLATED)


def config_bomb(archive, parts):
    text = b'{"a": "' + b" " * 100_000_000 + b'"}'
    write_all(archive, {**parts, "config.json": text}, compress_type=zipfile.ZIP_DEFLATED)


def rare_method(archive, parts):
    write_all(archive, parts, compress_type=zipfile.ZIP_BZIP2)


ARCHIVES = [duplicate, parent_path, absolute_path, other_path, bomb, config_bomb, rare_method]


@pytest.mark.parametrize("write", ARCHIVES, ids=lambda one: one.__name__)
def test_archives_that_trick_are_refused(write, tmp_path):
    path = rewritten(tmp_path / "model.keras", write)
    refuse(path, hornet.UnsafeFileError)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.keras"]


def test_an_archive_may_be_compressed(tmp_path):
    def deflated(archive, parts):
        write_all(archive, parts, compress_type=zipfile.ZIP_DEFLATED)

    accept(rewritten(tmp_path / "model.keras", deflated))


def test_missing_members_sizes_that_lie_and_encryption_are_refused(tmp_path):
    for name in ("config.json", "model.weights.h5"):
        path = rewritten(tmp_path / "model.keras", lambda archive, parts, name=name: write_all(
            archive, {one: data for one, data in parts.items() if one != name}
        ))  # fmt: skip
        refuse(path, hornet.CorruptFileError, name)
    data = bytearray(honest(path).read_bytes())
    central = data.rfind(b"PK\x01\x02")
    for offset, change in ((24, struct.pack("<I", 10**9)), (20, struct.pack("<I", 5)), (8, b"\x01\x00")):
        changed = data[: central + offset] + change + data[central + offset + len(change) :]
        path.write_bytes(bytes(changed))
        refuse(path)


# --- HDF5 -----------------------------------------------------------------------------------------------------


def soft_link(file, folder):
    kernel = "model_weights/hidden"
    del file[kernel]
    file[kernel] = h5py.SoftLink("/model_weights/dense")


def external_link(file, folder):
    del file["model_weights/hidden"]
    file["model_weights/hidden"] = h5py.ExternalLink(str(folder / "other.h5"), "/")


def external_storage(file, folder):
    (folder / "raw.bin").write_bytes(bytes(48))
    name = first_kernel(file)
    del file[name]
    file.create_dataset(name, (3, 4), "f4", external=[(str(folder / "raw.bin"), 0, 48)])


def virtual(file, folder):
    name = first_kernel(file)
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "x", (3, 4))
    del file[name]
    file.create_virtual_dataset(name, layout)


def unknown_filter(file, folder):
    name = first_kernel(file)
    del file[name]
    file.create_dataset(name, (3, 4), "f4", chunks=(3, 4), compression="lzf", data=np.ones((3, 4), "f4"))


def second_name(file, folder):
    name = first_kernel(file)
    file["again"] = file[name]


def round_trip(file, folder):
    file["model_weights/hidden/round"] = file["model_weights"]


def hollow(file, folder):
    name = first_kernel(file)
    del file[name]
    file.create_dataset(name, (100_000, 100_000), "f4", chunks=(1000, 1000), compression="gzip")


def compound(file, folder):
    name = first_kernel(file)
    del file[name]
    file[name] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def nested_groups(file, folder):
    file.create_group("/".join("a" for _ in range(200)))


def first_kernel(file):
    return "model_weights/hidden/" + file["model_weights/hidden"].attrs["weight_names"][0].decode()


HDF5_UNSAFE = [soft_link, external_link, external_storage, virtual, unknown_filter, second_name, round_trip, compound,
               nested_groups]  # fmt: skip


def changed_h5(path, change):
    honest(path)
    with h5py.File(path, "r+") as file:
        change(file, path.parent)
    return path


@pytest.mark.parametrize("change", HDF5_UNSAFE, ids=lambda one: one.__name__)
def test_hdf5_files_that_lead_elsewhere_are_refused(change, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones((3, 4), "f4")
    refuse(changed_h5(tmp_path / "model.h5", change), hornet.UnsafeFileError)


def test_hollow_arrays_are_refused(tmp_path):
    refuse(changed_h5(tmp_path / "model.h5", hollow))


def test_plain_compression_loads(tmp_path):
    def compressed(file, folder):
        name = first_kernel(file)
        data = file[name][()]
        del file[name]
        file.create_dataset(name, data=data, chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)

    path = honest(tmp_path / "model.h5")
    expected = load_model(path).get_weights()[0]
    with h5py.File(path, "r+") as file:
        compressed(file, tmp_path)
    np.testing.assert_array_equal(load_model(path).get_weights()[0], expected)


def test_files_of_newer_layouts_load_or_are_refused_with_advice(tmp_path):
    for libver in ("v108", "v110", "latest"):
        with h5py.File(tmp_path / "w.h5", "w", libver=libver) as file:
            file["x/0"] = np.arange(3.0)
        np.testing.assert_array_equal(hornet.saving.hdf5.read(tmp_path / "w.h5").dataset("x/0").read(), [0, 1, 2])


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_every_truncation_is_refused(suffix, tmp_path):
    path = honest(tmp_path / f"model.{suffix}")
    data = path.read_bytes()
    for length in [0, 1, 7, *range(100, len(data), len(data) // 40), len(data) - 1]:
        path.write_bytes(data[:length])
        refuse(path)


def hostile_files(folder):
    """Yield the name of each trick and a file with it, for the benchmarks."""
    for change in (*UNSAFE, *CORRUPT, *MISSING):
        yield change.__name__, with_config(folder / "model.keras", change)
    for write in ARCHIVES:
        yield write.__name__, rewritten(folder / "model.keras", write)
    for change in (*HDF5_UNSAFE, hollow):
        yield change.__name__, changed_h5(folder / "model.h5", change)


# --- mutants ------------------------------------------------------------------------------------------------------


def mutants(data, count, rng):
    """Yield copies of a file with flipped bits, other bytes, long numbers, cut, doubled or swapped pieces."""
    edges = (b"\x00" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, struct.pack("<Q", len(data)), struct.pack("<Q", 8))
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            place = int(rng.integers(len(mutant)))
            match int(rng.integers(5)):
                case 0:
                    mutant[place] ^= 1 << int(rng.integers(8))
                case 1:
                    mutant[place] = int(rng.integers(256))
                case 2:
                    edge = edges[int(rng.integers(len(edges)))]
                    mutant[place : place + len(edge)] = edge
                case 3:
                    del mutant[place : place + int(rng.integers(1, 64))]
                case 4:
                    mutant[place:place] = mutant[place : place + int(rng.integers(1, 64))]
        yield bytes(mutant)


def small():
    return hornet.Sequential([hornet.Input((2,)), layers.Dense(1, name="d")])


@pytest.mark.parametrize(
    ("suffix", "count", "seed"),
    [
        ("weights.h5", 75, 21),
        ("h5", 75, 21),
        ("keras", 50, 21),
        pytest.param("weights.h5", 1000, 20, marks=pytest.mark.full),
        pytest.param("h5", 700, 20, marks=pytest.mark.full),
        pytest.param("keras", 300, 20, marks=pytest.mark.full),
    ],
)
def test_mutants_load_or_are_refused(suffix, count, seed, tmp_path):
    """None crashes, hangs or raises anything else; those that load were changed where numbers stand."""
    path = tmp_path / f"model.{suffix}"
    target = small()
    (target.save_weights if suffix == "weights.h5" else target.save)(path)
    data = path.read_bytes()
    rng = np.random.default_rng(seed)
    refused = 0
    for number, mutant in enumerate(mutants(data, count, rng)):
        path.write_bytes(mutant)
        try:
            if suffix == "weights.h5":
                target.load_weights(path)
            else:
                load_model(path)
        except REFUSED:
            refused += 1
        except hornet.core.errors.FileError:  # another model's weights, as far as one can see
            refused += 1
        except Exception as error:
            (Path(os.environ.get("MUTANTS", tmp_path)) / f"mutant-{number}.{suffix}").write_bytes(mutant)
            raise AssertionError(f"mutant {number} raised {type(error).__name__}: {error}") from error
    assert refused > count // 20
