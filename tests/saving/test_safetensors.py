import json
import os

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hornet.core.errors import CorruptFileError, UnsafeFileError
from hornet.saving import safetensors

TYPES = [
    "bool",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float16",
    "float32",
    "float64",
]


def arrays_of_all_types():
    draws = np.random.default_rng(0)
    arrays = {f"a/{dtype}": (draws.normal(size=(2, 3)) * 3).astype(dtype) for dtype in TYPES}
    return arrays | {"scalar": np.float32(2.5), "empty": np.zeros((0, 4), "float32"), "rows": np.ones((4, 3)).T}


def equal(one, other):
    assert set(one) == set(other)
    for name in one:
        assert one[name].dtype == other[name].dtype
        np.testing.assert_array_equal(one[name], other[name])


def test_the_library_of_the_format_reads_what_is_written(tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.write(path, arrays_of_all_types(), {"made": "here"})
    equal(load_file(path), arrays_of_all_types())


def test_what_the_library_of_the_format_writes_is_read(tmp_path):
    path = tmp_path / "a.safetensors"
    arrays = {name: np.ascontiguousarray(one) for name, one in arrays_of_all_types().items()}
    save_file(arrays, path, metadata={"made": "there"})
    found, facts = safetensors.read(path)
    equal(found, arrays)
    assert facts == {"made": "there"}
    found["scalar"][...] = 1.0  # arrays are the reader's own


def test_short_floats_come_back(tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.write(path, {"x": jnp.array([1.5, -2.0], jnp.bfloat16)})
    found, _ = safetensors.read(path)
    assert found["x"].dtype == jnp.bfloat16
    np.testing.assert_array_equal(found["x"].astype("float32"), [1.5, -2.0])


def test_other_types_are_refused(tmp_path):
    with pytest.raises(TypeError, match="'x' has type complex64"):
        safetensors.write(tmp_path / "a", {"x": np.zeros(2, "complex64")})
    assert os.listdir(tmp_path) == []


def entry(**changes):
    return {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"x": entry()}, bytes(7)),
        ({"x": entry()}, bytes(9)),
        ({"x": entry(shape=[3])}, bytes(8)),
        ({"x": entry(shape=[2**62, 2**62])}, bytes(8)),
        ({"x": entry(shape=[-2])}, bytes(8)),
        ({"x": entry(shape=[2.0])}, bytes(8)),
        ({"x": entry(shape=[True, 2])}, bytes(8)),
        ({"x": entry(shape="2")}, bytes(8)),
        ({"x": entry(dtype="O")}, bytes(8)),
        ({"x": entry(dtype=["F32"])}, bytes(8)),
        ({"x": entry(data_offsets=[8, 16])}, bytes(16)),
        ({"x": entry(data_offsets=[8, 0])}, bytes(8)),
        ({"x": entry(data_offsets=[0])}, bytes(8)),
        ({"x": entry(), "y": entry()}, bytes(8)),
        ({"x": entry(), "y": entry(data_offsets=[4, 12])}, bytes(12)),
        ({"x": {"dtype": "F32"}}, bytes(8)),
        ({"x": 3}, bytes(8)),
        ({"__metadata__": {"a": 1}}, b""),
        ({"__metadata__": [1]}, b""),
        ([1], b""),
        ("[" * 200_000, b""),
        ('{"x": 1, "x": 2}', b""),
        ("no json", b""),
    ],
)
def test_damaged_files_are_refused(tmp_path, header, data):
    path = tmp_path / "a.safetensors"
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    with pytest.raises((CorruptFileError, UnsafeFileError), match=str(path)):
        safetensors.read(path)


@pytest.mark.parametrize("content", [b"", b"abc", (10**9).to_bytes(8, "little") + b"{}", b"\xff" * 50])
def test_files_of_other_kinds_are_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match="header"):
        safetensors.read(path)


def test_every_cut_and_flip_is_refused_or_harmless(tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.write(path, {"x": np.arange(3.0), "y": np.int32(4)})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError):
            safetensors.read(path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :])
        try:
            safetensors.read(path)
        except CorruptFileError:
            continue
